# %% iris
import torch
from sklearn.datasets import load_iris

iris = load_iris()
X = torch.tensor(iris.data, dtype=torch.float32)  # (150, 4)
y = torch.tensor(iris.target)  # (150,)
print("features:", iris.feature_names)
print("classes: ", iris.target_names.tolist())
print("X:", tuple(X.shape), X.dtype)
print("y:", tuple(y.shape), y.dtype)
print("flowers in each class:", torch.bincount(y).tolist())

# %% petals
import matplotlib.pyplot as plt

_, ax = plt.subplots(figsize=(5, 3.6))
for k, marker in enumerate("ox^"):
    ax.plot(X[y == k, 2], X[y == k, 3], marker, color=f"C{k}",
            mfc="none", label=iris.target_names[k])
ax.plot([4.9, 4.9, 0.8], [0, 1.7, 1.7], "--", color="0.5")
ax.text(0.9, 1.78, "?", color="0.5", size=16)
ax.set_xlim(0.8, 7.2)
ax.set_ylim(0, 2.7)
ax.set_xlabel(iris.feature_names[2], size=12)
ax.set_ylabel(iris.feature_names[3], size=12)
ax.legend(fontsize=11, loc="lower right")
plt.show()

# %% softmax
z = torch.tensor([2.0, 1.0, -1.0])  # (3,)
powers = torch.exp(z)  # (3,)
p = powers / powers.sum()  # (3,)
print("exp(z): ", powers)
print("p:      ", p)
print(f"sum:     {p.sum().item():.4f}")
print("softmax:", torch.softmax(z, dim=0))
print("z + 5:  ", torch.softmax(z + 5, dim=0))

# %% bars
names = ("0", "1", "2")
_, axes = plt.subplots(1, 3, figsize=(5, 2.6),
                       layout="constrained")
columns = {"z": z, "exp(z)": powers, "p": p}
for ax, (title, heights) in zip(axes, columns.items()):
    ax.bar(names, heights, color=("C0", "C1", "C2"))
    ax.axhline(0, color="0.5", linewidth=1)
    ax.set_title(title, size=12)
axes[2].set_ylim(0, 1)
plt.show()

# %% scale slider="k"
for k in (0.0, 0.5, 1.0, 2.0, 5.0, 10.0):
    shares = torch.softmax(k * z, dim=0)  # (3,)
    print("p:", " ".join(f"{s:.4f}" for s in shares.tolist()))
    _, ax = plt.subplots(figsize=(5, 2.6))
    ax.bar(names, shares, color=("C0", "C1", "C2"))
    ax.set_ylim(0, 1)
    ax.set_ylabel("p", size=12)
    plt.show()

# %% rows
batch = torch.tensor([[2.0, 1.0, -1.0],
                      [0.5, 2.5, 0.5]])  # (2, 3)
for dim in (1, 0):
    shares = torch.softmax(batch, dim=dim)  # (2, 3)
    print(f"dim={dim}:", shares, sep="\n")
    print("row sums:   ", shares.sum(dim=1))
    print("column sums:", shares.sum(dim=0))

# %% two-classes
for value in (-2.0, 0.0, 3.0):
    pair = torch.softmax(torch.tensor([0.0, value]), dim=0)
    one = torch.sigmoid(torch.tensor(value))
    print(f"z = {value:4}: softmax {pair[1].item():.4f},",
          f"sigmoid {one.item():.4f}")

# %% loss
import torch.nn.functional as F
from torch import nn

labels = torch.tensor([0, 2])  # (2,)
batch_p = torch.softmax(batch, dim=1)  # (2, 3)
by_hand = -(batch_p[0, 0].log() + batch_p[1, 2].log()) / 2
nll = F.nll_loss(torch.log_softmax(batch, dim=1), labels)
loss_fn = nn.CrossEntropyLoss()
print("p:", batch_p, sep="\n")
print(f"by hand:          {by_hand.item():.4f}")
print(f"nll_loss:         {nll.item():.4f}")
print(f"cross_entropy:    {F.cross_entropy(batch, labels):.4f}")
print(f"CrossEntropyLoss: {loss_fn(batch, labels):.4f}")

# %% squared
bad = torch.tensor([10.0, 0.0, 0.0], requires_grad=True)  # (3,)
bad_p = torch.softmax(bad, dim=0)  # (3,)
one_hot = F.one_hot(torch.tensor(1), 3)  # (3,)
both = {"squared": ((bad_p - one_hot) ** 2).sum(),
        "cross-entropy": -(one_hot * bad_p.log()).sum()}
for name, loss in both.items():
    (grad,) = torch.autograd.grad(loss, bad, retain_graph=True)
    print(f"{name}: loss = {loss.item():.4f}, gradient =",
          " ".join(f"{g:.4f}" for g in grad.tolist()))

# %% split
torch.manual_seed(0)
order = torch.randperm(150)
train, test = order[:100], order[100:]
mean, std = X[train].mean(dim=0), X[train].std(dim=0)
X_train, X_test = (X[train] - mean) / std, (X[test] - mean) / std
y_train, y_test = y[train], y[test]
print("train:", tuple(X_train.shape), "test:", tuple(X_test.shape))
print("test, each class:", torch.bincount(y_test).tolist())
print("any in both:", torch.isin(test, train).any().item())

# %% device
device = torch.device("cpu")
if torch.accelerator.is_available():
    device = torch.accelerator.current_accelerator()
X_train, y_train = X_train.to(device), y_train.to(device)
X_test, y_test = X_test.to(device), y_test.to(device)
print(device)

# %% model
model = nn.Sequential(nn.Linear(4, 3)).to(device)
print("logits:", tuple(model(X_train).shape))
num_parameters = sum(t.numel() for t in model.parameters())
print("parameters:", num_parameters)

# %% fit
def fit(model, X, y, lr):
    # vi: trả về mất mát của từng epoch
    # en: returns the loss of each epoch
    nn.init.zeros_(model[0].weight)
    nn.init.zeros_(model[0].bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    model.train()
    for _ in range(301):
        # vi: 1. xóa gradient của bước trước
        # en: 1. clear the gradients of the previous step
        optimizer.zero_grad()
        # vi: 2. lượt truyền xuôi: tính logit
        # en: 2. forward pass: compute the logits
        logits = model(X)  # (N, 3)
        # vi: 3. mất mát: dự đoán sai bao nhiêu
        # en: 3. loss: how wrong is the prediction?
        loss = loss_fn(logits, y)
        # vi: 4. lượt truyền ngược: tính gradient
        # en: 4. backward pass: compute the gradients
        loss.backward()
        # vi: 5. cập nhật tham số
        # en: 5. update the parameters
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% train
losses = fit(model, X_train, y_train, lr=0.5)
for epoch in (0, 1, 10, 100, 300):
    print(f"epoch {epoch:3}: loss = {losses[epoch]:.4f}")
print(f"log 3 = {torch.tensor(3.0).log().item():.4f}")

# %% test samples="50"
model.eval()
with torch.inference_mode():
    test_logits = model(X_test)  # (50, 3)
pred = test_logits.argmax(dim=1)  # (50,)
test_p = torch.softmax(test_logits, dim=1)  # (50, 3)
changed = (test_p.argmax(dim=1) != pred).sum()
right = (pred == y_test).sum()
accuracy = (pred == y_test).float().mean()
print("changed by softmax:", changed.item())
print("right:", right.item(), "of", len(y_test))
print(f"accuracy: {accuracy.item():.2f}")

# %% answer
flower = torch.tensor([[6.0, 2.9, 4.9, 1.7]])  # (1, 4)
x = ((flower - mean) / std).to(device)
model.eval()
with torch.inference_mode():
    flower_p = torch.softmax(model(x), dim=1)[0]  # (3,)
for name, share in zip(iris.target_names, flower_p):
    print(f"{name:10} {share.item():.2f}")

# %% confusion samples="50"
pairs = 3 * y_test + pred  # (50,)
counts = torch.bincount(pairs, minlength=9).reshape(3, 3)
for name, row in zip(iris.target_names, counts.tolist()):
    print(f"{name:10}", row)
print("on the diagonal:", counts.diag().sum().item())

# %% far
far = torch.tensor([[200.0, 0.0, 0.0]])  # (1, 3)
two_steps = -torch.log(torch.softmax(far, dim=1)[0, 1])
m = far.max()
shifted = m + (far - m).exp().sum().log() - far[0, 1]
one_step = F.cross_entropy(far, torch.tensor([1]))
print("softmax, then log:", round(two_steps.item(), 2))
print("shifted by m:     ", round(shifted.item(), 2))
print("cross_entropy:    ", round(one_step.item(), 2))

# %% floor
for label in (0, 1):
    for extra in (False, True):
        sure = torch.tensor([[100.0, 0.0, 0.0]], requires_grad=True)
        out = torch.softmax(sure, dim=1) if extra else sure
        loss = F.cross_entropy(out, torch.tensor([label]))
        loss.backward()
        print(f"label {label}, extra softmax {extra}:",
              f"loss = {loss.item():.4f},",
              f"|gradient| = {sure.grad.abs().sum().item():.4f}")

# %% twice samples="50"
wrong = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))
wrong = wrong.to(device)
wrong_losses = fit(wrong, X_train, y_train, lr=0.5)
wrong.eval()
for name, layer in {"right": model[0], "extra": wrong[0]}.items():
    with torch.inference_mode():
        logits = layer(X_test)  # (50, 3)
        test_loss = F.cross_entropy(logits, y_test)
    hits = (logits.argmax(dim=1) == y_test).sum()
    print(f"{name}: test loss = {test_loss.item():.3f},",
          f"right: {hits.item()} of {len(y_test)}")

# %% paths
floor = -torch.log_softmax(torch.tensor([1.0, 0.0, 0.0]), dim=0)[0]
print(f"extra, last epoch: {wrong_losses[-1]:.3f}")
print(f"floor: {floor.item():.4f}")
_, ax = plt.subplots(figsize=(5, 3.2))
ax.plot(losses, color="C0", label="right")
ax.plot(wrong_losses, "--", color="C1", label="extra")
ax.axhline(floor, color="0.5", linewidth=1)
ax.set_ylim(0, 1.2)
ax.set_xlabel("epoch", size=12)
ax.set_ylabel("loss", size=12)
ax.legend(fontsize=11)
plt.show()

# %% float-labels raises="RuntimeError"
logits = torch.zeros(2, 3)
labels = torch.tensor([0.0, 2.0])  # (2,)
F.cross_entropy(logits, labels)

# %% integers raises="NotImplementedError"
whole, target = torch.tensor([3, 5]), torch.tensor([1, 5])
mse = F.mse_loss(whole, target.float())
print("one of them float:", mse.item())
try:
    torch.tensor([3, 5], requires_grad=True)
except RuntimeError as error:
    print("integer leaf:", error)
F.mse_loss(whole, target)

# %% column raises="RuntimeError"
logits = torch.zeros(2, 3)
labels = torch.tensor([[0], [2]])  # (2, 1)
F.cross_entropy(logits, labels)

# %% out-of-bounds raises="IndexError"
logits = torch.zeros(2, 3)
labels = torch.tensor([1, 3])  # (2,)
F.cross_entropy(logits, labels)

# %% solution-unsure samples="50"
missed = (pred != y_test).nonzero().squeeze(1)
least = test_p.max(dim=1).values.argsort()[:3]
print("true pred  p")
for i in missed.tolist() + least.tolist():
    row = " ".join(f"{v:.2f}" for v in test_p[i].tolist())
    print(f"{y_test[i].item():4} {pred[i].item():4}  {row}")

# %% solution-gradient
leaf = torch.tensor([2.0, 1.0, -1.0], requires_grad=True)  # (3,)
F.cross_entropy(leaf, torch.tensor(0)).backward()
y_true = torch.tensor([1.0, 0.0, 0.0])  # (3,)
print("autograd:", leaf.grad)
print("p - y:   ", torch.softmax(leaf.detach(), dim=0) - y_true)

# %% solution-features samples="50"
for name, columns in {"sepal": [0, 1], "petal": [2, 3]}.items():
    small = nn.Sequential(nn.Linear(2, 3)).to(device)
    fit(small, X_train[:, columns], y_train, lr=0.5)
    small.eval()
    with torch.inference_mode():
        logits = small(X_test[:, columns])  # (50, 3)
    hits = (logits.argmax(dim=1) == y_test).sum().item()
    print(f"{name}: right: {hits} of {len(y_test)}")
