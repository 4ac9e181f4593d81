"""For all tests alike."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

# A shell that runs the tests in its background makes them ignore Ctrl-C, and with them every process that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def processes() -> Callable[[str], list[str]]:
    """The command lines of living processes that contain a mark."""

    def find(mark: str) -> list[str]:
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if mark in line:
                found.append(line)
        return found

    return find


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., bool]:
    """Whether a condition comes true in time."""

    def wait(condition: Callable[[], object], seconds: float = 20.0) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not condition():
            time.sleep(0.05)
        return bool(condition())

    return wait
