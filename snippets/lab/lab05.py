# %% words
topics = {
    "food": ["rice", "soup", "bread", "tea"],
    "sport": ["goal", "team", "race", "ball"],
    "music": ["song", "drum", "dance", "choir"],
    "any": ["the", "my", "new", "good"],
}
words = [word for group in topics.values() for word in group]
sentence = "my team the new ball"
ids = [words.index(word) for word in sentence.split()]
print("ids:", ids)

# %% picked
import matplotlib.pyplot as plt
import torch

torch.manual_seed(0)
rows = torch.randn(16, 2).tolist()
pick = words.index("team")
_, ax = plt.subplots(figsize=(5, 4.4), layout="constrained")


def put(x, y, text, color, edge="none"):
    box = plt.Rectangle((x, y), 1, 1, fill=False, ec=edge)
    ax.add_patch(box)
    ax.text(x + 0.5, y + 0.5, text, size=12, color=color,
            ha="center", va="center")


for k, (word, row) in enumerate(zip(words, rows)):
    color = "C1" if k == pick else "0.5"
    put(0, k, word, color)
    put(0.8, k, k, color)
    put(1.6, k, f"{row[0]:.2f}", color, "0.5")
    put(2.6, k, f"{row[1]:.2f}", color, "0.5")
for j in range(2):
    put(4.6 + j, pick, f"{rows[pick][j]:.2f}", "C1", "C1")
ax.annotate("", (4.5, pick + 0.5), (3.7, pick + 0.5),
            arrowprops={"arrowstyle": "->", "color": "C1"})
ax.set_xlim(0, 6.7)
ax.set_ylim(16.1, -0.1)
ax.axis("off")
plt.show()

# %% compute
t = torch.tensor([[1, 2, 3], [4, 5, 6]])  # (2, 3)
print("zeros:   ", torch.zeros(2, 2).tolist())
print("arange:  ", torch.arange(0, 10, 3).tolist())
torch.manual_seed(0)
print("rand:    ", torch.rand(3))
print("t + t:   ", (t + t).tolist())
print("t @ t.T: ", (t @ t.T).tolist())  # (2, 2)
print("t[0]:    ", t[0].tolist())
print("t[:, 1]: ", t[:, 1].tolist())
print("t[0,::2]:", t[0, ::2].tolist())
print("t[t > 2]:", t[t > 2].tolist())

# %% reshape
import textwrap


def log_error(error):
    line = f"{type(error).__name__}: {error}"
    print(textwrap.fill(line, width=44))


try:
    t.T.view(6)  # (3, 2) -> (6,)
except RuntimeError as error:
    log_error(error)
flat = t.T.reshape(6)  # (6,)
flat[0] = 99
print("flat:", flat.tolist())
print("t:   ", t.tolist())

# %% gradient
x = torch.tensor(3.0, requires_grad=True)
z = 3 * x**2 + 2
z.backward()
measured = x.grad.item()
print("measured:", measured)
print("theory:  ", 6 * 3.0)
try:
    z.backward()
except RuntimeError as error:
    second = type(error).__name__
    log_error(error)
print("x.grad:  ", x.grad.item())

# %% retain
x = torch.tensor(3.0, requires_grad=True)
z = 3 * x**2 + 2
z.backward(retain_graph=True)
retained = [x.grad.item()]
z.backward(retain_graph=True)
retained.append(x.grad.item())
print("added up:", retained)
x.grad = None
z.backward()
print("cleared: ", x.grad.item())

# %% rebuild
rebuilt = []
for _ in range(3):
    x.grad = None
    z = 3 * x**2 + 2  # a new graph
    z.backward()
    rebuilt.append(x.grad.item())
print("x.grad:", rebuilt)

# %% embedding
from torch import nn

torch.manual_seed(0)
table = nn.Embedding(10, 4)
few_ids = torch.tensor([1, 2, 5, 1])  # (4,)
vectors = table(few_ids)  # (4, 4)
print(vectors)
print("numbers in the table:", table.weight.numel())

# %% one-hot
import torch.nn.functional as F

one_hot = F.one_hot(few_ids, 10).float()  # (4, 10)
product = one_hot @ table.weight  # (4, 10) @ (10, 4)
print("equal:", torch.allclose(product, vectors))
vectors.sum().backward()
print("column 0 of the gradient:")
print(table.weight.grad[:, 0].tolist())

# %% linear
torch.manual_seed(0)
layer = nn.Linear(4, 3)
mean = vectors.mean(dim=0)  # (4,)
logits = layer(mean)  # (3,)
by_hand = mean @ layer.weight.T + layer.bias
print("weight:", tuple(layer.weight.shape))
print("logits:", tuple(logits.shape))
print("equal: ", torch.allclose(logits, by_hand))

# %% model
class SimpleModel(nn.Module):
    def __init__(self, num_ids, dim, num_classes):
        super().__init__()
        self.embedding = nn.Embedding(num_ids, dim)
        self.linear = nn.Linear(dim, num_classes)

    def forward(self, ids):
        vectors = self.embedding(ids)  # (B, T, dim)
        return self.linear(vectors.mean(dim=1))  # (B, C)


model = SimpleModel(16, 2, 3)
for name, p in model.named_parameters():
    print(f"{name:16} {tuple(p.shape)}")
print("logits:", tuple(model(torch.tensor([ids])).shape))

# %% sentences
def sentences(n, length=6):
    labels = torch.randint(3, (n,))  # (n,)
    topic = 4 * labels[:, None] + torch.randint(4, (n, length))
    other = torch.randint(16, (n, length))  # (n, length)
    on_topic = torch.rand(n, length) < 0.6
    return torch.where(on_topic, topic, other), labels


torch.manual_seed(0)
train_ids, train_labels = sentences(300)  # (300, 6), (300,)
test_ids, test_labels = sentences(150)  # (150, 6), (150,)
for i in range(3):
    print(train_labels[i].item(),
          [words[k] for k in train_ids[i]])

# %% device
device = torch.device("cpu")
if torch.accelerator.is_available():
    device = torch.accelerator.current_accelerator()
print(device)
X, y = train_ids.to(device), train_labels.to(device)
X_test = test_ids.to(device)
y_test = test_labels.to(device)

# %% before samples="150"
import math


def accuracy(model):
    model.eval()
    with torch.inference_mode():
        pred = model(X_test).argmax(dim=1)  # (150,)
    return (pred == y_test).float().mean().item()


torch.manual_seed(0)
model = SimpleModel(16, 2, 3).to(device)
start = model.embedding.weight.detach().cpu().clone()
before = F.cross_entropy(model(X), y).item()
print(f"loss:     {before:.3f}")
print(f"log 3:    {math.log(3):.3f}")
print(f"accuracy: {accuracy(model):.3f}")

# %% train
def train(model, num_epochs=200, lr=1.0):
    # vi: trả về mất mát của từng epoch
    # en: returns the loss of each epoch
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    model.train()
    for _ in range(num_epochs):
        # vi: 1. xóa gradient của bước trước
        # en: 1. clear the gradients of the previous step
        optimizer.zero_grad()
        # vi: 2. lượt truyền xuôi
        # en: 2. forward pass
        logits = model(X)  # (300, 3)
        # vi: 3. mất mát
        # en: 3. loss
        loss = F.cross_entropy(logits, y)
        # vi: 4. lượt truyền ngược
        # en: 4. backward pass
        loss.backward()
        # vi: 5. cập nhật tham số
        # en: 5. update the parameters
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses).tolist()


losses = train(model)
for epoch in (0, 10, 50, 100, 199):
    print(f"epoch {epoch:3}: loss {losses[epoch]:.3f}")

# %% after samples="150"
def topic_of(sentence):
    ids = [words.index(word) for word in sentence.split()]
    ids = torch.tensor([ids], device=device)  # (1, T)
    with torch.inference_mode():
        return list(topics)[model(ids).argmax().item()]


share = accuracy(model)
print(f"accuracy: {share:.3f}")
for sentence in ("my team the new ball",
                 "good tea the new song tea",
                 "dance the good dance race"):
    print(f"{topic_of(sentence):5} <- {sentence}")

# %% paths
end = model.embedding.weight.detach().cpu()  # (16, 2)
_, ax = plt.subplots(figsize=(5, 4))
for k, (topic, marker) in enumerate(zip(topics, "o^sx")):
    color = ("C0", "C1", "C2", "0.5")[k]
    rows = slice(4 * k, 4 * k + 4)
    for a, b in zip(start[rows], end[rows]):
        ax.plot([a[0], b[0]], [a[1], b[1]], color=color, lw=1)
    ax.plot(end[rows, 0], end[rows, 1], marker, color=color,
            label=topic)
ax.legend(fontsize=11, ncols=4, loc="lower center", columnspacing=1,
          handletextpad=0.1, bbox_to_anchor=(0.5, 1.0))
plt.show()

# %% seeds
firsts, lasts = [], []
_, ax = plt.subplots(figsize=(5, 3))
for seed in range(5):
    torch.manual_seed(seed)
    path = train(SimpleModel(16, 2, 3).to(device))
    firsts.append(path[0])
    lasts.append(path[-1])
    ax.plot(path, color="C0", linewidth=1)
ax.axhline(math.log(3), color="0.5", linestyle="--")
ax.set_xlabel("epoch", size=12)
ax.set_ylabel("loss", size=12)
plt.show()
print(f"first: {min(firsts):.3f} to {max(firsts):.3f}")
print(f"last:  {min(lasts):.3f} to {max(lasts):.3f}")

# %% claims
report = {
    "the gradient at 3 is 6 * 3": measured == 6 * 3.0,
    "a second backward fails": second == "RuntimeError",
    "retain_graph adds up": retained == [18.0, 36.0],
    "cleared: 18 each time": rebuilt == [18.0] * 3,
    "an embedding picks rows": torch.equal(vectors, product),
    "five starts beat guessing": max(lasts) < math.log(3) / 2,
    "new sentences are read too": share > 0.75,
}
for claim, holds in report.items():
    print(f"{claim}: {holds}")
assert all(report.values())

# %% out-of-range
for wrong in ([1.0, 2.0], [1, 10]):
    try:
        table(torch.tensor(wrong))
    except (RuntimeError, IndexError) as error:
        log_error(error)

# %% no-super
class NoSuper(nn.Module):
    def __init__(self):
        self.linear = nn.Linear(2, 3)


try:
    NoSuper()
except AttributeError as error:
    log_error(error)

# %% listed
class Listed(nn.Module):
    def __init__(self, keep):
        super().__init__()
        self.layers = keep([nn.Linear(2, 3), nn.Linear(3, 1)])


for keep in (list, nn.ModuleList):
    found = sum(p.numel() for p in Listed(keep).parameters())
    print(f"{keep.__name__:10} {found} parameters")

# %% solution-columns
def by_columns(t):
    """Task 1: the numbers of t (R, C), column by column."""
    return t.T.reshape(-1).clone()


row = torch.tensor([[1, 2, 3]])  # (1, 3)
memory = row.untyped_storage().data_ptr()
copy = row.T.reshape(-1)
same = copy.untyped_storage().data_ptr() == memory
print(by_columns(t).tolist())
print("without clone, one row shares memory:", same)

# %% solution-slope
def slope(f, x0):
    """Task 2: the derivative of f at x0, by autograd."""
    x = torch.tensor(x0, requires_grad=True)
    f(x).backward()
    return x.grad.item()


print(slope(lambda x: 3 * x**2 + 2, 3.0))
print(slope(lambda x: 3 * x**2 + 2, 3.0))

# %% solution-passes
def passes(f, x0, n, clear):
    """Task 3: x.grad after each of n backward passes."""
    x = torch.tensor(x0, requires_grad=True)
    gradients = []
    for _ in range(n):
        if clear:
            x.grad = None
        f(x).backward()  # a new graph in each pass
        gradients.append(x.grad.item())
    return gradients


print("kept:   ", passes(lambda x: 3 * x**2 + 2, 3.0, 3, False))
print("cleared:", passes(lambda x: 3 * x**2 + 2, 3.0, 3, True))

# %% solution-mean
def mean_vectors(embedding, ids, pad):
    """Task 4: the mean vector of each row of ids, without pad."""
    real = (ids != pad).float().unsqueeze(2)  # (B, T, 1)
    total = (embedding(ids) * real).sum(dim=1)  # (B, dim)
    return total / real.sum(dim=1)  # (B, dim) / (B, 1)


padded = torch.tensor([[1, 2, 0], [3, 0, 0]])  # (2, 3)
means = mean_vectors(table, padded, pad=0)  # (2, 4)
print("row 1 is id 3:", torch.allclose(means[1], table.weight[3]))
bag = nn.EmbeddingBag.from_pretrained(
    table.weight.detach(), mode="mean", padding_idx=0)
print("EmbeddingBag agrees:", torch.allclose(bag(padded), means))

# %% solution-model
class HiddenModel(nn.Module):
    """Task 5: Embedding, mean, Linear, ReLU, Linear."""

    def __init__(self, num_ids, dim, hidden, num_classes):
        super().__init__()
        self.embedding = nn.Embedding(num_ids, dim)
        self.first = nn.Linear(dim, hidden)
        self.second = nn.Linear(hidden, num_classes)

    def forward(self, ids):
        mean = self.embedding(ids).mean(dim=1)  # (B, dim)
        return self.second(self.first(mean).relu())


torch.manual_seed(0)
deeper = HiddenModel(16, 2, 8, 3).to(device)
print("parameters:", sum(p.numel() for p in deeper.parameters()))

# %% solution-train
def train_batches(model, ids, labels, num_epochs, batch_size, lr):
    """Task 6: train in batches; each epoch's mean loss."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    model.train()
    for _ in range(num_epochs):
        total = 0.0
        for k in range(0, len(ids), batch_size):
            batch = slice(k, k + batch_size)
            optimizer.zero_grad()
            logits = model(ids[batch])
            loss = F.cross_entropy(logits, labels[batch])
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(logits)
        losses.append(total.item() / len(ids))
    return losses


torch.manual_seed(0)
deeper = HiddenModel(16, 2, 8, 3).to(device)
batch_losses = train_batches(deeper, X, y, 20, 32, 0.5)
print(f"first: {batch_losses[0]:.3f}")
print(f"last:  {batch_losses[-1]:.3f}")
