"""Links of a page as they must stand in a copy that lives somewhere else: to the site, or as the text they show.

A relative link would lead nowhere from a reader's folder. So without the site's address none is left.
"""

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import urljoin

from ..pages.lines import CODE
from ..render import addresses

_INLINE = re.compile(
    r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]"
    r"\(\s*<?(?P<target>[^()\s>]*)>?(?P<title>\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
)
_DEFINED = re.compile(r"^(?P<name> {0,3}\[[^\]^][^\]]*\]:\s*)<?(?P<target>[^\s>]+)>?(?P<title>.*)$")
_ATTRIBUTE = re.compile(r"\s(?P<name>href|src)=(?P<quote>[\"'])(?P<target>[^\"']*)(?P=quote)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


@dataclass(frozen=True)
class Links:
    """The links of one page."""

    src_uri: str
    """The page below its language's root."""
    site_url: str
    """Where the language's site lives; empty when that is unknown."""

    def absolute(self, target: str) -> str:
        """What a link of the page leads to, as an address of the site; one to elsewhere stays."""
        if _ELSEWHERE.match(target):
            return target
        file, mark, section = target.partition("#")
        if file.startswith("/"):
            return urljoin(self.site_url, target)
        uri = posixpath.join(posixpath.dirname(self.src_uri), file) if file else self.src_uri
        return f"{self.site_url}{addresses.site(uri)}{mark}{section}"

    def rewritten(self, line: str) -> str:
        """A line of the page with its links rewritten; code in it stays as it is."""
        if defined := _DEFINED.match(line):
            return (
                f"{defined['name']}{self.absolute(defined['target'])}{defined['title']}" if self._kept(defined) else ""
            )
        masked = CODE.sub(lambda code: "\0" * len(code[0]), line)
        out, done = "", 0
        for found in _INLINE.finditer(masked):
            out += line[done : found.start()] + self._inline(found, line[slice(*found.span("text"))])
            done = found.end()
        return self._elements(out + line[done:])

    def _inline(self, found: re.Match[str], text: str) -> str:
        text = text if found["image"] else self.rewritten(text)
        if not self._kept(found):
            return text
        return f"{found['image']}[{text}]({self.absolute(found['target'])}{found['title'] or ''})"

    def _elements(self, line: str) -> str:
        """HTML that an author wrote."""

        def attribute(found: re.Match[str]) -> str:
            if not self._kept(found):
                return ""
            return f" {found['name']}={found['quote']}{self.absolute(found['target'])}{found['quote']}"

        if "<" not in line:
            return line
        parts, done = [], 0
        for code in CODE.finditer(line):
            parts += [_ATTRIBUTE.sub(attribute, line[done : code.start()]), code[0]]
            done = code.end()
        return "".join([*parts, _ATTRIBUTE.sub(attribute, line[done:])])

    def _kept(self, found: re.Match[str]) -> bool:
        return bool(self.site_url or _ELSEWHERE.match(found["target"]))
