"""What the search index says of a section, in two portions: what a first answer needs, and the rest behind it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

JsonObject = dict[str, Any]

LEAD = 80
"""A first answer has whole blocks of a section's text until they hold so many characters,"""
SHORT = 300
"""or all of a text that is no longer than this, as the glossary's mostly are."""
ASIDE = {"goals": 0.5, "before": 0.5, "summary": 0.5, "pitfalls": 0.7, "exercises": 0.02, "rerun": 0.2, "next": 0.2}
"""The parts of a chapter, by the ids that every chapter has, that come behind those that explain: by how much.

An exercise whose title is the query still comes behind a section that only speaks of it.
"""
_BARELY = 0.5
"""What counts no more than this is no part of a first answer, but for its title."""
_BLOCK = re.compile(r"<(p|pre|ul|ol)>.*?</\1>|(?:(?!<(?:p|pre|ul|ol)>).)+", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_INLINE = re.compile(r"<code>([^<>]*)</code>")
_NAME = re.compile(r"[A-Za-z_][\w.]{2,}")


def shortened(entry: JsonObject, part: str) -> JsonObject:
    """An entry of Material's index with its text in portions.

    Args:
        part: the id of the heading of the second level that the section stands below, or its own.

    Returns:
        `text` is the lead: the first blocks, of what explains something, and all messages of errors; `rest` what it
        lacks; `names` the identifiers that stand in the rest alone; `boost`, where it is not 1, by how much it counts.
    """
    blocks = [block[0] for block in _BLOCK.finditer(unicodedata.normalize("NFC", entry["text"])) if block[0].strip()]
    explains = ASIDE.get(part, 1) > _BARELY
    short = sum(map(_length, blocks)) <= SHORT
    lead, rest = _portions(blocks, SHORT if explains and short else LEAD if explains else 0)
    said = "".join(lead)
    names = dict.fromkeys(name for name in _names(rest) if explains and name not in said)
    found = {**entry, "title": unicodedata.normalize("NFC", entry["title"]), "text": said}
    boost = round(ASIDE.get(part, 1) * entry.get("boost", 1), 3)
    return found | ({"boost": boost} if boost != 1 else {}) | {"names": " ".join(names), "rest": "".join(rest)}


def _portions(blocks: Iterable[str], enough: int) -> tuple[list[str], list[str]]:
    lead: list[str] = []
    rest: list[str] = []
    length = 0
    for block in blocks:
        (lead if length < enough or block.startswith("<pre>") else rest).append(block)
        length += _length(block)
    return lead, rest


def _length(block: str) -> int:
    return len(_TAG.sub("", block))


def _names(blocks: Iterable[str]) -> Iterator[str]:
    for block in blocks:
        for code in _INLINE.finditer(block):
            yield from _NAME.findall(code[1])
