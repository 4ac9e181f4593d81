"""A page from top to bottom, once for all who write it down: its prose with the values in it, the cells it shows.

Three writers go through it: `render/markdown.py` for the site, `copies/plain.py` and `copies/notebook.py`.
"""

import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property

from ..chapters.cells import Cell
from ..chapters.results import CellRun
from ..chapters.values import shown
from ..pages import directives, holders, links, values
from ..pages.directives import CellUse, VersionsUse
from ..pages.lines import Line, asked_variant, read_lines, without_comments
from ..pages.values import ValueUse
from ..project.errors import PageError, SnippetsError, listed
from ..records import chosen
from ..records.library import Library
from ..records.record import Record, command
from .markup import block, escaped, one_line, read_as_markup
from .words import WORDS

_HEADING = re.compile(r"^\s*#{1,6}\s")
_TITLE = re.compile(r"^\s*(!!!|\?\?\?|===)")
_IN_HEADING = re.compile(r"[<&]")
_EDGE = re.compile(r"^\s*/{3,}")
_BARE_SPAN = re.compile(
    r"(?<!`)(?P<tick>`+)(?!`).*?(?<!`)(?P=tick)(?!`)"  # code
    r"|\$\$.*?\$\$|\$[^$]*\$|\\\(.*?\\\)|\\\[.*?\\\]"  # maths
    r"|(?P<alt>!\[[^\]]*\])|\]\([^)]*\)|\{:?[^{}=][^{}]*\}"  # alt texts, targets, attributes
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
    line: int = 0
    """Its number."""
    maths: bool = False
    """Of a formula that has several lines."""


@dataclass(frozen=True)
class Shown:
    """A cell that the page shows."""

    use: CellUse
    cell: Cell
    alt: str
    """With its values filled in: the text itself, no Markdown."""
    notes: "tuple[Item, ...]"
    """The numbered list behind it, when its code has annotations."""
    answer: "tuple[Prose, ...]" = ()
    """The paragraph behind it, when its outputs are a guess."""


@dataclass(frozen=True)
class Versions:
    """The place of the chapter's versions."""

    use: VersionsUse


class Place(Enum):
    """What a value stands in, and so how it is written."""

    SENTENCE = "an element around it"
    HEADING = "as in a title; < and & cannot stand there, as the navigation repeats headings without escaping"
    TITLE = "no element, as none can stand in titles and alt texts; nothing in it is read as Markdown"
    CODE = "as it is: in code, formulas, targets and attributes nothing can be escaped"
    ALT = "as it is: the alt text of a directive is escaped as a whole"


Item = Prose | Shown | Versions


@dataclass
class PageReader:
    """Reads one page of a language."""

    lang: str
    src_uri: str
    path: str
    """The page as messages name it."""
    library: Library
    cited: list[ValueUse] = field(default_factory=list)
    """The values that stand in sentences, so far."""
    closed: frozenset[int] = frozenset()
    """The lines that stand in a closed fold of the page's own."""
    _in_maths: bool = False
    _instead: Record | None = None
    """Whose values to give in place of those of its chapter's first record."""

    @cached_property
    def variant(self) -> str:
        """The variant that the page asks for, whichever part of it is read.

        Raises:
            PageError: as `lines.asked_variant`.
        """
        try:
            text = self.library.text(self.library.tree.docs(self.lang) / self.src_uri)
        except SnippetsError:  # a page that the build makes, or one whose fault is told where it is read
            return "cpu"
        return asked_variant(text, self.path).variant

    @property
    def own(self) -> str:
        """The page's own chapter."""
        return self.src_uri.removesuffix(".md")

    def items(self, text: str, line_offset: int = 0) -> list[Item]:
        """What stands on the page, in order; front matter as fenced lines.

        Args:
            line_offset: how many lines of the file stand before the text.

        Raises:
            PageError: a wrong directive, an unknown chapter, cell or value, a format that does not fit; an invitation
                that nothing tries.
            SnippetsError: a snippet or record cannot be read.
        """
        lines = list(read_lines(text, line_offset))
        self.closed = holders.closed(lines)
        return self._with_notice(list(self._items(lines)))

    def _items(self, lines: list[Line]) -> Iterator[Item]:
        while lines:
            written = lines.pop(0)
            line = without_comments(written)
            if line is None:
                continue
            if written.comment:
                yield Prose(line.text, False, line.number)
                continue
            use = directives.directive(line, self.path, self.own)
            if isinstance(use, CellUse):
                yield self._shown(use, lines)
            elif isinstance(use, VersionsUse):
                yield Versions(use)
            else:
                inside, text = self._in_maths, self._sentence(line)
                yield Prose(text, line.fenced, line.number, maths=inside or self._in_maths)

    def _shown(self, use: CellUse, after: list[Line]) -> Shown:
        cell = self._find(use.chapter, use.cell, use.line)
        alt = self._alt(use)
        annotated = use.show != "output" and cell.annotated
        notes = tuple(self._items(directives.take_notes(after, use.indent))) if annotated else ()
        answer = directives.take_paragraph(after, use.indent) if use.guess else []
        return Shown(use, cell, alt, notes, tuple(Prose(self._sentence(line), False, line.number) for line in answer))

    def _alt(self, use: CellUse) -> str:
        return values.unescaped(self._with_values(Line(use.line, use.alt, False), Place.ALT))

    def alt_for(self, use: CellUse, record: Record) -> str:
        """The alt text of a cell's figures as a record has them, which need not be the first one."""
        return replace(self, _instead=record)._alt(use)

    def first(self, chapter: str) -> Record | None:
        """The record of a chapter that the page shows and cites.

        Raises:
            SnippetsError: a record or the snippet cannot be read.
        """
        if self._instead is not None and self._instead.chapter == chapter:
            return self._instead
        return chosen.first(self.library, chapter, self.variant)

    def _with_notice(self, items: list[Item]) -> list[Item]:
        """Behind the title, where the page shows the CPU's record in place of another, a line that says so."""
        shown = [item.use.chapter for item in items if isinstance(item, Shown)] + [use.chapter for use in self.cited]
        asked = chosen.asked_of(self.library.tree, self.own, shown) if self.variant != "cpu" else ()
        lacking = next((name for name in asked if chosen.lack(self.library, name, self.variant)), "")
        if not lacking:
            return items
        text = WORDS[self.lang]["instead"].format(variant=self.variant, command=command(lacking, self.variant))
        titles = (n for n, i in enumerate(items, 1) if isinstance(i, Prose) and not i.fenced and _HEADING.match(i.text))
        at = next(titles, len(items))
        return [*items[:at], *(Prose(line, False) for line in ("", *block("p.not-run", text), "")), *items[at:]]

    def record(self, chapter: str, cell: Cell) -> tuple[Record, CellRun] | None:
        """The record of a chapter and what a cell gave there; None where it is not of the cell's present code.

        Raises:
            RecordError: the record cannot be read.
        """
        record = self.first(chapter)
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
        if line.fenced:
            return line.text
        line = links.accepted(line, self.path, self.own, self.library)
        code = self._in_maths or bool(_EDGE.match(line.text))
        edges = len(_MATHS_EDGE.findall(line.text))
        self._in_maths = bool(line.text.strip()) and self._in_maths != (edges % 2 == 1)
        place = Place.HEADING if _HEADING.match(line.text) else Place.SENTENCE
        place = Place.CODE if code else Place.TITLE if _TITLE.match(line.text) else place
        return values.unescaped(self._with_values(line, place))

    def _with_values(self, line: Line, place: Place) -> str:
        """The line's text, each value as its place wants it."""
        uses = values.read_values(line, self.path, self.own)
        if not uses:
            return line.text
        masked = values.replaced(line.text, lambda value: "v" * len(value))
        spans = [] if place is Place.ALT else list(_BARE_SPAN.finditer(masked))
        text, done = "", 0
        for use in uses:
            within = next((span for span in spans if span.start() < use.start and use.end < span.end()), None)
            inner = place if within is None else Place.TITLE if within["alt"] else Place.CODE
            text += line.text[done : use.start] + self._value(use, inner)
            done = use.end
        return text + line.text[done:]

    def _value(self, use: ValueUse, place: Place) -> str:
        cell = self._find(use.chapter, use.cell, use.line)
        text = one_line(self._recorded(use, cell))
        sign = read_as_markup(text) if place is Place.CODE else ""
        if place is Place.HEADING and (found := _IN_HEADING.search(text)):
            sign = found[0]
        if sign:
            message = f"the value {use.expression} = {text!r} cannot stand here: its {sign!r} would be read as markup"
            raise PageError(self.path, use.line, message, "cite it in a sentence")
        if place in (Place.CODE, Place.ALT):
            return text
        if place in (Place.TITLE, Place.HEADING):
            return escaped(text)
        self.cited.append(use)
        mark = 'class="cell-value"'
        if text != _PLACEHOLDER and self.record(use.chapter, cell) is None:  # its output does not stand here either
            mark = f'class="cell-value aged" title="{WORDS[self.lang]["aged-value"]}"'
        return f'<span {mark} data-cell="{use.chapter}#{use.cell}">{escaped(text)}</span>'

    def _recorded(self, use: ValueUse, cell: Cell) -> str:
        record = self.first(use.chapter)
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
