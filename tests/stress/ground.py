"""The tree that commands are killed in: two small chapters, their records, and what undisturbed commands give."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from snippets._engine.project.tree import Tree  # noqa: E402
from snippets._engine.records import record as records  # noqa: E402

_spec = importlib.util.spec_from_file_location("serve_driver", ROOT / "tests" / "site" / "serve_driver.py")
assert _spec is not None
assert _spec.loader is not None
driver = importlib.util.module_from_spec(_spec)
sys.modules["serve_driver"] = driver
_spec.loader.exec_module(driver)

CHAPTERS: tuple[str, ...] = driver.CHAPTERS
FIGURE = """\
# %% sum
import subprocess

import matplotlib.pyplot as plt

total = 1 + 2
subprocess.Popen(["setsid", "sleep", "600"])

# %% twice
plt.plot([total, 2 * total])
plt.show()
"""
EDITS = ("1 + 2", "30 + 4")
_GENERATED = (".cache", "site")


@dataclass
class Ground:
    """The tree, and what is right in it. `edited` is the state after an edit of both chapters."""

    tree: Tree
    sources: dict[str, bytes] = field(default_factory=dict)
    """What people write."""
    records: dict[bool, dict[str, bytes]] = field(default_factory=dict)
    """By whether the chapters are edited."""
    site: dict[str, bytes] = field(default_factory=dict)
    status: list[str] = field(default_factory=list)
    """What `status` says when all is well."""

    @classmethod
    def make(cls, root: Path) -> "Ground":
        """Build it, with records of real runs."""
        ground = cls(driver.make_tree(root))
        tree = ground.tree
        driver.write(tree.snippet(CHAPTERS[1]), FIGURE)
        for lang in tree.languages:
            driver.edit(tree.page(lang, CHAPTERS[1]), "::: cell #twice", '::: cell #twice alt="A line / đường"')
        ground.sources = {name: data for name, data in ground.files().items() if ".ipynb" not in name}
        for edited in (True, False):
            ground.restore(edited=edited, recorded=None)
            ground.must("record")
            ground.records[edited] = ground.recorded()
        for name in CHAPTERS:
            ground.must("agree", name)
        ground.sources = {name: data for name, data in ground.files().items() if ".ipynb" not in name}
        ground.status = ground.must("status").splitlines()
        ground.must_build()
        ground.site = ground.built()
        return ground

    def files(self) -> dict[str, bytes]:
        """All files of the tree but what a build generates."""
        root = self.tree.root
        found = (p for p in root.rglob("*") if p.is_file() and p.relative_to(root).parts[0] not in _GENERATED)
        return {self.tree.relative(path): path.read_bytes() for path in found}

    def built(self) -> dict[str, bytes]:
        """The site as it stands."""
        folder = self.tree.root / "site"
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    def recorded(self) -> dict[str, bytes]:
        """The records as they stand, by chapter."""
        paths = ((name, self.tree.record(name)) for name in CHAPTERS)
        return {name: path.read_bytes() for name, path in paths if path.is_file()}

    def wanted_sources(self, *, edited: bool) -> dict[str, bytes]:
        """What people write, as it must be."""
        old, new = (text.encode() for text in EDITS)
        snippets = [f"snippets/{name}.py" for name in CHAPTERS] if edited else []
        return {name: data.replace(old, new) if name in snippets else data for name, data in self.sources.items()}

    def restore(self, *, edited: bool, recorded: bool | None) -> None:
        """Write the sources, and the records of a state; None for no record."""
        for name, data in self.wanted_sources(edited=edited).items():
            self._put(self.tree.root / name, data)
        for name in CHAPTERS:
            path = self.tree.record(name)
            if recorded is None:
                path.unlink(missing_ok=True)
            else:
                self._put(path, self.records[recorded][name])

    @staticmethod
    def _put(path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)

    def must(self, *arguments: str) -> str:
        """Run a command that must succeed; its standard output."""
        done = self.done(self.snippets(*arguments))
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return str(done.stdout)

    def must_build(self) -> None:
        """Build the site."""
        done = self.done(self.mkdocs("build"))
        if done.returncode:
            raise RuntimeError(f"the build ended with {done.returncode}: {done.stderr}")

    def snippets(self, *arguments: str) -> list[str]:
        """A command line of ours, for this tree."""
        return [sys.executable, "-m", "snippets", *arguments, "--root", str(self.tree.root)]

    def mkdocs(self, *arguments: str) -> list[str]:
        """A command line of MkDocs."""
        return [sys.executable, "-m", "mkdocs", *arguments]

    def done(self, command: list[str]) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            command, cwd=self.tree.root, env=environment(), capture_output=True, encoding="utf-8", check=False
        )


def environment(**more: str) -> dict[str, str]:
    """This engine, nothing of the caller's that would change an output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNIPPETS_", "SITE_", "GITHUB_"))}
    return kept | {"PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"} | more


def settled(record: bytes) -> Any:
    """A record without what differs from run to run: its seconds and its date."""
    text = re.sub(r'seconds": [\d.e-]+', 'seconds": 0', record.decode())
    return json.loads(re.sub(r'"recorded": "[\d-]+"', '"recorded": ""', text))


def opens(tree: Tree, name: str) -> str:
    """Why a record does not open, or an empty string."""
    try:
        records.load(tree, name)
    except Exception as exc:
        return f"{type(exc).__name__}: {exc}"
    return ""
