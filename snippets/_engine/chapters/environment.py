"""On what a chapter ran: versions, processor, threads, and the settings that make two runs comparable."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = ("torch", "torchvision", "numpy", "matplotlib", "scikit-learn")
ENVIRONMENT = ("python", "versions", "platform", "device", "cpu", "capability", "threads", "variables")
"""What `describe` tells."""
_VARIABLES = ("ATEN_CPU_CAPABILITY", "MKL_", "ONEDNN_", "DNNL_")


def threads() -> int:
    """Threads that torch computes with: one, unless SNIPPETS_THREADS says another number."""
    return int(os.environ.get("SNIPPETS_THREADS", "1"))


def describe(variant: str) -> dict[str, Any]:
    """The environment of the process it is called in, as it stands in a record."""
    torch = sys.modules.get("torch")
    return {
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "platform": f"{platform.system()} {platform.machine()}",
        "device": _device(torch, variant),
        "cpu": _cpu(),
        "capability": torch.backends.cpu.get_cpu_capability() if torch else "",
        "threads": threads(),
        "variables": {k: v for k, v in sorted(os.environ.items()) if k.startswith(_VARIABLES) and "THREADS" not in k},
    }


def public(version_: str) -> str:
    """A version without its local part: `2.13.0` for `2.13.0+cpu`."""
    return version_.partition("+")[0]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _device(torch: Any, variant: str) -> str:
    if variant == "cuda" and torch is not None and torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return _cpu()


def _cpu() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            names = (line.partition(":")[2].strip() for line in file if line.startswith("model name"))
            return next(names, "") or platform.machine()
    except OSError:
        return platform.processor() or platform.machine()
