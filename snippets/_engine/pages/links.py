"""Where the links and pictures of a page lead, written in Markdown or in HTML, and what is refused of them.

`[Thử lr = 1.0](try:NAME)` is an invitation, shown as its words: the chapter's test `test_try_NAME` does what it says.
"""

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches

from ..project.errors import PageError, listed
from ..project.tree import LANGUAGES
from ..project.tries import PREFIX
from ..records.library import Library
from . import values
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
_INVITATION = re.compile(rf"(?<![!\\])(?P<words>{_TEXT})\((?P<target>try:(?P<name>[^()\s]*))\)")
_INVITES = re.compile(
    r"\]\(\s*<?try:|^\s*\[[^\]]+\]:\s*<?try:|\bhref\s*=\s*[\"']?try:|<try:", re.IGNORECASE | re.MULTILINE
)
"""What leads to `try:` in any way at all."""
TRY = "try:"
"""How the target of an invitation begins."""
_FORM = "write `[words](try:name)` in one line of a text: lower-case letters of ASCII, digits and _"
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


@dataclass(frozen=True)
class Invitation:
    """A `[words](try:NAME)` in a sentence."""

    line: int
    name: str
    """Of the test, behind `test_try_`."""
    words: str
    start: int
    end: int

    @property
    def target(self) -> str:
        """As the page writes it."""
        return f"{TRY}{self.name}"


def read_invitations(line: Line, path: str) -> list[Invitation]:
    """What a line invites its reader to try.

    Raises:
        PageError: a link to `try:` that is written in another way, without words, or in a directive.
    """
    if line.fenced or TRY not in line.text.lower():
        return []
    text = values.replaced(line.words, lambda value: "v" * len(value))
    found = list(_INVITATION.finditer(text))
    directive = line.text.lstrip().startswith(":::")
    if len(_INVITES.findall(text)) > len(found) or (found and directive):
        where = "in a directive" if directive else f"that cannot be read: `{line.text.strip()}`"
        raise PageError(path, line.number, f"an invitation {where}", _FORM)
    for match in found:
        if not re.fullmatch(r"[a-z0-9_]+", match["name"]) or not match["words"][1:-1].strip():
            said = line.text[match.start() : match.end()]
            raise PageError(path, line.number, f"an invitation without a name or words of that form: `{said}`", _FORM)
    return [
        Invitation(line.number, match["name"], line.text[match.start() + 1 : match.end("words") - 1], *match.span())
        for match in found
    ]


def accepted(line: Line, path: str, own: str, library: Library) -> Line:
    """A line with the words alone of each invitation.

    Args:
        own: the chapter that the page is about, by its path.

    Raises:
        PageError: as `read_invitations`; the page is of no chapter; the chapter's test file lacks the test.
    """
    text, done = "", 0
    for found in read_invitations(line, path):
        _check_tried(found, path, own, library)
        text += line.text[done : found.start] + found.words
        done = found.end
    return replace(line, text=text + line.text[done:]) if done else line


def _check_tried(found: Invitation, path: str, own: str, library: Library) -> None:
    tree = library.tree
    if not tree.snippet(own).is_file():
        message = f"an invitation on a page of no chapter: `{found.target}`"
        raise PageError(path, found.line, message, "write its words alone: what tries it stands beside a chapter")
    there = library.tried(own)
    if found.name not in there:
        test = tree.relative(tree.test(own))
        close = [f"{TRY}{name}" for name in get_close_matches(found.name, there) or sorted(there)]
        message = f"nothing tries `{found.target}`: no function `{PREFIX}{found.name}` in {test}"
        raise PageError(path, found.line, message, f"write it there, or name another; there are: {listed(close)}")
