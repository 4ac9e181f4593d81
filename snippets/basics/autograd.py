# %% passes
import matplotlib.pyplot as plt


def arrow(start, end, y, label, color):
    ax.annotate("", (end, y), (start, y), arrowprops={
        "arrowstyle": "->", "color": color})
    ax.text((start + end) / 2, 2.5 * y, label, color=color,
            size=12, ha="center", va="center")


x = 3.0
y = x**2
z = 3 * y + 2
_, ax = plt.subplots(figsize=(5, 2.4))
ax.set(xlim=(-0.6, 4.6), ylim=(-1.1, 0.9))
ax.axis("off")
box = {"boxstyle": "round", "fc": "none", "ec": "0.5"}
for i, number in enumerate((x, y, z)):
    ax.text(2 * i, 0, f"{'xyz'[i]} = {number:g}", size=12,
            ha="center", va="center", bbox=box)
arrow(0.65, 1.35, 0.2, "x²", "C0")
arrow(2.65, 3.35, 0.2, "3y + 2", "C0")
arrow(3.35, 2.65, -0.2, "3", "C1")
arrow(1.35, 0.65, -0.2, f"2x = {2 * x:g}", "C1")
ax.text(0, -0.9, f"3 · {2 * x:g} = {3 * 2 * x:g}",
        color="C1", size=12, ha="center")
plt.show()

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
# vi: giữ lại gradient của y
# en: keep the gradient of y
y.retain_grad()
z = 3 * y + 2
z.backward()
print("dz/dy:", y.grad)
print("dz/dx:", x.grad)

# %% walk
def walk(node, depth, depths):
    depths[node] = depth
    for earlier, _ in node.next_functions:
        if earlier is not None:
            walk(earlier, depth + 1, depths)


depths = {}
walk(z.grad_fn, 0, depths)
for node, depth in depths.items():
    print(depth, type(node).__name__)

# %% graph
def draw(root):
    depths, spots = {}, {}
    walk(root, 0, depths)
    for node, depth in depths.items():
        row = [n for n in depths if depths[n] == depth]
        place = row.index(node) - (len(row) - 1) / 2
        spots[node] = (1.6 * place, -depth)
    _, ax = plt.subplots(figsize=(5, 3.4))
    ax.set_xlim(-1.6, 1.6)
    ax.set_ylim(-max(depths.values()) - 0.3, 0.3)
    ax.axis("off")
    box = {"boxstyle": "round", "fc": "none", "ec": "0.5"}
    arrow = {"arrowstyle": "->",
             "shrinkA": 18, "shrinkB": 20}
    for node, spot in spots.items():
        ax.text(*spot, type(node).__name__, bbox=box,
                ha="center", va="center", size=12)
        for earlier, _ in node.next_functions:
            if earlier is not None:
                ax.annotate("", spots[earlier], spot,
                            arrowprops=arrow)
    plt.show()


draw(z.grad_fn)

# %% inputs
w = torch.tensor([2.0, -1.0, 0.5], requires_grad=True)
X = torch.tensor([1.0, 4.0, 2.0], requires_grad=True)
y_hat = (w * X).sum()
y_hat.backward()
print("w.grad:", w.grad)
print("X.grad:", X.grad)

# %% vector raises="RuntimeError"
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
z = 3 * x**2 + 2  # (3,)
print("z:", z.tolist())
z.backward()

# %% vector-sum
z.sum().backward()
print("x.grad:", x.grad.tolist())

# %% accumulate
x = torch.tensor(1.0, requires_grad=True)
history = []
for _ in range(3):
    z = 3 * x**2 + 2
    z.backward()
    history.append(x.grad.item())
print("x.grad:", history)

# %% uses
x = torch.tensor(2.0, requires_grad=True)
results = []
for _ in range(3):
    u = x**2 + 5 * x
    (gradient,) = torch.autograd.grad(u, x)
    results.append(gradient.item())
print("results:", results)
print("x.grad: ", x.grad)

# %% zero-grad
x = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.SGD([x], lr=0.1)
z = 3 * x**2 + 2
z.backward()
print("after backward: ", x.grad)
optimizer.zero_grad()
print("after zero_grad:", x.grad)

# %% no-grad
x = torch.tensor(3.0, requires_grad=True)
with torch.no_grad():
    y = x**2
print("y:", y)
print("requires_grad:", y.requires_grad)

# %% detach
x = torch.tensor(2.0, requires_grad=True)
y = x**2
frozen = y.detach()
z = x * frozen
z.backward()
print("z:     ", z.item())
print("x.grad:", x.grad.item())

# %% secants
xs = torch.linspace(-0.3, 2.3, 100)
_, ax = plt.subplots(figsize=(5, 3.4))
ax.plot(xs, 3 * xs**2 + 2, color="C0")
ax.plot(xs, 5 + 6 * (xs - 1), "--", color="0.5")
ax.plot([1, 2], [5, 14], "o-", color="C1", linewidth=2)
ax.plot([0, 2], [2, 14], "o-", color="C2", linewidth=2)
ax.set_xlabel("x", size=12)
ax.set_ylabel("z", size=12)
plt.show()

# %% difference
def f(x):
    return 3 * x**2 + 2


h = 1e-5
slopes = []
for dtype in (torch.float64, torch.float32):
    x = torch.tensor(3.0, dtype=dtype)
    one = (f(x + h) - f(x)) / h
    two = (f(x + h) - f(x - h)) / (2 * h)
    slopes.append([one.item(), two.item()])
    print(dtype)
    print(f"- one-sided: {one.item():.6f}")
    print(f"- two-sided: {two.item():.6f}")

# %% gradcheck
def cube(x):
    return x * (x**2).detach()


x = torch.tensor(3.0, dtype=torch.float64,
                 requires_grad=True)
for function in (f, cube):
    passed = torch.autograd.gradcheck(
        function, (x,), raise_exception=False)
    print(f"{function.__name__}: {passed}")

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
