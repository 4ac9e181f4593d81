"""What a code block gets besides its code: a link to itself, and the mark by which a long output folds."""

import re

from ..build.words import WORDS

LONG = 20
"""Outputs of more lines fold (assets/javascripts/site.js; without a script they stand open)."""
_CELL = re.compile(r'<div id="cell-(?P<name>[\w-]+)" class="[^"]*\bcell\b[^"]*"[^>]*>')
_OUTPUT = re.compile(
    r"(?P<start><div\b(?=[^>]*\b(?:cell-output|jp-OutputArea-output)\b)[^>]*)>(?P<body><pre.*?</pre>)", re.DOTALL
)


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
