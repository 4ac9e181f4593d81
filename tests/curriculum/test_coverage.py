"""Every concept, example and claim that a page covers leads to a section and a cell that exist.

`ledger.csv` lists the ids of the five source documents; `coverage.csv` says where each is taught. An id that
nothing can decide has a reason instead of a cell.
"""

import csv
from functools import cache
from pathlib import Path

import pytest

from snippets._engine.pages.page import read_page
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library

HERE = Path(__file__).parent
TREE = Tree(HERE.parents[1])

#: Parts of the sources that the published chapters cover whole: source, beginning of the section, ids that come later.
WHOLE = (
    ("S0", "", ()),
    ("S3", "A", ()),
    ("S4", "", ()),
)

pytestmark = pytest.mark.unit


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table beside this file."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def sections(lang: str, page: str) -> frozenset[str]:
    """The ids of a page's sections: hundreds of rows lead to a few pages."""
    return frozenset(read_page(Library(TREE), lang, f"{page}.md").by_id)


def test_every_row_leads_to_a_section_and_a_cell() -> None:
    library = Library(TREE)
    ids = {row["id"] for row in rows("ledger.csv")}
    for row in rows("coverage.csv"):
        assert row["id"] in ids, row
        for lang in TREE.languages:
            assert row["section"] in sections(lang, row["page"]), row
        if row["cell"]:
            assert row["cell"] in library.chapter(row["page"]).by_name, row
        else:
            assert row["reason"], row


@pytest.mark.parametrize(
    ("source", "section", "later"), WHOLE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_part_of_a_source_is_covered_whole(source: str, section: str, later: tuple[str, ...]) -> None:
    covered = {row["id"] for row in rows("coverage.csv")}
    wanted = [row["id"] for row in rows("ledger.csv") if row["source"] == source and row["section"].startswith(section)]
    assert wanted
    assert sorted(set(wanted) - covered) == sorted(later)


def test_the_rows_are_sorted_and_stand_once() -> None:
    keys = [
        (row["id"][0], int(row["id"][2:]), row["page"], row["section"], row["cell"]) for row in rows("coverage.csv")
    ]
    assert keys == sorted(set(keys))
