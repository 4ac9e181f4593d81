"""Notices that a file changed on which the pages depend.

Polls like MkDocs, which works on every file system, but at the pace of an editor, and compares whole snapshots: what
changes while a build runs is not lost.
"""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from snippets._engine.tree import Tree

_EVERY = 0.2
_FOLDERS = ("docs", "snippets", "tests/snippets")
_ENGINE = ("snippets/_engine", "snippets/_site")  # a change of ours needs a new start

Snapshot = dict[str, tuple[int, int, int]]


def snapshot(tree: Tree) -> Snapshot:
    """The files below the watched folders, with what tells one version of each from the next."""
    found: Snapshot = {}
    for folder in _FOLDERS:
        for path in _files(tree.root / folder, {tree.root / name for name in _ENGINE}):
            try:
                status = path.stat()
            except OSError:
                continue  # an editor's file that is gone again
            found[str(path)] = status.st_mtime_ns, status.st_size, status.st_ino
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


class Watcher:
    """A thread that calls `changed` once for every change it sees, until it is stopped."""

    def __init__(self, tree: Tree, changed: Callable[[], None]) -> None:
        self._tree = tree
        self._changed = changed
        self._seen = snapshot(tree)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Begin to watch; a change since the creation counts."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self, *, anyway: bool = True) -> None:
        """Look now; `anyway` calls `changed` without a change too, and counts for what changed until now."""
        with self._lock:
            now = snapshot(self._tree)
            if anyway or now != self._seen:
                self._seen = now
                self._changed()

    def _watch(self) -> None:
        while not self._stopped.wait(_EVERY):
            self.look(anyway=False)
