"""What a command costs: CPU seconds of it and of everything it started, seconds on the wall, peak memory."""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """Of one step."""

    cpu: float
    wall: float
    memory: float
    """The largest process, in MB."""

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.cpu + other.cpu, self.wall + other.wall, max(self.memory, other.memory))


def middle(costs: Iterable[Cost]) -> Cost:
    """The median of repeated steps, each figure by itself."""
    found = list(costs)
    return Cost(*(statistics.median(getattr(c, name) for c in found) for name in ("cpu", "wall", "memory")))


def measure(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Cost:
    """Run a command, and wait for all that it leaves behind.

    Raises:
        RuntimeError: it failed; the end of what it said is in the message.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)  # what it leaves comes here, and counts
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with (folder / ".benchmark.log").open("w+b") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - started
        finally:
            _end(process)
        log.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command[1:])}\n{log.read().decode('utf-8', 'replace')[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, wall, usage.ru_maxrss / 1024)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the command and its group if it still runs, and take in every orphan."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def repeated(times: int, step: Callable[[], Cost]) -> Cost:
    """The median cost of a step."""
    return middle(step() for _ in range(times))


def machine() -> str:
    """Cores, processor, Python and load, in one line."""
    names = [line for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines() if line.startswith("model name")]
    model = names[0].partition(":")[2].strip() if names else platform.machine()
    cores, load = len(os.sched_getaffinity(0)), ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{cores} cores of {model}, Python {platform.python_version()}; load at the start {load}"
