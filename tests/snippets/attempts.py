"""Does what a page invites its reader to: changes a cell and runs it, in both ways in which a reader may do that.

in_order    the notebook from its top, the cell in its new form: what comes after it as far as it is wanted
alone       the notebook as it is, as far as it is wanted; then, in the state that this left, the changed cell again

Each attempt runs from the top in a process of its own, forked from one that has imported what chapters need: most
chapters take a second. A fork in front of the cell would save that, but share open files, and what is written in the
working directory, with the run that it leaves behind.
Where fork is not safe, each is a fresh process. A random seed is given before the first cell, as in `check`.
"""

import ast
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from snippets._engine.chapters.cells import Cell, Chapter
from snippets._engine.run import imports
from snippets._engine.run.interpreter import child_environment, may_fork
from snippets._engine.run.parent import Parent, start_parent
from snippets._engine.run.scheduler import run
from snippets._engine.run.wire import WHATEVER, Job

from .ran import Asked, Ran

WAYS = ("in_order", "alone")


@dataclass(frozen=True)
class Change:
    """A cell, and how a reader changes it."""

    cell: str
    changes: Mapping[str, str]
    """For each text, which stands in the cell once, the one in its place; none for a cell that is only run again."""
    then: Sequence[str] = ()
    """The cells behind it that the reader then runs too."""
    since: str = ""
    """The cell before it from which on the reader runs again, if the changed one is not enough."""
    whole: bool = False
    """Whether the whole notebook was run before the cell is changed and run alone, not only what comes before."""


def attempted(chapter: Chapter, change: Change, way: str, values: Asked, parent: "Importing | None") -> Ran:
    """What the changed cell, and the cells that are run after it, gave; earlier ones run again are among them."""
    before, after = plan(chapter, change, way)
    tried = replace(chapter, cells=(*before, *after))
    result = run([tried], values={chapter.name: values}, reseed=True, ahead=parent)[chapter.name]
    if result.failure is not None:
        refuse(str(result.failure))
    return Ran(replace(result, chapter=chapter, cells=result.cells[len(before) :]))


def plan(chapter: Chapter, change: Change, way: str) -> tuple[list[Cell], list[Cell]]:
    """The cells to run first, and those that tell what the change does.

    From the changed cell on nothing is promised any more: whatever a cell ends with, the next one runs.
    """
    cells, at, then, since = list(chapter.cells), *_places(chapter, change)
    new, end = changed(chapter, change), max([at, *then]) + 1
    before, after = cells[:at], [new, *map(_free, cells[at + 1 : end])]
    if way == "alone":
        before = cells if change.whole else cells[:end]
        after = [*cells[since:at], new, *(_free(cells[place]) for place in then)]
    return [replace(cell, name=f"{cell.name} as it was") for cell in before], after


def _places(chapter: Chapter, change: Change) -> tuple[int, list[int], int]:
    """Where the changed cell stands, those run after it, and the first one run again."""
    names = [cell.name for cell in chapter.cells]
    for name in (change.cell, *change.then, *([change.since] if change.since else [])):
        if name not in names:
            refuse(f"{chapter.path}: no cell `{name}`; there are: {', '.join(names)}")
    at, then = names.index(change.cell), [names.index(name) for name in change.then]
    since = names.index(change.since) if change.since else at
    if since > at or [at, *then] != sorted({at, *then}):
        said = f"since={change.since!r}, then={tuple(change.then)}"
        refuse(f"{chapter.path}: {said}: name cells before and behind `{change.cell}`, in their order")
    return at, then, since


def changed(chapter: Chapter, change: Change) -> Cell:
    """The cell as the reader changes it."""
    cell, changes = chapter.by_name[change.cell], change.changes
    where = f"{chapter.path}:{cell.line}: cell `{cell.name}`"
    code = cell.code
    for old, new in changes.items():
        if (count := code.count(old)) != 1:
            refuse(f"{where}: expected {old!r} once, found {count}; name what the reader changes")
        code = code.replace(old, new)
    try:
        ast.parse(code)
    except SyntaxError as exc:
        refuse(f"{where}: no Python any more when changed: {exc.msg}; mend the change")
    as_it_stands = frozenset((cell.line - 1, cell.line))  # no line is read as a page's comment any more
    return _free(replace(cell, lines=tuple((cell.line, line) for line in code.split("\n")), strings=as_it_stands))


def _free(cell: Cell) -> Cell:
    return replace(cell, options=cell.options | {"raises": WHATEVER})


def refuse(line: str) -> None:
    """Fail with one line."""
    pytest.fail(line, pytrace=False)


@dataclass
class Importing:
    """A process that has imported what chapters need and is asked for one run after another."""

    parent: Parent

    @property
    def imports(self) -> tuple[str, ...]:
        """As of `Parent`."""
        return self.parent.imports

    def events(self, jobs: Sequence[Job]) -> Iterator[Any]:
        """As of `Parent`, and it stays for more."""
        return self.parent.more(jobs)


@contextlib.contextmanager
def importing(chapters: Sequence[Chapter]) -> Iterator[Importing | None]:
    """Such a process for these chapters; None where chapters do not run in forks."""
    if not may_fork():
        yield None
        return
    wanted = dict.fromkeys(name for chapter in chapters for name in imports.needs(chapter))
    parent = start_parent(1, list(wanted), child_environment("cpu"))
    with contextlib.closing(parent):
        yield Importing(parent)
