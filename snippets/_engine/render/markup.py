"""The few forms of Markdown that the engine writes (superfences with attr_list, blocks.html)."""

import re

_SPECIAL_PLAIN = re.compile(r"[\\`*_\[\]<>&$|~#]")
_SPECIAL = re.compile(r"[\\`*_\[\]<>&{}$|!#~^\"]")

_BREAK = re.compile(r"[ \t]*[\t\n\r\x85\u2028\u2029]\s*")
_SPECIAL_BARE = re.compile(r"[<&`{}$\"\\\n]|\]\(")


def fence(marks: list[str], text: str) -> list[str]:
    """A fence with classes and attributes, longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    mark = "`" * max(3, longest + 1)
    return [f"{mark}{{ {' '.join(marks)} }}", *text.split("\n"), mark]


def plain_fence(language: str, text: str) -> list[str]:
    """A fence that names a language and nothing else."""
    first, *rest = fence([], text)
    return [first.partition("{")[0] + language, *rest]


def block(selector: str, *lines: str, depth: int = 0) -> list[str]:
    """An HTML element around Markdown; works at any indentation. An element inside another needs another depth."""
    edge = "/" * (3 + depth)
    return [f"{edge} html | {selector}", *lines, edge]


def fold(selector: str, summary: str, lines: list[str], indent: str) -> list[str]:
    """A closed `<details>` around lines that are indented already; its edges are longer than any that a page has."""
    start, *inside, end = block(f"details{selector}", *block("summary", escaped(summary), depth=8), depth=9)
    return [*indented([start, *inside], indent), "", *lines, "", indent + end, ""]


def escaped(text: str) -> str:
    """Text in which nothing is taken for Markdown or HTML."""
    return _SPECIAL.sub(lambda sign: f"&#{ord(sign[0])};", text)


def backslashed(text: str) -> str:
    """The same for readers of plain Markdown: behind backslashes, which read better than entities."""
    return _SPECIAL_PLAIN.sub(r"\\\g<0>", text)


def one_line(text: str) -> str:
    """Text as a sentence shows it: a browser makes a space of a line break, or of a tab, and so do the copies."""
    return _BREAK.sub(" ", text)


def indented(lines: list[str], indent: str) -> list[str]:
    """The lines, moved to the right; empty ones stay empty."""
    return [indent + line if line else line for line in lines]


def read_as_markup(text: str) -> str:
    """What in a text is Markdown or HTML where nothing can be escaped: in code, a formula, a target, an attribute."""
    found = _SPECIAL_BARE.search(text)
    return found[0] if found else ""
