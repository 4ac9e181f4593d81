"""A quick answer where nothing is stale: remembers the state of all files in which nothing was, outside of git."""

import contextlib
import hashlib
import os
from pathlib import Path

from ..project.files import sources, write_whole
from ..project.tree import LANGUAGES, Tree


def state(tree: Tree, variant: str) -> str:
    """A hash of all that decides whether a record of a variant is stale or incomplete, this engine included."""
    names = tree.chapters()
    paths = [*sources(), tree.root / "pyproject.toml", *map(tree.snippet, names)]
    paths += [tree.docs(lang) / src_uri for lang in LANGUAGES for src_uri in tree.pages(lang)]
    paths += [tree.record(name, variant) for name in names]
    found = hashlib.sha256()
    for path in paths:
        data = _content(path)
        found.update(os.fsencode(path) + f"\0{len(data)}\0".encode())
        found.update(data)
    return found.hexdigest()


def known(tree: Tree, variant: str, now: str) -> bool:
    """Whether nothing was stale in this state."""
    return _content(_file(tree, variant)) == now.encode()


def remember(tree: Tree, variant: str, then: str) -> None:
    """Nothing was stale in this state."""
    with contextlib.suppress(OSError):  # a tree that cannot be written is looked at anew each time
        write_whole(_file(tree, variant), then, lasting=False)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b"none"


def _file(tree: Tree, variant: str) -> Path:
    return tree.root / ".cache" / "record" / f"fresh-{variant}"
