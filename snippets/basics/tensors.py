# %% digit
import torch

digit = torch.tensor([[0, 0, 2, 9, 0],
                      [0, 1, 8, 9, 0],
                      [0, 7, 1, 9, 0],
                      [8, 9, 9, 9, 8],
                      [0, 0, 0, 9, 0],
                      [0, 0, 0, 9, 0]])  # (6, 5)
print("shape: ", tuple(digit.shape))
print("dtype: ", digit.dtype)
print("device:", digit.device)

# %% block
import matplotlib.pyplot as plt

_, (left, right) = plt.subplots(1, 2, figsize=(5, 3.4),
                                layout="constrained")
left.imshow(digit, cmap="gray")
right.imshow(digit, alpha=0)
for i in range(6):
    for j in range(5):
        right.text(j, i, digit[i, j].item(), size=14,
                   ha="center", va="center")
right.set_xlabel(f"shape = {tuple(digit.shape)}\n"
                 f"dtype = {digit.dtype}\n"
                 f"device = {digit.device}", size=14)
left.set(xticks=[], yticks=[])
right.set(xticks=[], yticks=[])
plt.show()

# %% from-list
whole = torch.tensor([1, 2, 3])
mixed = torch.tensor([1.5, 2, 3])
flags = torch.tensor([True, False])
wide = torch.tensor([0.001, 2000.0])
for t in (whole, mixed, flags, wide):
    print(t.dtype, t)

# %% convert
decimals = torch.tensor([2.9, -2.9])
cut = decimals.int()
double = decimals.to(torch.float64)
print("cut:", cut.tolist())
for t in (decimals, cut, double):
    print(t.dtype, "bytes:", t.element_size())

# %% dims
number = torch.tensor(36.6)  # ()
row = torch.tensor([36.6, 37.2, 38.1])  # (3,)
table = torch.tensor([[1, 2, 3], [4, 5, 6]])  # (2, 3)
image = torch.zeros(3, 6, 5)  # (C, H, W)
for t in (number, row, table, image):
    print(t.ndim, tuple(t.shape))

# %% fill
print(torch.zeros(2, 3))
print(torch.ones(2))
print(torch.full((2,), 7))
print(torch.arange(0, 10, 2))
print(torch.linspace(0, 1, 5))

# %% seed
torch.manual_seed(0)
first = torch.rand(3)
second = torch.rand(3)
torch.manual_seed(0)
again = torch.rand(3)
print("first: ", first)
print("second:", second)
print("again: ", again)

# %% rand
torch.manual_seed(0)
u = torch.rand(1_000_000)
g = torch.randn(1_000_000)
for name, t in (("rand", u), ("randn", g)):
    print(f"{name}: min = {t.min().item():.7f},",
          f"max = {t.max().item():.7f}")
    print(f"  mean = {t.mean().item():.4f},",
          f"std = {t.std().item():.4f}")
far = (g.abs() > 1).float().mean()
print(f"far: {far.item():.4f}")

# %% histogram
_, ax = plt.subplots(figsize=(5, 3))
for t, color in ((u, "C0"), (g, "C1")):
    ax.hist(t, bins=80, range=(-4, 4), density=True,
            histtype="step", linewidth=2, color=color)
ax.text(1.1, 0.9, "rand", size=12, color="C0")
ax.text(-2.9, 0.3, "randn", size=12, color="C1")
ax.set_xlabel("value", size=12)
ax.set_ylabel("density", size=12)
plt.show()

# %% index
print("digit[3]:      ", digit[3])
print("digit[1, 2]:   ", digit[1, 2])
print("digit[:, 3]:   ", digit[:, 3])
print("digit[3, ::2]: ", digit[3, ::2])
print("digit[1:4, :2]:", digit[1:4, :2].tolist())
print("digit[digit > 7]:", digit[digit > 7])

# %% arithmetic
x = torch.tensor([1, 2, 3])
y = torch.tensor([10, 20, 40])
print("x + y:  ", x + y)
print("x * y:  ", x * y)
print("y / x:  ", y / x)
print("y // x: ", y // x)
print("x - 0.5:", x - 0.5)
print("(9 - digit)[3]:", (9 - digit)[3])

# %% matrix
A = torch.tensor([[1, 2, 3], [4, 5, 6]])  # (2, 3)
print("x @ y:  ", (x @ y).item())
print("A * A:  ", (A * A).tolist())  # (2, 3)
print("A.T:    ", A.T.tolist())  # (3, 2)
print("A @ A.T:", (A @ A.T).tolist())  # (2, 2)

# %% item raises="RuntimeError"
marks = torch.tensor([7.0, 8.0, 9.5])
best = marks.max()
print("tensor:", best)
print("number:", best.item())
print("list:  ", marks.tolist())
marks.item()

# %% argmax
scores = torch.tensor([[2.0, 5.0, 1.0],
                       [9.0, 0.5, 3.0]])  # (N, 3)
print("no dim:", scores.argmax())
print("dim=1: ", scores.argmax(dim=1))
print("dim=0: ", scores.argmax(dim=0))
print("tie:   ", torch.tensor([4, 7, 7]).argmax())

# %% slice-view
canvas = digit.clone()
bar = canvas[3]
bright = canvas[canvas > 7]
bar[:] = 0
bright[:] = 0
print("canvas[3]:", canvas[3].tolist())
print("canvas[4]:", canvas[4].tolist())

# %% from-numpy
import numpy as np

a = np.array([1.0, 2.0, 3.0])
shared = torch.from_numpy(a)
copied = torch.tensor(a)
single = shared.float()
a[0] = 99.0
print("shared:", shared)
print("copied:", copied)
print("single:", single)

# %% in-place
total = torch.zeros(3)
alias = total
total += 1
print("after total += 1:       ", alias.tolist())
total = total + 1
print("after total = total + 1:", alias.tolist())

# %% same-syntax
for library in (np, torch):
    m = library.ones((2, 3))
    m[0] = 5
    print(library.__name__, m.dtype, m[:, 0] + m[:, 1])

# %% gradient
w = torch.tensor(3.0, requires_grad=True)
(w**2).backward()
print("w.grad:", w.grad.item())

# %% device
device = torch.device("cpu")
if torch.accelerator.is_available():
    device = torch.accelerator.current_accelerator()
moved = digit.to(device)
shift = torch.ones(6, 5, dtype=torch.float32, device=device)
result = moved + shift
print("digit: ", digit.device)
print("moved: ", moved.device)
print("result:", result.device, result.dtype)

# %% int-mean raises="RuntimeError"
print(f"float(): {digit.float().mean().item():.2f}")
digit.mean()

# %% double raises="RuntimeError"
from torch import nn

layer = nn.Linear(3, 1)
X = torch.from_numpy(np.ones((2, 3)))  # (N, 3)
print("float():", layer(X.float()).dtype)
layer(X)

# %% two-devices raises="RuntimeError"
here = torch.ones(3)
there = torch.ones(3, device="meta")
here + there

# %% widths
torch.manual_seed(0)
widths, raw, scaled = [16, 64, 256, 1024], [], []
for n in widths:
    X = torch.randn(500, n)  # (N, n)
    W = torch.randn(n, 100)  # (n, 100)
    raw.append((X @ W).std().item())
    scaled.append(nn.Linear(n, 100)(X).std().item())
    print(f"{n:4}: {raw[-1]:5.2f} {scaled[-1]:5.2f}")
_, ax = plt.subplots(figsize=(5, 3))
ax.plot(widths, raw, "o-", label="randn")
ax.plot(widths, scaled, "s--", label="nn.Linear")
ax.set_xlabel("n", size=12)
ax.set_ylabel("std", size=12)
ax.legend()
plt.show()

# %% solution-negative
light = digit / 9
negative = 1 - light  # (6, 5)
print(digit.dtype, light.dtype, negative.dtype)
print(f"column 2: {negative[:, 2].mean().item():.3f}")
_, ax = plt.subplots(figsize=(5, 3))
ax.imshow(negative, cmap="gray")
ax.set_xticks([])
ax.set_yticks([])
plt.show()

# %% solution-accuracy
logits = torch.tensor([[2.0, 1.0, 0.1],
                       [0.3, 0.2, 4.0],
                       [1.5, 1.6, 1.4],
                       [0.0, 3.0, 2.9]])  # (N, 3)
labels = torch.tensor([0, 2, 0, 1])  # (N,)
pred = logits.argmax(dim=1)  # (N,)
correct = pred == labels  # (N,)
print("pred:    ", pred.tolist())
print("correct: ", correct.tolist())
print("accuracy:", correct.float().mean().item())
