# %% dataset
import torch
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(6)
numbers = TensorDataset(torch.arange(10.0), torch.arange(10) % 2)
numbers[3]

# %% batches
loader = DataLoader(numbers, batch_size=4)
for x, y in loader:
    print(x.tolist(), y.tolist())

# %% shuffled
generator = torch.Generator().manual_seed(0)
loader = DataLoader(numbers, batch_size=5, shuffle=True, generator=generator)
print([x.tolist() for x, _ in loader])

# %% length
answer = len(loader)
print(answer)

# %% split
from torch.utils.data import random_split

parts = random_split(numbers, [7, 3], generator=torch.Generator().manual_seed(1))
print([len(part) for part in parts])

# %% missing raises="IndexError"
numbers[10]
