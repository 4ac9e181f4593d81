"""Whether two languages have the same shape; deliberate differences stand in docs/parity.toml, each with a reason."""

import difflib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from ..pages.page import Item, Page, Section
from ..project.errors import Finding, PageError
from ..project.tree import Tree


@dataclass(frozen=True)
class Allowed:
    """A difference between the languages that is meant."""

    page: str
    section: str
    item: str
    reason: str


def exceptions(tree: Tree) -> tuple[Allowed, ...]:
    """The entries of docs/parity.toml.

    Raises:
        PageError: the file is not TOML, or an entry lacks `page`, `section`, `item` or a `reason`.
    """
    path = tree.root / "docs" / "parity.toml"
    if not path.is_file():
        return ()
    try:
        entries = tomllib.loads(tree.text(path)).get("exception", [])
        found = tuple(Allowed(**entry) for entry in entries)
    except (tomllib.TOMLDecodeError, TypeError) as exc:
        raise PageError(tree.relative(path), None, f"cannot be read: {exc}", "see the comment at its top") from None
    for entry in found:
        if not str(entry.reason).strip():
            raise PageError(tree.relative(path), None, f"the exception for {entry.item} has no reason", "give one")
    return found


def differences(vi: Page, en: Page, allowed: Sequence[Allowed] = ()) -> list[Finding]:
    """Where two pages are not parallel: items in sequence, values and links as multisets of each section."""
    findings = _sequence(vi, en)
    for section in vi.sections:
        twin = en.by_id.get(section.id)
        if twin is not None:
            findings += _multisets(vi, en, section, twin)
    meant = [entry for entry in allowed if entry.page == vi.src_uri]
    return [f for f in findings if not any(_covers(entry, f, vi, en) for entry in meant)]


def _covers(entry: Allowed, finding: Finding, vi: Page, en: Page) -> bool:
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
                findings.append(
                    Finding(
                        "parity",
                        page.path,
                        places[name],
                        f"{kind} `{name}` of section #{section.id} stands {count} times more here than in {other.path}",
                        "add it there or remove it here",
                    )
                )
    return findings
