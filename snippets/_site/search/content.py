"""What of a page a search finds: headings, prose and the messages of errors; no code, outputs or tables of versions.

Of code only the names of what it uses of PyTorch, and of methods, where the page's prose does not speak of them.
"""

import re
from collections.abc import Iterator
from html import unescape
from itertools import chain

_LEFT_OUT = re.compile(
    r'<(?P<tag>div)\b[^>]*\sdata-cell="(?P<chapter>[^"#]*)|<(?P<box>div|details) class="(?:versions|provenance)[" ]'
)
"""Where cells, their outputs, and what tells on what they ran begin."""
_CODE = re.compile(r"<pre\b[^>]*>(.*?)</pre>", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"\w+")
_MESSAGE = re.compile(r"\s*(?:[\w.]*(?:Error|Exception|Warning)\b.*|error: +[\"'A-Za-z].*)")
"""The line with which a message begins: of an error, a warning, or an error that the cell caught and printed."""
_OTHER_LINE = re.compile(r"\s*$|\s*[\w.]+:(?:\s|$)")
"""A line behind a message that is none of its own: empty, or with a label."""
_NAMES = re.compile(
    r"\b(?:torch|torchvision|nn|F)(?:\.\w+)+"
    r"|(?<=import )\w+(?:, \w+)*$"
    r"|(?<![\w.])(?!(?:ax|axes|fig|plt)\.)[a-z]\w*\.(?P<method>\w{3,})(?=\()",
    re.MULTILINE,
)
"""`torch.cat`, what is imported, `named_parameters` of `model.named_parameters()`; not what draws."""
_PYTHON = {name for kind in (str, list, dict, set) for name in dir(kind)}
"""Methods that any program calls."""
_LINES = 12
"""Of a message so many lines: some list every parameter of a model."""


def searchable(html: str, chapter: str) -> str:
    """A page's HTML with nothing of its cells but their messages, each as a block of code.

    Args:
        chapter: the page's own. A cell of another is an example here; who looks for its message wants that chapter.
    """
    kept, cells, done = [], [], 0
    for start in _LEFT_OUT.finditer(html):
        if start.start() < done:
            continue
        kept.append(html[done : start.start()])
        done = _end(html, start)
        cells.append(html[start.start() : done] if start["chapter"] == chapter else "")
    kept.append(html[done:])
    said = set(_WORD.findall(_TAG.sub(" ", "".join(kept))))
    return kept[0] + "".join(_found_in(cell, said) + text for cell, text in zip(cells, kept[1:], strict=True))


def _found_in(element: str, said: set[str]) -> str:
    """What a search finds of a cell or an output; the names that come to be said by it are added."""
    if "cell-output" in element[: element.find(">")]:
        return "".join(f"<pre><code>{message}</code></pre>" for message in _messages(element))
    names = [name for name in _names(element) if not said.issuperset(_WORD.findall(name)[-1:])]
    said.update(word for name in names for word in _WORD.findall(name))
    return f"<p>{' '.join(f'<code>{name}</code>' for name in names)}</p>" if names else ""


def _names(cell: str) -> Iterator[str]:
    """The names in a cell's code, each once."""
    code = "\n".join(unescape(_TAG.sub("", block[1])) for block in _CODE.finditer(cell))
    found = (match["method"] or match[0] for match in _NAMES.finditer(code) if match["method"] not in _PYTHON)
    yield from dict.fromkeys(name for names in found for name in names.split(", "))


def _end(html: str, start: re.Match[str]) -> int:
    """Where an element ends, others of its name inside."""
    depth = 0
    for tag in re.compile(rf"<(/?){start['tag'] or start['box']}\b").finditer(html, start.start()):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return html.find(">", tag.end()) + 1
    return len(html)


def _messages(element: str) -> Iterator[str]:
    """The messages in an output as HTML text, each once."""
    texts = [_TAG.sub("", block[1]) for block in _CODE.finditer(element)]
    of_errors = 'data-kind="error"' in element[: element.find(">")]
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
