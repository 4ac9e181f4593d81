"""Whose turn it is to run once more: each chapter every third week, one that changed every time."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from snippets._engine.project.errors import CellError
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library

from ..day import take, today, told
from .turns import asked_for, changed, chosen, todays

pytestmark = pytest.mark.unit
NAMES = ("a/a", "a/b", "b/a", "b/b", "c/a", "c/b", "c/c")
MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize("monday", [MONDAY, date(2026, 12, 21), date(2026, 12, 28), date(2020, 12, 21)], ids=str)
def test_in_three_weeks_in_a_row_every_chapter_has_one_turn(monday: date) -> None:
    """At the turn of a year too, after 52 weeks or 53."""
    turns = [name for week in range(3) for name in chosen(NAMES, (), monday + timedelta(weeks=week))]
    assert sorted(turns) == sorted(NAMES)


def test_a_week_runs_from_monday_to_sunday() -> None:
    days = [chosen(NAMES, (), MONDAY + timedelta(days=day)) for day in range(-1, 8)]
    assert len(set(days[1:8])) == 1
    assert days[0] != days[1]
    assert days[7] != days[8]


def test_the_order_in_which_the_names_come_makes_no_difference() -> None:
    assert chosen(NAMES[::-1], (), MONDAY) == chosen(NAMES, (), MONDAY)


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_chapter_has_its_turn_every_week_and_once(name: str) -> None:
    for week in range(3):
        assert chosen(NAMES, {name}, MONDAY + timedelta(weeks=week)).count(name) == 1


@pytest.fixture
def another_day() -> Iterator[None]:
    """What a test makes of the day is gone with it."""
    now = told({})
    yield
    take(now)


@pytest.mark.usefixtures("another_day")
def test_a_worker_goes_by_the_day_that_its_session_began_on(pytestconfig: pytest.Config) -> None:
    worker: dict[str, str] = {}
    pytestconfig.hook.pytest_configure_node.call_extra([], {"node": SimpleNamespace(workerinput=worker)})
    assert worker == {"day": today().isoformat()}
    take({"day": "2026-11-23"})
    assert today() == MONDAY


@pytest.mark.usefixtures("another_day")
def test_the_day_of_the_session_says_whose_turn_it_is(tree: Tree) -> None:
    turns, library = set(), Library(tree)
    for week in range(3):
        take({"day": (MONDAY + timedelta(weeks=week)).isoformat()})
        turns.add(todays(library))
    assert len(turns) == 3


def test_no_test_chooses_by_the_clock() -> None:
    """Each process has its own; those of a session must choose alike."""
    clock = re.compile(r"\b(?:datetime\.(?:now|utcnow)|date\.today|gmtime|localtime)\(")
    here = Path(__file__)
    assert [
        path.name for path in here.parent.rglob("*.py") if path != here and clock.search(path.read_text("utf-8"))
    ] == []


class Shelf:
    """A library of chapters that all have one hash, and records that have others."""

    def chapter(self, name: str) -> Any:
        if name == "broken":
            raise CellError("snippets/part/broken.py", 1, "no cell")
        return SimpleNamespace(hash="now")

    def record(self, name: str) -> Any:
        return None if name == "new" else SimpleNamespace(hash="before" if name == "edited" else "now")


def test_a_chapter_has_changed_when_no_record_has_its_code() -> None:
    assert changed(Shelf(), ["same", "edited", "new", "broken"]) == {"edited", "new", "broken"}  # type: ignore[arg-type]


def test_all_are_taken_on_request_and_any_other_word_is_refused(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BARE", "all")
    assert todays(Library(tree)) == tree.chapters()
    monkeypatch.delenv("BARE")
    assert 0 < len(todays(Library(tree))) <= len(tree.chapters())
    with pytest.raises(ValueError, match='BARE="al": leave it out, or set it to "all"'):
        asked_for({"BARE": "al"})
