"""A chapter as a notebook in the reader's language: the page's prose, the copied code, the recorded outputs."""

import json
from typing import Any

from ..chapters.cells import Chapter
from ..chapters.environment import public
from ..pages import directives
from ..pages.directives import CellUse, Line, VersionsUse
from ..records.library import Library
from ..records.record import Record, output_to_notebook, split_lines
from ..render.markdown import PageReading
from ..render.markup import fence
from ..render.outputs import Outputs
from ..render.words import WORDS
from . import prose

_IMPORTED_AS = {"scikit-learn": "sklearn"}


def notebook(text: str, *, lang: str, src_uri: str, path: str, library: Library, site_url: str = "") -> str:
    """The notebook (nbformat 4.5, as JSON text) of a chapter's page.

    Args:
        text: the page as it stands in docs.
        path: the page as messages name it.
        site_url: where the language's site lives, for links to other pages; without it they stay as text.

    Raises:
        SnippetsError: as `embed.expand`.
    """
    builder = _Builder(PageReading(lang, src_uri, path, library, Outputs(lang, src_uri)), site_url)
    for line in directives.lines(text):
        builder.add(line)
    record = library.record(builder.page.own)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": record.environment["python"] if record else ""},
        "title": builder.prose.title,
    }
    about = _about(library.chapter(builder.page.own), record, lang, builder.prose)
    cells = [_markdown("about", about), *builder.finished()]
    body = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(body, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


class _Builder:
    """Gathers prose until a cell comes, then writes both."""

    def __init__(self, page: PageReading, site_url: str) -> None:
        self.page = page
        self.prose = prose.Prose(page.src_uri, site_url)
        self._cells: list[dict[str, Any]] = []
        self._shown: set[str] = set()
        self._front = False

    def add(self, line: Line) -> None:
        """Take one line of the page."""
        if line.number == 1 and line.text == "---":
            self._front = line.fenced  # else a rule
        if self._front:
            self._front = line.number == 1 or line.text.strip() not in ("---", "...")
            return
        use = directives.directive(line, self.page.path, self.page.own)
        if isinstance(use, CellUse):
            self._cell(use)
        elif isinstance(use, VersionsUse):
            self.prose.lines += _versions(self.page.library.record(self.page.own))
        else:
            self.prose.add(line.text if line.fenced else self.page.sentence(line), fenced=line.fenced)

    def finished(self) -> list[dict[str, Any]]:
        """All cells."""
        self._flush()
        return self._cells

    def _cell(self, use: CellUse) -> None:
        cell = self.page.find(use.chapter, use.cell, use.line)
        lang, own = self.page.lang, use.chapter == self.page.own
        if not own or use.cell in self._shown:
            if use.show != "output":
                self.prose.lines += ["", *_plain_fence(cell.copied(lang)), ""]
            return
        self._flush()
        self._shown.add(use.cell)
        record, number = self.page.library.record(use.chapter), len(self._shown)
        ran = record.by_name.get(use.cell) if record and record.cell_hashes.get(use.cell) == cell.hash else None
        self._cells.append(
            {
                "cell_type": "code",
                "execution_count": number if ran else None,
                "id": use.cell,
                "metadata": {"tags": ["raises-exception"]} if cell.raises else {},
                "outputs": [output_to_notebook(output, number) for output in ran.outputs] if ran else [],
                "source": split_lines(cell.copied(lang)),
            }
        )

    def _flush(self) -> None:
        text = self.prose.taken()
        if text:
            number = sum(cell["cell_type"] == "markdown" for cell in self._cells) + 1
            self._cells.append(_markdown(f"text_{number}", text))  # no cell's name holds an underscore


def _markdown(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": split_lines(text)}


def _plain_fence(code: str) -> list[str]:
    first, *rest = fence([], code)
    return [first.partition("{")[0] + "python", *rest]


def _versions(record: Record | None) -> list[str]:
    if record is None:
        return []
    versions = record.environment["versions"].items()
    return [", ".join(f"{name} {public(version)}" for name, version in versions if version) + f" · {record.recorded}"]


def _about(chapter: Chapter, record: Record | None, lang: str, page: prose.Prose) -> str:
    """What the notebook is, and what to install; a note without code, since the first code is the chapter's own."""
    words = WORDS[lang]
    link = f"[{page.title}]({page.address})" if page.address else words["this-page"]
    recorded = record.environment["versions"] if record else {}
    modules = {name.split(".")[0] for name in chapter.imports} | {"torch"}
    wanted = [name for name in recorded if recorded[name] and _IMPORTED_AS.get(name, name) in modules]
    packages = [f"{name}=={public(recorded[name])}" for name in wanted] or sorted(modules)
    lines = [words["install"].format(page=link), "", "```sh", f"python -m pip install {' '.join(packages)}", "```"]
    lines += ["", words["install-colab"]]
    if any(cell.raises for cell in chapter.cells):
        lines += ["", words["raises"]]
    return "\n".join(lines)
