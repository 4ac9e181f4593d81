"""A page as plain Markdown with its outputs and values filled in: for readers of text, people and programs alike."""

import posixpath
import re
from collections.abc import Iterator, Sequence

from ..chapters import frames
from ..chapters.results import CellRun, Output
from ..pages import formulas
from ..pages.lines import body
from ..records.library import Library
from ..records.record import Record
from ..render import addresses
from ..render.frames import alt_texts
from ..render.markup import backslashed, escaped, indented, plain_fence
from ..render.outputs import as_on_a_terminal
from ..render.provenance import summary, versions_table
from ..render.stream import Item, PageReader, Prose, Shown, Versions
from .prose import signs, without_marks

_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*(?:[#.][^}]*|\w+=[^}]*)\}")
_ATTRIBUTES_ONLY = re.compile(r"^\s*\{:[^}]*\}\s*$")
_BLOCK = re.compile(r"^(?P<indent>\s*)(?:!!!|\?\?\?\+?|===[+!]?)\s+(?:[\w-]+\s*)?(?:\"(?P<title>[^\"]*)\")?\s*$")
_HTML = re.compile(r"^\s*/{3,}|^\s*<!--.*-->\s*$")
_LINK = re.compile(r"(?<=\]\()(?P<file>[^)\s:#/][^)\s:#]*)(?=[#)])")


def plain(text: str, *, lang: str, src_uri: str, path: str, library: Library) -> str:
    """The plain copy of a page.

    Args:
        text: the page as it stands in docs.
        path: the page as messages name it.

    Raises:
        SnippetsError: as `stream.PageReader.items`.
    """
    writer = _Writer(PageReader(lang, src_uri, path, library))
    out: list[str] = []
    for added in (part for item in writer.page.items(*body(text)) for part in writer.parts(item)):
        while added and not added[0] and (not out or not out[-1]):
            added.pop(0)  # one empty line between two blocks; those inside a cell's code stay
        out += added
    return "\n".join(out).strip("\n") + "\n"


class _Writer:
    def __init__(self, page: PageReader) -> None:
        self.page = page
        self._copy = addresses.plain_copy(page.src_uri)

    def parts(self, item: Item) -> Iterator[list[str]]:
        """What one thing on the page becomes: the lines of one part or more."""
        match item:
            case Shown():
                yield indented(["", *self._cell(item), ""], item.use.indent)
                for part in (*item.notes, *item.answer):
                    yield from self.parts(part)
            case Versions():
                record = self.page.first(self.page.own)
                where = self.page.lang, self.page.src_uri, self.page.library.repository()
                table = versions_table(record, *where)[1:-1] if record else []
                yield [self._linked(row) for row in table]
            case Prose(fenced=True) | Prose(maths=True):
                yield [item.text]
            case Prose() if not _HTML.match(item.text) and not _ATTRIBUTES_ONLY.match(item.text):
                yield [formulas.outside(item.text, self._sentence)]

    def _sentence(self, sentence: str) -> str:
        text = without_marks(sentence)
        if block := _BLOCK.match(text):
            # The indented text after it would read as code: a list item holds it.
            return f"{block['indent']}-   **{signs(block['title'] or '')}**"
        return signs(self._linked(_ATTRIBUTES.sub("", text)))

    def _linked(self, text: str) -> str:
        """Relative links, as seen from the copy; a page that the build makes has no copy, so its own address stands."""

        def link(match: re.Match[str]) -> str:
            uri = posixpath.normpath(posixpath.join(posixpath.dirname(self.page.src_uri), match["file"]))
            if not uri.endswith(".md"):
                return addresses.relative(uri, self._copy)
            copied = self.page.library.has_page(self.page.lang, uri)
            target = addresses.relative(addresses.plain_copy(uri), self._copy)
            return target if copied else f"{posixpath.dirname(target)}/"

        return _LINK.sub(link, text)

    def _cell(self, item: Shown) -> list[str]:
        out = plain_fence("python", item.cell.shown(self.page.lang)) if item.use.show != "output" else []
        found = self.page.record(item.use.chapter, item.cell) if item.use.show != "code" else None
        if not found:
            return out
        record, run = found
        shown, below = frames.split(item.cell, run.outputs) if frames.variables(item.cell) else ((), run.outputs)
        alts = alt_texts(item.alt, shown, self.page.path, item.use.line)
        for number, (frame, alt) in enumerate(zip(shown, alts, strict=True), 1):
            out += ["", f"**{escaped(frame.label)}**", *self._outputs(record, run, frame.outputs, alt, number - 1)]
        return [*out, *self._outputs(record, run, below, item.alt), *self._ran(record, run)]

    def _outputs(self, record: Record, run: CellRun, outputs: Sequence[Output], alt: str, drawn: int = 0) -> list[str]:
        """Outputs of a cell, after so many of its figures."""
        out: list[str] = []
        for output in outputs:
            if output.kind == "figure":
                drawn += 1
                figure = addresses.figure(record.chapter, record.variant, run.name, drawn, "light")
                out += ["", f"![{backslashed(alt)}]({addresses.relative(figure, self._copy)})"]
            else:
                out += ["", *plain_fence("text", as_on_a_terminal(output.text))]
        return out

    def _ran(self, record: Record, run: CellRun) -> list[str]:
        return ["", f"({summary(record, self.page.lang)})"] if run.outputs else []
