"""Run chapters, each in a fresh process, and gather what their cells gave."""

import contextlib
import math
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..chapters import data
from ..chapters.cells import Cell, Chapter
from ..chapters.results import CellRun, ChapterRun, Output
from ..project.errors import Finding
from . import imports, spawn
from .interpreter import child_environment, may_fork, require_packages
from .parent import Parent, Start, start_parent
from .wire import Job

Progress = Callable[[str, str], None]
"""Called with the chapter and the cell that starts; the cell is empty when the chapter has ended."""


def run(
    chapters: Sequence[Chapter],
    *,
    values: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    variant: str = "cpu",
    data_dir: Path | None = None,
    jobs: int | None = None,
    reseed: bool = False,
    expected: Mapping[str, float] | None = None,
    ahead: Parent | None = None,
    progress: Progress = lambda chapter, cell: None,
) -> dict[str, ChapterRun]:
    """Run chapters side by side, each in its own process and folder.

    Args:
        values: for each chapter and cell, the expressions to evaluate after it.
        variant: `cpu` hides CUDA.
        data_dir: a folder with MNIST/raw; None for the embedded digits.
        jobs: processes at a time; None for one a core.
        reseed: give every child a random seed, so that a forgotten one shows.
        expected: seconds that chapters will take; the longest starts first, and before it those not named here.
        ahead: what `imports_ahead` gave, with the same variant and number of jobs.

    Raises:
        RunError: torch is not installed, or the data cannot be had.
    """
    if not chapters:
        return {}
    require_packages()
    begun = imports_ahead(chapters, variant=variant, jobs=jobs) if ahead is None else nullcontext(ahead)
    with begun as parent, _folders(chapters, data_dir) as (folders, data_names):
        ordered = _longest_first(chapters, expected or {}, parent.imports if parent else ())
        todo = [_job(c, folders[c.name], (values or {}).get(c.name, {}), variant, reseed) for c in ordered]
        alone = partial(spawn.events, count=jobs or _cores(), environment=child_environment(variant))
        events = (parent.events if parent else alone)(todo)
        gathered = _gathered(chapters, events, data_names, progress)
        images = data.fingerprint(data_dir) if data_dir and any(data_names.values()) else ""
        runs = {r.chapter.name: replace(r, data_hash=images if r.data else "") for r in gathered}
    return {chapter.name: runs[chapter.name] for chapter in chapters}


@contextmanager
def imports_ahead(
    chapters: Sequence[Chapter], *, variant: str = "cpu", jobs: int | None = None, start: Start = start_parent
) -> Iterator[Parent | None]:
    """Let a process import what these chapters share while the caller makes ready to `run` them, or some of them.

    Gives None where chapters do not run in forks, or there is none. Whatever ends this context ends the process, with
    all that it started.

    Args:
        start: makes the process.

    Raises:
        NotInstalledError: torch is not installed.
    """
    if not chapters or not may_fork():
        yield None
        return
    require_packages()
    parent = start(jobs or _cores(), imports.shared(chapters), child_environment(variant))
    with contextlib.closing(parent):
        yield parent


def _gathered(
    chapters: Sequence[Chapter], events: Iterator[dict[str, Any]], data_names: dict[str, str], progress: Progress
) -> Iterator[ChapterRun]:
    """The run of each chapter, as it ends."""
    by_name = {chapter.name: chapter for chapter in chapters}
    cells: dict[str, list[CellRun]] = {name: [] for name in by_name}
    running: dict[str, str] = {}
    for event in events:
        name, kind = event["chapter"], event["event"]
        if kind == "start":
            running[name] = event["cell"]
            progress(name, event["cell"])
        elif kind == "cell":
            cells[name].append(_cell_run(event))
        elif kind in ("end", "failed", "died"):
            failure = None if kind == "end" else _failure(by_name[name], event, running.get(name, ""))
            environment = event.get("environment", {})
            yield ChapterRun(by_name[name], tuple(cells[name]), environment, data_names[name], failure)
            progress(name, "")


@contextmanager
def _folders(chapters: Sequence[Chapter], data_dir: Path | None) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """A fresh working directory for each chapter, with data/MNIST/raw where its code asks for it; the data's names."""
    with tempfile.TemporaryDirectory(prefix="snippets-", ignore_cleanup_errors=True) as base:
        folders, used = {}, {}
        for number, chapter in enumerate(chapters):
            folder = Path(base, str(number))
            folder.mkdir()
            asks = any("MNIST" in cell.code for cell in chapter.cells)
            used[chapter.name] = data.provide(folder, data_dir) if asks else ""
            folders[chapter.name] = str(folder)
        yield folders, used


def _job(
    chapter: Chapter,
    folder: str,
    values: Mapping[str, Sequence[str]],
    variant: str,
    reseed: bool,
) -> Job:
    return Job(
        chapter=chapter.name,
        cells=[_asked(cell) for cell in chapter.cells],
        imports=list(chapter.imports),
        folder=folder,
        values={cell: list(expressions) for cell, expressions in values.items()},
        variant=variant,
        seed=random.SystemRandom().randrange(2**31) if reseed else None,
        deadline=float(os.environ.get("SNIPPETS_DEADLINE", "180")),
        needs=imports.needs(chapter),
    )


def _asked(cell: Cell) -> dict[str, str]:
    """What a run has to know of a cell."""
    return {"name": cell.name, "code": cell.code, "raises": cell.raises, "slider": cell.options.get("slider", "")}


def _longest_first(chapters: Sequence[Chapter], expected: Mapping[str, float], shared: Sequence[str]) -> list[Chapter]:
    """So that no core is left alone with a long one; of unknown ones those first that import something alone."""

    def key(chapter: Chapter) -> tuple[float, bool]:
        return -expected.get(chapter.name, math.inf), set(imports.needs(chapter)) <= set(shared)

    return sorted(chapters, key=key)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _cell_run(event: dict[str, Any]) -> CellRun:
    return CellRun(
        event["cell"],
        tuple(Output(**o) for o in event["outputs"]),
        event["values"],
        event["wrong_values"],
        tuple(event["names"]),
        event["seconds"],
        event["cpu_seconds"],
    )


def _failure(chapter: Chapter, event: dict[str, Any], running: str) -> Finding:
    name = event.get("cell") or running
    cell = chapter.by_name.get(name)
    if cell is None:
        return Finding("run", chapter.path, None, event["why"])
    line = cell.file_line(event["line"]) if event.get("line") else cell.line
    fix = ""
    if " but raised" not in event["why"] and event["why"].startswith("raised "):
        kind = event["why"].split()[1].rstrip(":")
        fix = f'mend it, or declare raises="{kind}" on the cell'
    return Finding("run", chapter.path, line, f"cell `{name}` {event['why']}", fix)
