"""A saved file is noticed, whether the system tells of it or not, and a file that is only read is not."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.observers.api import BaseObserver

from snippets._engine.project.tree import Tree
from snippets._site.serve import watch
from snippets._site.serve.watch import Watcher

pytestmark = pytest.mark.unit
NEVER = 3600.0


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "docs" / "vi" / "part" / "page.md"
    for folder in ("docs/vi/part", "snippets", "tests/snippets"):
        (tmp_path / folder).mkdir(parents=True)
    path.write_text("one", "utf-8")
    return path


@pytest.fixture
def begin(tmp_path: Path, page: Path) -> Iterator[Callable[[], threading.Event]]:
    watchers = []

    def begin() -> threading.Event:
        changed = threading.Event()
        watchers.append(Watcher(Tree(tmp_path), changed.set))
        watchers[0].start()
        return changed

    yield begin
    watchers[0].stop()
    assert not any(thread.name.startswith("watchdog") for thread in threading.enumerate())


def test_the_system_tells_of_a_write(begin, page, monkeypatch):
    monkeypatch.setattr(watch, "_EVERY", NEVER)
    changed = begin()
    assert not changed.wait(0.5)
    page.write_text("two!", "utf-8")
    assert changed.wait(20)


def test_of_a_new_folder_too(begin, page, monkeypatch):
    monkeypatch.setattr(watch, "_EVERY", NEVER)
    changed = begin()
    (page.parent / "more").mkdir()
    (page.parent / "more" / "new.md").write_text("new", "utf-8")
    assert changed.wait(20)


def test_a_file_that_is_read_wakes_nobody(begin, page, monkeypatch):
    monkeypatch.setattr(watch, "_EVERY", NEVER)
    looked = threading.Event()
    changed = begin()
    monkeypatch.setattr(watch, "snapshot", lambda tree: looked.set() or {})
    for _ in range(20):
        page.read_bytes()
    assert not looked.wait(1)
    assert not changed.is_set()


@pytest.mark.parametrize("refuses", ["schedule", "start"])
def test_without_the_system_it_is_looked_for(begin, page, monkeypatch, refuses):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(BaseObserver, refuses, refuse)
    monkeypatch.setattr(watch, "_EVERY", 0.05)
    changed = begin()
    page.write_text("two!", "utf-8")
    assert changed.wait(20)
