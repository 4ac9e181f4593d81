"""The day of this session, for what chooses tests by it.

Workers that collect before and after midnight would else choose other tests, at which pytest-xdist gives up. Whoever
started the session looks at the clock, once; its workers are told.
"""

from datetime import UTC, date, datetime


class _Session:
    day = datetime.now(UTC).date()


def today() -> date:
    """In UTC, the same in all processes of the session."""
    return _Session.day


def told(worker: dict[str, str]) -> dict[str, str]:
    """What a worker is told, with the day in it."""
    worker["day"] = today().isoformat()
    return worker


def take(worker: dict[str, str]) -> None:
    """The day that this worker was told."""
    _Session.day = date.fromisoformat(worker["day"])
