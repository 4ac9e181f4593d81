"""The synthetic project of the benchmark is a project like any other."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from snippets._engine.audit.audit import audit
from snippets._engine.chapters import cells
from snippets._engine.chapters.cells import Chapter
from snippets._engine.chapters.environment import PACKAGES
from snippets._engine.chapters.results import CellRun, ChapterRun, Output
from snippets._engine.commands import record as recording
from snippets._engine.project.tree import Tree
from snippets._engine.records import record

HERE = Path(__file__).parent
pytestmark = pytest.mark.unit


@pytest.fixture
def benchmark_module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`tree.py`, imported as run.py does it."""
    monkeypatch.syspath_prepend(str(HERE))
    for name in ("project", "tree"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    spec = importlib.util.spec_from_file_location("tree", HERE / "tree.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules.pop("project", None)
    return module


@pytest.fixture
def without_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run would give, given at once."""

    def run(chapters: list[Chapter], *, values: dict[str, Any], **_: object) -> dict[str, ChapterRun]:
        versions = {name: Tree(HERE.parents[1]).pins[name] for name in PACKAGES}
        environment = dict.fromkeys(("platform", "device", "cpu", "capability"), "") | {
            "python": "3.11.7", "versions": versions, "threads": 1, "variables": {}
        }  # fmt: skip
        return {c.name: ChapterRun(c, tuple(_ran(c, values[c.name])), environment, "") for c in chapters}

    monkeypatch.setattr(recording, "run", run)


def _ran(chapter: Chapter, values: dict[str, list[str]]) -> list[CellRun]:
    outputs = {name: Output("text", "stdout", "285\n") for name in chapter.by_name}
    outputs["plot-numbers"] = Output("figure", "display", '<svg width="9pt" height="9pt"/>')
    return [
        CellRun(cell.name, (outputs[cell.name],), dict.fromkeys(values.get(cell.name, []), 285))
        for cell in chapter.cells
    ]


@pytest.mark.usefixtures("without_a_run")
def test_a_synthetic_project_lists_its_chapters_and_nothing_is_wrong_with_it(
    benchmark_module: ModuleType, tmp_path: Path
) -> None:
    benchmark_module.make(tmp_path, 7)
    tree = Tree(tmp_path)
    assert list(tree.chapters()) == sorted(benchmark_module.names(7))
    assert len({name.partition("/")[0] for name in tree.chapters()}) == len(benchmark_module.PARTS)
    assert audit(tree) == ()
    for name in tree.chapters():
        found = record.load(tree, name)
        assert found is not None
        assert found.chapter == name
        assert found.by_name["total"].values == {"answer": 285}
    assert len({tree.page("vi", name).read_text("utf-8").partition("\n")[2] for name in tree.chapters()}) == 7


@pytest.mark.usefixtures("without_a_run")
def test_a_project_is_extended_by_chapters_that_are_recorded(benchmark_module: ModuleType, tmp_path: Path) -> None:
    benchmark_module.make(tmp_path, 2)
    tree = Tree(tmp_path)
    config = (tmp_path / "mkdocs.yml").read_text("utf-8")
    (tmp_path / "mkdocs.yml").write_text(config.replace("- beyond:", "- before:"), "utf-8")
    before = set(tree.chapters())
    benchmark_module.extend(tree, 3)
    assert sorted(set(tree.chapters()) - before) == [f"beyond/chapter_{number:03}" for number in range(3)]
    assert audit(tree) == ()


def test_the_set_of_twelve_has_the_size_that_peers_were_measured_with() -> None:
    files = sorted((HERE / "chapters").glob("*.py"))
    parsed = [cells.parse(file.read_text("utf-8"), name=f"part/{file.stem}", path=file.name) for file in files]
    assert len(parsed) == 12
    assert sum(len(chapter.cells) for chapter in parsed) == 80
    assert sum("plt.show" in cell.code for chapter in parsed for cell in chapter.cells) == 9
