"""Run chapters, each in a fresh process, and gather what their cells gave."""

import contextlib
import math
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..chapters import data
from ..chapters.cells import Cell, Chapter
from ..chapters.results import CellRun, ChapterRun, Output, Remark
from . import imports, spawn
from .interpreter import child_environment, may_fork, require_packages
from .outcome import Asked, Gathered, failed, with_later_values
from .parent import Parent, Start, start_parent
from .wire import Job

WORK, ASIDE = "work", "aside"
"""Folders of a chapter that runs: its working directory; what tells how far it came, should its process die."""
Values = Mapping[str, Mapping[str, Sequence[str]]]
"""For each chapter and cell, expressions."""
Progress = Callable[[str, str], None]
"""Called with the chapter and the cell that starts; the cell is empty when the chapter has ended."""


def run(
    chapters: Sequence[Chapter],
    *,
    values: Values | None = None,
    variant: str = "cpu",
    data_dir: Path | None = None,
    jobs: int | None = None,
    reseed: bool = False,
    seeds: Mapping[str, int] | None = None,
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
        seeds: those of some chapters, instead.
        expected: seconds that chapters will take; the longest starts first, and before it those not named here.
        ahead: what `imports_ahead` gave, with the same variant and number of jobs.

    Raises:
        RunError: torch is not installed, or the data cannot be had.
    """
    if not chapters:
        return {}
    require_packages()
    given = {c.name: random_seed() if reseed else None for c in chapters} | dict(seeds or {})
    how = _How(variant, data_dir, jobs, given, progress)
    begun = imports_ahead(chapters, variant=variant, jobs=jobs) if ahead is None else nullcontext(ahead)
    with begun as parent:
        ordered = _longest_first(chapters, expected or {}, parent.imports if parent else ())
        first = _run_once(ordered, values or {}, how, parent)
    runs = with_later_values(first, partial(_run_for_values, how))
    images = data.fingerprint(data_dir) if data_dir and any(r.data for r in runs.values()) else ""
    return {c.name: replace(runs[c.name], data_hash=images if runs[c.name].data else "") for c in chapters}


def random_seed() -> int:
    """A seed that no other run is likely to have."""
    return random.SystemRandom().randrange(2**31)


@dataclass(frozen=True)
class _How:
    """How chapters are run."""

    variant: str
    data_dir: Path | None
    jobs: int | None
    seeds: Mapping[str, int | None]
    progress: Progress
    for_values: bool = False


def _run_for_values(how: "_How", chapter: Chapter, asked: Asked) -> Gathered:
    alone = replace(how, for_values=True, progress=lambda chapter, cell: None)
    with imports_ahead([chapter], variant=how.variant, jobs=1) as parent:
        return _run_once([chapter], {chapter.name: asked}, alone, parent)


def _run_once(chapters: Sequence[Chapter], values: Values, how: _How, parent: Parent | None) -> Gathered:
    with _folders(chapters, how.data_dir) as (folders, data_names):
        todo = [_job(c, folders[c.name], values.get(c.name, {}), how) for c in chapters]
        alone = partial(spawn.events, count=how.jobs or _cores(), environment=child_environment(how.variant))
        return _gathered(chapters, (parent.events if parent else alone)(todo), folders, data_names, how.progress)


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
    chapters: Sequence[Chapter],
    events: Iterator[dict[str, Any]],
    folders: Mapping[str, Path],
    data_names: dict[str, str],
    progress: Progress,
) -> Gathered:
    """The run of each chapter, in the order in which they end."""
    by_name = {chapter.name: chapter for chapter in chapters}
    cells: dict[str, list[CellRun]] = {name: [] for name in by_name}
    running: dict[str, tuple[str, str]] = {}
    found = Gathered()
    for event in events:
        name, kind = event["chapter"], event["event"]
        if kind == "start":
            running[name] = event["cell"], ""
            progress(name, event["cell"])
        elif kind == "value":
            running[name] = event["cell"], event["expression"]
        elif kind == "cell":
            running[name] = event["cell"], ""
            cells[name].append(_cell_run(event))
            if event["later"]:
                found.later.setdefault(name, {})[event["cell"]] = event["later"]
            found.unsettled |= {name} if event["unsettled"] else set()
        elif kind in ("end", "failed", "died"):
            failure = None if kind == "end" else failed(by_name[name], event, running.get(name), folders[name] / ASIDE)
            environment = event.get("environment", {})
            found.runs[name] = ChapterRun(by_name[name], tuple(cells[name]), environment, data_names[name], failure)
            progress(name, "")
    return found


@contextmanager
def _folders(chapters: Sequence[Chapter], data_dir: Path | None) -> Iterator[tuple[dict[str, Path], dict[str, str]]]:
    """A folder for each chapter that holds its working directory, with data/MNIST/raw where its code asks for it.

    And the names of the data.
    """
    with tempfile.TemporaryDirectory(prefix="snippets-", ignore_cleanup_errors=True) as base:
        folders, used = {}, {}
        for number, chapter in enumerate(chapters):
            folder = folders[chapter.name] = Path(base, str(number))
            for part in (WORK, ASIDE):
                (folder / part).mkdir(parents=True)
            asks = any("MNIST" in cell.code for cell in chapter.cells)
            used[chapter.name] = data.provide(folder / WORK, data_dir) if asks else ""
        yield folders, used


def _job(chapter: Chapter, folder: Path, values: Mapping[str, Sequence[str]], how: _How) -> Job:
    return Job(
        chapter=chapter.name,
        cells=[_asked(cell) for cell in chapter.cells],
        imports=list(chapter.imports),
        folder=str(folder / WORK),
        values={cell: list(expressions) for cell, expressions in values.items()},
        for_values=how.for_values,
        variant=how.variant,
        seed=how.seeds[chapter.name],
        deadline=float(os.environ.get("SNIPPETS_DEADLINE", "180")),
        needs=imports.needs(chapter),
        aside=str(folder / ASIDE),
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
        tuple(Remark(**remark) for remark in event["remarks"]),
    )
