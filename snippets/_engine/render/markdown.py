"""A page as the site's Markdown: directives and values expanded to what superfences, attr_list and blocks.html read."""

from dataclasses import dataclass, field

from ..chapters import frames
from ..chapters.cells import Cell
from ..chapters.results import CellRun
from ..pages.directives import CellUse, VersionsUse
from ..pages.page import HEADING
from ..project.errors import PageError
from ..records import chosen
from ..records.library import Library
from ..records.record import Record
from . import addresses
from .frames import alt_texts, checked, refused
from .markup import fence, fold, indented
from .outputs import Asset, Outputs, not_run
from .provenance import versions_table
from .stream import Item, PageReader, Prose, Shown, Versions
from .words import WORDS


@dataclass(frozen=True)
class Due:
    """What a line of the page must have given once the page is rendered."""

    line: int
    what: str
    """`heading`, `cell`, `text`, `error`, `figure`, `frames`, `value` or `versions`."""
    name: str
    """A heading's id, or the cell."""
    alts: tuple[str, ...] = ()
    """Of a figure, or of each frame."""
    closed: bool = False
    """Whether the page itself puts it into a closed fold."""


@dataclass(frozen=True)
class Expanded:
    """A page as ordinary Markdown, the figures it shows, and what to look for when it is rendered."""

    markdown: str
    assets: tuple[Asset, ...]
    due: tuple[Due, ...]


def expand(text: str, *, lang: str, src_uri: str, path: str, library: Library, line_offset: int = 0) -> Expanded:
    """Expand the directives and values of a page, or take it from the library's memory.

    Args:
        src_uri: the page below its language's root, `basics/autograd.md`; its own chapter follows from it.
        path: the page as messages name it.
        line_offset: how many lines of the file stand before the text (front matter).

    Raises:
        SnippetsError: a wrong directive, cell, value or option; a figure without alt text; an unreadable snippet or
        record.
    """

    reader = PageReader(lang, src_uri, path, library)

    def made() -> Expanded:
        return _PageExpander(reader).expanded(text, line_offset)

    return library.made(("expanded", path, line_offset, reader.variant), text, made)


@dataclass
class _PageExpander:
    """Writes a page's items as Markdown."""

    page: PageReader
    _shown: set[str] = field(default_factory=set)
    _due: list[Due] = field(default_factory=list)
    _frames: list[str] = field(default_factory=list)
    """The explorable figures so far, as their addresses begin."""

    def expanded(self, text: str, line_offset: int) -> Expanded:
        items = self.page.items(text, line_offset)
        has_versions = any(isinstance(item, Versions) for item in items)
        self._outputs_of = Outputs(self.page.lang, self.page.src_uri, has_versions)
        markdown = "\n".join(self._parted(items))
        values = [self._owed(use.line, "value", f"{use.chapter}#{use.cell}") for use in self.page.cited]
        due = sorted([*self._due, *values], key=lambda one: one.line)
        return Expanded(markdown, tuple(self._outputs_of.assets.values()), tuple(due))

    def _owed(self, line: int, what: str, name: str, alts: tuple[str, ...] = (), closed: bool = False) -> Due:
        """One thing to count; `closed` where its own directive folds it, not the page around it."""
        return Due(line, what, name, alts, closed or line in self.page.closed)

    def _parted(self, items: list[Item]) -> list[str]:
        """All lines; what a directive gives is parted from the text around it, of which it would be a part."""
        out: list[str] = []
        for item in items:
            lines = self._lines(item)
            if not isinstance(item, Prose):
                lines = [*([""] if out and out[-1].strip() else []), *lines, *([""] if lines[-1].strip() else [])]
            out += lines
        return out

    def _lines(self, item: Item) -> list[str]:
        match item:
            case Prose():
                if not item.fenced and (heading := HEADING.match(item.text)) and heading["id"]:
                    self._due.append(self._owed(item.line, "heading", heading["id"]))
                return [item.text]
            case Shown():
                return self._cell(item)
            case Versions():
                return indented(self._versions(item.use), item.use.indent)

    def _cell(self, item: Shown) -> list[str]:
        """The code, the notes to its annotations, the outputs; what the page folds in a fold."""
        use = item.use
        if error := refused(use, item.cell, self.page.path):
            raise error
        code = indented(self._code(item), use.indent) if use.show != "output" else []
        notes = [line for note in item.notes for line in self._lines(note)]
        within = [*(item.notes if use.folded else ()), *(item.answer if use.guess else ())]
        self.page.closed |= {prose.line for prose in within if isinstance(prose, Prose)}
        outputs = indented(self._outputs(item), use.indent) if use.show != "code" else []
        answer = ["", *(prose.text for prose in item.answer)] if item.answer else []
        code, outputs = [*code, "", *notes, ""], [*outputs, *answer]
        if use.folded:
            code = self._folded("code", "folded", item, code)
        if use.guess and self.page.record(use.chapter, item.cell):
            outputs = self._folded("guess", "guess", item, outputs)
        return [*code, *outputs, ""]

    def _folded(self, kind: str, word: str, item: Shown, lines: list[str]) -> list[str]:
        selector = f'.{kind}[data-cell="{item.use.chapter}#{item.cell.name}"]'
        return fold(selector, WORDS[self.page.lang][word], lines, item.use.indent)

    def _code(self, item: Shown) -> list[str]:
        cell, chapter = item.cell, item.use.chapter
        if cell.annotated and not item.notes:
            message = f"cell `{cell.name}` has annotations such as `# (1)!`"
            fix = "write their numbered list directly after the directive"
            raise PageError(self.page.path, item.use.line, message, fix)
        name = f"{chapter}#{cell.name}"
        marks = [".python", ".cell", ".annotate"]
        if chapter != self.page.own:
            marks.append(".no-copy")
        elif name not in self._shown:
            marks.append(f"#{addresses.cell_id(cell.name)}")
        self._shown.add(name)
        self._due.append(self._owed(item.use.line, "cell", name, closed=item.use.folded))
        marks.append(f'data-cell="{name}"')
        if cell.raises:
            marks.append(f'data-raises="{cell.raises}"')
        return fence(marks, cell.shown(self.page.lang))

    def _outputs(self, item: Shown) -> list[str]:
        use, cell, library = item.use, item.cell, self.page.library
        found = self.page.record(use.chapter, cell)
        if found is None:
            return not_run(self.page.lang, "not-run", use.chapter)
        record, ran = found
        if frames.variables(cell):
            return self._explorable(item, record, ran)
        drawn = any(output.kind == "figure" for output in ran.outputs)
        self._check_guess(item, bool(ran.outputs))
        self._check_alt(item, cell, drawn)
        tree, chapter = library.tree, library.chapter(use.chapter)
        others = {r.variant: (r, self.page.alt_for(use, r)) for r in chosen.others(library, record)}
        before = len(self._outputs_of.written)
        lines = self._outputs_of.show(cell, chapter, record, others, tree, item.alt)
        self._owe_outputs(use, before)
        return lines

    def _owe_outputs(self, use: CellUse, before: int) -> None:
        """Count what was written after so many outputs."""
        for output in self._outputs_of.written[before:]:
            self._due.append(self._owed(use.line, output.kind, output.cell, output.alts, use.guess))

    def _explorable(self, item: Shown, record: Record, ran: CellRun) -> list[str]:
        use, cell = item.use, item.cell
        checked(cell, self.page.library.chapter(use.chapter), ran.outputs)
        self._check_alt(item, cell, drawn=True)
        shown, _ = frames.split(cell, ran.outputs)
        alts = alt_texts(item.alt, shown, self.page.path, use.line)
        name = addresses.frames_id(self.page.own, use.chapter, cell.name)
        again = self._frames.count(name)
        self._frames.append(name)
        before = len(self._outputs_of.written)
        lines = self._outputs_of.explorable(cell, record, alts, f"{name}:{again}:" if again else name)
        self._owe_outputs(use, before)
        return lines

    def _check_guess(self, item: Shown, gives: bool) -> None:
        if item.use.guess and not gives:
            message = f'guess="true", but cell `{item.cell.name}` gives no output to guess'
            raise PageError(self.page.path, item.use.line, message, "remove it")

    def _check_alt(self, item: Shown, cell: Cell, drawn: bool) -> None:
        if drawn and not item.alt.strip():
            message = f"cell `{cell.name}` draws a figure without alt text"
            raise PageError(self.page.path, item.use.line, message, 'add alt="what the figure shows"')
        if item.alt and not drawn:
            message = f"alt text, but cell `{cell.name}` draws no figure"
            raise PageError(self.page.path, item.use.line, message, "remove it")

    def _versions(self, use: VersionsUse) -> list[str]:
        page = self.page
        record = page.first(page.own)
        if record is not None:
            self._due.append(self._owed(use.line, "versions", ""))
            return versions_table(record, page.lang, page.src_uri, page.library.repository())
        if not page.library.tree.snippet(page.own).is_file():
            message = f"versions of unknown chapter `{page.own}`"
            raise PageError(page.path, use.line, message, "only a chapter's page has them")
        return not_run(page.lang, "not-run", page.own)
