"""The directives of a page, each with its line.

    ::: cell #NAME [alt="…"] [show="code|output|both"]      ::: cell PART/CHAPTER#NAME …
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
OPTIONS = ("alt", "show")

_DIRECTIVE = re.compile(r"^(?P<indent>[ \t]*):::[ \t]*(?P<kind>\S*)[ \t]*(?P<rest>.*?)[ \t]*$")
_TARGET = re.compile(r"^(?P<chapter>[^#\s]*)#(?P<cell>\S+)(?P<options>.*)$")
_OPTION = re.compile(r"\s+(\w+)=(?:\"([^\"]*)\"|“([^”]*)”)")
_ITEM = re.compile(r"^[ \t]*\d+\.[ \t]")


@dataclass(frozen=True)
class CellUse:
    """A `::: cell` directive."""

    line: int
    indent: str
    chapter: str
    cell: str
    alt: str
    show: str


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
    return CellUse(
        line.number,
        match["indent"],
        target["chapter"] or own,
        target["cell"],
        options.get("alt", ""),
        options.get("show", "both"),
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
        if key == "show" and value not in SHOW:
            raise PageError(path, line, f'unknown show="{value}"', f"there are: {', '.join(SHOW)}")
    return options


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
    taken = lines[:end]
    del lines[:end]
    return taken
