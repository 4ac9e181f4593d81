# %% version
import torch

print("torch:", torch.__version__.split("+")[0])

# %% device
has_gpu = torch.cuda.is_available()
device = "cuda" if has_gpu else "cpu"
print("CUDA GPU:", has_gpu)
print("device:  ", device)

# %% compute
# vi: hai ma trận vuông, đặt trên thiết bị vừa chọn
# en: two square matrices on the device just chosen
a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
b = torch.eye(2, device=device)
print(a @ b)
print("sum:", (a @ b).sum().item())
