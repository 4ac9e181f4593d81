# %% load
from torchvision import datasets, transforms

to_tensor = transforms.ToTensor()
train_data = datasets.MNIST(
    "data", train=True, download=True, transform=to_tensor)
test_data = datasets.MNIST(
    "data", train=False, download=True, transform=to_tensor)
print("train:", len(train_data), "images")
print("test: ", len(test_data), "images")

# %% one
image, label = train_data[0]
print("shape:", tuple(image.shape), image.dtype)
print(f"values: {image.min():.2f} to {image.max():.2f}")
print("label:", label, type(label).__name__)

# %% pixels
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(3, 3))
ax.imshow(image[0], cmap="gray_r")  # (28, 28)
ax.set(xticks=[0, 9, 18, 27], yticks=[0, 9, 18, 27])
plt.show()

# %% grid
def show(images, names, cmap="gray_r", limit=1.0):
    fig, axes = plt.subplots(2, 5, figsize=(4, 2.2))
    low = 0 if cmap == "gray_r" else -limit
    for i, ax in enumerate(axes.flat):
        ax.imshow(images[i], cmap, vmin=low, vmax=limit)
        ax.set_title(names[i], fontsize=11)
        ax.axis("off")
    fig.tight_layout()
    plt.show()


first = [train_data[i] for i in range(10)]
show([image[0] for image, _ in first],
     [label for _, label in first])

# %% pack
import torch
from torch.utils.data import DataLoader, TensorDataset


def pack(dataset):
    """Transform each image once and keep the tensors."""
    images = torch.stack([image for image, _ in dataset])
    return TensorDataset(images, dataset.targets)


train_set, test_set = pack(train_data), pack(test_data)
print("images:", tuple(train_set.tensors[0].shape))
print("labels:", tuple(train_set.tensors[1].shape))

# %% loader
shuffler = torch.Generator().manual_seed(0)
train_loader = DataLoader(
    train_set, batch_size=32, shuffle=True,
    generator=shuffler)
test_loader = DataLoader(test_set, batch_size=256)
X, y = next(iter(train_loader))
print("X:", tuple(X.shape), X.dtype)
print("y:", tuple(y.shape), y.dtype)
print("batches in an epoch:", len(train_loader))

# %% model
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Flatten(),         # (N, 1, 28, 28) -> (N, 784)
    nn.Linear(784, 10))   # (N, 784) -> (N, 10)
logits = model(X)
count = sum(p.numel() for p in model.parameters())
print("flat:  ", tuple(model[0](X).shape))
print("logits:", tuple(logits.shape))
print("parameters:", count)

# %% untrained samples="359 mnist=2000"
@torch.no_grad()
def accuracy(model, loader):
    """Share of images whose largest logit is the label's."""
    right = 0
    for X, y in loader:
        y_hat = model(X).argmax(dim=1)  # (N,)
        right += (y_hat == y).sum().item()
    return right / len(loader.dataset)


before = accuracy(model, test_loader)
loss = nn.CrossEntropyLoss()(logits, y)
print(f"accuracy: {before:.3f}")
print(f"loss:     {loss.item():.3f}")

# %% train samples="359 mnist=2000" tolerance="0.02"
def train(model, num_epochs=8, lr=0.3):
    """Train, draw a bar of progress, return the losses."""
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for epoch in range(1, num_epochs + 1):
        total = 0.0
        for X, y in train_loader:
            optimizer.zero_grad()
            logits = model(X)  # (N, 10)
            loss = loss_fn(logits, y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)  # (1)!
        losses.append(total / len(train_set))
        bar = "#" * epoch + "." * (num_epochs - epoch)
        print(f"[{bar}] loss {losses[-1]:.3f}")
    return losses


losses = train(model)

# %% accuracy samples="359 mnist=2000"
on_train = accuracy(model, train_loader)
on_test = accuracy(model, test_loader)
print(f"train: {on_train:.3f}")
print(f"test:  {on_test:.3f}")

# %% one-answer
image, label = test_data[0]
with torch.no_grad():
    p = model(image.unsqueeze(0)).softmax(dim=1)  # (1, 10)
best = p.argmax(dim=1).item()
print("says", best, f"with probability {p.max().item():.2f}")
print("label:", label)

# %% wrong samples="359 mnist=2000"
X, y = test_set.tensors  # (N, 1, 28, 28), (N,)
with torch.no_grad():
    p = model(X).softmax(dim=1)  # (N, 10)
sure, y_hat = p.max(dim=1)  # (N,), (N,)
wrong = (y_hat != y).nonzero().squeeze(1)
print("wrong:", len(wrong), "of", len(y))

# %% draw-wrong
order = sure[wrong].argsort(descending=True)
worst = wrong[order][:10]
show(X[worst, 0],
     [f"{y[i]} > {y_hat[i]}" for i in worst])

# %% weights
W = model[1].weight.detach()  # (10, 784)
pictures = W.reshape(10, 28, 28)
show(pictures, range(10), "coolwarm", W.abs().max())

# %% by-hand
image, label = test_data[0]
with torch.no_grad():
    logits = model(image.unsqueeze(0))[0]  # (10,)
    product = pictures[label] * image[0]  # (28, 28)
    by_hand = product.sum() + model[1].bias[label]
print(f"model:   {logits[label].item():.3f}")
print(f"by hand: {by_hand.item():.3f}")

# %% hidden samples="359 mnist=2000" tolerance="0.02"
torch.manual_seed(0)
deeper = nn.Sequential(
    nn.Flatten(),
    nn.Linear(784, 64),
    nn.ReLU(),
    nn.Linear(64, 10))
count = sum(p.numel() for p in deeper.parameters())
print("parameters:", count)
deeper_losses = train(deeper)

# %% gain samples="359 mnist=2000"
deeper_train = accuracy(deeper, train_loader)
deeper_test = accuracy(deeper, test_loader)
print("         train  test")
print(f"linear:  {on_train:.3f}  {on_test:.3f}")
print(f"hidden:  {deeper_train:.3f}  {deeper_test:.3f}")

# %% curves
fig, ax = plt.subplots(figsize=(4, 3))
epochs = range(1, 9)
ax.plot(epochs, losses, "C0o-", label="linear")
ax.plot(epochs, deeper_losses, "C1s-", label="hidden")
ax.set(xlabel="epoch", ylabel="loss", xticks=epochs)
ax.set_ylim(bottom=0)
ax.legend()
plt.show()

# %% bare-image raises="RuntimeError"
bare = image[0]  # (28, 28)
model(bare)

# %% flatten
flatten = nn.Flatten()
for shape in [(5, 1, 28, 28), (1, 28, 28), (28, 28)]:
    flat = flatten(torch.zeros(shape))
    print(shape, "->", tuple(flat.shape))

# %% last-dimension
rows = nn.Linear(28, 10)(bare)  # (28, 28) -> (28, 10)
print("Linear(28, 10): ", tuple(rows.shape))
vector = bare.flatten()  # (784,)
print("Linear(784, 10):", tuple(model[1](vector).shape))

# %% batch-of-one
lucky = model(image)  # (1, 28, 28)
mended = model(image.unsqueeze(0))  # (1, 1, 28, 28)
again = model(bare.reshape(1, 1, 28, 28))
print("lucky: ", tuple(lucky.shape))
print("mended:", tuple(mended.shape))
print("equal:", torch.allclose(mended, again))

# %% colour
colour = torch.zeros(3, 28, 28)
print("flat:   ", tuple(flatten(colour).shape))
print("answers:", tuple(model(colour).shape))

# %% no-transform raises="TypeError"
plain = datasets.MNIST("data", train=True)
print(type(plain[0][0]))
next(iter(DataLoader(plain, batch_size=32)))

# %% bytes raises="RuntimeError"
raw = train_data.data[:5]  # (5, 28, 28)
print(raw.dtype, raw.min().item(), raw.max().item())
model(raw)

# %% bytes-mended
scaled = raw.float() / 255
same = torch.equal(scaled[0], train_data[0][0][0])
print("as ToTensor does:", same)
print("logits:", tuple(model(scaled).shape))

# %% solution-digits samples="359 mnist=2000"
for digit in range(10):
    mine = y == digit
    right = (y_hat[mine] == digit).sum().item()
    print(digit, f"{right} of {mine.sum().item()}")

# %% solution-shift samples="359 mnist=2000" tolerance="0.05"
moved = torch.roll(X, shifts=4, dims=3)  # 4 to the right
with torch.no_grad():
    for name, net in [("linear", model), ("hidden", deeper)]:
        hits = (net(moved).argmax(dim=1) == y).float()
        print(f"{name}: {hits.mean().item():.3f}")

# %% solution-no-relu
torch.manual_seed(0)
two = nn.Sequential(nn.Linear(784, 64), nn.Linear(64, 10))
flat = X.flatten(1)  # (N, 784)
W = two[1].weight @ two[0].weight  # (10, 784)
b = two[1].weight @ two[0].bias + two[1].bias  # (10,)
same = torch.allclose(two(flat), flat @ W.T + b, atol=1e-5)
print("one linear layer does the same:", same)
