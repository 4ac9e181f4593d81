"""The glossary: what each term is called in both languages, where pages use it, and where they use another word.

docs/glossary.csv holds the terms, one a line; its last column marks a term that needs a word of explanation:

    (empty)   stands on at least one page, which links its first use in each section
    later     not taught yet: stands on no page, and is linked from none
    plain     too common a word to be linked, or counted, wherever it stands

The phrases in which a banned word is right, or in which the words of a term mean something else, stand in
docs/exceptions.toml; there is no link in them. What a line may hold is told in entries.py.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from ..pages import values
from ..pages.lines import CODE
from ..pages.page import Page
from ..project import exceptions
from ..project.cache import digest
from ..project.errors import Finding
from ..project.exceptions import Phrase
from ..project.tree import LANGUAGES, Tree
from . import entries
from .entries import Term
from .phrases import Finder, old_style

_NOT_PROSE = re.compile(rf"{CODE.pattern}|\]\([^)]*\)|<!--.*?-->|<[^>]*>|https?://\S+|\{{[^}}]*\}}|\$[^$]+\$")
_IN_ENGLISH = re.compile(r"\([\x20-\x27\x2a-\x7e]*\)")
_ALT = re.compile(r'alt="([^"]*)"')


@dataclass(frozen=True)
class Glossary:
    """All terms."""

    path: str
    terms: tuple[Term, ...]
    allowed: Collection[Phrase] = ()
    """Phrases in which a banned word is right, or no term is meant."""

    @cached_property
    def by_id(self) -> dict[str, Term]:
        """The terms by id."""
        return {term.id: term for term in self.terms}

    @cached_property
    def digest(self) -> str:
        """Changes with anything in it, but not with the lines that the phrases stand on."""
        return digest([repr(self.terms), [[entry.phrase, entry.reason] for entry in self.allowed]])

    def finder(self, lang: str) -> Finder:
        """Finds the terms of a language in its prose, and the allowed phrases, which stand for none (an empty key).

        What two terms may be called is the term's that has it earlier in its `forms`: a name goes before another
        term's plural, that before another's abbreviation.
        """
        return self._finders[lang]

    @cached_property
    def _finders(self) -> dict[str, Finder]:
        phrases = {entry.phrase: "" for entry in self.allowed}
        return {lang: Finder(self._owners(lang) | phrases) for lang in LANGUAGES}

    def _owners(self, lang: str) -> dict[str, str]:
        """For each form the id of its term."""
        claims = [(place, form, term.id) for term in self.terms for place, form in enumerate(term.forms(lang))]
        owners: dict[str, str] = {}
        for _, form, owner in sorted(claims, key=itemgetter(0)):
            owners.setdefault(form, owner)
        return owners

    def used(self, page: Page, lang: str) -> set[str]:
        """The ids of the terms that a page uses."""
        return {found.key for _, text in prose(page) for found in self.finder(lang).find(text)} - {""}

    @cached_property
    def _banned(self) -> Finder:
        # An allowed phrase stands for no term, and of what begins at one place the longest wins.
        return Finder(self._variants | {old_style(entry.phrase): "" for entry in self.allowed})

    @cached_property
    def _variants(self) -> dict[str, str]:
        return {old_style(variant): term.id for term in self.terms for variant in term.variants}

    def banned(self, page: Page) -> Iterator[Finding]:
        """Words of a Vietnamese page that the glossary renders otherwise."""
        for line, text in prose(page):
            for found in self._banned.find(old_style(_IN_ENGLISH.sub(_spaces, text))):
                if found.key:
                    names = self.by_id[found.key].names
                    message = f"`{found.phrase}` is not this site's word for {names['en']}"
                    fix = f"write `{names['vi']}`, or allow the phrase by {exceptions.form('glossary')}"
                    yield Finding("banned", page.path, line, message, fix)

    def untaught(self, page: Page, lang: str) -> Iterator[Finding]:
        """Where a page uses the words of a term that is marked `later`."""
        for line, text in prose(page):
            for found in self.finder(lang).find(text):
                term = self.by_id.get(found.key)
                if term is not None and term.mark == "later":
                    there = f"{self.path}:{term.line}"
                    message = (
                        f"`{found.phrase}` is a term that is not taught yet ({term.id}, marked `later` in {there})"
                    )
                    other = f"say it otherwise, or allow the phrase by {exceptions.form('glossary')}"
                    fix = f"if a page teaches it now, clear that mark; if something else is meant, {other}"
                    yield Finding("glossary", page.path, line, message, fix)

    def idle(self) -> Iterator[Phrase]:
        """The allowed phrases with neither a banned word nor the words of a term in them."""
        # One that no page uses is none of these: the list tells a writer beforehand where such a word is right, and
        # would have to be changed with every sentence otherwise.
        named = Finder({form: owner for lang in LANGUAGES for form, owner in self._owners(lang).items()})
        banned = Finder(self._variants)
        for entry in self.allowed:
            if not any(banned.find(old_style(entry.phrase))) and not any(named.find(entry.phrase)):
                yield entry


def load(tree: Tree, allowed: Collection[Phrase] = ()) -> Glossary:
    """The glossary of a tree; empty without docs/glossary.csv.

    Args:
        allowed: the phrases of docs/exceptions.toml; without them they are no exceptions.

    Raises:
        PageError: as of `entries.read`.
    """
    return Glossary("docs/glossary.csv", entries.read(tree), allowed)


def findings(glossary: Glossary, used: Collection[str]) -> list[Finding]:
    """Terms that no page uses and whose mark does not say so, and allowed phrases that excuse nothing."""
    fix = "use it, or mark it `later`"
    found = [
        Finding("glossary", glossary.path, term.line, f"no page uses `{term.id}`", fix)
        for term in glossary.terms
        if term.id not in used and not term.mark
    ]
    for entry in glossary.idle():
        message = f"[[glossary]] `{entry.phrase}` excuses nothing: no banned word and no term is in it"
        found.append(
            Finding("glossary", exceptions.FILE, entry.line, message, "write the whole phrase, or remove the entry")
        )
    return found


def prose(page: Page) -> Iterator[tuple[int, str]]:
    """The lines of a page that are words, with their numbers; code, targets, attributes and formulas are blank."""
    for line in page.lines:
        if line.fenced or not line.text.strip():
            continue
        if line.text.lstrip().startswith(":::"):
            yield from ((line.number, alt) for alt in _ALT.findall(line.text))
        else:
            yield line.number, _NOT_PROSE.sub(_spaces, _without_values(line.text))


def _without_values(text: str) -> str:
    return values.replaced(unicodedata.normalize("NFC", text), lambda value: " " * len(value))


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match[0])
