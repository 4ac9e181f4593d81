"""What `check` found, for the person who upgrades torch: per cell what differs, and every sentence to read again."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from ..project.errors import SnippetsError
from ..project.tree import Tree
from .check import Checked, Comparison, Difference

_DIRECTIVE = ":::"


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
        parts += ["## Also found", "\n".join(f"- {finding.severity}: {finding}" for finding in others)]
    return "\n\n".join(parts) + "\n"


def _environments(comparisons: Sequence[Comparison]) -> list[str]:
    """A table of what is not as in the records."""
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
        yield _fenced(line for place in places for line in _sentences(tree, *place))


def _by_cell(differences: Iterable[Difference]) -> dict[str, list[Difference]]:
    found: dict[str, list[Difference]] = {}
    for difference in differences:
        found.setdefault(difference.mismatch.cell, []).append(difference)
    return found


def _fenced(lines: Iterable[str]) -> str:
    """Lines as they are: the fence is longer than any of theirs."""
    return "\n".join(["~~~~~~text", *dict.fromkeys(lines), "~~~~~~"])


def _sentences(tree: Tree, path: str, number: int) -> list[str]:
    try:
        lines = tree.text(tree.root / path).split("\n")
    except SnippetsError:
        return [f"{path}:{number}:"]
    here = (number, lines[number - 1])
    if not here[1].lstrip().startswith(_DIRECTIVE):
        return [f"{path}:{number}: {here[1].strip()}"]
    numbered = list(enumerate(lines, 1))
    block = [*reversed(_block(reversed(numbered[: number - 1]))), here, *_block(numbered[number:])]
    return [f"{path}:{n}: {text.strip()}" for n, text in block]


def _block(lines: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """The nearest lines of text, up to an empty line or a directive."""
    rest = iter(lines)
    first = next((line for line in rest if line[1].strip()), None)
    if first is None or _ends(first[1]):
        return []
    return [first, *takewhile(lambda line: not _ends(line[1]), rest)]


def _ends(text: str) -> bool:
    return not text.strip() or text.lstrip().startswith((_DIRECTIVE, "#"))
