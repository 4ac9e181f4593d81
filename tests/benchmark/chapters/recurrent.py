# %% words
import torch

text = "to be or not to be"
letters = sorted(set(text))
numbers = torch.tensor([letters.index(letter) for letter in text])
print(len(letters), numbers.shape)

# %% embedding
torch.manual_seed(9)
embedding = torch.nn.Embedding(len(letters), 6)
embedding(numbers).shape

# %% cell
cell = torch.nn.GRU(6, 16, batch_first=True)
outputs, state = cell(embedding(numbers).unsqueeze(0))
print(outputs.shape, state.shape)

# %% train
head = torch.nn.Linear(16, len(letters))
parameters = [*embedding.parameters(), *cell.parameters(), *head.parameters()]
optimizer = torch.optim.Adam(parameters, lr=0.02)
for _ in range(80):
    outputs, _ = cell(embedding(numbers[:-1]).unsqueeze(0))
    loss = torch.nn.functional.cross_entropy(head(outputs[0]), numbers[1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item() < 1)

# %% next
answer = len(letters)
letters[head(outputs[0, -1]).argmax().item()]

# %% unknown raises="IndexError"
embedding(torch.tensor([99]))
