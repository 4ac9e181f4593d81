"""A page as plain Markdown with its outputs and values filled in: for readers of text, people and programs alike."""

import posixpath
import re

from ..chapters.results import CellRun
from ..pages import directives
from ..pages.directives import CellUse, Line, VersionsUse
from ..records.library import Library
from ..records.record import Record
from ..render.markdown import PageReading
from ..render.markup import fence, indented
from ..render.outputs import Outputs
from ..render.provenance import versions_table
from .prose import without_marks

_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*(?:[#.][^}]*|\w+=[^}]*)\}")
_ATTRIBUTES_ONLY = re.compile(r"^\s*\{:[^}]*\}\s*$")
_BLOCK = re.compile(r"^(?P<indent>\s*)(?:!!!|\?\?\?\+?|===[+!]?)\s+(?:[\w-]+\s*)?(?:\"(?P<title>[^\"]*)\")?\s*$")
_HTML = re.compile(r"^\s*/{3,}|^\s*<!--.*-->\s*$")
_LINK = re.compile(r"(?<=\]\()(?P<file>[^)\s:#/][^)\s:#]*)(?=[#)])")


def address(src_uri: str) -> str:
    """Where the plain copy of a page lives: `basics/autograd.md` -> `basics/autograd/index.md`."""
    stem = src_uri.removesuffix(".md")
    return src_uri if posixpath.basename(stem) == "index" else f"{stem}/index.md"


def plain(text: str, *, lang: str, src_uri: str, path: str, library: Library) -> str:
    """The plain copy of a page.

    Args:
        text: the page as it stands in docs.
        path: the page as messages name it.

    Raises:
        SnippetsError: as `embed.expand`.
    """
    writer = _Writer(lang, src_uri, path, library)
    front = text.startswith("---\n")
    out: list[str] = []
    for line in directives.lines(text):
        if front:
            front = line.number == 1 or line.text.strip() not in ("---", "...")
            continue
        added = writer.lines(line)
        while added and not added[0] and (not out or not out[-1]):
            added.pop(0)  # one empty line between two blocks; those inside a cell's code stay
        out += added
    return "\n".join(out).strip("\n") + "\n"


class _Writer:
    def __init__(self, lang: str, src_uri: str, path: str, library: Library) -> None:
        self.lang, self.src_uri, self.path, self.library = lang, src_uri, path, library
        self.own = src_uri.removesuffix(".md")
        self.page = PageReading(lang, src_uri, path, library, Outputs(lang, src_uri))
        self.here = posixpath.dirname(address(src_uri)) or "."

    def lines(self, line: Line) -> list[str]:
        """What one line of the page becomes."""
        if line.fenced:
            return [line.text]
        use = directives.directive(line, self.path, self.own)
        if isinstance(use, CellUse):
            return indented(["", *self._cell(use, line), ""], use.indent)
        if isinstance(use, VersionsUse):
            record = self.library.record(self.own)
            table = versions_table(record, self.lang, self.src_uri)[1:-1] if record else []
            return [self._linked(row) for row in table]
        if _HTML.match(line.text) or _ATTRIBUTES_ONLY.match(line.text):
            return []
        return [self._sentence(line)]

    def _sentence(self, line: Line) -> str:
        text = without_marks(self.page.sentence(line))
        if block := _BLOCK.match(text):
            # The indented text after it would read as code: a list item holds it.
            return f"{block['indent']}-   **{block['title'] or ''}**"
        return self._linked(_ATTRIBUTES.sub("", text))

    def _linked(self, text: str) -> str:
        """Relative links, as seen from the copy; a page that the build makes has no copy, so its own address stands."""

        def link(match: re.Match[str]) -> str:
            uri = posixpath.normpath(posixpath.join(posixpath.dirname(self.src_uri), match["file"]))
            if not uri.endswith(".md"):
                return posixpath.relpath(uri, self.here)
            copied = (self.library.tree.docs(self.lang) / uri).is_file()
            target = posixpath.relpath(address(uri), self.here)
            return target if copied else f"{posixpath.dirname(target)}/"

        return _LINK.sub(link, text)

    def _cell(self, use: CellUse, line: Line) -> list[str]:
        cell = self.library.chapter(use.chapter).by_name[use.cell]
        out = fence([], cell.shown(self.lang)) if use.show != "output" else []
        if out:
            out[0] = f"{out[0].split('{')[0].rstrip()}python"
        record = self.library.record(use.chapter)
        ran = record.by_name.get(use.cell) if record and record.cell_hashes.get(use.cell) == cell.hash else None
        if record is None or ran is None or use.show == "code":
            return out
        alt = Line(line.number, use.alt, False)
        text = self.page.bare(alt)
        return [*out, *self._outputs(ran, record, text)]

    def _outputs(self, run: CellRun, record: Record, alt: str) -> list[str]:
        out: list[str] = []
        drawn = 0
        for output in run.outputs:
            if output.kind == "figure":
                drawn += 1
                figure = f"figures/{record.chapter}/{run.name}-{drawn}-light.svg"
                out += ["", f"![{alt}]({posixpath.relpath(figure, self.here)})"]
            else:
                block = fence([], output.text.rstrip("\n"))
                out += ["", f"{block[0].split('{')[0].rstrip()}text", *block[1:]]
        if out:
            out += ["", f"(torch {record.torch} · CPU · {record.recorded})"]
        return out
