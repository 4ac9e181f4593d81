"""For all tests alike."""

import compileall
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

import pytest

from . import day
from .once import BrokenError, once
from .shards import Share

# A shell that runs the tests in its background makes them ignore Ctrl-C, and with them every process that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# PYTHONDONTWRITEBYTECODE would have pytest translate every test file, and all of hypothesis, anew in each process of
# each session. Hypothesis is imported below this line.
sys.dont_write_bytecode = False
HERE = Path(__file__).resolve().parent


def load_profile(name: str) -> None:
    """Say how hypothesis looks for examples: `suite`, or `weekly`."""
    from hypothesis import Phase, settings

    # No explaining of a failure: it takes longer than to understand it.
    phases = [Phase.explicit, Phase.generate, Phase.shrink]
    settings.register_profile("suite", derandomize=True, deadline=None, database=None, max_examples=25, phases=phases)
    suite = settings.get_profile("suite")
    settings.register_profile("weekly", suite, derandomize=False, max_examples=500, print_blob=True)
    settings.load_profile(name)


load_profile("suite")  # a --hypothesis-profile comes later and wins


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("this project")
    group.addoption("--weekly", action="store_true", help="also what is marked weekly, and 500 new examples a property")
    group.addoption("--shard", metavar="K/N", help="only the K-th of N shares of the test files")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        day.take(config.workerinput)
    else:
        compile_once()
    if config.getoption("weekly") and not config.getoption("hypothesis_profile", None):
        load_profile("weekly")
    if (asked := config.getoption("shard")) is not None:
        config.pluginmanager.register(Share.of(asked))


def compile_once() -> None:
    """Spare the hundreds of processes that tests start the compiling of our own modules."""
    for room in (HERE.parent / "snippets").glob("_*"):
        if room.is_dir() and os.access(room, os.W_OK):
            compileall.compile_dir(room, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Before pytest-xdist starts a worker."""
    day.told(node.workerinput)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to the weekly run what is marked so."""
    if config.getoption("weekly"):
        return
    weekly = [item for item in items if item.get_closest_marker("weekly")]
    if weekly:
        config.hook.pytest_deselected(items=weekly)
        items[:] = [item for item in items if item not in weekly]


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this session's own that all its workers share."""
    folder, worker = tmp_path_factory.getbasetemp(), getattr(pytestconfig, "workerinput", None)
    if worker is not None:  # pytest-xdist gives each of its workers a folder, side by side
        folder = folder.parent / worker["testrunuid"]
        folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def made_once(shared: Path) -> Callable[..., Path]:
    """What is dear to make, made by one worker for all: `made_once("name", make)`, a folder filled by `make(folder)`.

    A failure is told to every worker, and not tried again.
    """

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder = shared / name

        def fill() -> None:
            folder.mkdir()
            make(folder)

        try:
            once(shared, name, fill)
        except BrokenError as exc:
            raise pytest.fail.Exception(str(exc), pytrace=False) from None
        return folder

    return made


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
