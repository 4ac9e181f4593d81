"""A chapter as a notebook in the reader's language: the page's prose, the copied code, the recorded outputs."""

import json
import posixpath
import re
from typing import Any

from . import directives
from .directives import CellUse, Line, VersionsUse
from .embed import bare_sentence
from .library import Library
from .machine import public
from .markup import fence
from .record import Record, output_to_notebook, split_lines

_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*[#.][^}]*\}[ \t]*$")
_BLOCK = re.compile(r"^(?P<indent>\s*)(?:!!!|\?\?\?\+?|===[+!]?)\s+(?:[\w-]+\s*)?(?:\"(?P<title>[^\"]*)\")?\s*$")
_LINK = re.compile(r"(?<!!)(\[[^\]]*\])\(([^)\s]+\.md)(#[^)\s]*)?\)")


def notebook(text: str, *, lang: str, src_uri: str, path: str, library: Library, site_url: str = "") -> str:
    """The notebook (nbformat 4.5, as JSON text) of a chapter's page.

    Args:
        text: the page as it stands in docs.
        path: the page as messages name it.
        site_url: where the language's site lives, for links to other pages; without it they stay as text.

    Raises:
        SnippetsError: as `embed.expand`; the page's chapter must have a record.
    """
    chapter = src_uri.removesuffix(".md")
    record = library.record(chapter)
    builder = _Builder(lang, src_uri, path, library, site_url)
    for line in directives.lines(text):
        builder.add(line)
    version = record.environment["python"] if record else ""
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": version},
        "title": builder.title,
    }
    body = {"cells": builder.finished(), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(body, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


class _Builder:
    """Gathers prose until a cell comes, then writes both."""

    def __init__(self, lang: str, src_uri: str, path: str, library: Library, site_url: str) -> None:
        self.lang, self.src_uri, self.path, self.library, self.site_url = lang, src_uri, path, library, site_url
        self.own = src_uri.removesuffix(".md")
        self.title = ""
        self._cells: list[dict[str, Any]] = []
        self._prose: list[str] = []
        self._shown: set[str] = set()
        self._front = False

    def add(self, line: Line) -> None:
        """Take one line of the page."""
        if line.number == 1 and line.text == "---":
            self._front = line.fenced  # else a rule
        if self._front:
            self._front = line.number == 1 or line.text.strip() not in ("---", "...")
            return
        use = directives.directive(line, self.path, self.own)
        if isinstance(use, CellUse):
            self._cell(use)
        elif isinstance(use, VersionsUse):
            self._prose += self._versions(self.library.record(self.own))
        else:
            self._sentence(line)

    def finished(self) -> list[dict[str, Any]]:
        """All cells."""
        self._flush()
        return self._cells

    def _sentence(self, line: Line) -> None:
        if line.fenced:
            self._prose.append(line.text)
            return
        text = bare_sentence(line, lang=self.lang, src_uri=self.src_uri, path=self.path, library=self.library)
        if block := _BLOCK.match(text):
            text = f"**{block['title']}**" if block["title"] else ""
        elif text.startswith("    "):  # what an admonition or a tab holds; a nested list keeps its own indentation
            text = text[4:]
        text = _LINK.sub(self._link, _ATTRIBUTES.sub("", text))
        if not self.title and text.startswith("# "):
            self.title = text[2:]
        self._prose.append(text)

    def _link(self, match: re.Match[str]) -> str:
        if not self.site_url:
            return match[1][1:-1]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(self.src_uri), match[2]))
        page = target.removesuffix(".md").removesuffix("index")
        return f"{match[1]}({self.site_url}{page.rstrip('/')}{'/' if page else ''}{match[3] or ''})"

    def _cell(self, use: CellUse) -> None:
        cell = self.library.chapter(use.chapter).by_name[use.cell]
        record = self.library.record(use.chapter)
        ran = record.by_name.get(use.cell) if record and record.cell_hashes.get(use.cell) == cell.hash else None
        if use.chapter != self.own or use.cell in self._shown:
            if use.show != "output":
                self._prose += ["", *fence([".python"], cell.copied(self.lang)), ""]
            return
        self._flush()
        self._shown.add(use.cell)
        number = len(self._shown)
        self._cells.append(
            {
                "cell_type": "code",
                "execution_count": number if ran else None,
                "id": use.cell,
                "metadata": {"tags": ["raises-exception"]} if cell.raises else {},
                "outputs": [output_to_notebook(output, number) for output in ran.outputs] if ran else [],
                "source": split_lines(cell.copied(self.lang)),
            }
        )

    def _versions(self, record: Record | None) -> list[str]:
        if record is None:
            return []
        versions = record.environment["versions"].items()
        return [
            ", ".join(f"{name} {public(version)}" for name, version in versions if version) + f" · {record.recorded}"
        ]

    def _flush(self) -> None:
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(self._prose)).strip("\n")
        self._prose = []
        if text:
            number = sum(cell["cell_type"] == "markdown" for cell in self._cells) + 1
            cell = {"cell_type": "markdown", "id": f"text-{number}", "metadata": {}, "source": split_lines(text)}
            self._cells.append(cell)
