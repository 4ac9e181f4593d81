"""Which interpreter runs chapters, with which settings; and whether what it needs is installed."""

import importlib.util
import os
import signal
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from ..chapters.environment import threads
from ..project.errors import RunError

_OF_THE_CALLER = ("MPLBACKEND", "PYTHONSTARTUP", "PYTHONHASHSEED", "TQDM_DISABLE", "COLUMNS", "LINES")
"""Would change what a chapter gives: the width of a terminal is that of its progress bars and tables."""
_ROOT = Path(str(files("snippets"))).resolve().parent


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


def may_fork() -> bool:
    """Whether chapters run in forks of a process that has imported what they need; SNIPPETS_WAY says otherwise."""
    return (os.environ.get("SNIPPETS_WAY") or ("fork" if sys.platform == "linux" else "spawn")) != "spawn"


def child_environment(variant: str) -> dict[str, str]:
    """Environment variables of the process that runs chapters."""
    count = str(threads())
    environment = {k: v for k, v in os.environ.items() if k not in _OF_THE_CALLER}
    environment |= {
        "OMP_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": "1",  # no thread before the fork
        "OMP_WAIT_POLICY": "passive",
        "PYTHONUTF8": "1",
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


def departure(status: int) -> str:
    """How a process left, from its exit status (negative for a signal)."""
    if status < 0:
        return f"the process died with signal {-status} ({signal.Signals(-status).name})"
    return f"the process left with status {status}"
