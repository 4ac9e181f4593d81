"""Two plugins of MkDocs that run code in MkDocs' own process, without isolation: markdown-exec and mkdocs-gallery.

Nothing of the project needs them: their rows are measured where they are installed. They get the chapters' Vietnamese
pages; a cell that must fail catches its error and prints it.
"""

import importlib.util
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from measure import Cost, measure
from peers import readers_notebook

from snippets._engine.chapters import data
from snippets._engine.records.library import Library

_CONFIG = "site_name: Peer\ntheme:\n  name: material\n  font: false\nplugins:\n  - search\n"
_EXEC = f"{_CONFIG}  - markdown-exec\nmarkdown_extensions:\n  - pymdownx.superfences\n"
_GALLERY = f"""{_CONFIG}  - gallery:
      examples_dirs: docs/examples
      gallery_dirs: docs/made
nav:
  - index.md
  - made
"""
_SHOWN = """_picture = __import__("io").BytesIO()
plt.savefig(_picture, format="svg")
plt.close("all")
_text = __import__("base64").b64encode(_picture.getvalue()).decode()
print(f'<img alt="" src="data:image/svg+xml;base64,{_text}">')"""
_PARTS = tuple[tuple[str, str], ...]
"""Of a chapter, in order: `markdown` or `code`, and the text."""


@dataclass(frozen=True)
class InProcess:
    """The chapters as a project of one of the two."""

    root: Path
    chapters: Mapping[str, _PARTS]
    gallery: bool
    environment: Mapping[str, str]

    def write(self, name: str, mark: str = "", kind: str = "") -> None:
        """Write a chapter, with a line more in its first part of a kind (`code`, or `markdown` for a sentence)."""
        parts = list(self.chapters[name])
        if kind:
            number = next(n for n, (found, _) in enumerate(parts) if found == kind)
            more = f'\nprint("{mark}")' if kind == "code" else f"\n\n{mark}."
            parts[number] = kind, parts[number][1] + more
        plain = name.replace("/", "_")
        if self.gallery:
            path, text = self.root / "docs" / "examples" / f"plot_{plain}.py", _script(parts)
        else:
            path, text = self.root / "docs" / f"{plain}.md", _page(parts, plain)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def build(self) -> Cost:
        """One build."""
        return measure([sys.executable, "-W", "ignore", "-m", "mkdocs", "build"], self.root, self.environment)

    def cold(self) -> Cost:
        """A build from nothing but the sources."""
        for folder in ("site", "docs/made"):
            shutil.rmtree(self.root / folder, ignore_errors=True)
        return self.build()

    def edited(self, name: str, kind: str, mark: str) -> Cost:
        """A build after an edit."""
        self.write(name, mark, kind)
        return self.build()


def of(library: Library, root: Path, environment: Mapping[str, str]) -> dict[str, InProcess]:
    """Those that are installed, by name, each written below a folder."""
    modules = {"markdown-exec": "markdown_exec", "mkdocs-gallery": "mkdocs_gallery"}
    chapters = {name: _parts(library, name) for name in library.tree.chapters()}
    found = {}
    for tool in (name for name, module in modules.items() if importlib.util.find_spec(module)):
        gallery, folder = tool == "mkdocs-gallery", root / tool
        folder.mkdir(parents=True)
        found[tool] = InProcess(folder, chapters, gallery, environment)
        (folder / "mkdocs.yml").write_text(_GALLERY if gallery else _EXEC, "utf-8")
        for name in chapters:
            found[tool].write(name)
        (folder / "docs" / "index.md").write_text("# Peer\n", "utf-8")
        data.provide(folder, None)
        if gallery:
            (folder / "docs" / "examples" / "README.md").write_text("# Gallery\n", "utf-8")
            shutil.copytree(folder / "data", folder / "docs" / "examples" / "data")
    return found


def _parts(library: Library, name: str) -> _PARTS:
    raises = {tuple(cell.code.split()): cell.raises for cell in library.chapter(name).cells}
    parts = []
    for cell in readers_notebook(library, name)["cells"]:
        source, kind = "".join(cell["source"]), cell["cell_type"]
        error = raises.get(tuple(source.split()), "")
        if error:
            source = f"try:\n{indent(source, '    ')}\nexcept {error} as error:\n    print(error)"
        parts.append((kind, source))
    return tuple(parts)


def _page(parts: list[tuple[str, str]], session: str) -> str:
    """A page of markdown-exec."""
    texts = []
    for kind, text in parts:
        if kind == "code":
            drawn = re.sub(r"\bplt\.show\(\)", lambda _: _SHOWN, text)
            html = ' html="on"' if drawn != text else ""
            text = f'```python exec="on" source="above" session="{session}"{html}\n{drawn}\n```'
        texts.append(text)
    return "\n\n".join(texts) + "\n"


def _script(parts: list[tuple[str, str]]) -> str:
    """A script of mkdocs-gallery."""
    texts = ['"""\n# Peer\n"""\n']
    for kind, text in parts:
        texts.append("# %%\n" + (text if kind == "code" else indent(text, "# ", lambda _: True)) + "\n")
    return "\n".join(texts)
