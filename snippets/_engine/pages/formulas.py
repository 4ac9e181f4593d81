"""The formulas of a page, as they stand in its source: `$…$` in a sentence, `$$…$$` on their own."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from . import directives
from .directives import VALUE, Line

#: As pymdownx.arithmatex reads them with `inline_syntax: [dollar]` and `block_syntax: [dollar]`.
INLINE = re.compile(r"(?<![\\$])\$(?![\s$])((?:\\.|[^\\$])+?)(?<!\s)\$(?!\$)", re.DOTALL)
_FORMULA = re.compile(rf"\$\$(?P<block>(?:\\.|[^\\$])+?)\$\$|{INLINE.pattern}", re.DOTALL)
_CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")


@dataclass(frozen=True)
class Formula:
    """A formula in a page's source."""

    line: int
    """Where it begins."""
    tex: str
    """With its values not yet filled in."""

    def gives(self, tex: str) -> bool:
        """Whether this is the formula that reads so when its values are filled in."""
        parts = re.split(r"\s+", VALUE.sub("\0", self.tex).strip())
        pattern = r"\s+".join(re.escape(part).replace("\0", ".*?") for part in parts)
        return re.fullmatch(pattern, tex.strip(), re.DOTALL) is not None


def formulas(lines: Iterable[Line]) -> Iterator[Formula]:
    """All formulas of a page's lines, fences and code left out."""
    kept = list(lines)
    text = _without_code(kept)
    for match in _FORMULA.finditer(text):
        line = kept[text.count("\n", 0, match.start())].number
        yield Formula(line, match["block"] or match[2])


def replaced(text: str, by: Callable[[str, bool], str]) -> str:
    """A Markdown text with each formula as `by(tex, is_display)` writes it."""
    out, done = [], 0
    for match in _FORMULA.finditer(_without_code(list(directives.lines(text)))):
        display = match["block"] is not None
        tex = text[slice(*match.span("block" if display else 2))]
        out += [text[done : match.start()], by(tex, display)]
        done = match.end()
    return "".join([*out, text[done:]])


def outside(text: str, change: Callable[[str], str]) -> str:
    """A Markdown text as `change` gives it, its formulas as they stand: nothing in them is a link or an attribute."""
    kept: list[str] = []

    def hidden(tex: str, display: bool) -> str:
        mark = "$$" if display else "$"
        kept.append(f"{mark}{tex}{mark}")
        return f"\ue000{len(kept) - 1}\ue001"

    changed = change(replaced(text, hidden))
    return re.sub("\ue000(\\d+)\ue001", lambda place: kept[int(place[1])], changed)


def _without_code(lines: Iterable[Line]) -> str:
    """The lines with a letter in place of each sign of fences and code."""
    return "\n".join(
        "x" * len(line.text) if line.fenced else _CODE.sub(lambda m: "x" * len(m[0]), line.text) for line in lines
    )
