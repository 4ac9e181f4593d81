"""The glossary: what each term is called in both languages, where pages use it, and where they use another word.

docs/glossary.csv holds the terms, one a line; its last column marks a term that needs a word of explanation:

    (empty)   stands on at least one page, which links its first use in each section
    later     stands on no page yet
    plain     too common a word to be linked, or counted, wherever it stands

The phrases in which a banned word is right stand in docs/exceptions.toml.
"""

import csv
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from ..pages import values
from ..pages.page import Page
from ..project import exceptions
from ..project.cache import digest
from ..project.errors import Finding, PageError
from ..project.exceptions import Phrase
from ..project.tree import LANGUAGES, Tree
from .phrases import Finder

MARKS = ("", "later", "plain")
_COLUMNS = ["id", "en", "vi", "keep_english", "definition_en", "definition_vi", "variants_vi", "first_used_in", "mark"]
_BRACKET = re.compile(r"\s*\(([^)]*)\)")
_NOT_PROSE = re.compile(
    r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|\]\([^)]*\)|<!--.*?-->|<[^>]*>|https?://\S+|\{[^}]*\}|\$[^$]+\$"
)
_IN_ENGLISH = re.compile(r"\([\x20-\x27\x2a-\x7e]*\)")
_ALT = re.compile(r'alt="([^"]*)"')
_NEW_STYLE = re.compile(r"(?<!q)u[ỳýỷỹỵ](?!\w)|o[àáảãạ](?!\w)|o[èéẻẽẹ](?!\w)")


@dataclass(frozen=True)
class Term:
    """An entry of the glossary."""

    id: str
    """Also its heading's id on the page of the glossary."""
    line: int
    names: dict[str, str]
    definitions: dict[str, str]
    variants: tuple[str, ...]
    """Vietnamese renderings that others use and this site does not."""
    topic: str
    mark: str

    def forms(self, lang: str) -> tuple[str, ...]:
        """What it is called in a language's prose."""
        name = _BRACKET.sub("", self.names[lang])
        found = [name] if lang == "vi" else [name, f"{name}{'es' if name.endswith('s') else 's'}"]
        bracket = _BRACKET.search(self.names["en"])
        if bracket and bracket[1].isupper() and _abbreviates(bracket[1], self.names["en"][: bracket.start()]):
            found.append(bracket[1])
        return tuple(found)


def _abbreviates(short: str, name: str) -> bool:
    letters = iter(name.lower())
    return all(letter in letters for letter in short.lower())


@dataclass(frozen=True)
class Glossary:
    """All terms."""

    path: str
    terms: tuple[Term, ...]
    allowed: Collection[Phrase] = ()
    """Phrases in which a banned word is right."""

    @cached_property
    def by_id(self) -> dict[str, Term]:
        """The terms by id."""
        return {term.id: term for term in self.terms}

    @cached_property
    def digest(self) -> str:
        """Changes with anything in it, but not with the lines that the phrases stand on."""
        return digest([repr(self.terms), [[entry.phrase, entry.reason] for entry in self.allowed]])

    def finder(self, lang: str) -> Finder:
        """Finds the terms of a language in its prose.

        What two terms may be called is the term's that has it earlier in its `forms`: a name goes before another
        term's plural, that before another's abbreviation.
        """
        return self._finders[lang]

    @cached_property
    def _finders(self) -> dict[str, Finder]:
        return {lang: Finder(self._owners(lang)) for lang in LANGUAGES}

    def _owners(self, lang: str) -> dict[str, str]:
        """For each form the id of its term."""
        claims = [(place, form, term.id) for term in self.terms for place, form in enumerate(term.forms(lang))]
        owners: dict[str, str] = {}
        for _, form, owner in sorted(claims, key=itemgetter(0)):
            owners.setdefault(form, owner)
        return owners

    def used(self, page: Page, lang: str) -> set[str]:
        """The ids of the terms that a page uses."""
        return {found.key for _, text in prose(page) for found in self.finder(lang).find(text)}

    @cached_property
    def _banned(self) -> Finder:
        # An allowed phrase stands for no term, and of what begins at one place the longest wins.
        return Finder(self._variants | {_old_style(entry.phrase): "" for entry in self.allowed})

    @cached_property
    def _variants(self) -> dict[str, str]:
        return {_old_style(variant): term.id for term in self.terms for variant in term.variants}

    def banned(self, page: Page) -> Iterator[Finding]:
        """Words of a Vietnamese page that the glossary renders otherwise."""
        for line, text in prose(page):
            for found in self._banned.find(_old_style(_IN_ENGLISH.sub(_spaces, text))):
                if found.key:
                    names = self.by_id[found.key].names
                    message = f"`{found.phrase}` is not this site's word for {names['en']}"
                    fix = f"write `{names['vi']}`, or allow the phrase by {exceptions.form('glossary')}"
                    yield Finding("banned", page.path, line, message, fix)

    def idle(self) -> Iterator[Phrase]:
        """The allowed phrases without a banned word in them."""
        # One that no page uses is none of these: the list tells a writer beforehand where such a word is right, and
        # would have to be changed with every sentence otherwise.
        banned = Finder(self._variants)
        for entry in self.allowed:
            if not any(banned.find(_old_style(entry.phrase))):
                yield entry


def load(tree: Tree, allowed: Collection[Phrase] = ()) -> Glossary:
    """The glossary of a tree; empty without docs/glossary.csv.

    Args:
        allowed: the phrases of docs/exceptions.toml; only who asks for what is banned needs them.

    Raises:
        PageError: a line lacks a column, has an unknown mark or an id used before.
    """
    path = tree.root / "docs" / "glossary.csv"
    name = tree.relative(path)
    if not path.is_file():
        return Glossary(name, ())
    rows = csv.DictReader(tree.text(path).splitlines(), strict=True)
    terms: dict[str, Term] = {}
    try:
        for row in rows:
            term = _term(row, rows.line_num, name)
            if term.id in terms:
                raise PageError(name, term.line, f"id `{term.id}` stands in line {terms[term.id].line} too", "rename")
            terms[term.id] = term
    except csv.Error as exc:
        raise PageError(name, rows.line_num, f"not CSV: {exc}", "mend it") from None
    return Glossary(name, tuple(terms.values()), allowed)


def _term(row: "dict[str | None, str | None]", line: int, path: str) -> Term:
    values = {column: (row.get(column) or "").strip() for column in _COLUMNS}
    missing = [column for column in _COLUMNS[:-1] if not values[column]]
    if missing or None in row:
        wrong = f"no {', '.join(missing)}" if missing else "more columns than the first line"
        raise PageError(path, line, wrong, f"the columns are: {', '.join(_COLUMNS)}")
    if values["mark"] not in MARKS:
        raise PageError(path, line, f"unknown mark `{values['mark']}`", f"there are: {', '.join(MARKS[1:])}, or none")
    if not all(unicodedata.is_normalized("NFC", value) for value in values.values()):
        raise PageError(path, line, "not in Unicode's composed form (NFC)", "normalise it")
    return Term(
        values["id"],
        line,
        {lang: values[lang] for lang in LANGUAGES},
        {lang: values[f"definition_{lang}"] for lang in LANGUAGES},
        tuple(v for v in (part.strip() for part in values["variants_vi"].split(";")) if v != "-"),
        values["first_used_in"],
        values["mark"],
    )


def findings(glossary: Glossary, used: Collection[str]) -> list[Finding]:
    """Terms whose mark does not fit whether pages use them, and allowed phrases that excuse nothing."""
    found = []
    unmarked = [term.id for term in glossary.terms if term.id not in used and not term.mark]
    stale = [term.id for term in glossary.terms if term.id in used and term.mark == "later"]
    for ids, message, fix in (
        (unmarked, "no page uses {}", "use them, or mark them `later`"),
        (stale, "marked `later`, but pages use {}", "clear the mark"),
    ):
        if ids:
            found.append(Finding("glossary", glossary.path, None, message.format(", ".join(ids)), fix))
    for entry in glossary.idle():
        message = f"[[glossary]] `{entry.phrase}` excuses nothing: no banned word is in it"
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


def _old_style(text: str) -> str:
    """Vietnamese with the tone on the first vowel of oa, oe, uy (hóa, not hoá), as the glossary is written."""
    return _NEW_STYLE.sub(lambda match: _moved(match[0]), unicodedata.normalize("NFC", text.lower()))


def _moved(pair: str) -> str:
    marked = unicodedata.normalize("NFD", pair[1])
    return unicodedata.normalize("NFC", pair[0] + marked[1]) + marked[0]
