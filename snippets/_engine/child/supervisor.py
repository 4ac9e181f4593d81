"""The importing parent: forks one child a chapter and passes on what they send.

Started by `run/parent.py`, or forked by `live/warm.py`, it reads jobs as lines of JSON on standard input and writes
events as lines on standard output. It never computes and starts no thread: an OpenMP pool before a fork hangs the
child. When its standard input ends, or it is killed, no child survives.
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..run.imports import load
from ..run.interpreter import departure
from ..run.linux import become_reaper, end_orphans, end_with_parent, kill_group, make_room, set_output_aside
from ..run.wire import Job, sender
from .worker import work


@dataclass
class _Child:
    job: Job
    pid: int
    pipe: int
    pidfd: int
    ends: float
    buffer: bytes = b""
    over: bool = False
    """It said `end` or `failed` itself."""


class Supervisor:
    """Starts up to `jobs` children at a time and owns them: their pipes, deadlines and process groups.

    A child starts as soon as the modules that it waits for are imported, beside the import of the others.
    """

    def __init__(self, jobs: int, imports: Sequence[str], events: int) -> None:
        """`events` is the descriptor to write them to, which no child keeps."""
        self._jobs = jobs
        self._imports = list(imports)
        self._queue: list[Job] = []
        self._folders: set[str] = set()
        self._children: dict[int, _Child] = {}
        self._selector = selectors.DefaultSelector()
        self._events = events

    def run(self) -> None:
        """Serve until standard input ends, or nobody reads any more; no child is left then."""
        become_reaper()
        try:
            with contextlib.suppress(BrokenPipeError):  # of a killed caller either pipe may be noticed first
                self._serve()
        finally:
            self._kill_all()

    def _serve(self) -> None:
        self._selector.register(0, selectors.EVENT_READ)
        buffer = b""
        while True:
            for key, _ in self._selector.select(0 if self._imports else self._wait()):
                if key.fd == 0:
                    data = os.read(0, 1 << 16)
                    if not data:
                        return
                    *lines, buffer = (buffer + data).split(b"\n")
                    jobs = [Job(**json.loads(line)) for line in lines]
                    self._queue += jobs
                    self._folders |= {job.folder for job in jobs}
                elif key.fd in self._children:
                    self._read(self._children[key.fd])
                elif key.data in self._children:
                    self._finish(self._children[key.data])
            self._kill_late()
            self._start_ready()
            if self._imports:
                load(self._imports.pop(0))
                self._start_ready()

    def _wait(self) -> float | None:
        ends = [child.ends for child in self._children.values()]
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def _start_ready(self) -> None:
        room = self._jobs - len(self._children)  # an import beside them fills the gaps that they leave
        ready = [job for job in self._queue if not set(job.needs) & set(self._imports)]
        for job in ready[:room]:
            self._queue.remove(job)
            self._start(job)

    def _start(self, job: Job) -> None:
        reading, writing = os.pipe()
        make_room(writing, 1 << 20)  # nobody reads while this process imports
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            os.close(self._events)
            _be_child(job, writing, parent)
        os.close(writing)
        os.set_blocking(reading, False)
        child = _Child(job, pid, reading, os.pidfd_open(pid), time.monotonic() + job.deadline)
        self._children[reading] = child
        self._selector.register(reading, selectors.EVENT_READ)
        self._selector.register(child.pidfd, selectors.EVENT_READ, reading)

    def _read(self, child: _Child) -> None:
        """Pass on whole lines; an empty read is the end of the pipe, after which only the pidfd matters."""
        while True:
            try:
                data = os.read(child.pipe, 1 << 16)
            except BlockingIOError:
                return
            if not data:
                if child.pipe in self._selector.get_map():
                    self._selector.unregister(child.pipe)
                return
            *lines, child.buffer = (child.buffer + data).split(b"\n")
            for line in lines:
                child.over = child.over or json.loads(line)["event"] in ("end", "failed", "died")
                self._write(line + b"\n")

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._events, data) :]

    def _finish(self, child: _Child, why: str = "") -> None:
        """The child is dead or to die: take what it sent, end its process group, free its place."""
        kill_group(child.pid)
        _, status = os.waitpid(child.pid, 0)
        end_orphans(self._pids() - {child.pid})
        self._read(child)
        del self._children[child.pipe]
        for fd in (child.pipe, child.pidfd):
            if fd in self._selector.get_map():
                self._selector.unregister(fd)
            os.close(fd)
        if not child.over:
            died = {"event": "died", "why": why or departure(os.waitstatus_to_exitcode(status))}
            sender(self._events, child.job.chapter)(died)

    def _kill_late(self) -> None:
        for child in list(self._children.values()):
            if time.monotonic() >= child.ends:
                self._finish(child, f"did not end within {child.job.deadline:g} s")

    def _kill_all(self) -> None:
        for pid in self._pids():
            kill_group(pid)
        end_orphans(set())
        for folder in self._folders:  # the caller's affair, but it may have been killed
            own = os.path.dirname(folder)
            shutil.rmtree(own, ignore_errors=True)
            with contextlib.suppress(OSError):
                os.rmdir(os.path.dirname(own))

    def _pids(self) -> set[int]:
        return {child.pid for child in self._children.values()}


def _be_child(job: Job, pipe: int, parent: int) -> None:
    """Never returns."""
    try:
        os.setsid()
        end_with_parent(signal.SIGKILL, parent)
        become_reaper()  # its orphans stay its own while it lives, and come to the parent after
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        work(job, sender(pipe, job.chapter))
    except BaseException as exc:
        sender(pipe, job.chapter)({"event": "died", "why": f"the engine failed: {type(exc).__name__}: {exc}"})
    finally:
        os._exit(0)


def main() -> None:
    """Serve, and import what the arguments after the first name."""
    serve(int(sys.argv[1]), sys.argv[2:])
    os._exit(0)  # taking torch apart would keep the caller waiting


def serve(jobs: int, imports: Sequence[str]) -> None:
    """Run what standard input asks for until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller decides
    Supervisor(jobs, imports, set_output_aside()).run()
