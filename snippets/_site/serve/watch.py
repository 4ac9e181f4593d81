"""Notices that a file changed on which the pages depend.

Compares whole snapshots, so that what changes while a build runs is not lost: at once when the system tells of a write,
and otherwise now and then, like MkDocs, since not every file system tells.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from watchdog.events import (
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from snippets._engine.project.files import Stamp, stamp
from snippets._engine.project.tree import Tree

_EVERY = 0.2
_WRITTEN = [FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent]
_FOLDERS = ("docs", "snippets", "tests/snippets")
_ENGINE = ("snippets/_engine", "snippets/_site")  # a change of ours needs a new start

Snapshot = dict[str, Stamp]


def snapshot(tree: Tree) -> Snapshot:
    """The files below the watched folders, with what tells one version of each from the next."""
    found: Snapshot = {}
    for folder in _FOLDERS:
        for path in _files(tree.root / folder, {tree.root / name for name in _ENGINE}):
            if (now := stamp(path)) is not None:  # else an editor's file that is gone again
                found[str(path)] = now
    return found


def _files(folder: Path, left_out: set[Path], around: tuple[str, ...] = ()) -> Iterator[Path]:
    here = os.path.realpath(folder)
    if here in around:
        return  # a link back, which the audit names
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name.endswith("~") or entry.name == "__pycache__" or entry in left_out:
            continue
        if entry.is_dir():
            yield from _files(entry, left_out, (*around, here))
        else:
            yield entry


class Watcher(FileSystemEventHandler):
    """A thread that calls `changed` once for every change it sees, until it is stopped."""

    def __init__(self, tree: Tree, changed: Callable[[], None]) -> None:
        self._tree = tree
        self._changed = changed
        self._seen = snapshot(tree)
        self._stopped = False
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._observer = Observer()

    def start(self) -> None:
        """Begin to watch; a change since the creation counts."""
        with suppress(OSError):  # the system watches no more folders: then and now must do
            for folder in _FOLDERS:
                self._observer.schedule(self, str(self._tree.root / folder), recursive=True, event_filter=_WRITTEN)
            self._observer.start()
        self._thread.start()

    def stop(self) -> None:
        """End the threads."""
        self._stopped = True
        self._wake.set()
        if self._observer.is_alive():
            self._observer.stop()
        for thread in (self._observer, self._thread):
            if thread.is_alive():
                thread.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Check at once."""
        self._wake.set()

    def check(self, *, anyway: bool = True) -> None:
        """Check now; `anyway` calls `changed` without a change too, and counts for what changed until now."""
        with self._lock:
            now = snapshot(self._tree)
            if anyway or now != self._seen:
                self._seen = now
                self._changed()

    def _watch(self) -> None:
        while not self._stopped:
            self._wake.wait(_EVERY)
            self._wake.clear()
            self.check(anyway=False)
