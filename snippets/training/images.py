# %% load
import torch
from torchvision import datasets
from torchvision.transforms import v2

to_tensor = v2.Compose([
    v2.ToImage(),
    v2.ToDtype(torch.float32, scale=True)])
train_data = datasets.MNIST(
    "data", train=True, download=True,
    transform=to_tensor)
test_data = datasets.MNIST(
    "data", train=False, download=True,
    transform=to_tensor)
print("train:", len(train_data), "images")
print("test: ", len(test_data), "images")

# %% pixels
import matplotlib.pyplot as plt

image, label = test_data[0]
_, (left, right) = plt.subplots(
    1, 2, figsize=(5, 2.5), layout="constrained")
left.imshow(image[0], "gray_r", interpolation="none")
left.add_patch(plt.Rectangle(
    (10.5, 10.5), 7, 7, fill=False, color="C1", linewidth=2))


def write(ax, i, j, value):
    ax.text(j, i, f"{value:.1f}", size=10,
            ha="center", va="center")


for i in range(7):
    for j in range(7):
        write(right, i, j, image[0, 11 + i, 11 + j].item())
right.set(xlim=(-0.5, 6.5), ylim=(6.5, -0.5),
          xticks=[], yticks=[], aspect="equal")
right.spines[:].set(visible=True, color="C1", linewidth=2)
left.set(xticks=[0, 9, 18, 27], yticks=[0, 9, 18, 27])
plt.show()

# %% strip
_, (top, bottom) = plt.subplots(
    2, 1, figsize=(5, 3), height_ratios=[5, 1],
    layout="constrained")
top.imshow(image[0], "gray_r", interpolation="none")
bottom.imshow(image.flatten(1), "gray_r", aspect="auto",
              interpolation="none")
for ax, corner in ((top, (-0.5, 13.5)),
                   (bottom, (14 * 28 - 0.5, -0.5))):
    ax.add_patch(plt.Rectangle(
        corner, 28, 1, fill=False, color="C1", linewidth=2))
top.set(xticks=[0, 27], yticks=[0, 14, 27])
bottom.set(xticks=[0, 14 * 28, 783], yticks=[])
plt.show()

# %% one
print("shape:", tuple(image.shape), image.dtype)
print(f"values: {image.min():.2f} to {image.max():.2f}")
print("label:", label, type(label).__name__)

# %% grid
def show(images, names, cmap="gray_r", limit=1.0):
    _, axes = plt.subplots(2, 5, figsize=(5, 2.5),
                           layout="constrained")
    low = 0 if cmap == "gray_r" else -limit
    for ax, image, name in zip(axes.flat, images, names):
        ax.imshow(image, cmap, vmin=low, vmax=limit,
                  interpolation="none")
        ax.set_title(name, size=11)
        ax.axis("off")
    plt.show()


first = [train_data[i] for i in range(10)]
show([image[0] for image, _ in first],
     [label for _, label in first])

# %% pack
from torch.utils.data import TensorDataset


def pack(dataset):
    # vi: đổi mỗi ảnh thành tensor một lần rồi giữ lại
    # en: turn each image into a tensor once, and keep it
    images = torch.stack([image for image, _ in dataset])
    return TensorDataset(images, dataset.targets)


train_set, test_set = pack(train_data), pack(test_data)
print("images:", tuple(train_set.tensors[0].shape))
print("labels:", tuple(train_set.tensors[1].shape))

# %% loader
from torch.utils.data import DataLoader

loader = DataLoader(
    train_set, batch_size=32, shuffle=True,
    generator=torch.Generator().manual_seed(0))
X, y = next(iter(loader))
print("X:", tuple(X.shape), X.dtype)
print("y:", tuple(y.shape), y.dtype)
print("batches in an epoch:", len(loader))

# %% device
device = torch.device("cpu")
if torch.accelerator.is_available():
    device = torch.accelerator.current_accelerator()
print(device)

# %% model
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Flatten(),  # (N, 1, 28, 28) -> (N, 784)
    nn.Linear(784, 10),  # (N, 784) -> (N, 10)
).to(device)
count = sum(p.numel() for p in model.parameters())
logits = model(X.to(device))
print("logits:", tuple(logits.shape))
print("parameters:", count)

# %% untrained samples="359 mnist=2000"
import torch.nn.functional as F


def accuracy(model, data):
    # vi: tỷ lệ ảnh được đọc đúng
    # en: the share of images that are read correctly
    right = 0
    model.eval()
    with torch.inference_mode():
        for X, y in DataLoader(data, batch_size=1000):
            logits = model(X.to(device))  # (N, 10)
            pred = logits.argmax(dim=1)  # (N,)
            right += (pred == y.to(device)).sum().item()
    return right / len(data)


before = accuracy(model, test_set)
loss = F.cross_entropy(logits, y.to(device))
print(f"accuracy: {before:.3f}")
print(f"loss:     {loss.item():.3f}")

# %% train
def train(model, data, num_steps=1500, lr=0.2):
    # vi: trả về mất mát của từng bước
    # en: returns the loss of each step
    order = torch.Generator().manual_seed(0)
    loader = DataLoader(data, batch_size=32, shuffle=True,
                        generator=order)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    model.train()
    while len(losses) < num_steps:
        for X, y in loader:
            X, y = X.to(device), y.to(device)
            # vi: 1. xóa gradient của bước trước
            # en: 1. clear the previous step's gradients
            optimizer.zero_grad()
            # vi: 2. lượt truyền xuôi: mười logit mỗi ảnh
            # en: 2. forward pass: ten logits an image
            logits = model(X)  # (N, 10)
            # vi: 3. mất mát: logit sai bao nhiêu?
            # en: 3. loss: how wrong are the logits?
            loss = F.cross_entropy(logits, y)
            # vi: 4. lượt truyền ngược: tính gradient
            # en: 4. backward pass: compute the gradients
            loss.backward()
            # vi: 5. cập nhật tham số
            # en: 5. update the parameters
            optimizer.step()
            losses.append(loss.detach())
            if len(losses) == num_steps:
                break
    return torch.stack(losses).cpu()  # (num_steps,)

# %% learn samples="359 mnist=2000" tolerance="0.02"
def report(losses):
    # vi: mất mát trung bình của từng đoạn 250 bước
    # en: the mean loss of each stretch of 250 steps
    means = losses.reshape(-1, 250).mean(dim=1)
    for i, mean in enumerate(means):
        print(f"steps {250 * i:4} to {250 * i + 249:4}:",
              f"loss {mean:.3f}")


losses = train(model, train_set)
report(losses)

# %% accuracy samples="359 mnist=2000"
on_train = accuracy(model, train_set)
on_test = accuracy(model, test_set)
print(f"train: {on_train:.3f}")
print(f"test:  {on_test:.3f}")

# %% weights
W = model[1].weight.detach().cpu()  # (10, 784)
templates = W.reshape(10, 28, 28)
show(templates, range(10), "coolwarm", limit=0.5)

# %% one-answer
model.eval()
with torch.inference_mode():
    z = model(image.unsqueeze(0).to(device))[0].cpu()  # (10,)
p = z.softmax(dim=0)
best = z.argmax().item()
b = model[1].bias.detach().cpu()
by_hand = (templates * image[0]).sum(dim=(1, 2)) + b  # (10,)
print(f"pred: {best}, p = {p[best].item():.2f}")
print(f"label: {label}")
print(f"logit of {best}: {z[best].item():.3f}")
print(f"by hand:    {by_hand[best].item():.3f}")

# %% wrong samples="359 mnist=2000"
X_test, y_test = test_set.tensors
with torch.inference_mode():
    logits_test = model(X_test.to(device)).cpu()  # (N, 10)
sure, pred = logits_test.softmax(dim=1).max(dim=1)  # (N,), (N,)
wrong = (pred != y_test).nonzero().squeeze(1)
print("wrong:", len(wrong), "of", len(y_test))

# %% draw-wrong
order = sure[wrong].argsort(descending=True)
worst = wrong[order][:10]
show(X_test[worst, 0],
     [f"{y_test[i]}→{pred[i]}  {sure[i]:.2f}" for i in worst])

# %% hidden samples="359 mnist=2000" tolerance="0.02"
torch.manual_seed(0)
deeper = nn.Sequential(
    nn.Flatten(),
    nn.Linear(784, 64),
    nn.ReLU(),
    nn.Linear(64, 10),
).to(device)
deeper_count = sum(p.numel() for p in deeper.parameters())
print("parameters:", deeper_count)
deeper_losses = train(deeper, train_set)
report(deeper_losses)

# %% gain samples="359 mnist=2000"
deeper_train = accuracy(deeper, train_set)
deeper_test = accuracy(deeper, test_set)
print("         train  test")
print(f"linear:  {on_train:.3f}  {on_test:.3f}")
print(f"hidden:  {deeper_train:.3f}  {deeper_test:.3f}")

# %% curves
_, axes = plt.subplots(1, 2, figsize=(5, 2.7),
                       layout="constrained")
for ax, last, size in ((axes[0], 150, 10),
                       (axes[1], 1500, 100)):
    for curve, style in ((losses, "C0"),
                         (deeper_losses, "C1--")):
        means = curve[:last].reshape(-1, size).mean(dim=1)
        ax.plot(range(size, last + 1, size), means, style,
                linewidth=2)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("step", size=12)
axes[0].set_ylabel("loss", size=12)
axes[1].legend(["linear", "hidden"])
plt.show()

# %% bare-image raises="RuntimeError"
bare = image[0].to(device)  # (28, 28)
model(bare)

# %% flatten
flatten = nn.Flatten()
for shape in [(5, 1, 28, 28), (1, 28, 28), (28, 28)]:
    flat = flatten(torch.zeros(shape))
    print(shape, "->", tuple(flat.shape))

# %% batch-of-one
lone = image.to(device)  # (1, 28, 28)
mended = model(lone.unsqueeze(0))  # (1, 1, 28, 28)
print("mended:", tuple(mended.shape))
lucky = model(lone)
print("lucky: ", tuple(lucky.shape))
print("equal: ", torch.allclose(lucky, mended))

# %% no-transform raises="TypeError"
plain = datasets.MNIST("data", train=True)
print(type(plain[0][0]))
next(iter(DataLoader(plain, batch_size=32)))

# %% bytes raises="RuntimeError"
raw = train_data.data  # (N, 28, 28)
print(raw.dtype, raw.min().item(), raw.max().item())
model(raw[:5].to(device))

# %% unscaled samples="359 mnist=2000"
unscaled = v2.ToDtype(torch.float32)(raw)  # (N, 28, 28)
scaled = train_set.tensors[0].squeeze(1)  # (N, 28, 28)
unscaled_set = TensorDataset(unscaled, train_data.targets)
torch.manual_seed(0)
victim = nn.Sequential(
    nn.Flatten(),
    nn.Linear(784, 64),
    nn.ReLU(),
    nn.Linear(64, 10),
).to(device)
unscaled_losses = train(victim, unscaled_set)
print("/ 255 is the same:",
      torch.allclose(unscaled / 255, scaled))
print(f"last loss: {unscaled_losses[-250:].mean():.3f}")
print(f"accuracy:  {accuracy(victim, unscaled_set):.3f}")

# %% solution-digits samples="359 mnist=2000"
for digit in range(10):
    mine = y_test == digit
    right = (pred[mine] == digit).sum().item()
    print(f"{digit}: {right} of {mine.sum().item()}")

# %% solution-shift samples="359 mnist=2000" tolerance="0.05"
for pixels in (0, 2, 4):
    moved = torch.roll(X_test, shifts=pixels, dims=3)
    moved_set = TensorDataset(moved, y_test)
    linear = accuracy(model, moved_set)
    hidden = accuracy(deeper, moved_set)
    print(f"{pixels} pixels: linear {linear:.3f},",
          f"hidden {hidden:.3f}")
