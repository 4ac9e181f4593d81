"""What can be changed in a page of one language: each edit replaces some of its lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from snippets._engine.pages.page import Page

_HEADING = re.compile(r"^(#{1,6}) (.*?) *\{#([\w-]+)\}\s*$")
_CELL = re.compile(r"^(\s*::: cell (?:[\w/]+)?#)([\w-]+)(.*)$")
_ALT = re.compile(r' alt="[^"]*"')
_BLOCK = re.compile(r"^(\s*)(!!!|\?\?\?\+?|===) ([\w-]*)(.*)$")
_VALUE = re.compile(r"\{\{=\s*(\S+?)\.(.+?)(?:\s+:(\S+))?\s*\}\}")
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class PageEdit:
    """Lines `first` to `last` of a page (counted from 1, both in) and what stands in their place."""

    operator: str
    first: int
    last: int
    after: tuple[str, ...]


class PageEdits:
    """The edits of one page."""

    def __init__(self, page: Page) -> None:
        self._rows = [line.text for line in page.lines]
        self._open = [line for line in page.lines if not line.fenced]
        self._fences = [line for line in page.lines if line.opens]
        self._heads = [(s.line, s.level, s.id) for s in page.sections if s.level]

    def all(self) -> Iterator[PageEdit]:
        """Every edit that the operators know."""
        yield from self._headings()
        yield from self._sections()
        yield from self._cells()
        yield from self._blocks()
        for line in self._open:
            yield from self._inline(line.number, line.text)
            if line.text.strip() == "::: versions":
                yield PageEdit("versions delete", line.number, line.number, ())
                yield PageEdit("versions duplicate", line.number, line.number, (line.text, "", line.text))
        for fence in self._fences:
            yield from self._fence(fence.number, fence.opens)

    def _headings(self) -> Iterator[PageEdit]:
        for index, (line, _, name) in enumerate(self._heads):
            row = self._rows[line - 1]
            if not (match := _HEADING.match(row)):
                continue
            marks, title, _ = match.groups()
            yield PageEdit("heading delete", line, line, ())
            yield PageEdit("heading duplicate", line, line, (row, "", row))
            yield PageEdit("heading level", line, line, (f"#{marks} {title} {{#{name}}}",))
            yield PageEdit("id change", line, line, (f"{marks} {title} {{#{name}-x}}",))
            yield PageEdit("id delete", line, line, (f"{marks} {title}",))
            if index + 1 < len(self._heads):
                other, _, theirs = self._heads[index + 1]
                body = tuple(self._rows[line : other - 1])
                yield PageEdit(
                    "id duplicate", other, other, (self._rows[other - 1].replace(f"#{theirs}}}", f"#{name}}}"),)
                )
                yield PageEdit("heading reorder", line, other, (self._rows[other - 1], *body, row))
                swapped = (row.replace(f"#{name}}}", f"#{theirs}}}"), *body)
                yield PageEdit(
                    "id reorder", line, other, (*swapped, self._rows[other - 1].replace(f"#{theirs}}}", f"#{name}}}"))
                )

    def _sections(self) -> Iterator[PageEdit]:
        """Whole sections, those below them with them."""
        extents = [(line, self._end(index), level, name) for index, (line, level, name) in enumerate(self._heads)]
        for index, (first, last, level, name) in enumerate(extents):
            if level < 2:
                continue
            kind = "exercise" if name.startswith("exercise-") else "section"
            body = tuple(self._rows[first - 1 : last])
            renamed = tuple(re.sub(r"\{#([\w-]+)\}", r"{#\1-x}", row) for row in body)
            yield PageEdit(f"{kind} delete", first, last, ())
            yield PageEdit(f"{kind} duplicate", first, last, (*body, "", *renamed))
            following = next((e for e in extents[index + 1 :] if e[0] == last + 1 and e[2] == level), None)
            if following:
                theirs = tuple(self._rows[following[0] - 1 : following[1]])
                yield PageEdit(f"{kind} reorder", first, following[1], (*theirs, "", *body))

    def _end(self, index: int) -> int:
        _, level, _ = self._heads[index]
        after = (line - 1 for line, depth, _ in self._heads[index + 1 :] if depth <= level)
        return next(after, len(self._rows))

    def _cells(self) -> Iterator[PageEdit]:
        uses = [(line.number, match) for line in self._open if (match := _CELL.match(line.text))]
        for index, (line, match) in enumerate(uses):
            row = match[0]
            yield PageEdit("cell delete", line, line, ())
            yield PageEdit("cell duplicate", line, line, (row, "", row))
            yield PageEdit("cell show", line, line, (f'{row} show="output"',))
            if index + 1 < len(uses):
                other, theirs = uses[index + 1]
                yield PageEdit("cell change", line, line, (f"{match[1]}{theirs[2]}{match[3]}",))
                body = tuple(self._rows[line : other - 1])
                yield PageEdit("cell reorder", line, other, (theirs[0], *body, row))
            if _ALT.search(row):
                yield PageEdit("figure alt delete", line, line, (_ALT.sub("", row),))
                yield PageEdit("figure delete", line, line, (_ALT.sub("", row) + ' show="code"',))

    def _blocks(self) -> Iterator[PageEdit]:
        blocks = [(line.number, match) for line in self._open if (match := _BLOCK.match(line.text))]
        for line, match in blocks:
            indent, mark, kind, rest = match.groups()
            last = self._block_end(line, len(indent) + 4)
            body = tuple(self._rows[line - 1 : last])
            noun = "tab" if mark == "===" else "admonition"
            yield PageEdit(f"{noun} delete", line, last, ())
            yield PageEdit(f"{noun} unwrap", line, last, tuple(row[4:] for row in body[1:]))
            yield PageEdit(f"{noun} duplicate", line, last, (*body, "", *body))
            head = max((at for at, _, _ in self._heads if at < line), default=0)
            if head and noun == "admonition":
                before = tuple(self._rows[head - 1 : line - 1])
                yield PageEdit("admonition reorder", head, last, (*body, "", *before))
            if noun == "admonition":
                other = "tip" if kind != "tip" else "note"
                yield PageEdit("admonition kind", line, line, (f"{indent}{mark} {other}{rest}",))
                open_ = "!!!" if mark != "!!!" else "???"
                yield PageEdit("admonition mark", line, line, (f"{indent}{open_} {kind}{rest}",))

    def _block_end(self, line: int, indent: int) -> int:
        last = line
        for number in range(line + 1, len(self._rows) + 1):
            row = self._rows[number - 1]
            if row.strip() and not row.startswith(" " * indent):
                break
            last = number if row.strip() else last
        return last

    def _inline(self, number: int, row: str) -> Iterator[PageEdit]:
        if row.lstrip().startswith(":::"):
            return
        for kind, pattern in (("value", _VALUE), ("link", _LINK), ("figure", _IMAGE)):
            found = list(pattern.finditer(row))
            for index, match in enumerate(found):
                for how, text in _others(kind, match):
                    yield PageEdit(f"{kind} {how}", number, number, (row[: match.start()] + text + row[match.end() :],))
                if index + 1 < len(found) and (theirs := found[index + 1])[0] != match[0]:
                    between = row[match.end() : theirs.start()]
                    swapped = row[: match.start()] + theirs[0] + between + match[0] + row[theirs.end() :]
                    yield PageEdit(f"{kind} reorder", number, number, (swapped,))
                yield from self._moved(kind, number, row, match)

    def _moved(self, kind: str, number: int, row: str, match: re.Match[str]) -> Iterator[PageEdit]:
        """To the end of the section before."""
        head = max((line for line, _, _ in self._heads if line <= number), default=0)
        if head > 1:
            without = row[: match.start()] + row[match.end() :]
            body = tuple(self._rows[head - 1 : number - 1])
            yield PageEdit(f"{kind} move", head, number, (match[0], "", *body, without))

    def _fence(self, number: int, opens: str) -> Iterator[PageEdit]:
        info = opens.strip("`~ ")
        if info:
            row = self._rows[number - 1]
            yield PageEdit("fence language", number, number, (row.replace(info, f"{info}x"),))


def _others(kind: str, match: re.Match[str]) -> Iterator[tuple[str, str]]:
    whole = match[0]
    yield "delete", "" if kind != "link" else match[1]
    yield "duplicate", f"{whole} {whole}"
    if kind == "value":
        target, expression, spec = match[1], match[2], match[3] or ""
        yield "change", f"{{{{= {target}.{expression} * 2{' :' + spec if spec else ''} }}}}"
        yield "format", f"{{{{= {target}.{expression} {'' if spec else ':>9 '}}}}}"
        yield "typed", "7"
    else:
        path, mark, anchor = match[2].partition("#")
        yield "change", whole.replace(f"({match[2]})", f"({path}{mark}{anchor}x)" if mark else f"({path}#x)")
