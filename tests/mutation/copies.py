"""A copy of a tree, to change."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from snippets._engine.project.tree import Tree

_COPIED = ("docs", "snippets", "tests/snippets", "mkdocs.yml", "pyproject.toml")


@contextmanager
def copied(source: Tree) -> Iterator[Tree]:
    """What the commands read of a tree, in a folder that goes at the end."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Tree(Path(folder, "tree").resolve())
        tree.root.mkdir()
        for name in _COPIED:
            path = source.root / name
            if path.is_dir():
                shutil.copytree(path, tree.root / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif path.is_file():
                shutil.copy2(path, tree.root / name)
        yield tree
