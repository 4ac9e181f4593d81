"""Notebooks as HTML by mkdocs-jupyter, without what it brings along, and with the headings' own ids.

Importing this module imports mkdocs-jupyter, nbconvert and IPython: a second.
"""

import html
import json
import logging
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from markdown.extensions.toc import nest_toc_tokens
from mkdocs.exceptions import PluginError
from mkdocs.structure.toc import TableOfContents, get_toc
from mkdocs_jupyter.config import settings
from mkdocs_jupyter.convert import nb2html

from snippets._engine.pages import formulas
from snippets._engine.pages.lines import read_lines

_TEMPLATES = files("snippets._site.pages") / "jupyter"
_HEADING = re.compile(
    r'<h(?P<level>[1-6])\b[^>]*>(?P<text>.*?)(?:<a class="anchor-link".*?</a>)?</h(?P=level)>', re.DOTALL
)
_CELL = re.compile(
    r'<div class="highlight-ipynb hl-python *"><pre>(?P<code>.*?)</pre></div>\s*'
    r'<div class="clipboard-copy-txt" id="cell-\d+">.*?</div>',
    re.DOTALL,
)
_FENCE = re.compile(r'<div class="highlight"><pre>(?P<code>.*?)</pre></div>', re.DOTALL)
_EMPTY_SPAN = "<span></span>"
_FORMULA = re.compile("(?P<alone><p>)?\ue000(?P<number>\\d+)\ue001(?P<end></p>)?")

logging.getLogger("mkdocs.mkdocs-jupyter").setLevel(logging.WARNING)  # a page that logs anything is not cached


@dataclass(frozen=True)
class Converted:
    """A notebook as the content of a page."""

    html: str
    toc: TableOfContents
    ids: frozenset[str]


def convert(notebook: Mapping[str, Any], permalink: str) -> Converted:
    """Convert a notebook; its formulas come out as pymdownx.arithmatex marks them.

    Args:
        notebook: as nbformat has it; `ids` among its metadata are those of its headings, in order.
        permalink: title of the link beside a heading.

    Raises:
        PluginError: it has more headings than ids, or fewer.
    """
    found: list[str] = []
    cells, languages = [], iter(_fence_languages(notebook["cells"]))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell = {
                **cell,
                "source": formulas.replaced("".join(cell["source"]), lambda *one: _placeholder(found, *one)),
            }
        cells.append(cell)
    text = _converted({**notebook, "cells": cells})
    text = _CELL.sub(lambda match: _code(match["code"], "python jp-InputArea"), text)
    text = _FENCE.sub(lambda match: _code(match["code"], next(languages)), text)
    text, tokens = _with_ids(text, notebook["metadata"]["ids"], permalink)
    text = _FORMULA.sub(lambda match: _formula(match, found), text)
    return Converted(text, get_toc(nest_toc_tokens(tokens)), frozenset(re.findall(r'\sid="([^"]+)"', text)))


def _converted(notebook: Mapping[str, Any]) -> str:
    with tempfile.TemporaryDirectory() as folder, _our_template():
        path = Path(folder, "notebook.ipynb")
        path.write_text(json.dumps(notebook), "utf-8")
        made: str = nb2html(str(path), execute=False, allow_errors=False)
    return made.rpartition("<style>")[0].strip()  # it adds nbconvert's own styles to whatever the template gives


@contextmanager
def _our_template() -> Iterator[None]:
    """Let mkdocs-jupyter use our template, and nbconvert no configuration of this machine's user."""
    theirs, variable = settings.templates_dir, os.environ.get("JUPYTER_NO_CONFIG")
    settings.templates_dir, os.environ["JUPYTER_NO_CONFIG"] = str(_TEMPLATES), "1"
    try:
        yield
    finally:
        settings.templates_dir = theirs
        if variable is None:
            del os.environ["JUPYTER_NO_CONFIG"]
        else:
            os.environ["JUPYTER_NO_CONFIG"] = variable


def _code(inner: str, classes: str) -> str:
    """A block as superfences writes it, so that it gets the same colours and the same copy button."""
    language, _, more = classes.partition(" ")
    inner = inner.removeprefix(_EMPTY_SPAN)
    start = f'<div class="language-{language} {more} highlight">'.replace("  ", " ")
    return f"{start}<pre>{_EMPTY_SPAN}<code>{inner}</code></pre></div>"


def _fence_languages(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The languages of the fences in a notebook's text: nbconvert drops them."""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            for line in read_lines("".join(cell["source"])):
                language = line.opens.lstrip("`~ ")
                if language:
                    yield language.split()[0]
    while True:
        yield "text"


def _with_ids(text: str, ids: Sequence[str], permalink: str) -> tuple[str, list[dict[str, Any]]]:
    """The headings with their own ids and our links, and their list for the table of contents."""
    tokens: list[dict[str, Any]] = []

    def heading(match: re.Match[str]) -> str:
        if len(tokens) == len(ids):
            raise PluginError(f"the notebook has more headings than its page: {match['text']}")
        anchor, level, title = ids[len(tokens)], match["level"], match["text"].strip()
        tokens.append({"level": int(level), "id": anchor, "name": re.sub(r"<[^>]+>", "", title)})
        link = f'<a class="headerlink" href="#{anchor}" title="{html.escape(permalink)}">&para;</a>'
        return f'<h{level} id="{anchor}">{title}{link}</h{level}>\n'

    text = _HEADING.sub(heading, text)
    if len(tokens) < len(ids):
        raise PluginError(f"the notebook lacks a heading of its page: #{ids[len(tokens)]}")
    return text, tokens


def _placeholder(found: list[str], tex: str, display: bool) -> str:
    """A sign for a formula, in which Markdown sees no more than a letter."""
    start, end = ("[", "]") if display else ("(", ")")
    found.append(f"\\{start}{html.escape(tex, quote=False)}\\{end}")
    return f"\ue000{len(found) - 1}\ue001"


def _formula(match: re.Match[str], found: Sequence[str]) -> str:
    marked = found[int(match["number"])]
    if match["alone"] and match["end"] and marked.startswith("\\["):
        return f'<div class="arithmatex">{marked}</div>'
    start, end = match["alone"] or "", match["end"] or ""
    return f'{start}<span class="arithmatex">{marked}</span>{end}'
