"""Why a survivor may survive: survivors.toml, each reason with the mutants it stands for."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from judge import Verdict
from mutants import Mutant

#: What an entry may be: nothing shown changes; what changes is let through on every machine; only on other machines
#: than the record's; or a page's fault that section 7 of the design does not call one.
KINDS = ("equivalent", "survived", "tolerated", "page")


class ReasonsError(Exception):
    """survivors.toml cannot be read."""


@dataclass(frozen=True)
class Reasons:
    """Reasons by kind and mutant, and by kind and operator."""

    by_mutant: Mapping[tuple[str, str], str]
    by_operator: Mapping[tuple[str, str], str]

    @classmethod
    def read(cls, path: Path) -> "Reasons":
        """The reasons of a file.

        Raises:
            ReasonsError: an entry without a known kind, a reason, or what it stands for.
        """
        entries = tomllib.loads(path.read_text("utf-8")).get("survivors", []) if path.is_file() else []
        by_mutant, by_operator = {}, {}
        for number, entry in enumerate(entries, 1):
            kind, reason = entry.get("kind"), entry.get("reason", "").strip()
            if kind not in KINDS or not reason or not (entry.get("mutants") or entry.get("operator")):
                raise ReasonsError(f"{path.name}: entry {number} needs a kind of {KINDS}, a reason and mutants")
            by_mutant |= {(kind, row.split()[0]): reason for row in entry.get("mutants", ())}
            by_operator |= {(kind, entry["operator"]): reason} if "operator" in entry else {}
        return cls(by_mutant, by_operator)

    def of(self, kind: str, mutant: Mutant) -> str:
        """The reason for a mutant, or an empty string."""
        return self.by_mutant.get((kind, mutant.id)) or self.by_operator.get((kind, mutant.operator), "")

    def idle(self, used: Sequence[tuple[str, Mutant]]) -> list[str]:
        """The mutants with a reason that they do not need."""
        needed = {(kind, mutant.id) for kind, mutant in used}
        return sorted(f"{name} ({kind})" for kind, name in self.by_mutant.keys() - needed)


def kind_of(verdict: Verdict, *, page: bool = False) -> str:
    """As what a mutant survives; empty for one that is killed under both rules."""
    if page:
        return "" if verdict.fate == "killed" else "page"
    if verdict.fate in ("equivalent", "survived"):
        return verdict.fate
    return "tolerated" if verdict.tolerant_fate == "survived" else ""
