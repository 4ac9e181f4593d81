"""Run chapters, each in a fresh process, and gather what their cells gave."""

import contextlib
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from . import data, spawn
from .cells import Chapter
from .errors import Finding
from .machine import child_environment, interpreter, require_packages
from .values import Json
from .worker import Job

Kind = Literal["text", "figure", "error"]
Progress = Callable[[str, str], None]
"""Called with the chapter and the cell that starts; the cell is empty when the chapter has ended."""


@dataclass(frozen=True)
class Output:
    """One output of a cell."""

    kind: Kind
    source: str
    """stdout, stderr, result, display or error."""
    text: str
    """The text; for a figure its SVG; for an error `Type: message`."""


@dataclass(frozen=True)
class CellRun:
    """What one cell gave."""

    name: str
    outputs: tuple[Output, ...]
    values: dict[str, Json] = field(default_factory=dict)
    wrong_values: dict[str, str] = field(default_factory=dict)
    """Expressions that failed, with the error."""
    names: tuple[str, ...] = ()
    """The names that the cell bound for the first time."""
    seconds: float = 0.0


@dataclass(frozen=True)
class ChapterRun:
    """What one chapter gave; `failure` says why it is not whole."""

    chapter: Chapter
    cells: tuple[CellRun, ...]
    environment: dict[str, Any]
    data: str
    failure: Finding | None = None

    def cell(self, name: str) -> CellRun:
        """The run of a cell."""
        return next(cell for cell in self.cells if cell.name == name)


def run(
    chapters: Sequence[Chapter],
    *,
    values: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    variant: str = "cpu",
    data_dir: Path | None = None,
    jobs: int | None = None,
    reseed: bool = False,
    preload: Sequence[str] = (),
    progress: Progress = lambda chapter, cell: None,
) -> dict[str, ChapterRun]:
    """Run chapters side by side, each in its own process and folder.

    Args:
        values: for each chapter and cell, the expressions to evaluate after it.
        variant: `cpu` hides CUDA.
        data_dir: a folder with MNIST/raw; None for the embedded digits.
        jobs: processes at a time; None for one a core.
        reseed: give every child a random seed, so that a forgotten one shows.
        preload: modules that the forking parent imports, beside those that it would anyway.

    Raises:
        RunError: torch is not installed, or the data cannot be had.
    """
    if not chapters:
        return {}
    require_packages()
    with _folders(chapters, data_dir) as (folders, data_names):
        todo = [_job(c, folders[c.name], (values or {}).get(c.name, {}), variant, reseed) for c in chapters]
        imports = [*_shared_imports(chapters), *preload]
        events = _events(todo, jobs or os.cpu_count() or 1, imports, variant)
        runs = {result.chapter.name: result for result in _gathered(chapters, events, data_names, progress)}
    return {chapter.name: runs[chapter.name] for chapter in chapters}


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


def _job(chapter: Chapter, folder: str, values: Mapping[str, Sequence[str]], variant: str, reseed: bool) -> Job:
    return Job(
        chapter=chapter.name,
        cells=[{"name": cell.name, "code": cell.code, "raises": cell.raises} for cell in chapter.cells],
        imports=list(chapter.imports),
        folder=folder,
        values={cell: list(expressions) for cell, expressions in values.items()},
        variant=variant,
        seed=random.SystemRandom().randrange(2**31) if reseed else None,
        deadline=float(os.environ.get("SNIPPETS_DEADLINE", "180")),
    )


def _shared_imports(chapters: Sequence[Chapter]) -> list[str]:
    """What the forking parent imports: the modules of two chapters or more, and then the shell they all need."""
    roots = Counter(name for c in chapters for name in {n.partition(".")[0] for n in c.imports})
    shared = [name for name, count in roots.items() if count > 1 and name in _WORTH_IT]
    if "matplotlib" in shared:
        shared += ["matplotlib.pyplot", "matplotlib.backends.backend_svg", "matplotlib_inline.backend_inline"]
    return [*shared, "snippets._engine.shell", "IPython.core.interactiveshell"] if len(chapters) > 1 else []


_WORTH_IT = ("torch", "numpy", "matplotlib", "sklearn", "scipy")  # torchvision only after its schemas, in the child


def _events(jobs: Sequence[Job], count: int, preload: list[str], variant: str) -> Iterator[dict[str, Any]]:
    way = os.environ.get("SNIPPETS_WAY") or ("fork" if sys.platform == "linux" else "spawn")
    environment = child_environment(variant)
    if way == "spawn":
        yield from spawn.events(jobs, count, environment)
    elif jobs:
        yield from _forked(jobs, count, preload, environment)


def _forked(
    jobs: Sequence[Job], count: int, preload: list[str], environment: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """The events of a forking parent; whatever ends this generator ends the parent and its children."""
    import fcntl  # not on Windows, which spawns

    mark = f"SNIPPETS_RUN={secrets.token_hex(8)}"
    environment |= dict([mark.split("=")])
    command = interpreter("fork", str(count), *preload)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert process.stdin is not None
    assert process.stdout is not None
    left = {job.chapter for job in jobs}
    try:
        lines = "".join(json.dumps(asdict(job)) + "\n" for job in jobs).encode()
        with contextlib.suppress(OSError):  # room for all, so that writing never waits for a parent that writes too
            fcntl.fcntl(process.stdin, fcntl.F_SETPIPE_SZ, len(lines))
        process.stdin.write(lines)
        process.stdin.flush()
        while left:
            line = process.stdout.readline()
            if not line.endswith(b"\n"):
                break
            event = json.loads(line)
            left -= {event["chapter"]} if event["event"] in ("end", "failed", "died") else set()
            yield event
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        process.wait()
        if left:
            _kill_marked(mark)
    for chapter in sorted(left):
        yield {"chapter": chapter, "event": "died", "why": "the process that starts the chapters died"}


def _kill_marked(mark: str) -> None:
    """Kill every process of a run whose parent did not live to do it: each carries the mark in its environment."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile, or is not ours
            if mark.encode() in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)


def _cell_run(event: dict[str, Any]) -> CellRun:
    return CellRun(
        event["cell"],
        tuple(Output(o["kind"], o["source"], o["text"]) for o in event["outputs"]),
        event["values"],
        event["wrong_values"],
        tuple(event["names"]),
        event["seconds"],
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
