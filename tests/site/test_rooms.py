"""The site's modules stand in rooms, and each imports only those before it; what is borrowed from MkDocs is listed.

The list and the rooms stand in the docstring of `snippets/_site/__init__.py`.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jinja2
import pytest
from material.plugins.search.plugin import SearchIndex
from mkdocs import utils
from mkdocs.commands import serve
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.theme import Theme

import snippets._site

pytestmark = pytest.mark.unit
SITE = Path(snippets._site.__file__).parent
PACKAGE = "snippets._site"
MAP = snippets._site.__doc__ or ""
ROOMS = re.findall(r"^([a-z]+)(?:\.py)?  +\S", MAP, re.MULTILINE)
MODULES = sorted(path for path in SITE.rglob("*.py") if path != SITE / "__init__.py")
LENT = {"utils": utils, "serve": serve, "Environment": jinja2.Environment} | {
    lent.__name__: lent for lent in (File, Files, LiveReloadServer, Page, SearchIndex, Theme)
}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def place(path: Path) -> str:
    return path.relative_to(SITE).as_posix()


def imports(path: Path) -> Iterator[tuple[str, str, str | None]]:
    """Module, name and other name of each name that a module imports, relative ones resolved."""
    package = [*PACKAGE.split("."), *path.relative_to(SITE).parts[:-1]]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((module, alias.name, alias.asname) for alias in node.names)


def listed(heading: str) -> set[tuple[str, str]]:
    """Module and name of every line below a heading of the map."""
    lines = MAP.partition(f"{heading}:\n")[2].partition("\n\n")[0].splitlines()
    columns = [re.split(r"  +", line.strip()) for line in lines]
    return {(where, name) for names, where, _ in columns for name in names.split(", ")}


def test_each_room_imports_only_those_before_it():
    assert ROOMS == ["cache", "build", "serve", "pages", "plugin"]
    for path in MODULES:
        room = path.relative_to(SITE).with_suffix("").parts[0]
        for module, name, _ in imports(path):
            wanted = f"{module}.{name}".removeprefix(f"{PACKAGE}.").split(".")[0]
            if f"{module}.".startswith(f"{PACKAGE}."):
                assert ROOMS.index(wanted) <= ROOMS.index(room), f"{place(path)} imports {module}.{name}"


def test_a_room_holds_at_most_eight_modules():
    folders = {path.parent for path in MODULES} - {SITE}
    assert {folder.name for folder in folders} == set(ROOMS) - {"plugin"}
    for folder in folders:
        assert len([path for path in MODULES if path.parent == folder and path.name != "__init__.py"]) <= 8


def test_a_module_is_imported_under_its_own_name():
    for path in MODULES:
        for module, name, other in imports(path):
            if module.startswith("snippets.") and other is not None:
                assert other.isupper(), f"{place(path)}: {module}.{name} as {other}"


def test_every_private_name_of_others_is_listed():
    found = set()
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and re.match(r"_(?!_)", node.attr):
                owner = node.value.id if isinstance(node.value, ast.Name) else ""
                if owner not in ("self", "cls", "os"):
                    found.add((place(path), node.attr))
        for module, name, _ in imports(path):
            assert not name.startswith("_"), f"{place(path)}: {module}.{name}"
    assert found == listed("Private names")


def test_every_private_name_that_is_listed_is_there():
    source = "".join(map(inspect.getsource, (File, LiveReloadServer, Page)))
    for _, name in listed("Private names"):
        assert re.search(rf"\b{name}\b", source), name


def test_every_function_that_is_replaced_is_listed():
    found = set()
    for path in MODULES:
        for node in ast.walk(tree(path)):
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                owner = ast.unparse(target.value) if isinstance(target, ast.Attribute) else "self"
                if owner != "self" and any(callable(getattr(lent, target.attr, None)) for lent in LENT.values()):
                    found.add((place(path), target.attr))
    replaced = listed("Functions replaced")
    assert found == {(where, name.rpartition(".")[2]) for where, name in replaced}
    for _, name in replaced:
        owner, _, function = name.rpartition(".")
        assert callable(getattr(LENT[owner], function)), name
