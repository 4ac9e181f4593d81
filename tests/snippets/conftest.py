"""One run of each chapter serves the whole session, however many processes share the tests: what it gave.

A reader's tests get the same `chapter` from reader_conftest.py, which is published and needs nothing of this project.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from snippets._engine.chapters.results import ChapterRun
from snippets._engine.chapters.values import Json
from snippets._engine.commands.record import expected_seconds, wanted
from snippets._engine.pages.page import read_all
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library
from snippets._engine.run.scheduler import run

from ..once import BrokenError, once

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TREE = Tree(ROOT)


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


def run_needed() -> dict[str, ChapterRun]:
    """The needed chapters, run with the values that pages and tests ask for."""

    library = Library(TREE)
    pages = read_all(library)
    chapters = [library.chapter(name) for name in sorted(needed)]
    values = {chapter.name: wanted(pages, chapter.name) for chapter in chapters}
    for chapter in chapters:
        test_file = TREE.test(chapter.name)
        for cell, expression in asked(test_file) if test_file.is_file() else ():
            values[chapter.name].setdefault(cell, []).append(expression)
    return run(chapters, values=values, reseed=True, expected=expected_seconds(library, sorted(needed)))


@pytest.fixture(scope="session")
def runs(shared: Path) -> dict[str, ChapterRun]:
    """The needed chapters, run by whichever process of the session is the first to want one of them."""
    try:
        return once(shared, "chapters", run_needed)
    except BrokenError as exc:
        raise pytest.fail.Exception(str(exc), pytrace=False) from None


def chapter_of(test_file: Path) -> str:
    """`basics/autograd` for tests/snippets/basics/test_autograd.py."""
    return f"{test_file.parent.name}/{test_file.stem.removeprefix('test_')}"


@pytest.fixture(scope="module")
def chapter(request: pytest.FixtureRequest, runs: dict[str, ChapterRun]) -> Ran:
    """The run of the chapter that the test file is named after."""
    return whole(runs[chapter_of(Path(request.path))])


@pytest.fixture(params=TREE.chapters())
def each_chapter(request: pytest.FixtureRequest, runs: dict[str, ChapterRun]) -> Ran:
    """The run of each chapter in turn."""
    return whole(runs[request.param])


def whole(result: ChapterRun) -> Ran:
    """The run of a chapter that came to its end."""
    assert result.failure is None, str(result.failure)
    return Ran(result)


@pytest.fixture(scope="session")
def tree() -> Tree:
    """The project itself."""
    return TREE
