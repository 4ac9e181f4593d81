"""Which chapters run once more, as plain code and as a reader's tests: seconds a chapter, so not all each time.

`BARE=all` in the environment takes all of them, as the weekly workflow does.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from snippets._engine.project.errors import SnippetsError
from snippets._engine.records.library import Library

from ..day import today

CHOICES = ("", "all")


def asked_for(environment: Mapping[str, str] = os.environ) -> str:
    """What the variable BARE says: `all`, or nothing for a third and what changed.

    Raises:
        ValueError: it says something else.
    """
    choice = environment.get("BARE", "")
    if choice not in CHOICES:
        raise ValueError(f'BARE="{choice}": leave it out, or set it to "all"')
    return choice


def chosen(names: Sequence[str], changed: Collection[str], day: date) -> tuple[str, ...]:
    """A third of the chapters, the next one every Monday, and all that changed."""
    turn = week(day) % 3
    return tuple(name for place, name in enumerate(sorted(names)) if place % 3 == turn or name in changed)


def week(day: date) -> int:
    """The number of the week. Within the year it would begin anew, and one third wait for a fourth week."""
    return (day.toordinal() - 1) // 7  # the calendar begins with a Monday


def changed(library: Library, names: Sequence[str]) -> set[str]:
    """The chapters whose code is not that of their record, those that cannot be read among them."""

    def as_recorded(name: str) -> bool:
        try:
            record = library.record(name)
            return record is not None and record.hash == library.chapter(name).hash
        except SnippetsError:
            return False

    return {name for name in names if not as_recorded(name)}


def todays(library: Library) -> tuple[str, ...]:
    """The chapters whose turn it is today, or all if asked for."""
    names = library.tree.chapters()
    return names if asked_for() == "all" else chosen(names, changed(library, names), today())
