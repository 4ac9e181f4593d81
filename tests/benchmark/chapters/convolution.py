# %% image
import torch

torch.manual_seed(5)
image = torch.zeros(1, 1, 16, 16)
image[..., 4:12, 4:12] = 1
print(image.sum())

# %% plot-image
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.imshow(image[0, 0], cmap="gray")
plt.show()

# %% kernel
edge = torch.tensor([[[[-1.0, 1.0]]]])
found = torch.nn.functional.conv2d(image, edge)
print(found.shape, found.abs().sum())

# %% layer
layer = torch.nn.Conv2d(1, 8, 3, padding=1)
answer = sum(p.numel() for p in layer.parameters())
print(layer(image).shape)

# %% pool
torch.nn.functional.max_pool2d(layer(image), 2).shape

# %% train
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
for _ in range(30):
    loss = (layer(image) - image).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item() < 0.2)

# %% channels raises="RuntimeError"
layer(torch.zeros(1, 3, 16, 16))
