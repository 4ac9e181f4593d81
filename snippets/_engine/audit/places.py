"""Which lines of the pages show or cite a cell, and the sentences to read again there when its outputs change."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import NamedTuple

from ..chapters.cells import Chapter
from ..pages.page import Page
from ..project.errors import SnippetsError
from ..project.tree import LANGUAGES, Tree
from ..records.chosen import first_variant, readable
from ..records.library import Library

_DIRECTIVE = ":::"


class Place(NamedTuple):
    """A line of a file."""

    path: str
    """The file, relative to the root."""
    line: int
    """Counted from 1."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def showing(pages: Iterable[Page], chapter: str, cell: str) -> list[Place]:
    """The directives that show a cell."""
    here = (chapter, cell)
    return [Place(page.path, use.line) for page in pages for use in page.cells if (use.chapter, use.cell) == here]


def citing(pages: Iterable[Page], chapter: str, cell: str, value: str = "") -> list[Place]:
    """The lines that cite a value of a cell; those that cite the given one come first."""
    here = (chapter, cell)
    cites = [(page.path, use) for page in pages for use in page.values if (use.chapter, use.cell) == here]
    cites.sort(key=lambda cite: cite[1].expression != value)
    return [Place(path, use.line) for path, use in cites]


def dependent(pages: Sequence[Page], chapter: str, cell: str) -> tuple[Place, ...]:
    """Every line of the pages that shows or cites a cell, in order."""
    return in_order([*showing(pages, chapter, cell), *citing(pages, chapter, cell)])


def in_order(places: Iterable[Place]) -> tuple[Place, ...]:
    """Each place once: Vietnamese pages before English ones, then by name and line."""
    return tuple(sorted(set(places), key=lambda place: (_language(place), place)))


def _language(place: Place) -> int:
    return next((n for n, lang in enumerate(LANGUAGES) if place.path.startswith(f"docs/{lang}/")), len(LANGUAGES))


def places(pages: Sequence[Page], chapter: Chapter, cell: str, value: str = "") -> tuple[Place, ...]:
    """Every line that shows or cites a cell; the cell's own line in its snippet when no page does.

    Args:
        value: the expression that matters, whose citations then come first; otherwise the directives do.
    """
    shown, cited = showing(pages, chapter.name, cell), citing(pages, chapter.name, cell, value)
    found = cited + shown if value else shown + cited
    return tuple(dict.fromkeys(found)) or (Place(chapter.path, chapter.by_name[cell].line),)


def sentences(tree: Tree, place: Place) -> list[str]:
    """The lines to read again at a place, as `path:line: text`.

    A line that cites a value stands alone; with one that shows a cell come the text that leads to it and the text that
    follows, as it is there that a sentence speaks of an output.
    """
    path, number = place
    try:
        numbered = list(enumerate(tree.text(tree.root / path).split("\n"), 1))
        before, here, after = numbered[: number - 1], numbered[number - 1], numbered[number:]
    except (SnippetsError, IndexError):  # somebody is writing the page that was read before the run
        return [f"{place}:"]
    block = [here]
    if here[1].lstrip().startswith(_DIRECTIVE):
        block = [*reversed(_block(reversed(before))), here, *_block(after)]
    return [f"{path}:{n}: {text.strip()}" for n, text in block]


def _block(lines: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """The nearest lines of text, up to an empty line or a directive."""
    rest = iter(lines)
    first = next((line for line in rest if line[1].strip()), None)
    if first is None or _ends(first[1]):
        return []
    return [first, *takewhile(lambda line: not _ends(line[1]), rest)]


def _ends(text: str) -> bool:
    return not text.strip() or text.lstrip().startswith((_DIRECTIVE, "#"))


def with_citations_of(library: Library, pages: Sequence[Page], chapter: str, variant: str) -> list[Page]:
    """The pages, without the values of those that show and cite another record of the chapter than the variant's."""
    return _citing_only(pages, variant, lambda asked: first_variant(library, chapter, asked))


def to_read_again(
    library: Library, pages: Sequence[Page], chapter: str, cell: str, variant: str
) -> dict[str, tuple[Place, ...]]:
    """The lines to read when a cell's record of a variant changes, by the variant whose record they depend on.

    A page that asks for another variant shows the cell, but its sentences cite a record of their own: those wait, where
    that one is now older than the code, until it is recorded too.
    """

    def kept(asked: str) -> str:
        return asked if readable(library, chapter, asked) else "cpu"

    asked = sorted({page.asked.variant for page in pages} - {variant})
    late = [name for name in asked if kept(name) == name != first_variant(library, chapter, name)]
    found = {name: in_order(citing(_citing_only(pages, name, kept), chapter, cell)) for name in late}
    found = {variant: dependent(_citing_only(pages, variant, kept), chapter, cell)} | found
    return {name: lines for name, lines in found.items() if lines}


def _citing_only(pages: Sequence[Page], variant: str, cited: Callable[[str], str]) -> list[Page]:
    """The pages, without the values of those that cite another variant than this one."""
    return [page if cited(page.asked.variant) == variant else replace(page, values=()) for page in pages]
