# %% swing
import matplotlib.pyplot as plt
import torch


def descend(clear):
    """Take 30 steps down (w - 2) squared from w = 0."""
    w = torch.tensor(0.0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    path = [w.item()]
    for _ in range(30):
        if clear:
            optimizer.zero_grad()
        loss = (w - 2) ** 2
        loss.backward()
        optimizer.step()
        path.append(w.item())
    return path


_, ax = plt.subplots(figsize=(5, 3))
ax.plot(descend(True), "o-", color="C0", markersize=4)
ax.plot(descend(False), "s--", color="C1", markersize=4)
ax.axhline(2.0, color="0.5", linewidth=1)
ax.set_xlabel("step", size=12)
ax.set_ylabel("w", size=12)
plt.show()

# %% two-ways
def two_ways(x):
    """Choose a formula by looking at the value of x."""
    if x > 0:
        return x**2 + 1
    return 3 * x


positive = two_ways(torch.tensor(2.0, requires_grad=True))
negative = two_ways(torch.tensor(-2.0, requires_grad=True))
print("positive:", positive)
print("negative:", negative)

# %% place
def place(node, column, spots):
    """Put a node one row above the nodes it leads to."""
    if node not in spots:
        row = 0
        for following, _ in node.next_functions:
            if following is not None:
                below = place(following, column, spots)
                row = max(row, below + 1)
        spots[node] = (column, row)
    return spots[node][1]


names = []
for result in (positive, negative):
    spots = {}
    place(result.grad_fn, 0, spots)
    names.append([type(node).__name__ for node in spots])
    print(names[-1])

# %% draw
def draw(*roots):
    """Draw one column of nodes for each root."""
    spots = {}
    for column, root in enumerate(roots):
        place(root, column, spots)
    _, ax = plt.subplots(figsize=(5, 3))
    ax.set_xlim(-0.5, len(roots) - 0.5)
    top = max(row for _, row in spots.values())
    ax.set_ylim(-0.3, top + 0.3)
    ax.axis("off")
    box = {"boxstyle": "round", "fc": "none", "ec": "C0"}
    arrow = {"arrowstyle": "->",
             "shrinkA": 13, "shrinkB": 13}
    for node, spot in spots.items():
        ax.text(*spot, type(node).__name__, bbox=box,
                ha="center", va="center", size=12)
        for following, _ in node.next_functions:
            if following is not None:
                ends = spots[following], spot
                ax.annotate("", *ends, arrowprops=arrow)
    plt.show()


draw(positive.grad_fn, negative.grad_fn)

# %% kept
def kept(node):
    """Show the tensors that a node keeps for backward."""
    found = {}
    for name in dir(node):
        if name.startswith("_saved_"):
            value = getattr(node, name)
            if isinstance(value, torch.Tensor):  # (1)!
                found[name] = value.item()
    return found


x = torch.tensor(3.0, requires_grad=True)
y = x**2
u = 3 * y
z = u + 2
for t in (y, u, z):
    print(type(t.grad_fn).__name__, kept(t.grad_fn))

# %% arrive
arrived, spots = {}, {}


def listen(node):
    """Note the gradient that arrives at a node."""
    def note(gradients):
        arrived[node] = gradients[0].item()
    node.register_prehook(note)


leaf = torch.tensor(3.0, requires_grad=True)
root = 3 * leaf**2 + 2
place(root.grad_fn, 0, spots)
for node in spots:
    listen(node)
root.backward()
for node, gradient in arrived.items():
    print(type(node).__name__, gradient)

# %% steps slider="step"
walked = list(arrived.items())


def show_way(step):
    """Draw all nodes, and what arrived up to a step."""
    _, ax = plt.subplots(figsize=(5, 3.6))
    ax.set_xlim(-1, 1)
    ax.set_ylim(-0.3, 3.7)
    ax.axis("off")
    for i, (node, gradient) in enumerate(walked):
        row, edge = spots[node][1], "0.5"
        if i < step:
            edge = "C1"
            ax.annotate(f"{gradient:g}", (0, row + 0.2),
                        (0, row + 0.52), size=12, ha="center",
                        arrowprops={"arrowstyle": "->"})
        box = {"boxstyle": "round", "fc": "none", "ec": edge}
        ax.text(0, row, type(node).__name__, bbox=box,
                ha="center", va="center", size=12)
        if i < step - 1:
            factor = walked[i + 1][1] / gradient
            ax.text(0.5, row, f"· {factor:g}", va="center",
                    size=12, color="C0")
    plt.show()


for step in range(1, len(walked) + 1):
    show_way(step)

# %% step
w = torch.tensor(1.0, requires_grad=True)
lr = 0.1
optimizer = torch.optim.SGD([w], lr=lr)
loss = w**2
loss.backward()
by_hand = w.item() - lr * w.grad.item()
optimizer.step()
print(f"by hand: {by_hand:.4f}")
print(f"step():  {w.item():.4f}")

# %% data
device = torch.device("cpu")
if torch.accelerator.is_available():
    device = torch.accelerator.current_accelerator()

inputs = torch.tensor([0.0, 1.0, 2.0, 3.0])  # (4,)
targets = 2 * inputs + 1  # (4,)
inputs, targets = inputs.to(device), targets.to(device)
print("device: ", device)
print("targets:", targets.tolist())

# %% train
w = torch.tensor(0.0, device=device, requires_grad=True)
b = torch.tensor(0.0, device=device, requires_grad=True)
optimizer = torch.optim.SGD([w, b], lr=0.1)
for _ in range(20):
    # vi: 1. xóa gradient của bước trước
    # en: 1. clear the gradients of the previous step
    optimizer.zero_grad()
    # vi: 2. lượt truyền xuôi: dự đoán, dựng đồ thị
    # en: 2. forward pass: predict, build the graph
    pred = w * inputs + b  # (4,)
    # vi: 3. mất mát: dự đoán sai bao nhiêu
    # en: 3. loss: how wrong is the prediction?
    loss = ((pred - targets) ** 2).mean()
    # vi: 4. lượt truyền ngược: tính gradient
    # en: 4. backward pass: compute the gradients
    loss.backward()
    # vi: 5. cập nhật w và b
    # en: 5. update w and b
    optimizer.step()
print(f"w = {w.item():.4f}, b = {b.item():.4f}")

# %% places
def train(place):
    """Return the path of w when cleared at one place."""
    w = torch.tensor(0.0, device=device, requires_grad=True)
    b = torch.tensor(0.0, device=device, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=0.1)
    path = []

    def reached(name):
        if name == place:
            optimizer.zero_grad()

    for _ in range(20):
        reached("start")
        loss = ((w * inputs + b - targets) ** 2).mean()
        reached("before backward")
        loss.backward()
        reached("before step")
        optimizer.step()
        reached("end")
        path.append(w.item())
    return path


for name in ("start", "before backward", "before step",
             "end", "never"):
    print(f"{name:15} w = {train(name)[-1]:.4f}")

# %% rules
def two_steps(rule, **options):
    """Take two steps down w squared, starting at 1."""
    w = torch.tensor(1.0, requires_grad=True)
    optimizer = rule([w], lr=0.1, **options)
    path = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = w**2
        loss.backward()
        optimizer.step()
        path.append(round(w.item(), 4))
    return path


sgd = two_steps(torch.optim.SGD)
momentum = two_steps(torch.optim.SGD, momentum=0.9)
adam = two_steps(torch.optim.Adam)
print("SGD:     ", sgd)
print("momentum:", momentum)
print("Adam:    ", adam)

# %% first
x = torch.tensor(3.0, requires_grad=True)
y = x**2
z = 3 * y + 2
z.backward()
print("x.grad:", x.grad.item())
print("z:", z)
print("y:", y)

# %% freed raises="RuntimeError"
y.grad_fn._saved_self

# %% second raises="RuntimeError"
z.backward()

# %% survives
print("x.grad:", x.grad.item())

# %% twice
x = torch.tensor(3.0, requires_grad=True)
history = []
for z in (x + 2, x + x - 1):
    x.grad = None
    z.backward()
    z.backward()
    history.append(x.grad.item())
    print(type(z.grad_fn).__name__, kept(z.grad_fn), x.grad)

# %% retain raises="RuntimeError"
x = torch.tensor(3.0, requires_grad=True)
z = 3 * x**2 + 2
z.backward(retain_graph=True)
print("call 1:", x.grad.item())
z.backward(retain_graph=True)
print("call 2:", x.grad.item())
x.grad = None
z.backward()
print("call 3:", x.grad.item())
z.backward()

# %% recompute
def passes(reset):
    """Go forward and backward three times."""
    x = torch.tensor(3.0, requires_grad=True)
    history = []
    for _ in range(3):
        if reset:
            x.grad = None
        z = 3 * x**2 + 2
        z.backward()
        history.append(x.grad.item())
    return history


print("no reset:", passes(reset=False))
print("reset:   ", passes(reset=True))

# %% partly
a = torch.tensor(1.0, requires_grad=True)
x = torch.tensor(3.0, requires_grad=True)
z = a + x**2
z.backward()
try:
    z.backward()
except RuntimeError:
    print("the second call failed")
print("a.grad:", a.grad.item())
print("x.grad:", x.grad.item())

# %% stepped raises="RuntimeError"
w = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
loss = w**2
loss.backward(retain_graph=True)
optimizer.step()
loss.backward()

# %% carried raises="RuntimeError"
w = torch.tensor(0.5, requires_grad=True)
state = torch.tensor(1.0)
for step in range(1, 4):
    w.grad = None
    state = w * state + 1
    loss = state**2
    loss.backward()
    print(f"step {step}: w.grad = {w.grad.item()}")

# %% look
from torch import fx


def look(x):
    y = x**2
    print("y:", y)
    return y + 1


look(torch.tensor(3.0))
fixed = fx.symbolic_trace(look)
print("fixed(3.0):", fixed(torch.tensor(3.0)).item())

# %% static raises="TraceError"
fx.symbolic_trace(two_ways)

# %% compile
pieces = []


def keep(piece, example_inputs):
    """Note a graph that torch.compile has recorded."""
    pieces.append(piece)
    return piece.forward


compiled = torch.compile(two_ways, backend=keep)
for value in (2.0, 5.0, -2.0, -5.0):
    z = compiled(torch.tensor(value))
    print(f"{value:4}: z = {z.item():5},",
          f"pieces: {len(pieces)}")

# %% solution-twice
formulas = {
    "x / 2": lambda x: x / 2,
    "-x": lambda x: -x,
    "exp(x)": lambda x: x.exp(),
}
for name, formula in formulas.items():
    z = formula(torch.tensor(3.0, requires_grad=True))
    holds = kept(z.grad_fn)
    z.backward()
    try:
        z.backward()
        print(f"{name:6} runs twice, kept {list(holds)}")
    except RuntimeError:
        print(f"{name:6} fails, kept {list(holds)}")

# %% solution-shared
x = torch.tensor(3.0, requires_grad=True)
y = x**2
first = 3 * y
second = y + 1
draw(first.grad_fn, second.grad_fn)
(first + second).backward()
print("x.grad:", x.grad.item())

# %% solution-momentum
w, v = 1.0, 0.0
for step in range(1, 3):
    v = 0.9 * v + 2 * w
    w = w - 0.1 * v
    print(f"step {step}: w = {w:.4f}")
