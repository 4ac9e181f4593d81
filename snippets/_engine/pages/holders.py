"""Where a directive may stand: at the margin, or four spaces into a list item, an admonition or a tab.

Markdown takes text that is indented below anything else for code, or for the rest of a paragraph.
"""

import re
from collections.abc import Sequence

from ..project.errors import PageError
from .lines import Line

_ITEM = re.compile(r"\s*(?:[-*+]|\d+\.)[ \t]+")
_BLOCK = re.compile(r"\s*(?:!!!|\?\?\?\+?|===[!+]*)[ \t]+")
_CLOSED = re.compile(r"\s*\?\?\?[ \t]+")
_HEADING = re.compile(r"#{1,6}[^#]")
_DEFINITION = re.compile(r"\s*:[ \t]+")
_FOOTNOTE = re.compile(r"\s*\[\^[^\]]+\]:")
_DIRECTIVE = re.compile(r"\s*:::")
_IN_TEXT = re.compile(r":::[ \t]*(?:cell|versions)\b|^[ \t]*(?:[>|*+-]|\d+\.|:[ \t])[>|*+\-\s]*:::")
_DETAILS = re.compile(r"<(?P<end>/?)details\b(?P<rest>[^>]*)", re.IGNORECASE)
_RULE = (
    "a directive stands on a line of its own: at the margin, or four spaces into a list item, an admonition or a tab"
)


def check_directive(lines: Sequence[Line], at: int, path: str) -> None:
    """Refuse the directive on a line, if Markdown would not read there what becomes of it.

    Args:
        at: the line's place among `lines`, from 0.

    Raises:
        PageError: it stands in a sentence, a quotation, a table or behind a list's mark; or below what holds nothing.
    """
    line = lines[at]
    if line.fenced or ":::" not in line.text:
        return
    if not _DIRECTIVE.match(line.text):
        if _IN_TEXT.search(line.words):
            raise PageError(path, line.number, f"a directive behind other text: `{line.text.strip()}`", _RULE)
        return
    for below in held(lines, at):
        if why := _holds_nothing(lines, below):
            message = f"a directive indented below {why} in line {lines[below].number}"
            raise PageError(path, line.number, message, _RULE)


def closed(lines: Sequence[Line]) -> frozenset[int]:
    """The numbers of the lines with a directive or a value that the page itself puts into a closed fold."""
    found, open_ = set(), list[bool]()
    for at, line in enumerate(lines):
        if line.fenced:
            continue
        for edge in _DETAILS.finditer(line.words):
            if not edge["end"]:
                open_.append(not re.search(r"\bopen\b", edge["rest"]))
            elif open_:
                open_.pop()
        if (":::" in line.text or "{{=" in line.text) and (
            any(open_) or any(_CLOSED.match(lines[below].text) for below in held(lines, at))
        ):
            found.add(line.number)
    return frozenset(found)


def held(lines: Sequence[Line], at: int) -> list[int]:
    """The places of the lines that a line is indented below, the nearest first."""
    found = []
    indent = _indent(lines[at])
    while indent >= 4:
        above = (i for i in range(at - 1, -1, -1) if lines[i].text.strip() and not lines[i].fenced)
        at = next((i for i in above if _indent(lines[i]) <= indent - 4), -1)
        if at < 0:
            break
        found.append(at)
        indent = _indent(lines[at])
    return found


def _holds_nothing(lines: Sequence[Line], at: int) -> str:
    """Why a line holds nothing that is indented below it; empty if it does."""
    text, indent = lines[at].text, _indent(lines[at])
    if _BLOCK.match(text):
        return ""
    start = at  # a list begins where its block of lines does, and goes on with lines that are not indented
    while start and _same_block(lines[start - 1], indent):
        start -= 1
    first = next((line for line in lines[start : at + 1] if _indent(line) <= indent), lines[at])
    if _ITEM.match(first.text):
        return ""
    if _ITEM.match(text):
        return f"an item of no list (a list begins after an empty line), `{text.strip()}`,"
    kinds = ((_DEFINITION, "a definition"), (_FOOTNOTE, "a footnote"))
    found = (name for pattern, name in kinds for there in (text, first.text) if pattern.match(there))
    kind = next(found, "text that holds nothing")
    return f"{kind}, `{text.strip()}`,"


def _same_block(line: Line, indent: int) -> bool:
    if not line.text.strip() or line.fenced or _DIRECTIVE.match(line.text):
        return False
    ends = _HEADING.match(line.text) or (_BLOCK.match(line.text) and _indent(line) == indent)
    return _indent(line) >= indent and not ends


def _indent(line: Line) -> int:
    text = line.text.expandtabs(4)
    return len(text) - len(text.lstrip())
