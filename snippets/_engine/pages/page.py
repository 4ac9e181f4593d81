"""The shape of a page: its sections, and in order everything that both languages must have."""

import contextlib
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..project.errors import PageError, SnippetsError
from ..project.tree import LANGUAGES
from ..records.library import Library
from . import directives, holders, links
from .directives import CellUse, VersionsUse
from .formulas import INLINE
from .lines import UNASKED, Asked, Line, asked_variant, open_fence, read_lines
from .values import ValueUse, read_values
from .wording import wording

HEADING = re.compile(r"^(?P<marks>#{1,6})\s*(?P<title>.*?)\s*(?:\{:?[^}]*#(?P<id>[\w-]+)[^}]*\})?\s*$")
_UNDERLINE = re.compile(r"^(?:=+|-+)\s*$")
_BLOCK = re.compile(r"^\s*(?P<mark>!!!|\?\?\?\+?|===[+!]?)\s+(?P<kind>[\w-]+|\")")
_LEFT = re.compile(r"={7}\s*$")
_PYTHON = re.compile(r"[`~]+\s*\{?\s*\.?(?:python|py|pycon|ipython)[23]?\b", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """One thing of a page that both languages must have in the same place."""

    what: str
    """`heading ## #steps`, `cell basics/autograd#leaf`, `admonition example`, …"""
    line: int


@dataclass
class Section:
    """A heading and the text down to the next heading; the text before the first heading has the id `top`."""

    id: str
    level: int
    line: int
    lines: list[Line] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)
    links: Counter[str] = field(default_factory=Counter)
    places: dict[str, int] = field(default_factory=dict)
    """The line of each value and link."""

    @property
    def invitations(self) -> list[str]:
        """Those of the links that lead to a test: `try:NAME`."""
        return [target for target in self.links if target.startswith(links.TRY)]

    @property
    def hash(self) -> str:
        """Changes when a word, number or code of the section does, not with its punctuation, spaces or case."""
        return _hash(wording(self.lines))

    @property
    def old_hash(self) -> str:
        """As `agree` wrote it first, and still read: changes with any sign, but not with empty lines or line ends."""
        lines = (line.source.rstrip() for line in self.lines)
        return _hash("\n".join(line for line in lines if line))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True)
class Page:
    """A page as its structure."""

    src_uri: str
    path: str
    """The file, relative to the root."""
    lines: tuple[Line, ...]
    items: tuple[Item, ...]
    sections: tuple[Section, ...]
    cells: tuple[CellUse, ...]
    values: tuple[ValueUse, ...]
    asked: Asked = UNASKED

    @cached_property
    def by_id(self) -> dict[str, Section]:
        """The sections by id."""
        return {section.id: section for section in self.sections}


def read_page(library: Library, lang: str, src_uri: str) -> Page:
    """Read a page's structure, or take it from the library's memory.

    Raises:
        PageError: not UTF-8; a variant that is none; a wrong directive or value, or one where Markdown would not read
            it; a heading without an id of its own, or with one used before; a Python fence written by hand; a comment
            or fence that does not end; a picture without alt text; a link that names a language; an invitation that
            cannot be read.
    """
    path = library.tree.docs(lang) / src_uri
    text, name = library.text(path), library.tree.relative(path)
    return library.made(("parsed", name), text, lambda: parse(text, src_uri=src_uri, path=name))


def read_all(library: Library) -> list[Page]:
    """All pages of both languages.

    Raises:
        PageError: a page cannot be read.
    """
    return [read_page(library, lang, src_uri) for lang in LANGUAGES for src_uri in library.tree.pages(lang)]


def read_what_can_be(library: Library) -> list[Page]:
    """The pages of both languages that can be read: what to go on with while somebody is writing the others."""
    found = []
    for lang in LANGUAGES:
        for src_uri in library.tree.pages(lang):
            with contextlib.suppress(SnippetsError):
                found.append(read_page(library, lang, src_uri))
    return found


def parse(text: str, *, src_uri: str, path: str) -> Page:
    """The structure of a page's text; see `read_page`."""
    own = src_uri.removesuffix(".md")
    asked, lines = asked_variant(text, path), tuple(read_lines(text))
    if begun := open_fence(lines):
        message = f"a fence that is never closed: `` {begun.opens} ``; all below it is read as code"
        raise PageError(path, begun.number, message, "end it with a line of the same marks")
    links.check_pictures(lines, path)
    items = [Item(f"variant {asked.variant}", asked.line)] if asked != UNASKED else []
    sections = [Section("top", 0, 1)]
    known = {"top": 1}
    cells: list[CellUse] = []
    values: list[ValueUse] = []
    for at, line in enumerate(lines):
        if not line.fenced and (heading := HEADING.match(line.text)):
            sections.append(_section(heading, line, known, path))
            items.append(Item(f"heading {heading['marks']} #{sections[-1].id}", line.number))
        section = sections[-1]
        section.lines.append(line)
        if line.fenced:
            items += _fence(line, path)
            continue
        _refuse_underlined(line, lines, path)
        _refuse_open_comment(line, path)
        holders.check_directive(lines, at, path)
        use = directives.directive(line, path, own)
        if isinstance(use, CellUse):
            cells.append(use)
            items.append(Item(_shown(use), line.number))
        elif isinstance(use, VersionsUse):
            items.append(Item("versions", line.number))
        found = read_values(line, path, own)
        values += found
        _count(section, line, found)
        _count_links(section, line, src_uri, path)
        items += _blocks(line)
    return Page(src_uri, path, lines, tuple(items), tuple(sections), tuple(cells), tuple(values), asked)


def _section(heading: re.Match[str], line: Line, known: dict[str, int], path: str) -> Section:
    name = heading["id"]
    if not name:
        raise PageError(path, line.number, f"heading `{heading['title']}` has no id", "write `## Title {#ascii-id}`")
    if not name.isascii() or name != name.lower():
        raise PageError(path, line.number, f"heading id `{name}`", "use lower-case ASCII")
    if INLINE.search(Line(line.number, heading["title"], False).words):
        message = f"heading `{heading['title']}` holds a formula, which the table of contents cannot show"
        raise PageError(path, line.number, message, "write it in words")
    if name in known:
        raise PageError(path, line.number, f"heading id `{name}` stands in line {known[name]} too", "rename one")
    known[name] = line.number
    return Section(name, len(heading["marks"]), line.number)


def _refuse_underlined(line: Line, lines: Sequence[Line], path: str) -> None:
    """Markdown takes a line above `===` or `---` for a heading, which then has no id."""
    before = lines[line.number - 2] if line.number > 1 else line
    if _UNDERLINE.match(line.text) and before.text.strip() and not before.fenced and before is not line:
        title = before.text.strip()
        raise PageError(path, before.number, f"heading `{title}` is underlined", "write `## Title {#ascii-id}`")
    if _LEFT.match(line.text):
        raise PageError(path, line.number, "`=======` underlines nothing", "remove it; has a merge left it here?")


def _refuse_open_comment(line: Line, path: str) -> None:
    if "<!--" in line.words and not line.text.lstrip().startswith(":::"):
        raise PageError(path, line.number, "a comment without its end", "close it by `-->`, or write `&lt;!--`")


def _shown(use: CellUse) -> str:
    """A cell as both languages must show it."""
    kinds = {"a guess": use.guess, "folded code": use.folded, "a figure": bool(use.alt)}
    with_what = [kind for kind, there in kinds.items() if there]
    return f"cell {use.chapter}#{use.cell} ({use.show})" + (f" with {', '.join(with_what)}" if with_what else "")


def _fence(line: Line, path: str) -> list[Item]:
    if _PYTHON.match(line.opens):
        raise PageError(path, line.number, "a Python fence written by hand", "make it a cell of the chapter's snippet")
    return [Item(f"fence {line.opens}", line.number)] if line.opens.strip("`~") else []


def _blocks(line: Line) -> list[Item]:
    found = []
    if block := _BLOCK.match(line.text):
        kind = "tab" if block["mark"].startswith("===") else f"admonition {block['mark']} {block['kind']}"
        found.append(Item(kind, line.number))
    found += [Item(f"figure {_neutral(target)}", line.number) for target in links.pictures(line.words)]
    return found


def _neutral(target: str) -> str:
    """A picture made for one language (`graph.vi.svg`) counts as its twin's."""
    return re.sub(r"\.(vi|en)(\.\w+)$", r"\2", target)


def _count(section: Section, line: Line, values: Iterable[ValueUse]) -> None:
    for use in values:
        name = f"{{{{= {use.chapter}#{use.cell}.{use.expression}{' :' + use.format if use.format else ''} }}}}"
        section.values[name] += 1
        section.places.setdefault(name, line.number)


def _count_links(section: Section, line: Line, src_uri: str, path: str) -> None:
    targets = [invitation.target for invitation in links.read_invitations(line, path)]
    for target in links.links(line.words):
        links.check_language(target, line.number, src_uri, path)
        targets += [target] if not target.startswith(links.TRY) else []
    for target in targets:
        section.links[target] += 1
        section.places.setdefault(target, line.number)
