"""What `check` found; as Markdown for the person who upgrades torch: per cell what differs, and the sentences there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..audit.places import Place, sentences
from ..diffs.compare import Mismatch, Rule
from ..project.errors import Finding
from ..project.tree import Tree


@dataclass(frozen=True)
class Difference:
    """One output or value that is not what its record says."""

    mismatch: Mismatch
    places: tuple[Place, ...]
    """All lines that show or cite it; the finding stands at the first."""
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
    left_out: tuple[str, ...] = ()
    """A line for the records that could not be compared here, as their data are not at hand."""

    @property
    def rules(self) -> dict[str, Rule]:
        """By chapter and variant, the rule that its outputs were compared by."""
        return {f"{c.chapter} ({c.variant})": c.rule for c in self.comparisons}

    @property
    def failed(self) -> bool:
        """Whether anything but notes was found."""
        return any(finding.severity != "note" for finding in self.findings)


def report(tree: Tree, checked: Checked) -> str:
    """Markdown: what ran on what, each differing cell with its sentences, then every other finding.

    A line that cites a value is given as it stands; for one that shows a cell, the text that leads to it and the text
    that follows, as it is there that a sentence speaks of an output.
    """
    differing = [c for c in checked.comparisons if c.differences]
    cells = sum(len(_by_cell(c.differences)) for c in differing)
    told = {difference.finding for c in differing for difference in c.differences}
    others = [f for f in checked.findings if f not in told]
    where = f"{cells}, in {', '.join(c.chapter for c in differing)}" if differing else "none"
    count = f"Chapters run again: {len(checked.comparisons)}. Cells that differ: {where}."
    parts = ["# Records against a new run", count, *_environments(checked.comparisons)]
    parts += [part for comparison in differing for part in _chapter(tree, comparison)]
    if others:
        parts += ["## Also found", "\n".join(line for finding in others for line in _listed(finding))]
    return "\n\n".join(parts) + "\n"


def _listed(finding: Finding) -> list[str]:
    return [f"- {finding.severity}: {finding}", *(f"  - also {place}" for place in finding.also)]


def _environments(comparisons: Sequence[Comparison]) -> list[str]:
    """A table of what is not as in the records; nothing where nothing was compared."""
    if not comparisons:
        return []
    rows: dict[tuple[str, str, str], list[str]] = {}
    for comparison in comparisons:
        before, now = _flat(comparison.recorded), _flat(comparison.now)
        for key in before.keys() | now.keys():
            if before.get(key) != now.get(key):
                row = key, before.get(key, ""), now.get(key, "")
                rows.setdefault(row, []).append(comparison.chapter)
    if not rows:
        return ["The machine and the versions are those of the records: outputs were compared exactly."]
    table = ["| | in the record | in this run | chapters |", "| --- | --- | --- | --- |"]
    for (key, old, new), chapters in sorted(rows.items()):
        who = "all" if len(chapters) == len(comparisons) else ", ".join(dict.fromkeys(chapters))
        table.append(f"| {key} | {old or 'none'} | {new or 'none'} | {who} |")
    return ["\n".join(table)]


def _flat(environment: dict[str, object]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in environment.items():
        inner = value.items() if isinstance(value, dict) else [(key, value)]
        flat |= {str(name): str(item) for name, item in inner}
    return flat


def _chapter(tree: Tree, comparison: Comparison) -> Iterator[str]:
    yield f"## {comparison.chapter} ({comparison.variant})"
    for cell, differences in _by_cell(comparison.differences).items():
        yield f"### Cell `{cell}`"
        yield _fenced(
            f"{d.mismatch.what}: expected {d.mismatch.expected}, found {d.mismatch.found}" for d in differences
        )
        places = dict.fromkeys(place for difference in differences for place in difference.places)
        yield _fenced(line for place in places for line in sentences(tree, place))


def _by_cell(differences: Iterable[Difference]) -> dict[str, list[Difference]]:
    found: dict[str, list[Difference]] = {}
    for difference in differences:
        found.setdefault(difference.mismatch.cell, []).append(difference)
    return found


def _fenced(lines: Iterable[str]) -> str:
    """Lines as they are: the fence is longer than any of theirs."""
    return "\n".join(["~~~~~~text", *dict.fromkeys(lines), "~~~~~~"])
