# %% leaf
import torch

x = torch.tensor(3.0, requires_grad=True)
y = x**2 + 2 * x
y

# %% backward
y.backward()
answer = x.grad.item()
print(x.grad)

# %% again raises="RuntimeError"
y.backward()

# %% vector
v = torch.linspace(-2, 2, 5, requires_grad=True)
v.pow(3).sum().backward()
print(v.grad)

# %% plot-slope
import matplotlib.pyplot as plt

points = torch.linspace(-3, 3, 61, requires_grad=True)
torch.sin(points).sum().backward()
fig, ax = plt.subplots()
ax.plot(points.detach(), torch.sin(points).detach(), label="sin")
ax.plot(points.detach(), points.grad, label="slope")
ax.legend()
plt.show()

# %% no-grad
with torch.no_grad():
    print((x * 2).requires_grad)

# %% detach
print(y.detach().requires_grad)
