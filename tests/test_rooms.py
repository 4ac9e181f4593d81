"""The order of the rooms: a room imports those above it in the map, never those below; what makes pages runs nothing.

The maps are the docstrings of `snippets/_engine` and `snippets/_site`: one list, for people and for these tests.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import snippets._engine
import snippets._site

pytestmark = pytest.mark.unit
ROOT = Path(__file__).resolve().parents[1]
MAY_RUN = {"_engine": ("run", "child", "commands", "live"), "_site": ("serve",)}
"""Who may import the rooms `run` and `child`."""
STARTERS = re.compile(r"(?:subprocess|multiprocessing|concurrent)(?:\.|$)|os\.(?:fork|spawn|exec|posix_spawn|system)")


@dataclass(frozen=True)
class Side:
    """The engine or the site."""

    package: str
    map: str

    @property
    def rooms(self) -> list[str]:
        """The rooms in their order; `plugin.py` counts as one."""
        return re.findall(r"^([a-z]+)(?:\.py)?  +\S", self.map, re.MULTILINE)

    @property
    def folder(self) -> Path:
        return ROOT / "snippets" / self.package

    @property
    def modules(self) -> list[Path]:
        return [path for path in sorted(self.folder.rglob("*.py")) if path.name != "__init__.py"]

    def room(self, path: Path) -> str:
        return path.relative_to(self.folder).with_suffix("").parts[0]


ENGINE = Side("_engine", snippets._engine.__doc__ or "")
SITE = Side("_site", snippets._site.__doc__ or "")
both_sides = pytest.mark.parametrize("side", [ENGINE, SITE], ids=["engine", "site"])


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[tuple[str, str | None]]:
    """The dotted names that a module imports, wherever in it, relative ones resolved, each with its other name."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, alias.asname) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((f"{module}.{alias.name}", alias.asname) for alias in node.names)


def wanted(path: Path) -> Iterator[tuple[str, str]]:
    """The side and the room of everything of ours that a module imports."""
    for name, _ in imports(path):
        parts = name.split(".")
        if parts[0] == "snippets" and len(parts) > 2:
            yield parts[1], parts[2]


@both_sides
def test_the_map_names_every_room(side: Side) -> None:
    assert {side.room(path) for path in side.modules} == set(side.rooms)
    assert len(set(side.rooms)) == len(side.rooms)


@both_sides
def test_a_room_imports_only_rooms_above_it(side: Side) -> None:
    order = {room: number for number, room in enumerate(side.rooms)}
    ours = [(path, room) for path in side.modules for of, room in wanted(path) if of == side.package]
    assert ours
    assert [f"{path}: {room}" for path, room in ours if order[room] > order[side.room(path)]] == []


def test_the_engine_does_not_know_the_site() -> None:
    assert [path for path in ENGINE.modules for package, _ in wanted(path) if package == "_site"] == []


@both_sides
def test_what_makes_pages_starts_no_process(side: Side) -> None:
    quiet = [path for path in side.modules if side.room(path) not in MAY_RUN[side.package]]
    runs = [path for path in quiet for package, room in wanted(path) if (package, room) in RUNS]
    assert runs == []
    starts = {path.relative_to(side.folder).as_posix() for path in quiet if _starts_processes(path)}
    assert starts == ({"build/parallel.py"} if side is SITE else set())  # which builds the second language in a fork


RUNS = (("_engine", "run"), ("_engine", "child"))


def _starts_processes(path: Path) -> bool:
    used = [ast.unparse(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute)]
    return any(STARTERS.match(name) for name in [*used, *(name for name, _ in imports(path))])


@both_sides
def test_a_room_holds_at_most_eight_modules(side: Side) -> None:
    sizes = {room: sum(side.room(path) == room for path in side.modules) for room in side.rooms}
    assert {room: size for room, size in sizes.items() if size > 8} == {}


@both_sides
def test_no_two_modules_differ_by_an_ending(side: Side) -> None:
    names = {path.stem for path in side.modules}
    assert [(one, two) for one in names for two in names if one != two and two.startswith(one)] == []


@both_sides
def test_a_module_is_imported_under_its_own_name(side: Side) -> None:
    renamed = [
        f"{path}: {name} as {other}"
        for path in side.modules
        for name, other in imports(path)
        if name.startswith("snippets.") and other is not None and not other.isupper()
    ]
    assert renamed == []
