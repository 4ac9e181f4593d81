"""The driver of the mutation run: it kills what it must, lets live what it must, and touches nothing.

The run over all chapters is a command of its own (README.md beside this file), no test.
"""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from snippets._engine.audit.declared import agree
from snippets._engine.chapters import cells
from snippets._engine.commands.record import record_chapters
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library

CODE = """\
# %% count raises="ZeroDivisionError"
words = "a b c".split()
number = len(words)
print(f"words: {number + 0.5:.2f}", max([1, 3]))
number / 0
"""
PAGE = """\
# One {#one}

Two comes below.

::: cell #count

## Two {#two}

There are {{= #count.number }} of them, see [one](#one).
"""


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of the driver by its name."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A recorded tree of one chapter that needs no torch."""
    tree = Tree(tmp_path / "tree")
    files = {"mkdocs.yml": "", "snippets/words/count.py": CODE}
    files |= {f"docs/{lang}/words/count.md": PAGE for lang in tree.languages}
    for name, text in files.items():
        (tree.root / name).parent.mkdir(parents=True, exist_ok=True)
        (tree.root / name).write_text(text, "utf-8")
    assert record_chapters(tree, tree.chapters()).written
    agree(tree, "words/count.md")
    return tree


def contents(tree: Tree) -> dict[Path, bytes]:
    """Every file of a tree."""
    return {path: path.read_bytes() for path in tree.root.rglob("*") if path.is_file()}


def test_check_kills_what_is_shown_and_only_that(driver: Any, tree: Tree) -> None:
    library, before = Library(tree), contents(tree)
    every = {(m.before, m.after): m for m in driver("mutants").of_chapter(library, "words/count")}
    wanted = [("a", "x"), ("3", "2"), ("words", "wordx"), ("ZeroDivisionError", "RuntimeError"), ("2", "3")]
    judge = driver("judge").Judge(library, 2)
    judge.settle(["words/count"])
    runs = list(judge.runs([every[pair] for pair in wanted]))
    kept = driver("results").Results(tree.root.parent / "runs.jsonl", library)
    kept.add(runs)
    read = driver("results").Results(tree.root.parent / "runs.jsonl", library)
    verdicts = [judge.verdict(mutant, result) for mutant, result in runs]
    for _ in range(2):
        assert verdicts == [judge.verdict(mutant, read.find(mutant)) for mutant, _ in runs]
    assert [v.fate for v in verdicts] == ["equivalent", "killed", "killed", "killed", "killed"]
    assert [v.changed for v in verdicts] == [(), ("count",), ("count",), (), ("count",)]
    for verdict in verdicts[1:]:
        assert "docs/vi/words/count.md:5" in verdict.places
        assert "cell `count`" in verdict.exact[0]
    assert "expected 'words: 3.50 3', found 'wordx: 3.50 3'" in verdicts[2].exact[0]
    assert contents(tree) == before


def test_no_verdict_where_the_unchanged_chapter_differs_already(driver: Any, tree: Tree) -> None:
    judge, record = driver("judge"), tree.record("words/count")
    record.write_text(record.read_text("utf-8").replace("words: 3.50", "words: 4.50"), "utf-8")
    with pytest.raises(judge.UnequalError, match=r"expected 'words: 4\.50 3', found 'words: 3\.50 3'"):
        judge.Judge(Library(tree), 1).settle(["words/count"])


def test_parity_catches_a_page_changed_in_one_language(driver: Any, tree: Tree) -> None:
    pages, before = driver("page_judge"), contents(tree)
    every = [m for m in pages.of_pages(tree) if m.path == "docs/en/words/count.md"]
    verdicts = list(pages.PageJudge(tree).verdicts(every))
    assert {m.operator for m in every} >= {"heading delete", "id change", "cell delete", "value change", "link move"}
    assert [str(m) for m, v in zip(every, verdicts, strict=True) if v.fate != "killed"] == []
    assert contents(tree) == before


@pytest.mark.unit
def test_mutants_are_chosen_evenly_and_always_alike(driver: Any) -> None:
    mutants = driver("mutants")
    every = [
        mutants.Mutant(f"{part}{cell}{operator}{n}", part, part, cell, 1, 1, operator, "1", "2", "")
        for part in "ab"
        for cell in "cd"
        for operator in "ef"
        for n in range(9)
    ]
    chosen = mutants.chosen(every, 16, 8)
    assert chosen == mutants.chosen(reversed(every), 16, 8) != mutants.chosen(every, 16, 9)
    assert {
        sum((m.chapter, m.cell, m.operator) == (p, c, o) for m in chosen) for p in "ab" for c in "cd" for o in "ef"
    } == {2}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ('f"a {x} b"', ["text:a ", "expression:x", "text: b"]),
        ('f"{x:.4f}{y!r}"', ["expression:x", "format:.4f", "expression:y"]),
        ('f"{{}} {d[1:2]:>3}"', ["text:{{}} ", "expression:d[1:2]", "format:>3"]),
        ('f"{a != b:{width}}"', ["expression:a != b"]),
        ('f"one" "two"', []),
        ('"plain"', ["text:plain"]),
    ],
)
def test_an_f_string_is_taken_apart(driver: Any, source: str, parts: list[str]) -> None:
    fstrings: ModuleType = driver("fstrings")
    assert [f"{p.kind}:{source[p.start : p.end]}" for p in fstrings.parts(source)] == parts


@pytest.mark.unit
def test_each_edit_keeps_every_other_byte(driver: Any) -> None:
    text = CODE.replace("words = ", "đếm = 'ộ'; words = ")
    assert cells.parse(text, name="words/count", path="x.py")
    found = list(driver("edits").edits(text))
    operators = {"exception", "constant", "label", "format", "operator", "argument", "data"}
    assert {e.operator for e in found} == operators
    assert {(text[e.start : e.end], e.after) for e in found if e.operator == "format"} == {("2", "3")}
    assert ("/", "*") in {(text[e.start : e.end], e.after) for e in found if e.operator == "operator"}
    assert all(text[: e.start] + e.after + text[e.end :] != text for e in found)
