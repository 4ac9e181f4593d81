# %% reshape
import torch

t = torch.arange(1, 7)  # (6,)
table = t.reshape(2, 3)  # (2, 3)
print("t:    ", t.tolist())
print("table:", table.tolist())
print("shape:", tuple(table.shape))

# %% infer
images = torch.zeros(32, 28, 28)
flat = images.reshape(32, -1)  # (32, 784)
lines = images.reshape(-1, 28)  # (896, 28)
print("flat: ", tuple(flat.shape))
print("lines:", tuple(lines.shape))

# %% count raises="RuntimeError"
t.reshape(4, 2)

# %% view
table = t.view(2, 3)  # (2, 3)
table[0, 0] = 99
print("t:", t.tolist())
print("same memory:", table.data_ptr() == t.data_ptr())

# %% transpose
t = torch.arange(1, 7).view(2, 3)  # (2, 3)
turned = t.T  # (3, 2)
print(t)
print(turned)
same = turned.data_ptr() == t.data_ptr()
print("same memory:", same)

# %% stride
for name, a in {"t": t, "turned": turned}.items():
    print(f"{name:6} stride: {a.stride()}",
          f"contiguous: {a.is_contiguous()}")

# %% memory
import matplotlib.pyplot as plt


def staircase(a, name):
    """Show where in memory each row of a lies."""
    n = len(a)
    down, across = a.stride()
    _, ax = plt.subplots(figsize=(4.5, 0.2 + 0.5 * n))
    for i, row in enumerate(a.tolist()):
        ax.text(-0.2, i + 0.5, f"{name}[{i}]", size=13,
                ha="right", va="center")
        for j, number in enumerate(row):
            x = i * down + j * across  # (1)!
            box = plt.Rectangle((x, i), 1, 1, alpha=0.4,
                                fc=f"C{i}", ec="k")
            ax.add_patch(box)
            ax.text(x + 0.5, i + 0.5, number, size=13,
                    ha="center", va="center")
    ax.set(xlim=(-2, a.numel() + 0.1), ylim=(n + 0.1, -0.1))
    ax.axis("off")
    plt.show()


staircase(t, "t")

# %% memory-turned
staircase(turned, "turned")

# %% view-turned raises="RuntimeError"
turned.view(6)

# %% reshape-copies
flat = turned.reshape(6)  # (6,)
print("flat:", flat.tolist())
flat[0] = 99
print("t[0, 0]:", t[0, 0].item())
print("same memory:", flat.data_ptr() == t.data_ptr())

# %% contiguous
tidy = turned.contiguous()  # (3, 2)
print("stride:", tidy.stride())
print("flat:  ", tidy.view(6).tolist())
print("same memory:", tidy.data_ptr() == t.data_ptr())

# %% still-view
split = turned.view(3, 1, 2)  # (3, 1, 2)
print("shape:", tuple(split.shape))
print("contiguous: ", split.is_contiguous())
print("same memory:", split.data_ptr() == t.data_ptr())

# %% unsqueeze
x = torch.tensor([10.0, 20.0, 30.0])  # (3,)
row = x.unsqueeze(0)  # (1, 3)
column = x.unsqueeze(1)  # (3, 1)
print("row:   ", row.tolist())
print("column:", column.tolist())

# %% squeeze
print("squeeze(1):", tuple(column.squeeze(1).shape))
print("squeeze(0):", tuple(column.squeeze(0).shape))

# %% channels raises="RuntimeError"
from torch import nn

photo = torch.zeros(28, 28, 3)  # (H, W, C)
layer = nn.Conv2d(3, 8, kernel_size=3)
layer(photo)

# %% permute
image = photo.permute(2, 0, 1)  # (C, H, W)
print("image: ", tuple(image.shape))
print("output:", tuple(layer(image).shape))

# %% matmul
product = t @ t.T  # (2, 3) @ (3, 2) -> (2, 2)
print(product)
print("by hand:", 1 * 1 + 2 * 2 + 3 * 3)

# %% inner raises="RuntimeError"
t @ t

# %% scalar
x = torch.tensor([1.0, 2.0, 3.0, 4.0])  # (4,)
print("x - 5.0:", (x - 5.0).tolist())
fives = torch.tensor(5.0).expand(4)  # (4,)
print("fives:  ", fives.tolist())
print("stride: ", fives.stride())
print("bytes:  ", fives.untyped_storage().nbytes())

# %% column-row
column = torch.tensor([[10], [20], [30]])  # (3, 1)
row = torch.tensor([1, 2, 3, 4])  # (4,)
total = column + row  # (3, 4)
print(total)

# %% stretch
def draw(a, b):
    """Draw a + b; a dotted cell is a repeat, not a copy."""
    _, ax = plt.subplots(figsize=(5, 1.7))
    wide = (*torch.broadcast_tensors(a, b), a + b)
    shapes = a.shape, b.shape, (a + b).shape
    for k, t in enumerate(wide):
        down, across = t.stride()
        left = 5 * k
        ax.text(left + 2, -0.5, tuple(shapes[k]), size=12,
                ha="center", va="center")
        ax.text(left + 4.25, 1.65, "+= "[k], size=12)
        for i, row in enumerate(t.tolist()):
            for j, number in enumerate(row):
                again = i * (down == 0) + j * (across == 0)  # (1)!
                ink = "none" if again else f"C{k}"
                ax.add_patch(plt.Rectangle(
                    (left + j, i), 1, 1, fc=ink, ec="k",
                    ls=":" if again else "-", alpha=0.4))
                ax.text(left + j + 0.5, i + 0.5, number,
                        size=12, ha="center", va="center")
    ax.set(xlim=(-0.1, 14.1), ylim=(len(t) + 0.1, -1), aspect="equal")
    ax.axis("off")
    plt.show()


draw(column, row)

# %% rule
def broadcast(a, b):
    """Work out the shape of a + b, or return None."""
    n = max(len(a), len(b))
    a = (1,) * (n - len(a)) + a
    b = (1,) * (n - len(b)) + b
    shape = []
    for i in range(n):
        p, q = a[i], b[i]
        if p != q and 1 not in (p, q):
            return None
        shape.append(q if p == 1 else p)
    return tuple(shape)


print(broadcast((3, 1), (4,)))
print(broadcast((32, 28, 28), (28,)))
print(broadcast((5, 1, 3), (4, 3)))
print(broadcast((3,), (4,)))
print(broadcast((2, 3), (2,)))

# %% torch-rule
ask = torch.broadcast_shapes
print(tuple(ask((3, 1), (4,))))
print(tuple(ask((32, 28, 28), (28,))))
print(tuple(ask((5, 1, 3), (4, 3))))

# %% incompatible raises="RuntimeError"
torch.ones(3) + torch.ones(4)

# %% row-means raises="RuntimeError"
scores = torch.tensor([[4.0, 8.0, 9.0],
                       [5.0, 5.0, 2.0]])  # (2, 3)
means = scores.mean(dim=1)  # (2,)
print("means:", means.tolist())
scores - means

# %% keepdim
means = scores.mean(dim=1, keepdim=True)  # (2, 1)
centred = scores - means  # (2, 3)
print("means:  ", means.tolist())
print("centred:", centred.tolist())

# %% trace
X = torch.zeros(32, 1, 28, 28)
W = torch.zeros(784, 10)
b = torch.zeros(10)
flat = X.reshape(32, -1)  # (32, 784)
y_hat = flat @ W + b  # (32, 10)
print("flat:    ", tuple(flat.shape))
print("flat @ W:", tuple((flat @ W).shape))
print("y_hat:   ", tuple(y_hat.shape))

# %% loss-trap
y_hat = torch.tensor([[1.0], [2.0], [3.0]])  # (3, 1)
y = torch.tensor([1.0, 2.0, 3.0])  # (3,)
error = y_hat - y  # (3, 3)
loss = (error**2).mean()
print("shape:", tuple(error.shape))
print(f"loss:  {loss.item():.4f}")

# %% worse-wins
same = torch.full((3, 1), 2.0)  # (3, 1)
worse = ((same - y) ** 2).mean()
print(f"right answers:   {loss.item():.4f}")
print(f"always the mean: {worse.item():.4f}")

# %% loss-warning
loss_fn = nn.MSELoss()
print(f"loss: {loss_fn(y_hat, y).item():.4f}")

# %% loss-fixed
flat = y_hat.squeeze(1)  # (3,)
assert flat.shape == y.shape
print(f"right answers:   {loss_fn(flat, y).item():.4f}")
same = same.squeeze(1)  # (3,)
print(f"always the mean: {loss_fn(same, y).item():.4f}")

# %% mixed
t = torch.arange(1, 7).view(2, 3)  # (2, 3)
print("t.T:          ", t.T.tolist())
print("reshape(3, 2):", t.reshape(3, 2).tolist())

# %% lonely
for n in (32, 1):
    batch = torch.zeros(n, 1, 28, 28)
    print("n =", n)
    print("  squeeze(): ", tuple(batch.squeeze().shape))
    print("  squeeze(1):", tuple(batch.squeeze(1).shape))

# %% solution-predict
pairs = [((2, 1), (2,)), ((8, 1, 6), (7, 1)),
         ((9, 9, 3), (9,))]
for a, b in pairs:
    try:
        shape = torch.broadcast_shapes(a, b)
        print(a, b, "->", tuple(shape))
    except RuntimeError:
        print(a, b, "-> error")

# %% solution-distances
P = torch.tensor([[0.0, 0], [3, 4], [3, 0]])  # (3, 2)
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
print("right:")
print(right)
