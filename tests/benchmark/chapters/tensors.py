# %% create
import torch

a = torch.arange(12.0).reshape(3, 4)
a

# %% sum-rows
rows = a.sum(dim=1)
answer = rows[0].item()
print(rows)

# %% slice
a[:, 1:3]

# %% broadcast
b = torch.tensor([1.0, 10.0, 100.0, 1000.0])
print(a * b)

# %% mismatch raises="RuntimeError"
a @ b[:3]

# %% random
torch.manual_seed(0)
noise = torch.randn(1000)
print(round(noise.mean().item(), 3), round(noise.std().item(), 3))

# %% dtype
print(torch.ones(2, dtype=torch.int64) + 0.5)
