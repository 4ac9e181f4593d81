# %% leaf
import torch

x = torch.tensor(3.0, requires_grad=True)  # (1)!
print("is leaf:", x.is_leaf)
print("x.grad: ", x.grad)

# %% forward
y = x**2
z = 3 * y + 2
print("y:", y)
print("z:", z)

# %% backward
z.backward()
print("x.grad:", x.grad.item())

# %% at-two
x = torch.tensor(2.0, requires_grad=True)
y = x**2
z = 3 * y + 2
z.backward()
print("autograd:", x.grad.item())
print("by hand: ", 6 * x.item())

# %% middle
x = torch.tensor(3.0, requires_grad=True)
y = x**2
# vi: xin giữ lại gradient của y
# en: ask to keep the gradient of y
y.retain_grad()
z = 3 * y + 2
z.backward()
print("dz/dy:", y.grad.item())
print("dz/dx:", x.grad.item())

# %% walk
def walk(node, depth=0, depths=None):
    """Map each node to its distance from the start."""
    depths = {} if depths is None else depths
    depths[node] = max(depth, depths.get(node, 0))
    for parent, _ in node.next_functions:
        if parent is not None:  # (1)!
            walk(parent, depth + 1, depths)
    return depths


for node, depth in walk(z.grad_fn).items():
    print(depth, type(node).__name__)

# %% draw
import matplotlib.pyplot as plt


def draw(root):
    """Draw the nodes that backward visits from root."""
    depths = walk(root)
    spots = {}
    for node, depth in depths.items():
        row = [n for n in depths if depths[n] == depth]
        left = row.index(node) - len(row) / 2
        spots[node] = (left, -depth)
    _, ax = plt.subplots(figsize=(4, 3))
    ax.set_xlim(-1.5, 0.5)
    ax.set_ylim(-max(depths.values()), 0)
    ax.axis("off")
    box = {"boxstyle": "round", "fc": "none", "ec": "C0"}
    arrow = {"arrowstyle": "->",
             "shrinkA": 12, "shrinkB": 12}
    for node, spot in spots.items():
        ax.text(*spot, type(node).__name__, bbox=box,
                ha="center", va="center", size=12)
        for parent, _ in node.next_functions:
            if parent is not None:
                where = spots[parent], spot
                ax.annotate("", *where, arrowprops=arrow)
    plt.show()

# %% graph
draw(z.grad_fn)

# %% vector raises="RuntimeError"
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
z = 3 * x**2 + 2  # (3,)
print("z:", z.tolist())
z.backward()

# %% vector-sum
z.sum().backward()
print("x.grad:", x.grad.tolist())

# %% vector-weights
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
z = 3 * x**2 + 2  # (3,)
weights = torch.tensor([1.0, 0.0, 0.5])  # (3,)
z.backward(gradient=weights)
print("x.grad:", x.grad.tolist())

# %% accumulate
x = torch.tensor(1.0, requires_grad=True)
history = []
for _ in range(3):
    z = 3 * x**2 + 2
    z.backward()
    history.append(x.grad.item())
print("x.grad:", history)

# %% zero-grad
optimizer = torch.optim.SGD([x], lr=0.1)
optimizer.zero_grad()
print("after zero_grad:  ", x.grad)
z = 3 * x**2 + 2
z.backward()
print("after backward:   ", x.grad.item())
optimizer.zero_grad(set_to_none=False)
print("set_to_none=False:", x.grad.item())

# %% no-grad
x = torch.tensor(3.0, requires_grad=True)
with torch.no_grad():
    y = x**2
print("y:", y)
print("requires_grad:", y.requires_grad)

# %% detach
y = x**2
frozen = y.detach()
z = x * frozen
z.backward()
print("z:     ", z.item())
print("x.grad:", x.grad.item())

# %% inputs
w = torch.tensor([2.0, -1.0, 0.5], requires_grad=True)
X = torch.tensor([1.0, 4.0, 2.0], requires_grad=True)
y_hat = (w * X).sum()
y_hat.backward()
print("w.grad:", w.grad.tolist())
print("X.grad:", X.grad.tolist())

# %% difference
def f(x):
    return 3 * x**2 + 2


h = 1e-5
slopes = []
for dtype in (torch.float32, torch.float64):
    x = torch.tensor(3.0, dtype=dtype)
    slope = (f(x + h) - f(x - h)) / (2 * h)
    slopes.append(slope.item())
    print(f"{dtype}: {slope.item():.6f}")

# %% report
x = torch.tensor(3.0, requires_grad=True)
data = torch.tensor(3.0)
y = x**2
cut = y.detach()
rows = {"x": x, "data": data, "y": y, "cut": cut}
for name, t in rows.items():
    print(f"{name:4} leaf: {t.is_leaf!s:5}",
          f"requires_grad: {t.requires_grad}")

# %% cut raises="RuntimeError"
x = torch.tensor(3.0, requires_grad=True)
y = x.item() ** 2
z = torch.tensor(3 * y + 2)
z.backward()

# %% silent
z = torch.tensor(3 * y + 2, requires_grad=True)
z.backward()
print("z:     ", z.item())
print("x.grad:", x.grad)

# %% kept
y = x**2
z = 3 * y + 2
z.backward()
print("z:     ", z.item())
print("x.grad:", x.grad.item())

# %% in-place raises="RuntimeError"
x -= 0.01 * x.grad

# %% update
with torch.no_grad():
    x -= 0.01 * x.grad
print(f"x: {x.item():.2f}")
print("requires_grad:", x.requires_grad)

# %% solution-cubic
x = torch.tensor(2.0, requires_grad=True)
z = x**3 - 4 * x
z.backward()
print("autograd:", x.grad.item())
print("by hand: ", 3 * x.item() ** 2 - 4)

# %% solution-paths
a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(5.0, requires_grad=True)
u = a**2 + a * b
draw(u.grad_fn)
u.backward()
print("du/da:", a.grad.item())
print("du/db:", b.grad.item())

# %% solution-descent
x = torch.tensor(3.0, requires_grad=True)
for step in range(1, 6):
    z = 3 * x**2 + 2
    z.backward()
    with torch.no_grad():
        x -= 0.1 * x.grad
    x.grad = None
    print(f"step {step}: x = {x.item():.4f}")
