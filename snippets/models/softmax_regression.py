# %% softmax
import torch
from torch import nn

z = torch.tensor([2.0, 1.0, 0.1])  # (3,)
p = torch.softmax(z, dim=0)
by_hand = torch.exp(z) / torch.exp(z).sum()
shifted = torch.softmax(z + 5, dim=0)
for name, t in {"p": p, "hand": by_hand, "z + 5": shifted}.items():
    print(f"{name:5}", " ".join(f"{v:.4f}" for v in t.tolist()))
print(f"sum   {p.sum().item():.4f}")

# %% two-classes
for value in (-2.0, 0.0, 3.0):
    pair = torch.softmax(torch.tensor([0.0, value]), dim=0)
    one = torch.sigmoid(torch.tensor(value))
    print(f"z {value:4}: softmax {pair[1].item():.4f},",
          f"sigmoid {one.item():.4f}")

# %% loss
logits = torch.tensor([[2.0, 1.0, 0.1], [0.5, 2.5, 0.3]])  # (2, 3)
labels = torch.tensor([0, 2])  # (2,)
p = torch.softmax(logits, dim=1)  # (2, 3)
by_hand = -(p[0, 0].log() + p[1, 2].log()) / 2
log_p = torch.log_softmax(logits, dim=1)  # (2, 3)
nll = nn.NLLLoss()(log_p, labels)
loss = nn.CrossEntropyLoss()(logits, labels)
for row in p.tolist():
    print("p:", " ".join(f"{v:.4f}" for v in row))
print(f"by hand:          {by_hand.item():.4f}")
print(f"NLL(log-softmax): {nll.item():.4f}")
print(f"CrossEntropyLoss: {loss.item():.4f}")

# %% far
far = torch.tensor([[200.0, 0.0, 0.0]])  # (1, 3)
label = torch.tensor([1])  # (1,)
two_steps = -torch.log(torch.softmax(far, dim=1)[0, 1])
one_step = nn.CrossEntropyLoss()(far, label)
top = far.max()
rewritten = top + (far - top).exp().sum().log() - far[0, 1]
print("softmax, then log:", two_steps.item())
print("CrossEntropyLoss: ", one_step.item())
print("rewritten:        ", rewritten.item())

# %% iris
from sklearn.datasets import load_iris

iris = load_iris()
X = torch.tensor(iris.data, dtype=torch.float32)  # (150, 4) (1)!
y = torch.tensor(iris.target)  # (150,)
print("features:", iris.feature_names)
print("classes: ", [str(name) for name in iris.target_names])
print("X:", tuple(X.shape), X.dtype)
print("y:", tuple(y.shape), y.dtype)
print("flowers in each class:", torch.bincount(y).tolist())

# %% petals
import matplotlib.pyplot as plt

_, ax = plt.subplots(figsize=(4, 3))
for k, marker in enumerate("ox^"):
    ax.plot(X[y == k, 2], X[y == k, 3], marker, color=f"C{k}",
            mfc="none", label=iris.target_names[k])
ax.set_xlabel(iris.feature_names[2], size=12)
ax.set_ylabel(iris.feature_names[3], size=12)
ax.legend(fontsize=11)
plt.show()

# %% split
torch.manual_seed(0)
order = torch.randperm(150)
train, test = order[:100], order[100:]
mean, std = X[train].mean(dim=0), X[train].std(dim=0)
X_train, X_test = (X[train] - mean) / std, (X[test] - mean) / std
y_train, y_test = y[train], y[test]
print("train:", tuple(X_train.shape), "test:", tuple(X_test.shape))
print("test, each class:", torch.bincount(y_test).tolist())
print("any in both:", bool(torch.isin(test, train).any()))

# %% model
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 3))
logits = model(X_train)  # (100, 3)
print("logits:", tuple(logits.shape))
print("parameters:", sum(t.numel() for t in model.parameters()))

# %% train samples="100"
def accuracy(model, X, y):
    """Return the share of rows whose largest logit is right."""
    with torch.no_grad():
        guess = model(X).argmax(dim=1)  # (N,)
    return (guess == y).float().mean().item()


loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
for epoch in range(301):
    optimizer.zero_grad()
    loss = loss_fn(model(X_train), y_train)
    loss.backward()
    optimizer.step()
    if epoch in (0, 10, 100, 300):
        print(f"epoch {epoch:3}: loss {loss.item():.3f},",
              f"accuracy {accuracy(model, X_train, y_train):.3f}")

# %% test samples="50"
with torch.no_grad():
    logits = model(X_test)  # (50, 3)
guess = logits.argmax(dim=1)  # (50,)
same = guess == torch.softmax(logits, dim=1).argmax(dim=1)
print("right:", (guess == y_test).sum().item(), "of", len(y_test))
print(f"accuracy: {accuracy(model, X_test, y_test):.2f}")
print("softmax changes the guess:", not same.all().item())

# %% confusion samples="50"
counts = torch.zeros(3, 3, dtype=torch.int64)
for i in range(len(y_test)):
    counts[y_test[i], guess[i]] += 1
for k in range(3):
    row = " ".join(f"{n:3}" for n in counts[k].tolist())
    print(f"{iris.target_names[k]:10} {row}")
print("diagonal:", counts.diag().sum().item())

# %% floor
sure = torch.tensor([[100.0, 0.0, 0.0]])  # (1, 3)
for label in (0, 1):
    for softmaxes in (0, 1):
        z = sure.clone().requires_grad_()
        out = torch.softmax(z, dim=1) if softmaxes else z
        loss = loss_fn(out, torch.tensor([label]))
        loss.backward()
        print(f"label {label}, extra softmax {softmaxes}:",
              f"loss {loss.item():8.4f},",
              f"gradient {z.grad.abs().sum().item():.4f}")

# %% twice
def fit(extra_softmax):
    """Train 300 epochs; return the model and its losses."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    losses = []
    for _ in range(300):
        optimizer.zero_grad()
        out = model(X_train)  # (100, 3)
        if extra_softmax:
            out = torch.softmax(out, dim=1)
        loss = loss_fn(out, y_train)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


right, right_losses = fit(extra_softmax=False)
wrong, wrong_losses = fit(extra_softmax=True)

# %% compare samples="50"
for name, m in {"right": right, "extra": wrong}.items():
    with torch.no_grad():
        fair = loss_fn(m(X_test), y_test).item()
    print(f"{name}: test loss {fair:.3f},",
          f"test accuracy {accuracy(m, X_test, y_test):.2f}")

# %% paths
floor = -torch.log_softmax(torch.tensor([1.0, 0.0, 0.0]), dim=0)[0]
_, ax = plt.subplots(figsize=(4, 3))
ax.plot(right_losses, color="C0", label="right")
ax.plot(wrong_losses, "--", color="C1", label="extra")
ax.axhline(floor, color="0.5", linewidth=1)
ax.set_xlabel("epoch", size=12)
ax.set_ylabel("loss", size=12)
ax.set_ylim(0, 1.1)
ax.legend(fontsize=11)
plt.show()

# %% unsure
p = torch.softmax(logits, dim=1)  # (50, 3)
missed = (guess != y_test).nonzero()[:, 0]
least = p.max(dim=1).values.argsort()[:3]
print("true guess  probabilities")
for i in missed.tolist() + least.tolist():
    row = " ".join(f"{v:.2f}" for v in p[i].tolist())
    print(f"{y_test[i].item():4} {guess[i].item():5}  {row}")

# %% float-labels raises="RuntimeError"
loss_fn(model(X_train), y_train.float())

# %% dtypes
for dtype in (torch.int64, torch.uint8, torch.int32):
    try:
        loss = loss_fn(model(X_train), y_train.to(dtype))
        print(f"{dtype}: loss {loss.item():.3f}")
    except RuntimeError as error:
        print(f"{dtype}: {error}")

# %% column raises="RuntimeError"
loss_fn(model(X_train), y_train.unsqueeze(1))

# %% out-of-bounds raises="IndexError"
from_one = y_train + 1
loss_fn(model(X_train), from_one)

# %% double raises="RuntimeError"
model(torch.tensor(iris.data))

# %% integers raises="NotImplementedError"
y_hat, target = torch.tensor([3, 5]), torch.tensor([1, 5])
nn.MSELoss()(y_hat, target)

# %% integer-losses
one_float = nn.MSELoss()(y_hat, target.float())
no_mean = nn.L1Loss(reduction="none")(y_hat, target)
print("MSELoss, one of them float:", one_float.item())
print("L1Loss without the mean:   ", no_mean.tolist())
try:
    nn.L1Loss()(y_hat, target)
except RuntimeError as error:
    print("L1Loss:", str(error).split(".")[0])

# %% integer-leaf raises="RuntimeError"
torch.tensor([3, 5], requires_grad=True)

# %% solution-uniform
zeros = torch.zeros(1, 3)
fives = torch.full((1, 3), 5.0)
for z in (zeros, fives):
    print(f"{loss_fn(z, torch.tensor([2])).item():.4f}")
print(f"log 3: {torch.tensor(3.0).log().item():.4f}")

# %% solution-gradient
z = torch.tensor([[2.0, 1.0, 0.1]], requires_grad=True)  # (1, 3)
loss_fn(z, torch.tensor([0])).backward()
one_hot = torch.tensor([[1.0, 0.0, 0.0]])  # (1, 3)
by_hand = torch.softmax(z.detach(), dim=1) - one_hot
for name, t in {"autograd": z.grad, "by hand": by_hand}.items():
    print(f"{name:9}", " ".join(f"{v:7.4f}" for v in t[0].tolist()))

# %% solution-features samples="50"
for name, columns in {"sepal": [0, 1], "petal": [2, 3]}.items():
    torch.manual_seed(0)
    small = nn.Sequential(nn.Linear(2, 3))
    optimizer = torch.optim.SGD(small.parameters(), lr=0.5)
    for _ in range(300):
        optimizer.zero_grad()
        loss_fn(small(X_train[:, columns]), y_train).backward()
        optimizer.step()
    share = accuracy(small, X_test[:, columns], y_test)
    print(f"{name}: test accuracy {share:.2f}")
