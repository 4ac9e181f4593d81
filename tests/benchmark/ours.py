"""This project's way: `record` what is stale, `mkdocs build` both languages."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import project
from measure import Cost, measure

from snippets._engine.project.tree import Tree

SITE = "site-of-the-benchmark"


@dataclass(frozen=True)
class Ours:
    """A copy of a tree that may be edited."""

    tree: Tree
    environment: Mapping[str, str]

    def cold(self) -> Cost:
        """No record, no cache, no site."""
        self.forget()
        shutil.rmtree(self.tree.records, ignore_errors=True)
        return self.record() + self.build()

    def forget(self) -> None:
        """Remove the site and its cache."""
        for name in (SITE, ".cache"):
            shutil.rmtree(self.tree.root / name, ignore_errors=True)

    def edited_cell(self, chapter: str, mark: str) -> Cost:
        """One cell changed."""
        project.edit_cell(self.tree, chapter, mark)
        return self.record() + self.build()

    def edited_sentence(self, chapter: str, mark: str) -> Cost:
        """One sentence changed."""
        project.edit_sentence(self.tree, chapter, mark)
        return self.build()

    def record(self) -> Cost:
        """What is stale."""
        return self._run("snippets", "record")

    def build(self) -> Cost:
        """Both languages."""
        return self._run("mkdocs", "build", "-d", SITE)

    def _run(self, module: str, *arguments: str) -> Cost:
        return measure([sys.executable, "-m", module, *arguments], self.tree.root, self.environment)


def copy(root: Path, source: Path) -> Tree:
    """The tree itself, without its caches."""
    for name in ("docs", "snippets", "tests/snippets"):
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source / name, root / name, ignore=leave)
    for name in ("mkdocs.yml", "pyproject.toml"):
        shutil.copyfile(source / name, root / name)
    return Tree(root)
