# %% iris
from sklearn.datasets import load_iris

flowers = load_iris()
print(flowers.data.shape, list(flowers.target_names))

# %% tensors
import torch

x = torch.tensor(flowers.data, dtype=torch.float32)
y = torch.tensor(flowers.target)
x = (x - x.mean(0)) / x.std(0)
print(x.mean(0).abs().max() < 1e-5)

# %% train
torch.manual_seed(3)
model = torch.nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
history = []
for _ in range(150):
    loss = torch.nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(loss.item())
print(round(history[-1], 3))

# %% plot-history
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.semilogy(history)
plt.show()

# %% score
answer = (model(x).argmax(1) == y).sum().item()
print(answer, "of", len(y))

# %% confusion
counts = torch.zeros(3, 3, dtype=torch.int64)
for true, said in zip(y, model(x).argmax(1), strict=True):
    counts[true, said] += 1
counts
