"""A chapter as a notebook in the reader's language: the page's prose, the copied code, the recorded outputs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from ..chapters import figures
from ..chapters.cells import Chapter
from ..chapters.environment import public
from ..chapters.results import Output
from ..pages.lines import body
from ..records.library import Library
from ..records.record import Record, output_to_notebook, split_lines
from ..render.markup import plain_fence
from ..render.stream import Item, PageReader, Prose, Shown, Versions
from ..render.words import WORDS, data_name
from . import again
from .notes import noted
from .prose import PlainProse

_IMPORTED_AS = {"scikit-learn": "sklearn"}
_STREAMS = ("stdout", "stderr")


def notebook(text: str, *, lang: str, src_uri: str, path: str, library: Library, site_url: str = "") -> str:
    """The notebook (nbformat 4.5, as JSON text) of a chapter's page.

    Args:
        text: the page as it stands in docs.
        path: the page as messages name it.
        site_url: where the language's site lives, for links to other pages; without it they are the text they show.

    Raises:
        SnippetsError: as `stream.PageReader.items`.
    """
    builder = _Builder(PageReader(lang, src_uri, path, library), site_url)
    items = builder.page.items(*body(text))
    builder.guessed = guessed(items)
    for item in again.for_a_notebook(items, lang):
        builder.add(item)
    record = builder.page.first(builder.page.own)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": record.environment["python"] if record else ""},
        "title": builder.prose.title,
    }
    cells = builder.finished()
    about = _about(library.chapter(builder.page.own), record, lang, builder.prose)
    about += _hints(cells, lang)
    made = {
        "cells": [_markdown("about", "\n".join(about)), *cells],
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


class _Builder:
    """Gathers prose until a cell comes, then writes both."""

    def __init__(self, page: PageReader, site_url: str) -> None:
        self.page = page
        self.prose = PlainProse(page.src_uri, site_url, page.lang)
        self.guessed = frozenset[tuple[str, str]]()
        self._cells: list[dict[str, Any]] = []
        self._shown: set[str] = set()

    def add(self, item: Item) -> None:
        """Take one thing on the page."""
        match item:
            case Shown():
                self._cell(item)
                for note in noted(item.notes, item.cell, self.page.lang):
                    self.add(note)
                if item.answer:
                    self._answer(item)
            case Versions():
                self.prose.insert(_versions(self.page.first(self.page.own), self.page.lang))
            case Prose():
                self.prose.add(item.text, fenced=item.fenced or item.maths)

    def finished(self) -> list[dict[str, Any]]:
        """All cells."""
        self.prose.leave(0)
        self._flush()
        return self._cells

    def _cell(self, item: Shown) -> None:
        use, cell, lang = item.use, item.cell, self.page.lang
        self.prose.leave(len(use.indent))
        if use.chapter != self.page.own or use.cell in self._shown:
            if use.show != "output":
                self.prose.insert(["", *plain_fence("python", cell.copied(lang)), ""])
            return
        self._flush()
        self._shown.add(use.cell)
        found, number = self.page.record(use.chapter, cell), len(self._shown)
        metadata = {"tags": ["raises-exception"]} if cell.raises else {}
        if self.prose.folded or (use.chapter, use.cell) in self.guessed:
            metadata |= hidden(code=self.prose.folded)
        outputs = map(_readable, as_jupyter_orders(found[1].outputs) if found else [])
        self._cells.append(
            {
                "cell_type": "code",
                "execution_count": number if found else None,
                "id": use.cell,
                "metadata": metadata,
                "outputs": [output_to_notebook(output, number) for output in outputs],
                "source": split_lines(cell.copied(lang)),
            }
        )

    def _answer(self, item: Shown) -> None:
        """The paragraph behind a guess, folded as the cell's outputs are."""
        self.prose.insert(["", "<details>", f"<summary>{WORDS[self.page.lang]['guess']}</summary>", ""])
        for line in item.answer:
            self.add(line)
        self.prose.insert(["", "</details>", ""])

    def _flush(self) -> None:
        text = self.prose.taken()
        if text:
            number = sum(cell["cell_type"] == "markdown" for cell in self._cells) + 1
            self._cells.append(_markdown(f"text_{number}", text))  # no cell's name holds an underscore


def _readable(output: Output) -> Output:
    """VS Code, and JupyterLab once it trusts the notebook, show the SVG, on a dark ground when their theme is dark."""
    return replace(output, text=figures.on_white(output.text)) if output.kind == "figure" else output


def guessed(items: Iterable[Item]) -> frozenset[tuple[str, str]]:
    """The chapter and name of each cell whose outputs a page folds as a guess, in whichever place it shows them."""
    return frozenset((item.use.chapter, item.use.cell) for item in items if isinstance(item, Shown) and item.use.guess)


def hidden(*, code: bool) -> dict[str, Any]:
    """The metadata of a cell whose outputs, and whose code if asked, are folded until its reader opens them.

    JupyterLab and Notebook go by `jupyter`, Colab by `cellView` and `collapsed`; VS Code keeps what is folded to itself
    and shows everything.
    """
    if not code:
        return {"collapsed": True, "jupyter": {"outputs_hidden": True}}
    return {"cellView": "form", "collapsed": True, "jupyter": {"outputs_hidden": True, "source_hidden": True}}


def as_jupyter_orders(outputs: Iterable[Output]) -> list[Output]:
    """Outputs as a kernel sends those of a short cell: between two displays first all prints, then all warnings.

    A kernel gathers the text of each stream, and sends it, that of stdout first, when it shows something, when the cell
    ends and every 0.2 seconds: with a long cell nobody can know the order.
    """
    ordered: list[Output] = []
    for streams, group in groupby(outputs, lambda output: output.source in _STREAMS):
        if not streams:
            ordered += group
            continue
        said = list(group)
        for name in _STREAMS:
            parts = [output for output in said if output.source == name]
            ordered += [replace(parts[0], text="".join(part.text for part in parts))] if parts else []
    return ordered


def _markdown(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": split_lines(text)}


def _versions(record: Record | None, lang: str) -> list[str]:
    if record is None:
        return []
    named = record.environment["versions"].items()
    versions = ", ".join(f"{name} {public(version)}" for name, version in named if version)
    data = data_name(record.data, lang) if record.variant != "cpu" else ""
    return [" · ".join(part for part in (versions, record.recorded, data) if part)]


def _about(chapter: Chapter, record: Record | None, lang: str, page: PlainProse) -> list[str]:
    """What the notebook is, and what to install; a note without code, since the first code is the chapter's own."""
    words = WORDS[lang]
    link = f"[{page.title}]({page.address})" if page.address else words["this-page"].format(title=page.title)
    recorded = record.environment["versions"] if record else {}
    modules = {name.split(".")[0] for name in chapter.imports} | {"torch"}
    wanted = [name for name in recorded if recorded[name] and _IMPORTED_AS.get(name, name) in modules]
    packages = [f"{name}=={public(recorded[name])}" for name in wanted] or sorted(modules)
    lines = [words["install"].format(page=link), "", "```sh", f"python -m pip install {' '.join(packages)}", "```"]
    return [*lines, "", words["install-colab"]]


def _hints(cells: Sequence[Mapping[str, Any]], lang: str) -> list[str]:
    """What a reader will meet in these cells, and might take for a fault."""
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    met = {
        "raises": any("tags" in cell["metadata"] for cell in code),
        "warns": any(output.get("name") == "stderr" for cell in code for output in cell["outputs"]),
        "folds": any("cellView" in cell["metadata"] for cell in code),
    }
    return [line for word, there in met.items() if there for line in ("", WORDS[lang][word])]
