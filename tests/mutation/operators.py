"""The operators: what each kind of code is changed into."""

import ast
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Span = Callable[[ast.AST], tuple[int, int]]


@dataclass(frozen=True)
class Change:
    """One change of a stretch of source."""

    operator: str
    start: int
    end: int
    after: str


_BINARY: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.Pow: ("**", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "*"),
    ast.MatMult: ("@", "*"),
}
_COMPARED: dict[type[ast.AST], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
_EXCEPTIONS = ("RuntimeError", "ValueError", "TypeError")


def other_exception(name: str) -> str:
    """The exception type in place of `name`."""
    return next(other for other in _EXCEPTIONS if other != name)


def numbers(value: int | float) -> Iterator[str]:
    """What a number is changed into: a near one and a far one."""
    if isinstance(value, int):
        yield str(value + 1)
        yield str(value - 1) if value > 0 else str(value + 2)
    else:
        yield repr(round(value * 1.01, 12)) if value else "0.01"
        yield repr(value * 2) if value else "1.0"


def other_word(word: str) -> str:
    """A word with another last character."""
    last = word[-1]
    return word[:-1] + ("x" if not last.isalpha() or last not in "xX" else "y")


def formats(text: str, start: int) -> Iterator[Change]:
    """A format with another number of digits, or another width."""
    for match in re.finditer(r"\d+", text):
        yield Change("format", start + match.start(), start + match.end(), str(int(match[0]) + 1))


def operator(
    node: ast.BinOp | ast.AugAssign | ast.Compare | ast.BoolOp | ast.UnaryOp, source: str, span: Span
) -> Iterator[Change]:
    """The changes of an arithmetic, comparing or logical operator."""
    if isinstance(node, ast.BinOp):
        yield from _between(node.left, node.right, *_BINARY.get(type(node.op), ("", "")), source, span)
    elif isinstance(node, ast.AugAssign):
        sign, other = _BINARY.get(type(node.op), ("", ""))
        yield from _between(node.target, node.value, f"{sign}=", f"{other}=", source, span)
    elif isinstance(node, ast.Compare):
        for left, sign, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            yield from _between(left, right, *_COMPARED[type(sign)], source, span)
    elif isinstance(node, ast.BoolOp):
        words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from _between(left, right, *words, source, span)
    else:
        yield Change("operator", span(node)[0], span(node.operand)[0], "")


def _between(left: ast.AST, right: ast.AST, sign: str, other: str, source: str, span: Span) -> Iterator[Change]:
    start, end = span(left)[1], span(right)[0]
    at = source.find(sign, start, end) if sign else -1
    if at >= 0 and "#" not in source[start:at]:
        yield Change("operator", at, at + len(sign), other)


def argument(call: ast.Call, source: str, span: Span) -> Iterator[Change]:
    """A keyword less; two neighbours among the positional arguments exchanged; the last of several less."""
    places = sorted(span(item) for item in (*call.args, *call.keywords))
    for keyword in call.keywords:
        if keyword.arg:
            yield _without(places, places.index(span(keyword)))
    plain = [span(item) for item in call.args if not isinstance(item, ast.Starred)]
    for (a, b), (c, d) in itertools.pairwise(plain):
        if source[a:b] != source[c:d]:
            yield Change("argument", a, d, source[c:d] + source[b:c] + source[a:b])
    if len(plain) > 1 and len(plain) == len(call.args):
        yield _without(places, places.index(plain[-1]))


def _without(places: list[tuple[int, int]], index: int) -> Change:
    """An argument less, with the comma on one of its sides."""
    start, end = places[index]
    if index:
        start = places[index - 1][1]
    elif len(places) > 1:
        end = places[1][0]
    return Change("argument", start, end, "")
