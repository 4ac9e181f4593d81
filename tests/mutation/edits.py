"""What can be changed in a chapter's code: each edit replaces one stretch of the file and keeps every other byte."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import fstrings
import operators
from operators import Change

FIGURE_WORDS = ("set_title", "set_xlabel", "set_ylabel", "text", "annotate", "suptitle", "legend")
FIGURE_KEYWORDS = ("label", "xlabel", "ylabel", "title")
SEEDS = ("manual_seed", "seed", "default_rng", "RandomState")
SEED_NAMES = ("seed", "random_state")


@dataclass(frozen=True)
class Edit:
    """One change of a file's text."""

    operator: str
    start: int
    end: int
    after: str


def edits(text: str) -> Iterator[Edit]:
    """Every edit of a snippet file that the operators know, in the order of the file's tree."""
    yield from _raises(text)
    yield from _Walk(text, ast.parse(text), 0).edits()


def _raises(text: str) -> Iterator[Edit]:
    for match in re.finditer(r'^# %%.*?( raises="(\w+)")', text, re.MULTILINE):
        yield Edit("exception", *match.span(2), operators.other_exception(match[2]))
        yield Edit("exception", *match.span(1), "")


class _Walk:
    """Walks a tree whose source begins at `offset` of the file; the fields of an f-string are walked on their own."""

    def __init__(self, source: str, tree: ast.AST, offset: int, above: tuple[ast.AST, ...] = ()) -> None:
        self._source = source
        self._tree = tree
        self._offset = offset
        self._above = above
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line.encode()))
        self._bytes = source.encode()

    def edits(self) -> Iterator[Edit]:
        """The edits of the tree."""
        yield from self._visit(self._tree, self._above)

    def _visit(self, node: ast.AST, above: tuple[ast.AST, ...]) -> Iterator[Edit]:
        if isinstance(node, ast.JoinedStr):
            yield from self._joined(node, above)
            return
        for change in self._changes(node, above):
            yield Edit(change.operator, self._offset + change.start, self._offset + change.end, change.after)
        for child in ast.iter_child_nodes(node):
            yield from self._visit(child, (*above, node))

    def _span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node stands in the source, in characters."""
        first = self._starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        last = self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return len(self._bytes[:first].decode()), len(self._bytes[:last].decode())

    def _changes(self, node: ast.AST, above: tuple[ast.AST, ...]) -> Iterator[Change]:
        if isinstance(node, ast.Constant):
            yield from self._constant(node, above)
        elif isinstance(node, (ast.BinOp, ast.AugAssign, ast.Compare, ast.BoolOp, ast.UnaryOp)):
            yield from operators.operator(node, self._source, self._span)
        elif isinstance(node, ast.Call):
            yield from operators.argument(node, self._source, self._span)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _called(node.value) in SEEDS:
            yield Change("seed", *self._span(node), "pass")
        elif isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name):
            yield Change("exception", *self._span(node.type), operators.other_exception(node.type.id))
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            yield Change("exception", *self._span(node.exc.func), operators.other_exception(node.exc.func.id))

    def _constant(self, node: ast.Constant, above: tuple[ast.AST, ...]) -> Iterator[Change]:
        span = self._span(node)
        if isinstance(node.value, bool):
            kind = "argument" if isinstance(above[-1], ast.keyword) else "constant"
            yield Change(kind, *span, str(not node.value))
        elif isinstance(node.value, (int, float)):
            kind = _number_kind(above)
            for after in operators.numbers(node.value):
                yield Change(kind, *span, after)
        elif isinstance(node.value, str) and not isinstance(above[-1], ast.Expr):
            yield from _string(self._source[slice(*span)], span[0], _string_kind(above))

    def _joined(self, node: ast.JoinedStr, above: tuple[ast.AST, ...]) -> Iterator[Edit]:
        start, end = self._span(node)
        source = self._source[start:end]
        for part in fstrings.parts(source):
            text, place = source[part.start : part.end], start + part.start
            if part.kind == "text":
                kind = _string_kind((*above, node))
                found = list(_words(text, place, "word" if kind == "constant" else kind))
            elif part.kind == "format":
                found = list(operators.formats(text, place))
            else:
                # The bracket lets an expression begin with a space or hold a line break.
                inner = _Walk(f"({text})", ast.parse(f"({text})", mode="eval").body, place - 1, (*above, node))
                yield from (
                    Edit(e.operator, e.start + self._offset, e.end + self._offset, e.after) for e in inner.edits()
                )
                continue
            yield from (Edit(c.operator, c.start + self._offset, c.end + self._offset, c.after) for c in found)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _number_kind(above: tuple[ast.AST, ...]) -> str:
    calls = [node for node in above if isinstance(node, ast.Call)]
    if calls and _called(calls[-1]) in SEEDS and not isinstance(above[-1], ast.keyword):
        return "seed"
    if isinstance(above[-1], ast.keyword) and above[-1].arg in SEED_NAMES:
        return "seed"
    if any(isinstance(n, ast.For) and getattr(n.target, "id", "") in SEED_NAMES and n.iter in above for n in above):
        return "seed"
    row = [n for n in above[-2:] if isinstance(n, (ast.List, ast.Tuple)) and _is_data(n)]
    holders = [n for n in above if isinstance(n, ast.keyword)]
    return "data" if row and not holders else "constant"


def _is_data(node: ast.List | ast.Tuple) -> bool:
    """Whether a literal is a row of two numbers or more."""
    items = [item.operand if isinstance(item, ast.UnaryOp) else item for item in node.elts]
    return len(items) > 1 and all(isinstance(i, ast.Constant) and isinstance(i.value, (int, float)) for i in items)


def _string_kind(above: tuple[ast.AST, ...]) -> str:
    """Whether a string is printed as the first thing of a line, printed or drawn otherwise, or not to be seen."""
    if isinstance(above[-1], ast.keyword) and above[-1].arg in FIGURE_KEYWORDS:
        return "word"
    inner = [node for node in above if isinstance(node, ast.Call)]
    names = [_called(call) for call in inner]
    if "print" not in names:
        return "word" if names and names[-1] in FIGURE_WORDS and not isinstance(above[-1], ast.keyword) else "constant"
    return "label" if names[-1] == "print" and not isinstance(above[-1], ast.keyword) else "word"


def _string(source: str, start: int, kind: str) -> Iterator[Change]:
    """The edits of a plain string literal: of its words, or of its last character."""
    if '"""' in source or "'''" in source or source[:1] not in "\"'":
        return
    yield from _words(source[1:-1], start + 1, kind)


def _words(text: str, start: int, kind: str) -> Iterator[Change]:
    words = list(re.finditer(r"(?<!\\)[A-Za-z]{2,}", text)) or list(re.finditer(r"(?<!\\)[^\s\\]", text))
    if kind == "label" and ":" not in text:
        kind = "word"
    for word in words:
        yield Change(kind, start + word.start(), start + word.end(), operators.other_word(word[0]))
    if kind == "label" and text.rstrip().endswith(":"):
        at = start + text.rindex(":")
        yield Change(kind, at, at + 1, "")
