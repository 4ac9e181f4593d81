"""How to run a chapter again: its page says it for the repository, of which a notebook's reader has nothing."""

import re
from collections.abc import Iterable, Iterator

from ..render.stream import Item, Prose
from ..render.words import WORDS

SECTION = "rerun"
"""The id of the section on every page."""
_HEADING = re.compile(r"^(?P<marks>#{1,6})\s.*?(?:\{:?[^}]*#(?P<id>[\w-]+)[^}]*\})?\s*$")
COMMAND = re.compile(
    r"\bpython[\d.]*\s+(?:-m\s+(?:snippets|pytest)\b|(?:\./)?(?:snippets|tests)[/\\])|\bpytest\b|\bmkdocs\b"
)
"""A command that only the repository has files for."""


def for_a_notebook(items: Iterable[Item], lang: str) -> Iterator[Item]:
    """The page's items, where the section on running it again says what can be done with a notebook.

    Its paragraphs and fences that hold a command of the repository are left out.
    """
    level = 0
    held: list[Prose] = []
    for item in items:
        prose = item if isinstance(item, Prose) else None
        heading = _HEADING.match(prose.text) if prose and not prose.fenced else None
        if level and prose and not heading and (prose.fenced or prose.text.strip()):
            held.append(prose)
            continue
        yield from _allowed(held)
        held = []
        yield item
        if heading and heading["id"] == SECTION:
            level = len(heading["marks"])
            yield from (Prose(text, False) for text in ("", WORDS[lang]["rerun"], ""))
        elif heading and len(heading["marks"]) <= level:
            level = 0
    yield from _allowed(held)


def _allowed(paragraph: list[Prose]) -> list[Prose]:
    return [] if any(COMMAND.search(line.text) for line in paragraph) else paragraph
