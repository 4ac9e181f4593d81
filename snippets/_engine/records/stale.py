"""Whether a record still stands for its chapter; and a quick answer where all are known to, kept outside of git."""

import contextlib
import hashlib
import os
from pathlib import Path

from ..chapters.cells import Chapter
from ..chapters.environment import PACKAGES, public
from ..project.files import sources, write_whole
from ..project.tree import LANGUAGES, Tree
from .record import Record


def stale_reason(record: Record, chapter: Chapter, tree: Tree) -> str:
    """Why a record no longer stands for its chapter, or an empty string."""
    if record.hash != chapter.hash:
        return _changed_cells(record, chapter)
    for package in PACKAGES:
        pinned, recorded = tree.pins.get(package), public(record.environment["versions"].get(package, ""))
        if pinned and recorded != pinned:
            return f"recorded with {package} {recorded or 'none'}, but pyproject.toml pins {pinned}"
    return ""


def changed_line(record: Record, chapter: Chapter) -> int:
    """Where a chapter begins to differ from the code of its record; its first line where it does not."""
    then = record.cell_hashes
    return next((cell.line for cell in chapter.cells if then.get(cell.name) != cell.hash), 1)


def _changed_cells(record: Record, chapter: Chapter) -> str:
    now = {cell.name: cell.hash for cell in chapter.cells}
    then = record.cell_hashes
    parts = [
        ("changed", [name for name in now if name in then and now[name] != then[name]]),
        ("new", [name for name in now if name not in then]),
        ("gone", [name for name in then if name not in now]),
    ]
    said = [f"{what} since it was recorded: {', '.join(f'`{n}`' for n in names)}" for what, names in parts if names]
    return "cells " + "; ".join(said) if said else "the order of the cells changed since it was recorded"


def state_of(tree: Tree, variant: str) -> str:
    """A hash of all that decides whether a record of a variant is stale or incomplete, this engine included."""
    names = tree.chapters()
    paths = [*sources(), tree.root / "pyproject.toml", *map(tree.snippet, names)]
    paths += [tree.docs(lang) / src_uri for lang in LANGUAGES for src_uri in tree.pages(lang)]
    paths += [tree.record(name, variant) for name in names]
    found = hashlib.sha256()
    for path in paths:
        data = _content(path)
        found.update(os.fsencode(path) + f"\0{len(data)}\0".encode())
        found.update(data)
    return found.hexdigest()


def is_known_fresh(tree: Tree, variant: str, now: str) -> bool:
    """Whether nothing was stale in this state."""
    return _content(_file(tree, variant)) == now.encode()


def remember_fresh(tree: Tree, variant: str, then: str) -> None:
    """Nothing was stale in this state."""
    with contextlib.suppress(OSError):  # a tree that cannot be written is looked at anew each time
        write_whole(_file(tree, variant), then, lasting=False)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b"none"


def _file(tree: Tree, variant: str) -> Path:
    return tree.root / ".cache" / "record" / f"fresh-{variant}"
