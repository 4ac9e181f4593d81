"""What can be wrong, each as one clear line.

Finding            one fact about the tree: where, what, how to mend it; its kind fixes its severity
SnippetsError      a finding that stops the command
  CellError        a snippet file that cannot be read as named cells
  PageError        a page that asks for what does not exist
  RecordError      a record that cannot be read
  RunError         a run that failed or could not start
"""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]

#: Severity in a build, by kind. `check` fails on errors and warnings alike.
SEVERITY: dict[str, Severity] = {
    "loop": "error",
    "cell": "error",
    "page": "error",
    "record": "error",
    "run": "error",
    "differs": "error",
    "invitation": "error",
    "missing-record": "warning",
    "stale": "warning",
    "incomplete": "warning",
    "unused": "warning",
    "untested": "warning",
    "parity": "warning",
    "typed": "warning",
    "behind": "note",
    "variant": "note",
    "dropped": "note",
    "instead": "note",
    "banned": "note",
    "glossary": "note",
}


@dataclass(frozen=True)
class Finding:
    """One fact about the tree that somebody has to mend or to know."""

    kind: str
    """A key of `SEVERITY`."""
    path: str
    """The file, relative to the root, with forward slashes."""
    line: int | None
    """The line in that file, counted from 1; None when the whole file is meant."""
    message: str
    """What was expected and what is there."""
    fix: str = ""
    """The command to run, or what to change."""
    section: str = ""
    """For `behind`: the id of the section."""
    lang: str = ""
    """For `behind`: the language that is behind."""
    also: tuple[str, ...] = ()
    """Where else it holds, each as `path:line`; no part of the one line."""

    @property
    def severity(self) -> Severity:
        """How a build takes it."""
        return SEVERITY[self.kind]

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.message}" + (f"; {self.fix}" if self.fix else "")


class SnippetsError(Exception):
    """A finding that stops the command; `str()` is its one line."""

    kind = "run"

    def __init__(self, path: str, line: int | None, message: str, fix: str = "") -> None:
        super().__init__(path, line, message, fix)
        self.finding = Finding(self.kind, path, line, message, fix)

    def __str__(self) -> str:
        return str(self.finding)


class CellError(SnippetsError):
    """A snippet file that cannot be read as named cells."""

    kind = "cell"


class PageError(SnippetsError):
    """A page with a wrong directive, value or option, or that cannot be read."""

    kind = "page"


class RecordError(SnippetsError):
    """A record that cannot be read: truncated, not JSON, or not a notebook of ours."""

    kind = "record"


class RunError(SnippetsError):
    """A chapter whose run failed, or a run that could not start."""

    kind = "run"


def listed(names: "list[str] | tuple[str, ...]") -> str:
    """Names for a message: `a, b, c`, or `none`."""
    return ", ".join(names) or "none"
