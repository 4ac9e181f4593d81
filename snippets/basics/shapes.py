# %% menu
import torch

drinks = torch.tensor([[20], [25], [35]])  # (3, 1)
sizes = torch.tensor([0, 4, 8, 12])  # (4,)
menu = drinks + sizes  # (3, 4)
print(menu)

# %% stretch
import matplotlib.pyplot as plt


def box(ax, x, y, number, ink, edge="-"):
    ax.add_patch(plt.Rectangle(
        (x, y), 1, 1, fc=ink, ec="0.5", ls=edge, alpha=0.5))
    ax.text(x + 0.5, y + 0.5, number, size=14,
            ha="center", va="center")


_, ax = plt.subplots(figsize=(5, 4.4), layout="constrained")
parts = (*torch.broadcast_tensors(drinks, sizes), menu)
shapes = drinks.shape, sizes.shape, menu.shape
for k, (left, top) in enumerate(((0, 0), (5, 0), (2.5, 5))):
    down, across = parts[k].stride()
    ax.text(left + 1.3, top - 0.3, tuple(shapes[k]), size=14)
    ax.text(left - 0.8, top + 1.7, " +="[k], size=18)
    for i, row in enumerate(parts[k].tolist()):
        for j, number in enumerate(row):
            # vi: bước nhảy 0: số cũ được đọc lại
            # en: stride 0: the same number, read again
            again = i * (down == 0) + j * (across == 0)
            style = ("none", ":") if again else (f"C{k}", "-")
            box(ax, left + j, top + i, number, *style)
ax.set(xlim=(-0.1, 9.1), ylim=(len(menu) + 5.1, -0.9))
ax.set_aspect("equal")
ax.axis("off")
plt.show()

# %% scalar
x = torch.tensor([1.0, 2.0, 3.0, 4.0])  # (4,)
print("x - 5.0:", (x - 5.0).tolist())
fives = torch.tensor(5.0).expand(4)  # (4,)
print("fives:  ", fives.tolist())
print("bytes:  ", fives.untyped_storage().nbytes())

# %% rule
def broadcast(a, b):
    n = max(len(a), len(b))
    a = (1,) * (n - len(a)) + a
    b = (1,) * (n - len(b)) + b
    for p, q in zip(a, b):
        if p != q and 1 not in (p, q):
            return None
    return tuple(q if p == 1 else p for p, q in zip(a, b))


for a, b in (((3, 1), (4,)), ((4, 3), (5, 1, 3)),
             ((2, 3), (2,)), ((3,), (4,))):
    print(a, b, "->", broadcast(a, b))

# %% incompatible raises="RuntimeError"
total = torch.ones(3) + torch.ones(4)
print(tuple(total.shape))

# %% unsqueeze
x = torch.tensor([10.0, 20.0, 30.0])  # (3,)
row = x.unsqueeze(0)  # (1, 3)
column = x.unsqueeze(1)  # (3, 1)
print("row:   ", row.tolist())
print("column:", column.tolist())
print("back:  ", column.squeeze(1).tolist())

# %% keepdim
scores = torch.tensor([[4.0, 8.0, 9.0],
                       [5.0, 5.0, 2.0]])  # (2, 3)
means = scores.mean(dim=1, keepdim=True)  # (2, 1)
centred = scores - means  # (2, 3)
print("means:  ", means.tolist())
print("centred:", centred.tolist())

# %% loss-trap
y_hat = torch.tensor([[1.0], [2.0], [3.0]])  # (3, 1)
y = torch.tensor([1.0, 2.0, 3.0])  # (3,)
error = y_hat - y
loss = (error**2).mean()
print("error:", tuple(error.shape))
print(f"loss:  {loss.item():.4f}")

# %% squares
_, ax = plt.subplots(figsize=(5, 3), layout="constrained")
for i, row in enumerate((error**2).tolist()):
    for j, square in enumerate(row):
        ink = "C0" if i == j else "none"
        box(ax, j, i, f"{square:g}", ink)
ax.set_xticks([0.5, 1.5, 2.5], y.tolist(), size=12)
ax.set_yticks([0.5, 1.5, 2.5], y.tolist(), size=12)
ax.set_xlabel("y", size=13)
ax.set_ylabel("y_hat", size=13)
ax.xaxis.tick_top()
ax.xaxis.set_label_position("top")
ax.axis((-0.05, 3.05, 3.05, -0.05))
ax.set_aspect("equal")
ax.spines[:].set_visible(False)
plt.show()

# %% loss-warning
import torch.nn.functional as F

lazy = torch.full((3, 1), 2.0)  # (3, 1)
models = {"right": y_hat, "lazy": lazy}
for name, pred in models.items():
    print(f"{name:5} {F.mse_loss(pred, y).item():.4f}")

# %% loss-fixed
for name, pred in models.items():
    pred_1d = pred.squeeze(1)  # (3,)
    assert pred_1d.shape == y.shape
    print(f"{name:5} {F.mse_loss(pred_1d, y).item():.4f}")

# %% reshape
strip = torch.arange(1, 7)  # (6,)
t = strip.reshape(2, 3)  # (2, 3)
pairs = strip.reshape(-1, 2)  # (3, 2)
print("strip:", strip.tolist())
print("t:    ", t.tolist())
print("pairs:", pairs.tolist())

# %% view
def storage(a):
    return a.untyped_storage().data_ptr()


line = torch.arange(1, 7)  # (6,)
table = line.view(2, 3)  # (2, 3)
table[0, 0] = 99
print("line:", line.tolist())
print("same memory:", storage(table) == storage(line))

# %% transpose
turned = t.T  # (3, 2)
print("t:            ", t.tolist())
print("t.T:          ", turned.tolist())
print("reshape(3, 2):", t.reshape(3, 2).tolist())

# %% permute raises="RuntimeError"
from torch import nn

photo = torch.zeros(28, 20, 3)  # (H, W, C)
image = photo.permute(2, 0, 1)  # (C, H, W)
layer = nn.Conv2d(3, 8, kernel_size=3)
print("image: ", tuple(image.shape))
print("output:", tuple(layer(image).shape))
layer(photo)

# %% join
week_1 = torch.tensor([20, 25, 35])  # (3,)
week_2 = torch.tensor([22, 25, 38])  # (3,)
stacked = torch.stack([week_1, week_2])  # (2, 3)
joined = torch.cat([week_1, week_2])  # (6,)
wide = torch.cat([stacked, stacked], dim=1)  # (2, 6)
print("stack:     ", stacked.tolist())
print("cat:       ", joined.tolist())
print("cat, dim=1:", tuple(wide.shape))

# %% memory
_, ax = plt.subplots(figsize=(5, 3.2), layout="constrained")
for name, a, top in (("t", t, 0), ("turned", turned, 2.5)):
    print(f"{name:6} stride: {a.stride()}",
          f"contiguous: {a.is_contiguous()}")
    down, across = a.stride()
    for i, row in enumerate(a.tolist()):
        ax.text(-1.9, top + i + 0.65, f"{name}[{i}]", size=14)
        for j, number in enumerate(row):
            place = i * down + j * across
            box(ax, place, top + i, number, f"C{i}")
ax.axis((-2, 6.1, 5.6, -0.1))
ax.axis("off")
plt.show()

# %% view-turned raises="RuntimeError"
split = turned.view(3, 1, 2)  # (3, 1, 2)
print("split:", split.tolist())
print("same memory:", storage(split) == storage(t))
turned.view(6)

# %% reshape-copies
flat = turned.reshape(6)  # (6,)
print("flat:", flat.tolist())
print("same memory:", storage(flat) == storage(t))

# %% matmul
product = t @ t.T  # (2, 3) @ (3, 2) -> (2, 2)
print(product)
print("by hand:", 1 * 1 + 2 * 2 + 3 * 3)

# %% lonely
for n in (32, 1):
    batch = torch.zeros(n, 1, 28, 28)
    print("n =", n)
    print("  squeeze(): ", tuple(batch.squeeze().shape))
    print("  squeeze(1):", tuple(batch.squeeze(1).shape))

# %% solution-trace
X = torch.zeros(32, 1, 28, 28)
W = torch.zeros(784, 10)
b = torch.zeros(10)
flat = X.flatten(1)  # (32, 784)
logits = flat @ W + b  # (32, 10)
print("flat:    ", tuple(flat.shape))
print("flat @ W:", tuple((flat @ W).shape))
print("logits:  ", tuple(logits.shape))

# %% solution-distances
P = torch.tensor([[0.0, 0.0], [3.0, 4.0], [3.0, 0.0]])
gaps = P.unsqueeze(1) - P.unsqueeze(0)  # (3, 3, 2)
far = (gaps**2).sum(dim=2).sqrt()  # (3, 3)
print(far)
print("cdist:", torch.allclose(far, torch.cdist(P, P)))

# %% solution-rows
S = torch.arange(1.0, 10.0).reshape(3, 3)  # (3, 3)
wrong = S - S.mean(dim=1)  # (3, 3) - (3,)
right = S - S.mean(dim=1, keepdim=True)  # (3, 3) - (3, 1)
print("wrong means:", wrong.mean(dim=1).tolist())
print("right means:", right.mean(dim=1).tolist())
