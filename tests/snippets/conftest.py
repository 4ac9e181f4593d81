"""One run of each chapter serves the whole session: here its outputs and values, for the tests of its facts."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from snippets._engine.chapters.results import ChapterRun
from snippets._engine.chapters.values import Json
from snippets._engine.commands.record import wanted
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library
from snippets._engine.run.scheduler import run

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TREE = Tree(ROOT)


@dataclass(frozen=True)
class Ran:
    """What the session's run of a chapter gave."""

    result: ChapterRun

    def text(self, cell: str) -> str:
        """What the cell printed and its last expression showed."""
        return "".join(o.text for o in self.result.cell(cell).outputs if o.kind == "text")

    def error(self, cell: str) -> str:
        """`Type: message` of the error that the cell ends with; empty when it ends well."""
        return "".join(o.text for o in self.result.cell(cell).outputs if o.kind == "error")

    def figures(self, cell: str) -> list[str]:
        """The SVG of each figure that the cell draws."""
        return [o.text for o in self.result.cell(cell).outputs if o.kind == "figure"]

    def value(self, cell: str, expression: str) -> Json:
        """The expression evaluated right after the cell; both arguments are literals, found before the run."""
        return self.result.cell(cell).values[expression]


def asked(test_file: Path) -> Iterator[tuple[str, str]]:
    """The (cell, expression) pairs of all `chapter.value("…", "…")` calls in a test file."""
    for node in ast.walk(ast.parse(test_file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "value":
            cell, expression = (ast.literal_eval(argument) for argument in node.args)
            yield cell, expression


needed: set[str] = set()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which chapters the chosen tests are about: only those run."""
    for item in session.items:
        if isinstance(item, pytest.Function) and item.path.is_relative_to(HERE):
            if "chapter" in item.fixturenames:
                needed.add(chapter_of(item.path))
            if "each_chapter" in item.fixturenames:
                needed.add(item.callspec.params["each_chapter"])


@cache
def runs() -> dict[str, Ran]:
    """The needed chapters, run once, with the values that pages and tests ask for."""
    from snippets._engine.pages.page import read_all

    library = Library(TREE)
    pages = read_all(library)
    chapters = [library.chapter(name) for name in sorted(needed)]
    values = {chapter.name: wanted(pages, chapter.name) for chapter in chapters}
    for chapter in chapters:
        test_file = TREE.test(chapter.name)
        for cell, expression in asked(test_file) if test_file.is_file() else ():
            values[chapter.name].setdefault(cell, []).append(expression)
    return {name: Ran(result) for name, result in run(chapters, values=values, reseed=True).items()}


def chapter_of(test_file: Path) -> str:
    """`basics/autograd` for tests/snippets/basics/test_autograd.py."""
    return f"{test_file.parent.name}/{test_file.stem.removeprefix('test_')}"


@pytest.fixture(scope="module")
def chapter(request: pytest.FixtureRequest) -> Ran:
    """The run of the chapter that the test file is named after."""
    ran = runs()[chapter_of(Path(request.path))]
    assert ran.result.failure is None, str(ran.result.failure)
    return ran


@pytest.fixture(params=TREE.chapters())
def each_chapter(request: pytest.FixtureRequest) -> Ran:
    """The run of each chapter in turn."""
    ran = runs()[request.param]
    assert ran.result.failure is None, str(ran.result.failure)
    return ran


@pytest.fixture(scope="session")
def tree() -> Tree:
    """The project itself."""
    return TREE
