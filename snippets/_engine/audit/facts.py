"""What the audit has to know of a page, small enough to be kept: what it asks for, which terms it uses, what is wrong.

Nothing is kept of a page with an error: that is found, and said, anew each time.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any

from ..pages.directives import CellUse, ValueUse
from ..pages.page import Page
from ..project.errors import Finding, SnippetsError
from ..records.library import Library
from ..render import remembered
from ..terms.glossary import Glossary
from .typed import Typed, typed_numbers


@dataclass(frozen=True)
class Facts:
    """A page, as the audit sees it."""

    path: str
    cells: tuple[CellUse, ...]
    values: tuple[ValueUse, ...]
    typed: Typed | None
    """None where its snippet or record cannot be read."""
    banned: tuple[Finding, ...]
    terms: frozenset[str]
    """The ids of the glossary's terms that the page uses."""


def facts(library: Library, lang: str, src_uri: str, terms: Glossary) -> tuple[Facts | None, list[Finding]]:
    """A page's facts, none when it cannot be read, and what stops it from being shown."""
    path = library.tree.docs(lang) / src_uri
    try:
        text = library.text(path)
        kept = library.kept(
            f"audit/facts/{lang}/{src_uri}", [text, terms.digest], lambda: _made(library, lang, src_uri, terms)
        )
    except SnippetsError as exc:
        try:
            page = parsed(library, lang, src_uri)
        except SnippetsError:
            return None, [exc.finding]
        return _of(page, terms, _typed(page, library)), [exc.finding]
    return _from_json(library.tree.relative(path), kept), []


def parsed(library: Library, lang: str, src_uri: str) -> Page:
    """A page's structure.

    Raises:
        PageError: as `pages.read`.
    """
    path = library.tree.docs(lang) / src_uri
    name = library.tree.relative(path)
    return remembered.parse(library.text(path), src_uri=src_uri, path=name, library=library)


def _made(library: Library, lang: str, src_uri: str, terms: Glossary) -> list[Any]:
    page = parsed(library, lang, src_uri)
    text = library.text(library.tree.docs(lang) / src_uri)
    remembered.expand(text, lang=lang, src_uri=src_uri, path=page.path, library=library)
    return _to_json(_of(page, terms, tuple(typed_numbers(page, library))))


def _typed(page: Page, library: Library) -> Typed | None:
    try:
        return tuple(typed_numbers(page, library))
    except SnippetsError:
        return None


def _of(page: Page, terms: Glossary, typed: Typed | None) -> Facts:
    lang = page.path.split("/")[1]
    banned = terms.banned(page) if lang == "vi" else ()
    return Facts(page.path, page.cells, page.values, typed, tuple(banned), frozenset(terms.used(page, lang)))


def _to_json(found: Facts) -> list[Any]:
    parts = (found.cells, found.values, found.banned)
    typed = [[str(number), list(astuple(finding))] for number, finding in found.typed or ()]
    return [*([list(astuple(item)) for item in part] for part in parts), typed, sorted(found.terms)]


def _from_json(path: str, kept: Sequence[Any]) -> Facts:
    cells, values, banned, typed, terms = kept
    return Facts(
        path,
        tuple(CellUse(*fields) for fields in cells),
        tuple(ValueUse(*fields) for fields in values),
        tuple((Decimal(number), Finding(*fields)) for number, fields in typed),
        findings(banned),
        frozenset(terms),
    )


def findings(kept: Sequence[Sequence[Any]]) -> tuple[Finding, ...]:
    """Findings from JSON data."""
    return tuple(Finding(*fields) for fields in kept)
