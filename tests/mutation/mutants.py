"""The mutants of the chapters: enumerated, and chosen evenly over chapters, cells and operators."""

import ast
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import edits

from snippets._engine.chapters.cells import Chapter
from snippets._engine.records.library import Library


@dataclass(frozen=True)
class Mutant:
    """One file with one change."""

    id: str
    """Stays as long as the cell, or the page's line, does."""
    chapter: str
    path: str
    cell: str
    """The cell; of a page, the section."""
    line: int
    column: int
    operator: str
    before: str
    after: str
    text: str
    """The whole changed file."""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}:{self.column}"
        return f"{self.id}  {where}  {self.cell}  {self.operator}  {self.before!r} → {self.after!r}"


def of_chapter(library: Library, name: str) -> list[Mutant]:
    """Every mutant of a chapter whose code is another program, once each."""
    chapter = library.chapter(name)
    text = (library.tree.root / chapter.path).read_text("utf-8")
    found: dict[str, Mutant] = {}
    for edit in edits.edits(text):
        mutant = _mutant(chapter, text, edit)
        if mutant is not None:
            found.setdefault(mutant.id, mutant)
    return list(found.values())


def _mutant(chapter: Chapter, text: str, edit: edits.Edit) -> Mutant | None:
    """The mutant of an edit, None for one that is no program or the same."""
    line = text.count("\n", 0, edit.start) + 1
    column = edit.start - (text.rfind("\n", 0, edit.start) + 1) + 1
    cell = next(cell for cell in reversed(chapter.cells) if cell.line <= line)
    rows = text.split("\n")
    begins = sum(len(row) + 1 for row in rows[: cell.line - 1])
    code = "\n".join(rows[cell.line - 1 : cell.lines[-1][0]])
    changed = text[: edit.start] + edit.after + text[edit.end :]
    other = changed[begins : begins + len(code) + len(changed) - len(text)]
    if edit.operator != "exception" and not _other_programs(code, other):
        return None
    key = (chapter.name, cell.name, cell.hash, edit.start - begins, edit.end - begins, edit.after)
    before = text[edit.start : edit.end]
    place = (chapter.name, chapter.path, cell.name, line, column)
    return Mutant(digest(key), *place, edit.operator, before, edit.after, changed)


def _other_programs(one: str, other: str) -> bool:
    try:
        return ast.dump(ast.parse(one)) != ast.dump(ast.parse(other))
    except (SyntaxError, ValueError):
        return False


def digest(key: object) -> str:
    """A short name for a mutant."""
    return hashlib.sha256(repr(key).encode()).hexdigest()[:8]


def chosen(mutants: Iterable[Mutant], count: int, seed: int) -> list[Mutant]:
    """As many mutants as asked for, spread over chapters, in each over operators, of each over cells.

    The order of candidates is that of a hash of seed and name: an edited cell moves only its own.
    """
    by_chapter: dict[str, list[Mutant]] = {}
    for mutant in sorted(mutants, key=lambda m: digest((seed, m.id))):
        by_chapter.setdefault(mutant.chapter, []).append(mutant)
    orders = [_spread(found) for _, found in sorted(by_chapter.items())]
    taken: list[Mutant] = []
    for rank in range(max(map(len, orders), default=0)):
        taken += [order[rank] for order in orders if rank < len(order)]
    return sorted(taken[:count], key=lambda m: (m.path, m.line, m.column, m.id))


def _spread(candidates: Sequence[Mutant]) -> list[Mutant]:
    """In turn one of each operator, from the cell that has had the fewest."""
    left: dict[str, list[Mutant]] = {}
    for mutant in candidates:
        left.setdefault(mutant.operator, []).append(mutant)
    order: list[Mutant] = []
    had: Counter[tuple[str, str]] = Counter()
    while left:
        for operator in sorted(left):
            mutant = min(left[operator], key=lambda m: (had[operator, m.cell], had["", m.cell]))
            left[operator].remove(mutant)
            had.update([(operator, mutant.cell), ("", mutant.cell)])
            order.append(mutant)
        left = {operator: rest for operator, rest in left.items() if rest}
    return order
