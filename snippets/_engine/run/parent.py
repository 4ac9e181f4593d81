"""The caller's side of `child/supervisor.py`: starts it, gives it the jobs, passes on what it tells."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from .interpreter import interpreter
from .linux import make_room
from .wire import Job


@dataclass
class Parent:
    """A process that imports, from the moment that it is made, and then forks what it is asked for."""

    imports: tuple[str, ...]
    """What it imports, or held from the beginning."""
    _jobs: IO[bytes]
    _events: IO[bytes]
    _wait: Callable[[], object]
    _kill: Callable[[], object]
    _clean: Callable[[], None]
    """Ends what it could not end itself."""
    _left: set[str] | None = None
    """The chapters that did not end; None before it was asked for any."""

    def events(self, jobs: Sequence[Job]) -> Iterator[Any]:
        """Run the jobs and yield what they send, each with its `chapter`. When this ends, the parent is closed."""
        try:
            yield from self._heard(jobs)
        finally:
            self.close()
        yield from self._unheard()

    def more(self, jobs: Sequence[Job]) -> Iterator[Any]:
        """As `events`, but the parent stays, to be asked again."""
        yield from self._heard(jobs)
        yield from self._unheard()

    def _heard(self, jobs: Sequence[Job]) -> Iterator[Any]:
        self._left = {job.chapter for job in jobs}
        self._ask(jobs)
        while self._left:
            line = self._events.readline()
            if not line.endswith(b"\n"):
                break
            event = json.loads(line)
            self._left -= {event["chapter"]} if event["event"] in ("end", "failed", "died") else set()
            yield event

    def _unheard(self) -> Iterator[Any]:
        for chapter in sorted(self._left or ()):
            yield {"chapter": chapter, "event": "died", "why": "the process that starts the chapters died"}

    def _ask(self, jobs: Sequence[Job]) -> None:
        lines = "".join(json.dumps(asdict(job)) + "\n" for job in jobs).encode()
        make_room(self._jobs.fileno(), len(lines))  # for all: writing must not wait for a parent that writes too
        with contextlib.suppress(BrokenPipeError):  # it died; its silence tells
            self._jobs.write(lines)
            self._jobs.flush()

    def close(self) -> None:
        """End it and its children."""
        if self._jobs.closed:
            return
        with contextlib.suppress(BrokenPipeError):
            self._jobs.close()
        self._events.close()
        if self._left is None:  # without a job it has no child, and need not end its import first
            self._kill()
        self._wait()
        if self._left:
            self._clean()


Start = Callable[[int, Sequence[str], dict[str, str]], Parent]
"""Starts a parent for so many jobs at a time that imports these modules, with these environment variables."""


def start_parent(count: int, preload: Sequence[str], environment: dict[str, str]) -> Parent:
    """A parent in a new interpreter."""
    mark = f"SNIPPETS_RUN={secrets.token_hex(8)}"
    command = interpreter("child.supervisor", str(count), *preload)
    marked = environment | dict([mark.split("=")])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=marked)
    assert process.stdin is not None
    assert process.stdout is not None
    end = process.wait, process.kill, lambda: _kill_marked(mark)
    return Parent(tuple(preload), process.stdin, process.stdout, *end)


def _kill_marked(mark: str) -> None:
    """Kill every process of a run whose parent did not live to do it: each carries the mark in its environment."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile, or is not ours
            if mark.encode() in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)
