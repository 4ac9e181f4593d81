"""What a page asks for: its directives and values, each with its line.

    ::: cell #NAME [alt="…"] [show="code|output|both"]      ::: cell PART/CHAPTER#NAME …
    ::: versions
    {{= #NAME.EXPRESSION [:FORMAT] }}                       {{= PART/CHAPTER#NAME.EXPRESSION [:FORMAT] }}

Lines inside fences are text. This module reads; `render/markdown.py` writes.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ..project.errors import PageError

SHOW = ("both", "code", "output")
OPTIONS = ("alt", "show")

_FENCE = re.compile(r"^(?:[ \t]|[>*+-] )*(?P<mark>`{3,}|~{3,})(?P<rest>.*)$")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|$)")
_DIRECTIVE = re.compile(r"^(?P<indent>[ \t]*):::[ \t]*(?P<kind>\S*)[ \t]*(?P<rest>.*?)[ \t]*$")
_TARGET = re.compile(r"^(?P<chapter>[^#\s]*)#(?P<cell>\S+)(?P<options>.*)$")
_OPTION = re.compile(r"\s+(\w+)=(?:\"([^\"]*)\"|“([^”]*)”)")
_ITEM = re.compile(r"^[ \t]*\d+\.[ \t]")
VALUE = re.compile(r"\{\{=(?P<body>.*?)\}\}")
_VALUE_BODY = re.compile(
    r"^\s*(?P<chapter>[^#\s]*)#(?P<cell>[a-z0-9-]+)\.(?P<expression>.+?)(?:\s+:(?P<format>[^\s:]*))?\s*$"
)


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


@dataclass(frozen=True)
class ValueUse:
    """A `{{= … }}` in a sentence."""

    line: int
    chapter: str
    cell: str
    expression: str
    format: str
    start: int
    end: int


@dataclass(frozen=True)
class Line:
    """One line of a page."""

    number: int
    text: str
    fenced: bool
    """Inside a fence, or one of its marks."""
    opens: str = ""
    """The mark and the words of a fence that begins here."""


def body(text: str) -> tuple[str, int]:
    """A page without its front matter, and how many lines that has."""
    front = _FRONT_MATTER.match(text)
    return (text[front.end() :], front[0].count("\n")) if front else (text, 0)


def lines(text: str, offset: int = 0) -> Iterator[Line]:
    """The lines of a page; front matter counts as fenced.

    Args:
        offset: how many lines of the file stand before the text.
    """
    fence = ""
    begin = 1 + (0 if offset else body(text)[1])
    for number, line in enumerate(text.split("\n"), 1 + offset):
        match = _FENCE.match(line)
        if number < begin:
            yield Line(number, line, True)
        elif match and not fence and not (match["mark"][0] == "`" and "`" in match["rest"]):
            fence = match["mark"]
            yield Line(number, line, True, (match["mark"] + match["rest"]).strip())
        else:
            yield Line(number, line, bool(fence))
            if match and match["mark"].startswith(fence) and not match["rest"].strip():
                fence = ""


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


def values(line: Line, path: str, own: str) -> list[ValueUse]:
    """The values that a line asks for.

    Raises:
        PageError: a `{{=` that cannot be read.
    """
    if line.fenced or "{{=" not in line.text:
        return []
    found = []
    for match in VALUE.finditer(line.text):
        body = _VALUE_BODY.match(match["body"])
        if body is None:
            raise PageError(
                path,
                line.number,
                f"cannot read the value `{match[0]}`",
                "write {{= #cell.expression }} or {{= #cell.expression :.4f }}",
            )
        found.append(
            ValueUse(
                line.number,
                body["chapter"] or own,
                body["cell"],
                body["expression"],
                body["format"] or "",
                *match.span(),
            )
        )
    if line.text.count("{{=") != len(found):
        raise PageError(path, line.number, "a `{{=` without its `}}` on the same line")
    return found


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
