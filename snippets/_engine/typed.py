"""Numbers typed by hand where a run has produced them."""

import re
from collections.abc import Iterable

from . import directives
from .errors import Finding
from .library import Library
from .pages import Page
from .record import Record
from .values import Json

_NUMBER = re.compile(r"(?<![\w.#/-])-?\d+(?:\.\d+)?(?![\w/]|\.\d)")
_NOT_PROSE = re.compile(r"\]\([^)]*\)|\{[^}]*\}|<[^>]*>")


def typed_numbers(page: Page, library: Library) -> list[Finding]:
    """Numbers of three or more significant digits that equal a recorded value or output of the page.

    A number that stands in the page's shown code is the reader's own and is let through.
    """
    names = {use.chapter for use in page.cells} | {use.chapter for use in page.values}
    records = [r for r in map(library.record, names) if r is not None]
    recorded = {number for record in records for number in _numbers_of(record)}
    shown = {number for name in names for cell in library.chapter(name).cells for number in _NUMBER.findall(cell.code)}
    suspects = {n for n in recorded - shown if _digits(n) >= 3}
    findings = []
    for line in page.lines:
        if line.fenced or line.text.lstrip().startswith(":::"):
            continue
        prose = _NOT_PROSE.sub(" ", directives.VALUE.sub(" ", line.text))
        for number in _NUMBER.findall(prose):
            if number in suspects:
                findings.append(
                    Finding(
                        "typed",
                        page.path,
                        line.number,
                        f"the number {number} comes from a run but is typed by hand",
                        "cite it: {{= #cell.expression }}",
                    )
                )
    return findings


def _digits(number: str) -> int:
    return len(number.lstrip("-").replace(".", "").lstrip("0"))


def _numbers_of(record: Record) -> Iterable[str]:
    for cell in record.cells:
        for value in cell.values.values():
            yield from _NUMBER.findall(_flat(value))
        for output in cell.outputs:
            if output.kind != "figure":
                yield from _NUMBER.findall(output.text)


def _flat(value: Json) -> str:
    return " ".join(map(_flat, value)) if isinstance(value, list) else str(value)
