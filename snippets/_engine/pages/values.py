"""The values that a page cites.

    {{= #NAME.EXPRESSION [:FORMAT] }}                       {{= PART/CHAPTER#NAME.EXPRESSION [:FORMAT] }}

An expression goes on to the `}}` outside its brackets and strings. `\\{{=` stands for the signs themselves, also in
code.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..project.errors import PageError
from .lines import Line

_START = re.compile(r"(?<!\\)\{\{=")
_CITED = re.compile(r"^\s*(?P<chapter>[^#\s]*)#(?P<cell>[a-z0-9-]+)\.(?P<expression>.+?)\s*$")
_CLOSES = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class ValueUse:
    """A `{{= … }}` in a sentence."""

    line: int
    chapter: str
    cell: str
    expression: str
    format: str
    start: int
    end: int


def read_values(line: Line, path: str, own: str) -> list[ValueUse]:
    """The values that a line asks for.

    Args:
        path: the page, for messages.
        own: the page's own chapter, which `#NAME` means.

    Raises:
        PageError: a `{{=` that cannot be read.
    """
    if line.fenced or "{{=" not in line.text:
        return []
    found = []
    for start, end in _spans(line.text):
        if end < 0:
            message = "a `{{=` without its `}}` on the same line"
            raise PageError(path, line.number, message, "close it, or write `\\{{=` for the signs themselves")
        inner, spec = _parts(line.text[start + 3 : end - 2])
        cited = _CITED.match(inner)
        if cited is None:
            message = f"cannot read the value `{line.text[start:end]}`"
            fix = "write {{= #cell.expression }} or {{= #cell.expression :.4f }}, or `\\{{=` for the signs themselves"
            raise PageError(path, line.number, message, fix)
        chapter = cited["chapter"] or own
        found.append(ValueUse(line.number, chapter, cited["cell"], cited["expression"], spec, start, end))
    return found


def replaced(text: str, by: Callable[[str], str]) -> str:
    """A text with `by(value)` in place of each value; one that is never closed stays."""
    out, done = "", 0
    for start, end in _spans(text):
        if end > 0:
            out += text[done:start] + by(text[start:end])
            done = end
    return out + text[done:]


def unescaped(text: str) -> str:
    """A text with `{{=` for each `\\{{=`."""
    return text.replace("\\{{=", "{{=")


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where values begin and end in a line; -1 for the end of one that has none."""
    at = 0
    while begin := _START.search(text, at):
        inner = begin.end()
        closed = next((i for i in _outside(text, inner) if text.startswith("}}", i)), -1)
        if closed < 0:  # its brackets or quotes do not fit together: Python says so best
            closed = text.find("}}", inner)
        at = closed + 2 if closed >= 0 else inner
        yield begin.start(), closed + 2 if closed >= 0 else -1


def _parts(inner: str) -> tuple[str, str]:
    """What stands between the braces as expression and format."""
    colons = [i for i in _outside(inner, 0) if inner[i] == ":" and i and inner[i - 1].isspace()]
    if not colons:
        return inner, ""
    spec = inner[colons[-1] + 1 :].rstrip()
    return (inner, "") if re.search(r"\s", spec) else (inner[: colons[-1]], spec)


def _outside(text: str, at: int) -> Iterator[int]:
    """The places of a text that are in no bracket and no string, up to a bracket that closes none."""
    open_, quote = "", ""
    while at < len(text):
        sign = text[at]
        if quote:
            at += sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in _CLOSES:
            open_ += _CLOSES[sign]
        elif open_ and sign in ")]}":
            if sign != open_[-1]:
                return
            open_ = open_[:-1]
        elif not open_:
            yield at
        at += 1
