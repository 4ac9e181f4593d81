"""Numbers typed by hand where a run has produced them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..chapters.cells import COMMENT, Cell
from ..chapters.values import Json
from ..pages import values
from ..pages.page import Page
from ..project import exceptions
from ..project.errors import Finding, PageError
from ..project.exceptions import TypedNumber
from ..project.tree import LANGUAGES, Tree
from ..records.library import Library
from ..records.record import Record
from .numerals import Number, numbers, printed, says

_WORDS_OF_TAGS = re.compile(r"\b(?:alt|title|aria-label)=\"([^\"]*)\"")
_TAG = re.compile(r"</?[A-Za-z][^>]*>|(?<![_^\w}])\{:?\s*(?:[#.][A-Za-z]|[\w-]+=)[^{}]*\}")
_NOT_PROSE = re.compile(r"\]\([^)]*\)|^ {0,3}\[[^\]^][^\]]*\]:.*|https?://\S+|<!--.*?-->")
_ALT = re.compile(r"\balt=[\"“]([^\"”]*)")
_DIGIT = re.compile(r"\d")
_SHELL = re.compile(r"[`~]+\s*\{?\s*\.?(?:sh|bash|console|powershell|toml|yaml|json|csv)\b")
_CODE_COMMENT = re.compile(r"(?:^|(?<=\s))#\s(?P<text>.*)$")


#: The typed numbers of a page, each with its finding.
Typed = Sequence[tuple[Decimal, Finding]]


@dataclass(frozen=True)
class _Source:
    """Where a run gave a number."""

    chapter: str
    cell: str
    expression: str = ""


def findings(tree: Tree, read: Sequence[tuple[str, Typed | None]], allowed: Sequence[TypedNumber]) -> list[Finding]:
    """The typed numbers of all pages that are not allowed, and the entries that allow nothing.

    Args:
        read: for each page its src_uri and its typed numbers; None where its snippet or record cannot be read.
        allowed: the entries of docs/exceptions.toml.

    Raises:
        PageError: an entry's number cannot be read, or stands in another entry for the page too.
    """
    entries, used, found = _by_number(allowed), set[tuple[str, Decimal]](), list[Finding]()
    stems = [(src_uri.removesuffix(".md"), typed) for src_uri, typed in read]
    for stem, typed in stems:
        for number, finding in typed or ():
            if (stem, number) in entries:
                used.add((stem, number))
            else:
                found.append(finding)
    unread = {stem for stem, typed in stems if typed is None}  # the one at fault is named by its own finding
    times = Counter(stem for stem, _ in stems)
    for what, entry in entries.items():
        exists = any(tree.page(lang, entry.page).is_file() for lang in LANGUAGES)
        both = times[entry.page] == len(LANGUAGES)
        if what not in used and entry.page not in unread and (both or not exists):
            message = f"[[typed]] `{entry.number}` of `{entry.page}` excuses nothing"
            why = "no run gives it, or the page has it no more" if exists else "there is no such page"
            found.append(Finding("typed", exceptions.FILE, entry.line, f"{message}: {why}", "remove the entry"))
    return found


def _by_number(allowed: Sequence[TypedNumber]) -> dict[tuple[str, Decimal], TypedNumber]:
    """The entries by page and by what their number means first of all: `8 000` and `8000` are one."""
    entries: dict[tuple[str, Decimal], TypedNumber] = {}
    for entry in allowed:
        read = list(numbers(entry.number))
        if len(read) != 1:
            message = f"`{entry.number}` is no number"
            raise PageError(exceptions.FILE, entry.line, message, "write it as the page does")
        first = entries.setdefault((entry.page, read[0].readings[0]), entry)
        if first is not entry:
            message = f"the number {entry.number} of `{entry.page}` stands in line {first.line} too"
            raise PageError(exceptions.FILE, entry.line, message, "remove one of them")
    return entries


def typed_numbers(page: Page, library: Library) -> Iterator[tuple[Decimal, Finding]]:
    """Numbers of three or more significant digits that a run of the page's chapters gave, each with its finding.

    A number that stands in the page's shown code is the reader's own and is let through.

    Raises:
        SnippetsError: a snippet or record cannot be read.
    """
    shown = [
        (use.chapter, cell)
        for use in page.cells
        if use.show != "output" and (cell := library.chapter(use.chapter).by_name.get(use.cell))
    ]
    typed = [(page.path, line, number) for line, text in _prose(page) for number in numbers(text) if number.long]
    for chapter, cell in shown:
        path = library.chapter(chapter).path
        typed += [(path, line, number) for line, number in _commented(cell, page.path.split("/")[1])]
    if not typed:
        return
    literals = {literal for _, cell in shown for literal in _literals(cell)}
    names = dict.fromkeys([use.chapter for use in page.cells] + [use.chapter for use in page.values])
    runs = [run for name in names for record in _records(library, name, page.asked.variant) for run in _runs(record)]
    for path, line, number in typed:
        if any(says(number, literal) for literal in literals):
            continue
        source = next((source for run, source in runs if says(number, run)), None)
        if source is not None:
            yield number.readings[0], _finding(path, line, number, source, page)


def _finding(path: str, line: int, number: Number, source: _Source, page: Page) -> Finding:
    chapter = "" if source.chapter == _stem(page) else source.chapter
    expression, allowing = source.expression or "expression", exceptions.form("typed")
    fix = f"cite it: {{{{= {chapter}#{source.cell}.{expression} }}}}, or allow it by {allowing}"
    if not path.endswith(".md"):
        fix = f"say it without the number, or allow it by {allowing}"
    return Finding("typed", path, line, f"the number {number.text} comes from a run but is typed by hand", fix)


def _prose(page: Page) -> Iterator[tuple[int, str]]:
    """What a page says, by line: no directives, values, targets and attributes; what fences of text show too."""
    front = len(page.lines) > 0 and page.lines[0].fenced and page.lines[0].text.strip() == "---"
    opened = ""
    for line in page.lines:
        opened = line.opens or opened
        if line.fenced:
            if front or not _SHELL.match(opened):
                yield line.number, line.text
            continue
        front = False
        if not _DIGIT.search(line.text):
            continue
        text = values.replaced(line.text, lambda _: " ")
        if text.lstrip().startswith(":::"):
            yield from ((line.number, alt) for alt in _ALT.findall(text))
        else:
            words = " ".join(_WORDS_OF_TAGS.findall(text))
            yield line.number, f"{_NOT_PROSE.sub(' ', _TAG.sub(' ', text))} {words}"


def _commented(cell: Cell, lang: str) -> Iterator[tuple[int, Number]]:
    """The numbers in a cell's comments: all in those of the page's language, in the others those with a fraction.

    The others name shapes, which follow from the code.
    """
    for line, text in cell.lines:
        comment = _CODE_COMMENT.search(text) if line - 1 not in cell.strings else None
        if comment is None:
            continue
        translated = COMMENT.match(text)
        for number in numbers(comment["text"]):
            if number.long and ("." in number.text if translated is None else translated["lang"] == lang):
                yield line, number


def _literals(cell: Cell) -> Iterator[Decimal]:
    """The numbers of the code itself; 60_000 is one, 3,784 are two."""
    code = "\n".join(_CODE_COMMENT.sub(_shapes, text) for text in cell.code.split("\n"))
    return printed(re.sub(r"(?<=\d)_(?=\d)", "", code).replace(",", ", "))


def _shapes(comment: re.Match[str]) -> str:
    """A comment without its fractions: shapes are the reader's own, results are not."""
    return re.sub(r"\d+\.\d+\S*", " ", comment[0])


def _records(library: Library, chapter: str, first: str) -> list[Record]:
    """All records of a chapter, first that of the variant which the page cites."""
    variants = (first, "cpu", *library.tree.variants(chapter))
    found = (library.record(chapter, variant) for variant in dict.fromkeys(variants))
    return [record for record in found if record is not None]


def _runs(record: Record) -> Iterator[tuple[Decimal, _Source]]:
    """Every number that a run gave, values first: they can be cited."""
    for cell in record.cells:
        for expression, value in cell.values.items():
            yield from ((run, _Source(record.chapter, cell.name, expression)) for run in printed(_flat(value)))
    for cell in record.cells:
        for output in cell.outputs:
            if output.kind != "figure":
                yield from ((run, _Source(record.chapter, cell.name)) for run in printed(output.text))


def _flat(value: Json) -> str:
    return " ".join(map(_flat, value)) if isinstance(value, list) else str(value)


def _stem(page: Page) -> str:
    return page.src_uri.removesuffix(".md")
