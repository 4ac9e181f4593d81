# %% matches
import torch

torch.manual_seed(0)
X = torch.randn(200, 2)  # (200, 2)
luck = 1.5 * torch.randn(200, 1)  # (200, 1)
total = 2 * X[:, :1] + X[:, 1:] + 0.5 + luck  # (200, 1)
y = (total > 0).float()  # (200, 1)
print("X:", tuple(X.shape))
print("y:", tuple(y.shape))
print("wins:", int(y.sum()))

# %% draw
import matplotlib.pyplot as plt


def scatter(ax, X, y):
    for label, style in ((0, "xC0"), (1, "oC1")):
        chosen = X[y[:, 0] == label]  # (n, 2)
        ax.plot(chosen[:, 0], chosen[:, 1], style,
                markersize=5, fillstyle="none")
    ax.plot(0.5, -1.0, marker="$?$", color="C2",
            markersize=18)
    ax.set_xlim(-3, 3)
    ax.set_ylim(-3, 4.5)
    ax.set_xlabel("X[:, 0]", size=12)
    ax.set_ylabel("X[:, 1]", size=12)


_, ax = plt.subplots(figsize=(5, 3.8))
scatter(ax, X, y)
plt.show()

# %% curve
zs = torch.linspace(-8, 8, 161)
_, ax = plt.subplots(figsize=(5, 3))
ax.plot(zs, torch.sigmoid(zs), color="C0")
ax.plot(0, 0.5, "o", color="C1")
for p in (0, 1):
    ax.axhline(p, color="0.5", linestyle="--")
ax.set_xlabel("z", size=12)
ax.set_ylabel("p", size=12)
plt.show()

# %% sigmoid
z = torch.tensor([-4.0, -1.0, 0.0, 1.0, 4.0])  # (5,)
p = torch.sigmoid(z)
by_hand = 1 / (1 + torch.exp(-z))
back = torch.log(p / (1 - p))
print("z:      ", z)
print("p:      ", p)
print("by hand:", by_hand)
print("back:   ", back)

# %% by-hand
import math

for p in (0.9, 0.5, 0.1):
    print(f"p = {p}: loss = {-math.log(p):.4f} if y = 1,",
          f"{-math.log(1 - p):.4f} if y = 0")

# %% device
device = torch.device("cpu")
if torch.accelerator.is_available():
    device = torch.accelerator.current_accelerator()
print(device)

# %% model
import torch.nn.functional as F
from torch import nn

untrained = nn.Linear(2, 1)
nn.init.zeros_(untrained.weight)
nn.init.zeros_(untrained.bias)
logits = untrained(X)  # (200, 1)
loss = F.binary_cross_entropy_with_logits(logits, y)
print("logits:", tuple(logits.shape))
print(f"loss:   {loss.item():.4f}")
print(f"log 2:  {math.log(2):.4f}")

# %% fit
def fit(X, y, lr, num_epochs):
    # vi: trả về mô hình, mất mát, độ chính xác từng epoch
    # en: returns the model, each epoch's loss and accuracy
    model = nn.Linear(X.shape[1], 1).to(device)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses, accuracies = [], []
    model.train()
    for _ in range(num_epochs):
        # vi: 1. xóa gradient của bước trước
        # en: 1. clear the gradients of the previous step
        optimizer.zero_grad()
        # vi: 2. lượt truyền xuôi: tính logit
        # en: 2. forward pass: compute the logits
        logits = model(X)  # (N, 1)
        # vi: 3. mất mát, tính thẳng từ logit
        # en: 3. loss, computed from the logits
        loss = F.binary_cross_entropy_with_logits(logits, y)
        # vi: 4. lượt truyền ngược: tính gradient
        # en: 4. backward pass: compute the gradients
        loss.backward()
        # vi: 5. cập nhật trọng số và bias
        # en: 5. update the weights and the bias
        optimizer.step()
        losses.append(loss.item())
        correct = (logits > 0) == (y == 1)  # (N, 1)
        accuracies.append(correct.float().mean().item())
    return model, losses, accuracies

# %% train
model, losses, accuracies = fit(
    X, y, lr=0.5, num_epochs=201)
for epoch in (0, 200):
    print(f"epoch {epoch:3}: loss = {losses[epoch]:.4f},",
          f"accuracy = {accuracies[epoch]:.3f}")

# %% curves
_, axes = plt.subplots(1, 2, figsize=(5, 2.6),
                       layout="constrained")
axes[0].plot(losses, color="C0")
axes[0].axhline(math.log(2), color="0.5", linestyle="--")
axes[0].set_title("loss", size=12)
axes[1].plot(accuracies, color="C1")
axes[1].set_title("accuracy", size=12)
for ax in axes:
    ax.set_ylim(0, 1)
    ax.set_xlabel("epoch", size=12)
plt.show()

# %% boundary
w1, w2 = model.weight[0].tolist()
b = model.bias.item()
ends = torch.tensor([-4.0, 4.0])
_, ax = plt.subplots(figsize=(5, 3.8))
scatter(ax, X, y)
for p, style in ((0.1, "--"), (0.5, "-"), (0.9, "--")):
    z = math.log(p / (1 - p))
    line = (z - b - w1 * ends) / w2  # (2,)
    ax.plot(ends, line, style, color="0.5", linewidth=2)
    ax.text((z - b + w2 * 2.8) / w1, -2.8, p, size=12)
plt.show()

# %% predict
model.eval()
for x in ([0.5, -1.0], [0.0, 0.0], [-1.0, 0.0]):
    with torch.inference_mode():
        X_new = torch.tensor([x], device=device)  # (1, 2)
        z = model(X_new)  # (1, 1)
        p = torch.sigmoid(z)  # (1, 1)
    print(f"{x}: z = {z.item():.3f}, p = {p.item():.3f}")

# %% gradient
for label in (1.0, 0.0):
    z = torch.tensor([-2.0, 0.0, 2.0], requires_grad=True)
    p = torch.sigmoid(z)
    loss = -torch.log(p if label == 1 else 1 - p)  # (3,)
    loss.sum().backward()
    print("y:", label)
    print("z.grad:", z.grad)
    print("p - y: ", (p - label).detach())

# %% outside raises="RuntimeError"
logit, label = torch.tensor(2.7), torch.tensor(1.0)
F.binary_cross_entropy(logit, label)

# %% cliff
zs = torch.linspace(0, 20, 401, dtype=torch.float64)
exact = 1 - torch.sigmoid(zs)  # float64
rounded = 1 - torch.sigmoid(zs.float())  # float32
_, ax = plt.subplots(figsize=(5, 3))
ax.plot(zs, exact, "--", color="0.5")
ax.plot(zs, rounded, color="C0", linewidth=2)
ax.set_yscale("log")
ax.set_ylim(1e-9, 1)
ax.set_xlabel("z", size=12)
ax.set_ylabel("1 − p", size=12)
plt.show()

# %% saturate
for value in (16.0, 17.0, -17.0, -104.0):
    p = torch.sigmoid(torch.tensor(value))
    print(f"z = {value}: p = {p.item():.8g}")

# %% ways
def formula(z, y):
    p = torch.sigmoid(z)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p))


def two_steps(z, y):
    return F.binary_cross_entropy(torch.sigmoid(z), y)


def measure(loss_fn, value, label):
    # vi: mất mát và gradient tại một logit
    # en: the loss and the gradient at one logit
    z = torch.tensor(value, requires_grad=True)
    loss = loss_fn(z, torch.tensor(label))
    loss.backward()
    return loss.item(), z.grad.item()

# %% break
fused = F.binary_cross_entropy_with_logits
for value in (2.0, 10.0, 20.0):
    print("z =", value)
    for name, loss_fn in (("formula", formula),
                          ("two_steps", two_steps),
                          ("fused", fused)):
        loss, grad = measure(loss_fn, value, 0.0)
        print(f"{name:9} loss = {loss:8.4f},",
              f"grad = {grad:.4f}")

# %% other-end
for value in (-10.0, -20.0, -30.0, -200.0):
    loss, grad = measure(two_steps, value, 1.0)
    print(f"z = {value:6}: loss = {loss:8.4f},",
          f"grad = {grad:.4f}")

# %% stable
def stable(z, y):
    return F.softplus(z) - z * y


for value in (0.0, 2.0, 20.0, 200.0, -200.0):
    for name, loss_fn in (("stable", stable),
                          ("fused", fused)):
        loss, grad = measure(loss_fn, value, 0.0)
        print(f"z = {value:6}, {name:6} loss = {loss:.4f},",
              f"grad = {grad:.4f}")

# %% stuck
for name, loss_fn in (("two_steps", two_steps),
                      ("fused", fused)):
    z = 20.0
    for _ in range(30):
        _, grad = measure(loss_fn, z, 0.0)
        z = z - 1.0 * grad
    print(f"{name:9} z = {z:.2f}")

# %% int-labels raises="RuntimeError"
with torch.inference_mode():
    trained_logits = model(X.to(device)).cpu()  # (200, 1)
y_int = y.long()  # (200, 1)
fused(trained_logits, y_int)

# %% flat-labels raises="ValueError"
y_flat = y_int.squeeze(1).float()  # (200,)
fused(trained_logits, y_flat)

# %% mended
y_ready = y_flat.unsqueeze(1)  # (200, 1)
loss = fused(trained_logits, y_ready)
print("dtype:", y_ready.dtype)
print("shape:", tuple(y_ready.shape))
print(f"loss:  {loss.item():.4f}")

# %% twice
label = torch.tensor(1.0)
for value in (3.0, 100.0):
    z = torch.tensor(value)
    right = fused(z, label)
    wrong = fused(torch.sigmoid(z), label)
    print(f"z = {value}: loss = {right.item():.4f},",
          f"with a sigmoid: {wrong.item():.4f}")

# %% solution-odds
z = torch.tensor(math.log(3))
p = torch.sigmoid(z)
print(f"z:           {z.item():.4f}")
print(f"p:           {p.item():.4f}")
print(f"p / (1 - p): {(p / (1 - p)).item():.4f}")

# %% solution-threshold samples="200"
with torch.inference_mode():
    p = torch.sigmoid(model(X.to(device))).cpu()  # (200, 1)
for threshold in (0.5, 0.9):
    pred = p > threshold  # (200, 1)
    false_alarms = int((pred & (y == 0)).sum())
    missed = int((~pred & (y == 1)).sum())
    print(f"p > {threshold}: {false_alarms} false alarms,",
          f"{missed} missed")

# %% solution-corners samples="200"
product = X[:, :1] * X[:, 1:]  # (200, 1)
y_corners = (product > 0).float()  # (200, 1)
X_three = torch.cat([X, product], 1)  # (200, 3)
for inputs in (X, X_three):
    _, _, history = fit(inputs, y_corners,
                        lr=0.5, num_epochs=201)
    print(f"{inputs.shape[1]} features:",
          f"accuracy = {history[-1]:.3f}")
