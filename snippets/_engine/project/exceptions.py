"""docs/exceptions.toml: what is let through although a check finds it, each with its reason.

[[parity]]      an item that only one of the languages has, and is meant to
[[typed]]       a number that a page may type although a run gives it
[[glossary]]    a phrase in which a word that the glossary bans is right, or that of a term means something else
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from .errors import Finding, PageError, listed
from .files import parse_toml
from .text import tidy, untidy
from .tree import Tree

FILE = "docs/exceptions.toml"
_BEFORE = {
    "parity": "docs/parity.toml",
    "typed": "docs/typed_allowed.txt",
    "glossary": "docs/glossary_allowed.txt",
}
"""Where entries of a kind stood before they had one file."""


@dataclass(frozen=True)
class Difference:
    """A difference between the languages that is meant."""

    page: str
    """`part/chapter`."""
    section: str
    """The id of the section that holds the item."""
    item: str
    """As the finding names it."""
    reason: str
    line: int
    """Where the entry begins."""


@dataclass(frozen=True)
class TypedNumber:
    """A number that the writer of a page knew before any run."""

    page: str
    """`part/chapter`; the entry holds in both languages."""
    number: str
    """As a page may write it."""
    reason: str
    line: int


@dataclass(frozen=True)
class Phrase:
    """A phrase in which a banned word is right, or the words of a term mean something else."""

    phrase: str
    reason: str
    line: int


@dataclass(frozen=True)
class Exceptions:
    """All entries, by kind, in the order of the file."""

    parity: tuple[Difference, ...] = ()
    typed: tuple[TypedNumber, ...] = ()
    glossary: tuple[Phrase, ...] = ()

    def differences(self, src_uri: str) -> tuple[Difference, ...]:
        """The differences that are meant between a page's two languages."""
        return tuple(entry for entry in self.parity if f"{entry.page}.md" == src_uri)


_ENTRIES: dict[str, type[Difference] | type[TypedNumber] | type[Phrase]] = {
    "parity": Difference,
    "typed": TypedNumber,
    "glossary": Phrase,
}


def read(tree: Tree) -> Exceptions:
    """The entries of docs/exceptions.toml; none without one.

    Raises:
        PageError: it cannot be read or is not TOML; a table or key is unknown, a key missing, a value empty or no
            text; an entry stands twice.
    """
    path = tree.root / FILE
    if not path.is_file():
        return Exceptions()
    text = tree.text(path)
    parse_toml(text, FILE, "see the comment at its top")
    found: dict[str, list[Any]] = {kind: [] for kind in _ENTRIES}
    lines: dict[tuple[str, ...], int] = {}
    for line, table in _tables(text):
        kind, values = _entry(table, line)
        what = (kind, *(value for key, value in values.items() if key != "reason"))
        if what in lines:
            message = f"this [[{kind}]] entry stands in line {lines[what]} too"
            raise PageError(FILE, line, message, "remove one of them")
        lines[what] = line
        found[kind].append(_ENTRIES[kind](**values, line=line))
    return Exceptions(**{kind: tuple(entries) for kind, entries in found.items()})


def form(kind: str) -> str:
    """How an entry of a kind is written, for messages."""
    return f"a [[{kind}]] entry ({', '.join(_keys(kind))}) in {FILE}"


def left_behind(tree: Tree) -> list[Finding]:
    """The files that held such entries before, where one is still there: nobody reads it."""
    return [
        Finding("unused", old, 1, "is no longer read", f"move its entries to {FILE}, each as [[{kind}]]")
        for kind, old in _BEFORE.items()
        if (tree.root / old).is_file()
    ]


def _keys(kind: str) -> list[str]:
    return [field.name for field in fields(_ENTRIES[kind]) if field.name != "line"]


def _tables(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """What stands from each header to the next, as TOML, with its line: tomllib tells no lines of what it has read."""
    start, held = 1, list[str]()
    for number, line in enumerate([*text.split("\n"), "["], 1):
        if line.lstrip().startswith("["):
            try:
                table = tomllib.loads("\n".join(held))
            except tomllib.TOMLDecodeError:  # no header, but part of a text or a list of several lines
                held.append(line)
                continue
            if table:
                yield start + _leading(held), table
            start, held = number, []
        held.append(line)


def _leading(lines: list[str]) -> int:
    """How many lines are blank or comments before the first other one."""
    return next(i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))


def _entry(table: dict[str, Any], line: int) -> tuple[str, dict[str, str]]:
    """The kind and the values of what stands below one header."""
    kind, entries = next(iter(table.items()))
    kinds = [f"[[{known}]]" for known in _ENTRIES]
    if kind not in _ENTRIES:
        raise PageError(FILE, line, f"unknown `{kind}`", f"there are: {listed(kinds)}")
    header = len(table) == 1 and isinstance(entries, list) and len(entries) == 1 and isinstance(entries[0], dict)
    if not header:
        raise PageError(FILE, line, f"`{kind}` is no list of tables", f"begin each entry with a line [[{kind}]]")
    keys = _keys(kind)
    for wrong, names in (
        ("unknown", [key for key in entries[0] if key not in keys]),
        ("no", [key for key in keys if key not in entries[0]]),
    ):
        if names:
            raise PageError(FILE, line, f"{wrong} {listed(names)}", f"write {form(kind)}")
    return kind, {key: _value(key, entries[0][key], line) for key in keys}


def _value(key: str, value: object, line: int) -> str:
    if not isinstance(value, str):
        raise PageError(FILE, line, f"{key} is no text", f'write it in quotes: {key} = "…"')
    if not value.strip():
        raise PageError(FILE, line, f"the {key} is empty", "give one")
    if key == "page" and value.endswith(".md"):
        raise PageError(FILE, line, f"page `{value}`", f"write it as commands do: `{value.removesuffix('.md')}`")
    if key == "phrase" and (wrong := untidy(value)):
        raise PageError(FILE, line, f"the phrase has {wrong}: {value!a}", f"write `{tidy(value)}`")
    if key == "phrase" and not re.match(r"\w", value):
        raise PageError(FILE, line, f"phrase `{value}`", "begin it with a word")
    return value.strip()
