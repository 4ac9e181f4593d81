"""What of a page a search finds: headings, prose and the messages of errors; no code, outputs or tables of versions."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import chain

_LEFT_OUT = re.compile(
    r'<(?P<tag>div)\b[^>]*\sdata-cell="(?P<chapter>[^"#]*)|<(?P<box>div|details) class="(?:versions|provenance)"'
)
"""Where cells, their outputs, and what tells on what they ran begin."""
_CODE = re.compile(r"<pre\b[^>]*>(.*?)</pre>", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_MESSAGE = re.compile(r"\s*(?:[\w.]*(?:Error|Exception|Warning)\b.*|error: +[\"'A-Za-z].*)")
"""The line with which a message begins: of an error, a warning, or an error that the cell caught and printed."""
_OTHER_LINE = re.compile(r"\s*$|\s*[\w.]+:(?:\s|$)")
"""A line behind a message that is none of its own: empty, or with a label."""
_LINES = 12
"""Of a message so many lines: some list every parameter of a model."""


def searchable(html: str, chapter: str) -> str:
    """A page's HTML with nothing of its cells but their messages, each as a block of code.

    Args:
        chapter: the page's own. A cell of another is an example here; who looks for its message wants that chapter.
    """
    pieces, done = [], 0
    for start in _LEFT_OUT.finditer(html):
        if start.start() < done:
            continue
        pieces.append(html[done : start.start()])
        done = _end(html, start)
        if start["chapter"] == chapter:
            pieces += [f"<pre><code>{message}</code></pre>" for message in _messages(html[start.start() : done])]
    return "".join([*pieces, html[done:]])


def _end(html: str, start: re.Match[str]) -> int:
    """Where an element ends, others of its name inside."""
    depth = 0
    for tag in re.compile(rf"<(/?){start['tag'] or start['box']}\b").finditer(html, start.start()):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return html.find(">", tag.end()) + 1
    return len(html)


def _messages(element: str) -> Iterator[str]:
    """The messages in an output as HTML text, each once; in code there are none."""
    tag = element[: element.find(">")]
    texts = [_TAG.sub("", block[1]) for block in _CODE.finditer(element)] if "cell-output" in tag else []
    of_errors = 'data-kind="error"' in tag
    found = ([text.strip().split("\n")] if of_errors else _in_text(text) for text in texts)
    for message in dict.fromkeys(" ".join(lines[:_LINES]) for lines in chain.from_iterable(found)):
        yield re.sub(r"\s+", " ", message)


def _in_text(text: str) -> Iterator[list[str]]:
    """The lines of each message that a cell printed, or was warned with."""
    lines: list[str] = []
    for line in text.split("\n"):
        begins = _MESSAGE.match(unescape(line))
        if lines and (begins or _OTHER_LINE.match(line)):
            yield lines
            lines = []
        if lines or begins:
            lines.append(line)
    if lines:
        yield lines
