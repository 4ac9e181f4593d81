"""`record`: run what is stale, and keep what it gave where it differs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
from click.exceptions import Exit

from ..audit.places import Place, in_order, to_read_again
from ..chapters import frames
from ..chapters.cells import Chapter
from ..chapters.results import CellRun, ChapterRun, Output
from ..diffs.changes import Change, changes
from ..diffs.compare import mismatches, rule_for
from ..pages.page import Page, read_all
from ..project.errors import Finding
from ..project.files import sweep
from ..project.tree import VARIANTS, Tree
from ..records import record
from ..records.chosen import readable
from ..records.keeping import dropped, not_portable, refused
from ..records.library import Library
from ..records.record import Record
from ..records.stale import is_known_fresh, remember_fresh, stale_reason, state_of
from ..render.frames import with_frames
from ..run.interpreter import has_gpu
from ..run.parent import Start, start_parent
from ..run.scheduler import Progress, imports_ahead, run
from .cli import (
    FAILED,
    WrongCallError,
    chapters_argument,
    data_option,
    jobs_option,
    progress_shown,
    say,
    select,
    tree_option,
)


@click.command("record")
@chapters_argument
@click.option("--variant", type=click.Choice(VARIANTS), default="cpu", show_default=True, help="The record to write.")
@data_option
@jobs_option
@click.option("--force", is_flag=True, help="Run fresh chapters too; a record is still written only where it changed.")
@tree_option
def record_command(
    tree: Tree, chapters: tuple[str, ...], variant: str, data: Path | None, jobs: int | None, force: bool
) -> None:
    """Run what is stale and write its outputs to docs/notebooks."""
    names = select(tree, chapters)
    if variant == "mnist" and data is None:
        raise WrongCallError("--variant mnist", None, "needs real images", "give --data DIR, or set SNIPPETS_DATA")
    if variant == "cuda" and not has_gpu():
        raise WrongCallError("--variant cuda", None, "needs a GPU that torch can use", "there is none here")
    images = data if variant == "mnist" else None
    with progress_shown(tree, names) as progress:
        done = record_chapters(tree, names, variant=variant, data_dir=images, jobs=jobs, force=force, progress=progress)
    for path in done.written:
        click.echo(f"wrote {tree.relative(path)}")
        _tell(done.changes.get(path, ()), variant)
    click.echo(f"{len(done.written)} written, {len(done.same)} ran and gave the same, {len(done.fresh)} fresh")
    say([*done.notes, *done.problems])
    if done.problems:
        raise Exit(FAILED)


def _tell(changes: Sequence["ChangedCell"], variant: str) -> None:
    for change in changes:
        click.echo(f"  cell `{change.cell}`")
        for line in change.lines:
            click.echo(f"    {line}")
    for name in dict.fromkeys(name for change in changes for name in change.places):
        late = f" once recorded with --variant {name}, which these lines cite" if name != variant else ""
        click.echo(f"  read again{late}:")
        for place in in_order(place for change in changes for place in change.places.get(name, ())):
            click.echo(f"    {place}")


@dataclass(frozen=True)
class ChangedCell:
    """A cell whose record says something else than before."""

    cell: str
    lines: tuple[str, ...]
    """What differs, old → new."""
    places: Mapping[str, tuple[Place, ...]]
    """The lines of all pages that show or cite it, by the variant whose record they depend on."""


@dataclass(frozen=True)
class Recorded:
    """What `record` did."""

    written: tuple[Path, ...] = ()
    """The records that are new or differ."""
    same: tuple[str, ...] = ()
    """Chapters that ran and gave what their record says: not a byte of it was touched."""
    fresh: tuple[str, ...] = ()
    """Chapters that did not have to run."""
    problems: tuple[Finding, ...] = ()
    """Why chapters that ran were not recorded."""
    changes: Mapping[Path, tuple[ChangedCell, ...]] = field(default_factory=dict)
    """For each written record that replaces one, what is not as it was."""
    notes: tuple[Finding, ...] = ()
    """What cells showed that is not kept."""


def record_chapters(
    tree: Tree,
    names: Sequence[str],
    *,
    variant: str = "cpu",
    data_dir: Path | None = None,
    jobs: int | None = None,
    force: bool = False,
    progress: Progress = lambda chapter, cell: None,
    pages: Sequence[Page] | None = None,
    start: Start = start_parent,
) -> Recorded:
    """Run the chapters whose record is missing, stale or incomplete, and write what changed.

    Nothing is written for a chapter whose run fails or whose pages ask for a value that cannot be had.

    Args:
        pages: those whose values are recorded; default: all, each of which must then be readable.
        start: as of `imports_ahead`.

    Raises:
        SnippetsError: a page, snippet or record cannot be read; torch is not installed.
        OSError: a record cannot be written; it is as it was.
    """
    sweep(*{tree.record(name, variant).parent for name in names})
    state = state_of(tree, variant) if pages is None and not force else ""
    if state and is_known_fresh(tree, variant, state):
        return Recorded(fresh=tuple(names))
    library = Library(tree)
    chapters = [library.chapter(name) for name in names]
    stale = {c.name: c for c in chapters if force or _is_stale(library, c, variant)}
    with imports_ahead([*stale.values()], variant=variant, jobs=jobs, start=start) as ahead:
        pages = with_frames(chapters, read_all(library)) if pages is None else pages
        todo = [c for c in chapters if c.name in stale or _asks_more(library, c, pages, variant)]
        if state and not todo and len(names) == len(tree.chapters()):
            remember_fresh(tree, variant, state)
        options: Any = {"variant": variant, "data_dir": data_dir, "jobs": jobs, "ahead": ahead, "progress": progress}
        runs = _run(library, todo, pages, **options)
    fresh = tuple(name for name in names if name not in runs)
    return replace(_written_where_it_differs(library, runs, pages, variant), fresh=fresh)


def _run(
    library: Library, chapters: Sequence[Chapter], pages: Sequence[Page], *, variant: str, **options: Any
) -> dict[str, ChapterRun]:
    """Run chapters with the values that pages ask for, the longest first."""
    expected = expected_seconds(library, [c.name for c in chapters], variant)
    values = {c.name: wanted(pages, c.name) for c in chapters}
    return run(chapters, variant=variant, values=values, expected=expected, **options)


def _written_where_it_differs(
    library: Library, runs: Mapping[str, ChapterRun], pages: Sequence[Page], variant: str
) -> Recorded:
    written, same, problems, changed = [], [], list[Finding](), dict[Path, tuple[ChangedCell, ...]]()
    for name, result in runs.items():
        wrong = [result.failure] if result.failure else _wrong(result, pages, variant)
        problems += wrong
        old = readable(library, name, variant)
        if not wrong and not _same_as_recorded(old, result, library.tree):
            written.append(record.write(library.tree, _with_what_stays(result, old), variant))
            changed[written[-1]] = _changed_cells(library, old, result, pages, variant)
        elif not wrong and old is not None and record.lacks(old, result):
            written.append(record.add_lacking(library.tree, result, variant))
        elif not wrong:
            same.append(name)
    notes = tuple(note for result in runs.values() for note in dropped(result))
    return Recorded(tuple(written), tuple(same), problems=tuple(problems), notes=notes, changes=changed)


def _changed_cells(
    library: Library, old: Record | None, new: ChapterRun, pages: Sequence[Page], variant: str
) -> tuple[ChangedCell, ...]:
    if old is None:  # of a new chapter nothing is to be read again
        return ()

    def places(change: Change) -> Mapping[str, tuple[Place, ...]]:
        return to_read_again(library, pages, new.chapter.name, change.cell, variant) if change.old else {}

    return tuple(ChangedCell(change.cell, change.lines, places(change)) for change in changes(old, new))


def _wrong(result: ChapterRun, pages: Sequence[Page], variant: str) -> list[Finding]:
    """Why a run that went to its end cannot be recorded."""
    found = [*frames.findings(result), *frames.in_variant(result.chapter, variant)]
    found = [*(found or record.too_large(result, variant)), *wrong_values(result, pages)]
    return [*found, *not_portable(result.chapter), *refused(result)]


def wanted(pages: Iterable[Page], chapter: str) -> dict[str, list[str]]:
    """For each cell the expressions that pages ask for, sorted."""
    found: dict[str, set[str]] = {}
    for page in pages:
        for use in page.values:
            if use.chapter == chapter:
                found.setdefault(use.cell, set()).add(use.expression)
    return {cell: sorted(expressions) for cell, expressions in found.items()}


def needs_run(library: Library, chapter: Chapter, pages: Iterable[Page], variant: str = "cpu") -> bool:
    """Whether the record is missing, unreadable, stale or incomplete."""
    return _is_stale(library, chapter, variant) or _asks_more(library, chapter, pages, variant)


def _is_stale(library: Library, chapter: Chapter, variant: str) -> bool:
    old = readable(library, chapter.name, variant)
    return old is None or bool(stale_reason(old, chapter, library.tree))


def _asks_more(library: Library, chapter: Chapter, pages: Iterable[Page], variant: str) -> bool:
    """Whether a page asks for a value that a fresh record lacks."""
    old = readable(library, chapter.name, variant)
    if old is None:
        return False
    asked = wanted(pages, chapter.name)
    return any(e not in old.by_name[cell].values for cell, es in asked.items() if cell in old.by_name for e in es)


def expected_seconds(library: Library, names: Iterable[str], variant: str = "cpu") -> dict[str, float]:
    """How long chapters took when they were last recorded; nothing of those without a record that can be read."""
    records = {name: readable(library, name, variant) for name in names}
    return {name: sum(cell.seconds for cell in old.cells) for name, old in records.items() if old is not None}


def wrong_values(result: ChapterRun, pages: Iterable[Page]) -> list[Finding]:
    """The places that ask for a value which the run could not evaluate."""
    return [
        Finding(
            "page",
            page.path,
            use.line,
            f"value `{use.expression}` after cell `{cell.name}`: {cell.wrong_values[use.expression]}",
            "mend the expression",
        )
        for cell in result.cells
        for page in pages
        for use in page.values
        if (use.chapter, use.cell) == (result.chapter.name, cell.name) and use.expression in cell.wrong_values
    ]


def _same_as_recorded(old: Record | None, new: ChapterRun, tree: Tree) -> bool:
    """Whether the record still says everything: then no byte of it is touched."""
    if old is None or stale_reason(old, new.chapter, tree) or not same_data(old, new.data, new.data_hash):
        return False
    if any(old.by_name[cell.name].values.keys() != cell.values.keys() for cell in new.cells):
        return False
    if old.environment["versions"] != new.environment["versions"]:
        return False
    rule = rule_for(old.environment, new.environment)
    return not mismatches(old, new, rule)


def same_data(old: Record, name: str, fingerprint: str) -> bool:
    """Whether a record is of these images, as far as it says; those of old records may be any of that number."""
    return old.data == name and (not old.data_hash or old.data_hash == fingerprint)


def _with_what_stays(new: ChapterRun, old: Record | None) -> ChapterRun:
    """The run with what is no change to read: the seconds of cells whose code is as it was, the PNG of an equal SVG."""
    if old is None:
        return new
    drawn = {o.text: o for cell in old.cells for o in cell.outputs if o.png}

    def kept(cell: CellRun) -> CellRun:
        cell = replace(cell, outputs=tuple(_with_png_of(drawn.get(o.text), o) for o in cell.outputs))
        if old.cell_hashes.get(cell.name) != new.chapter.by_name[cell.name].hash:
            return cell
        then = old.by_name[cell.name]
        return replace(cell, seconds=then.seconds, cpu_seconds=then.cpu_seconds)

    return replace(new, cells=tuple(map(kept, new.cells)))


def _with_png_of(old: Output | None, new: Output) -> Output:
    return new if old is None else replace(new, png=old.png, plain=old.plain)
