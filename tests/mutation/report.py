"""The report: counts by operator and by chapter, and every survivor with its reason."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from judge import Verdict
from mutants import Mutant
from reasons import Reasons, kind_of

Found = Sequence[tuple[Mutant, Verdict]]


def chapters(found: Found, reasons: Reasons) -> list[str]:
    """The part on chapters."""
    out = ["## Chapters", "", f"{len(found)} mutants.", ""]
    for title, key in (("operator", _operator), ("chapter", _chapter)):
        out += [*_chapter_table(title, key, found), ""]
    for kind, title in (
        ("equivalent", "Equivalent: nothing shown changes"),
        ("survived", "Let through on every machine"),
        ("tolerated", "Let through on another machine than the record's only"),
    ):
        out += [f"### {title}", "", *_survivors([f for f in found if kind_of(f[1]) == kind], kind, reasons), ""]
    return out


def _operator(mutant: Mutant) -> str:
    return mutant.operator


def _chapter(mutant: Mutant) -> str:
    return mutant.chapter


def _chapter_table(title: str, key: Callable[[Mutant], str], found: Found) -> list[str]:
    """Under both rules; `share`: of those that change something shown, what is killed under the tolerant rule."""
    heads = (title, "mutants", "killed", "equivalent", "let through", "killed elsewhere", "let through elsewhere")
    rows: dict[str, Counter[str]] = {}
    for mutant, verdict in found:
        counts = rows.setdefault(key(mutant), Counter())
        counts[verdict.fate] += 1
        counts[f"{verdict.tolerant_fate} elsewhere"] += 1
    columns = ("killed", "equivalent", "survived", "killed elsewhere", "survived elsewhere")
    total = sum(rows.values(), Counter[str]())
    ordered = [*sorted(rows.items()), ("all", total)]
    lines = [(name, counts.total() // 2, *(counts[column] for column in columns)) for name, counts in ordered]
    return _table(heads, lines)


def pages(found: Found, reasons: Reasons) -> list[str]:
    """The part on pages."""
    out = ["## Pages", "", f"{len(found)} mutants, each in one language.", ""]
    rows: dict[str, Counter[str]] = {}
    for mutant, verdict in found:
        counts = rows.setdefault(mutant.operator, Counter())
        counts[_caught_by(verdict)] += 1
    columns = ("parity", "page error", "other", "survived")
    lines = [(name, c.total(), *(c[column] for column in columns)) for name, c in sorted(rows.items())]
    total = sum(rows.values(), Counter[str]())
    lines.append(("all", total.total(), *(total[column] for column in columns)))
    out += [*_table(("operator", "mutants", *columns), lines), "", "### Survivors", ""]
    return [*out, *_survivors([f for f in found if kind_of(f[1], page=True)], "page", reasons), ""]


def _caught_by(verdict: Verdict) -> str:
    if not verdict.exact:
        return "survived"
    kinds = verdict.evidence.split("+")
    return "parity" if "parity" in kinds else "page error" if "page" in kinds else "other"


def _survivors(found: Found, kind: str, reasons: Reasons) -> list[str]:
    """The mutants under each reason; those without one first."""
    by_reason: dict[str, list[tuple[Mutant, Verdict]]] = {}
    for mutant, verdict in found:
        by_reason.setdefault(reasons.of(kind, mutant), []).append((mutant, verdict))
    out: list[str] = []
    for reason, members in sorted(by_reason.items()):
        out += [f"- {reason or '**no reason**'}", ""]
        for mutant, verdict in members:
            shown = f" ({verdict.evidence})" if verdict.evidence else ""
            out.append(f"    - `{_plain(str(mutant))}`{_plain(shown)}")
        out.append("")
    return out or ["None."]


def _plain(text: str) -> str:
    return text.replace("`", "'")


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [f"| {' | '.join(map(str, row))} |" for row in rows]
    return [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *lines]


def samples(equal: Mapping[str, str]) -> list[str]:
    """The part on the sample that went through the real command."""
    wrong = {name: why for name, why in equal.items() if why}
    same = f"the same of {len(equal) - len(wrong)} of {len(equal)}"
    out = ["## The real command", "", f"`python -m snippets check` in a copy of the tree said {same}."]
    return [*out, *(f"- {name}: {why}" for name, why in wrong.items()), ""]
