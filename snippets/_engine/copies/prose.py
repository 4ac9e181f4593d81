"""A page's prose as plain Markdown, which knows no attributes, admonitions, tabs or pages beside this one."""

import html
import posixpath
import re

from ..render import addresses

_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*[#.][^}]*\}[ \t]*$")
_IMAGE_ATTRIBUTES = re.compile(r"(!\[[^\]]*\]\([^)]*\))\{[^}]*\}")
_BLOCK = re.compile(r"^(?P<indent>\s*)(?:!!!|\?\?\?\+?|===[+!]?)\s+(?:[\w-]+\s*)*(?:\"(?P<title>[^\"]*)\")?\s*$")
_HTML_BLOCK = re.compile(r"^\s*(?:/{3,}(\s|$)|<!--.*-->\s*$)")
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s#:]*)(?P<section>#[^)\s]*)?\)")
_VALUE = re.compile(r'<span class="cell-value"[^>]*>(.*?)</span>')
_LINKING = re.compile(r"&#93;(?=[(\[:]|&#91;)")
_SPECIAL = "\\`*_<>&$|~#"
_ENTITY = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|&#(?P<number>\d+);")


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
            self.lines += ["", f"**{signs(block['title'])}**"] if block["title"] else [""]
        elif not fenced and not _HTML_BLOCK.match(text):
            self.lines.append(self._plain(text[held:]))
        elif fenced:
            self.lines.append(text[held:])

    def taken(self) -> str:
        """The lines so far, which are forgotten here; empty lines at the ends and in rows are left out."""
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip("\n")
        self.lines = []
        return text

    def _plain(self, text: str) -> str:
        text = _IMAGE_ATTRIBUTES.sub(r"\1", _ATTRIBUTES.sub("", without_marks(text)))
        text = signs(_LINK.sub(self._link, text))
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
