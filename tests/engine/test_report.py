"""`check --report`: for each differing cell what differs, and file and line of every sentence to read again."""

from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from snippets.__main__ import main
from snippets._engine.commands.check import check_chapters
from snippets._engine.commands.report import report
from snippets._engine.project.tree import Tree

Change = Callable[[str, str, str], None]
COUNT = "words/count"
VI, EN, SNIPPET = "docs/vi/words/count.md", "docs/en/words/count.md", "snippets/words/count.py"


def told(tree: Tree, *names: str) -> str:
    """The report of a check."""
    return report(tree, check_chapters(tree, names or (COUNT,)))


def test_nothing_to_tell_is_said_in_two_lines(recorded: Tree) -> None:
    assert told(recorded) == (
        "# Records against a new run\n\n"
        "Chapters run again: 1. Cells that differ: none.\n\n"
        "The machine and the versions are those of the records: outputs were compared exactly.\n"
    )


def test_each_cell_with_what_differs_and_its_sentences(recorded: Tree, change: Change) -> None:
    for page, lead, after in (
        (VI, "Ta đếm\ncác từ.", "Đó là ba từ."),
        (EN, "We count\nthe words.", "Those are three words."),
    ):
        change(page, "::: cell #count\n", f"{lead}\n\n::: cell #count\n\n{after}\n")
    change(SNIPPET, "a b c", "a b c d")
    said = told(recorded)
    assert "Chapters run again: 1. Cells that differ: 2, in words/count." in said
    assert (
        "## words/count (cpu)\n\n"
        "### Cell `count`\n\n"
        "~~~~~~text\n"
        "output: expected 'words: 3', found 'words: 4'\n"
        "value number: expected 3, found 4\n"
        "~~~~~~\n\n"
        "~~~~~~text\n"
        f"{VI}:3: Ta đếm\n"
        f"{VI}:4: các từ.\n"
        f"{VI}:6: ::: cell #count\n"
        f"{VI}:8: Đó là ba từ.\n"
        f"{EN}:3: We count\n"
        f"{EN}:4: the words.\n"
        f"{EN}:6: ::: cell #count\n"
        f"{EN}:8: Those are three words.\n"
        f"{VI}:10: x: {{{{= #count.number }}}}\n"
        f"{EN}:10: x: {{{{= #count.number }}}}\n"
        "~~~~~~\n"
    ) in said
    assert "### Cell `ratio`" in said


def test_other_versions_and_another_machine_stand_in_a_table(recorded: Tree, change: Change) -> None:
    record = "docs/notebooks/words/count.ipynb"
    (line,) = (x for x in (recorded.root / record).read_text("utf-8").splitlines() if '"numpy": ' in x)
    change(record, line, '    "numpy": "1.0",')
    said = told(recorded, "basics/sums", COUNT)
    now = line.split('"')[3]
    assert "| | in the record | in this run | chapters |\n| --- | --- | --- | --- |\n" in said
    assert f"| numpy | 1.0 | {now} | words/count |\n" in said
    assert "torch" not in said.partition("\n\n## ")[0]  # the same on both sides


def test_findings_that_are_no_difference_come_last(recorded: Tree, change: Change) -> None:
    change(SNIPPET, "number / 7", "number / 0")
    last = told(recorded).split("\n\n## ")[-1]
    assert last.startswith(
        "Also found\n\n- warning: snippets/words/count.py:8: docs/notebooks/words/count.ipynb is stale"
    )
    assert "- error: snippets/words/count.py:9: cell `ratio` raised ZeroDivisionError: division by zero" in last


def test_the_command_writes_the_report_and_fails_all_the_same(recorded: Tree, change: Change, tmp_path: Path) -> None:
    change(SNIPPET, "a b c", "a b c d")
    file = tmp_path / "report.md"
    done = CliRunner().invoke(main, ["check", COUNT, "--report", str(file), "--root", str(recorded.root)])
    assert done.exit_code == 1
    assert "value number: expected 3, found 4" in file.read_text("utf-8")


def test_a_place_for_the_report_that_is_not_there_is_a_clear_line_and_loses_nothing(recorded: Tree) -> None:
    done = CliRunner().invoke(main, ["check", COUNT, "--report", "none/report.md", "--root", str(recorded.root)])
    assert (done.exit_code, done.stderr) == (2, "none/report.md: no folder `none`; make it, or name another file\n")
