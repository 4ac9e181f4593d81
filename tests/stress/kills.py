"""One kill: of which process, and whether the processes that carry a mark are all gone."""

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ground import EDITS, Ground, driver, environment

MARK = "STRESS_KILL"
_PATIENCE = 60.0


@dataclass
class Killed:
    """What is known of a kill."""

    victim: str
    """`command`, `child`, or empty when the command ended before."""
    status: int
    said: str
    left: tuple[str, ...]
    """The command lines of processes that did not end."""


def marked(mark: str) -> Iterator[int]:
    """The processes that carry a mark in their environment, those that have ended excepted."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name)


def line_of(pid: int) -> str:
    """A process as a message names it."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")[:200]
    return ""


def gone(mark: str) -> tuple[str, ...]:
    """Wait until no process carries the mark; what does not go, which is then ended."""
    end = time.monotonic() + 20
    while (left := list(marked(mark))) and time.monotonic() < end:
        time.sleep(0.05)
    lines = tuple(line_of(pid) for pid in left)
    for pid in left:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    return lines


def kill(
    start: Callable[[str], "subprocess.Popen[bytes]"],
    log: Path,
    moment: float,
    child: random.Random | None,
    *,
    serves: bool = False,
) -> Killed:
    """Start a command, kill it or (with `child`) one of its processes after `moment` seconds, see what is left.

    Args:
        start: starts it with a mark in its environment.
        log: where it writes.
        serves: whether it goes on for ever, and so must after the loss of a child.
    """
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    process = start(mark)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(moment)
    victim = ""
    if process.poll() is None:
        others = sorted(pid for pid in marked(mark) if pid != process.pid) if child else []
        victim = "child" if others else "command"
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.choice(others) if child and others else process.pid, signal.SIGKILL)
    if victim == "child" and serves:
        time.sleep(1.0)
        if process.poll() is not None:
            victim = "server ended"
        process.kill()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        victim = "hangs"
    status = process.wait()
    return Killed(victim, status, log.read_text("utf-8", errors="replace"), gone(mark))


def starter(
    ground: Ground, command: list[str], log: Path, temporary: Path
) -> Callable[[str], "subprocess.Popen[bytes]"]:
    """Starts a command that writes to a log."""

    def start(mark: str) -> "subprocess.Popen[bytes]":
        variables = environment(**{MARK: mark, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"})
        with log.open("wb") as out:
            return subprocess.Popen(
                command, cwd=ground.tree.root, env=variables, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )

    return start


class Visitor:
    """What somebody does with `mkdocs serve`: waits for the first page, saves both chapters, waits for the outputs."""

    def __init__(self, ground: Ground, address: str) -> None:
        self._ground = ground
        self._server = driver.Server(ground.tree, _Alive(), address, Path(os.devnull))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._visit, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """The server is gone."""
        self._stopped.set()
        self._thread.join()

    def finished(self, seconds: float) -> bool:
        """Wait for the end of the visit."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _visit(self) -> None:
        names = driver.CHAPTERS
        if not self._until("", ""):
            return
        for name in names:
            driver.edit(self._ground.tree.snippet(name), *EDITS)
        self._until(f"en/{names[0]}/", "total: 34")
        self._until(f"en/{names[1]}/", "The total is 34.")

    def _until(self, path: str, text: str) -> bool:
        while not self._stopped.wait(0.05):
            answer = self._server.get(path)
            if answer.status == 200 and text in answer.text:
                return True
        return False


class _Alive:
    """Stands for the server's process, which `kill` watches."""

    @staticmethod
    def poll() -> None: ...
