"""What holds for every chapter: it gives what is recorded, runs as plain code, and keeps the rules of DESIGN."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from snippets._engine.chapters import data
from snippets._engine.chapters.cells import Cell
from snippets._engine.chapters.results import ChapterRun, Output
from snippets._engine.child.capture import normalised
from snippets._engine.copies.notebook import notebook
from snippets._engine.diffs import compare
from snippets._engine.diffs.compare import mismatches
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library
from snippets._engine.records.record import Record
from snippets._engine.run.interpreter import child_environment

from .turns import todays

BARE = Path(__file__).resolve().parents[1] / "bare"
MARK, ERROR = "\x02cell ", "\x02error "
TREE = Tree(BARE.parents[1])
CHAPTERS = TREE.chapters()
TODAY = todays(Library(TREE))


def test_a_run_with_a_random_seed_gives_what_is_recorded(each_chapter, tree: Tree) -> None:  # type: ignore[no-untyped-def]
    result: ChapterRun = each_chapter.result
    record = Library(tree).record(result.chapter.name)
    assert record is not None, "no record: python -m snippets record"
    assert record.hash == result.chapter.hash, "stale record: python -m snippets record"
    assert [cell.name for cell in record.cells] == [cell.name for cell in result.cells]
    rule = compare.rule_for(record.environment, result.environment)
    assert [str(mismatch) for mismatch in mismatches(record, result, rule)] == []


@pytest.mark.parametrize("each_chapter", TODAY, indirect=True)
def test_the_notebook_runs_as_plain_code_with_equal_outputs(each_chapter, tree: Tree, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Its cells are the copied blocks, byte for byte (tests/engine/test_notebooks.py): one run proves all four.

    It takes seconds a chapter: turns.py says whose turn it is.
    """
    result: ChapterRun = each_chapter.result
    name = result.chapter.name
    text = tree.page("vi", name).read_text("utf-8")
    made = notebook(text, lang="vi", src_uri=f"{name}.md", path=name, library=Library(tree))
    code = {cell["id"]: "".join(cell["source"]) for cell in json.loads(made)["cells"] if cell["cell_type"] == "code"}
    bare = run_bare([(cell.name, code[cell.name], cell.raises) for cell in result.chapter.cells], tmp_path)
    for cell, ran in zip(result.chapter.cells, result.cells, strict=True):
        printed = [o for o in ran.outputs if o.source == "stdout"]
        expected = Output("text", "stdout", "".join(o.text for o in printed))
        found, error = bare[cell.name]
        tolerance = compare.Tolerance.of(cell, "exact")
        if "volatile" not in cell.options:
            assert compare.texts(expected.text, found, tolerance) is None, cell.name
        errors = "".join(o.text for o in ran.outputs if o.kind == "error")
        assert error == errors, cell.name


def run_bare(cells: list[tuple[str, str, str]], folder: Path) -> dict[str, tuple[str, str]]:
    """Run code in a process that knows nothing of the engine; for each cell its printed text and its error.

    Args:
        cells: for each its name, its code and the exception that it raises.
    """
    listing, work = folder / "cells.json", folder / "work"
    listing.write_text(json.dumps(cells), "utf-8")
    work.mkdir()
    if any("MNIST" in code for _, code, _ in cells):
        data.provide(work, None)
    environment = child_environment("cpu") | {"MPLBACKEND": "agg", "PYTHONPATH": str(BARE), "PYTHONWARNINGS": ""}
    command = [sys.executable, str(BARE / "driver.py"), str(listing), MARK, ERROR]
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    parts = (part.partition("\n") for part in done.stdout.split(f"\n{MARK}")[1:])
    found = {}
    for name, _, text in parts:
        printed, _, error = text.partition(ERROR)
        found[name] = (normalised(printed), normalised(error.removesuffix("\n")))
    return found


@pytest.mark.unit
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_stands_alone_and_fits_a_narrow_screen(name: str, tree: Tree) -> None:
    chapter = Library(tree).chapter(name)
    assert not [module for module in chapter.imports if module.split(".")[0] == "snippets"]
    text = tree.snippet(name).read_text("utf-8")
    assert [line for line in text.split("\n") if len(line) > 79] == []
    assert [cell.name for cell in chapter.cells if _lines(cell) > (25 if "def " in cell.code else 15)] == []


def _lines(cell: Cell) -> int:
    return sum(1 for line in cell.code.split("\n") if line.strip())


@pytest.mark.unit
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_has_tests_pages_and_a_quick_record(name: str, tree: Tree) -> None:
    assert tree.test(name).is_file()
    assert all(tree.page(lang, name).is_file() for lang in tree.languages)
    record = Library(tree).record(name)
    assert record is not None
    assert 0 < cpu_seconds(record) < 30


@pytest.mark.unit
def test_all_chapters_together_leave_a_small_machine_time_for_the_rest(tree: Tree) -> None:
    records = [record for name in CHAPTERS if (record := Library(tree).record(name)) is not None]
    assert len(records) == len(CHAPTERS)
    assert sum(map(cpu_seconds, records)) < 260


def cpu_seconds(record: Record) -> float:
    """Of a whole chapter, child processes included."""
    return sum(cell.cpu_seconds for cell in record.cells)


@pytest.mark.unit
def test_solutions_are_the_last_cells(tree: Tree) -> None:
    for name in CHAPTERS:
        kinds = [cell.name.startswith("solution-") for cell in Library(tree).chapter(name).cells]
        assert kinds == sorted(kinds), name


def test_a_bare_process_knows_nothing_of_the_project(tmp_path: Path) -> None:
    cells = [
        ("before", "import sys; print('torch' in sys.modules, 'IPython' in sys.modules)", ""),
        ("project", "import snippets", "ModuleNotFoundError"),
    ]
    found = run_bare(cells, tmp_path)
    assert found["before"] == ("False False\n", "")
    assert found["project"][1].startswith("ModuleNotFoundError: ")
