"""The same chapters by other means: mkdocs-jupyter that executes them, a kernel a chapter, one bare process."""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import Cost, measure

from snippets._engine.chapters import data
from snippets._engine.copies.notebook import notebook
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library

_CONFIG = """site_name: Peer
theme:
  name: material
  font: false
plugins:
  - search
  - mkdocs-jupyter:
      include: ["*.ipynb"]
      execute: true
"""
_KERNELS = """
import os, sys, nbformat
from nbclient import NotebookClient

for path in sys.argv[1:]:
    read = nbformat.read(path, as_version=4)
    NotebookClient(read, kernel_name="python3", resources={"metadata": {"path": os.path.dirname(path)}}).execute()
"""
_FLOOR = """
import json, sys
cells_of = json.load(open(sys.argv[1], encoding="utf-8"))
for cells in cells_of:
    names = {"__name__": "__main__"}
    for code, raises in cells:
        try:
            exec(compile(code, "<cell>", "exec"), names)
        except Exception as error:
            if type(error).__name__ != raises:
                raise
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
"""


@dataclass(frozen=True)
class Peers:
    """The Vietnamese pages of a tree as notebooks without outputs, in a MkDocs project of their own."""

    root: Path
    library: Library
    environment: Mapping[str, str]

    @property
    def _names(self) -> Sequence[str]:
        return self.library.tree.chapters()

    def _path(self, name: str) -> Path:
        return self.root / "docs" / f"{name}.ipynb"

    def write(self) -> None:
        """Notebooks, configuration, and the images that chapters read."""
        for name in self._names:
            body = readers_notebook(self.library, name)
            for cell in body["cells"]:
                if cell["cell_type"] == "code":
                    cell |= {"outputs": [], "execution_count": None}
            self._path(name).parent.mkdir(parents=True, exist_ok=True)
            self._path(name).write_text(json.dumps(body), "utf-8")
        (self.root / "docs" / "index.md").write_text("# Peer\n", "utf-8")
        (self.root / "mkdocs.yml").write_text(_CONFIG, "utf-8")
        data.provide(self.root, None)
        for folder in {self._path(name).parent for name in self._names}:
            shutil.copytree(self.root / "data", folder / "data")

    def jupyter(self) -> Cost:
        """One build of mkdocs-jupyter."""
        return measure([sys.executable, "-m", "mkdocs", "build"], self.root, self.environment)

    def jupyter_cold(self) -> Cost:
        """The same without its cache."""
        shutil.rmtree(self.root / ".cache", ignore_errors=True)
        return self.jupyter()

    def edited(self, name: str, kind: str, mark: str) -> Cost:
        """A build after an edit."""
        self.edit(name, kind, mark)
        return self.jupyter()

    def edit(self, name: str, kind: str, mark: str) -> None:
        """Add a line to the first cell of a kind (`code`, or `markdown` for a sentence)."""
        body: dict[str, Any] = json.loads(self._path(name).read_text("utf-8"))
        cell = next(cell for cell in body["cells"] if cell["cell_type"] == kind)
        cell["source"].append(f'\nprint("{mark}")' if kind == "code" else f"\n\n{mark}.")
        self._path(name).write_text(json.dumps(body), "utf-8")

    def kernels(self) -> Cost:
        """A fresh kernel a chapter, one after another; no page."""
        return self._script(_KERNELS, *(str(self._path(name)) for name in self._names))

    def floor(self, names: Sequence[str] = ()) -> Cost:
        """All code in one process; no isolation, no page, no figure."""
        chapters = [self.library.chapter(name) for name in names or self._names]
        cells = [[(cell.code, cell.raises) for cell in chapter.cells] for chapter in chapters]
        path = self.root / "floor.json"
        path.write_text(json.dumps(cells), "utf-8")
        return self._script(_FLOOR, str(path))

    def _script(self, code: str, *arguments: str) -> Cost:
        return measure([sys.executable, "-W", "ignore", "-c", code, *arguments], self.root, self.environment)


def readers_notebook(library: Library, name: str) -> dict[str, Any]:
    """A chapter's Vietnamese page as the notebook that readers take, nbformat's JSON."""
    page = library.tree.page("vi", name)
    text = notebook(page.read_text("utf-8"), lang="vi", src_uri=f"{name}.md", path=page.name, library=library)
    found: dict[str, Any] = json.loads(text)
    return found


def of(tree: Tree, root: Path, environment: Mapping[str, str]) -> Peers:
    """The peers of a tree, written below a folder."""
    root.mkdir()
    paths = [str(Path(__file__).resolve().parents[1] / "bare"), environment["PYTHONPATH"]]
    peers = Peers(root, Library(tree), {**environment, "PYTHONPATH": ":".join(paths), "MPLBACKEND": "agg"})
    peers.write()
    return peers
