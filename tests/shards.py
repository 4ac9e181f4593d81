"""`pytest --shard K/N`: a share of the test files, so that N machines run all of them side by side.

A file is never divided, as what a module has made once serves all its tests. The dearest comes first, each to the share
that has least so far. What a file costs is guessed from what its tests need: a list of measured seconds would be behind
with every new chapter.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

# Seconds on one core, roughly. The dearest fixture that a test asks for says what it costs. Measured against that, the
# dearest of two, three and four shares of tests/site and tests/engine took 1.06, 1.08 and 1.33 of its due.
UNIT, OTHER = 0.03, 0.4
FIXTURES = {
    "build_site": 4.0,
    "each_chapter": 4.0,  # a chapter that is run bare
    "browser": 1.6,
    "server": 1.6,
    "tmp_path": 0.7,
    "chapter": 0.05,
    "site": 0.05,
}


@dataclass
class Share:
    """The plugin: which share of how many this session takes, and whether other shares took something."""

    number: int
    count: int
    left: bool = False

    @classmethod
    def of(cls, asked: str) -> "Share":
        """The share that is written K/N; a wrong one ends pytest with status 2, like the command `check`."""
        found = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", asked, re.ASCII)
        if not found or int(found[1]) > int(found[2]):
            pytest.exit(f"--shard {asked}: write K/N with 1 ≤ K ≤ N", returncode=2)
        return cls(int(found[1]), int(found[2]))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Of what -k, -m and the like have left."""
        costs = Counter[str]()
        for item in items:
            costs[item.location[0]] += cost(item)
        mine = divided(costs, self.count)[self.number - 1]
        others = [item for item in items if item.location[0] not in mine]
        if others:
            self.left = True
            config.hook.pytest_deselected(items=others)
            items[:] = [item for item in items if item.location[0] in mine]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """An empty share of a selection that is not empty is well."""
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["left"] = self.left
        if self.left and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """With workers only they know what there was."""
        self.left |= getattr(node, "workeroutput", {}).get("left", False)


def cost(item: pytest.Item) -> float:
    """What a test costs, roughly."""
    if item.get_closest_marker("unit"):
        return UNIT
    return max((FIXTURES[name] for name in getattr(item, "fixturenames", ()) if name in FIXTURES), default=OTHER)


def divided(costs: Mapping[str, float], count: int) -> Sequence[set[str]]:
    """Names in so many sets that cost about the same; the same sets for the same costs."""
    sets: list[set[str]] = [set() for _ in range(count)]
    sums = [0.0] * count
    for name in sorted(costs, key=lambda name: (-costs[name], name)):
        least = sums.index(min(sums))
        sets[least].add(name)
        sums[least] += costs[name]
    return sets
