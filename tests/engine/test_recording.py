"""`record`: runs what is stale and touches no byte of what did not change."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from snippets._engine.audit.audit import audit
from snippets._engine.chapters.cells import Chapter
from snippets._engine.chapters.results import CellRun, ChapterRun, Output
from snippets._engine.commands import record as recording
from snippets._engine.commands.record import Recorded, record_chapters
from snippets._engine.project.errors import SnippetsError
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library
from snippets._engine.run.linux import children

Change = Callable[[str, str, str], None]
COUNT = "words/count"
VI, EN, SNIPPET = "docs/vi/words/count.md", "docs/en/words/count.md", "snippets/words/count.py"
PATH = "docs/notebooks/words/count.ipynb"


def record(tree: Tree, *names: str, **options: Any) -> Recorded:
    """Record chapters, the plain one by default."""
    return record_chapters(tree, names or (COUNT,), **options)


def state(path: Path) -> tuple[bytes, int, int]:
    """What must not change when nothing does."""
    return path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a record by hand."""
    notebook = json.loads(path.read_text("utf-8"))
    change(notebook)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")


@pytest.fixture
def no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets nothing run."""

    def refuse(chapters: list[Chapter], **_: object) -> dict[str, ChapterRun]:
        assert not chapters, "a chapter was run"
        return {}

    monkeypatch.setattr(recording, "run", refuse)


def test_records_of_a_real_run_are_valid_notebooks_and_leave_nothing_to_tell(recorded: Tree) -> None:
    for name in recorded.chapters():
        nbformat.validate(nbformat.read(recorded.record(name), as_version=4))
    assert audit(recorded) == ()


def test_recording_again_by_force_touches_no_byte(recorded: Tree) -> None:
    before = [state(recorded.record(name)) for name in recorded.chapters()]
    done = record(recorded, *recorded.chapters(), force=True)
    assert (done.written, done.same, done.fresh, done.problems) == ((), recorded.chapters(), (), ())
    assert [state(recorded.record(name)) for name in recorded.chapters()] == before


def test_fresh_chapters_are_not_run(recorded: Tree, no_run: None) -> None:
    assert record(recorded, *recorded.chapters()).fresh == recorded.chapters()


def test_what_was_fresh_is_remembered_until_a_file_changes(
    recorded: Tree, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(recording, "run", lambda chapters, **_: asked.append([c.name for c in chapters]) or {})
    names, text = recorded.chapters(), recorded.snippet(COUNT).read_bytes()
    record(recorded, *names)
    with monkeypatch.context() as patch:
        patch.setattr(recording, "_is_stale", lambda *_: pytest.fail("looked at again"))
        assert record(recorded, *names).fresh == names
    change(SNIPPET, "a b c", "a b")
    record(recorded, *names)
    recorded.snippet(COUNT).write_bytes(text)
    change(VI, "#count.number", "#count.number + 1")
    record(recorded, *names)
    recorded.record(COUNT).unlink()
    record(recorded, *names)
    assert asked == [[], [COUNT], [COUNT], [COUNT]]


def test_recording_fresh_chapters_imports_no_torch(recorded: Tree) -> None:
    code = (
        "import sys; from snippets.__main__ import main; "
        f"main(['record', '--root', {str(recorded.root)!r}], standalone_mode=False); "
        "assert not {'torch', 'IPython', 'numpy', 'matplotlib'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("0 written, 0 ran and gave the same, 2 fresh\n", "")


def test_prose_makes_nothing_stale(recorded: Tree, change: Change, no_run: None) -> None:
    change(VI, "# B {#b}\n", "# Khác {#b}\n\nMột câu mới.\n")
    change(SNIPPET, "# vi: đếm", "# vi: đếm lại")
    assert record(recorded).fresh == (COUNT,)
    assert [f.kind for f in audit(recorded)] == ["behind"]


def test_date_is_kept_until_the_record_changes(recorded: Tree, change: Change) -> None:
    path = recorded.record(COUNT)
    edit(path, lambda n: n["metadata"]["snippets"].update(recorded="2020-01-02"))
    record(recorded, force=True)
    assert '"recorded": "2020-01-02"' in path.read_text("utf-8")
    change(SNIPPET, "a b c", "a b c d")
    assert record(recorded).written == (path,)
    assert '"recorded": "2020-01-02"' not in path.read_text("utf-8")
    assert "words: 4" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [("a b c", "a b d"), ("# %% ratio\n", '# %% ratio tolerance="0.1"\n'), ("# %% ratio", "# %% share")],
    ids=["code that prints the same", "option", "name"],
)
def test_changed_code_is_recorded_though_the_output_is_equal(
    old: str, new: str, recorded: Tree, change: Change
) -> None:
    change(SNIPPET, old, new)
    if "share" in new:
        for page in (VI, EN):
            change(page, "#ratio", "#share")
    assert any(f.kind == "stale" for f in audit(recorded))
    assert record(recorded).written == (recorded.record(COUNT),)
    assert [f for f in audit(recorded) if f.kind not in ("behind", "parity")] == []


FIGURE = "<svg><path d='M 0 1'/></svg>"
PNGS = [base64.b64encode(b"\x89PNG\r\n\x1a\n" + number).decode() for number in (b"1", b"2")]


@pytest.fixture
def draws(
    tree: Tree, write: Callable[[str, str], Path], by_hand: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Recorded]:
    """Records a chapter that draws: `draws(before, after)`, both as (SVG, PNG), without running anything."""
    write("snippets/basics/sums.py", "# %% one\nx = 1\n")

    def records(before: tuple[str, str], after: tuple[str, str], **options: Any) -> Recorded:
        for_record = ["figure", "display", before[0], None, before[1], "<Figure>" if before[1] else ""]
        by_hand("basics/sums", {"one": {"outputs": [for_record]}})
        old = Library(tree).record("basics/sums")
        assert old is not None
        outputs = (Output("figure", "display", after[0], png=after[1], plain="<Figure>"),)
        ran = ChapterRun(Library(tree).chapter("basics/sums"), (CellRun("one", outputs),), old.environment, "")
        monkeypatch.setattr(recording, "run", lambda chapters, **_: {c.name: ran for c in chapters})
        return record(tree, "basics/sums", force=True, pages=[], **options)

    return records


def drawn(tree: Tree) -> dict[str, str]:
    """The recorded figure's forms."""
    notebook = json.loads(tree.record("basics/sums").read_text("utf-8"))
    forms = notebook["cells"][0]["outputs"][0]["data"]
    return {mime: "".join(form) for mime, form in forms.items()}


def test_a_png_that_a_record_lacks_is_added_and_nothing_else_changes(
    tree: Tree, draws: Callable[..., Recorded]
) -> None:
    assert len(draws((FIGURE, ""), (FIGURE, PNGS[0])).written) == 1
    whole = json.loads(tree.record("basics/sums").read_text("utf-8"))
    assert whole["metadata"]["snippets"]["recorded"] == "2026-11-20"
    assert whole["cells"][0]["metadata"]["snippets"]["seconds"] == 0.25
    assert drawn(tree) == {"image/svg+xml": FIGURE, "image/png": PNGS[0], "text/plain": "<Figure>"}


def test_another_png_is_no_difference(tree: Tree, draws: Callable[..., Recorded]) -> None:
    done = draws((FIGURE, PNGS[0]), (FIGURE, PNGS[1]))
    assert (done.written, done.same) == ((), ("basics/sums",))
    assert drawn(tree)["image/png"] == PNGS[0]


def test_a_new_svg_brings_its_png(tree: Tree, draws: Callable[..., Recorded]) -> None:
    other = FIGURE.replace("1", "7")
    assert len(draws((FIGURE, PNGS[0]), (other, PNGS[1])).written) == 1
    assert (drawn(tree)["image/svg+xml"], drawn(tree)["image/png"]) == (other, PNGS[1])


def test_a_record_written_anew_keeps_the_png_of_an_equal_svg(tree: Tree, draws: Callable[..., Recorded]) -> None:
    pins = tree.root / "pyproject.toml"
    pins.write_text('[project]\ndependencies = ["torch==9.9.9"]\n', "utf-8")  # stale: written whatever it gives
    assert len(draws((FIGURE, PNGS[0]), (FIGURE, PNGS[1])).written) == 1
    assert drawn(tree)["image/png"] == PNGS[0]


def test_missing_record_is_told_and_written(recorded: Tree) -> None:
    recorded.record(COUNT).unlink()
    assert [str(f) for f in audit(recorded)] == [
        f"{SNIPPET}:1: no record {PATH}; run: python -m snippets record words/count"
    ]
    assert record(recorded).written == (recorded.record(COUNT),)
    assert audit(recorded) == ()


@pytest.mark.parametrize("content", [b"", b'{"cells": [', b"[]", b'{"metadata": {}, "cells": []}'])
def test_record_that_cannot_be_read_is_told_and_mended(content: bytes, recorded: Tree) -> None:
    recorded.record(COUNT).write_bytes(content)
    (finding,) = audit(recorded)
    assert (finding.severity, finding.path) == ("error", PATH)
    assert str(finding).endswith("; run: python -m snippets record words/count")
    assert record(recorded).written == (recorded.record(COUNT),)
    assert audit(recorded) == ()


def test_value_that_a_page_newly_asks_for_is_added_and_nothing_else_changes(recorded: Tree, change: Change) -> None:
    path = recorded.record(COUNT)
    before = path.read_text("utf-8")
    change(VI, "# B {#b}\n", "# B {#b}\n\n{{= #count.words[0] }}\n")
    assert [str(f) for f in audit(recorded) if f.kind == "incomplete"] == [
        f"{VI}:3: the record lacks the value `words[0]` of cell `count`; run: python -m snippets record words/count"
    ]
    assert record(recorded).written == (path,)
    after = path.read_text("utf-8")
    assert '"words[0]": "a"' in after
    shorter = [line for line in after.split("\n") if '"words[0]"' not in line and '"seconds"' not in line]
    assert [line.rstrip(",") for line in shorter] == [
        line.rstrip(",") for line in before.split("\n") if '"seconds"' not in line
    ]


def test_value_that_cannot_be_had_is_told_on_each_page_and_nothing_is_written(recorded: Tree, change: Change) -> None:
    before = state(recorded.record(COUNT))
    change(SNIPPET, "a b c", "a b c d")
    for page in (VI, EN):
        change(page, "#count.number", "#count.number / (number - 4)")
    done = record(recorded)
    assert [str(f) for f in done.problems] == [
        f"{page}:5: value `number / (number - 4)` after cell `count`: ZeroDivisionError: division by zero; "
        "mend the expression"
        for page in (VI, EN)
    ]
    assert done.written == ()
    assert state(recorded.record(COUNT)) == before


def test_value_of_another_kind_is_told(recorded: Tree, change: Change) -> None:
    change(VI, "#count.number", "#count.words.index")
    (problem,) = record(recorded).problems
    assert str(problem) == (
        f"{VI}:5: value `words.index` after cell `count`: NotJsonError: a value must be a number, text, None or a list "
        "of them, not builtin_function_or_method; mend the expression"
    )


def test_chapter_that_fails_keeps_its_record_and_stops_no_other(recorded: Tree, change: Change) -> None:
    before = state(recorded.record(COUNT))
    change(SNIPPET, "number / 7", "number / 0")
    (recorded.snippets / "words" / "other.py").write_text("# %% one\nprint(1)\n", "utf-8")
    done = record(recorded, COUNT, "words/other")
    assert [str(f) for f in done.problems] == [
        f"{SNIPPET}:9: cell `ratio` raised ZeroDivisionError: division by zero; "
        'mend it, or declare raises="ZeroDivisionError" on the cell'
    ]
    assert done.written == (recorded.record("words/other"),)
    assert state(recorded.record(COUNT)) == before


def test_other_pinned_version_makes_a_record_stale(recorded: Tree) -> None:
    (recorded.root / "pyproject.toml").write_text(
        '[project]\ndependencies = ["click"]\n[project.optional-dependencies]\n'
        'run = ["torch==2.99.0; python_version > \'3\'", "numpy>=1"]\n',
        "utf-8",
    )
    said = [str(f) for f in audit(recorded)]
    assert len(said) == 2
    assert said[1].startswith(f"{SNIPPET}:1: {PATH} is stale: recorded with torch 2.")
    assert said[1].endswith(", but pyproject.toml pins 2.99.0; run: python -m snippets record words/count")


def test_pins_that_cannot_be_read_are_told(recorded: Tree) -> None:
    (recorded.root / "pyproject.toml").write_text("[project\n", "utf-8")
    (finding,) = audit(recorded)
    assert str(finding).startswith("pyproject.toml:1: not TOML: ")
    assert finding.severity == "error"


def test_record_of_other_versions_is_written_anew(recorded: Tree) -> None:
    path = recorded.record(COUNT)
    edit(path, lambda n: n["metadata"]["snippets"]["environment"]["versions"].update(numpy="1.0"))
    assert record(recorded).fresh == (COUNT,)
    assert record(recorded, force=True).written == (path,)
    assert '"numpy": "1.0"' not in path.read_text("utf-8")


def test_record_of_another_machine_is_kept_within_tolerances(recorded: Tree) -> None:
    path = recorded.record(COUNT)
    text = path.read_text("utf-8")
    almost = text.replace('"ratio": 0.42857142857142855', '"ratio": 0.4287')
    assert almost != text
    path.write_text(almost.replace('"threads": 1', '"threads": 4'), "utf-8")
    before = state(path)
    assert record(recorded, force=True).same == (COUNT,)
    assert state(path) == before
    path.write_text(almost, "utf-8")
    assert record(recorded, force=True).written == (path,)
    assert '"ratio": 0.42857142857142855' in path.read_text("utf-8")


def test_chapters_without_images_keep_their_record_beside_one_that_has_them(recorded: Tree) -> None:
    before = state(recorded.record(COUNT))
    (recorded.snippets / "words" / "digits.py").write_text('# %% one\nprint("MNIST")\n', "utf-8")
    done = record(recorded, COUNT, "words/digits", force=True)
    assert (done.written, done.same) == ((recorded.record("words/digits"),), (COUNT,))
    assert state(recorded.record(COUNT)) == before


def test_unreadable_page_stops_recording_before_anything_runs(recorded: Tree, change: Change, no_run: None) -> None:
    change(EN, "# B {#b}", "# B")
    with pytest.raises(SnippetsError, match=r"^docs/en/words/count\.md:1: heading `B` has no id"):
        record(recorded, force=True)
    assert not children(), "the process that imports meanwhile is gone"


def test_record_that_cannot_be_written_is_as_it_was(
    recorded: Tree, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(recorded.record(COUNT))
    change(SNIPPET, "a b c", "a b c d")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        record(recorded)
    assert state(recorded.record(COUNT)) == before
