"""What a page's HTML gets that Markdown does not give: repairs, notes, and what a code block has besides its code."""

import re
from collections.abc import Mapping
from html import unescape

from markdown import Markdown
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc

from ..build.languages import other_language
from ..build.words import WORDS

_BEFORE_MARKER = re.compile(r'((?:<span class="w">[ \t]+</span>|[ \t])+)(?=<span class="c1"># \(\d+\)!?</span>)')
_EMPTY_HEAD = re.compile(r"<th(\s[^<>]*)?></th>")
"""The corner of a table: a head without words would be announced as one."""
_COLOURLESS = re.compile(r'<span class="(?:kc|n|sa|w)">([^<>]*)</span>')
"""Tokens in the colour of the code around them: names, True and None, the f of an f-string, white space."""
_SIGNS = re.compile(r'(?:<span class="[op]">[^<>]*</span>){2,}')
"""Operators and punctuation in a row; both have one colour (site.css)."""
_SIGN_EDGE = re.compile(r'<span class="[op]">|</span>')
_PINNED = re.compile(r'(?:<span class="nv">([^<>]*)</span>)?<span class="o">==</span><span class="m">(\d+)</span>')
"""Of `matplotlib==3.11.2` a shell's lexer takes the name for a variable's and the 3 for a number."""
_ID = re.compile(r'<[a-z][^<>]*?\sid="([^"]+)"')
LONG = 20
"""Outputs of more lines fold (assets/javascripts/site.js; without a script they stand open)."""
_CELL = re.compile(r'<div id="cell-(?P<name>[\w-]+)" class="[^"]*\bcell\b[^"]*"[^>]*>')
_OUTPUT = re.compile(
    r"(?P<start><div\b(?=[^>]*\b(?:cell-output|jp-OutputArea-output)\b)[^>]*)>(?P<body><pre.*?</pre>)", re.DOTALL
)
_PROVENANCE = re.compile(r'<details class="provenance"(?P<about>[^>]*)>\s*<summary>(?P<said>.*?)</summary>', re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


def mended(html: str) -> str:
    """A page's HTML as Markdown should have given it."""
    return join_tokens(_EMPTY_HEAD.sub(r"<td\1></td>", hide_space_before_markers(html)))


def join_tokens(html: str) -> str:
    """Code with fewer elements and the same colours: half of a page's elements are its tokens."""
    html = _COLOURLESS.sub(r"\1", _PINNED.sub(r"\1==\2", html))
    return _SIGNS.sub(lambda run: f'<span class="p">{_SIGN_EDGE.sub("", run[0])}</span>', html)


def hide_space_before_markers(html: str) -> str:
    """Keep the copy button from copying the white space before an annotation's marker."""
    return _BEFORE_MARKER.sub(r'<span class="nocopy">\1</span>', html)


def ids(html: str) -> set[str]:
    """Every id in a page, those of fences too, which MkDocs does not see."""
    return set(_ID.findall(html))


def link_cells(html: str, lang: str) -> str:
    """Give each cell of the page's own chapter a link to itself, without text: a cell's text is its code."""

    def linked(match: re.Match[str]) -> str:
        label = WORDS[lang].cell_link.format(match["name"])
        return f'{match[0]}<a class="cell-link" href="#cell-{match["name"]}" aria-label="{label}" title="{label}"></a>'

    return _CELL.sub(linked, html)


def mark_long(html: str) -> str:
    """Mark outputs of many lines with their number."""

    def marked(match: re.Match[str]) -> str:
        lines = match["body"].rstrip().removesuffix("</pre>").removesuffix("</code>").rstrip("\n").count("\n") + 1
        mark = f' data-lines="{lines}"' if lines > LONG else ""
        return f"{match['start']}{mark}>{match['body']}"

    return _OUTPUT.sub(marked, html)


def quieten(html: str, stated: Mapping[str, str]) -> str:
    """Mark each line that says where an output comes from and says what the head of the page said already.

    The line stays what it is, for programs and for whoever opens it; its style shows a small mark in its place.

    Args:
        stated: the head's `data-` attributes.
    """

    def marked(match: re.Match[str]) -> str:
        about = {name: unescape(value) for name, value in _ATTRIBUTE.findall(match["about"])}
        if about != stated:
            return match[0]
        said = f"<summary><span>{match['said'].strip()}</span></summary>"
        return f'<details class="provenance provenance--same"{match["about"]}>{said}'

    return _PROVENANCE.sub(marked, html)


def note_behind(html: str, section: str, lang: str, twin: str) -> str:
    """Say quietly, under its heading, that a section is behind the other language's.

    Args:
        section: the heading's id, or `top` for the text before the first heading.
        twin: link to the page in the other language.
    """
    words, other = WORDS[lang], other_language(lang)
    anchor = "" if section == "top" else f"#{section}"
    note = (
        f'<p class="behind" data-search-exclude="true">{words.behind} '
        f'<a href="{twin}{anchor}" hreflang="{other}">{words.behind_link}</a></p>'
    )
    if section == "top":
        return f"{note}\n{html}"
    heading = re.compile(rf'<h([1-6])\b[^>]*\sid="{re.escape(section)}".*?</h\1>', re.DOTALL)
    return heading.sub(lambda match: f"{match[0]}\n{note}", html, count=1)


def rendered_instead(text: str, page: Page, config: MkDocsConfig) -> str:
    """The HTML of another text for a page that is rendered already; its table of contents follows."""
    markdown = Markdown(extensions=config.markdown_extensions, extension_configs=config.mdx_configs)
    html: str = markdown.convert(text)
    page.toc = get_toc(markdown.toc_tokens)
    return html
