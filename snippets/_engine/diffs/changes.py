"""What a new run changes in a record, cell by cell, old → new: for the person who has to read the sentences again."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..chapters.cells import Cell
from ..chapters.results import CellRun, ChapterRun, Output
from ..chapters.values import shown
from ..records.record import Record
from .compare import Mismatch, Tolerance, compare, figures, settled

_MOST = 12
"""Lines of one output that are told; the rest is counted."""
_WIDTH = 120
"""Signs of a line that are told, around the first that differs."""
_LEAD = 30


@dataclass(frozen=True)
class Change:
    """A cell whose record says something else than before."""

    cell: str
    lines: tuple[str, ...]
    """What differs: `value n: 3 → 4`, a figure, an error, or the lines of the outputs behind `-` and `+`."""
    old: bool = True
    """Whether the cell was recorded before."""


def changes(old: Record, new: ChapterRun) -> tuple[Change, ...]:
    """The cells that gave something else than recorded, or whose code changed, in the order of the chapter.

    What differs from run to run by nature (timings, addresses) is no change; of values only those in both count. A cell
    that is new has nothing to compare; one that is gone stands at the end.
    """
    by_name, found = new.chapter.by_name, list[Change]()
    for ran in new.cells:
        before = old.by_name.get(ran.name)
        cell = by_name[ran.name]
        if before is None:
            found.append(Change(ran.name, ("new",), old=False))
            continue
        lines = _lines(cell, before, ran, old.variant)
        if not lines and old.cell_hashes.get(ran.name) != cell.hash:
            lines = ["the code changed; outputs and values are as they were"]
        if lines:
            found.append(Change(ran.name, tuple(lines)))
    return (*found, *(Change(name, ("gone",)) for name in old.by_name if name not in by_name))


def _lines(cell: Cell, old: CellRun, new: CellRun, variant: str) -> list[str]:
    different = compare(cell, old, new, "exact", variant)
    values = [m for m in different if m.what.startswith("value ")]
    others = [m for m in different if m not in values]
    lines = list(_outputs(old.outputs, new.outputs)) if others else []
    lines = lines or [f"{m.what}: {m.expected} → {m.found}" for m in others]  # the same in another order, or stream
    return [*lines, *(f"{m.what}: {_arrow(m, old, new)}" for m in values)]


def _arrow(mismatch: Mismatch, old: CellRun, new: CellRun) -> str:
    expression = mismatch.what.removeprefix("value ")
    return " → ".join(_cut(*(shown(run.values[expression]) for run in runs)) for runs in ((old, new), (new, old)))


def _outputs(old: Sequence[Output], new: Sequence[Output]) -> Iterator[str]:
    """Texts as a diff of lines, errors old → new, figures by their number."""
    texts = [[o.text for o in outputs if o.kind == "text"] for outputs in (old, new)]
    yield from _diff(*("".join(_ended(text) for text in some).splitlines() for some in texts))
    errors = ["; ".join(o.text for o in outputs if o.kind == "error") or "none" for outputs in (old, new)]
    if errors[0] != errors[1]:
        yield f"error: {_cut(*errors)} → {_cut(*errors[::-1])}"
    yield from _figures(*([o for o in outputs if o.kind == "figure"] for outputs in (old, new)))


def _figures(old: Sequence[Output], new: Sequence[Output]) -> Iterator[str]:
    if len(old) != len(new):
        yield f"figures: {len(old)} → {len(new)}"
        return
    for number, (before, after) in enumerate(zip(old, new, strict=True), 1):
        if figures(before.text, after.text, Tolerance("exact")):
            yield "figure changed" if len(new) == 1 else f"figure {number} of {len(new)} changed"


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"


def _diff(old: list[str], new: list[str]) -> list[str]:
    """The lines that differ, the old ones before the new; cut with a count where there are many."""
    lines = list[str]()
    matcher = difflib.SequenceMatcher(None, [*map(settled, old)], [*map(settled, new)], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            lines += [f"- {line}" for line in _told(old[a:b], new[c:d])]
            lines += [f"+ {line}" for line in _told(new[c:d], old[a:b])]
    return lines if len(lines) <= _MOST else [*lines[: _MOST - 1], f"… {len(lines) - _MOST + 1} more lines"]


def _told(lines: Sequence[str], others: Sequence[str]) -> Iterable[str]:
    beside = [*others, *[""] * len(lines)]
    return (_cut(line, other) for line, other in zip(lines, beside, strict=False))


def _cut(text: str, other: str) -> str:
    """A text on one line; of a long one what stands around the first sign that is not the other's."""
    text, other = (" ".join(part.split("\n")) for part in (text, other))
    if len(text) <= _WIDTH:
        return text
    same = next((n for n, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    start = max(0, same - _LEAD)
    start = 0 if start + _LEAD < _WIDTH else min(start, len(text) - _WIDTH)
    end = start + _WIDTH
    return f"{'…' if start else ''}{text[start:end]}{f'… ({len(text):,} signs)' if end < len(text) else ''}"
