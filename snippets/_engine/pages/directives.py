"""The directives of a page, each with its line.

    ::: cell #NAME [alt="…"] [show="code|output|both"]      ::: cell PART/CHAPTER#NAME …
    ::: cell #NAME guess="true"       its outputs, and the paragraph right behind, folded until the reader opens them
    ::: cell #NAME code="folded"      its code folded, what it gave in the open
    ::: versions

Lines inside fences and comments are text. This module reads; `render/markdown.py` writes. Where a directive may stand:
`holders.py`.
"""

import re
from collections import Counter
from dataclasses import dataclass

from ..project.errors import PageError
from .lines import Line

SHOW = ("both", "code", "output")
OPTIONS = ("alt", "code", "guess", "show")
HOME = "index"
"""The home page, which may fold cells of any chapter, as a chapter's own page does its own."""

_ALLOWED = {"code": ("folded",), "guess": ("true",), "show": SHOW}

_DIRECTIVE = re.compile(r"^(?P<indent>[ \t]*):::[ \t]*(?P<kind>\S*)[ \t]*(?P<rest>.*?)[ \t]*$")
_TARGET = re.compile(r"^(?P<chapter>[^#\s]*)#(?P<cell>\S+)(?P<options>.*)$")
_OPTION = re.compile(r"\s+(\w+)=(?:\"([^\"]*)\"|“([^”]*)”)")
_ITEM = re.compile(r"^[ \t]*\d+\.[ \t]")
_NO_PARAGRAPH = re.compile(
    r"[ ]{4}|[ ]*\t|:::|/{3,}|\|"  # indented code, a directive, a block's edge, a row of a table
    r"|[ ]{0,3}(?:#|>|[-*+][ \t]|\d+[.)][ \t]|!!!|\?\?\?|===|:[ \t]|\[\^?[^\]]+\]:|<!--|(?:[-*_][ \t]*){3,}$)"
    r"|[ ]{0,3}</?(?:address|article|aside|blockquote|details|div|dl|fieldset|figure|footer|form|h[1-6]|header|hr|main"
    r"|nav|ol|p|pre|script|section|style|summary|table|template|ul|video)\b",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"[ \t]*(?:$|:::|/{3,}|#{1,6}[ \t])")
"""A line that no paragraph goes on with."""


@dataclass(frozen=True)
class CellUse:
    """A `::: cell` directive."""

    line: int
    indent: str
    chapter: str
    cell: str
    alt: str
    show: str
    guess: bool = False
    """Its outputs are folded, with the paragraph behind it."""
    folded: bool = False
    """Its code is folded."""


@dataclass(frozen=True)
class VersionsUse:
    """A `::: versions` directive."""

    line: int
    indent: str


def directive(line: Line, path: str, own: str) -> CellUse | VersionsUse | None:
    """The directive on a line, if it holds one.

    Args:
        path: the page, for messages.
        own: the page's own chapter, which `#NAME` means.

    Raises:
        PageError: a directive that is not one of ours, or with a wrong option.
    """
    match = None if line.fenced else _DIRECTIVE.match(line.text)
    if match is None:
        return None
    if match["kind"] == "versions" and not match["rest"]:
        return VersionsUse(line.number, match["indent"])
    target = _TARGET.match(match["rest"]) if match["kind"] == "cell" else None
    if target is None:
        raise PageError(
            path,
            line.number,
            f"unknown directive `{line.text.strip()}`",
            "there are: `::: cell #name`, `::: cell part/chapter#name`, `::: versions`",
        )
    options = _options(target["options"], path, line.number)
    chapter, show = target["chapter"] or own, options.get("show", "both")
    _check_folds(options, show, chapter, own, path, line.number)
    return CellUse(
        line.number,
        match["indent"],
        chapter,
        target["cell"],
        options.get("alt", ""),
        show,
        guess="guess" in options,
        folded="code" in options,
    )


def _options(text: str, path: str, line: int) -> dict[str, str]:
    found = _OPTION.findall(text)
    options = {key: plain or curly for key, plain, curly in found}
    rest = _OPTION.sub("", text).strip()
    if rest:
        raise PageError(path, line, f"cannot read `{rest}`", 'write options as key="value"')
    for key, count in Counter(key for key, _, _ in found).items():
        if count > 1:
            raise PageError(path, line, f"option `{key}` stands twice", "remove one")
    for key, value in options.items():
        if key not in OPTIONS:
            raise PageError(path, line, f"unknown option `{key}`", f"there are: {', '.join(OPTIONS)}")
        if value not in _ALLOWED.get(key, (value,)):
            raise PageError(path, line, f'unknown {key}="{value}"', f"there are: {', '.join(_ALLOWED[key])}")
    return options


def _check_folds(options: dict[str, str], show: str, chapter: str, own: str, path: str, line: int) -> None:
    """Refuse a fold of what is not shown, or on a page that only quotes the cell."""
    for key, without in (("guess", "code"), ("code", "output")):
        if key not in options:
            continue
        option = f'{key}="{options[key]}"'
        if show == without:
            what = "outputs" if key == "guess" else "code"
            raise PageError(path, line, f'{option} folds the {what}, which show="{show}" leaves out', "remove one")
        if own not in (chapter, HOME):
            message = f"{option} of a cell of another chapter"
            raise PageError(path, line, message, f"fold it only on the page of {chapter} and on the home page")


def take_notes(lines: list[Line], indent: str) -> list[Line]:
    """The numbered list that follows a cell at once, for its annotations."""
    start = 0
    while start < len(lines) and not lines[start].text.strip():
        start += 1
    if start == len(lines) or not _ITEM.match(lines[start].text.removeprefix(indent)):
        return []
    end = start
    while end < len(lines):
        text = lines[end].text.removeprefix(indent)
        if text.strip() and not _ITEM.match(text) and not text.startswith((" ", "\t")):
            break
        end += 1
    return _taken(lines, end)


def take_paragraph(lines: list[Line], indent: str) -> list[Line]:
    """The paragraph that follows a cell at once, at the same indentation; none where something else follows."""
    start = 0
    while start < len(lines) and not lines[start].text.strip():
        start += 1
    if start == len(lines) or not _opens_paragraph(lines[start:], indent):
        return []
    end = start
    while end < len(lines) and _goes_on(lines[end], indent):
        end += 1
    return _taken(lines, end)


def _goes_on(line: Line, indent: str) -> bool:
    return not line.fenced and line.text.startswith(indent) and not _BREAKS.match(line.text)


def _opens_paragraph(lines: list[Line], indent: str) -> bool:
    first, *after = lines
    if first.fenced or not first.text.startswith(indent) or _NO_PARAGRAPH.match(first.text.removeprefix(indent)):
        return False
    next_line = after[0].text if after else ""
    return not ("|" in first.text and re.fullmatch(r"[ \t]*\|?[ \t]*:?-+.*", next_line))  # the head of a table


def _taken(lines: list[Line], count: int) -> list[Line]:
    taken = lines[:count]
    del lines[:count]
    return taken
