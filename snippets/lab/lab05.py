# %% log-error
import textwrap


def log_error(error):
    """Write an error into the log: its type and message."""
    line = f"{type(error).__name__}: {error}"
    print(textwrap.fill(line, width=44))


try:
    int("three")
except ValueError as error:
    log_error(error)

# %% create
import torch

t = torch.tensor([[1, 2, 3], [4, 5, 6]])  # (2, 3)
print("t:     ", t.tolist())
print("zeros: ", torch.zeros(2, 2).tolist())
print("arange:", torch.arange(0, 10, 3).tolist())
torch.manual_seed(0)
print("rand:  ", torch.rand(3))

# %% compute
print("t + t:   ", (t + t).tolist())  # (2, 3)
print("t @ t.T: ", (t @ t.T).tolist())  # (2, 2)
print("t[0]:    ", t[0].tolist())
print("t[:, 1]: ", t[:, 1].tolist())
print("t[t > 2]:", t[t > 2].tolist())

# %% reshape
turned = t.T  # (3, 2)
try:
    turned.view(6)
except RuntimeError as error:
    log_error(error)
flat = turned.reshape(6)  # (6,)
flat[0] = 99
print("flat:", flat.tolist())
print("t:   ", t.tolist())

# %% gradient
x = torch.tensor(3.0, requires_grad=True)
z = 3 * x**2 + 2
z.backward()
measured = x.grad.item()
print("z:       ", z)
print("measured:", measured)
print("theory:  ", 6 * 3.0)

# %% second
try:
    z.backward()
except RuntimeError as error:
    second = type(error).__name__
    log_error(error)
print("x.grad:", x.grad.item())

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

# %% linear
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(3, 2)
X = torch.arange(12.0).reshape(4, 3)  # (4, 3)
y = layer(X)  # (4, 2)
by_hand = X @ layer.weight.T + layer.bias  # (4, 2)
print(layer.weight)
print(layer.bias)
print(y)
print("equal:", torch.allclose(y, by_hand))

# %% embedding
torch.manual_seed(0)
table = nn.Embedding(10, 4)
ids = torch.tensor([1, 2, 5, 1])  # (4,)
vectors = table(ids)  # (4, 4)
print(vectors)
print("numbers in the table:", table.weight.numel())

# %% one-hot
one_hot = nn.functional.one_hot(ids, 10).float()  # (4, 10)
product = one_hot @ table.weight  # (4, 10) @ (10, 4)
print("one_hot[0]:", one_hot[0].tolist())
print("equal:", torch.allclose(product, vectors))

# %% rows
vectors.sum().backward()
print("gradient:", tuple(table.weight.grad.shape))
print("column 0:", table.weight.grad[:, 0].tolist())

# %% model
class SimpleModel(nn.Module):
    """Average the vectors of some ids, then score classes."""

    def __init__(self, num_ids, dim, num_classes):
        super().__init__()
        self.embedding = nn.Embedding(num_ids, dim)
        self.linear = nn.Linear(dim, num_classes)

    def forward(self, ids):
        vectors = self.embedding(ids)  # (B, T, dim)
        return self.linear(vectors.mean(dim=1))  # (B, C)

# %% trace
torch.manual_seed(0)
model = SimpleModel(16, 2, 3)
for name, p in model.named_parameters():
    print(f"{name:16} {tuple(p.shape)}")
print("parameters:", sum(p.numel() for p in model.parameters()))
logits = model(torch.tensor([[0, 1, 2, 3, 12, 13]]))  # (1, 3)
print("logits:", tuple(logits.shape))

# %% words
topics = {
    "food": ["rice", "soup", "bread", "tea"],
    "sport": ["goal", "team", "race", "ball"],
    "music": ["song", "drum", "dance", "choir"],
    "any": ["the", "my", "new", "good"],
}
words = [word for group in topics.values() for word in group]
for i in (0, 5, 15):
    print(i, words[i])

# %% sentences
def sentences(n, length=6):
    """Make n sentences with most of the words on topic."""
    labels = torch.randint(3, (n,))  # (n,)
    topic = 4 * labels[:, None] + torch.randint(4, (n, length))
    other = torch.randint(16, (n, length))  # (n, length)
    on_topic = torch.rand(n, length) < 0.6
    return torch.where(on_topic, topic, other), labels


torch.manual_seed(0)
ids, labels = sentences(300)  # (300, 6), (300,)
test_ids, test_labels = sentences(150)  # (150, 6), (150,)
for i in range(3):
    print(labels[i].item(), [words[k] for k in ids[i]])

# %% before samples="150"
def accuracy(model):
    """Share of test sentences whose topic it finds."""
    with torch.no_grad():
        guess = model(test_ids).argmax(dim=1)  # (150,)
    return (guess == test_labels).float().mean().item()


torch.manual_seed(0)
model = SimpleModel(16, 2, 3)
start = model.embedding.weight.detach().clone()  # (16, 2)
loss_fn = nn.CrossEntropyLoss()
print(f"loss: {loss_fn(model(ids), labels).item():.3f}")
guessing = torch.tensor(3.0).log().item()
print(f"ln 3: {guessing:.3f}")
print(f"accuracy: {accuracy(model):.3f}")

# %% train
def train(model, num_epochs=200, lr=1.0):
    """Train on all sentences at once; return the losses."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(num_epochs):
        optimizer.zero_grad()
        logits = model(ids)  # (300, 3)
        loss = loss_fn(logits, labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


losses = train(model)
for epoch in (0, 10, 50, 100, 199):
    print(f"epoch {epoch:3}: loss {losses[epoch]:.3f}")

# %% after samples="150"
share = accuracy(model)
print(f"accuracy: {share:.3f}")
with torch.no_grad():
    logits = model(test_ids[:3])  # (3, 3)
for i, guess in enumerate(logits.argmax(dim=1).tolist()):
    print(guess, test_labels[i].item(),
          [words[k] for k in test_ids[i]])

# %% paths
import matplotlib.pyplot as plt

end = model.embedding.weight.detach()  # (16, 2)
_, ax = plt.subplots(figsize=(4, 3.4))
for k, (topic, marker) in enumerate(zip(topics, "o^sx")):
    rows = slice(4 * k, 4 * k + 4)
    for a, b in zip(start[rows], end[rows]):
        ax.plot([a[0], b[0]], [a[1], b[1]], f"C{k}", lw=1, alpha=0.6)
    ax.plot(end[rows, 0], end[rows, 1], marker, color=f"C{k}",
            label=topic)
ax.legend(fontsize=11, ncols=2, loc="lower center",
          bbox_to_anchor=(0.5, 1.0))
plt.show()

# %% seeds
firsts, lasts = [], []
_, ax = plt.subplots(figsize=(4, 3))
for seed in range(5):
    torch.manual_seed(seed)
    path = train(SimpleModel(16, 2, 3))
    firsts.append(path[0])
    lasts.append(path[-1])
    ax.plot(path, color=f"C{seed}")
ax.axhline(guessing, color="0.5", linewidth=1)
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
    "cleared, a new graph gives it again": rebuilt == [18.0] * 3,
    "an embedding picks rows": torch.allclose(product, vectors),
    "five starts beat guessing": max(lasts) < guessing / 2,
    "new sentences are read too": share > 0.75,
}
for sentence, holds in report.items():
    print(f"{sentence}: {holds}")
assert all(report.values())

# %% float-ids
try:
    table(torch.tensor([1.0, 2.0]))
except RuntimeError as error:
    log_error(error)

# %% out-of-range
try:
    table(torch.tensor([1, 10]))
except IndexError as error:
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

# %% no-clear
w = torch.tensor(1.0, requires_grad=True)
for step in (1, 2, 3):
    loss = 3 * w
    loss.backward()
    print(f"step {step}: gradient {w.grad.item()}")

# %% solution-columns
def by_columns(t):
    """Task 1: the numbers of t (R, C), column by column."""
    return t.T.reshape(-1).clone()


row = torch.tensor([[1, 2, 3]])  # (1, 3)
print(by_columns(t).tolist())
same = row.T.reshape(-1).data_ptr() == row.data_ptr()
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
deeper = HiddenModel(16, 2, 8, 3)
print("parameters:", sum(p.numel() for p in deeper.parameters()))

# %% solution-train
def train_batches(model, ids, labels, num_epochs, batch_size, lr):
    """Task 6: train by SGD in batches; the mean loss of each epoch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for k in range(0, len(ids), batch_size):
            X, y = ids[k : k + batch_size], labels[k : k + batch_size]
            optimizer.zero_grad()
            loss = nn.CrossEntropyLoss()(model(X), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        losses.append(total / len(ids))
    return losses


batch_losses = train_batches(deeper, ids, labels, 20, 32, 0.5)
print(f"first: {batch_losses[0]:.3f}")
print(f"last:  {batch_losses[-1]:.3f}")
