"""What the audit has to know of a page, small enough to be kept: what it asks for, which terms it uses, what is wrong.

Nothing is kept of a page with an error: that is found, and said, anew each time.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..pages.directives import CellUse
from ..pages.lines import Asked
from ..pages.page import Page, read_page
from ..pages.values import ValueUse
from ..project.codec import from_json, to_json
from ..project.errors import Finding, SnippetsError
from ..records.library import Library
from ..render.markdown import expand
from ..terms.glossary import Glossary
from .typed import typed_numbers


@dataclass(frozen=True)
class Facts:
    """A page, as the audit sees it."""

    path: str
    cells: tuple[CellUse, ...]
    values: tuple[ValueUse, ...]
    typed: tuple[tuple[Decimal, Finding], ...] | None
    """None where its snippet or record cannot be read."""
    banned: tuple[Finding, ...]
    untaught: tuple[Finding, ...]
    """The uses of terms that are marked `later`."""
    terms: frozenset[str]
    """The ids of the glossary's terms that the page uses."""
    asked: Asked
    invitations: frozenset[str]
    """`try:NAME` for each test that the page invites its reader to do."""


def facts(library: Library, lang: str, src_uri: str, terms: Glossary) -> tuple[Facts | None, list[Finding]]:
    """A page's facts, none when it cannot be read, and what stops it from being shown."""
    path = library.tree.docs(lang) / src_uri

    def made() -> Any:
        page = read_page(library, lang, src_uri)
        expand(library.text(path), lang=lang, src_uri=src_uri, path=page.path, library=library)
        return to_json(_of(page, terms, tuple(typed_numbers(page, library))))

    try:
        kept = library.kept(f"audit/facts/{lang}/{src_uri}", [library.text(path), terms.digest], made)
    except SnippetsError as exc:
        return _as_far_as_it_goes(library, lang, src_uri, terms, exc.finding)
    return from_json(Facts, kept), []


def _as_far_as_it_goes(
    library: Library, lang: str, src_uri: str, terms: Glossary, wrong: Finding
) -> tuple[Facts | None, list[Finding]]:
    try:
        page = read_page(library, lang, src_uri)
    except SnippetsError:
        return None, [wrong]
    try:
        typed = tuple(typed_numbers(page, library))
    except SnippetsError:
        return _of(page, terms, None), [wrong]
    return _of(page, terms, typed), [wrong]


def _of(page: Page, terms: Glossary, typed: tuple[tuple[Decimal, Finding], ...] | None) -> Facts:
    lang = page.path.split("/")[1]
    banned = terms.banned(page) if lang == "vi" else ()
    words = tuple(banned), tuple(terms.untaught(page, lang)), frozenset(terms.used(page, lang))
    invitations = frozenset(name for section in page.sections for name in section.invitations)
    return Facts(page.path, page.cells, page.values, typed, *words, page.asked, invitations)
