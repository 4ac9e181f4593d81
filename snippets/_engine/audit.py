"""Everything that can be told about a tree without running it."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from . import glossary, links, pages, parity, remembered, typed
from .cells import Chapter
from .directives import ValueUse
from .errors import Finding, SnippetsError
from .library import Library
from .pages import Page
from .record import Record, command
from .staleness import stale_reason as stale_reason
from .tree import LANGUAGES, Tree, read_text


@dataclass(frozen=True)
class Wanted:
    """A value that a page asks for."""

    path: str
    use: ValueUse


def audit(tree: Tree, library: Library | None = None) -> tuple[Finding, ...]:
    """All findings: errors, what is stale, incomplete, unused, not parallel, typed or banned, and what is behind."""
    library = library or Library(tree)
    findings = list(_loops(tree))
    read: dict[tuple[str, str], Page] = {}
    for lang in LANGUAGES:
        for src_uri in tree.pages(lang):
            findings += _page(library, lang, src_uri, read)
    for name in tree.chapters():
        findings += _chapter(library, name, read)
    findings += _languages(tree, read)
    findings += _typed(list(read.values()), library)
    findings += _words(tree, list(read.values()))
    return tuple(dict.fromkeys(findings))


def _loops(tree: Tree) -> Iterator[Finding]:
    for folder in (tree.root / "docs", tree.snippets):
        for link in links.loops(folder):
            message = "a symbolic link back to a folder that holds it: there is no end to what lies below"
            yield Finding("loop", tree.relative(link), None, message, "remove it")


def _page(library: Library, lang: str, src_uri: str, read: dict[tuple[str, str], Page]) -> Iterator[Finding]:
    """What stops the page from being shown; the page itself goes into `read`."""
    tree = library.tree
    path = tree.docs(lang) / src_uri
    try:
        text = read_text(tree, path)
        read[lang, src_uri] = remembered.parse(text, src_uri=src_uri, path=tree.relative(path), library=library)
        remembered.expand(text, lang=lang, src_uri=src_uri, path=tree.relative(path), library=library)
    except SnippetsError as exc:
        yield exc.finding


def _words(tree: Tree, read: Sequence[Page]) -> list[Finding]:
    try:
        return glossary.findings(glossary.load(tree), read)
    except SnippetsError as exc:
        return [exc.finding]


def _typed(read: Sequence[Page], library: Library) -> list[Finding]:
    try:
        return typed.findings(library.tree, read, library)
    except SnippetsError as exc:
        return [exc.finding]


def _chapter(library: Library, name: str, read: dict[tuple[str, str], Page]) -> Iterator[Finding]:
    try:
        chapter = library.chapter(name)
        yield from _record(library, chapter, list(read.values()))
        for variant in library.tree.variants(name):
            yield from _variant(library.record(name, variant), chapter, library.tree)
    except SnippetsError as exc:
        yield exc.finding
        return
    for lang in LANGUAGES:
        page = read.get((lang, f"{name}.md"))
        if page is not None:
            yield from _places(chapter, page)
        elif not library.tree.page(lang, name).is_file():
            missing = library.tree.relative(library.tree.page(lang, name))
            yield Finding("unused", chapter.path, 1, f"no page shows this chapter: {missing} is missing", "write it")


def _record(library: Library, chapter: Chapter, read: Sequence[Page]) -> Iterator[Finding]:
    record, fix = library.record(chapter.name), f"run: {command(chapter.name)}"
    path = library.tree.relative(library.tree.record(chapter.name))
    if record is None:
        yield Finding("missing-record", path, None, f"no record of {chapter.path}", fix)
        return
    reason = stale_reason(record, chapter, library.tree)
    if reason:
        yield Finding("stale", path, None, f"stale: {reason}", fix)
    for wanted in wanted_values(read, chapter.name):
        cell = record.by_name.get(wanted.use.cell)
        if cell is not None and wanted.use.expression not in cell.values:
            message = f"the record lacks the value `{wanted.use.expression}` of cell `{cell.name}`"
            yield Finding("incomplete", wanted.path, wanted.use.line, message, fix)


def _variant(record: Record | None, chapter: Chapter, tree: Tree) -> Iterator[Finding]:
    reason = stale_reason(record, chapter, tree) if record is not None else ""
    if record is not None and reason:
        fix = f"where such a machine is: {command(chapter.name, record.variant)}"
        yield Finding("variant", record.path, None, f"aged, as the page says: {reason}", fix)


def wanted_values(read: Sequence[Page], chapter: str) -> Iterator[Wanted]:
    """The values of a chapter that pages ask for."""
    for page in read:
        for use in page.values:
            if use.chapter == chapter:
                yield Wanted(page.path, use)


def _places(chapter: Chapter, page: Page) -> Iterator[Finding]:
    """Every cell stands on its chapter's page, in order."""
    uses = {use.cell: use for use in reversed(page.cells) if use.chapter == chapter.name and use.show != "output"}
    last = 0
    for cell in chapter.cells:
        if cell.name not in uses:
            message = f"cell `{cell.name}` stands on no line of {page.path}"
            yield Finding(
                "unused", chapter.path, cell.line, message, f"add `::: cell #{cell.name}` there, or remove the cell"
            )
            continue
        line = uses[cell.name].line
        if line < last:
            message = f"cell `{cell.name}` stands before a cell that runs earlier"
            yield Finding("unused", page.path, line, message, f"keep the order of {chapter.path}")
        last = max(line, last)


def _languages(tree: Tree, read: dict[tuple[str, str], Page]) -> Iterator[Finding]:
    try:
        allowed = parity.exceptions(tree)
    except SnippetsError as exc:
        yield exc.finding
        allowed = ()
    first, second = (set(tree.pages(lang)) for lang in LANGUAGES)
    for src_uri in sorted(first ^ second):
        here, there = ("vi", "en") if src_uri in first else ("en", "vi")
        yield Finding("parity", f"docs/{here}/{src_uri}", None, f"docs/{there}/{src_uri} is missing", "write it")
    for src_uri in sorted(first & second):
        vi, en = (read.get((lang, src_uri)) for lang in LANGUAGES)
        if vi is None or en is None:
            continue
        yield from parity.differences(vi, en, allowed)
        try:
            yield from parity.behind(vi, en, parity.agreed(tree, src_uri))
        except SnippetsError as exc:
            yield exc.finding


def pages_of(tree: Tree) -> list[Page]:
    """All pages of both languages.

    Raises:
        PageError: a page cannot be read.
    """
    return [pages.read(tree, lang, src_uri) for lang in LANGUAGES for src_uri in tree.pages(lang)]


def readable_pages(library: Library) -> list[Page]:
    """The pages of both languages that can be read: what to go on with while somebody is writing the others."""
    found, tree = [], library.tree
    for lang in LANGUAGES:
        for src_uri in tree.pages(lang):
            path = tree.docs(lang) / src_uri
            with contextlib.suppress(SnippetsError):
                text = read_text(tree, path)
                found.append(remembered.parse(text, src_uri=src_uri, path=tree.relative(path), library=library))
    return found
