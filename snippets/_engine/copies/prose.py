"""A page's prose as plain Markdown, which knows no attributes, admonitions, tabs or pages beside this one."""

import html
import posixpath
import re

from ..pages.formulas import outside
from ..render import addresses

_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*[#.][^}]*\}[ \t]*$")
_IMAGE_ATTRIBUTES = re.compile(r"(!\[[^\]]*\]\([^)]*\))\{[^}]*\}")
_BLOCK = re.compile(r"^(?P<indent>\s*)(?:!!!|\?\?\?\+?|===[+!]?)\s+(?:[\w-]+\s*)*(?:\"(?P<title>[^\"]*)\")?\s*$")
_HTML_BLOCK = re.compile(r"^\s*/{3,}(\s|$)")
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s#:]*)(?P<section>#[^)\s]*)?\)")
_VALUE = re.compile(r'<span class="cell-value"[^>]*>(.*?)</span>')
_ENTITY = re.compile(r"&#(\d+);")
_SPECIAL = "\\`*_<>&$|~"


class PlainProse:
    """Takes a page's lines, its values filled in, and gives them back as plain Markdown."""

    def __init__(self, src_uri: str, site_url: str) -> None:
        self.src_uri = src_uri
        self.site_url = site_url
        self.title = ""
        self.lines: list[str] = []
        self._inside: list[int] = []
        """For each open block the indentation of what it holds."""

    @property
    def address(self) -> str:
        """The page on the site; empty when that is unknown."""
        return self._absolute(self.src_uri) if self.site_url else ""

    def add(self, text: str, *, fenced: bool) -> None:
        """Take a line."""
        if text.strip():
            indent = len(text) - len(text.lstrip())
            while self._inside and indent < self._inside[-1]:
                self._inside.pop()
        held = self._inside[-1] if self._inside else 0
        if not fenced and (block := _BLOCK.match(text)):
            self._inside.append(len(block["indent"]) + 4)
            self.lines += ["", f"**{block['title']}**"] if block["title"] else [""]
        elif not fenced and not _HTML_BLOCK.match(text):
            self.lines.append(outside(text[held:], self._plain))
        elif fenced:
            self.lines.append(text[held:])

    def taken(self) -> str:
        """The lines so far, which are forgotten here; empty lines at the ends and in rows are left out."""
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip("\n")
        self.lines = []
        return text

    def _plain(self, text: str) -> str:
        text = _IMAGE_ATTRIBUTES.sub(r"\1", _ATTRIBUTES.sub("", without_marks(text)))
        text = _LINK.sub(self._link, text)
        if not self.title and text.startswith("# "):
            self.title = text[2:]
        return text

    def _link(self, match: re.Match[str]) -> str:
        target, section = match["target"], match["section"] or ""
        if not self.site_url:
            return match["text"]
        file = posixpath.join(posixpath.dirname(self.src_uri), target) if target else self.src_uri
        return f"{match['image']}[{match['text']}]({self._absolute(file)}{section})"

    def _absolute(self, file: str) -> str:
        return self.site_url + addresses.site(file)


def without_marks(text: str) -> str:
    """A sentence whose values stand as plain Markdown, without the element that the site puts around them."""
    return _VALUE.sub(lambda value: _ENTITY.sub(_escaped, value[1]), text)


def _escaped(match: re.Match[str]) -> str:
    """A character that the site writes as an entity: as itself, or where Markdown would read it, behind a backslash."""
    sign = html.unescape(match[0])
    return f"\\{sign}" if sign in _SPECIAL else sign
