"""The chapters and records of a tree, each read once for every version of its file, and what was made from them."""

import hashlib
import os
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from ..chapters import cells
from ..chapters.cells import Chapter
from ..project import tries
from ..project.cache import Cache, digest
from ..project.errors import CellError
from ..project.files import stamp
from ..project.tree import VARIANTS, Tree
from . import record
from .record import Record

_MOST = 400
"""Things made from pages that are kept in memory: a large site does without the rest."""

_PAGE, _REPOSITORY = "page ", "$GITHUB_REPOSITORY"
"""What is asked for besides chapters, as it is named among them: no chapter is called so."""

T = TypeVar("T")
Stamps = tuple[object, ...]


@dataclass
class _Build:
    """What was looked at since `Library.remember`: until the next call no file is looked at twice."""

    chapters: dict[str, Chapter] = field(default_factory=dict)
    records: dict[tuple[str, str], Record | None] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)


class Library:
    """Reads chapters and records, and keeps what it read until the file changes."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.cache: Cache | None = None
        """Where `kept` keeps things; None: nowhere."""
        self._chapters: dict[str, tuple[object, Chapter]] = {}
        self._records: dict[tuple[str, str], tuple[object, Record]] = {}
        self._tried: dict[str, tuple[object, Mapping[str, int]]] = {}
        self._states: dict[str, tuple[Stamps, str]] = {}
        self._memory: dict[Hashable, tuple[str, dict[str, str], object]] = {}
        self._build: _Build | None = None
        self._watched: list[set[str]] = []

    def text(self, path: Path) -> str:
        """A page's text.

        Raises:
            PageError: it cannot be read, or is not UTF-8.
        """
        if self._build is None:
            return self.tree.text(path)
        if path not in self._build.texts:
            self._build.texts[path] = self.tree.text(path)
        return self._build.texts[path]

    def chapter(self, name: str) -> Chapter:
        """A chapter.

        Raises:
            CellError: its file cannot be read as named cells.
        """
        self._use(name)
        known = self._build.chapters if self._build else {}
        if name not in known:
            known[name] = self._current_chapter(name)
        return known[name]

    def record(self, name: str, variant: str = "cpu") -> Record | None:
        """The record of a chapter, None when there is none.

        Raises:
            RecordError: it cannot be read.
        """
        self._use(name)
        known = self._build.records if self._build else {}
        if (name, variant) not in known:
            known[name, variant] = self._current_record(name, variant)
        return known[name, variant]

    def tried(self, chapter: str) -> Mapping[str, int]:
        """The names of the invitations that a chapter's test file tries, each with the line of its test.

        Raises:
            PageError: the file cannot be read as Python.
        """
        path = self.tree.test(chapter)
        name, now, kept = self.tree.relative(path), stamp(path), self._tried.get(chapter)
        self._use(name)
        if kept is None or kept[0] != now:
            found = {} if now is None else tries.tried(self.tree.text(path), name)
            kept = self._tried[chapter] = (now, found)
        return kept[1]

    def has_page(self, lang: str, src_uri: str) -> bool:
        """Whether there is a page of this name; what is made from the answer is made anew when it comes or goes."""
        self._use(f"{_PAGE}{lang}/{src_uri}")
        return (self.tree.docs(lang) / src_uri).is_file()

    def repository(self) -> str:
        """The site's repository, owner/name, from GITHUB_REPOSITORY; empty where nobody knows it. As `has_page`."""
        self._use(_REPOSITORY)
        return os.environ.get("GITHUB_REPOSITORY", "")

    def remember(self) -> None:
        """From now on look at each file once, and keep what is made from pages until what it is made from changes.

        Call it at the beginning of each build: in between, changes are not looked for.
        """
        self._build = _Build()

    def made(self, key: Hashable, text: str, make: Callable[[], T]) -> T:
        """What `make` gives for a text and the chapters it asks for; the last text of each key is kept in memory."""
        if self._build is None:
            return make()
        kept = self._memory.get(key)
        if kept is None or kept[0] != text or not self._as_then(kept[1]):
            with self.watch() as used:
                value = make()
            kept = (text, self._now(used), value)
            if len(self._memory) < _MOST or key in self._memory:
                self._memory[key] = kept
        for name in kept[1]:
            self._use(name)
        return cast(T, kept[2])

    def kept(self, name: str, inputs: Sequence[Any], make: Callable[[], Any]) -> Any:
        """What `make` gives for JSON data and the chapters it asks for, from the disk if it was made before.

        Whatever `make` raises is raised, and nothing kept.
        """
        found = self.find(name, inputs)
        if found is not None:
            return found
        with self.watch() as used:
            value = make()
        self.store(name, inputs, used, value)
        return value

    def find(self, name: str, inputs: Sequence[Any]) -> Any:
        """What was stored for the same data and the same chapters; None when nothing was."""
        if self.cache is None or self._build is None:
            return None
        found = self.cache.get(name)
        as_then = found is not None and found["key"] == digest(inputs) and self._as_then(found["uses"])
        return found["value"] if as_then else None

    def store(self, name: str, inputs: Sequence[Any], used: set[str], value: object) -> None:
        """Keep JSON data that was made from other such data and from the chapters in `used`."""
        if self.cache is None or self._build is None:
            return
        uses = self._now(used)
        if self._unchanged(uses):
            self.cache.put(name, {"key": digest(inputs), "uses": uses, "value": value})

    @contextmanager
    def watch(self) -> Iterator[set[str]]:
        """The chapters that are asked for meanwhile, the test files, by their paths, and what else may change."""
        used: set[str] = set()
        self._watched.append(used)
        try:
            yield used
        finally:
            self._watched.pop()

    def _current_chapter(self, name: str) -> Chapter:
        path = self.tree.snippet(name)
        now = stamp(path)
        kept = self._chapters.get(name)
        if kept is None or kept[0] != now:
            text = self.tree.text(path, CellError)
            kept = (now, cells.parse(text, name=name, path=self.tree.relative(path)))
            self._chapters[name] = kept
        return kept[1]

    def _current_record(self, name: str, variant: str) -> Record | None:
        now = stamp(self.tree.record(name, variant))
        kept = self._records.get((name, variant))
        if now is None:
            return None
        if kept is None or kept[0] != now:
            loaded = record.load(self.tree, name, variant)
            if loaded is None:
                return None
            kept = (now, loaded)
            self._records[name, variant] = kept
        return kept[1]

    def _use(self, name: str) -> None:
        for used in self._watched:
            used.add(name)

    def _now(self, used: set[str]) -> dict[str, str]:
        return {name: self._state(name) for name in sorted(used)}

    def _as_then(self, uses: dict[str, str]) -> bool:
        return all(self._state(name) == state for name, state in uses.items())

    def _unchanged(self, uses: dict[str, str]) -> bool:
        """Whether nobody wrote to the chapters since they were looked at."""
        return all(_no_file(name) or self._states[name][0] == self._stamps(name) for name in uses)

    def _state(self, name: str) -> str:
        """A hash of the bytes of a chapter and its records, or of a test file; or what is the case now."""
        assert self._build is not None, "only between builds is nothing known of states"
        if _no_file(name):
            return str(self._stamps(name)[0])
        if name not in self._build.states:
            stamps, kept = self._stamps(name), self._states.get(name)
            if kept is None or kept[0] != stamps:
                kept = self._states[name] = (stamps, _hash(self._files(name)))
            self._build.states[name] = kept[1]
        return self._build.states[name]

    def _stamps(self, name: str) -> Stamps:
        if name == _REPOSITORY:
            return (os.environ.get("GITHUB_REPOSITORY", ""),)
        if name.startswith(_PAGE):
            lang, _, src_uri = name.removeprefix(_PAGE).partition("/")
            return ((self.tree.docs(lang) / src_uri).is_file(),)
        return tuple(stamp(path) for path in self._files(name))

    def _files(self, name: str) -> list[Path]:
        if name.endswith(".py"):
            return [self.tree.root / name]
        return [self.tree.snippet(name), *(self.tree.record(name, variant) for variant in VARIANTS)]


def _no_file(name: str) -> bool:
    return name.startswith((_PAGE, _REPOSITORY))


def _hash(paths: Sequence[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        try:
            found.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError:
            found.update(b"none")
    return found.hexdigest()
