# %% layer
import torch
from torch import nn

model = nn.Linear(1, 1)
print("weight:", tuple(model.weight.shape))
print("bias:  ", tuple(model.bias.shape))

# %% start
for seed in (0, 1, 0):
    torch.manual_seed(seed)
    model = nn.Linear(1, 1)
    print(f"seed {seed}: w = {model.weight.item():.4f},",
          f"b = {model.bias.item():.4f}")

# %% overwrite raises="RuntimeError"
model.weight.fill_(-0.34)

# %% set
with torch.no_grad():
    model.weight.fill_(-0.34)
    model.bias.fill_(0.04)
print(model.weight)
print(model.bias)

# %% by-hand
x, y, w, b, lr = 6.7, 9.14, -0.34, 0.04, 0.01

y_hat = w * x + b
error = y_hat - y
w_grad = 2 * error * x
b_grad = 2 * error
print(f"y_hat:  {y_hat:.4f}")
print(f"error:  {error:.4f}")
print(f"loss:   {error**2:.4f}")
print(f"w_grad: {w_grad:.4f}")
print(f"b_grad: {b_grad:.4f}")
print(f"new w:  {w - lr * w_grad:.6f}")
print(f"new b:  {b - lr * b_grad:.6f}")

# %% forward
X = torch.tensor([[6.7]])  # (1, 1)
y = torch.tensor([[9.14]])  # (1, 1)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

y_hat = model(X)  # (1, 1)
loss = loss_fn(y_hat, y)
print(f"y_hat: {y_hat.item():.4f}")
print(f"loss:  {loss.item():.4f}")

# %% backward
optimizer.zero_grad()
loss.backward()
print(f"w.grad: {model.weight.grad.item():.4f}")
print(f"b.grad: {model.bias.grad.item():.4f}")

# %% step
optimizer.step()
print(f"new w: {model.weight.item():.6f}")
print(f"new b: {model.bias.item():.6f}")

# %% again
y_hat = model(X)
loss = loss_fn(y_hat, y)
print(f"y_hat: {y_hat.item():.4f}")
print(f"loss:  {loss.item():.4f}")

# %% trace
printed_w, printed_b = -151.9292, -22.6760

target = -2.238 - printed_b / 2
w_grad = 2 * (-2.238 - target) * 6.7
print(f"ratio:  {printed_w / printed_b:.4f}")
print(f"target: {target:.4f}")
print(f"w_grad: {w_grad:.4f}")
print(f"new w:  {-0.34 - 0.01 * printed_w:.6f}")
print(f"new b:  {0.04 - 0.01 * printed_b:.6f}")

# %% wide
torch.manual_seed(0)
wide = nn.Linear(2, 3)
X = torch.randn(5, 2)  # (5, 2)
by_hand = X @ wide.weight.T + wide.bias  # (5, 3)
print("weight:", tuple(wide.weight.shape))
print("output:", tuple(wide(X).shape))
print("equal: ", torch.allclose(wide(X), by_hand))

# %% not-turned raises="RuntimeError"
X @ wide.weight + wide.bias

# %% any-shape
for shape in ((1,), (3, 1), (2, 5, 1)):
    y_hat = model(torch.ones(shape))
    print(f"{shape} -> {tuple(y_hat.shape)}")

# %% three-houses raises="RuntimeError"
areas = torch.tensor([6.7, 5.0, 3.2])  # (3,)
model(areas)

# %% column
X = areas.unsqueeze(1)  # (3, 1)
with torch.no_grad():
    y_hat = model(X)  # (3, 1)
print(y_hat)

# %% no-dim raises="RuntimeError"
model(torch.tensor(6.7))

# %% mse
y = torch.tensor([[9.14], [6.60], [4.00]])  # (3, 1)
squares = (y_hat - y) ** 2  # (3, 1)
print("squares:", squares.squeeze(1))
print(f"by hand: {squares.sum().item() / 3:.4f}")
print(f"MSELoss: {nn.MSELoss()(y_hat, y).item():.4f}")

# %% data
import matplotlib.pyplot as plt

torch.manual_seed(0)
X = torch.linspace(0, 4, 50).unsqueeze(1)  # (50, 1)
noise = 0.5 * torch.randn(50, 1)  # (50, 1)
y = 1.5 * X + 2 + noise  # (50, 1)

_, ax = plt.subplots(figsize=(4, 3))
ax.plot(X, y, ".", color="0.5")
ax.set_xlabel("X", size=12)
ax.set_ylabel("y", size=12)
plt.show()

# %% fit
def fit(X, y, lr, num_epochs):
    """Fit a line; also return each epoch's loss and y_hat."""
    torch.manual_seed(0)
    model = nn.Linear(X.shape[1], 1)
    loss_fn = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses, lines = [], []
    for _ in range(num_epochs):
        optimizer.zero_grad()
        y_hat = model(X)  # (N, 1)
        loss = loss_fn(y_hat, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        lines.append(y_hat.detach())
    return model, losses, lines


model, losses, lines = fit(X, y, lr=0.05, num_epochs=200)
for epoch in (0, 1, 10, 50, 199):
    print(f"epoch {epoch:3}: loss = {losses[epoch]:.3f}")
print(f"w = {model.weight.item():.3f}")
print(f"b = {model.bias.item():.3f}")

# %% lines
_, ax = plt.subplots(figsize=(4, 3.4))
ax.plot(X, y, ".", color="0.5")
for i, epoch in enumerate((0, 1, 2, 10, 199)):
    width = 1 + 0.6 * i
    ax.plot(X, lines[epoch], linewidth=width, label=epoch)
ax.set_xlabel("X", size=12)
ax.set_ylabel("y", size=12)
ax.legend(title="epoch", fontsize=10, ncol=2,
          loc="lower right", bbox_to_anchor=(1, 0.07))
plt.show()

# %% curve
floor = (noise**2).mean().item()
print(f"true line: loss = {floor:.3f}")
_, ax = plt.subplots(figsize=(4, 3))
ax.plot(losses, color="C0")
ax.axhline(floor, color="0.5", linestyle="--")
ax.set_yscale("log")
ax.set_xlabel("epoch", size=12)
ax.set_ylabel("loss", size=12)
plt.show()

# %% exact
dx = X - X.mean()  # (50, 1)
dy = y - y.mean()  # (50, 1)
w = (dx * dy).sum() / (dx**2).sum()
b = y.mean() - w * X.mean()
best = ((w * X + b - y) ** 2).mean()
print(f"w:    {w.item():.3f}")
print(f"b:    {b.item():.3f}")
print(f"loss: {best.item():.3f}")

# %% rates slider="lr"
finals = {}
for lr in (0.001, 0.003, 0.01, 0.03, 0.06, 0.1,
           0.13, 0.15, 0.16, 0.17, 0.18, 0.2):
    _, losses, _ = fit(X, y, lr=lr, num_epochs=20)
    finals[lr] = losses[-1]
    print(f"last loss: {losses[-1]:.2g}")
    _, ax = plt.subplots(figsize=(4, 3))
    ax.plot(losses)
    ax.set_yscale("log")
    ax.set_ylim(0.1, 1e8)
    ax.set_xlabel("epoch", size=12)
    ax.set_ylabel("loss", size=12)
    plt.show()

# %% no-clear
torch.manual_seed(0)
model = nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
losses = []
for _ in range(200):
    loss = loss_fn(model(X), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
tail = losses[-5:]
for epoch, loss in enumerate(tail, start=195):
    print(f"epoch {epoch}: loss = {loss:.2f}")

# %% flat-target
flat, losses, _ = fit(X, y.squeeze(1), lr=0.05, num_epochs=200)
print(f"loss = {losses[-1]:.3f}")
print(f"w = {flat.weight.item():.3f}")
print(f"b = {flat.bias.item():.3f}")
print(f"mean of y: {y.mean().item():.3f}")

# %% through-data
w = torch.tensor(3.0, requires_grad=True)
z = w**2
w.data.fill_(5.0)
z.backward()
print("z:     ", z.item())
print("w.grad:", w.grad.item())

# %% through-no-grad raises="RuntimeError"
w = torch.tensor(3.0, requires_grad=True)
z = w**2
with torch.no_grad():
    w.fill_(5.0)
z.backward()

# %% solution-rate
x, y_true, w, b = 6.7, 9.14, -0.34, 0.04
rate = 1 / (2 * (x**2 + 1))
for lr in (rate, 2 * rate, 2.5 * rate):
    error = w * x + b - y_true
    new_w = w - lr * 2 * error * x
    new_b = b - lr * 2 * error
    new_error = new_w * x + new_b - y_true
    print(f"lr = {lr:.6f}: {error:.3f} -> {new_error:.3f}")

# %% solution-features
torch.manual_seed(0)
X2 = torch.randn(100, 2)  # (100, 2)
y2 = 2 * X2[:, :1] - 3 * X2[:, 1:] + 1  # (100, 1)
model, losses, _ = fit(X2, y2, lr=0.1, num_epochs=100)
print("weight:", tuple(model.weight.shape))
print("w:", [round(w, 3) for w in model.weight[0].tolist()])
print(f"b: {model.bias.item():.3f}")

# %% solution-scale
F = 32 + 1.8 * X  # (50, 1)
_, losses, _ = fit(F, y, lr=0.05, num_epochs=50)
print("raw:   loss =", losses[-1])
Z = (F - F.mean()) / F.std()  # (50, 1)
model, losses, _ = fit(Z, y, lr=0.05, num_epochs=200)
print(f"scaled: loss = {losses[-1]:.3f}")
print(f"w for X: {model.weight.item() / F.std() * 1.8:.3f}")
