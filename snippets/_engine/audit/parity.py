"""Whether two languages have the same shape; differences that are meant stand in docs/exceptions.toml."""

import difflib
from collections.abc import Iterator, Sequence

from ..pages.links import TRY
from ..pages.page import Item, Page, Section
from ..project import exceptions
from ..project.errors import Finding
from ..project.exceptions import Difference


def findings(vi: Page, en: Page, meant: Sequence[Difference]) -> list[Finding]:
    """Where two pages are not parallel, and the entries for them that excuse nothing."""
    every = _all(vi, en)
    idle = [entry for entry in meant if not any(_excuses(entry, finding, vi, en) for finding in every)]
    return [*_left(every, vi, en, meant), *map(excuses_nothing, idle)]


def differences(vi: Page, en: Page, meant: Sequence[Difference] = ()) -> list[Finding]:
    """Where two pages are not parallel: items in sequence, values and links as multisets of each section.

    Args:
        meant: the entries for these pages.
    """
    return _left(_all(vi, en), vi, en, meant)


def excuses_nothing(entry: Difference) -> Finding:
    """What to say of an entry without a difference."""
    message = f"[[parity]] `{entry.item}` in #{entry.section} of `{entry.page}` excuses nothing"
    return Finding("parity", exceptions.FILE, entry.line, f"{message}: there is no such difference", "remove the entry")


def _all(vi: Page, en: Page) -> list[Finding]:
    found = _sequence(vi, en)
    for section in vi.sections:
        twin = en.by_id.get(section.id)
        if twin is not None:
            found += _multisets(vi, en, section, twin)
    return [*found, *_without_section(vi, en), *_without_section(en, vi)]


def _without_section(page: Page, other: Page) -> Iterator[Finding]:
    """The invitations in sections that the other page lacks."""
    for section in page.sections:
        for name in section.invitations if section.id not in other.by_id else ():
            message = f"invitation `{name}` of section #{section.id} has no counterpart in {other.path}"
            yield Finding("invitation", page.path, section.places[name], message, "add it there or remove it here")


def _left(every: Sequence[Finding], vi: Page, en: Page, meant: Sequence[Difference]) -> list[Finding]:
    return [finding for finding in every if not any(_excuses(entry, finding, vi, en) for entry in meant)]


def _excuses(entry: Difference, finding: Finding, vi: Page, en: Page) -> bool:
    page = vi if finding.path == vi.path else en
    section = [s.id for s in page.sections if s.line <= (finding.line or 1)][-1]
    return entry.section == section and f"`{entry.item}`" in finding.message


def _sequence(vi: Page, en: Page) -> list[Finding]:
    findings = []
    a, b = [i.what for i in vi.items], [i.what for i in en.items]
    if a == b:  # what difflib is slow to find where many are alike
        return []
    for tag, a0, a1, b0, b1 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        after = en.items[b0 - 1].line if b0 else 1
        findings += [_missing(vi, en, item, after) for item in vi.items[a0:a1]]
        after = vi.items[a0 - 1].line if a0 else 1
        findings += [_missing(en, vi, item, after) for item in en.items[b0:b1]]
    return findings


def _missing(here: Page, there: Page, item: Item, after: int) -> Finding:
    return Finding(
        "parity",
        here.path,
        item.line,
        f"`{item.what}` has no counterpart in {there.path} (expected after line {after})",
        "add it there, in the same place",
    )


def _multisets(vi: Page, en: Page, section: Section, twin: Section) -> list[Finding]:
    findings = []
    for kind, a, b in (("value", section.values, twin.values), ("link", section.links, twin.links)):
        for page, other, mine, theirs, places in (
            (vi, en, a, b, section.places),
            (en, vi, b, a, twin.places),
        ):
            for name, count in (mine - theirs).items():
                what = "invitation" if name.startswith(TRY) else kind
                findings.append(
                    Finding(
                        "invitation" if name.startswith(TRY) else "parity",
                        page.path,
                        places[name],
                        f"{what} `{name}` of section #{section.id} stands {count} times more here than in {other.path}",
                        "add it there or remove it here",
                    )
                )
    return findings
