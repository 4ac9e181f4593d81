# %% from-list
import torch

whole = torch.tensor([1, 2, 3])
mixed = torch.tensor([1.5, 2, 3])
flags = torch.tensor([True, False])
print("whole:", whole, whole.dtype)
print("mixed:", mixed, mixed.dtype)
print("flags:", flags, flags.dtype)

# %% dims
number = torch.tensor(36.6)  # ()
row = torch.tensor([36.6, 37.2, 38.1])  # (3,)
table = torch.tensor([[1, 2, 3], [4, 5, 6]])  # (2, 3)
image = torch.zeros(3, 10, 20)  # (C, H, W)
for t in (number, row, table, image):
    print(t.ndim, tuple(t.shape))

# %% attributes
# vi: hai ngày, mỗi ngày ba lần đo
# en: two days, three readings a day
temps = torch.tensor([[31, 33, 35], [24, 25, 27]])  # (2, 3)
print("shape: ", tuple(temps.shape))
print("dtype: ", temps.dtype)
print("device:", temps.device)

# %% convert
real = temps.float()
print(real.dtype, "bytes:", real.element_size())
double = temps.to(torch.float64)
print(double.dtype, "bytes:", double.element_size())
cut = torch.tensor([2.9, -2.9]).int()
print("cut:  ", cut.tolist())
print("temps:", temps.dtype)

# %% fill
print(torch.zeros(2, 3))
print(torch.ones(2))
print(torch.full((2,), 7))
print(torch.arange(0, 10, 2))
print(torch.linspace(0, 1, 5))

# %% from-numpy
import numpy as np

a = np.array([1.0, 2.0, 3.0])
shared = torch.from_numpy(a)
copied = torch.tensor(a)
a[0] = 99.0
print("shared:", shared)
print("copied:", copied)

# %% to-numpy
b = copied.numpy()
b[1] = -5.0
print("copied:", copied.tolist())
single = shared.float()
a[0] = 7.0
print("shared:", shared.tolist())
print("single:", single.tolist(), single.dtype)

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
print(f"min:  {u.min().item():.7f}")
print(f"max:  {u.max().item():.7f}")
print(f"mean: {u.mean().item():.4f}")
print(f"std:  {u.std().item():.4f}")

# %% randn
torch.manual_seed(0)
g = torch.randn(1_000_000)
far = (g.abs() > 1).float().mean()  # (1)!
print(f"mean: {g.mean().item():.4f}")
print(f"std:  {g.std().item():.4f}")
print(f"far:  {far.item():.4f}")

# %% histogram
import matplotlib.pyplot as plt

_, ax = plt.subplots(figsize=(4, 3))
bins = np.linspace(-4, 4, 81)
for name, draws in (("rand", u), ("randn", g)):
    ax.hist(draws.numpy(), bins=bins, density=True,
            histtype="step", linewidth=2, label=name)
ax.set_xlabel("value")
ax.set_ylabel("density")
ax.legend()
plt.show()

# %% wide-randn
torch.manual_seed(0)
X = torch.randn(500, 784)  # (N, 784)
W = torch.randn(784, 100)  # (784, 100)
H = X @ W  # (N, 100)
print(f"std of X:     {X.std().item():.2f}")
print(f"std of X @ W: {H.std().item():.2f}")

# %% wide-linear
from torch import nn

layer = nn.Linear(784, 100)
H = layer(X)  # (N, 100)
print(f"largest weight: {layer.weight.abs().max().item():.4f}")
print(f"std of weights: {layer.weight.std().item():.4f}")
print(f"std of output:  {H.std().item():.2f}")

# %% widths
torch.manual_seed(0)
widths = [16, 64, 256, 1024]
raw, scaled = [], []
for n in widths:
    X = torch.randn(500, n)  # (N, n)
    W = torch.randn(n, 100)  # (n, 100)
    raw.append((X @ W).std().item())
    scaled.append(nn.Linear(n, 100)(X).std().item())
    print(f"{n:4}: {raw[-1]:5.2f} {scaled[-1]:5.2f}")

# %% widths-figure
_, ax = plt.subplots(figsize=(4, 3))
names = [str(n) for n in widths]
ax.plot(names, raw, "o-", label="randn")
ax.plot(names, scaled, "s--", label="nn.Linear")
ax.set_xlabel("inputs")
ax.set_ylabel("std")
ax.legend()
plt.show()

# %% arithmetic
x = torch.tensor([1, 2, 3])
y = torch.tensor([10, 20, 40])
print("x + y:  ", x + y)
print("x * y:  ", x * y)
print("y / x:  ", y / x)
print("y // x: ", y // x)
print("x - 0.5:", x - 0.5)
print("temps + 2:", (temps + 2).tolist())

# %% matrix
A = torch.tensor([[1, 2, 3], [4, 5, 6]])  # (2, 3)
print("x @ y:  ", (x @ y).item())
print("A * A:  ", (A * A).tolist())  # (2, 3)
print("A.T:    ", A.T.tolist())  # (3, 2)
print("A @ A.T:", (A @ A.T).tolist())  # (2, 2)

# %% index
t = torch.tensor([[11, 12, 13, 14],
                  [21, 22, 23, 24],
                  [31, 32, 33, 34]])  # (3, 4)
print("t[0]:      ", t[0])
print("t[1, 2]:   ", t[1, 2])
print("t[:, 1]:   ", t[:, 1])
print("t[-1, ::2]:", t[-1, ::2])
print("t[1:, :2]: ", t[1:, :2].tolist())
print("t[t > 30]: ", t[t > 30])

# %% slice-view
top = t[0]
big = t[t > 30]
top[0] = 0
big[0] = 0
print("t[0]:", t[0].tolist())
print("t[2]:", t[2].tolist())

# %% in-place
x = torch.zeros(3)
alias = x
x += 1
print("after x += 1:   ", alias.tolist())
x = x + 1
print("after x = x + 1:", alias.tolist())
x.add_(10)  # (1)!
print("x after add_:    ", x.tolist())
print("alias after add_:", alias.tolist())

# %% item
marks = torch.tensor([7.0, 8.0, 9.5])
best = marks.max()
print("tensor:", best)
print("number:", best.item())

# %% item-many raises="RuntimeError"
marks.item()

# %% tolist
print("list:", marks.tolist())
print(f"mean: {marks.mean().item():.2f}")

# %% argmax
scores = torch.tensor([[2.0, 5.0, 1.0],
                       [9.0, 0.5, 3.0]])  # (N, 3)
print("no dim:", scores.argmax())
print("dim=1: ", scores.argmax(dim=1))
print("dim=0: ", scores.argmax(dim=0))
print("tie:   ", torch.tensor([4, 7, 7]).argmax())

# %% softmax
torch.manual_seed(0)
logits = torch.randn(500, 10)  # (N, 10)
probs = torch.softmax(logits, dim=1)  # (N, 10)
same = probs.argmax(dim=1) == logits.argmax(dim=1)  # (N,)
print(f"sum of a row: {probs[0].sum().item():.4f}")
print("same class:", same.sum().item(), "of", len(same))

# %% same-syntax
for library in (np, torch):
    m = library.ones((2, 3))
    m[0] = 5
    print(library.__name__, m.dtype, m[:, 0] + m[:, 1])

# %% gradient
x = torch.tensor(3.0, requires_grad=True)
(x**2).backward()
print("x.grad:", x.grad.item())

# %% device
device = "cuda" if torch.cuda.is_available() else "cpu"
layer = nn.Linear(3, 1).to(device)
X = torch.ones(2, 3, device=device)  # (N, 3)
print("computed on:", layer(X).device)

# %% forms
print(torch.tensor(3.5))
print(torch.tensor([1, 2]))
print(torch.tensor([1.0, 2.0]))
print(torch.tensor([0.001, 2000.0]))
print(torch.tensor([1.0, 2.0], dtype=torch.float64))
print(torch.tensor([1.0, 2.0]) > 1.5)
print(torch.zeros(2, device="meta"))  # (1)!

# %% int-mean raises="RuntimeError"
temps.mean()

# %% float-mean
print(f"mean: {temps.float().mean().item():.2f}")

# %% double raises="RuntimeError"
X = torch.from_numpy(np.ones((2, 3)))  # (N, 3)
layer = nn.Linear(3, 1)
layer(X)

# %% single
y_hat = layer(X.float())  # (N, 1)
print("X:     ", X.dtype)
print("weight:", layer.weight.dtype)
print("y_hat: ", y_hat.dtype, tuple(y_hat.shape))

# %% channels-last raises="RuntimeError"
photo = np.zeros((28, 28, 3), dtype=np.float32)
conv = nn.Conv2d(3, 8, kernel_size=3)
image = torch.from_numpy(photo)  # (H, W, C)
conv(image)

# %% channels-first
image = torch.from_numpy(photo).permute(2, 0, 1)
print("image: ", tuple(image.shape))  # (C, H, W)
print("output:", tuple(conv(image).shape))

# %% two-devices raises="RuntimeError"
here = torch.ones(3)
there = torch.ones(3, device="meta")
here + there

# %% one-device
here = torch.ones(3).to(device)
there = torch.full((3,), 2.0, device=device)
print((here + there).tolist())

# %% solution-fahrenheit
step1 = temps * 9
step2 = step1 / 5
fahrenheit = step2 + 32  # (2, 3)
print(step1.dtype, step2.dtype, fahrenheit.dtype)
print("first day:", fahrenheit[0])
print(f"noon mean: {fahrenheit[:, 1].mean().item():.1f}")

# %% solution-accuracy
logits = torch.tensor([[2.0, 1.0, 0.1],
                       [0.3, 0.2, 4.0],
                       [1.5, 1.6, 1.4],
                       [0.0, 3.0, 2.9]])  # (N, 3)
labels = torch.tensor([0, 2, 0, 1])  # (N,)
predicted = logits.argmax(dim=1)  # (N,)
correct = predicted == labels  # (N,)
print("predicted:", predicted.tolist())
print("correct:  ", correct.tolist())
print("accuracy: ", correct.float().mean().item())

# %% solution-scale
torch.manual_seed(0)
X = torch.randn(500, 400)  # (N, 400)
W = torch.randn(400, 100) / 400**0.5  # (400, 100)
print(f"std of W:     {W.std().item():.4f}")
print(f"std of X @ W: {(X @ W).std().item():.4f}")
