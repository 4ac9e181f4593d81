"""What comes of a run: why it is not whole, and the values that it could not give without being changed by them.

A chapter that failed is told with the line that it had reached and the last that it wrote. Values that were left open
come from runs that are there for them alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..chapters.cells import Chapter
from ..chapters.results import CellRun, ChapterRun
from ..chapters.values import normalised
from ..project.errors import Finding

_LINES, _WIDTH = 3, 200
_MAIN = 'what a cell defines is not found by a spawned process: use get_context("fork"), or threads'
Asked = dict[str, list[str]]
"""For each cell the expressions to evaluate after it."""


@dataclass
class Gathered:
    """What a run of chapters gave, and what it left open."""

    runs: dict[str, ChapterRun] = field(default_factory=dict)
    later: dict[str, Asked] = field(default_factory=dict)
    """For each chapter the values that it did not give."""
    unsettled: set[str] = field(default_factory=set)
    """The chapters in which an expression gave something else the second time."""


Again = Callable[[Chapter, Asked], Gathered]
"""Runs a chapter again, in a process that is there for these values alone."""


def with_later_values(gathered: Gathered, again: Again) -> dict[str, ChapterRun]:
    """The runs, whole: what a value changes is changed in a run whose outputs nobody sees.

    One more run gives all that a chapter left open, unless these values change what it or they give; then each has a
    run of its own.
    """
    runs = dict(gathered.runs)
    for name, asked in gathered.later.items():
        if runs[name].failure is None:
            runs[name] = _completed(runs[name], _values(runs[name], asked, again))
    return runs


def _values(run: ChapterRun, asked: Asked, again: Again) -> Sequence[CellRun]:
    chapter = run.chapter
    second = again(chapter, asked)
    found = second.runs[chapter.name]
    if found.failure is None and not second.unsettled and _outputs(found) == _outputs(run):
        return found.cells
    return [_alone(chapter, cell, expression, again) for cell, es in asked.items() for expression in es]


def _alone(chapter: Chapter, cell: str, expression: str, again: Again) -> CellRun:
    end = [c.name for c in chapter.cells].index(cell) + 1
    found = again(replace(chapter, cells=chapter.cells[:end]), {cell: [expression]}).runs[chapter.name]
    if found.failure is not None:
        return CellRun(cell, (), {}, {expression: found.failure.message})
    return found.cell(cell)


def _outputs(run: ChapterRun) -> list[object]:
    """What must be as it was; a cell that says itself that it differs from run to run tells nothing."""
    by_name = run.chapter.by_name
    return [cell.outputs for cell in run.cells if "volatile" not in by_name[cell.name].options]


def _completed(run: ChapterRun, found: Sequence[CellRun]) -> ChapterRun:
    def completed(cell: CellRun) -> CellRun:
        mine = [other for other in found if other.name == cell.name]
        for other in mine:
            cell = replace(cell, values=cell.values | other.values, wrong_values=cell.wrong_values | other.wrong_values)
        return cell

    return replace(run, cells=tuple(map(completed, run.cells)))


def failed(chapter: Chapter, event: dict[str, Any], running: tuple[str, str] | None, aside: Path) -> Finding:
    """What a chapter's last event says went wrong.

    Args:
        running: the cell that ran, and the value that was evaluated after it; None before the first.
        aside: the folder of what the process wrote there.
    """
    begun, value = running or ("", "")
    cell = chapter.by_name.get(event.get("cell") or begun)
    died = event["event"] == "died"
    why, fix = event["why"], event.get("fix", "")
    if died:
        last = _last_lines(aside)
        why += f"; the last that it wrote: {' | '.join(last)}" if last else ""
        fix = _cure(why)
    if cell is None:
        return Finding("run", chapter.path, None, why, fix)
    reached = _line_reached(aside) if died and not value else int(event.get("line") or 0)
    line = cell.file_line(reached) if reached else cell.line
    said = f"cell `{cell.name}`" + (f", value `{value}`" if value else "")
    return Finding("run", chapter.path, line, f"{said}{':' if why.startswith('the process') else ''} {why}", fix)


def _cure(why: str) -> str:
    if "Can't get attribute" in why and "__main__" in why:
        return _MAIN
    if why.startswith("the process left"):
        return "leave out what ends it, such as os._exit: no cell below would run"
    if "SIGKILL" in why:
        return "the system kills what takes too much memory: make it smaller"
    return ""


def _line_reached(aside: Path) -> int:
    """The line of the cell's code whose statement had begun; 0 when none had."""
    try:
        return int((aside / "line").read_text("ascii") or 0)
    except (OSError, ValueError):
        return 0


def _last_lines(aside: Path) -> list[str]:
    """The end of what Python wrote, then of what C code and other processes wrote and nobody had taken yet."""
    found: list[str] = []
    for name in ("text", "stdout", "stderr"):
        try:
            text = (aside / name).read_bytes()[-20_000:].decode("utf-8", "replace")
        except OSError:  # it died before it could write
            continue
        lines = [line.strip()[:_WIDTH] for line in normalised(text).split("\n") if line.strip(" ^~")]
        found += lines[-_LINES:]
    return list(dict.fromkeys(found))[-_LINES:]
