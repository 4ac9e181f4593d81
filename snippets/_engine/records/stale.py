"""Whether a record still stands for its chapter."""

from ..chapters.cells import Chapter
from ..project.tree import Tree
from ..run.interpreter import PACKAGES, public
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
