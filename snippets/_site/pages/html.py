"""Small repairs of a page's HTML."""

import re

from markdown import Markdown
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc

from ..build.words import WORDS

_BEFORE_MARKER = re.compile(r'((?:<span class="w">[ \t]+</span>|[ \t])+)(?=<span class="c1"># \(\d+\)!?</span>)')
_EMPTY_HEAD = re.compile(r"<th(\s[^<>]*)?></th>")
"""The corner of a table: a head without words would be announced as one."""
_COLOURLESS = re.compile(r'<span class="(?:kc|n|sa|w)">([^<>]*)</span>')
"""Tokens in the colour of the code around them: names, True and None, the f of an f-string, white space."""
_SIGNS = re.compile(r'(?:<span class="[op]">[^<>]*</span>){2,}')
"""Operators and punctuation in a row; both have one colour (site.css)."""
_SIGN_EDGE = re.compile(r'<span class="[op]">|</span>')
_ID = re.compile(r'<[a-z][^<>]*?\sid="([^"]+)"')


def mended(html: str) -> str:
    """A page's HTML as Markdown should have given it."""
    return join_tokens(_EMPTY_HEAD.sub(r"<td\1></td>", hide_space_before_markers(html)))


def join_tokens(html: str) -> str:
    """Code with fewer elements and the same colours: half of a page's elements are its tokens."""
    return _SIGNS.sub(lambda run: f'<span class="p">{_SIGN_EDGE.sub("", run[0])}</span>', _COLOURLESS.sub(r"\1", html))


def hide_space_before_markers(html: str) -> str:
    """Keep the copy button from copying the white space before an annotation's marker."""
    return _BEFORE_MARKER.sub(r'<span class="nocopy">\1</span>', html)


def ids(html: str) -> set[str]:
    """Every id in a page, those of fences too, which MkDocs does not see."""
    return set(_ID.findall(html))


def note_behind(html: str, section: str, lang: str, twin: str) -> str:
    """Say quietly, under its heading, that a section is behind the other language's.

    Args:
        section: the heading's id, or `top` for the text before the first heading.
        twin: link to the page in the other language.
    """
    words, other = WORDS[lang], "en" if lang == "vi" else "vi"
    anchor = "" if section == "top" else f"#{section}"
    note = (
        f'<p class="behind" data-search-exclude="true">{words.behind} '
        f'<a href="{twin}{anchor}" hreflang="{other}">{words.behind_link}</a></p>'
    )
    if section == "top":
        return f"{note}\n{html}"
    heading = re.compile(rf'<h([1-6])\b[^>]*\sid="{re.escape(section)}".*?</h\1>', re.DOTALL)
    return heading.sub(lambda match: f"{match[0]}\n{note}", html, count=1)


def instead(text: str, page: Page, config: MkDocsConfig) -> str:
    """The HTML of another text for a page that is rendered already; its table of contents follows."""
    markdown = Markdown(extensions=config.markdown_extensions, extension_configs=config.mdx_configs)
    html: str = markdown.convert(text)
    page.toc = get_toc(markdown.toc_tokens)
    return html
