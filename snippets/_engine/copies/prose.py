"""A page's prose as plain Markdown, which knows no attributes, admonitions, tabs or pages beside this one."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..pages.formulas import outside
from ..pages.lines import CODE
from ..project.tree import LANGUAGES
from ..render.words import WORDS
from .links import Links

_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*[#.][^}]*\}[ \t]*$")
_IMAGE_ATTRIBUTES = re.compile(r"(!\[[^\]]*\]\([^)]*\))\{[^}]*\}")
_BLOCK = re.compile(
    r"^(?P<indent>\s*)(?P<mark>!!!|\?\?\?\+?|===[+!]?)\s+(?P<kind>(?:[\w-]+\s*)*)(?:\"(?P<title>[^\"]*)\")?\s*$"
)
_HTML_BLOCK = re.compile(r"^\s*(?:/{3,}(\s|$)|<!--.*-->\s*$)")
_VALUE = re.compile(r'<span class="cell-value[^>]*>(.*?)</span>')
_LINKING = re.compile(r"&#93;(?=[(\[:]|&#91;)")
_SPECIAL = "\\`*_<>&$|~#"
_ENTITY = re.compile(rf"{CODE.pattern}|&#(?P<number>\d+);")


@dataclass
class _Fold:
    """A block that the page shows closed, `??? example "Solution 1"`."""

    title: str
    depth: int
    """How many blocks are open with it."""
    named: bool = False
    """Whether its title has been said."""
    open: bool = False
    """Whether a `<details>` waits for its end."""


class PlainProse:
    """Takes a page's lines, its values filled in, and gives them back as plain Markdown.

    What the page shows closed is closed here too: its words stand in a `<details>`, which Jupyter, VS Code and Colab
    all read.
    """

    def __init__(self, src_uri: str, site_url: str, lang: str = LANGUAGES[0]) -> None:
        self.title = ""
        self._links = Links(src_uri, site_url)
        self._lang = lang
        self._lines: list[str] = []
        self._inside: list[int] = []
        """For each open block the indentation of what it holds."""
        self._fold: _Fold | None = None

    @property
    def address(self) -> str:
        """The page on the site; empty when that is unknown."""
        return self._links.absolute("") if self._links.site_url else ""

    @property
    def folded(self) -> bool:
        """Whether what comes now is inside a block that the page shows closed."""
        return self._fold is not None

    def add(self, text: str, *, fenced: bool) -> None:
        """Take a line."""
        if text.strip():
            self.leave(len(text) - len(text.lstrip()))
        held = self._inside[-1] if self._inside else 0
        if not fenced and (block := _BLOCK.match(text)):
            self._begin(block)
        elif not fenced and not _HTML_BLOCK.match(text):
            self._say(outside(text[held:], self._plain))
        elif fenced:
            self._say(text[held:])

    def insert(self, lines: Iterable[str]) -> None:
        """Take lines that are plain Markdown already."""
        for line in lines:
            self._say(line)

    def leave(self, indent: int) -> None:
        """What comes now is indented so far: the blocks that hold more have ended."""
        while self._inside and indent < self._inside[-1]:
            self._inside.pop()
        if self._fold and len(self._inside) < self._fold.depth:
            self._close()
            self._fold = None

    def taken(self) -> str:
        """The lines so far, which are forgotten here; empty lines at the ends and in rows are left out.

        A block that the page shows closed goes on in the lines to come.
        """
        self._close()
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")
        self._lines = []
        return text

    def _begin(self, block: re.Match[str]) -> None:
        self._inside.append(len(block["indent"]) + 4)
        if block["mark"] == "???" and not self._fold:
            self._fold = _Fold(block["title"] or block["kind"].strip().capitalize(), len(self._inside))
        else:
            self._say("")
            self._say(f"**{signs(block['title'])}**" if block["title"] else "")

    def _say(self, line: str) -> None:
        fold = self._fold
        if fold and not fold.open and line.strip():
            title = WORDS[self._lang]["in-words"].format(title=fold.title) if fold.named else fold.title
            self._lines += ["", "<details>", f"<summary>{_as_html(title)}</summary>", ""]
            fold.named = fold.open = True
        self._lines.append(line)

    def _close(self) -> None:
        if self._fold and self._fold.open:
            self._lines += ["", "</details>", ""]
        elif self._fold and not self._fold.named:
            self._lines += ["", f"**{signs(self._fold.title)}**", ""]
        if self._fold:
            self._fold.named, self._fold.open = True, False

    def _plain(self, text: str) -> str:
        text = _IMAGE_ATTRIBUTES.sub(r"\1", _ATTRIBUTES.sub("", without_marks(text)))
        text = signs(self._links.rewritten(text))
        if not self.title and text.startswith("# "):
            self.title = text[2:]
        return text


def without_marks(text: str) -> str:
    """A sentence without the element that the site puts around its values; their signs stay entities: see `signs`."""
    return _VALUE.sub(lambda value: _at_margin(value[1]) if not text[: value.start()].strip() else value[1], text)


def _at_margin(value: str) -> str:
    """A value with which a line begins: no list and no rule begins there."""
    return re.sub(r"^(?=[-+=](?:\s|[-+=]|$))|^(\d+)(?=[.)](?:\s|$))", r"\1\\", value)


def signs(text: str) -> str:
    """A text with its entities as themselves, or where Markdown would read them, behind a backslash; code stays."""
    text = _LINKING.sub(r"\\]", text)  # other brackets stay: a program would take \[ for the beginning of a formula
    return _ENTITY.sub(lambda found: _escaped(found[0]) if found["number"] else found[0], text)


def _escaped(entity: str) -> str:
    sign = html.unescape(entity)
    return entity if sign.isspace() else f"\\{sign}" if sign in _SPECIAL else sign


def _as_html(title: str) -> str:
    """A title where no Markdown is read."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(html.unescape(title), quote=False))
