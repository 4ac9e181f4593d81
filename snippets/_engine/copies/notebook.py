"""A chapter as a notebook in the reader's language: the page's prose, the copied code, the recorded outputs."""

import json
from typing import Any

from ..chapters.cells import Chapter
from ..chapters.environment import public
from ..pages.directives import body
from ..records.library import Library
from ..records.record import Record, output_to_notebook, split_lines
from ..render.markup import plain_fence
from ..render.stream import Item, PageReader, Prose, Shown, Versions
from ..render.words import WORDS
from .prose import PlainProse

_IMPORTED_AS = {"scikit-learn": "sklearn"}


def notebook(text: str, *, lang: str, src_uri: str, path: str, library: Library, site_url: str = "") -> str:
    """The notebook (nbformat 4.5, as JSON text) of a chapter's page.

    Args:
        text: the page as it stands in docs.
        path: the page as messages name it.
        site_url: where the language's site lives, for links to other pages; without it they stay as text.

    Raises:
        SnippetsError: as `stream.PageReader.items`.
    """
    builder = _Builder(PageReader(lang, src_uri, path, library), site_url)
    for item in builder.page.items(*body(text)):
        builder.add(item)
    record = library.record(builder.page.own)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": record.environment["python"] if record else ""},
        "title": builder.prose.title,
    }
    about = _about(library.chapter(builder.page.own), record, lang, builder.prose)
    cells = [_markdown("about", about), *builder.finished()]
    made = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


class _Builder:
    """Gathers prose until a cell comes, then writes both."""

    def __init__(self, page: PageReader, site_url: str) -> None:
        self.page = page
        self.prose = PlainProse(page.src_uri, site_url)
        self._cells: list[dict[str, Any]] = []
        self._shown: set[str] = set()

    def add(self, item: Item) -> None:
        """Take one thing on the page."""
        match item:
            case Shown():
                self._cell(item)
                for note in item.notes:
                    self.add(note)
            case Versions():
                self.prose.lines += _versions(self.page.library.record(self.page.own))
            case Prose():
                self.prose.add(item.text, fenced=item.fenced or item.maths)

    def finished(self) -> list[dict[str, Any]]:
        """All cells."""
        self._flush()
        return self._cells

    def _cell(self, item: Shown) -> None:
        use, cell, lang = item.use, item.cell, self.page.lang
        if use.chapter != self.page.own or use.cell in self._shown:
            if use.show != "output":
                self.prose.lines += ["", *plain_fence("python", cell.copied(lang)), ""]
            return
        self._flush()
        self._shown.add(use.cell)
        found, number = self.page.record(use.chapter, cell), len(self._shown)
        self._cells.append(
            {
                "cell_type": "code",
                "execution_count": number if found else None,
                "id": use.cell,
                "metadata": {"tags": ["raises-exception"]} if cell.raises else {},
                "outputs": [output_to_notebook(output, number) for output in found[1].outputs] if found else [],
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


def _versions(record: Record | None) -> list[str]:
    if record is None:
        return []
    versions = record.environment["versions"].items()
    return [", ".join(f"{name} {public(version)}" for name, version in versions if version) + f" · {record.recorded}"]


def _about(chapter: Chapter, record: Record | None, lang: str, page: PlainProse) -> str:
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
