# %% data
import torch

torch.manual_seed(1)
x = torch.rand(200, 1)
y = 3 * x + 1 + 0.1 * torch.randn(200, 1)
print(x.shape, y.shape)

# %% model
model = torch.nn.Linear(1, 1)
print([tuple(p.shape) for p in model.parameters()])

# %% optimizer
optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
optimizer

# %% train
losses = []
for _ in range(300):
    loss = torch.nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
answer = round(losses[-1], 4)
print(answer)

# %% plot-loss
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.plot(losses)
ax.set_xlabel("step")
ax.set_ylabel("loss")
plt.show()

# %% weights
print([round(p.item(), 2) for p in model.parameters()])

# %% predict
model(torch.tensor([[0.5]])).item() > 2
