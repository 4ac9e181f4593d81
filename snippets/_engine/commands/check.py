"""`check`: run everything again and compare with the records; several machines may share it out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from click.exceptions import Exit

from ..audit.audit import audit
from ..audit.places import in_order, places, showing, with_citations_of
from ..chapters import frames
from ..chapters.cells import Chapter
from ..chapters.data import described, fingerprint
from ..chapters.results import ChapterRun
from ..diffs.causes import cure
from ..diffs.compare import Mismatch, Rule, compare, mismatches, rule_for
from ..pages.page import Page, read_what_can_be
from ..project.errors import Finding, listed
from ..project.tree import Tree
from ..records.chosen import readable, sound_chapters
from ..records.keeping import dropped, refused
from ..records.library import Library
from ..records.record import Record, command
from ..run.scheduler import Progress, imports_ahead, random_seed, run
from .cli import (
    FAILED,
    WrongCallError,
    chapters_argument,
    counted,
    data_option,
    jobs_option,
    progress_shown,
    say,
    select,
    told_as_a_wrong_call,
    tree_option,
)
from .record import expected_seconds, same_data, wanted, wrong_values
from .report import Checked, Comparison, Difference, report

_RULES: dict[Rule, str] = {
    "exact": "exactly (same machine and versions as the record)",
    "tolerant": "within tolerances (another machine, or other versions, than the record's)",
}


@dataclass(frozen=True)
class Shard:
    """One of several runs of `check` that together run every chapter once."""

    number: int
    """Counted from 1."""
    count: int


def _shard(_: click.Context, __: click.Parameter, said: str | None) -> Shard | None:
    if said is None:
        return None
    match = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", said)
    shard = Shard(int(match[1]), int(match[2])) if match else None
    if shard is None or not 1 <= shard.number <= shard.count:
        raise WrongCallError(f"--shard {said}", None, "no such share", "give K/N with K from 1 to N, as in 1/4")
    return shard


@click.command("check")
@chapters_argument
@data_option
@jobs_option
@click.option(
    "--report",
    "report_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Also write what differs, per cell with its sentences, to this file (Markdown).",
)
@click.option(
    "--shard",
    metavar="K/N",
    callback=_shard,
    help="Run the K-th of N shares of all chapters; what is found without running is told in the first.",
)
@click.option(
    "--require-variants",
    is_flag=True,
    help="Fail also where the variant that a page asks for is not recorded, or older than the code.",
)
@tree_option
def check_command(
    tree: Tree,
    chapters: tuple[str, ...],
    data: Path | None,
    jobs: int | None,
    report_file: Path | None,
    shard: Shard | None,
    require_variants: bool,
) -> None:
    """Run everything again and compare; exit 1 on any difference.

    Outputs and values are compared with the records, the languages with each other. Never writes.
    """
    names = select(tree, chapters)
    if shard and chapters:
        raise WrongCallError("--shard", None, "shares out all chapters", "name none, or leave --shard out")
    if report_file and not report_file.parent.is_dir():  # said before minutes of work are done
        no_folder = f"no folder `{report_file.parent}`"
        raise WrongCallError(str(report_file), None, no_folder, "make it, or name another file")
    names = share(tree, names, shard) if shard else names
    with progress_shown(tree, names) as progress:
        audited = shard is None or shard.number == 1
        done = check_chapters(tree, names, data_dir=data, jobs=jobs, progress=progress, audited=audited)
    if report_file:
        report_file.write_text(report(tree, done), "utf-8")
    _tell(done)
    if done.failed or (require_variants and any(finding.kind == "instead" for finding in done.findings)):
        raise Exit(FAILED)


def _tell(done: Checked) -> None:
    for name, rule in done.rules.items():
        click.echo(f"compared {name}: {_RULES[rule]}")
    for line in done.left_out:
        click.echo(f"not compared: {line}")
    say(done.findings)
    notes = [f for f in done.findings if f.severity == "note"]
    others = [f for f in done.findings if f.severity != "note"]
    told = [f"{counted(done.rules, 'chapter')} run", counted(others, "finding")]
    told += [counted(notes, "note")] if notes else []
    click.echo(", ".join(told))


def share(tree: Tree, names: Sequence[str], shard: Shard) -> tuple[str, ...]:
    """The chapters of one shard: the same wherever the records are the same, whichever data is at hand.

    The longest chapter is given away first, each to the shard with the fewest seconds so far. One without a record that
    can be read counts as the mean of the others: as nothing, all of them would go to one shard.
    """
    seconds = expected_seconds(Library(tree), names)
    mean = sum(seconds.values()) / len(seconds) if seconds else 1.0
    costs = {name: seconds.get(name, mean) for name in names}
    shares: list[list[str]] = [[] for _ in range(min(shard.count, len(names)))]
    for name in sorted(names, key=lambda name: (-costs[name], name)):
        min(shares, key=lambda given: (sum(costs[n] for n in given), len(given))).append(name)
    return tuple(sorted(shares[shard.number - 1])) if shard.number <= len(shares) else ()


def check_chapters(
    tree: Tree,
    names: Sequence[str],
    *,
    data_dir: Path | None = None,
    jobs: int | None = None,
    progress: Progress = lambda chapter, cell: None,
    audited: bool = True,
) -> Checked:
    """Run chapters again, each with a random seed, and compare with their records. Never writes.

    A page that cannot be read is told, and hides nothing of the others.

    Args:
        audited: whether to tell also what is found in the tree without running.

    Raises:
        NotInstalledError: torch is not installed.
        WrongCallError: a record is of real images, and the folder given has none.
    """
    library = Library(tree)
    chapters = sound_chapters(library, names)
    with_images, left_out = _with_images(library, chapters, data_dir)
    with imports_ahead(chapters, jobs=jobs) as ahead:
        findings = list(audit(tree, library)) if audited else []
        pages = read_what_can_be(library)
        options: dict[str, Any] = {"variant": "cpu", "jobs": jobs}
        found, comparisons = _compare_all(library, chapters, pages, options, ahead=ahead, progress=progress)
    findings += found
    options = {"variant": "mnist", "jobs": jobs, "data_dir": data_dir}
    found, compared = _compare_all(library, with_images, pages, options, progress=progress)
    findings += found
    comparisons += compared
    findings += [difference.finding for comparison in comparisons for difference in comparison.differences]
    return Checked(tuple(dict.fromkeys(findings)), tuple(comparisons), left_out)


def _with_images(
    library: Library, chapters: Sequence[Chapter], data_dir: Path | None
) -> tuple[list[Chapter], tuple[str, ...]]:
    """The chapters whose record of real images can be compared here, and a line for each reason why others cannot."""
    records = {c.name: readable(library, c.name, "mnist") for c in chapters}
    recorded = {name: record for name, record in records.items() if record}
    if not recorded or data_dir is None:
        others = f"{listed([f'{name} (mnist)' for name in recorded])}, as the images are not at hand"
        return [], (f"{others}; give --data DIR, or set SNIPPETS_DATA",) if recorded else ()
    with told_as_a_wrong_call():
        here, images = described(data_dir), fingerprint(data_dir)
    other = {name: old for name, old in recorded.items() if old.data and not same_data(old, here, images)}
    held = {name: here if old.data != here else "others of that number" for name, old in other.items()}
    lines = (f"{name} (mnist), recorded with {other[name].data}, while {data_dir} holds {held[name]}" for name in held)
    return [c for c in chapters if c.name in recorded.keys() - other.keys()], tuple(lines)


def _compare_all(
    library: Library,
    chapters: Sequence[Chapter],
    pages: Sequence[Page],
    options: Mapping[str, Any],
    **first: Any,
) -> tuple[list[Finding], list[Comparison]]:
    """Run and compare; `first` are options of the first run alone, which only suspects have a second one after."""
    findings: list[Finding] = []
    values = {c.name: wanted(pages, c.name) for c in chapters}
    options, variant = {**options, "values": values, "reseed": True}, options["variant"]
    runs = run(chapters, **options, **first, expected=expected_seconds(library, values, variant))
    compared: dict[str, tuple[Record, Rule, list[Mismatch]]] = {}
    for name, result in runs.items():
        old = readable(library, name, variant)
        findings += broken(result, pages)
        if old is not None:
            rule = rule_for(old.environment, result.environment)
            broke = result.cells[-1].name if result.failure and result.cells else ""  # which was told
            found = [m for m in mismatches(old, result, rule) if m.cell != broke]
            compared[name] = old, rule, found
    suspects = [c for c in chapters if c.name in compared and compared[c.name][2] and not runs[c.name].failure]
    causes = _causes({c.name: runs[c.name] for c in suspects}, options)
    comparisons = []
    for name, (old, rule, found) in compared.items():
        cures = causes.get(name, {})
        cites = with_citations_of(library, pages, name, variant) if found else []
        differences = _each_place_once(
            [difference(m, library.chapter(name), cites, variant, cures.get(m.cell, "")) for m in found]
        )
        now = runs[name].environment
        comparisons.append(Comparison(name, variant, rule, old.environment, now, tuple(differences)))
    return findings, comparisons


def broken(result: ChapterRun, pages: Sequence[Page]) -> list[Finding]:
    """Where a run did not do what its chapter declares or its pages ask for; a failed cell with its places on pages."""
    found = [*frames.findings(result), *wrong_values(result, pages), *refused(result), *dropped(result)]
    if result.failure is None:
        return found
    said_of = result.failure.message.startswith
    failed = next((cell for cell in result.chapter.cells if said_of(f"cell `{cell.name}` ")), None)
    shown = in_order(showing(pages, result.chapter.name, failed.name)) if failed else ()
    return [replace(result.failure, also=tuple(map(str, shown))), *found]


def _causes(runs: Mapping[str, ChapterRun], options: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """For each chapter the cells that give something else in each run, with what to do.

    A second run has other seeds; a third, of those that differ, has the seeds of the second: what differs then too, no
    seed can fix.
    """
    seeds = {name: random_seed() for name in runs}
    second = run([r.chapter for r in runs.values()], **options, seeds=seeds)
    differ = {name: found for name, r in runs.items() if (found := _differing(r, second[name]))}
    third = run([runs[name].chapter for name in differ], **options, seeds=seeds)
    causes = {}
    for name, cells in differ.items():
        one, other = ({cell.name: cell for cell in r[name].cells} for r in (second, third))
        alike = _differing(second[name], third[name])
        first = {cell.name: cell for cell in runs[name].cells}
        pairs = {c: (one[c], other[c]) if c in alike else (first[c], one[c]) for c in cells}
        causes[name] = {c: cure(runs[name].chapter, *pair, seeded_alike=c in alike) for c, pair in pairs.items()}
    return causes


def _differing(first: ChapterRun, second: ChapterRun) -> set[str]:
    """The cells that two runs disagree on."""
    by_name = first.chapter.by_name
    pairs = zip(first.cells, second.cells, strict=False)
    return {a.name for a, b in pairs if compare(by_name[a.name], a, b, "exact")}


def difference(
    mismatch: Mismatch, chapter: Chapter, pages: Sequence[Page], variant: str, cause: str = ""
) -> Difference:
    """A mismatch with the lines of the pages that show or cite it.

    Args:
        cause: why the cell gives something else in each run, and what to do; empty where it does not.
    """
    value = mismatch.what.removeprefix("value ") if mismatch.what.startswith("value ") else ""
    found = places(pages, chapter, mismatch.cell, value)
    fix = f"if the change is meant, run: {command(chapter.name, variant)}"
    if cause:
        fix = f"it differs from run to run: {cause}, in {chapter.path}:{chapter.by_name[mismatch.cell].line}"
    return Difference(mismatch, found, Finding("differs", found[0].path, found[0].line, str(mismatch), fix))


def _each_place_once(differences: Sequence[Difference]) -> list[Difference]:
    """The last difference of each cell with the places that head none of the cell's."""
    told = list(differences)
    for cell, last in {d.mismatch.cell: n for n, d in enumerate(differences)}.items():
        heads = {d.places[0] for d in differences if d.mismatch.cell == cell}
        also = tuple(str(place) for place in in_order(told[last].places) if place not in heads)
        told[last] = replace(told[last], finding=replace(told[last].finding, also=also))
    return told
