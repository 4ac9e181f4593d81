"""The tests that are published beside each chapter are a reader's to run: they need the chapter and nothing of ours."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from snippets._engine.chapters import data
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library
from snippets._engine.run.interpreter import child_environment
from snippets._site.build.files import plain_files

from ..day import today
from .turns import asked_for, changed, todays

HERE = Path(__file__).resolve().parent
TREE = Tree(HERE.parents[1])
CONFTEST = HERE / "reader_conftest.py"
PUBLISHED = [path for path in map(TREE.test, TREE.chapters()) if path.is_file()]
TODAY = todays(Library(TREE))
OF_THE_DAY = TODAY[today().toordinal() % len(TODAY)]
TESTED = [name for name in TODAY if asked_for() == "all" or name == OF_THE_DAY or name in changed(Library(TREE), TODAY)]
"""Each day one of those whose turn it is and what changed, each week all: it takes ten seconds a chapter."""
WITHOUT_PROJECT = "import sys; sys.modules['snippets'] = None; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
READERS = {"pytest", "torch", "torchvision", "numpy", "matplotlib", "sklearn"}


@pytest.mark.unit
@pytest.mark.parametrize("path", [CONFTEST, *PUBLISHED], ids=lambda path: path.stem)
def test_it_imports_what_readers_have(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}:{node.lineno} imports from beside it"
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", None) or ""]
        roots = {name.partition(".")[0] for name in names} if isinstance(node, ast.Import | ast.ImportFrom) else set()
        assert roots <= READERS | sys.stdlib_module_names, f"{path.name}:{node.lineno}"


@pytest.mark.unit
def test_each_is_published_and_the_conftest_where_pytest_finds_it() -> None:
    files = dict(plain_files(TREE))
    assert files["tests/snippets/conftest.py"] == CONFTEST
    for name in TREE.chapters():
        for path in (TREE.snippet(name), TREE.test(name)):
            assert files[TREE.relative(path)] == path


@pytest.mark.parametrize("name", TESTED)
def test_it_passes_in_an_empty_folder_without_the_project(name: str, tmp_path: Path) -> None:
    for path in (TREE.snippet(name), TREE.test(name)):
        shutil.copy(path, tmp_path)
    shutil.copy(CONFTEST, tmp_path / "conftest.py")
    said = run_pytest(tmp_path)
    passed, *others = re.findall(r"(\d+) (\w+)", said.splitlines()[-1])
    assert passed[1] == "passed", said
    assert {what for _, what in others} <= {"warnings", "warning"}, said
    assert int(passed[0]) >= TREE.test(name).read_text("utf-8").count("\ndef test_"), said


def run_pytest(folder: Path) -> str:
    """What pytest, and pytest alone, says in a folder, in a process that cannot import this project."""
    mine = ("PYTEST_", "COV_")
    environment = {name: value for name, value in child_environment("cpu").items() if not name.startswith(mine)}
    environment |= {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(HERE.parent / "bare"),
        "PYTHONWARNINGS": "",
    }
    command = [sys.executable, "-c", WITHOUT_PROJECT, "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)
    return (done.stdout + done.stderr).strip()


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The published conftest as a module; what it sets in the environment is taken back."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    module = ModuleType("reader_conftest")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # its dataclass asks for it
    exec(compile(CONFTEST.read_text("utf-8"), str(CONFTEST), "exec"), vars(module))
    return module


SMALL = """\
# Notes before the first cell are no code.
# %% show
import sys
import warnings
import torch

x = torch.tensor([0.1, 2.0])
print("x:", x)
print("aside", file=sys.stderr)
warnings.warn("look out")
warnings.warn("not for readers", ImportWarning)
x * 2

# %% change
# vi: đổi x
# en: change x
x = [x.sum(), (3, "a", None, True)]
x.append(x[0].dtype)

# %% fails tolerance="0.1" raises="ZeroDivisionError"
print("before")
1 / 0

# %% draw
import matplotlib.pyplot as plt

torch.manual_seed(0)
for n in range(2):
    plt.plot([0, n])
    plt.show()
plt.plot([3, 4])

# %% random
open("left.txt", "w").close()
print("drawn:", torch.rand(2).tolist(), __name__)
"""
SMALL_TEST = """
def test_values(chapter):
    assert chapter.value("show", "x") == [0.1, 2.0]
    assert chapter.value("change", "x[:2]")
    assert chapter.value("draw", "torch.rand(3).shape")
"""


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A chapter, its test, and an empty folder."""
    chapter, test, folder = tmp_path / "small.py", tmp_path / "test_small.py", tmp_path / "empty"
    chapter.write_text(SMALL, "utf-8")
    test.write_text(SMALL_TEST, "utf-8")
    folder.mkdir()
    return chapter, test, folder


def test_a_reader_gets_what_cells_print_show_draw_and_raise(reader: Any, small: tuple[Path, Path, Path]) -> None:
    chapter, test, folder = small
    ran = reader.run(chapter, reader.asked(test), folder)
    assert (ran.path, ran.cells) == (chapter, ["show", "change", "fails", "draw", "random"])
    x = "tensor([0.1000, 2.0000])"
    shown = "tensor([0.2000, 4.0000])"
    assert ran.text("show") == f"x: {x}\naside\nUserWarning: look out\n{shown}\n"
    assert ran.text("change") == ""
    assert (ran.text("fails"), ran.error("fails")) == ("before\n", "ZeroDivisionError: division by zero")
    assert ran.error("show") == ""
    assert [len(ran.figures(cell)) for cell in ran.cells] == [0, 0, 0, 3, 0]
    assert all("<svg" in svg for svg in ran.figures("draw"))
    assert (folder / "left.txt").is_file()
    assert not Path("left.txt").exists()


def test_a_reader_gets_values_as_they_were_after_the_cell(reader: Any, small: tuple[Path, Path, Path]) -> None:
    chapter, test, folder = small
    ran = reader.run(chapter, reader.asked(test), folder)
    assert ran.value("show", "x") == [0.1, 2.0]
    assert ran.value("change", "x[:2]") == [2.1, [3, "a", None, True]]
    assert ran.value("draw", "torch.rand(3).shape") == [3]
    torch = sys.modules["torch"]
    torch.manual_seed(0)
    assert ran.text("random") == f"drawn: {torch.rand(2).tolist()} __main__\n"


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("1 / 0", "1 / 1", r"^small\.py: cell `fails` declares raises=\"ZeroDivisionError\" and ended well$"),
        ("1 / 0", "int('a')", "invalid literal for int"),
        ("x.append", "x.apend", "no attribute 'apend'"),
    ],
)
def test_a_cell_that_does_not_do_what_it_declares_ends_the_run(
    reader: Any, small: tuple[Path, Path, Path], old: str, new: str, error: str
) -> None:
    chapter, _, folder = small
    chapter.write_text(SMALL.replace(old, new), "utf-8")
    with pytest.raises((pytest.fail.Exception, ValueError, AttributeError), match=error) as caught:
        reader.run(chapter, {}, folder)
    places = [(Path(str(entry.path)).name, entry.lineno + 1) for entry in caught.traceback]
    if "declares" not in error:  # the reader sees the line of the file
        line = next(number for number, text in enumerate(SMALL.split("\n"), 1) if old in text)
        assert ("small.py", line) in places


def test_the_chapter_is_found_beside_its_test_or_where_it_lies_on_the_site(reader: Any, tmp_path: Path) -> None:
    beside, as_on_the_site = tmp_path / "test_sums.py", tmp_path / "tests/snippets/basics/test_sums.py"
    for place in (tmp_path / "sums.py", tmp_path / "snippets/basics/sums.py"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    assert reader.code_of(beside) == tmp_path / "sums.py"
    assert reader.code_of(as_on_the_site) == tmp_path / "snippets/basics/sums.py"


def test_a_chapter_that_is_missing_is_named_in_one_line(tmp_path: Path) -> None:
    shutil.copy(CONFTEST, tmp_path / "conftest.py")
    (tmp_path / "test_sums.py").write_text("def test_it(chapter): ...\n", "utf-8")
    (error,) = re.findall(r"^no sums.+$", run_pytest(tmp_path), re.MULTILINE) or [""]
    assert error.startswith(f"no sums.py: looked for {tmp_path}/sums.py and ")
    assert error.endswith("put it beside test_sums.py")


def test_the_digits_are_those_that_chapters_run_on(reader: Any, tmp_path: Path) -> None:
    data.provide(tmp_path / "ours", None)
    reader.write_digits(tmp_path / "readers")
    for file in data.FILES:
        assert (tmp_path / "readers" / file).read_bytes() == (tmp_path / "ours/data/MNIST/raw" / file).read_bytes()
