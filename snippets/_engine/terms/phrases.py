"""Finding many phrases in a text at once, as whole words, without regard to case; the one spelling of Vietnamese."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_WORD = re.compile(r"\w+")
_NEW_STYLE = re.compile(r"(?<!q)u[ỳýỷỹỵ](?!\w)|o[àáảãạ](?!\w)|o[èéẻẽẹ](?!\w)")


@dataclass(frozen=True)
class Found:
    """A phrase in a text."""

    start: int
    end: int
    phrase: str
    """As it was given to the finder."""
    key: str
    """What the phrase stands for."""


class Finder:
    """Finds phrases; at one place the longest wins, and none overlaps another.

    A regular expression of some hundred alternatives tries them all at each word; this looks the first word up.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._by_first: dict[str, list[tuple[str, str, str]]] = {}
        for phrase, key in sorted(keys.items(), key=lambda pair: -len(pair[0])):
            first = _WORD.search(phrase)
            if first is None or first.start():
                raise ValueError(f"a phrase begins with a word: {phrase!r}")
            self._by_first.setdefault(first[0].lower(), []).append((phrase.lower(), phrase, key))

    def find(self, text: str) -> Iterator[Found]:
        """All phrases in a text, from left to right; any white space stands for one space."""
        low = re.sub(r"\s", " ", text).lower()
        if len(low) != len(text):  # a letter such as İ, of which lower case is longer
            low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        done = 0
        for word in _WORD.finditer(low):
            if word.start() < done:
                continue
            for lowered, phrase, key in self._by_first.get(word[0], ()):
                end = word.start() + len(lowered)
                if low.startswith(lowered, word.start()) and not low[end : end + 1].isalnum():
                    yield Found(word.start(), end, phrase, key)
                    done = end
                    break


def old_style(text: str) -> str:
    """Vietnamese with the tone on the first vowel of oa, oe, uy (hóa, not hoá), as the glossary is written."""
    return _NEW_STYLE.sub(lambda match: _moved(match[0]), unicodedata.normalize("NFC", text.lower()))


def _moved(pair: str) -> str:
    marked = unicodedata.normalize("NFD", pair[1])
    return unicodedata.normalize("NFC", pair[0] + marked[1]) + marked[0]
