"""The way without fork (macOS, Windows): a fresh interpreter for each chapter, the same events."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from .interpreter import departure, interpreter
from .wire import Job

Event = dict[str, Any]


def events(jobs: Sequence[Job], count: int, environment: dict[str, str]) -> Iterator[Event]:
    """Run the jobs, at most `count` at a time, and yield what they send, each with its `chapter`."""
    waiting, running = list(jobs), dict[str, tuple[subprocess.Popen[bytes], float]]()
    inbox: queue.Queue[Event] = queue.Queue()
    try:
        while waiting or running:
            while waiting and len(running) < count:
                job = waiting.pop(0)
                running[job.chapter] = (_start(job, inbox, environment), time.monotonic() + job.deadline)
            try:
                event = inbox.get(timeout=max(0.0, min(end for _, end in running.values()) - time.monotonic()))
            except queue.Empty:
                yield from _late(running, jobs)
                continue
            if event["event"] == "left":
                if running.pop(event["chapter"], None) and event.pop("unfinished"):
                    yield {**event, "event": "died"}
            elif event["chapter"] in running:
                yield event
    finally:
        for process, _ in running.values():
            _kill(process)


def _start(job: Job, inbox: "queue.Queue[Event]", environment: dict[str, str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        interpreter("child.worker"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=os.name == "posix",
    )
    threading.Thread(target=_read, args=(job, process, inbox), daemon=True).start()
    return process


def _read(job: Job, process: subprocess.Popen[bytes], inbox: "queue.Queue[Event]") -> None:
    """Give the process its job, pass its events on, and say at last how it left."""
    assert process.stdin is not None
    assert process.stdout is not None
    over = False
    try:
        process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        process.stdin.close()
        for line in process.stdout:
            event = json.loads(line)
            over = over or event["event"] in ("end", "failed")
            inbox.put(event)
    except (OSError, ValueError):
        pass  # a torn line of a killed process; the status below says how it ended
    process.stdout.close()
    _kill(process)  # what it left behind; it is dead itself, or about to be
    why = departure(process.wait())
    inbox.put({"chapter": job.chapter, "event": "left", "unfinished": not over, "why": why})


def _late(running: dict[str, tuple[subprocess.Popen[bytes], float]], jobs: Sequence[Job]) -> Iterator[Event]:
    deadlines = {job.chapter: job.deadline for job in jobs}
    for chapter, (process, end) in list(running.items()):
        if time.monotonic() >= end:
            del running[chapter]
            _kill(process)
            yield {"chapter": chapter, "event": "died", "why": f"did not end within {deadlines[chapter]:g} s"}


def _kill(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
