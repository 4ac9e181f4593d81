"""A part of the build in a process of its own, while the rest goes on, where that is safe and a core is free for it.

What it logs is said when the caller asks for its end, so that a build tells the same in the same order as with one
process, and counts it for `--strict`. A part that fails is done again by the caller, where its error is everybody's.
"""

import logging
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

_LogLines = list[tuple[str, int, str]]
_LOGGERS = (logging.getLogger("mkdocs"), logging.getLogger())


def can_fork() -> bool:
    """Whether this process may be forked: a thread would be missing in the copy, with whatever it holds locked."""
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return False
    return threading.active_count() == 1 and len(list(Path("/proc/self/task").iterdir())) == 1


class ForkedPart:
    """A part that was started."""

    def __init__(self, part: Callable[[], None]) -> None:
        reading, writing = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            os.close(reading)
            _run(part, writing)
        os.close(writing)
        self._reading = reading

    def join(self) -> bool:
        """Wait for it and log what it logged; False, and nothing logged, when it failed."""
        with open(self._reading, "rb") as pipe:
            data = pipe.read()
        _, status = os.waitpid(self._pid, 0)
        if status != 0:
            return False
        for name, level, message in pickle.loads(data):
            logging.getLogger(name).handle(logging.LogRecord(name, level, "", 0, message, (), None))
        return True

    def kill(self) -> None:
        """End it now."""
        os.kill(self._pid, signal.SIGKILL)
        os.close(self._reading)
        os.waitpid(self._pid, 0)


def _run(part: Callable[[], None], writing: int) -> NoReturn:
    lines: _LogLines = []
    status = 1
    try:
        _capture_logs(lines)
        part()
        with open(writing, "wb") as pipe:
            pipe.write(pickle.dumps(lines))
        status = 0
    finally:
        os._exit(status)  # not sys.exit: what stands further up the stack is the caller's


def _capture_logs(lines: _LogLines) -> None:
    """Gather what is logged in place of showing it."""
    handler = logging.Handler()
    handler.emit = lambda record: lines.append((record.name, record.levelno, record.getMessage()))  # type: ignore
    for logger in _LOGGERS:
        for other in logger.handlers[:]:
            logger.removeHandler(other)
        logger.addHandler(handler)
        logger.propagate = False  # what both of them hear is one record
