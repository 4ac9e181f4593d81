"""`python -m snippets new`: what it writes builds and passes at once, and a failure leaves nothing behind."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from snippets._engine.commands import new
from snippets._engine.commands.new import WrongNameError, new_chapter
from snippets._engine.project.errors import RunError
from snippets._engine.project.tree import Tree

from ..built import build_strictly, give_cache

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("mkdocs.yml", "pyproject.toml", "README.md", "docs", "snippets", "tests")


@pytest.fixture
def copy(tmp_path: Path) -> Tree:
    """A copy of the project itself."""
    for name in KEPT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    return Tree(tmp_path)


def everything(tree: Tree) -> dict[str, bytes]:
    """All files of a tree."""
    return {p.relative_to(tree.root).as_posix(): p.read_bytes() for p in tree.root.rglob("*") if p.is_file()}


def test_a_new_chapter_builds_and_passes_at_once(copy: Tree, made_once: Callable[..., Path]) -> None:
    made_once("site", build_strictly)
    give_cache(copy.root)  # the chapter that is new is not in it
    module = [sys.executable, "-m", "snippets", "--root", str(copy.root), "new", "models/first_model"]
    done = subprocess.run(module, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    written = [line.removeprefix("wrote ") for line in done.stdout.splitlines()]
    assert written == [
        "snippets/models/first_model.py",
        "tests/snippets/models/test_first_model.py",
        "docs/vi/models/first_model.md",
        "docs/en/models/first_model.md",
        "mkdocs.yml",
        "docs/notebooks/models/first_model.ipynb",
        "docs/agreed/models/first_model.toml",
    ]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(copy.root / "mkdocs.yml")]
    built = subprocess.run(build, capture_output=True, text=True, check=False, env=environment)
    assert built.returncode == 0, built.stderr
    for page in ("models/first_model", "en/models/first_model"):
        assert "cell-first" in (copy.root / "site" / page / "index.html").read_text("utf-8")
    tests = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/snippets/models/test_first_model.py",
    ]
    passed = subprocess.run(tests, cwd=copy.root, capture_output=True, text=True, check=False)
    assert passed.returncode == 0, passed.stdout
    assert "2 passed" in passed.stdout


def test_a_new_part_comes_where_its_titles_have_it() -> None:
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    nav = new._Nav(text.split("\n"))
    assert list(nav.titles())[:3] == ["home", "start", "basics"]
    changed = nav.with_chapter("beyond", "beyond/export")
    again = new._Nav(changed.split("\n")).with_chapter("from_numpy", "from_numpy/layers")
    assert again.index("  - basics:") < again.index("  - from_numpy:") < again.index("  - beyond:")
    for added in ("  - beyond:\n      - beyond/export.md\n", "  - from_numpy:\n      - from_numpy/layers.md\n"):
        again = again.replace(added, "")
    assert again == text


def test_a_section_takes_chapters_of_other_folders() -> None:
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    changed = new._Nav(text.split("\n")).with_chapter("inside", "models/layers")
    assert changed.replace("  - inside:\n      - models/layers.md\n", "") == text
    assert changed.index("  - models:") < changed.index("  - inside:") < changed.index("  - training:")


def test_every_section_but_one_has_a_folder_of_its_name() -> None:
    titles = new._Nav((ROOT / "mkdocs.yml").read_text("utf-8").split("\n")).titles()
    assert {name: folders for name, folders in titles.items() if folders != [name]} == {
        "inside": ["models", "training"]
    }


def test_the_section_may_be_another_than_the_part(copy: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new, "record_chapters", lambda *_, **__: SimpleNamespace(problems=()))
    new_chapter(copy, "models/layers", section="inside")
    assert copy.snippet("models/layers").is_file()
    assert "  - inside:\n      - models/layers.md\n" in (copy.root / "mkdocs.yml").read_text("utf-8")


def test_a_section_without_titles_is_refused() -> None:
    nav = new._Nav((ROOT / "mkdocs.yml").read_text("utf-8").split("\n"))
    with pytest.raises(WrongNameError, match="the part `none` has no titles; add it below plugins: snippets: nav"):
        new._check_section(nav, "models", "layers", "none")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("basics/autograd", "snippets/basics/autograd.py: exists already", id="taken"),
        pytest.param("basics/Upper", "`basics/Upper` is no name", id="upper-case"),
        pytest.param("basics", "`basics` is no name", id="no-chapter"),
        pytest.param("../etc/passwd", "is no name", id="outside"),
        pytest.param("cooking/soup", "the part `cooking` has no titles", id="unknown-part"),
        pytest.param("home/soup", "`home` is a page of the menu, no part; there are: start, basics", id="page"),
        pytest.param(
            "inside/layers",
            "`inside` is a section of the menu without a folder: its chapters live in models and training; "
            "run: python -m snippets new models/layers --section inside or python -m snippets new training/layers "
            "--section inside",
            id="section",
        ),
    ],
)
def test_a_name_that_cannot_be_used_changes_nothing(copy: Tree, name: str, said: str) -> None:
    before = everything(copy)
    with pytest.raises(WrongNameError, match=said):
        new_chapter(copy, name)
    assert everything(copy) == before


def test_a_failure_half_way_leaves_nothing_behind(copy: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    before = everything(copy)
    monkeypatch.setattr(new, "record_chapters", full)
    with pytest.raises(OSError, match="No space left"):
        new_chapter(copy, "basics/soup")
    assert everything(copy) == before


def test_a_run_that_fails_leaves_nothing_behind(copy: Tree, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(new._TEMPLATES, templates)
    (templates / "chapter.txt").write_text("# %% first\n1 / 0\n", "utf-8")
    monkeypatch.setattr(new, "_TEMPLATES", templates)
    before = everything(copy)
    with pytest.raises(RunError):
        new_chapter(copy, "basics/soup")
    assert everything(copy) == before
