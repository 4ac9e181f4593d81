"""`check`: runs again, compares, names the sentence, and never writes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from snippets.__main__ import main
from snippets._engine.chapters.cells import Chapter
from snippets._engine.chapters.results import ChapterRun
from snippets._engine.commands import check as checking
from snippets._engine.commands.check import check_chapters
from snippets._engine.commands.cli import WrongCallError, say
from snippets._engine.commands.record import record_chapters
from snippets._engine.commands.report import Checked
from snippets._engine.project.tree import Tree

Change = Callable[[str, str, str], None]
COUNT = "words/count"
VI, EN, SNIPPET = "docs/vi/words/count.md", "docs/en/words/count.md", "snippets/words/count.py"
FIX = "; if the change is meant, run: python -m snippets record words/count"


def check(tree: Tree, *names: str, **options: Any) -> Checked:
    """Check chapters, the plain one by default."""
    return check_chapters(tree, names or (COUNT,), **options)


def said(done: Checked, kind: str = "differs") -> list[str]:
    """The findings of a kind, as printed."""
    return [str(f) for f in done.findings if f.kind == kind]


def files(tree: Tree) -> dict[str, tuple[bytes, int]]:
    """Every file of a tree, its bytes and its time."""
    return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in tree.root.rglob("*") if p.is_file()}


def edit(tree: Tree, old: str, new: str) -> None:
    """Change the record of the plain chapter by hand."""
    path = tree.record(COUNT)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_unchanged_tree_passes_and_is_not_touched(recorded: Tree) -> None:
    before = files(recorded)
    done = check(recorded, *recorded.chapters())
    assert done.findings == ()
    assert not done.failed
    assert done.rules == {"basics/sums (cpu)": "exact", "words/count (cpu)": "exact"}
    assert files(recorded) == before


def test_a_record_of_another_version_fails_check_and_is_listed_by_status(recorded: Tree) -> None:
    (recorded.root / "pyproject.toml").write_text('[project]\ndependencies = ["torch==2.99.0"]\n', "utf-8")
    done = check(recorded)
    assert done.failed
    assert len(said(done, "stale")) == 2
    listed = CliRunner().invoke(main, ["status", "--root", str(recorded.root)]).output
    for line in said(done, "stale"):
        assert ", but pyproject.toml pins 2.99.0; run: python -m snippets record " in line
        assert f"warning: {line}\n" in listed


def test_changed_constant_names_page_line_cell_expected_and_found(recorded: Tree, change: Change) -> None:
    change(SNIPPET, "a b c", "a b c d")
    before = files(recorded)
    done = check(recorded)
    assert done.failed
    assert said(done) == [
        f"{VI}:3: cell `count`, output: expected 'words: 3', found 'words: 4'{FIX}",
        f"{VI}:5: cell `count`, value number: expected 3, found 4{FIX}",
        f"{VI}:9: cell `ratio`, value ratio: expected 0.42857142857142855, found 0.5714285714285714{FIX}",
    ]
    assert said(done, "stale") == [
        "snippets/words/count.py:1: docs/notebooks/words/count.ipynb is stale: cells changed since it was recorded: "
        "`count`; run: python -m snippets record words/count"
    ]
    assert files(recorded) == before


def test_each_place_of_a_cell_is_told_once_on_a_line_of_its_own_vietnamese_first(
    recorded: Tree, change: Change, capsys: pytest.CaptureFixture[str]
) -> None:
    for lang in recorded.languages:
        other = recorded.root / f"docs/{lang}/basics/other.md"
        other.write_text("# O {#o}\n\n{{= words/count#count.number }} {{= words/count#count.number }}\n", "utf-8")
    change(SNIPPET, "a b c", "a b c d")
    say([f for f in check(recorded).findings if "cell `count`" in f.message])
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": cell ")[0].removesuffix(":") for line in lines] == [
        f"error: {VI}:3",
        "error: docs/vi/basics/other.md:3",
        f"  also {VI}:5",
        "  also docs/en/basics/other.md:3",
        f"  also {EN}:3",
        f"  also {EN}:5",
    ]


def test_edited_record_is_found_out(recorded: Tree) -> None:
    edit(recorded, "words: 3", "words: 5")
    assert said(check(recorded)) == [f"{VI}:3: cell `count`, output: expected 'words: 5', found 'words: 3'{FIX}"]


def test_cell_of_no_page_is_named_by_its_snippet(recorded: Tree, change: Change) -> None:
    for page in (VI, EN):
        change(page, "::: cell #count\n\nx: {{= #count.number }}\n\n", "")
    edit(recorded, "words: 3", "words: 5")
    (line,) = said(check(recorded))
    assert line.startswith(f"{SNIPPET}:1: cell `count`, output: expected 'words: 5'")


def test_forgotten_seed_is_told_of_outputs_and_of_values_that_are_not_printed(recorded: Tree, change: Change) -> None:
    change(SNIPPET, "ratio = number / 7", "import random\n\nratio = random.random()")
    record_chapters(recorded, [COUNT])
    lines = said(check(recorded))
    assert any(line.startswith(f"{VI}:9: cell `ratio`, value ratio: expected 0.") for line in lines)
    fix = f"; it differs from run to run: seed the generator, as in torch.manual_seed(0), in {SNIPPET}:8"
    assert all(line.endswith(fix) for line in lines)
    change(SNIPPET, "ratio = random.random()", "random.seed(0)\nratio = random.random()")
    record_chapters(recorded, [COUNT])
    assert said(check(recorded)) == []


def test_every_chapter_gets_a_random_seed(recorded: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def run(chapters: list[Chapter], **options: Any) -> dict[str, ChapterRun]:
        asked.append(options["reseed"])
        return {}

    monkeypatch.setattr(checking, "run", run)
    check(recorded)
    assert asked
    assert all(asked)


def test_order_of_a_set_is_found_out(recorded: Tree, change: Change) -> None:
    change(SNIPPET, 'print("words:", number)', 'print(set("abcdefghijklmnop"))')
    record_chapters(recorded, [COUNT])
    assert "it differs from run to run" in said(check(recorded))[0]


def test_chapter_that_fails_is_told_with_its_statement(recorded: Tree, change: Change) -> None:
    change(SNIPPET, "number / 7", "number / 0")
    done = check(recorded)
    assert said(done, "run") == [
        f"{SNIPPET}:9: cell `ratio` raised ZeroDivisionError: division by zero; "
        'mend it, or declare raises="ZeroDivisionError" on the cell'
    ]
    assert [f.also for f in done.findings if f.kind == "run"] == [(f"{VI}:7", f"{EN}:7")]
    assert done.failed


def test_value_that_cannot_be_had_is_told(recorded: Tree, change: Change) -> None:
    change(EN, "#count.number", "#count.number / 0")
    done = check(recorded)
    assert said(done, "page") == [
        f"{EN}:5: value `number / 0` after cell `count`: ZeroDivisionError: division by zero; mend the expression"
    ]


def test_missing_and_unreadable_records_fail_but_stop_nothing(recorded: Tree) -> None:
    recorded.record("basics/sums").unlink()
    recorded.record(COUNT).write_text("{", "utf-8")
    done = check(recorded)
    assert [f.kind for f in done.findings] == ["record", "missing-record"]
    assert done.rules == {}


def test_unreadable_snippet_and_page_fail_but_stop_nothing(recorded: Tree, change: Change) -> None:
    change("snippets/basics/sums.py", "total = x.sum()", "total = = x.sum()")
    change(EN, "# B {#b}", "# B")
    done = check(recorded, *recorded.chapters())
    assert [f.kind for f in done.findings] == ["cell", "page"]
    assert list(done.rules) == ["words/count (cpu)"]


def test_a_page_that_cannot_be_read_hides_no_wrong_value_of_the_others(recorded: Tree, change: Change) -> None:
    change("docs/vi/basics/sums.md", "# A {#a}", "# A")
    edit(recorded, '"number": 3', '"number": 4')
    done = check(recorded)
    assert [str(f) for f in done.findings] == [
        "docs/vi/basics/sums.md:1: heading `A` has no id; write `## Title {#ascii-id}`",
        f"{VI}:5: cell `count`, value number: expected 4, found 3{FIX}",
    ]
    assert done.failed


def test_differences_of_the_languages_fail_without_a_run(recorded: Tree, change: Change) -> None:
    change(EN, "::: cell #ratio", "::: cell #count")
    done = check(recorded)
    assert {f.kind for f in done.findings} >= {"parity", "unused"}
    assert done.failed


def test_section_that_is_behind_is_a_note_and_fails_nothing(recorded: Tree, change: Change) -> None:
    change(EN, "# B {#b}", "# C {#b}")
    done = check(recorded)
    assert [f.kind for f in done.findings] == ["behind"]
    assert not done.failed


def test_record_of_another_machine_is_compared_within_tolerances(recorded: Tree) -> None:
    edit(recorded, '"threads": 1', '"threads": 4')
    edit(recorded, '"ratio": 0.42857142857142855', '"ratio": 0.4287')
    done = check(recorded)
    assert done.findings == ()
    assert done.rules == {"words/count (cpu)": "tolerant"}
    edit(recorded, '"ratio": 0.4287', '"ratio": 0.43')
    assert len(said(check(recorded))) == 1
    edit(recorded, '"ratio": 0.43', '"ratio": 0.4287')
    edit(recorded, '"threads": 4', '"threads": 1')
    assert len(said(check(recorded))) == 1


def test_real_images_are_a_variant_checked_where_they_are(recorded: Tree, change: Change, tmp_path: Path) -> None:
    raw = tmp_path / "images" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, count in (("train", 3), ("t10k", 2)):
        (raw / f"{name}-images-idx3-ubyte").write_bytes(b"\0\0\x08\3" + bytes([0, 0, 0, count]) + bytes(8))
        (raw / f"{name}-labels-idx1-ubyte").write_bytes(b"\0\0\x08\1" + bytes([0, 0, 0, count]))
    change(
        SNIPPET,
        'words = "a b c".split()',
        'words = open("data/MNIST/raw/t10k-images-idx3-ubyte", "rb").read()[7:8] * 3',
    )
    record_chapters(recorded, [COUNT])
    data = tmp_path / "images"
    done = record_chapters(recorded, [COUNT], variant="mnist", data_dir=data)
    assert done.written == (recorded.record(COUNT, "mnist"),)
    notebook = json.loads(done.written[0].read_text("utf-8"))
    assert notebook["metadata"]["snippets"]["data"] == "MNIST: 3 train / 2 test"
    alone = check(recorded)
    assert (alone.rules, alone.findings) == ({"words/count (cpu)": "exact"}, ())
    assert alone.left_out == (
        "words/count (mnist), as the images are not at hand; give --data DIR, or set SNIPPETS_DATA",
    )
    assert record_chapters(recorded, [COUNT], variant="mnist", data_dir=data, force=True).written == ()
    images = data / "MNIST" / "raw" / "train-images-idx3-ubyte"
    images.write_bytes(images.read_bytes().replace(b"\3\0\0\0\3", b"\3\0\0\0\4"))
    other = check(recorded, data_dir=data)
    assert (other.rules, other.findings) == (alone.rules, ())
    assert other.left_out == (
        f"words/count (mnist), recorded with MNIST: 3 train / 2 test, while {data} holds MNIST: 4 train / 2 test",
    )
    done = record_chapters(recorded, [COUNT], variant="mnist", data_dir=data, force=True)
    assert done.written == (recorded.record(COUNT, "mnist"),)
    kept = images.read_bytes()
    images.write_bytes(kept[:-1] + b"x")
    (line,) = check(recorded, data_dir=data).left_out
    assert line.endswith(f"recorded with MNIST: 4 train / 2 test, while {data} holds others of that number")
    images.write_bytes(kept)
    both = check(recorded, data_dir=data)
    assert both.rules == {"words/count (cpu)": "exact", "words/count (mnist)": "exact"}
    assert (both.findings, both.left_out) == ((), ())
    path = recorded.record(COUNT, "mnist")
    path.write_text(path.read_text("utf-8").replace("words: 3", "words: 4"), "utf-8")
    (line,) = said(check(recorded, data_dir=data))
    assert line.endswith("run: python -m snippets record words/count --variant mnist")
    images.unlink()
    with pytest.raises(WrongCallError, match="no such file; --data names a folder that holds MNIST/raw"):
        check(recorded, data_dir=data)


def test_cause_other_than_a_seed_is_told_with_its_cure(recorded: Tree, change: Change) -> None:
    change(SNIPPET, 'print("words:", number)', 'print(hash("a"), number)')
    change(SNIPPET, "ratio = number / 7", "import random\n\nratio = random.random()")
    record_chapters(recorded, [COUNT])
    lines = said(check(recorded))
    assert [line.rpartition("run to run: ")[2] for line in lines] == [
        f"likely for the hash of a text, another in each process: use zlib.crc32 or hashlib, in {SNIPPET}:1",
        f"seed the generator, as in torch.manual_seed(0), in {SNIPPET}:8",
    ]


def test_what_is_not_kept_is_a_note_and_a_refused_figure_an_error_of_record_and_check(
    recorded: Tree, change: Change
) -> None:
    change(SNIPPET, "ratio = number / 7", 'from IPython.display import HTML\n\nratio = number / 7\nHTML("<b>x</b>")')
    note = f"{SNIPPET}:12: cell `ratio` shows HTML, which is not kept: the page shows its text, as `print` would"
    done = record_chapters(recorded, [COUNT])
    assert [str(f) for f in done.notes] == [note]
    assert (done.problems, len(done.written)) == ((), 1)
    checked = check(recorded)
    assert said(checked, "dropped") == [note]
    assert not checked.failed
    change(SNIPPET, 'HTML("<b>x</b>")', 'from IPython.display import SVG\nSVG("<svg><a/></svg>")')
    refused = [f"{SNIPPET}:13: cell `ratio` shows a figure that is refused: it holds <a>"]
    done = record_chapters(recorded, [COUNT])
    assert [str(f).partition(", which")[0] for f in done.problems] == refused
    assert done.written == ()
    assert [line.partition(", which")[0] for line in said(check(recorded), "run")] == refused


def test_code_that_a_reader_cannot_run_is_an_error_of_record_and_check(recorded: Tree, change: Change) -> None:
    change(SNIPPET, "ratio = number / 7", "import sys\n\nratio = len(sys.argv)")
    message = f"{SNIPPET}:11: cell `ratio` reads `sys.argv`, which is the kernel's own in a notebook; "
    assert [str(f).startswith(message) for f in record_chapters(recorded, [COUNT]).problems] == [True]
    assert [line.startswith(message) for line in said(check(recorded), "cell")] == [True]
