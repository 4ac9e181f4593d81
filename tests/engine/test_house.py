"""The rules of the house, DESIGN section 3: one test a rule, which names all that break it."""

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
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 40

pytestmark = pytest.mark.unit


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


def place(path: Path) -> str:
    """A file as a failure names it."""
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    """The name that a module is imported by."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_the_rules_are_held_against_every_room() -> None:
    assert {path.parent.name for path in TOOLS} >= {"project", "live", "cache", "serve"}


def test_modules_are_short() -> None:
    lines = {place(path): len(path.read_text("utf-8").splitlines()) for path in TOOLS}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_functions_are_short() -> None:
    functions = (
        (f"{place(path)}:{node.lineno}: {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for path in TOOLS
        for node in ast.walk(parsed(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    assert {name: length for name, length in functions if length > MOST_LINES_OF_A_FUNCTION} == {}


def test_modules_and_public_names_say_what_they_are() -> None:
    without = [place(path) for path in TOOLS if not ast.get_docstring(parsed(path))]
    without += [
        f"{place(path)}:{node.lineno}: {node.name}"
        for path in TOOLS
        for node in parsed(path).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
        if not ast.get_docstring(node)
    ]
    assert without == []


def test_the_engine_knows_neither_the_site_nor_a_chapter() -> None:
    parts = {chapter.parent.name for chapter in CHAPTERS}
    others = ["mkdocs", "material", "snippets._site", *(f"snippets.{part}" for part in (*parts, "exercises"))]
    assert [(place(p), name) for p in ENGINE for name in imports(p) if any(within(name, o) for o in others)] == []


def test_only_the_site_imports_mkdocs() -> None:
    files = (path for path in (ROOT / "snippets").rglob("*.py") if "_site" not in path.parts)
    assert [(place(path), name) for path in files for name in imports(path) if within(name, "mkdocs")] == []


def test_chapters_and_exercises_import_nothing_of_this_project() -> None:
    files = [*CHAPTERS, *EXERCISES]
    ours = ("snippets", "tests")
    assert [(place(p), name) for p in files for name in imports(p) if any(within(name, o) for o in ours)] == []


@pytest.mark.parametrize("files", [ENGINE, SITE], ids=["engine", "site"])
def test_modules_import_each_other_in_no_circle(files: list[Path]) -> None:
    modules = {dotted(path): path for path in files}
    left = {module: {n for n in imports(path) if n in modules} - {module} for module, path in modules.items()}
    assert sum(map(len, left.values())) > len(left)  # the imports are seen at all
    while left:
        free = [name for name, names in left.items() if not names & left.keys()]
        assert free, f"a circle among {sorted(left)}"
        for name in free:
            del left[name]


def test_files_are_plain() -> None:
    odd = [p for p in TOOLS if b"\t" in p.read_bytes() or b"\r" in p.read_bytes() or not p.read_bytes().endswith(b"\n")]
    assert odd == []


def test_the_engine_is_imported_without_anything_heavy() -> None:
    names = [dotted(path) for path in ENGINE]
    heavy = ("torch", "torchvision", "numpy", "matplotlib", "sklearn", "IPython", "mkdocs", "jupytext", "nbformat")
    code = (
        f"import sys, importlib; [importlib.import_module(n) for n in {names}]; print(*set({heavy}) & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == ""
