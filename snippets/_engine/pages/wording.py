"""What a text says, apart from how it is written down: punctuation, spaces and the case of letters do not count.

In code spans, fences, formulas, tags, attributes, values and the targets of links every sign counts, in a number every
sign that belongs to it: `1.5` is not `15`, `-3` not `3`, `8 000` not `8000`, `50%` not `50`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from .formulas import FORMULA
from .lines import Line

_VALUE = r"(?<!\\)\{\{=(?:[^{}\n]|\{[^{}\n]*\}|\}(?!\}))*\}\}"
_PARAGRAPH = r"(?:(?!\n[ \t]*\n).)"
_EXACT = re.compile(
    rf"(?P<code>(?<![`\\])(?P<ticks>`+)(?!`){_PARAGRAPH}+?(?<!`)(?P=ticks)(?!`))"
    rf"|(?P<value>{_VALUE})"
    rf"|(?P<maths>{FORMULA.pattern})"
    r"|(?P<target>(?<=\])(?:\([^)]*\)|\[[^\]]*\])|^ {0,3}\[[^\]]+\]:.*$|https?://[^\s>)]+)"
    r"|(?P<html><(?P<name>pre|code|kbd|samp|script|style|svg|math)\b.*?</(?P=name)>)"
    r"|(?P<tag><!--.*?-->|</?[A-Za-z][^>]*>|\{:?\s*[#.\w][^{}\n]*\})"
    r"|(?P<number>(?:(?<![\w)\]])-)?\d+(?:[.,:/]\d+)*(?:[eE][-+−]?\d+\b)?(?:\s?[%‰])?)",
    re.DOTALL | re.MULTILINE,
)
_DIRECTIVE = re.compile(r"[ \t]*:::.*")
_ALT = re.compile(r'\balt=(?:"(?P<plain>[^"]*)"|“(?P<curly>[^”]*)”)')
_TITLE = re.compile(r'\b(?P<name>alt|title|aria-label)="(?P<words>[^"]*)"')
_OPENS = re.compile(r"\s*(?:[-*+]|\d+[.)])\s|\s*(?:!!!|\?\?\?|===|///|:\s|\[\^)")
_ENDS = re.compile(r"[ \t]*\n[ \t>]*")
_SPACES_OF_TEX = re.compile(r"(\\[A-Za-z]+)\s+(?=[A-Za-z])|\s+")
_SPACES = re.compile(r"\s+")
_MARK = "\0"
"""Around what counts sign by sign; no page holds it."""


def wording(lines: Iterable[Line]) -> str:
    """A text that is equal for two texts which differ in nothing but punctuation, spaces and case."""
    return "".join(_parts(lines))


def _parts(lines: Iterable[Line]) -> Iterator[str]:
    for kind, some in groupby(_by_kind(lines), itemgetter(0)):
        texts = [text for _, text in some]
        if kind == "code":
            yield from (f"{_MARK}{text}{_MARK}" for text in texts)
        elif kind == "directive":
            yield from (part for text in texts for part in _directive(text))
        else:
            yield from _prose("\n".join(texts))


def _by_kind(lines: Iterable[Line]) -> Iterator[tuple[str, str]]:
    """Each line with what it is: `code`, in a fence or indented by four spaces; `directive`; `prose`."""
    inside = False  # a list or block, to which indented lines belong
    before = ""  # the kind of the line before, none of a blank one
    for line in lines:
        text = line.source.expandtabs(4)
        indented, blank = text.startswith("    "), not text.strip()
        if _OPENS.match(text):
            inside = True
        elif not blank and not indented and not before:
            inside = False
        kind = "directive" if _DIRECTIVE.match(text) else "prose"
        if line.fenced or (indented and not inside and not blank and before in ("", "code")):
            kind = "code"
        before = "" if blank else kind
        yield kind, line.source


def _directive(text: str) -> Iterator[str]:
    yield f"{_MARK}{_SPACES.sub(' ', _ALT.sub('alt', text)).strip()}{_MARK}"
    for alt in _ALT.finditer(text):
        yield from _prose(alt["plain"] or alt["curly"] or "")


def _prose(text: str) -> Iterator[str]:
    done = 0
    for match in _EXACT.finditer(text):
        yield _letters(text[done : match.start()])
        yield from _exact(match)
        done = match.end()
    yield _letters(text[done:])


def _exact(match: re.Match[str]) -> Iterator[str]:
    """What counts sign by sign; a line that ends somewhere else is the same code, as it is for Markdown."""
    text = match[0]
    if match["tag"] and not text.startswith("<!--"):
        yield from (part for title in _TITLE.finditer(text) for part in _prose(title["words"]))
        text = _TITLE.sub(r"\g<name>", text)
    if match["number"]:
        text = "".join(text.split())
    if match["maths"]:
        text = _SPACES_OF_TEX.sub(lambda m: f"{m[1]} " if m[1] else "", text)
    yield f"{_MARK}{text if match['html'] else _ENDS.sub(' ', text)}{_MARK}"


def _letters(text: str) -> str:
    """Letters, and the signs that mean something by themselves (`=`, `→`, `<`): no punctuation, no spaces."""
    folded = unicodedata.normalize("NFC", text).casefold()
    return "".join(sign for sign in folded if unicodedata.category(sign)[0] not in "PZC")
