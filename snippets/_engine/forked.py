"""The caller's side of `fork.py`: starts the importing parent, gives it the jobs, passes on what it tells."""

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

from .fork import make_room, serve
from .machine import interpreter
from .worker import Job

_imported_here: frozenset[str] | None = None


@dataclass(frozen=True)
class _Parent:
    jobs: IO[bytes]
    events: IO[bytes]
    wait: Callable[[], object]
    clean: Callable[[], None]
    """Ends what it could not end itself."""


def fork_in_place(imported: frozenset[str]) -> None:
    """From now on let the importing parent be a fork of this process, which holds these modules and no thread."""
    global _imported_here
    _imported_here = imported


def events(jobs: Sequence[Job], count: int, preload: Sequence[str], environment: dict[str, str]) -> Iterator[Any]:
    """Run the jobs, at most `count` at a time, and yield what they send, each with its `chapter`.

    Whatever ends this generator ends the parent and its children.
    """
    if _imported_here is None:
        parent = _fresh(count, preload, environment)
    else:
        parent = _copy(count, [name for name in preload if name not in _imported_here])
    left = {job.chapter for job in jobs}
    try:
        lines = "".join(json.dumps(asdict(job)) + "\n" for job in jobs).encode()
        make_room(parent.jobs.fileno(), len(lines))  # for all: writing must not wait for a parent that writes too
        with contextlib.suppress(BrokenPipeError):  # it died; its silence tells
            parent.jobs.write(lines)
            parent.jobs.flush()
        while left:
            line = parent.events.readline()
            if not line.endswith(b"\n"):
                break
            event = json.loads(line)
            left -= {event["chapter"]} if event["event"] in ("end", "failed", "died") else set()
            yield event
    finally:
        with contextlib.suppress(BrokenPipeError):
            parent.jobs.close()
        parent.events.close()
        parent.wait()
        if left:
            parent.clean()
    for chapter in sorted(left):
        yield {"chapter": chapter, "event": "died", "why": "the process that starts the chapters died"}


def _fresh(count: int, preload: Sequence[str], environment: dict[str, str]) -> _Parent:
    """A new interpreter."""
    mark = f"SNIPPETS_RUN={secrets.token_hex(8)}"
    command = interpreter("fork", str(count), *preload)
    marked = environment | dict([mark.split("=")])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=marked)
    assert process.stdin is not None
    assert process.stdout is not None
    return _Parent(process.stdin, process.stdout, process.wait, lambda: _kill_marked(mark))


def _copy(count: int, preload: Sequence[str]) -> _Parent:
    """A fork of this process."""
    jobs_out, jobs_in = os.pipe()
    events_out, events_in = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(jobs_out, 0)
            os.dup2(events_in, 1)
            for descriptor in (jobs_out, jobs_in, events_out, events_in):
                os.close(descriptor)
            serve(count, preload)
        finally:
            os._exit(0)
    os.close(jobs_out)
    os.close(events_in)
    # What a dead parent leaves behind comes to the process that warms, which ends it.
    return _Parent(os.fdopen(jobs_in, "wb"), os.fdopen(events_out, "rb"), lambda: os.waitpid(pid, 0), lambda: None)


def _kill_marked(mark: str) -> None:
    """Kill every process of a run whose parent did not live to do it: each carries the mark in its environment."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile, or is not ours
            if mark.encode() in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)
