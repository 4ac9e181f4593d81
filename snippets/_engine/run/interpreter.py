"""On what a chapter ran: versions, processor, threads; and the settings that make a run comparable."""

import importlib.util
import os
import platform
import signal
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..project.errors import RunError

PACKAGES = ("torch", "torchvision", "numpy", "matplotlib", "scikit-learn")
ENVIRONMENT = ("python", "versions", "platform", "device", "cpu", "capability", "threads", "variables")
"""What `describe` tells."""
_ROOT = Path(str(files("snippets"))).resolve().parent
_VARIABLES = ("ATEN_CPU_CAPABILITY", "MKL_", "ONEDNN_", "DNNL_")


class NotInstalledError(RunError):
    """What runs chapters is not installed; commands leave with status 2."""


def require_packages() -> None:
    """Refuse to go on without what runs a chapter.

    Raises:
        NotInstalledError: torch, IPython or matplotlib is missing.
    """
    missing = [name for name in ("torch", "IPython", "matplotlib") if importlib.util.find_spec(name) is None]
    if missing:
        raise NotInstalledError(
            "pyproject.toml",
            None,
            f"running a chapter needs {', '.join(missing)}, not installed here",
            'run: python -m pip install -e ".[run]"',
        )


def has_gpu() -> bool:
    """Whether torch can use a GPU here; asked of another process, so that this one stays without torch."""
    code = "import sys, torch; sys.exit(not torch.cuda.is_available())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def threads() -> int:
    """Threads that torch computes with: one, unless SNIPPETS_THREADS says another number."""
    return int(os.environ.get("SNIPPETS_THREADS", "1"))


def may_fork() -> bool:
    """Whether chapters run in forks of a process that has imported what they need; SNIPPETS_WAY says otherwise."""
    return (os.environ.get("SNIPPETS_WAY") or ("fork" if sys.platform == "linux" else "spawn")) != "spawn"


def child_environment(variant: str) -> dict[str, str]:
    """Environment variables of the process that runs chapters."""
    count = str(threads())
    environment = {k: v for k, v in os.environ.items() if k not in ("MPLBACKEND", "PYTHONSTARTUP", "PYTHONHASHSEED")}
    environment |= {
        "OMP_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": "1",  # no thread before the fork
        "OMP_WAIT_POLICY": "passive",
        "PYTHONUTF8": "1",
        "TQDM_DISABLE": os.environ.get("TQDM_DISABLE", "0"),
    }
    if variant != "cuda":
        environment["CUDA_VISIBLE_DEVICES"] = ""
    return environment


def interpreter(module: str, *arguments: str) -> list[str]:
    """The command that runs `main` of an engine module in a fresh interpreter.

    It imports this very engine, whatever `snippets` folder the working directory holds, and leaves no trace in
    `sys.path`.
    """
    boot = (
        f"import sys; sys.path.insert(0, {str(_ROOT)!r}); import snippets._engine.{module} as m; "
        "sys.path.pop(0); m.main()"
    )
    return [sys.executable, "-P", "-c", boot, *arguments]


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


def departure(status: int) -> str:
    """How a process left, from its exit status (negative for a signal)."""
    if status < 0:
        return f"the process died with signal {-status} ({signal.Signals(-status).name})"
    return f"the process left with status {status}"


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
