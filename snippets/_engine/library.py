"""The chapters and records of a tree, each read once for every version of its file."""

from pathlib import Path

from . import cells, record
from .cells import Chapter
from .errors import CellError
from .record import Record
from .tree import Tree, read_text


class Library:
    """Reads chapters and records, and keeps what it read until the file changes."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._chapters: dict[str, tuple[object, Chapter]] = {}
        self._records: dict[tuple[str, str], tuple[object, Record]] = {}

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


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
