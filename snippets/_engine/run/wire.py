"""What goes between the caller of a run and the processes that do it: a job a chapter, and events as lines of JSON."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Send = Callable[[dict[str, Any]], None]
"""Takes an event: a dictionary with `event` and what belongs to it."""

WHATEVER = "*"
"""As the `raises` of a cell: it may end as it likes. No chapter can say so; what a reader changed promises nothing."""


@dataclass(frozen=True)
class Job:
    """One chapter to run."""

    chapter: str
    cells: list[dict[str, str]]
    """For each its `name`, `code`, `raises` and `slider`."""
    imports: list[str]
    folder: str
    """The working directory, fresh and the job's own."""
    values: dict[str, list[str]] = field(default_factory=dict)
    """Expressions to evaluate after each cell."""
    variant: str = "cpu"
    seed: int | None = None
    """Seeds every generator before the first cell: one that forgot to gives something else. None leaves them alone."""
    deadline: float = 180.0
    """Seconds on the wall."""
    for_values: bool = False
    """Whether the process is there for the values alone, so that what their evaluation changes harms nobody."""
    aside: str = ""
    """A folder for files that tell, should the process die, which line it had reached and what it wrote."""
    needs: list[str] = field(default_factory=list)
    """Modules to import before the first cell; a forking parent that imports some of them starts the job after that."""


def sender(descriptor: int, chapter: str) -> Send:
    """Writes the events of a chapter to a descriptor, as lines of JSON that name it."""

    def send(event: dict[str, Any]) -> None:
        data = (json.dumps({"chapter": chapter, **event}) + "\n").encode()
        while data:
            data = data[os.write(descriptor, data) :]

    return send
