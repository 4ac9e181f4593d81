"""A page from top to bottom, once for all who write it down: its prose with the values in it, the cells it shows.

Three writers go through it: `render/markdown.py` for the site, `copies/plain.py` and `copies/notebook.py`.
"""

import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..chapters.cells import Cell
from ..chapters.results import CellRun
from ..chapters.values import shown
from ..pages import directives
from ..pages.directives import CellUse, Line, ValueUse, VersionsUse
from ..project.errors import PageError, listed
from ..records.library import Library
from ..records.record import Record
from .markup import escaped, read_as_markup

_BARE_LINE = re.compile(r"^\s*(#{1,6}\s|!!!|\?\?\?|===|/{3,})")
_BARE_SPAN = re.compile(
    r"(?<!`)(?P<tick>`+)(?!`).*?(?<!`)(?P=tick)(?!`)"  # code
    r"|\$\$.*?\$\$|\$[^$]*\$|\\\(.*?\\\)|\\\[.*?\\\]"  # maths
    r"|!\[[^\]]*\]|\]\([^)]*\)|\{:?[^{}=][^{}]*\}"  # alt texts, targets, attributes
)
_MATHS_EDGE = re.compile(r"\$\$|\\\[|\\\]")
_PLACEHOLDER = "…"


@dataclass(frozen=True)
class Prose:
    """A line of the page."""

    text: str
    """With its values filled in."""
    fenced: bool
    """Inside a fence, or one of its marks."""
    maths: bool = False
    """Of a formula that has several lines."""


@dataclass(frozen=True)
class Shown:
    """A cell that the page shows."""

    use: CellUse
    cell: Cell
    alt: str
    """With its values filled in."""
    notes: "tuple[Item, ...]"
    """The numbered list behind it, when its code has annotations."""


@dataclass(frozen=True)
class Versions:
    """The place of the chapter's versions."""

    use: VersionsUse


Item = Prose | Shown | Versions


@dataclass
class PageReader:
    """Reads one page of a language."""

    lang: str
    src_uri: str
    path: str
    """The page as messages name it."""
    library: Library
    _in_maths: bool = False

    @property
    def own(self) -> str:
        """The page's own chapter."""
        return self.src_uri.removesuffix(".md")

    def items(self, text: str, line_offset: int = 0) -> list[Item]:
        """What stands on the page, in order; front matter as fenced lines.

        Args:
            line_offset: how many lines of the file stand before the text.

        Raises:
            PageError: a wrong directive, an unknown chapter, cell or value, a format that does not fit.
            SnippetsError: a snippet or record cannot be read.
        """
        return list(self._items(list(directives.lines(text, line_offset))))

    def _items(self, lines: list[Line]) -> Iterator[Item]:
        while lines:
            line = lines.pop(0)
            use = directives.directive(line, self.path, self.own)
            if isinstance(use, CellUse):
                yield self._shown(use, lines)
            elif isinstance(use, VersionsUse):
                yield Versions(use)
            else:
                inside, text = self._in_maths, self._sentence(line)
                yield Prose(text, line.fenced, maths=inside or self._in_maths)

    def _shown(self, use: CellUse, after: list[Line]) -> Shown:
        cell = self._find(use.chapter, use.cell, use.line)
        alt = self._with_values(Line(use.line, use.alt, False), bare=True)
        if use.show == "output" or not cell.annotated:
            return Shown(use, cell, alt, ())
        return Shown(use, cell, alt, tuple(self._items(directives.take_notes(after, use.indent))))

    def record(self, chapter: str, cell: Cell) -> tuple[Record, CellRun] | None:
        """The record of a chapter and what a cell gave there; None where it is not of the cell's present code.

        Raises:
            RecordError: the record cannot be read.
        """
        record = self.library.record(chapter)
        if record is None or record.cell_hashes.get(cell.name) != cell.hash:
            return None
        return record, record.by_name[cell.name]

    def _find(self, chapter: str, cell: str, line: int) -> Cell:
        tree = self.library.tree
        if not tree.snippet(chapter).is_file():
            raise PageError(self.path, line, f"unknown chapter `{chapter}`", f"there are: {listed(tree.chapters())}")
        cells = self.library.chapter(chapter).by_name
        if cell not in cells:
            message = f"unknown cell `{cell}` in snippets/{chapter}.py"
            raise PageError(self.path, line, message, f"there are: {listed(list(cells))}")
        return cells[cell]

    def _sentence(self, line: Line) -> str:
        bare = self._in_maths or bool(_BARE_LINE.match(line.text))
        edges = 0 if line.fenced else len(_MATHS_EDGE.findall(line.text))
        self._in_maths = bool(line.text.strip()) and self._in_maths != (edges % 2 == 1)
        return self._with_values(line, bare=bare)

    def _with_values(self, line: Line, *, bare: bool) -> str:
        """The line's text; where Markdown is not read, its values are `bare`: plain text without an element."""
        uses = directives.values(line, self.path, self.own)
        if not uses:
            return line.text
        masked = directives.VALUE.sub(lambda m: "v" * len(m[0]), line.text)
        spans = [m.span() for m in _BARE_SPAN.finditer(masked)]
        text, done = "", 0
        for use in uses:
            inside = any(a < use.start and use.end < b for a, b in spans)
            text += line.text[done : use.start] + self._value(use, bare=bare or inside)
            done = use.end
        return text + line.text[done:]

    def _value(self, use: ValueUse, *, bare: bool) -> str:
        cell = self._find(use.chapter, use.cell, use.line)
        text = self._recorded(use, cell)
        if bare and (sign := read_as_markup(text)):
            message = f"the value {use.expression} = {text!r} cannot stand here: its {sign!r} would be read as markup"
            raise PageError(self.path, use.line, message, "cite it in a sentence")
        if bare:
            return text
        return f'<span class="cell-value" data-cell="{use.chapter}#{use.cell}">{escaped(text)}</span>'

    def _recorded(self, use: ValueUse, cell: Cell) -> str:
        record = self.library.record(use.chapter)
        if record is None or cell.name not in record.by_name:
            return _PLACEHOLDER
        values = record.by_name[cell.name].values
        if use.expression not in values:
            check_names(use, cell, record, self.path)
            return _PLACEHOLDER
        try:
            return shown(values[use.expression], use.format)
        except (TypeError, ValueError) as exc:
            message = f"format `:{use.format}` of {use.expression} = {shown(values[use.expression])}: {exc}"
            raise PageError(self.path, use.line, message, "use a format that fits the value") from None


def check_names(use: ValueUse, cell: Cell, record: Record, path: str) -> None:
    """Refuse an expression that no run of the recorded code could have evaluated.

    Raises:
        PageError: its first name is not bound after the cell, or it is no expression.
    """
    try:
        compile(use.expression, "<value>", "eval")
    except SyntaxError as exc:
        raise PageError(path, use.line, f"`{use.expression}` is no Python expression: {exc.msg}", "mend it") from None
    root = re.match(r"[A-Za-z_]\w*", use.expression)
    names = record.names_after(cell.name)
    known = names | set(dir(builtins))
    if record.cell_hashes.get(cell.name) == cell.hash and root and root[0] not in known:
        raise PageError(
            path,
            use.line,
            f"unknown value `{use.expression}`: no name `{root[0]}` after cell `{cell.name}`",
            f"there are: {listed(sorted(names))}",
        )
