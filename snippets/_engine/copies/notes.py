"""The numbered notes to a cell's annotations, for code that is copied without its markers.

On the page `# (1)!` opens the first item of the list behind the cell. Where the marker is gone, each item says which
line it is about.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..chapters.cells import Cell
from ..render.stream import Item, Prose
from ..render.words import WORDS

_ITEM = re.compile(r"^(?P<indent>[ \t]*)(?P<mark>\d+\.[ \t]+)(?P<text>.*)$")


def noted(notes: Iterable[Item], cell: Cell, lang: str) -> Iterator[Item]:
    """The notes as a list without numbers, each with the line that its marker stands on."""
    lines, code = cell.annotations(lang), cell.copied(lang).split("\n")
    outer: str | None = None
    number = 0
    for note in notes:
        item = _ITEM.match(note.text) if isinstance(note, Prose) and not note.fenced else None
        if item is None or not isinstance(note, Prose) or (outer is not None and item["indent"] != outer):
            yield note
            continue
        outer, number = item["indent"], number + 1
        about = ""
        if number in lines:
            about = WORDS[lang]["noted"].format(line=lines[number], code=_span(code[lines[number] - 1].strip()))
        yield replace(note, text=f"{item['indent']}{'-'.ljust(len(item['mark']))}{about}{item['text']}")


def _span(code: str) -> str:
    """Code in a sentence, between more backticks than it holds in a row."""
    longest = max(map(len, re.findall(r"`+", code)), default=0)
    mark, space = "`" * (longest + 1), " " if code.startswith("`") or code.endswith("`") else ""
    return f"{mark}{space}{code}{space}{mark}"
