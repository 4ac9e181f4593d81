"""The formulas of a page, as they stand in its source: `$…$` in a sentence, `$$…$$` on their own."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from . import values
from .lines import Line, masked, read_lines

#: As pymdownx.arithmatex reads them with `inline_syntax: [dollar]` and `block_syntax: [dollar]`.
INLINE = re.compile(r"(?<![\\$])\$(?![\s$])((?:\\.|[^\\$])+?)(?<!\s)\$(?!\$)", re.DOTALL)
FORMULA = re.compile(rf"\$\$(?P<block>(?:\\.|[^\\$])+?)\$\$|{INLINE.pattern}", re.DOTALL)


@dataclass(frozen=True)
class Formula:
    """A formula in a page's source."""

    line: int
    """Where it begins."""
    tex: str
    """With its values not yet filled in."""

    def gives(self, tex: str) -> bool:
        """Whether this is the formula that reads so when its values are filled in."""
        parts = re.split(r"\s+", values.replaced(self.tex, lambda _: "\0").strip())
        pattern = r"\s+".join(re.escape(part).replace("\0", ".*?") for part in parts)
        return re.fullmatch(pattern, tex.strip(), re.DOTALL) is not None


def formulas(lines: Iterable[Line]) -> Iterator[Formula]:
    """All formulas of a page's lines, fences and code left out."""
    kept = list(lines)
    text = masked(kept)
    for match in FORMULA.finditer(text):
        line = kept[text.count("\n", 0, match.start())].number
        yield Formula(line, match["block"] or match[2])


def replaced(text: str, by: Callable[[str, bool], str]) -> str:
    """A Markdown text with each formula as `by(tex, is_display)` writes it."""
    out, done = [], 0
    for match in FORMULA.finditer(masked(read_lines(text))):
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
