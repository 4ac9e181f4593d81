"""Runs mutants as `check` runs chapters, many in one go, and says of each what `check` says.

The run is the engine's own, `run.run`: one importing parent, a forked child for each mutant, a random seed in each. The
comparison is `check`'s own too. Only the second run that tells an unseeded cell from a changed one is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mutants import Mutant

from snippets._engine.chapters import cells
from snippets._engine.chapters.cells import Chapter
from snippets._engine.chapters.results import CellRun, ChapterRun
from snippets._engine.commands import check as checking
from snippets._engine.commands import record as recording
from snippets._engine.diffs import compare
from snippets._engine.diffs.compare import Rule
from snippets._engine.pages.page import read_all
from snippets._engine.project.errors import Finding
from snippets._engine.records.library import Library
from snippets._engine.records.record import Record
from snippets._engine.run.scheduler import run

BATCH = 24


class UnequalError(Exception):
    """An unchanged chapter does not give what is recorded, exactly: nothing can be said about a changed one."""


@dataclass(frozen=True)
class Verdict:
    """What was found of one mutant."""

    id: str
    exact: tuple[str, ...]
    """What `check` finds on the machine of the record, one line each; none for a survivor."""
    tolerant: tuple[str, ...]
    """What it finds on another machine."""
    changed: tuple[str, ...]
    """The cells of which anything shown is not the very same."""
    places: tuple[str, ...]
    """The lines of pages that the findings with a cell name; for a page's mutant, the page where a finding names it."""
    evidence: str = ""
    """Of a survivor under either rule whose outputs changed: the first of them, recorded and found."""

    @property
    def fate(self) -> str:
        """`killed`, `unnamed` (killed, but no page or cell named), `equivalent` or `survived`."""
        if self.exact:
            return "killed" if self.places else "unnamed"
        return "survived" if self.changed else "equivalent"

    @property
    def tolerant_fate(self) -> str:
        """The same under the tolerant rule."""
        return "killed" if self.tolerant else "survived" if self.changed else "equivalent"


class Judge:
    """A tree, its pages and its records, against which mutants are held."""

    def __init__(self, library: Library, jobs: int) -> None:
        self._library = library
        self._jobs = jobs
        self._pages = read_all(library)
        self._noisy: dict[str, set[str]] = {}

    def settle(self, names: Sequence[str]) -> None:
        """Run the chapters as they are: each must give what is recorded.

        Raises:
            UnequalError: one does not, or was recorded on another machine.
        """
        chapters = [self._library.chapter(name) for name in names]
        for name, result in self._run(chapters).items():
            record = self._record(name)
            rule = compare.rule_for(record.environment, result.environment)
            found = _said(self._findings(result, record, "exact"))
            if rule != "exact" or found:
                raise UnequalError(found[0] if found else f"{record.path}: recorded on another machine")
            self._noisy[name] = set(_changed(record, result, set()))

    def runs(self, mutants: Sequence[Mutant]) -> Iterator[tuple[Mutant, ChapterRun]]:
        """The run of each mutant, batch by batch."""
        for start in range(0, len(mutants), BATCH):
            batch = {f"{m.chapter}@{m.id}": m for m in mutants[start : start + BATCH]}
            runs = self._run([parsed(mutant, name) for name, mutant in batch.items()])
            for name, result in runs.items():
                mutant = batch[name]
                yield mutant, replace(result, chapter=replace(result.chapter, name=mutant.chapter))

    def _run(self, chapters: Sequence[Chapter]) -> dict[str, ChapterRun]:
        """Run chapters whose names may carry a mutant's after an `@`."""
        values = {c.name: recording.wanted(self._pages, c.name.partition("@")[0]) for c in chapters}
        return run(chapters, values=values, jobs=self._jobs, reseed=True)

    def _record(self, name: str) -> Record:
        record = self._library.record(name)
        assert record is not None, f"{name} has no record"
        return record

    def verdict(self, mutant: Mutant, result: ChapterRun) -> Verdict:
        """What `check` finds of the run of a mutant."""
        record = self._record(mutant.chapter)
        exact, tolerant = (self._findings(result, record, rule) for rule in ("exact", "tolerant"))
        changed = _changed(record, result, self._noisy[mutant.chapter])
        told = [place for f in exact if "cell `" in str(f) for place in (f"{f.path}:{f.line}", *f.also)]
        places = tuple(dict.fromkeys(place for place in told if place.startswith("docs/")))
        evidence = "" if (exact and tolerant) or not changed else _evidence(record, result, changed[0])
        return Verdict(mutant.id, _said(exact), _said(tolerant), tuple(changed), places, evidence)

    def _findings(self, result: ChapterRun, record: Record, rule: Rule) -> list[Finding]:
        found = checking.broken(result, self._pages)
        differing = recording.mismatches(record, result, rule)
        return found + [checking.difference(m, result.chapter, self._pages, "cpu").finding for m in differing]


def parsed(mutant: Mutant, name: str) -> Chapter:
    """The changed chapter, under a name of its own in a run of many."""
    return cells.parse(mutant.text, name=name, path=mutant.path)


def _said(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(str, findings)))


def _changed(record: Record, result: ChapterRun, noisy: set[str]) -> list[str]:
    """The cells that do not give the very same, byte for byte; those that never do are left out."""
    gave = {cell.name: _shown(cell) for cell in result.cells}
    return [c.name for c in record.cells if c.name not in noisy and gave.get(c.name) != _shown(c)]


def _shown(cell: CellRun) -> object:
    return cell.outputs, cell.values


def _evidence(record: Record, result: ChapterRun, name: str) -> str:
    """The first thing that differs in a cell, recorded and found, shortened."""
    old, new = record.by_name[name], result.cell(name)
    for one, other in zip(old.outputs, new.outputs, strict=False):
        for a, b in zip(one.text.split("\n"), other.text.split("\n"), strict=False):
            if a != b:
                return f"{name}: {a.strip()[:100]!r} / {b.strip()[:100]!r}"
    for expression, value in old.values.items():
        if new.values.get(expression) != value:
            return f"{name}, value {expression}: {str(value)[:60]} / {str(new.values.get(expression))[:60]}"
    return f"{name}: another number of outputs"
