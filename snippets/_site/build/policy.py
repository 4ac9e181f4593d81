"""What a built page lets a browser do: its Content-Security-Policy, computed from its final HTML.

Everything comes from the site itself. Of scripts in the page only those of the theme run, each by its hash; they stand
outside the article, so that a script that got into a text never has one. Style attributes (aligned columns of tables,
some formulas) have their hashes too: no page needs 'unsafe-inline'. Pictures may be data:, as the theme's icons are.

`mkdocs serve` has none: MkDocs puts a script of its own into every page there.
"""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape, unescape

_CHARSET = re.compile(r"<meta charset=[^>]*>")
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="[^"]*">')
_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)
_NOT_RUN = re.compile(r"\bsrc=|\btype=[\"']?application/json")
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_STYLED = re.compile(r"<[a-z][^<>]*?\sstyle=(?:\"([^\"]*)\"|'([^']*)')")
_FIXED = (
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
)


def with_policy(html: str) -> str:
    """A page with its policy, right after its encoding: what stands before a policy is not held to it.

    Raises:
        ValueError: the page does not state its encoding.
    """
    tag = f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(html), quote=False)}">'
    mended, count = _CHARSET.subn(lambda charset: f"{charset[0]}{tag}", html, count=1)
    if not count:
        raise ValueError("a page without <meta charset>")
    return mended


def without_policy(html: str) -> str:
    """A page as it was before `with_policy`."""
    return _POLICY.sub("", html, count=1)


def policy(html: str) -> str:
    """The policy of a page."""
    start, end = html.find("<article"), html.rfind("</article>")
    theme = html if start < 0 else html[:start] + html[end:]
    scripts = [found["text"] for found in _SCRIPT.finditer(theme) if not _NOT_RUN.search(found["attributes"])]
    styled = _STYLED.finditer(html) if " style=" in html else ()  # to look at every tag is slow, and most have none
    attributes = [unescape(found[1] or found[2] or "") for found in styled]
    hashes = _sources([*_STYLE.findall(html), *attributes])
    styles = ["'self'", *(["'unsafe-hashes'"] if attributes else []), *hashes]
    own = ["default-src 'none'", " ".join(["script-src 'self'", *_sources(scripts)]), f"style-src {' '.join(styles)}"]
    return "; ".join([*own, *_FIXED])


def _sources(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(map(_source, texts)))


@cache
def _source(text: str) -> str:
    """How a policy names a script or style: nearly all pages have the same few."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
