# %% data
import torch

device = torch.device("cpu")
if torch.accelerator.is_available():
    device = torch.accelerator.current_accelerator()

torch.manual_seed(0)
X = torch.linspace(-3, 3, 60).unsqueeze(1)  # (60, 1)
y = torch.sin(2 * X) + 0.2 * torch.randn(60, 1)  # (60, 1)
X, y = X.to(device), y.to(device)

# %% points
import matplotlib.pyplot as plt

_, ax = plt.subplots(figsize=(5, 3))
ax.plot(X.cpu(), y.cpu(), "o", color="C0", markersize=4)
ax.set_xlabel("X", size=12)
ax.set_ylabel("y", size=12)
plt.show()

# %% train
from torch import nn

model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(),
                      nn.Linear(32, 1)).to(device)
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for _ in range(1000):
    # vi: 1. xóa gradient của bước trước
    # en: 1. clear the gradients of the previous step
    optimizer.zero_grad()
    # vi: 2. dự đoán
    # en: 2. predict
    y_hat = model(X)
    # vi: 3. dự đoán sai bao nhiêu?
    # en: 3. how wrong is the prediction?
    loss = loss_fn(y_hat, y)
    # vi: 4. gradient: mỗi tham số góp vào cái sai ra sao?
    # en: 4. gradients: what does each parameter contribute?
    loss.backward()
    # vi: 5. chỉnh mọi tham số một chút
    # en: 5. adjust all parameters a little
    optimizer.step()

print(f"loss: {loss.item():.3f}")

# %% learned
_, ax = plt.subplots(figsize=(5, 3))
ax.plot(X.cpu(), y.cpu(), "o", color="C0", markersize=4)
ax.plot(X.cpu(), y_hat.detach().cpu(), color="C1",
        linewidth=2)
ax.set_xlabel("X", size=12)
ax.set_ylabel("y", size=12)
plt.show()

# %% watch slider="epoch"
def draw(y_hat):
    _, ax = plt.subplots(figsize=(5, 3))
    ax.plot(X.cpu(), y.cpu(), ".", color="0.5")
    ax.plot(X.cpu(), y_hat.detach().cpu(), color="C1")
    plt.show()


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(),
                      nn.Linear(32, 1)).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(1001):
    optimizer.zero_grad()
    y_hat = model(X)
    loss = loss_fn(y_hat, y)
    loss.backward()
    optimizer.step()
    if epoch in (0, 10, 30, 60, 100, 200, 400, 1000):
        print(f"loss: {loss.item():.3f}")
        draw(y_hat)

# %% straight
def learn(model, y):
    model = model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(1000):
        optimizer.zero_grad()
        y_hat = model(X)
        loss = loss_fn(y_hat, y)
        loss.backward()
        optimizer.step()
    print(f"loss: {loss.item():.5f}")
    _, ax = plt.subplots(figsize=(5, 3))
    ax.plot(X.cpu(), y.cpu(), "o", color="C0", markersize=4)
    ax.plot(X.cpu(), y_hat.detach().cpu(), color="C1")
    plt.show()
    return y_hat, loss


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(1, 32), nn.Linear(32, 1))
y_hat, loss = learn(model, y)

# %% solution-corner
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(),
                      nn.Linear(32, 1))
y = X.abs()
y_hat, loss = learn(model, y)
