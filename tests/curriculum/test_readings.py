"""Pages as their first readers found them: `readings.csv` says how many sentences a fresh reading sent back.

A reading is made of the built page by somebody who did not write it, sentence by sentence, as the editor of a printed
textbook. A page stands here only when fewer than 2 in 100 sentences were marked; what was marked is mended then.
"""

import csv
import datetime
import re
from pathlib import Path

import pytest

from snippets._engine.project.tree import Tree

HERE = Path(__file__).parent
TREE = Tree(HERE.parents[1])

pytestmark = pytest.mark.unit


def readings() -> list[dict[str, str]]:
    """The rows of the table beside this file."""
    with (HERE / "readings.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sentences(page: Path) -> int:
    """About how many sentences a page's prose has: table rows, headings, code and directives left out."""
    text = re.sub(r"\A---\n.*?\n---\n|^(```|~~~).*?^\1\s*$", "", page.read_text("utf-8"), flags=re.S | re.M)
    text = re.sub(r"\{\{=.*?\}\}", "1", text)
    prose = (line for line in text.splitlines() if not re.match(r"\s*(#|\||:::|/{3,}|\?\?\?|!!!|\$\$|$)", line))
    return sum(len(re.findall(r"[.!?…:;](?=[\s”*)]|$)", line)) or 1 for line in prose)


def test_each_page_was_read_once_in_a_language_on_a_day_that_has_been() -> None:
    rows = readings()
    assert len({(row["page"], row["lang"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["lang"] in TREE.languages, row
        assert TREE.page(row["lang"], row["page"]).is_file(), row
        assert datetime.date(2026, 11, 1) <= datetime.date.fromisoformat(row["date"]) <= datetime.date.today(), row


def test_a_page_that_stands_as_read_has_fewer_than_two_marks_in_a_hundred() -> None:
    for row in readings():
        assert int(row["marked"]) * 100 < 2 * int(row["sentences"]), row


def test_a_page_read_has_about_the_sentences_that_its_reader_counted() -> None:
    """A page that grew or shrank by more than a third is another one, and is to be read again."""
    for row in readings():
        there, counted = sentences(TREE.page(row["lang"], row["page"])), int(row["sentences"])
        assert 2 / 3 < counted / there < 3 / 2, f"{row['lang']}/{row['page']}: {there} sentences, {counted} when read"


def test_the_example_that_the_others_follow_was_read_in_both_languages() -> None:
    read = {(row["page"], row["lang"]) for row in readings()}
    assert read >= {("models/linear_regression", lang) for lang in TREE.languages}
