"""Where the links and pictures of a page lead, written in Markdown or in HTML, and what is refused of them."""

import posixpath
import re
from collections.abc import Iterable

from ..project.errors import PageError
from ..project.tree import LANGUAGES
from .lines import Line, masked

_TEXT = r"\[(?:[^\[\]]|\[[^\]]*\])*\]"  # may hold one pair of brackets
_IMAGE = re.compile(rf"!{_TEXT}\(\s*([^)\s]+)|<img\b[^>]*?\bsrc=[\"']?([^\"'\s>]+)", re.IGNORECASE)
_LINK = re.compile(rf"(?<!!){_TEXT}\(\s*<?([^)>\s]+)|<a\b[^>]*?\bhref=[\"']?([^\"'\s>]+)", re.IGNORECASE)
_REFERENCE = re.compile(r"^ {0,3}\[[^\]^][^\]]*\]:\s*<?([^>\s]+)")
_BARE_LINK = re.compile(r"<(https?://[^>\s]+)>")
_WITHOUT_ALT = re.compile(
    r"!\[\s*\][(\[](?![^)\n]*\)\{[^}\n]*\balt=[\"']?[^\"'\s}])"
    r"|<img\b(?!(?:[^>\"']|\"[^\"]*\"|'[^']*')*\salt\s*=\s*(?:\"\s*[^\s\"]|'\s*[^\s']|[^\s\"'>]))",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def pictures(words: str) -> list[str]:
    """The files of the pictures in a line without code."""
    return _targets(_IMAGE, words)


def links(words: str) -> list[str]:
    """The targets of the links in a line without code."""
    return [*_targets(_LINK, words), *_BARE_LINK.findall(words), *_REFERENCE.findall(words)]


def _targets(pattern: re.Pattern[str], words: str) -> list[str]:
    return [one or other for one, other in pattern.findall(words)]


def check_pictures(lines: Iterable[Line], path: str) -> None:
    """Refuse a picture that a reader who cannot see it learns nothing of.

    Raises:
        PageError: no alt text.
    """
    kept = list(lines)
    text = masked(kept)
    if found := _WITHOUT_ALT.search(text):
        line = kept[text.count("\n", 0, found.start())].number
        message, fix = "a picture without alt text", 'write ![what it shows](file), or alt="what it shows" in an <img>'
        raise PageError(path, line, message, fix)


def check_language(target: str, line: int, src_uri: str, path: str) -> None:
    """Refuse a link that leads to a language by its folder or its address.

    Raises:
        PageError: it does.
    """
    file = re.split(r"[#?]", target)[0]
    there = None if _ELSEWHERE.match(target) else _below_a_language(file, src_uri)
    if there is None:
        return
    uri = there if posixpath.splitext(there)[1] else f"{there.strip('/') or 'index'}.md"
    own = posixpath.relpath(uri, posixpath.dirname(src_uri) or ".")
    message = (
        f"the link `{target}` names a language, but a page links within its own: the switch at the top of the page"
    )
    raise PageError(path, line, f"{message} leads to the same path in the other", f"write `{own}{target[len(file) :]}`")


def _below_a_language(file: str, src_uri: str) -> str | None:
    """What a link means below the root of the language that it names; None when it names none."""
    inside = posixpath.normpath(posixpath.join(posixpath.dirname(src_uri), file))
    first, _, rest = re.sub(r"^(?:/|(?:\.\./)+(?:docs/)?)", "", inside).partition("/")
    return rest if first in LANGUAGES else None
