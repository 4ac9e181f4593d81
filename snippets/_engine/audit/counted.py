"""A rendered page counted against what it asked for: Markdown says nothing where it takes a block for text."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from ..pages.lines import Line
from ..project.errors import PageError
from ..render.markdown import Due

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_HIGHLIGHTED = re.compile(r"<pre><span></span><code>.*?</code></pre>", re.DOTALL)
"""The inside of a code block: nine tenths of a page's elements, and none that is counted."""
_VERBATIM = frozenset(("code", "pre", "script", "style", "math", "textarea"))
_MARKS = re.compile(
    r"^\s*(?P<mark>:::|/{3,}(?=\s*(?:html\b|$))|`{3,}|~{3,})|(?P<inside>:::(?=\s*(?:cell|versions)\b)|`{3,})", re.M
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_SEALED = frozenset(("provenance", "not-run", "cell", "cell-output", "cell-value"))
"""What the engine writes and nothing else may get into."""
_NAMES = {
    "heading": "the heading #{}",
    "cell": "the code of `{}`",
    "text": "an output of `{}`",
    "error": "the error of `{}`",
    "figure": "a figure of `{}`",
    "frames": "the frames of `{}`",
    "value": "a value of `{}`",
    "versions": "the table of versions{}",
}
_RULE = "let it stand at the margin with an empty line above, or four spaces into a list item, an admonition or a tab"


@dataclass
class Seen:
    """One thing on the rendered page."""

    what: str
    name: str
    closed: bool
    """In a closed fold."""
    sealed: bool
    """Inside something of the engine's that holds nothing else."""
    section: str
    """The heading it follows; empty for a footnote, which stands at the end."""
    alts: list[str] = field(default_factory=list)


def check(html: str, due: Sequence[Due], path: str, lines: Iterable[Line]) -> None:
    """Refuse a rendered page that lacks something it asked for, or shows it where nobody sees it.

    Args:
        due: what the page asked for, in the order of its lines.
        path: the page as messages name it.
        lines: of its source, to find where something stands.

    Raises:
        PageError: something is missing, hidden, or written by hand; a figure has another alt text; a mark is left as
            text; a picture has no alt text.
    """
    reader = _Reader()
    reader.feed(_HIGHLIGHTED.sub("", html))
    reader.close()
    seen: dict[tuple[str, str], list[Seen]] = {}
    for there in reader.seen:
        if not there.sealed:
            seen.setdefault((there.what, there.name), []).append(there)
    kinds: dict[tuple[str, str], list[Due]] = {}
    for one in due:
        kinds.setdefault((one.what, one.name), []).append(one)
    for kind, wanted in kinds.items():
        found = seen.get(kind, [])
        if len(found) < len(wanted):
            line = _missing(wanted, found, due)
            raise PageError(path, line, f"{_NAMES[kind[0]].format(kind[1])} is not to be seen on the page", _RULE)
        _compare(wanted, found, path)
    _refuse_more(reader, due, path, list(lines))


def _missing(wanted: Sequence[Due], found: Sequence[Seen], due: Sequence[Due]) -> int:
    """The line of what is missing: the first section with too few of its kind, and there the last ones."""
    section, sections = "", dict[int, str]()
    for one in due:
        section = one.name if one.what == "heading" else section
        sections[one.line] = section
    by_section: dict[str, list[Due]] = {}
    for one in wanted:
        by_section.setdefault(sections[one.line], []).append(one)
    for name, there in by_section.items():
        count = sum(one.section == name for one in found)
        if count < len(there):
            return there[count].line
    return wanted[len(found)].line


def _compare(wanted: Sequence[Due], found: Sequence[Seen], path: str) -> None:
    for one, there in zip(wanted, found, strict=False):
        name = _NAMES[one.what].format(one.name)
        if there.closed and not one.closed:
            raise PageError(path, one.line, f"{name} stands in a closed fold that the page did not ask for", _RULE)
        if one.alts and dict.fromkeys(there.alts) != dict.fromkeys(one.alts):
            shown = " / ".join(dict.fromkeys(there.alts)) or "none"
            message = f"{name} has another alt text on the page: `{shown}`"
            raise PageError(
                path, one.line, message, f"expected `{' / '.join(one.alts)}`; write it without what Markdown reads"
            )


def _refuse_more(reader: "_Reader", due: Sequence[Due], path: str, lines: Sequence[Line]) -> None:
    more = Counter((one.what, one.name) for one in reader.seen) - Counter((one.what, one.name) for one in due)
    for what, name in more:
        if what != "heading":
            message = f"{_NAMES[what].format(name)} is written by hand, or stands on the page twice"
            raise PageError(path, _line_of("data-cell", lines), message, "show it by a directive, cite it by {{= … }}")
    for source in reader.without_alt:
        message = f"a picture without alt text: `{source}`"
        raise PageError(path, _line_of(source.rpartition("/")[2], lines), message, "write ![what it shows](file)")
    for mark, after in reader.marks:
        line = _line_of(mark, lines, at_margin=True) or _line_before(reader.seen[:after], due)
        raise PageError(path, line, f"`{mark}` is left on the page as text", f"{_RULE}; code of its own is in a fence")


def _line_of(text: str, lines: Sequence[Line], *, at_margin: bool = False) -> int | None:
    """The first line that holds a text outside code, or begins with it."""
    for line in lines:
        words = line.opens or line.words
        if text and (words.lstrip().startswith(text) if at_margin else text in words):
            return line.number
    return None


def _line_before(seen: Sequence[Seen], due: Sequence[Due]) -> int | None:
    """The line of what was seen last."""
    if not seen:
        return None
    kind = seen[-1].what, seen[-1].name
    wanted = [one.line for one in due if (one.what, one.name) == kind]
    return wanted[min(sum((one.what, one.name) == kind for one in seen), len(wanted)) - 1]


class _Reader(HTMLParser):
    """Gathers what a page shows."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Seen] = []
        self.without_alt: list[str] = []
        self.marks: list[tuple[str, int]] = []
        """What is left as text, and how much was seen before it."""
        self._open: list[tuple[str, frozenset[str], bool]] = []
        """The elements around: name, classes, whether a closed fold."""
        self._section = ""
        self._figure: Seen | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        given = {name: value or "" for name, value in attrs}
        classes = frozenset(given.get("class", "").split())
        if tag in _HEADINGS:
            self._section = given.get("id", self._section)
        kind = _kind(tag, classes, given)
        if kind is not None:
            self.seen.append(self._placed(*kind))
            self._figure = self.seen[-1] if kind[0] in ("figure", "frames") else self._figure
        if tag == "img":
            self._picture(given)
        if tag not in _VOID:
            self._open.append((tag, classes, tag == "details" and "open" not in given))

    def handle_endtag(self, tag: str) -> None:
        """An element ends, and with it what was left open inside."""
        places = [i for i, (name, _, _) in enumerate(self._open) if name == tag]
        if places:
            del self._open[places[-1] :]

    def handle_data(self, data: str) -> None:
        """Text."""
        if not any(name in _VERBATIM for name, _, _ in self._open) and (mark := _MARKS.search(data)):
            self.marks.append((mark["mark"] or mark["inside"], len(self.seen)))

    def _placed(self, what: str, name: str) -> Seen:
        around = frozenset[str]().union(*(classes for _, classes, _ in self._open))
        closed = any(closed for _, _, closed in self._open)
        section = "" if "footnote" in around else self._section
        return Seen(what, name, closed, bool(around & _SEALED), section)

    def _picture(self, given: dict[str, str]) -> None:
        if any("cell-output" in classes for _, classes, _ in self._open) and self._figure:
            self._figure.alts.append(given.get("alt", ""))
        elif not given.get("alt", "").strip():
            self.without_alt.append(given.get("src", ""))


def _kind(tag: str, classes: frozenset[str], given: dict[str, str]) -> tuple[str, str] | None:
    """What an element shows, and its name; None if nothing that is counted."""
    if tag in _HEADINGS and "id" in given:
        return "heading", given["id"]
    if "versions" in classes and given.get("id") == "versions":
        return "versions", ""
    if "data-cell" not in given:
        return None
    for mark, what in (("cell", "cell"), ("cell-value", "value"), ("cell-output", given.get("data-kind", ""))):
        if mark in classes and what in _NAMES:
            return what, given["data-cell"]
    return None
