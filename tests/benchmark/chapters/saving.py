# %% model
import torch

torch.manual_seed(10)
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
print(list(model.state_dict()))

# %% save
torch.save(model.state_dict(), "model.pt")
state = torch.load("model.pt", weights_only=True)
print(state["0.weight"].shape)

# %% load
copy = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
copy.load_state_dict(state)
x = torch.ones(1, 3)
print(torch.equal(model(x), copy(x)))

# %% other raises="RuntimeError"
torch.nn.Linear(3, 5).load_state_dict(state)

# %% freeze
for parameter in copy[0].parameters():
    parameter.requires_grad_(False)
answer = sum(p.numel() for p in copy.parameters() if p.requires_grad)
print(answer)

# %% plot-weights
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.bar(range(12), state["0.weight"].flatten())
plt.show()
