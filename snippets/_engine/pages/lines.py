"""The lines of a page: front matter and fences are set apart, HTML comments are blank."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import yaml

from ..project.errors import PageError
from ..project.tree import CITED, VARIANTS

_FENCE = re.compile(r"^(?:[ \t]|[>*+-] )*(?P<mark>`{3,}|~{3,})(?P<rest>.*)$")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:.*\n)*?(?P<end>---|\.\.\.)[ \t]*(?:\n|$)")
CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
"""Code in a line; as the first part of a pattern, since it names its first group by number."""
_CODE_OR_COMMENT = re.compile(rf"{CODE.pattern}|(?P<comment><!--)")
_OPTION_OR_COMMENT = re.compile(r"=\"[^\"]*\"|=“[^”]*”|(?P<comment><!--)")
_DIRECTIVE = re.compile(r"[ \t]*:::")


@dataclass(frozen=True)
class Line:
    """One line of a page."""

    number: int
    text: str
    """With blanks in place of comments."""
    fenced: bool
    """Inside a fence, or one of its marks."""
    opens: str = ""
    """The mark and the words of a fence that begins here."""
    whole: str | None = None
    """As it stands in the file, where a comment, or a part of one, is in it."""

    @property
    def source(self) -> str:
        """As it stands in the file."""
        return self.text if self.whole is None else self.whole

    @property
    def comment(self) -> bool:
        """Whether it holds nothing but a comment, or a part of one."""
        return self.whole is not None and not self.text.strip()

    @property
    def words(self) -> str:
        """The text with a letter in place of each sign of code; nothing of a fence."""
        return "x" * len(self.text) if self.fenced else CODE.sub(lambda match: "x" * len(match[0]), self.text)


def without_comments(line: Line) -> Line | None:
    """A line as Markdown gets it; None where nothing is left of it.

    A comment that begins on a line of its own stays, at the margin: it parts paragraphs and lists, and a template may
    look for it. What it holds is not read.
    """
    if line.whole is None:
        return line
    indent, comment = re.match(r"\s*", line.whole)[0], line.whole.strip()  # type: ignore[index]
    if not line.comment:
        return replace(line, text=indent + _cut(line.text, line.whole).strip(), whole=None)
    if len(indent.expandtabs(4)) > 3 or not comment.startswith("<!--"):
        return None
    return replace(line, text=comment if comment.endswith("-->") else "<!-- -->")


def _cut(text: str, whole: str) -> str:
    """A line's text without the blanks in place of its comments."""
    kept = "".join(sign if sign == there else "\0" for sign, there in zip(text, whole, strict=True))
    return re.sub(r"[ ]*\0[ \0]*", " ", kept)


def body(text: str) -> tuple[str, int]:
    """A page without its front matter, and how many lines that has."""
    front = _FRONT_MATTER.match(text)
    return (text[front.end() :], front[0].count("\n")) if front else (text, 0)


@dataclass(frozen=True)
class Asked:
    """The variant that a page shows and cites first."""

    variant: str = "cpu"
    line: int = 1
    """Where its front matter says so."""


UNASKED = Asked()


def asked_variant(text: str, path: str) -> Asked:
    """The variant that a page's front matter asks for; `cpu` where it asks for none.

    Args:
        path: the page as messages name it.

    Raises:
        PageError: it names what is no variant, or one that no page can cite, or asks twice; it cannot be read as YAML.
    """
    front = _FRONT_MATTER.match(text)
    if front is None or "variant" not in front[0]:
        return UNASKED
    try:
        whole = yaml.compose("\n" + front[0].split("\n", 1)[1].rpartition("\n" + front["end"])[0], yaml.SafeLoader)
    except yaml.YAMLError as exc:
        mark, why = getattr(exc, "problem_mark", None), getattr(exc, "problem", None) or "a sign that it forbids"
        raise PageError(path, mark.line + 1 if mark else 1, f"front matter that is no YAML: {why}", "mend it") from None
    pairs = whole.value if isinstance(whole, yaml.MappingNode) else []
    found = [(key.start_mark.line + 1, value) for key, value in pairs if key.value == "variant"]
    if len(found) > 1:
        raise PageError(path, found[1][0], f"`variant` stands in line {found[0][0]} too", "remove one")
    return _asked(*found[0], path) if found else UNASKED


def _asked(line: int, value: yaml.Node, path: str) -> Asked:
    named = value.value if isinstance(value, yaml.ScalarNode) else "a list or table"
    if named in CITED:
        return Asked(named, line)
    why = "cannot stand first, as few machines can run it again" if named in VARIANTS else "no such variant"
    raise PageError(path, line, f"`variant: {named}`: {why}", f"expected one of: {', '.join(CITED)}")


def read_lines(text: str, offset: int = 0) -> Iterator[Line]:
    """The lines of a page; front matter counts as fenced.

    A `<!--` that is never closed is text.

    Args:
        offset: how many lines of the file stand before the text.
    """
    fence, inside = "", False
    begin = 1 + (0 if offset else body(text)[1])
    written = text.split("\n")
    for number, source in enumerate(written, 1 + offset):
        if number < begin:
            yield Line(number, source, True)
            continue
        if fence:
            yield Line(number, source, True)
            match = _FENCE.match(source)
            if match and match["mark"].startswith(fence) and not match["rest"].strip():
                fence = ""
            continue
        rest, was_inside = written[number - offset :], inside
        visible, inside = _visible(source, inside, rest)
        whole = source if was_inside or visible != source else None
        match = _FENCE.match(visible)
        if match and not (match["mark"][0] == "`" and "`" in match["rest"]):
            fence = match["mark"]
            yield Line(number, visible, True, (match["mark"] + match["rest"]).strip(), whole)
        else:
            yield Line(number, visible, False, "", whole)


def open_fence(lines: Sequence[Line]) -> Line | None:
    """The line of a fence that goes on to the end of the page."""
    start = next((line for line in reversed(lines) if line.opens), None)
    if start is None:
        return None
    mark = start.opens[: len(start.opens) - len(start.opens.lstrip(start.opens[0]))]
    after = (_FENCE.match(line.text) for line in lines if line.fenced and line.number > start.number)
    closed = any(end and end["mark"].startswith(mark) and not end["rest"].strip() for end in after)
    return None if closed else start


def _visible(source: str, inside: bool, rest: Sequence[str]) -> tuple[str, bool]:
    """A line with its comments blank, and whether one goes on in the next.

    Args:
        inside: whether the line begins in a comment.
        rest: the lines after it, where a comment that begins here may end.
    """
    visible, at, start = "", 0, 0
    opens = _OPTION_OR_COMMENT if _DIRECTIVE.match(source) else _CODE_OR_COMMENT
    while at < len(source):
        if inside:
            end = source.find("-->", start)
            stop = end + 3 if end >= 0 else len(source)
            visible, at, inside = visible + " " * (stop - at), stop, end < 0
            continue
        match = opens.search(source, at)
        if match is None:
            break
        begin = match.start() if match["comment"] else match.end()
        visible, at, start = visible + source[at:begin], begin, begin + 2  # `<!-->` is a whole comment
        if match["comment"]:
            if "-->" not in source[start:] and not any("-->" in later for later in rest):
                break
            inside = True
    return visible + source[at:], inside


def masked(lines: Iterable[Line]) -> str:
    """The text of lines with a letter in place of each sign of fences and code."""
    return "\n".join(line.words for line in lines)
