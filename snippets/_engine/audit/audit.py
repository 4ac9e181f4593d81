"""Everything that can be told about a tree without running it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..chapters import frames
from ..chapters.cells import Chapter
from ..pages.links import TRY
from ..pages.page import Page, read_page
from ..pages.values import ValueUse
from ..project import exceptions
from ..project.codec import from_json, to_json
from ..project.errors import Finding, SnippetsError
from ..project.exceptions import Difference, Exceptions, Phrase, TypedNumber
from ..project.files import loops
from ..project.tree import LANGUAGES, Tree
from ..project.tries import PREFIX
from ..records import chosen
from ..records.keeping import not_portable
from ..records.library import Library
from ..records.record import Record, command
from ..records.stale import changed_line, stale_reason
from ..render.frames import how_to_mend
from ..terms import glossary
from . import declared, parity, typed
from .facts import Facts, facts

#: The pages that can be read, by language and src_uri.
Read = Mapping[tuple[str, str], Facts]


@dataclass(frozen=True)
class Wanted:
    """A value that a page asks for."""

    path: str
    use: ValueUse
    variant: str = "cpu"
    """Of the record that the page cites."""


def audit(tree: Tree, library: Library | None = None) -> tuple[Finding, ...]:
    """All findings: errors, what is stale, incomplete, unused, not parallel, typed or banned, and what is behind."""
    library = library or Library(tree)
    meant, wrong = _exceptions(tree)
    findings = [*_loops(tree), *wrong]
    read: dict[tuple[str, str], Facts] = {}
    terms, unreadable = _glossary(tree, meant.glossary)
    for lang in LANGUAGES:
        for src_uri in tree.pages(lang):
            page, wrong = facts(library, lang, src_uri, terms)
            findings += wrong
            if page is not None:
                read[lang, src_uri] = page
    wanted = wanted_values(read.values())
    for name in tree.chapters():
        findings += _chapter(library, name, read, wanted.get(name, []))
    findings += _languages(library, read, meant)
    findings += _typed(tree, read, meant.typed)
    findings += unreadable or _words(terms, list(read.values()))
    return tuple(dict.fromkeys(findings))


def _loops(tree: Tree) -> Iterator[Finding]:
    for folder in (tree.root / "docs", tree.snippets):
        for link in loops(folder):
            message = "a symbolic link back to a folder that holds it: there is no end to what lies below"
            yield Finding("loop", tree.relative(link), None, message, "remove it")


def _exceptions(tree: Tree) -> tuple[Exceptions, list[Finding]]:
    """What is let through; nothing is where the list of it cannot be read."""
    old = exceptions.left_behind(tree)
    try:
        return exceptions.read(tree), old
    except SnippetsError as exc:
        return Exceptions(), [exc.finding, *old]


def _typed(tree: Tree, read: Read, allowed: Sequence[TypedNumber]) -> list[Finding]:
    try:
        return typed.findings(tree, [(src_uri, page.typed) for (_, src_uri), page in read.items()], allowed)
    except SnippetsError as exc:
        return [exc.finding]


def _glossary(tree: Tree, allowed: Sequence[Phrase]) -> tuple[glossary.Glossary, list[Finding]]:
    try:
        return glossary.load(tree, allowed), []
    except SnippetsError as exc:
        return glossary.Glossary("", ()), [exc.finding]


def _words(terms: glossary.Glossary, read: Sequence[Facts]) -> list[Finding]:
    banned = [finding for page in read for finding in (*page.banned, *page.untaught)]
    return [*banned, *glossary.findings(terms, frozenset[str]().union(*(page.terms for page in read)))]


def _chapter(library: Library, name: str, read: Read, wanted: Sequence[Wanted]) -> list[Finding]:
    shown = [read.get((lang, f"{name}.md")) for lang in LANGUAGES]
    places = [[[u.chapter, u.cell, u.show, u.line] for u in page.cells] if page else None for page in shown]
    there = [library.tree.page(lang, name).is_file() for lang in LANGUAGES]
    there.append(library.tree.lacks_test(name))
    invited = [sorted(page.invitations) if page else None for page in shown]
    asked: list[Any] = [[w.path, w.use.line, w.use.cell, w.use.expression, w.variant] for w in wanted]
    asked += [[page.path, page.asked.variant, page.asked.line] for page in _asking(library.tree, name, read)]

    def made() -> Any:
        return to_json(list(_about(library, name, read, wanted)))

    try:
        kept = library.kept(f"audit/chapters/{name}", [library.tree.pins, places, there, asked, invited], made)
    except SnippetsError:
        return _down_to_the_error(_about(library, name, read, wanted))
    return _findings(kept)


def _down_to_the_error(found: Iterator[Finding]) -> list[Finding]:
    findings = []
    try:
        for finding in found:
            findings.append(finding)
    except SnippetsError as exc:
        findings.append(exc.finding)
    return findings


def _findings(kept: Any) -> list[Finding]:
    return from_json(list[Finding], kept)


def _about(library: Library, name: str, read: Read, wanted: Sequence[Wanted]) -> Iterator[Finding]:
    chapter = library.chapter(name)
    yield from not_portable(chapter)
    yield from _record(library, chapter, wanted)
    yield from _explorable(library, chapter)
    yield from _variants(library, chapter, _asking(library.tree, name, read), wanted)
    if library.tree.lacks_test(name):
        test = library.tree.relative(library.tree.test(name))
        yield Finding("untested", chapter.path, 1, "no test of this chapter, to which its page links", f"write {test}")
    yield from _uninvited(library, name, read)
    for lang in LANGUAGES:
        page = read.get((lang, f"{name}.md"))
        if page is not None:
            yield from _places(chapter, page)
        elif not library.tree.page(lang, name).is_file():
            missing = library.tree.relative(library.tree.page(lang, name))
            yield Finding("unused", chapter.path, 1, f"no page shows this chapter: {missing} is missing", "write it")


def _uninvited(library: Library, name: str, read: Read) -> Iterator[Finding]:
    """The tests that try what no page of the chapter invites to."""
    pages = [read.get((lang, f"{name}.md")) for lang in LANGUAGES]
    if None in pages:  # which is told
        return
    invited = {target for page in pages if page for target in page.invitations}
    for tried, line in library.tried(name).items():
        if f"{TRY}{tried}" not in invited:
            path, message = library.tree.relative(library.tree.test(name)), "tries what no page invites to"
            fix = f"invite by `[words]({TRY}{tried})` on both pages of {name}, or rename it"
            yield Finding("invitation", path, line, f"`{PREFIX}{tried}` {message}", fix)


def _record(library: Library, chapter: Chapter, asked: Iterable[Wanted]) -> Iterator[Finding]:
    record, fix = library.record(chapter.name), f"run: {command(chapter.name)}"
    path = library.tree.relative(library.tree.record(chapter.name))
    if record is None:
        yield Finding("missing-record", chapter.path, 1, f"no record {path}", fix)
        return
    reason = stale_reason(record, chapter, library.tree)
    if reason:
        yield Finding("stale", chapter.path, changed_line(record, chapter), f"{path} is stale: {reason}", fix)
    yield from _incomplete(record, asked)


def _incomplete(record: Record, asked: Iterable[Wanted]) -> Iterator[Finding]:
    which = "the record" if record.variant == "cpu" else record.path
    for wanted in asked:
        cell = record.by_name.get(wanted.use.cell)
        if cell is not None and wanted.use.expression not in cell.values:
            message = f"{which} lacks the value `{wanted.use.expression}` of cell `{cell.name}`"
            fix = f"run: {command(record.chapter, record.variant)}"
            yield Finding("incomplete", wanted.path, wanted.use.line, message, fix)


def _explorable(library: Library, chapter: Chapter) -> Iterator[Finding]:
    """What of the recorded frames no page can show."""
    for variant in library.tree.variants(chapter.name):
        yield from frames.in_variant(chapter, variant)
    cells, record = [cell for cell in chapter.cells if frames.variables(cell)], library.record(chapter.name)
    if not cells or record is None:
        return
    for cell in cells:
        current = record.cell_hashes.get(cell.name) == cell.hash
        if current and (what := frames.breach(cell, record.by_name[cell.name].outputs)):
            yield frames.finding(chapter.path, cell, what, how_to_mend(chapter.name))
    if what := frames.oversized(library.tree.record(chapter.name).stat().st_size):
        yield frames.finding(chapter.path, cells[0], what, how_to_mend(chapter.name))


def _asking(tree: Tree, name: str, read: Read) -> list[Facts]:
    """The pages that ask for another variant of a chapter than the CPU's."""
    found = []
    for (_, src_uri), page in read.items():
        if page.asked.variant != "cpu":
            shown = [*(use.chapter for use in page.cells), *(use.chapter for use in page.values)]
            found += [page] if name in chosen.asked_of(tree, src_uri.removesuffix(".md"), shown) else []
    return found


def _variants(
    library: Library, chapter: Chapter, asking: Sequence[Facts], wanted: Sequence[Wanted]
) -> Iterator[Finding]:
    """What is wrong with the records other than the CPU's: for the pages that ask for them, then for themselves."""
    for page in asking:
        variant, line = page.asked.variant, page.asked.line
        yield from frames.in_variant(chapter, variant)
        if why := chosen.lack(library, chapter.name, variant):
            message = f"`variant: {variant}`, but {why}; the page shows the CPU's in its place"
            yield Finding("instead", page.path, line, message, f"run: {command(chapter.name, variant)}")
    told = {page.asked.variant for page in asking}
    for variant in library.tree.variants(chapter.name):
        record = library.record(chapter.name, variant)
        if variant not in told:
            yield from _variant(record, chapter, library.tree)
        if record is not None and not chosen.lack(library, chapter.name, variant):
            yield from _incomplete(record, (want for want in wanted if want.variant == variant))


def _variant(record: Record | None, chapter: Chapter, tree: Tree) -> Iterator[Finding]:
    reason = stale_reason(record, chapter, tree) if record is not None else ""
    if record is not None and reason:
        fix = f"where such a machine is: {command(chapter.name, record.variant)}"
        message = f"{record.path} is aged, as the page says: {reason}"
        yield Finding("variant", chapter.path, changed_line(record, chapter), message, fix)


def wanted_values(read: Iterable[Facts]) -> dict[str, list[Wanted]]:
    """For each chapter the values that pages ask for."""
    found: dict[str, list[Wanted]] = {}
    for page in read:
        for use in page.values:
            found.setdefault(use.chapter, []).append(Wanted(page.path, use, page.asked.variant))
    return found


def _places(chapter: Chapter, page: Facts) -> Iterator[Finding]:
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


def _languages(library: Library, read: Read, allowed: Exceptions) -> Iterator[Finding]:
    tree = library.tree
    first, second = (set(tree.pages(lang)) for lang in LANGUAGES)
    for src_uri in sorted(first ^ second):
        here, there = ("vi", "en") if src_uri in first else ("en", "vi")
        yield Finding("parity", f"docs/{here}/{src_uri}", 1, f"docs/{there}/{src_uri} is missing", "write it")
    for src_uri in sorted(first & second):
        if all((lang, src_uri) in read for lang in LANGUAGES):
            yield from _twins(library, src_uri, allowed.differences(src_uri))
    yield from (parity.excuses_nothing(e) for e in allowed.parity if f"{e.page}.md" not in first | second)


def _twins(library: Library, src_uri: str, meant: Sequence[Difference]) -> Iterator[Finding]:
    tree = library.tree
    texts = [library.text(tree.docs(lang) / src_uri) for lang in LANGUAGES]

    def both() -> tuple[Page, Page]:
        return read_page(library, "vi", src_uri), read_page(library, "en", src_uri)

    def differences() -> Any:
        return to_json(parity.findings(*both(), meant))

    yield from _findings(library.kept(f"audit/parity/{src_uri}", [texts, to_json(meant)], differences))

    def behind() -> Any:
        return to_json(declared.behind(*both(), declared.read(tree, src_uri)))

    try:
        inputs = [texts, declared.text(tree, src_uri)]
        yield from _findings(library.kept(f"audit/behind/{src_uri}", inputs, behind))
    except SnippetsError as exc:
        yield exc.finding
