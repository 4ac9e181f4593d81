# %% data
import torch

torch.manual_seed(2)
points = torch.randn(400, 2) + torch.tensor([2.0, 0.0])
points[200:] -= torch.tensor([4.0, 0.0])
labels = torch.arange(400).ge(200).float()
print(points.shape, labels.sum())

# %% plot-points
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.scatter(points[:, 0], points[:, 1], c=labels, s=6)
plt.show()

# %% loss
from torch import nn

model = nn.Linear(2, 1)
criterion = nn.BCEWithLogitsLoss()
print(round(criterion(model(points).squeeze(1), labels).item(), 3))

# %% train
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
for _ in range(200):
    loss = criterion(model(points).squeeze(1), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(round(loss.item(), 3))

# %% accuracy
right = (model(points).squeeze(1) > 0) == labels.bool()
answer = right.float().mean().item()
print(answer)

# %% wrong-shape raises="ValueError"
criterion(model(points), labels)

# %% probability
torch.sigmoid(torch.tensor([-2.0, 0.0, 2.0]))
