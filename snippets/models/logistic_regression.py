# %% sigmoid
import torch
from torch import nn

z = torch.tensor([-4.0, -1.0, 0.0, 1.0, 4.0])  # (5,)
p = torch.sigmoid(z)
by_hand = 1 / (1 + torch.exp(-z))
back = torch.log(p / (1 - p))
for name, t in {"z": z, "p": p, "hand": by_hand, "back": back}.items():
    print(f"{name:4}", " ".join(f"{v:7.4f}" for v in t.tolist()))

# %% curve
import matplotlib.pyplot as plt

line = torch.linspace(-8, 8, 161)
_, ax = plt.subplots(figsize=(4, 3))
ax.plot(line, torch.sigmoid(line), color="C0")
ax.plot(z, p, "o", color="C1")
ax.axhline(0.5, color="0.5", linewidth=1)
ax.set_xlabel("z", size=12)
ax.set_ylabel("p", size=12)
plt.show()

# %% saturate
for dtype in (torch.float32, torch.float64):
    for value in (16.0, 17.0, 40.0):
        p = torch.sigmoid(torch.tensor(value, dtype=dtype))
        print(f"{dtype} {value:6}: p == 1 is {p.item() == 1}")
for value in (-17.0, -40.0, -200.0):
    p = torch.sigmoid(torch.tensor(value))
    print(f"{p.dtype} {value:6}: p == 0 is {p.item() == 0}")

# %% by-hand
import math

for p in (0.9, 0.5, 0.1):
    for y in (1.0, 0.0):
        p_true = p if y == 1 else 1 - p
        loss = nn.BCELoss()(torch.tensor(p), torch.tensor(y))
        print(f"p {p}, y {y}: by hand {-math.log(p_true):.4f},",
              f"BCELoss {loss.item():.4f}")

# %% outside raises="RuntimeError"
nn.BCELoss()(torch.tensor(2.7), torch.tensor(1.0))

# %% fused
z, y = torch.tensor(2.7), torch.tensor(1.0)
two_steps = nn.BCELoss()(torch.sigmoid(z), y)
one_step = nn.BCEWithLogitsLoss()(z, y)
print(f"sigmoid, then BCELoss: {two_steps.item():.4f}")
print(f"BCEWithLogitsLoss:     {one_step.item():.4f}")

# %% break
def two_steps(z, y):
    return nn.BCELoss()(torch.sigmoid(z), y)


def formula(z, y):
    p = torch.sigmoid(z)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p))


def measure(loss_fn, value, label):
    """Return the loss and its gradient at one logit."""
    z = torch.tensor(value, requires_grad=True)
    loss = loss_fn(z, torch.tensor(label))
    loss.backward()
    return loss.item(), z.grad.item()


one_step = nn.BCEWithLogitsLoss()
names = ("formula", "two_steps", "one_step")
for value in (2.0, 10.0, 20.0):
    print("logit", value)
    for name, loss_fn in zip(names, (formula, two_steps, one_step)):
        loss, grad = measure(loss_fn, value, 0.0)
        print(f"{name:>9}: loss {loss:8.4f}, gradient {grad:.4f}")

# %% other-end
for value in (-10.0, -20.0, -30.0, -200.0):
    loss, grad = measure(two_steps, value, 1.0)
    print(f"logit {value:6}: loss {loss:8.4f}, gradient {grad:.4f}")
loss, grad = measure(one_step, -200.0, 1.0)
print(f"BCEWithLogitsLoss at -200.0: {loss:.4f}, {grad:.4f}")

# %% stable
def stable(z, y):
    return z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))


for value in (2.0, 20.0, 200.0, -200.0):
    loss, grad = measure(stable, value, 0.0)
    expected, _ = measure(one_step, value, 0.0)
    print(f"logit {value:6}: {loss:8.4f} and {expected:8.4f}")

# %% stuck
for name, loss_fn in {"two": two_steps, "one": one_step}.items():
    z = torch.tensor(20.0, requires_grad=True)
    optimizer = torch.optim.SGD([z], lr=1.0)
    for _ in range(30):
        optimizer.zero_grad()
        loss = loss_fn(z, torch.tensor(0.0))
        loss.backward()
        optimizer.step()
    print(f"{name}: z = {z.item():.2f}")

# %% data
torch.manual_seed(0)
first = torch.randn(100, 2) + torch.tensor([-1.0, -1.0])
second = torch.randn(100, 2) + torch.tensor([1.0, 1.5])
X = torch.cat([first, second])  # (200, 2)
y = torch.cat([torch.zeros(100, 1), torch.ones(100, 1)])  # (200, 1)


def scatter(ax, X, y):
    """Draw circles for label 0 and crosses for label 1."""
    zeros, ones = X[y[:, 0] == 0], X[y[:, 0] == 1]
    ax.plot(zeros[:, 0], zeros[:, 1], "o", color="C0", mfc="none")
    ax.plot(ones[:, 0], ones[:, 1], "x", color="C1")
    ax.set_xlabel("X[:, 0]", size=12)
    ax.set_ylabel("X[:, 1]", size=12)


_, ax = plt.subplots(figsize=(4, 3))
scatter(ax, X, y)
plt.show()

# %% model
torch.manual_seed(0)
model = nn.Linear(2, 1)
logits = model(X)  # (200, 1)
print("logits:", tuple(logits.shape))
print("parameters:", sum(t.numel() for t in model.parameters()))
print(f"loss: {nn.BCEWithLogitsLoss()(logits, y).item():.3f}")
print(f"loss at p = 0.5: {math.log(2):.3f}")

# %% train samples="200"
def accuracy(logits, y):
    """Return the share of labels that the logits get right."""
    guess = (logits > 0).float()
    return (guess == y).float().mean().item()


loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
for epoch in range(201):
    optimizer.zero_grad()
    logits = model(X)  # (200, 1)
    loss = loss_fn(logits, y)
    loss.backward()
    optimizer.step()
    if epoch in (0, 1, 5, 20, 200):
        print(f"epoch {epoch:3}: loss {loss.item():.3f},",
              f"accuracy {accuracy(logits, y):.3f}")

# %% boundary
w1, w2 = model.weight[0].tolist()
b = model.bias.item()
ends = torch.tensor([-3.5, 3.5])

_, ax = plt.subplots(figsize=(4, 3))
scatter(ax, X, y)
ax.plot(ends, -(w1 * ends + b) / w2, color="k")
ax.set_xlim(-4, 4)
ax.set_ylim(-4, 5)
plt.show()

# %% predict
new = torch.tensor([[1.0, 1.5], [0.0, 0.0], [-1.0, -1.0]])  # (3, 2)
with torch.no_grad():
    logits = model(new)  # (3, 1)
for z in logits[:, 0].tolist():
    p = torch.sigmoid(torch.tensor(z)).item()
    print(f"logit {z:6.2f}, p {p:.3f}, class {int(z > 0)}")

# %% int-labels raises="RuntimeError"
labels = y.long()  # (200, 1)
loss_fn(model(X), labels)

# %% bce-labels raises="RuntimeError"
nn.BCELoss()(torch.sigmoid(model(X)), labels)

# %% flat-labels raises="ValueError"
flat = labels[:, 0].float()  # (200,)
loss_fn(model(X), flat)

# %% mended
ready = labels[:, 0].float().unsqueeze(1)  # (200, 1)
print("dtype:", ready.dtype, "shape:", tuple(ready.shape))
print(f"loss:  {loss_fn(model(X), ready).item():.3f}")

# %% twice
for value in (3.0, 100.0):
    z, one = torch.tensor(value), torch.tensor(1.0)
    right = loss_fn(z, one)
    wrong = loss_fn(torch.sigmoid(z), one)
    print(f"logit {value:5}: {right.item():.4f},",
          f"with a sigmoid {wrong.item():.4f}")

# %% solution-odds
z = torch.tensor(math.log(3))
print(f"p: {torch.sigmoid(z).item():.4f}")
print(f"odds: {torch.exp(z).item():.4f}")

# %% solution-threshold samples="200"
with torch.no_grad():
    p = torch.sigmoid(model(X))  # (200, 1)
for threshold in (0.5, 0.9):
    guess = p > threshold
    false_alarms = (guess & (y == 0)).sum().item()
    missed = (~guess & (y == 1)).sum().item()
    print(f"above {threshold}: {false_alarms} false alarms,",
          f"{missed} missed")

# %% solution-corners samples="200"
def fit(X, y):
    """Train a logistic regression; return its accuracy."""
    torch.manual_seed(0)
    model = nn.Linear(X.shape[1], 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(200):
        optimizer.zero_grad()
        nn.BCEWithLogitsLoss()(model(X), y).backward()
        optimizer.step()
    return accuracy(model(X), y)


torch.manual_seed(1)
X = torch.randn(200, 2)
product = X[:, :1] * X[:, 1:]  # (200, 1)
y = (product > 0).float()  # (200, 1)
print(f"two features: {fit(X, y):.3f}")
print(f"and product:  {fit(torch.cat([X, product], 1), y):.3f}")
