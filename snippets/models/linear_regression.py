# %% flats
import torch

areas = [3.0, 3.4, 3.9, 4.3, 4.7, 5.5,
         5.8, 6.2, 6.7, 7.4, 8.1, 8.8]
prices = [4.62, 5.35, 5.28, 6.71, 6.52, 8.30,
          7.56, 9.05, 9.14, 9.66, 11.48, 11.90]
X = torch.tensor(areas).unsqueeze(1)  # (12, 1)
y = torch.tensor(prices).unsqueeze(1)  # (12, 1)
print("X:", tuple(X.shape))
print("y:", tuple(y.shape))

# %% draw
import matplotlib.pyplot as plt

_, ax = plt.subplots(figsize=(5, 3.2))
ax.plot(X, y, "o", color="C0")
ax.axvline(5.0, color="0.5", linestyle="--")
ax.text(5.1, 1, "?", color="0.5", size=16)
ax.set_xlim(0, 10)
ax.set_ylim(0, 14)
ax.set_xlabel("X (10 m²)", size=12)
ax.set_ylabel("y (10⁸ ₫)", size=12)
plt.show()

# %% two-lines
_, axes = plt.subplots(1, 2, figsize=(5, 2.7), sharey=True,
                       layout="constrained")
for ax, (w, b) in zip(axes, ((1.0, 1.9), (1.5, -0.6))):
    ax.vlines(X, w * X + b, y, color="C3", linewidth=2)
    ax.plot(X, w * X + b, color="0.5")
    ax.plot(X, y, "o", color="C0", markersize=4)
    ax.set_title(f"w = {w}, b = {b}", size=12)
    ax.set_xlabel("X", size=12)
axes[0].set_ylabel("y", size=12)
plt.show()

# %% mse
for w, b in ((1.0, 1.9), (1.5, -0.6)):
    y_hat = w * X + b  # (12, 1)
    loss = ((y_hat - y) ** 2).mean()
    print(f"w = {w}, b = {b}: loss = {loss.item():.3f}")

# %% by-hand
x, target, w, b, lr = 6.7, 9.14, -0.34, 0.04, 0.01

y_hat = w * x + b
error = y_hat - target
w_grad = 2 * error * x
b_grad = 2 * error
print(f"y_hat:  {y_hat:.4f}")
print(f"error:  {error:.4f}")
print(f"loss:   {error**2:.4f}")
print(f"w_grad: {w_grad:.4f}")
print(f"b_grad: {b_grad:.4f}")
print(f"new w:  {w - lr * w_grad:.6f}")
print(f"new b:  {b - lr * b_grad:.6f}")

# %% parabola
ws = torch.linspace(-0.8, 3.5, 100)
new_w = w - lr * w_grad
_, ax = plt.subplots(figsize=(5, 3.2))
ax.plot(ws, (ws * x + b - target) ** 2, color="0.5")
dots = [(value, (value * x + b - target) ** 2)
        for value in (w, new_w)]
for dot in dots:
    ax.plot(*dot, "o", color="C3", markersize=8)
ax.annotate("", dots[1], dots[0],
            arrowprops={"arrowstyle": "->", "color": "C3"})
ax.set_xlabel("w", size=12)
ax.set_ylabel("loss", size=12)
plt.show()

# %% layer
from torch import nn

torch.manual_seed(0)
model = nn.Linear(1, 1)
print(model.weight)
print(model.bias)

# %% overwrite raises="RuntimeError"
model.weight.fill_(-0.34)

# %% set
with torch.no_grad():
    model.weight.fill_(-0.34)
nn.init.constant_(model.bias, 0.04)
print(model.weight)
print(model.bias)

# %% one-step
one_X = torch.tensor([[6.7]])  # (1, 1)
one_y = torch.tensor([[9.14]])  # (1, 1)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

optimizer.zero_grad()
y_hat = model(one_X)
loss = loss_fn(y_hat, one_y)
loss.backward()
optimizer.step()

print(f"y_hat:  {y_hat.item():.4f}")
print(f"loss:   {loss.item():.4f}")
print(f"w.grad: {model.weight.grad.item():.4f}")
print(f"b.grad: {model.bias.grad.item():.4f}")
print(f"new w:  {model.weight.item():.6f}")
print(f"new b:  {model.bias.item():.6f}")

# %% again
y_hat = model(one_X)
loss = loss_fn(y_hat, one_y)
print(f"y_hat: {y_hat.item():.4f}")
print(f"loss:  {loss.item():.4f}")

# %% device
device = torch.device("cpu")
if torch.accelerator.is_available():
    device = torch.accelerator.current_accelerator()
print(device)

# %% fit
def fit(X, y, lr, num_epochs):
    # vi: trả về mô hình, rồi mất mát, w và b của từng epoch
    # en: returns the model, then each epoch's loss, w and b
    torch.manual_seed(0)
    model = nn.Linear(1, 1).to(device)
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses, ws, bs = [], [], []
    model.train()
    for _ in range(num_epochs):
        ws.append(model.weight.item())
        bs.append(model.bias.item())
        # vi: 1. xóa gradient của bước trước
        # en: 1. clear the gradients of the previous step
        optimizer.zero_grad()
        # vi: 2. lượt truyền xuôi: dự đoán
        # en: 2. forward pass: predict
        y_hat = model(X)  # (N, 1)
        # vi: 3. mất mát: dự đoán sai bao nhiêu
        # en: 3. loss: how wrong is the prediction?
        loss = loss_fn(y_hat, y)
        # vi: 4. lượt truyền ngược: tính gradient
        # en: 4. backward pass: compute the gradients
        loss.backward()
        # vi: 5. cập nhật w và b
        # en: 5. update w and b
        optimizer.step()
        losses.append(loss.item())
    return model, losses, ws, bs

# %% train
model, losses, ws, bs = fit(X, y, lr=0.01, num_epochs=2000)
for epoch in (0, 1, 2, 10, 100, 1999):
    print(f"epoch {epoch:4}: loss = {losses[epoch]:.4f},",
          f"w = {ws[epoch]:.3f}, b = {bs[epoch]:.3f}")

# %% lines
_, ax = plt.subplots(figsize=(5, 3.4))
for i, epoch in enumerate((0, 1, 2, 1999)):
    line = ws[epoch] * X + bs[epoch]  # (12, 1)
    ax.plot(X, line, color="C1", linewidth=1 + i)
    ax.text(8.95, line[-1], epoch, size=12)
ax.plot(X, y, "o", color="C0")
ax.set_xlim(2.5, 10)
ax.set_ylim(0, 14)
ax.set_xlabel("X (10 m²)", size=12)
ax.set_ylabel("y (10⁸ ₫)", size=12)
plt.show()

# %% answer
model.eval()
with torch.inference_mode():
    X_new = torch.tensor([[5.0]], device=device)  # (1, 1)
    price = model(X_new).item()
print(f"50 m²: {price:.2f}")

# %% answered
line = ws[-1] * X + bs[-1]  # (12, 1)
_, ax = plt.subplots(figsize=(5, 3.2))
ax.plot(X, y, "o", color="C0")
ax.plot(X, line, color="C1", linewidth=2)
ax.plot([5, 5, 0], [0, price, price], "--", color="0.5")
ax.plot(5, price, "o", color="C3", markersize=8)
ax.set_xlim(0, 10)
ax.set_ylim(0, 14)
ax.set_xlabel("X (10 m²)", size=12)
ax.set_ylabel("y (10⁸ ₫)", size=12)
plt.show()

# %% curve
_, axes = plt.subplots(1, 2, figsize=(5, 2.5),
                       layout="constrained")
axes[0].plot(losses[:31], color="C0")
axes[0].set_yscale("log")
axes[0].set_title("loss", size=12)
axes[1].plot(bs, color="C0")
axes[1].set_title("b", size=12)
for ax in axes:
    ax.set_xlabel("epoch", size=12)
plt.show()

# %% exact
dx = X - X.mean()  # (12, 1)
dy = y - y.mean()  # (12, 1)
best_w = (dx * dy).sum() / (dx**2).sum()
best_b = y.mean() - best_w * X.mean()
best = loss_fn(best_w * X + best_b, y)
print(f"w:    {best_w.item():.3f}")
print(f"b:    {best_b.item():.3f}")
print(f"loss: {best.item():.4f}")

# %% rates slider="lr"
last_loss = {}
for lr in (0.001, 0.002, 0.005, 0.01,
           0.02, 0.027, 0.028, 0.035):
    _, losses, _, _ = fit(X, y, lr=lr, num_epochs=20)
    last_loss[lr] = losses[-1]
    print(f"lr = {lr}: last loss = {last_loss[lr]:.2g}")
    _, ax = plt.subplots(figsize=(5, 3))
    ax.plot(losses)
    ax.set_yscale("log")
    ax.set_xticks(range(0, 20, 5))
    ax.set_ylim(0.1, 1e5)
    ax.minorticks_off()
    ax.set_xlabel("epoch", size=12)
    ax.set_ylabel("loss", size=12)
    plt.show()

# %% wide
torch.manual_seed(0)
layer = nn.Linear(2, 3)
inputs = torch.randn(5, 2)  # (5, 2)
by_hand = inputs @ layer.weight.T + layer.bias  # (5, 3)
print("weight:", tuple(layer.weight.shape))
print("bias:  ", tuple(layer.bias.shape))
print("equal: ", torch.allclose(layer(inputs), by_hand))

# %% not-turned raises="RuntimeError"
inputs @ layer.weight + layer.bias

# %% row-of-flats raises="RuntimeError"
row = torch.tensor([6.7, 5.0, 3.2], device=device)  # (3,)
model(row)

# %% column
y_hat = model(row.unsqueeze(1))  # (3, 1)
print("shape:", tuple(y_hat.shape))
for price in y_hat:
    print(f"{price.item():.2f}")

# %% any-shape raises="RuntimeError"
for shape in ((1,), (3, 1), (2, 5, 1), ()):
    y_hat = model(torch.ones(shape, device=device))
    print(shape, "->", tuple(y_hat.shape))

# %% no-clear
torch.manual_seed(0)
careless = nn.Linear(1, 1).to(device)
optimizer = torch.optim.SGD(careless.parameters(), lr=0.01)
losses = []
for _ in range(2000):
    y_hat = careless(X.to(device))
    loss = loss_fn(y_hat, y.to(device))
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
tail = losses[-5:]
print("last losses:", [round(loss, 1) for loss in tail])

# %% flat-target
y_1d = y.squeeze(1)  # (12,)
_, losses, ws, bs = fit(X, y_1d, lr=0.01, num_epochs=2000)
for area in (3.0, 8.8):
    price = ws[-1] * area + bs[-1]
    print(f"X = {area}: y_hat = {price:.2f}")
print(f"mean of y: {y.mean().item():.2f}")

# %% through-data
w = torch.tensor(3.0, requires_grad=True)
z = w**2
w.data.fill_(5.0)
z.backward()
print("z:     ", z.item())
print("w.grad:", w.grad.item())

# %% solution-trace
printed_w, printed_b = -151.9292, -22.6760
print(f"x:      {printed_w / printed_b:.4f}")
print(f"error:  {printed_b / 2:.4f}")
print(f"target: {-2.238 - printed_b / 2:.4f}")

# %% solution-rate
x, target, w, b = 6.7, 9.14, -0.34, 0.04
rate = 1 / (2 * (x**2 + 1))
for lr in (rate, 2 * rate, 2.5 * rate):
    error = w * x + b - target
    new_w = w - lr * 2 * error * x
    new_b = b - lr * 2 * error
    new_error = new_w * x + new_b - target
    print(f"lr = {lr:.6f}: {error:.3f} -> {new_error:.3f}")

# %% solution-scale
areas_m2 = 10 * X  # (12, 1)
_, losses, _, _ = fit(areas_m2, y, lr=0.01, num_epochs=100)
print("m²: loss =", losses[-1])
Z = (areas_m2 - areas_m2.mean()) / areas_m2.std()  # (12, 1)
_, losses, ws, _ = fit(Z, y, lr=0.1, num_epochs=100)
print(f"standardized: loss = {losses[-1]:.4f}")
w = ws[-1] / areas_m2.std().item()
print(f"w for 1 m²: {w:.4f}")
