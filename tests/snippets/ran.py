"""What a chapter's tests ask: what its cells gave, and which expressions the tests want to see the values of."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from snippets._engine.chapters.results import CellRun, ChapterRun
from snippets._engine.chapters.values import Json
from snippets._engine.project.tree import Tree
from snippets._engine.project.tries import PREFIX

TREE = Tree(Path(__file__).resolve().parents[2])


@dataclass(frozen=True)
class Ran:
    """What the session's run of a chapter gave."""

    result: ChapterRun

    @property
    def path(self) -> Path:
        """The chapter's code."""
        return TREE.snippet(self.result.chapter.name)

    @property
    def cells(self) -> list[str]:
        """The names of the cells, in order."""
        return [cell.name for cell in self.result.cells]

    def text(self, cell: str) -> str:
        """What the cell printed and its last expression showed."""
        return "".join(o.text for o in self.run_of(cell).outputs if o.kind == "text")

    def error(self, cell: str) -> str:
        """`Type: message` of the error that the cell ends with; empty when it ends well."""
        return "".join(o.text for o in self.run_of(cell).outputs if o.kind == "error")

    def figures(self, cell: str) -> list[str]:
        """The SVG of each figure that the cell draws."""
        return [o.text for o in self.run_of(cell).outputs if o.kind == "figure"]

    def value(self, cell: str, expression: str) -> Json:
        """The expression evaluated right after the cell; both arguments are literals, found before the run."""
        run = self.run_of(cell)
        if expression in run.wrong_values:
            pytest.fail(f"value `{expression}` after cell `{cell}`: {run.wrong_values[expression]}", pytrace=False)
        return run.values[expression]

    def run_of(self, cell: str) -> CellRun:
        """What the cell gave; a test that asks for one that did not run fails with those that did."""
        if cell not in self.cells:
            there = ", ".join(self.cells)
            pytest.fail(
                f"cell `{cell}` of {self.result.chapter.name} was not run here; there are: {there}", pytrace=False
            )
        return self.result.cell(cell)


Asked = dict[str, list[str]]
"""For each cell, expressions."""


def asked(test_file: Path) -> Asked:
    """The values that a test file wants of its chapter: all `….value("…", "…")` but those of an attempt."""
    found: Asked = {}
    for node in ast.parse(test_file.read_text("utf-8")).body:
        tries = isinstance(node, ast.FunctionDef) and node.name.startswith(PREFIX)
        for owner, cell, expression in _calls(node):
            if not tries or owner == "chapter":
                found.setdefault(cell, []).append(expression)
    return found


def asked_of_attempts(test_file: Path, function: str) -> Asked:
    """The values that one test wants of what it changed."""
    found: Asked = {}
    for node in ast.parse(test_file.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            for owner, cell, expression in _calls(node):
                if owner != "chapter":
                    found.setdefault(cell, []).append(expression)
    return found


def _calls(node: ast.AST) -> Iterator[tuple[str, str, str]]:
    """Of each call of `value` what it is asked of, the cell and the expression."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "value":
            cell, expression = (ast.literal_eval(argument) for argument in call.args)
            yield ast.unparse(call.func.value), cell, expression
