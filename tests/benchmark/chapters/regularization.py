# %% data
import torch

torch.manual_seed(7)
x = torch.linspace(-1, 1, 20).unsqueeze(1)
y = torch.sin(3 * x) + 0.2 * torch.randn(20, 1)
powers = torch.cat([x**n for n in range(1, 12)], dim=1)
print(powers.shape)

# %% fit
def fit(decay):
    """Train a polynomial; return the model."""
    torch.manual_seed(0)
    model = torch.nn.Linear(11, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05, weight_decay=decay)
    for _ in range(200):
        loss = (model(powers) - y).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


free, held = fit(0.0), fit(0.1)
print(free.weight.norm() > held.weight.norm())

# %% plot-fits
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.scatter(x, y, s=8)
for model in (free, held):
    ax.plot(x, model(powers).detach())
plt.show()

# %% dropout
torch.manual_seed(8)
print(torch.nn.Dropout(0.5)(torch.ones(8)))

# %% off
answer = torch.nn.Dropout(0.5).eval()(torch.ones(8)).sum().item()
print(answer)

# %% wrong raises="ValueError"
torch.nn.Dropout(1.5)

# %% norm
layer = torch.nn.BatchNorm1d(11)
print(layer(powers).mean(0).abs().max() < 1e-5)
