"""Code that a run takes, and a script or a notebook does not take alike."""

import pytest

from snippets._engine.chapters import cells
from snippets._engine.chapters.results import CellRun, ChapterRun, Output
from snippets._engine.records.keeping import LARGEST, not_portable, refused

pytestmark = pytest.mark.unit


def found(code: str) -> list[str]:
    """What is told of a chapter."""
    chapter = cells.parse(code, name="part/code", path="snippets/part/code.py")
    return [str(finding) for finding in not_portable(chapter)]


ARGUMENTS = "which is the kernel's own in a notebook; write the values into the cell"
KINDS = {
    "the command line": ("import sys\nprint(sys.argv[1])", f"4: cell `two` reads `sys.argv`, {ARGUMENTS}"),
    "the command line by name": ("from sys import argv", f"3: cell `two` reads `sys.argv`, {ARGUMENTS}"),
    "the engine": (
        "from snippets._engine.project import tree",
        "3: cell `two` imports `snippets._engine.project.tree`, which no reader has; write what it needs into a cell",
    ),
    "a chapter": (
        "x = 1\nimport snippets.basics.autograd",
        "4: cell `two` imports `snippets.basics.autograd`, which no reader has; write what it needs into a cell",
    ),
    "a neighbour": (
        "from .autograd import walk",
        "3: cell `two` imports `.autograd.walk`, which no reader has; write what it needs into a cell",
    ),
    "what comes at the end": (
        "import atexit\natexit.register(print, 'bye')",
        "4: cell `two` calls `atexit.register`: what runs after the last cell is no cell's output; call it in a cell",
    ),
}


@pytest.mark.parametrize(("code", "message"), KINDS.values(), ids=KINDS.keys())
def test_told_with_its_line(code: str, message: str) -> None:
    assert found(f"# %% two\n# a comment\n{code}\n") == [f"snippets/part/code.py:{message}"]


@pytest.mark.parametrize(
    "code", ["import sys\nsys.argv = ['x']\nprint(sys.argv)", "import sys\nsys.path", "import torch"]
)
def test_what_is_the_same_everywhere_is_let_through(code: str) -> None:
    assert found(f"# %% one\n{code}\n") == []


@pytest.mark.parametrize(
    ("size", "told"),
    [
        pytest.param(LARGEST, [], id="heavy"),
        pytest.param(
            LARGEST + 1,
            [
                "snippets/part/code.py:4: cell `two` draws a figure of 500,001 bytes, at most 500,000 go on a page; "
                "draw fewer points, or with rasterized=True"
            ],
            id="too heavy",
        ),
    ],
)
def test_a_figure_that_is_too_heavy_for_a_page_is_refused(size: int, told: list[str]) -> None:
    chapter = cells.parse("# %% one\nx = 1\n\n# %% two\nx = 2\n", name="part/code", path="snippets/part/code.py")
    drawn = CellRun("two", (Output("figure", "display", "x" * size),))
    assert [str(finding) for finding in refused(ChapterRun(chapter, (CellRun("one", ()), drawn), {}, ""))] == told
