"""The chapters and records of a tree, each read once for every version of its file."""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar, cast

from . import cells, record
from .cells import Chapter
from .errors import CellError
from .record import Record
from .tree import VARIANTS, Tree, read_text

T = TypeVar("T")


class Library:
    """Reads chapters and records, and keeps what it read until the file changes."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._chapters: dict[str, tuple[object, Chapter]] = {}
        self._records: dict[tuple[str, str], tuple[object, Record]] = {}
        self._state: object = None
        self._memory: dict[Hashable, tuple[str, object]] | None = None

    def chapter(self, name: str) -> Chapter:
        """A chapter.

        Raises:
            CellError: its file cannot be read as named cells.
        """
        path = self.tree.snippet(name)
        stamp = _stamp(path)
        kept = self._chapters.get(name)
        if kept is None or kept[0] != stamp:
            text = read_text(self.tree, path, CellError)
            kept = (stamp, cells.parse(text, name=name, path=self.tree.relative(path)))
            self._chapters[name] = kept
        return kept[1]

    def record(self, name: str, variant: str = "cpu") -> Record | None:
        """The record of a chapter, None when there is none.

        Raises:
            RecordError: it cannot be read.
        """
        stamp = _stamp(self.tree.record(name, variant))
        kept = self._records.get((name, variant))
        if stamp is None:
            return None
        if kept is None or kept[0] != stamp:
            loaded = record.load(self.tree, name, variant)
            if loaded is None:
                return None
            kept = (stamp, loaded)
            self._records[name, variant] = kept
        return kept[1]

    def remember(self) -> None:
        """From now on keep what is made from pages, as long as no chapter and no record changes.

        Call it at the beginning of each build: in between, changes are not looked for.
        """
        names = self.tree.chapters()
        paths = [path for name in names for path in (self.tree.snippet(name), *self._all_records(name))]
        state = [(path, _stamp(path)) for path in paths]
        if self._memory is None or state != self._state:
            self._memory = {}
        self._state = state

    def made(self, key: Hashable, text: str, make: Callable[[], T]) -> T:
        """What `make` gives for a text; kept if this library remembers. The last text of each key is."""
        if self._memory is None:
            return make()
        kept = self._memory.get(key)
        if kept is None or kept[0] != text:
            kept = self._memory[key] = (text, make())
        return cast(T, kept[1])

    def _all_records(self, name: str) -> list[Path]:
        return [self.tree.record(name, variant) for variant in VARIANTS]


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
