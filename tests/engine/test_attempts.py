"""What attempts stand on: one importing process is asked for run after run, and cells may end as they like."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from textwrap import dedent

import pytest

from snippets._engine.chapters import cells
from snippets._engine.chapters.cells import Chapter
from snippets._engine.chapters.results import ChapterRun
from snippets._engine.run.interpreter import may_fork
from snippets._engine.run.scheduler import run
from snippets._engine.run.wire import WHATEVER

from ..snippets.attempts import Change, Importing, attempted, importing, plan

NAME = "part/code"
pytestmark = pytest.mark.skipif(not may_fork(), reason="each run is a process of its own here")


def chapter(text: str) -> Chapter:
    return cells.parse(dedent(text), name=NAME, path=f"snippets/{NAME}.py")


@pytest.fixture(scope="module")
def importer() -> Iterator[Importing]:
    """One process for all tests of this file."""
    with importing([]) as parent:
        assert parent is not None
        yield parent


@pytest.fixture
def run_code(importer: Importing) -> Callable[[str], ChapterRun]:
    """Runs a chapter's text as it is."""
    return lambda text: run([chapter(text)], ahead=importer)[NAME]


def test_one_process_runs_one_after_another_each_from_nothing(run_code: Callable[[str], ChapterRun]) -> None:
    code = "# %% a\nimport os\nfirst = 'seen' not in os.environ\nos.environ['seen'] = '1'\nprint(first, os.getppid())\n"
    said = [run_code(code).cell("a").outputs[0].text for _ in range(3)]
    assert said[0].startswith("True ")
    assert len(set(said)) == 1


def test_a_run_that_dies_is_told_and_the_next_one_runs(run_code: Callable[[str], ChapterRun]) -> None:
    died = run_code("# %% a\nimport os\nos._exit(3)\n")
    assert died.failure is not None
    assert "the process left with status 3" in died.failure.message
    assert run_code("# %% a\nprint(1)\n").failure is None


def test_a_killed_importer_is_told_too() -> None:
    with importing([]) as parent:
        assert parent is not None
        found = run([chapter("# %% a\nimport os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n")], ahead=parent)[NAME]
    assert found.failure is not None
    assert "the process that starts the chapters died" in found.failure.message


def test_a_cell_that_may_end_as_it_likes_ends_no_run(importer: Importing) -> None:
    code = chapter("# %% a\nprint(1)\n\n# %% b raises='no'\n1 / 0\n\n# %% c\nprint(3)\n".replace("'", '"'))
    free = replace(code, cells=tuple(replace(cell, options={"raises": WHATEVER}) for cell in code.cells))
    ran = run([free], ahead=importer)[NAME]
    assert ran.failure is None
    assert [output.text.strip() for cell in ran.cells for output in cell.outputs] == [
        "1",
        "ZeroDivisionError: division by zero",
        "3",
    ]


def test_no_chapter_can_say_so() -> None:
    with pytest.raises(cells.CellError, match="the own name of an exception type"):
        chapter(f'# %% a raises="{WHATEVER}"\n1 / 0\n')


CODE = """\
# %% a
x = 1

# %% b
x += 1

# %% c raises="NameError"
y

# %% d
x
"""


@pytest.mark.parametrize(
    ("way", "options", "before", "after"),
    [
        ("in_order", {}, "a", "b*"),
        ("alone", {}, "a b", "b*"),
        ("in_order", {"since": "a"}, "a", "b*"),
        ("alone", {"since": "a"}, "a b", "a b*"),
        ("in_order", {"then": ("d",)}, "a", "b* c* d*"),
        ("alone", {"then": ("d",)}, "a b c d", "b* d*"),
        ("alone", {"then": ("c",), "since": "a"}, "a b c", "a b* c*"),
        ("in_order", {"whole": True}, "a", "b*"),
        ("alone", {"whole": True}, "a b c d", "b*"),
    ],
)
def test_what_runs_in_each_way(way: str, options: dict[str, object], before: str, after: str) -> None:
    first, then = plan(chapter(CODE), Change("b", {"1": "2"}, **options), way)
    assert [cell.name.removesuffix(" as it was") for cell in first] == before.split()
    assert all(cell.raises != WHATEVER for cell in first)
    assert [cell.name + "*" * (cell.raises == WHATEVER) for cell in then] == after.split()
    assert [cell.code for cell in then if cell.name == "b"] == ["x += 2"]


def test_a_chapter_that_fails_before_the_change_fails_the_attempt(importer: Importing) -> None:
    broken = chapter(CODE.replace("x = 1", "x = z"))
    with pytest.raises(pytest.fail.Exception, match=rf"^snippets/{NAME}\.py:2: cell `a as it was` raised NameError: "):
        attempted(broken, Change("b", {}), "in_order", {}, importer)


def test_the_reader_may_write_what_looks_like_a_comment_of_the_page(importer: Importing) -> None:
    code = chapter('# %% a\ntext = "x"\nprint(text)\n')
    ran = attempted(code, Change("a", {'"x"': '"""\n# vi: một\n# (1)!"""'}), "alone", {}, importer)
    assert ran.text("a") == "\n# vi: một\n# (1)!\n"


def test_nothing_is_left_of_the_importer(wait_until: Callable[..., bool]) -> None:
    with importing([]) as parent:
        assert parent is not None
        told = run([chapter("# %% a\nimport os\nprint(os.getppid())\n")], ahead=parent)[NAME]
    pid = int(told.cell("a").outputs[0].text)

    def gone() -> bool:
        try:
            os.kill(pid, signal.SIG_DFL)
        except ProcessLookupError:
            return True
        return False

    assert wait_until(gone)
