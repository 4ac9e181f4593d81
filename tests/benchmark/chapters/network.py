# %% spiral
import math

import torch

torch.manual_seed(4)
angle = torch.rand(300) * 3 * math.pi
side = torch.arange(300) % 2
radius = angle + math.pi * side
points = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1) / 10
print(points.shape)

# %% plot-spiral
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.scatter(points[:, 0], points[:, 1], c=side, s=5)
plt.show()

# %% model
from torch import nn

model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
model

# %% parameters
answer = sum(p.numel() for p in model.parameters())
print(answer)

# %% train
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(250):
    loss = nn.functional.cross_entropy(model(points), side)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item() < 0.6)

# %% modes
model.eval()
print(model.training)

# %% hidden
model[1](model[0](points))[0].gt(0).sum() > 0
