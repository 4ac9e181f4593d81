"""Holds changed pages against `audit`, all that `check` does with pages, in a copy of the tree."""

import re
from collections.abc import Iterator, Sequence

from copies import copied
from judge import Verdict
from mutants import Mutant, digest
from page_edits import PageEdit, PageEdits

from snippets._engine.audit import audit
from snippets._engine.pages.page import Page, read_page
from snippets._engine.project.errors import Finding
from snippets._engine.project.tree import LANGUAGES, Tree
from snippets._engine.records.library import Library


def of_pages(tree: Tree) -> list[Mutant]:
    """Every mutant of every page, in one language each, and every page less."""
    found: dict[str, Mutant] = {}
    for lang in LANGUAGES:
        for src_uri in tree.pages(lang):
            page = read_page(Library(tree), lang, src_uri)
            rows = [line.text for line in page.lines]
            for edit in (*PageEdits(page).all(), PageEdit("page delete", 1, len(rows), ())):
                if rows[edit.first - 1 : edit.last] != list(edit.after):
                    mutant = _mutant(page, rows, edit)
                    found.setdefault(mutant.id, mutant)
    return list(found.values())


def _mutant(page: Page, rows: list[str], edit: PageEdit) -> Mutant:
    section = next(s.id for s in reversed(page.sections) if s.line <= edit.first)
    before, after = rows[edit.first - 1 : edit.last], list(edit.after)
    text = "\n".join([*rows[: edit.first - 1], *after, *rows[edit.last :]])
    earlier = sum(row == before[0] for row in rows[: edit.first - 1])
    key = (page.path, section, edit.operator, before, after, earlier)
    short = _difference(before[0], after[0]) if len(before) == len(after) == 1 else _lines(before, after)
    place = (page.path, page.path, section, edit.first, short[0] + 1)
    return Mutant(digest(key), *place, edit.operator, *short[1:], text)


def _difference(row: str, other: str) -> tuple[int, str, str]:
    """Where two rows begin to differ, and what stands there in each, shortened."""
    column = next((i for i, (a, b) in enumerate(zip(row, other, strict=False)) if a != b), 0)
    return column, row[column : column + 60], other[column : column + 60]


def _lines(before: list[str], after: list[str]) -> tuple[int, str, str]:
    return (
        0,
        f"{len(before)} lines from {before[0][:40]!r}",
        f"{len(after)} lines" + (f" from {after[0][:40]!r}" if after else ""),
    )


class PageJudge:
    """A copy of a tree in which one page after another is changed."""

    def __init__(self, tree: Tree) -> None:
        self._source = tree

    def verdicts(self, mutants: Sequence[Mutant]) -> Iterator[Verdict]:
        """The verdict of each mutant: what `audit` finds that it does not find without it; only notes let it live."""
        with copied(self._source) as tree:
            library = Library(tree)
            library.remember()
            known = set(audit.audit(tree, library))
            for mutant in mutants:
                yield self._verdict(mutant, tree, library, known)

    def _verdict(self, mutant: Mutant, tree: Tree, library: Library, known: set[Finding]) -> Verdict:
        path = tree.root / mutant.path
        whole = path.read_bytes()
        if mutant.operator == "page delete":
            path.unlink()
        else:
            path.write_text(mutant.text, "utf-8", newline="\n")
        library.remember()  # from here on it looks at the files anew
        try:
            new = [f for f in audit.audit(tree, library) if f not in known]
        finally:
            path.write_bytes(whole)
        found = [f for f in new if f.severity != "note"]
        pair = re.sub(r"^docs/(vi|en)/", "", mutant.path)
        places = tuple(f.path for f in found if f.path in (f"docs/vi/{pair}", f"docs/en/{pair}"))
        said = tuple(map(str, found))
        kinds = "+".join(sorted({f.kind for f in found or new}))
        return Verdict(mutant.id, said, said, (mutant.cell,), places, kinds)
