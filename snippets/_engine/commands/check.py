"""`check`: run everything again and compare with the records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..audit import audit
from ..chapters.cells import Chapter
from ..chapters.results import ChapterRun
from ..pages.page import Page
from ..project.errors import Finding, SnippetsError
from ..project.tree import Tree
from ..records import compare
from ..records.compare import Mismatch, Rule
from ..records.library import Library
from ..records.record import Record, command
from ..run.scheduler import Progress, imports_ahead, run
from .record import expected_seconds, mismatches, readable, wanted, wrong_values


@dataclass(frozen=True)
class Difference:
    """One output or value that is not what its record says."""

    mismatch: Mismatch
    places: tuple[tuple[str, int], ...]
    """File and line of all that shows or cites it; the first is named first."""
    finding: Finding


@dataclass(frozen=True)
class Comparison:
    """One chapter's run beside its record."""

    chapter: str
    variant: str
    rule: Rule
    recorded: dict[str, Any]
    """The environment of the record."""
    now: dict[str, Any]
    """The environment of the run."""
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Checked:
    """What `check` found."""

    findings: tuple[Finding, ...]
    """Everything, the differences included."""
    comparisons: tuple[Comparison, ...]

    @property
    def rules(self) -> dict[str, Rule]:
        """By chapter and variant, the rule that its outputs were compared by."""
        return {f"{c.chapter} ({c.variant})": c.rule for c in self.comparisons}

    @property
    def failed(self) -> bool:
        """Whether anything but notes was found."""
        return any(finding.severity != "note" for finding in self.findings)


def check_chapters(
    tree: Tree,
    names: Sequence[str],
    *,
    data_dir: Path | None = None,
    jobs: int | None = None,
    progress: Progress = lambda chapter, cell: None,
) -> Checked:
    """Run chapters again, each with a random seed, and compare with their records; and audit the tree. Never writes.

    Raises:
        NotInstalledError: torch is not installed.
    """
    library = Library(tree)
    chapters = _runnable(library, names)
    with imports_ahead(chapters, jobs=jobs) as ahead:
        findings = list(audit.audit(tree, library))
        pages = audit.readable_pages(library)  # the audit names the others
        found, comparisons = _compare_all(
            library, chapters, pages, {"variant": "cpu", "jobs": jobs}, ahead=ahead, progress=progress
        )
    findings += found
    with_images = [c for c in chapters if data_dir and "mnist" in tree.variants(c.name)]
    options = {"variant": "mnist", "jobs": jobs, "data_dir": data_dir}
    found, compared = _compare_all(library, with_images, pages, options, progress=progress)
    findings += found
    comparisons += compared
    findings += [difference.finding for comparison in comparisons for difference in comparison.differences]
    return Checked(tuple(dict.fromkeys(findings)), tuple(comparisons))


def _runnable(library: Library, names: Sequence[str]) -> list[Chapter]:
    chapters = []
    for name in names:
        try:
            chapters.append(library.chapter(name))
        except SnippetsError:
            continue  # named by the audit
    return chapters


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
    runs = run(chapters, **options, **first, expected=expected_seconds(library, chapters, variant))
    compared: dict[str, tuple[Record, Rule, list[Mismatch]]] = {}
    for name, result in runs.items():
        old = readable(library, name, variant)
        findings += broken(result, pages)
        if old is not None:
            rule = compare.rule_for(old.environment, result.environment)
            compared[name] = old, rule, mismatches(old, result, rule)
    suspects = [c for c in chapters if c.name in compared and compared[c.name][2] and not runs[c.name].failure]
    again = run(suspects, **options)
    comparisons = []
    for name, (old, rule, found) in compared.items():
        unseeded = _unseeded(runs[name], again[name]) if name in again else set()
        differences = [difference(m, library.chapter(name), pages, variant, m.cell in unseeded) for m in found]
        now = runs[name].environment
        comparisons.append(Comparison(name, variant, rule, old.environment, now, tuple(differences)))
    return findings, comparisons


def broken(result: ChapterRun, pages: Sequence[Page]) -> list[Finding]:
    """Where a run did not do what its chapter declares or its pages ask for; a failed cell with its places on pages."""
    found = wrong_values(result, pages)
    if result.failure is None:
        return found
    said_of = result.failure.message.startswith
    failed = next((cell for cell in result.chapter.cells if said_of(f"cell `{cell.name}` ")), None)
    places = _shown(result.chapter, failed.name, pages) if failed else []
    said = f" (shown in {', '.join(f'{path}:{line}' for path, line in places)})" if places else ""
    return [replace(result.failure, message=result.failure.message + said), *found]


def _unseeded(first: ChapterRun, second: ChapterRun) -> set[str]:
    """The cells that two runs with different random seeds disagree on."""
    by_name = first.chapter.by_name
    return {
        a.name
        for a, b in zip(first.cells, second.cells, strict=False)
        if compare.compare(by_name[a.name], a, b, "exact")
    }


def difference(
    mismatch: Mismatch, chapter: Chapter, pages: Sequence[Page], variant: str, unseeded: bool = False
) -> Difference:
    """A mismatch with the lines of the pages that show or cite it.

    Args:
        unseeded: whether the cell gives something else in each run.
    """
    places = _places(mismatch, chapter, pages)
    (path, line), *others = places
    shown = f" (shown in {', '.join(f'{p}:{n}' for p, n in others)} too)" if others else ""
    fix = f"if the change is meant, run: {command(chapter.name, variant)}"
    if unseeded:
        fix = f"it differs from run to run: seed the generator, as in torch.manual_seed(0), in {chapter.path}"
    return Difference(mismatch, tuple(places), Finding("differs", path, line, f"{mismatch}{shown}", fix))


def _places(mismatch: Mismatch, chapter: Chapter, pages: Sequence[Page]) -> list[tuple[str, int]]:
    """Every line that shows or cites the differing cell; the sentences that cite a differing value come first."""
    here = (chapter.name, mismatch.cell)
    cites = [(page.path, use) for page in pages for use in page.values if (use.chapter, use.cell) == here]
    cites.sort(key=lambda cite: mismatch.what != f"value {cite[1].expression}")
    places = [(path, use.line) for path, use in cites]
    shows = _shown(chapter, mismatch.cell, pages)
    ordered = places + shows if mismatch.what.startswith("value ") else shows + places
    return list(dict.fromkeys(ordered)) or [(chapter.path, chapter.by_name[mismatch.cell].line)]


def _shown(chapter: Chapter, cell: str, pages: Sequence[Page]) -> list[tuple[str, int]]:
    here = (chapter.name, cell)
    return [(page.path, use.line) for page in pages for use in page.cells if (use.chapter, use.cell) == here]
