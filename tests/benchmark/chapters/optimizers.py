# %% valley
import torch


def valley(p):
    """Return the height at a point of a long valley."""
    return p[0] ** 2 + 20 * p[1] ** 2


print(valley(torch.tensor([2.0, 1.0])))

# %% walk
def walk(kind, **options):
    """Take forty steps down; return the path."""
    point = torch.tensor([2.0, 1.0], requires_grad=True)
    optimizer = kind([point], **options)
    path = []
    for _ in range(40):
        path.append(point.detach().clone())
        optimizer.zero_grad()
        valley(point).backward()
        optimizer.step()
    return torch.stack(path)


print(walk(torch.optim.SGD, lr=0.02)[-1])

# %% momentum
fast = walk(torch.optim.SGD, lr=0.02, momentum=0.8)
print(fast[-1])

# %% adam
adam = walk(torch.optim.Adam, lr=0.1)
answer = len(adam)
print(adam[-1])

# %% plot-paths
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
for path, name in ((fast, "momentum"), (adam, "Adam")):
    ax.plot(path[:, 0], path[:, 1], label=name)
ax.legend()
plt.show()

# %% too-fast
print(walk(torch.optim.SGD, lr=0.06)[-1].abs().max() > 100)

# %% schedule
optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
rates = []
for _ in range(5):
    rates.append(round(optimizer.param_groups[0]["lr"], 3))
    optimizer.step()
    schedule.step()
print(rates)
