# %% version
import torch
import torchvision

print("torch:      ", torch.__version__.split("+")[0])
print("torchvision:", torchvision.__version__.split("+")[0])

# %% device
device = torch.device("cpu")
if torch.accelerator.is_available():
    device = torch.accelerator.current_accelerator()
has_gpu = device.type != "cpu"
print("GPU:   ", has_gpu)
print("device:", device)

# %% compute
# vi: hai ma trận vuông, đặt trên thiết bị vừa chọn
# en: two square matrices on the device just chosen
a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
b = torch.eye(2, device=device)
print(a @ b)
print("sum:", (a @ b).sum().item())

# %% ask
import subprocess
import sys

# vi: chạy một Python khác, lấy dòng cuối của thông báo lỗi
# en: run another Python and take the last line of its error
def last_line(*words):
    # vi: -E: không nghe theo biến môi trường PYTHON… nào
    # en: -E: heed no environment variable PYTHON…
    command = [sys.executable, "-E", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stderr.strip().split("\n")[-1]


# %% no-module
# vi: -S: Python này không thấy gói nào đã cài
# en: -S: this Python sees no package that was installed
print(last_line("-S", "-c", "import torch"))

# %% own-torch-py
from pathlib import Path
from tempfile import TemporaryDirectory

with TemporaryDirectory() as folder:
    Path(folder, "torch.py").write_text("answer = 42")
    train = Path(folder, "train.py")
    train.write_text("import torch; torch.tensor([1.0])")
    print(last_line(train))

# %% mixed-builds
import shutil
from importlib.util import find_spec

# vi: một bản sao của torchvision, thiếu phần đã biên dịch
# en: a copy of torchvision without its compiled part
compiled = shutil.ignore_patterns("*.so", "*.pyd", "*.dylib")
home = Path(find_spec("torchvision").origin).parent
with TemporaryDirectory() as folder:
    copy = Path(folder, "torchvision")
    shutil.copytree(home, copy, ignore=compiled)
    train = Path(folder, "train.py")
    train.write_text("import torchvision")
    print(last_line(train))
