"""What a session needs once, however many processes its tests run in."""

import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from filelock import FileLock, Timeout

T = TypeVar("T")
PATIENCE = 600.0
"""Seconds to wait for another process. Chapters have deadlines of their own: this is for what nobody thought of."""


class BrokenError(Exception):
    """Why there is nothing to share; the same for every process that asks."""


@dataclass(frozen=True)
class _Failure:
    why: str


def once(folder: Path, name: str, make: Callable[[], T], *, patience: float = PATIENCE) -> T:
    """What `make` gives: the first process that asks makes it, the others wait for it and read it.

    The system frees the lock of a process that dies: nobody waits for a dead one.

    Args:
        folder: one that all the processes share.
        name: of what is made, for its files in the folder and for messages.
        patience: seconds to wait for another process.

    Raises:
        BrokenError: `make` failed, here or elsewhere; or the process that ran it died, or takes too long.
    """
    begun, made = folder / f"{name}.begun", folder / f"{name}.made"
    try:
        with FileLock(folder / f"{name}.lock", timeout=patience):
            if not begun.exists():
                begun.write_text(f"process {os.getpid()}", "utf-8")
                _write_whole(made, pickle.dumps(_outcome(make)))
    except Timeout:
        raise BrokenError(f"{name}: {begun.read_text('utf-8')} did not end within {patience:g} s") from None
    if not made.exists():
        raise BrokenError(f"{name}: {begun.read_text('utf-8')} died over them")
    outcome: T | _Failure = pickle.loads(made.read_bytes())
    if isinstance(outcome, _Failure):
        raise BrokenError(f"{name}: {outcome.why}")
    return outcome


def _outcome(make: Callable[[], T]) -> T | _Failure:
    try:
        return make()
    except (Exception, pytest.fail.Exception) as exc:  # whatever it is, every process has to hear of it
        return _Failure(f"{type(exc).__name__}: {exc}")


def _write_whole(path: Path, data: bytes) -> None:
    """A process that dies while it writes leaves no half a file behind."""
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)
