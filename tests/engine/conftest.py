"""A small tree in a temporary folder, and records written by hand: most of the engine can be tested without a run."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from snippets._engine.audit.declared import agree
from snippets._engine.chapters import cells
from snippets._engine.chapters.results import CellRun, ChapterRun, Output
from snippets._engine.commands.record import record_chapters
from snippets._engine.project.files import write_whole
from snippets._engine.project.tree import Tree
from snippets._engine.records import record
from snippets._engine.records.library import Library
from snippets._engine.records.record import Record
from snippets._engine.run.scheduler import run

ENVIRONMENT: dict[str, Any] = {
    "python": "3.11.7",
    "versions": {"torch": "2.13.0+cpu", "torchvision": "0.28.0", "numpy": "2.4.6", "matplotlib": "3.11.2"},
    "platform": "Linux x86_64",
    "device": "Example CPU @ 2.50GHz",
    "cpu": "Example CPU @ 2.50GHz",
    "capability": "AVX512",
    "threads": 1,
    "variables": {},
}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """An empty tree."""
    root = tmp_path / "tree"
    root.mkdir()
    (root / "mkdocs.yml").touch()
    return Tree(root)


@pytest.fixture
def write(tree: Tree) -> Callable[[str, str], Path]:
    """Writes a file of the tree; the text's common indentation goes."""

    def write_file(path: str, text: str) -> Path:
        file = tree.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), "utf-8", newline="\n")
        return file

    return write_file


@pytest.fixture
def library(tree: Tree) -> Library:
    """The tree's chapters and records."""
    return Library(tree)


@pytest.fixture
def by_hand(tree: Tree) -> Callable[..., Path]:
    """Writes a record without any run.

    `by_hand("basics/sums", {"add": {"outputs": [["text", "stdout", "3\\n"]], "values": {"total": 3}}})`; cells that are
    not named gave nothing. `source` is the code it was recorded from, when that is not the file's; other keywords
    replace entries of the environment.
    """

    def write_record(
        chapter: str,
        ran: Mapping[str, Mapping[str, Any]],
        *,
        variant: str = "cpu",
        source: str = "",
        data: str = "",
        recorded: str = "2026-11-20",
        **environment: Any,
    ) -> Path:
        path = tree.snippet(chapter)
        text = dedent(source) or path.read_text("utf-8")
        parsed = cells.parse(text, name=chapter, path=tree.relative(path))
        runs = tuple(_cell_run(cell.name, ran.get(cell.name, {})) for cell in parsed.cells)
        whole = ChapterRun(parsed, runs, {**ENVIRONMENT, **environment}, data)
        notebook = record.to_notebook(whole, variant, recorded)
        target = tree.record(chapter, variant)
        write_whole(target, json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
        return target

    return write_record


def _cell_run(name: str, spec: Mapping[str, Any]) -> CellRun:
    outputs = tuple(Output(*output) for output in spec.get("outputs", ()))
    names = tuple(spec.get("names", ()))
    return CellRun(name, outputs, dict(spec.get("values", {})), {}, names, float(spec.get("seconds", 0.25)))


@pytest.fixture
def read_record(tree: Tree) -> Callable[..., Record]:
    """Reads a record that must be there."""

    def read(chapter: str, variant: str = "cpu") -> Record:
        found = record.load(tree, chapter, variant)
        assert found is not None
        return found

    return read


@pytest.fixture
def run_code() -> Callable[..., ChapterRun]:
    """Runs the text of a snippet file as the chapter part/code; keywords as of `run`, `values` by cell."""

    def run_text(text: str, *, values: Mapping[str, list[str]] | None = None, **options: Any) -> ChapterRun:
        chapter = cells.parse(dedent(text), name="part/code", path="snippets/part/code.py")
        return run([chapter], values={"part/code": values or {}}, **options)["part/code"]

    return run_text


SUMS = """\
# %% add
import torch

torch.manual_seed(0)
x = torch.rand(3)
total = x.sum()
print("total:", total)

# %% shapes raises="RuntimeError"
torch.zeros(2, 3) @ torch.zeros(2, 3)
"""
COUNT = """\
# %% count
words = "a b c".split()
number = len(words)
# vi: đếm
# en: count
print("words:", number)

# %% ratio
ratio = number / 7
"""
PAGES = {
    "basics/sums": "# A {#a}\n\n::: cell #add\n\nx: {{= #add.total :.3f }}\n\n::: cell #shapes\n",
    "words/count": "# B {#b}\n\n::: cell #count\n\nx: {{= #count.number }}\n\n::: cell #ratio\n\n{{= #ratio.ratio }}\n",
}


@pytest.fixture(scope="session")
def recorded_once(made_once: Callable[..., Path]) -> Path:
    """A tree of two chapters, one with torch, recorded by a real run."""
    return made_once("recorded", _record)


def _record(root: Path) -> None:
    tree = Tree(root)
    (root / "mkdocs.yml").touch()
    files = {"snippets/basics/sums.py": SUMS, "snippets/words/count.py": COUNT}
    files |= {f"docs/{lang}/{name}.md": text for name, text in PAGES.items() for lang in tree.languages}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    done = record_chapters(tree, tree.chapters())
    assert [tree.relative(path) for path in done.written] == [
        "docs/notebooks/basics/sums.ipynb",
        "docs/notebooks/words/count.ipynb",
    ]
    for name in PAGES:
        agree(tree, f"{name}.md")


@pytest.fixture
def recorded(recorded_once: Path, tmp_path: Path) -> Tree:
    """A copy of the recorded tree of this test's own."""
    return Tree(shutil.copytree(recorded_once, tmp_path / "recorded"))


@pytest.fixture
def change(recorded: Tree) -> Callable[[str, str, str], None]:
    """Replaces a text, which must be there, in a file of the recorded tree."""

    def replace(path: str, old: str, new: str) -> None:
        file = recorded.root / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    return replace
