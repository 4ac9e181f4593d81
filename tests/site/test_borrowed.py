"""What the site uses of MkDocs and its libraries without their promise is listed: in `snippets/_site/__init__.py`."""

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
from mkdocs.config.config_options import IpAddress
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.theme import Theme

import snippets._site

pytestmark = pytest.mark.unit
SITE = Path(snippets._site.__file__).parent
PACKAGE = "snippets._site"
MAP = snippets._site.__doc__ or ""
MODULES = sorted(path for path in SITE.rglob("*.py") if path != SITE / "__init__.py")
LENT = {"utils": utils, "serve": serve, "Environment": jinja2.Environment} | {
    lent.__name__: lent for lent in (File, Files, IpAddress, LiveReloadServer, Page, SearchIndex, Theme)
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
