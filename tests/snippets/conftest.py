"""One run of each chapter serves the whole session, however many processes share the tests: what it gave.

A reader's tests get the same `chapter` from reader_conftest.py, which is published and needs nothing of this project.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from snippets._engine.chapters.results import ChapterRun
from snippets._engine.commands.record import expected_seconds, wanted
from snippets._engine.pages.page import read_all
from snippets._engine.project.tree import Tree
from snippets._engine.project.tries import PREFIX
from snippets._engine.records.library import Library
from snippets._engine.run.scheduler import run

from ..once import BrokenError, once
from .attempts import WAYS, Change, Importing, attempted, importing, refuse
from .ran import TREE, Ran, asked, asked_of_attempts

HERE = Path(__file__).resolve().parent

needed: set[str] = set()
"""The chapters to run as they are."""
tried: set[str] = set()
"""Those whose cells are changed."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which chapters the chosen tests are about: only those run."""
    for item in session.items:
        if isinstance(item, pytest.Function) and item.path.is_relative_to(HERE):
            if "chapter" in item.fixturenames:
                needed.add(chapter_of(item.path))
            if "each_chapter" in item.fixturenames:
                needed.add(item.callspec.params["each_chapter"])
            if "attempt" in item.fixturenames:
                tried.add(chapter_of(item.path))


def run_needed() -> dict[str, ChapterRun]:
    """The needed chapters, run with the values that pages and tests ask for."""

    library = Library(TREE)
    pages = read_all(library)
    chapters = [library.chapter(name) for name in sorted(needed)]
    values = {chapter.name: wanted(pages, chapter.name) for chapter in chapters}
    for chapter in chapters:
        test_file = TREE.test(chapter.name)
        for cell, expressions in asked(test_file).items() if test_file.is_file() else ():
            values[chapter.name].setdefault(cell, []).extend(expressions)
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


@pytest.fixture(scope="session")
def importer() -> Iterator[Importing | None]:
    """What the attempts of this process are forked from."""
    library = Library(TREE)
    with importing([library.chapter(name) for name in sorted(tried)]) as parent:
        yield parent


@pytest.fixture(params=WAYS)
def attempt(request: pytest.FixtureRequest, importer: Importing | None) -> Callable[..., Ran]:
    """`attempt("cell", {"old": "new"})` changes a cell as its reader would, in each way in turn: see attempts.py.

    What it gives is asked as `chapter` is, for the changed cell and those that `then` names. Further arguments are the
    fields of `Change`.
    """
    test_file, function = Path(request.path), request.function.__name__
    if not function.startswith(PREFIX):
        refuse(f"{test_file.name}: `attempt` in `{function}`; call the test `{PREFIX}NAME`, as the page invites to it")
    chapter, values = Library(TREE).chapter(chapter_of(test_file)), asked_of_attempts(test_file, function)

    def attempt_change(cell: str, changes: dict[str, str], **options: Any) -> Ran:
        return attempted(chapter, Change(cell, changes, **options), request.param, values, importer)

    return attempt_change


def whole(result: ChapterRun) -> Ran:
    """The run of a chapter that came to its end."""
    assert result.failure is None, str(result.failure)
    return Ran(result)


@pytest.fixture(scope="session")
def tree() -> Tree:
    """The project itself."""
    return TREE
