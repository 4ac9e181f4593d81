"""The rules of the house: DESIGN, section 3."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from snippets._engine.project.tree import Tree

ROOT = Path(__file__).resolve().parents[2]
ENGINE = sorted((ROOT / "snippets" / "_engine").rglob("*.py"))
SITE = sorted((ROOT / "snippets" / "_site").rglob("*.py"))
TOOLS = [*ENGINE, *SITE, ROOT / "snippets" / "__main__.py", ROOT / "snippets" / "__init__.py"]
CHAPTERS = [Tree(ROOT).snippet(name) for name in Tree(ROOT).chapters()]
EXERCISES = sorted((ROOT / "snippets" / "exercises").glob("**/*.py"))


def named(paths: list[Path]) -> pytest.MarkDecorator:
    """One test for each file."""
    return pytest.mark.parametrize("path", paths, ids=[p.relative_to(ROOT / "snippets").as_posix() for p in paths])


@cache
def parsed(path: Path) -> ast.Module:
    """A file as Python reads it."""
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, relative ones resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    """Whether a module is a package or lies in it."""
    return name == package or name.startswith(f"{package}.")


@pytest.mark.unit
@named(TOOLS)
def test_module_is_short_and_so_are_its_functions(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= 250, f"{path.name} has {lines} lines"
    for node in ast.walk(parsed(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 40, f"{path.name}:{node.lineno}: {node.name} has {length} lines"


@pytest.mark.unit
@named(TOOLS)
def test_public_names_have_a_docstring_and_functions_are_annotated(path: Path) -> None:
    assert ast.get_docstring(parsed(path)), f"{path.name} does not say what it is"
    for node in parsed(path).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{path.name}:{node.lineno}: {node.name} has no docstring"


@pytest.mark.unit
@named(ENGINE)
def test_engine_knows_neither_the_site_nor_a_chapter(path: Path) -> None:
    parts = {chapter.parent.name for chapter in CHAPTERS}
    for name in imports(path):
        assert not within(name, "mkdocs")
        assert not within(name, "material")
        assert not within(name, "snippets._site")
        assert not any(within(name, f"snippets.{part}") for part in (*parts, "exercises"))


@pytest.mark.unit
def test_only_the_site_imports_mkdocs() -> None:
    files = (path for path in (ROOT / "snippets").rglob("*.py") if "_site" not in path.parts)
    assert not [str(path) for path in files for name in imports(path) if within(name, "mkdocs")]


@pytest.mark.unit
@named([*CHAPTERS, *EXERCISES])
def test_chapter_imports_nothing_of_this_project(path: Path) -> None:
    assert not [name for name in imports(path) if within(name, "snippets") or within(name, "tests")]


@pytest.mark.unit
def test_modules_of_the_engine_import_each_other_in_no_circle() -> None:
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in ENGINE}
    wants = {module: {n for n in imports(path) if n in modules} for module, path in modules.items()}
    left = dict(wants)
    while left:
        free = [name for name, names in left.items() if not names & left.keys() - {name}]
        assert free, f"a circle among {sorted(left)}"
        for name in free:
            del left[name]


@pytest.mark.unit
@named(TOOLS)
def test_file_is_plain(path: Path) -> None:
    data = path.read_bytes()
    assert b"\t" not in data
    assert b"\r" not in data
    assert data.endswith(b"\n")


def test_engine_is_imported_without_anything_heavy() -> None:
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in ENGINE]
    heavy = ("torch", "torchvision", "numpy", "matplotlib", "sklearn", "IPython", "mkdocs", "jupytext", "nbformat")
    code = (
        f"import sys, importlib; [importlib.import_module(n) for n in {names}]; print(*set({heavy}) & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == ""
