"""What `record` tells of a record that it replaces: each changed cell, old → new."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from snippets._engine.audit.places import dependent
from snippets._engine.chapters import cells
from snippets._engine.chapters.results import CellRun, ChapterRun, Output
from snippets._engine.diffs.changes import changes
from snippets._engine.pages import page
from snippets._engine.records.record import Record

pytestmark = pytest.mark.unit

ByHand, Write = Callable[..., Path], Callable[[str, str], Path]
SNIPPET, CODE = "snippets/a/b.py", "# %% one\nn = 3\n\n# %% two\nm = 2\n"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="10pt" height="10pt" viewBox="0 0 10 10">'
    '<g id="figure_1"><path d="M 1 {} L 5 5" style="stroke: #1f77b4"/></g></svg>'
)


@pytest.fixture
def told(write: Write, by_hand: ByHand, read_record: Callable[..., Record]) -> Callable[..., list[tuple[str, ...]]]:
    """What differs: each cell with its lines. Given are the outputs and values of cell `one`, then and now."""

    def tell(old: Any, new: Any, *, then: Any = (), now: Any = (), code: str = CODE) -> list[tuple[str, ...]]:
        write(SNIPPET, CODE)
        by_hand("a/b", {"one": {"outputs": old, "values": dict(then)}})
        chapter = cells.parse(code, name="a/b", path=SNIPPET)
        gave = {"one": (tuple(Output(*output) for output in new), dict(now))}
        runs = tuple(CellRun(cell.name, *gave.get(cell.name, ((), {}))) for cell in chapter.cells)
        found = changes(read_record("a/b"), ChapterRun(chapter, runs, {}, ""))
        return [(change.cell, *change.lines) for change in found]

    return tell


def text(*lines: str, source: str = "stdout") -> Sequence[str]:
    """An output of some lines."""
    return "text", source, "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        pytest.param([text("a", "b: 1", "c")], [text("a", "b: 2", "c")], ["- b: 1", "+ b: 2"], id="a line"),
        pytest.param([text("a")], [text("a", "b")], ["+ b"], id="a line more"),
        pytest.param([text("a", "b")], [text("b")], ["- a"], id="a line less"),
        pytest.param([text("a")], [], ["- a"], id="no output any more"),
        pytest.param(
            [text("a")], [text("a", source="stderr")], ["outputs: text (stdout) → text (stderr)"], id="to stderr"
        ),
        pytest.param([text("took 3.1 s", "a")], [text("took 9.9 s", "b")], ["- a", "+ b"], id="timings aside"),
        pytest.param([["text", "result", "1"]], [["text", "result", "2"]], ["- 1", "+ 2"], id="no line end"),
        pytest.param(
            [["error", "error", "KeyError: 'a'"]],
            [["error", "error", "KeyError: 'b'"]],
            ["error: KeyError: 'a' → KeyError: 'b'"],
            id="an error",
        ),
        pytest.param(
            [text("a")], [text("a"), ["error", "error", "KeyError: 1"]], ["error: none → KeyError: 1"], id="a new error"
        ),
        pytest.param(
            [["figure", "display", SVG.format(1)]],
            [["figure", "display", SVG.format(2)]],
            ["figure changed"],
            id="a figure",
        ),
        pytest.param(
            [["figure", "display", SVG.format(1)], ["figure", "display", SVG.format(1)]],
            [["figure", "display", SVG.format(1)], ["figure", "display", SVG.format(2)]],
            ["figure 2 of 2 changed"],
            id="one of two figures",
        ),
        pytest.param([], [["figure", "display", SVG.format(1)]], ["figures: 0 → 1"], id="a new figure"),
    ],
)
def test_an_output_is_told_as_a_short_diff(
    old: Any, new: Any, lines: list[str], told: Callable[..., list[tuple[str, ...]]]
) -> None:
    assert told(old, new) == [("one", *lines)]


def test_a_value_is_told_old_and_new_and_one_that_only_one_of_them_has_is_not(
    told: Callable[..., list[tuple[str, ...]]],
) -> None:
    then, now = {"n": 3, "k": 1.5, "gone": 1}, {"n": 4, "k": 1.5, "new": 2}
    assert told([], [], then=then, now=now) == [("one", "value n: 3 → 4")]


def test_of_many_lines_some_are_told_and_the_rest_is_counted(told: Callable[..., list[tuple[str, ...]]]) -> None:
    ((_, *lines),) = told([text("a")], [text(*map(str, range(40)))])
    assert lines[:2] == ["- a", "+ 0"]
    assert (len(lines), lines[-1]) == (12, "… 30 more lines")


@pytest.mark.parametrize("at", [0, 60, 150, 499])
def test_of_a_long_line_the_part_that_differs_is_told(at: int, told: Callable[..., list[tuple[str, ...]]]) -> None:
    line = "0" * at + "{}" + "0" * (499 - at)
    ((_, old, new),) = told([text(line.format("<"))], [text(line.format(">"))])
    assert ("<" in old, ">" in new) == (True, True)
    assert max(len(old), len(new)) < 150


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(CODE, [], id="nothing"),
        pytest.param(
            CODE.replace("m = 2", "m = 5"),
            [("two", "the code changed; outputs and values are as they were")],
            id="code alone",
        ),
        pytest.param(CODE.replace("two", "three"), [("three", "new"), ("two", "gone")], id="another name"),
    ],
)
def test_a_cell_that_gives_the_same_is_told_only_for_its_code(
    code: str, expected: list[tuple[str, ...]], told: Callable[..., list[tuple[str, ...]]]
) -> None:
    assert told([text("a")], [text("a")], code=code) == expected


def test_what_depends_on_a_cell_is_sorted_vietnamese_first() -> None:
    lines = "# A {#a}\n\n{{= a/b#one.n }} {{= a/b#one.n }}\n\n::: cell a/b#one\n"
    names = ("docs/en/a/b.md", "docs/en/a/a.md", "docs/vi/z/z.md", "docs/vi/a/b.md")
    pages = [page.parse(lines, src_uri=name.split("/", 2)[2], path=name) for name in names]
    assert [str(place) for place in dependent(pages, "a/b", "one")] == [
        f"docs/{name}.md:{line}" for name in ("vi/a/b", "vi/z/z", "en/a/a", "en/a/b") for line in (3, 5)
    ]
