"""Which record of a chapter a page shows and cites: that of the variant it asks for, or the CPU's in its place."""

import contextlib
from collections.abc import Iterable

from ..chapters.cells import Chapter
from ..project.errors import SnippetsError
from ..project.tree import Tree
from .library import Library
from .record import Record
from .stale import stale_reason


def first(library: Library, chapter: str, variant: str) -> Record | None:
    """The record that a page which asks for a variant shows first; None when there is none.

    Raises:
        SnippetsError: a record or the snippet cannot be read.
    """
    return library.record(chapter, "cpu" if lack(library, chapter, variant) else variant)


def others(library: Library, first_shown: Record) -> list[Record]:
    """The records of the same chapter that stand behind the first one, that of the CPU before the others.

    Raises:
        RecordError: a record cannot be read.
    """
    chapter = first_shown.chapter
    variants = [v for v in ("cpu", *library.tree.variants(chapter)) if v != first_shown.variant]
    return [record for variant in variants if (record := library.record(chapter, variant)) is not None]


def lack(library: Library, chapter: str, variant: str) -> str:
    """Why the record of a variant cannot be the first one, or an empty string.

    Raises:
        SnippetsError: the record or the snippet cannot be read.
    """
    if variant == "cpu":
        return ""
    record, path = library.record(chapter, variant), library.tree.relative(library.tree.record(chapter, variant))
    if record is None:
        return f"there is no {path}"
    reason = stale_reason(record, library.chapter(chapter), library.tree)
    return f"{path} is older than the code: {reason}" if reason else ""


def first_variant(library: Library, chapter: str, variant: str) -> str:
    """The variant whose record a page that asks for one shows first; the CPU's in place of one that cannot be read."""
    try:
        return "cpu" if lack(library, chapter, variant) else variant
    except SnippetsError:
        return "cpu"


def asked_of(tree: Tree, own: str, shown: Iterable[str]) -> tuple[str, ...]:
    """The chapters that must have the variant a page asks for: its own one, or on a page without one all it shows.

    Other chapters beside its own have the variant or not: few use any data.
    """
    return (own,) if tree.snippet(own).is_file() else tuple(dict.fromkeys(shown))


def readable(library: Library, name: str, variant: str) -> Record | None:
    """The record, or None for one that cannot be read: recording is the way to mend it."""
    try:
        return library.record(name, variant)
    except SnippetsError:
        return None


def sound_chapters(library: Library, names: Iterable[str]) -> list[Chapter]:
    """The chapters of these names that can be read."""
    chapters = []
    for name in names:
        with contextlib.suppress(SnippetsError):
            chapters.append(library.chapter(name))
    return chapters
