"""The process that keeps imports for `reruns.py` and forks a copy of itself for each run.

It never runs a chapter and never computes, so that a copy is as good as a fresh process; it has no thread. When its
standard input ends, or it is killed, no run survives.
"""

import contextlib
import json
import os
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ..child.supervisor import serve
from ..project.tree import Tree
from ..run.imports import load
from ..run.linux import become_reaper, children, end_orphans, end_with_parent, set_output_aside
from ..run.parent import Parent
from .reruns import PATIENCE, answer

_DELAY = 5.0
"""Seconds that pass before anything is imported which no run asked for: the caller's first build comes first."""
_GRACE = 1.0
_STOP = frozenset({signal.SIGINT})


@dataclass
class _Run:
    number: int
    pid: int
    pipe: int
    pidfd: int
    said: bytes = b""
    dies: float | None = None
    """When a run that was told to end is killed."""


@dataclass
class Warmer:
    """Answers requests, one run at a time."""

    tree: Tree
    imports: list[str]
    """What to import when nothing else is to be done."""
    answers: int
    """The descriptor to write them to."""
    _imported: set[str] = field(default_factory=set)
    _queue: list[dict[str, Any]] = field(default_factory=list)
    _run: _Run | None = None
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _idle_until: float = field(default_factory=lambda: time.monotonic() + _DELAY)

    def serve(self) -> None:
        """Serve until standard input ends."""
        become_reaper()
        self._selector.register(0, selectors.EVENT_READ)
        buffer = b""
        while True:
            for key, _ in self._selector.select(self._wait()):
                if key.fd == 0:
                    data = os.read(0, 1 << 16)
                    if not data:
                        return self._end()
                    *lines, buffer = (buffer + data).split(b"\n")
                    for line in lines:
                        self._take(json.loads(line))
                elif self._run is not None:
                    self._hear(self._run, over=key.fd == self._run.pidfd)
            self._kill_late()
            if self._run is None:
                self._go_on()

    def _wait(self) -> float | None:
        if self._run is not None:
            return max(0.0, self._run.dies - time.monotonic()) if self._run.dies else None
        return max(0.0, self._idle_until - time.monotonic()) if self.imports and not self._queue else None

    def _take(self, request: dict[str, Any]) -> None:
        if "stop" not in request:
            self._queue.append(request)
            return
        self._queue = [waiting for waiting in self._queue if waiting["run"] != request["stop"]]
        if self._run is not None and self._run.number == request["stop"] and self._run.dies is None:
            self._give_up(self._run)

    def _give_up(self, run: _Run) -> None:
        os.kill(run.pid, signal.SIGINT)  # it takes its children with it and leaves no file behind
        run.dies = time.monotonic() + PATIENCE

    def _kill_late(self) -> None:
        if self._run is not None and self._run.dies is not None and time.monotonic() >= self._run.dies:
            os.kill(self._run.pid, signal.SIGKILL)
            self._run.dies = None

    def _go_on(self) -> None:
        if self._queue:
            request = self._queue.pop(0)
            for name in request["imports"]:
                self._import(name)
            self._run = self._start(request)
        elif self.imports and time.monotonic() >= self._idle_until:
            self._import(self.imports[0])

    def _import(self, name: str) -> None:
        if name not in self._imported:
            load(name)
            self._imported.add(name)
        self.imports = [left for left in self.imports if left != name]

    def _start(self, request: dict[str, Any]) -> _Run:
        reading, writing = os.pipe()
        parent = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)  # until the copy can heed it
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            os.close(self.answers)
            _be_run(self.tree, request, frozenset(self._imported), writing, parent)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
        os.close(writing)
        os.set_blocking(reading, False)
        run = _Run(request["run"], pid, reading, os.pidfd_open(pid))
        self._selector.register(reading, selectors.EVENT_READ)
        self._selector.register(run.pidfd, selectors.EVENT_READ)
        return run

    def _hear(self, run: _Run, *, over: bool) -> None:
        with contextlib.suppress(BlockingIOError):
            while data := os.read(run.pipe, 1 << 16):
                run.said += data
            if run.pipe in self._selector.get_map():
                self._selector.unregister(run.pipe)  # its end; only the pidfd matters now
        if over:
            self._finish(run)

    def _finish(self, run: _Run) -> None:
        os.waitpid(run.pid, 0)
        _end_what_is_left()
        for descriptor in (run.pipe, run.pidfd):
            if descriptor in self._selector.get_map():
                self._selector.unregister(descriptor)
            os.close(descriptor)
        self._run = None
        if run.dies is None:
            unheard = json.dumps({"run": run.number, "problems": None}) + "\n"
            with contextlib.suppress(BrokenPipeError):
                os.write(self.answers, run.said or unheard.encode())

    def _end(self) -> None:
        run = self._run
        if run is None:
            return
        self._give_up(run)
        with selectors.DefaultSelector() as selector:
            selector.register(run.pidfd, selectors.EVENT_READ)
            if not selector.select(PATIENCE):
                os.kill(run.pid, signal.SIGKILL)
        os.waitpid(run.pid, 0)
        _end_what_is_left()


def _be_run(tree: Tree, request: dict[str, Any], imported: frozenset[str], pipe: int, parent: int) -> None:
    """Never returns."""
    try:
        end_with_parent(signal.SIGINT, parent)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        data = answer(tree, request, partial(_copy, imported)).encode()
        while data:
            data = data[os.write(pipe, data) :]
    except KeyboardInterrupt:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _copy(imported: frozenset[str], count: int, preload: Sequence[str], environment: dict[str, str]) -> Parent:
    """An importing parent that is a fork of this process, which holds what it imported, and its environment."""
    missing = [name for name in preload if name not in imported]
    jobs_out, jobs_in = os.pipe()
    events_out, events_in = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(jobs_out, 0)
            os.dup2(events_in, 1)
            for descriptor in (jobs_out, jobs_in, events_out, events_in):
                os.close(descriptor)
            serve(count, missing)
        finally:
            os._exit(0)
    os.close(jobs_out)
    os.close(events_in)
    # What a dead parent leaves behind comes to the process that warms, which ends it.
    end = partial(os.waitpid, pid, 0), partial(os.kill, pid, signal.SIGKILL), lambda: None
    return Parent((*imported, *missing), os.fdopen(jobs_in, "wb"), os.fdopen(events_out, "rb"), *end)


def _end_what_is_left() -> None:
    """A run that was killed leaves its importing parent, which ends by itself; what that leaves is killed."""
    ends = time.monotonic() + _GRACE
    while children() and time.monotonic() < ends:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        time.sleep(0.01)
    end_orphans(set())


def main() -> None:
    """Serve the tree of the first argument; the others name what to import in time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Warmer(Tree(Path(sys.argv[1])), sys.argv[2:], set_output_aside()).serve()
