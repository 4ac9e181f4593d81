"""Directives and values of a page, expanded to ordinary Markdown."""

import builtins
import re
from dataclasses import dataclass, field

from ..chapters.cells import Cell
from ..chapters.values import shown
from ..pages import directives
from ..pages.directives import CellUse, Line, ValueUse, VersionsUse
from ..project.errors import PageError, listed
from ..records.library import Library
from ..records.record import Record
from .markup import escaped, fence, indented, read_as_markup
from .outputs import Asset as Asset
from .outputs import Outputs, not_run
from .provenance import versions_table

_ITEM = re.compile(r"^[ \t]*\d+\.[ \t]")
_BARE_LINE = re.compile(r"^\s*(#{1,6}\s|!!!|\?\?\?|===|/{3,})")
_BARE_SPAN = re.compile(
    r"(?<!`)(?P<tick>`+)(?!`).*?(?<!`)(?P=tick)(?!`)"  # code
    r"|\$\$.*?\$\$|\$[^$]*\$|\\\(.*?\\\)|\\\[.*?\\\]"  # maths
    r"|!\[[^\]]*\]|\]\([^)]*\)|\{:?[^{}=][^{}]*\}"  # alt texts, targets, attributes
)
_MATHS_EDGE = re.compile(r"\$\$|\\\[|\\\]")
_PLACEHOLDER = "…"


@dataclass(frozen=True)
class Expanded:
    """A page as ordinary Markdown, and the figures it shows."""

    markdown: str
    assets: tuple[Asset, ...]


def expand(text: str, *, lang: str, src_uri: str, path: str, library: Library, line_offset: int = 0) -> Expanded:
    """Expand the directives and values of a page.

    Args:
        src_uri: the page below its language's root, `basics/autograd.md`; its own chapter follows from it.
        path: the page as messages name it.
        line_offset: how many lines of the file stand before the text (front matter).

    Raises:
        SnippetsError: a wrong directive, cell, value or option; a figure without alt text; an unreadable snippet or
        record.
    """
    lines = list(directives.lines(text, line_offset))
    own = src_uri.removesuffix(".md")
    has_versions = any(isinstance(directives.directive(line, path, own), VersionsUse) for line in lines)
    page = PageReading(lang, src_uri, path, library, Outputs(lang, src_uri, has_versions))
    return Expanded("\n".join(page.lines(lines)), tuple(page.writer.assets.values()))


def _take_notes(lines: list[Line], indent: str) -> list[Line]:
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


@dataclass
class PageReading:
    """A page while it is being expanded."""

    lang: str
    src_uri: str
    path: str
    library: Library
    writer: Outputs
    shown: set[str] = field(default_factory=set)
    in_maths: bool = False

    @property
    def own(self) -> str:
        return self.src_uri.removesuffix(".md")

    def lines(self, lines: list[Line]) -> list[str]:
        """The lines, expanded; the list is empty afterwards."""
        out: list[str] = []
        while lines:
            line = lines.pop(0)
            use = directives.directive(line, self.path, self.own)
            if isinstance(use, CellUse):
                out += self.cell(use, line, lines)
            elif isinstance(use, VersionsUse):
                out += indented(self.versions(use), use.indent)
            else:
                out.append(self.sentence(line))
        return out

    def find(self, chapter: str, cell: str, line: int) -> Cell:
        """The cell that a directive or value names.

        Raises:
            PageError: no such chapter or cell.
        """
        tree = self.library.tree
        if not tree.snippet(chapter).is_file():
            raise PageError(self.path, line, f"unknown chapter `{chapter}`", f"there are: {listed(tree.chapters())}")
        cells = self.library.chapter(chapter).by_name
        if cell not in cells:
            raise PageError(
                self.path, line, f"unknown cell `{cell}` in snippets/{chapter}.py", f"there are: {listed(list(cells))}"
            )
        return cells[cell]

    def cell(self, use: CellUse, line: Line, after: list[Line]) -> list[str]:
        """A cell's code, the notes to its annotations (taken from the lines after it), its outputs."""
        cell = self.find(use.chapter, use.cell, use.line)
        alt = self.bare(Line(line.number, use.alt, False))
        code, notes = self.code(use, cell) if use.show != "output" else [], list[Line]()
        if code and cell.annotated:
            notes = _take_notes(after, use.indent)
            if not notes:
                message = f"cell `{cell.name}` has annotations such as `# (1)!`"
                fix = "write their numbered list directly after the directive"
                raise PageError(self.path, use.line, message, fix)
        outputs = self.outputs(use, cell, alt) if use.show != "code" else []
        return [*indented(code, use.indent), "", *self.lines(notes), "", *indented(outputs, use.indent), ""]

    def code(self, use: CellUse, cell: Cell) -> list[str]:
        name = f"{use.chapter}#{cell.name}"
        own = use.chapter == self.own
        marks = [".python", ".cell", ".annotate"]
        if not own:
            marks.append(".no-copy")
        elif name not in self.shown:
            marks.append(f"#cell-{cell.name}")
        self.shown.add(name)
        marks.append(f'data-cell="{name}"')
        if cell.raises:
            marks.append(f'data-raises="{cell.raises}"')
        return fence(marks, cell.shown(self.lang))

    def outputs(self, use: CellUse, cell: Cell, alt: str) -> list[str]:
        record = self.library.record(use.chapter)
        if record is None or record.cell_hashes.get(cell.name) != cell.hash:
            return not_run(self.lang, "not-run", use.chapter)
        drawn = any(output.kind == "figure" for output in record.by_name[cell.name].outputs)
        if drawn and not alt.strip():
            message = f"cell `{cell.name}` draws a figure without alt text"
            raise PageError(self.path, use.line, message, 'add alt="what the figure shows"')
        if alt and not drawn:
            raise PageError(self.path, use.line, f"alt text, but cell `{cell.name}` draws no figure", "remove it")
        tree, chapter = self.library.tree, self.library.chapter(use.chapter)
        variants = (self.library.record(use.chapter, v) for v in tree.variants(use.chapter))
        return self.writer.show(cell, chapter, record, [v for v in variants if v], tree, alt)

    def versions(self, use: VersionsUse) -> list[str]:
        record = self.library.record(self.own)
        if record is None:
            if not self.library.tree.snippet(self.own).is_file():
                raise PageError(
                    self.path, use.line, f"versions of unknown chapter `{self.own}`", "only a chapter's page has them"
                )
            return not_run(self.lang, "not-run", self.own)
        return versions_table(record, self.lang, self.src_uri)

    def sentence(self, line: Line) -> str:
        """A line of prose with its values in it.

        Raises:
            PageError: an unknown chapter, cell or value, or a format that does not fit.
        """
        bare = self.in_maths or bool(_BARE_LINE.match(line.text))
        edges = 0 if line.fenced else len(_MATHS_EDGE.findall(line.text))
        self.in_maths = bool(line.text.strip()) and self.in_maths != (edges % 2 == 1)
        return self._with_values(line, bare=bare)

    def bare(self, line: Line) -> str:
        """A text with its values as plain text."""
        return self._with_values(line, bare=True)

    def _with_values(self, line: Line, *, bare: bool) -> str:
        uses = directives.values(line, self.path, self.own)
        if not uses:
            return line.text
        masked = directives.VALUE.sub(lambda m: "v" * len(m[0]), line.text)
        spans = [m.span() for m in _BARE_SPAN.finditer(masked)]
        text, done = "", 0
        for use in uses:
            inside = any(a < use.start and use.end < b for a, b in spans)
            text += line.text[done : use.start] + self.value(use, bare=bare or inside)
            done = use.end
        return text + line.text[done:]

    def value(self, use: ValueUse, *, bare: bool) -> str:
        cell = self.find(use.chapter, use.cell, use.line)
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
            raise PageError(
                self.path,
                use.line,
                f"format `:{use.format}` of {use.expression} = {shown(values[use.expression])}: {exc}",
                "use a format that fits the value",
            ) from None


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
