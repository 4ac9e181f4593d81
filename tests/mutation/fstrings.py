"""The parts of an f-string by their places in the source, which `ast` gives wrongly before Python 3.12."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENING = re.compile(r"(?i)(?:[rf]|fr|rf)?(?P<quote>'''|\"\"\"|'|\")")


@dataclass(frozen=True)
class Part:
    """A stretch of an f-string: literal text, the expression of a field, or its format."""

    kind: str
    """`text`, `expression` or `format`."""
    start: int
    end: int
    """Places in the string's own source."""


def parts(source: str) -> Iterator[Part]:
    """The parts of a string literal's source; one that several literals make up gives none.

    A format that itself holds fields is left out.
    """
    opening = _OPENING.match(source)
    if opening is None or not source.endswith(opening["quote"]) or opening["quote"] in _inside(source, opening):
        return
    at, end = opening.end(), len(source) - len(opening["quote"])
    text = at
    while at < end:
        if source[at] not in "{}" or source[at : at + 2] in ("{{", "}}"):
            at += 2 if source[at] in "{}\\" else 1
            continue
        if at > text:
            yield Part("text", text, at)
        close = _closing(source, at)
        yield from _field(source, at + 1, close)
        at = text = close + 1
    if end > text:
        yield Part("text", text, end)


def _inside(source: str, opening: re.Match[str]) -> str:
    return source[opening.end() : len(source) - len(opening["quote"])].replace("\\" + opening["quote"], "")


def _closing(source: str, at: int) -> int:
    """The brace that closes the one at `at`."""
    depth = 0
    for place in range(at, len(source)):
        depth += {"{": 1, "}": -1}.get(source[place], 0)
        if depth == 0:
            return place
    return len(source) - 1


def _field(source: str, start: int, end: int) -> Iterator[Part]:
    """The expression is the longest beginning that is one: a `:` may be a slice, a `!` the beginning of `!=`."""
    stops = [end, *(at for at in range(end - 1, start, -1) if source[at] in ":!=")]
    for stop in stops:
        if stop == end or _is_expression(source[start:stop]):
            if stop == end and not _is_expression(source[start:end]):
                continue
            yield Part("expression", start, stop)
            if source[stop] == ":" and "{" not in source[stop:end] and stop + 1 < end:
                yield Part("format", stop + 1, end)
            return


def _is_expression(text: str) -> bool:
    try:
        ast.parse(f"({text})", mode="eval")
    except SyntaxError:
        return False
    return bool(text.strip())
