"""The runs of mutants on disk, a line of JSON each: a run that was stopped goes on where it was, and another comparison
judges the same runs again.

Of each run only the cells that did not give what is recorded, byte for byte, are kept.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from judge import parsed
from mutants import Mutant

from snippets._engine.chapters.results import CellRun, ChapterRun, Output
from snippets._engine.project.errors import Finding
from snippets._engine.records.library import Library
from snippets._engine.records.record import Record

#: The rooms of the engine that a run goes through.
_RUNNING = ("chapters", "run", "child")


class Results:
    """The runs of a file that are of the present sources, records and values asked for."""

    def __init__(self, path: Path, library: Library) -> None:
        self._path = path
        self._library = library
        self._engine = _engine()
        self._lines: dict[str, dict[str, Any]] = {}
        for line in path.read_text("utf-8").splitlines() if path.is_file() else ():
            try:
                fields = json.loads(line)
            except ValueError:
                continue  # torn when the run was stopped
            self._lines[fields["key"]] = fields

    def find(self, mutant: Mutant) -> ChapterRun | None:
        """The run of a mutant, if it is there."""
        fields = self._lines.get(self._key(mutant))
        return None if fields is None else self._restored(mutant, fields)

    def add(self, runs: Iterable[tuple[Mutant, ChapterRun]]) -> None:
        """Keep runs, at once."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            for mutant, result in runs:
                fields = self._kept(mutant, result)
                self._lines[fields["key"]] = fields
                file.write(json.dumps(fields, ensure_ascii=False) + "\n")

    def _key(self, mutant: Mutant) -> str:
        """What a run depends on beside the machine; the record, because of it only what differs is kept."""
        record = (self._library.tree.root / self._record(mutant).path).read_bytes()
        return hashlib.sha256(b"".join((self._engine, mutant.text.encode(), record))).hexdigest()[:24]

    def _record(self, mutant: Mutant) -> Record:
        record = self._library.record(mutant.chapter)
        assert record is not None, f"{mutant.chapter} has no record"
        return record

    def _kept(self, mutant: Mutant, result: ChapterRun) -> dict[str, Any]:
        recorded = self._record(mutant).by_name
        cells = [
            cell.name if _same(cell, recorded.get(cell.name)) else asdict(cell) | {"names": [], "seconds": 0.0}
            for cell in result.cells
        ]
        return {
            "key": self._key(mutant),
            "mutant": str(mutant),
            "cells": cells,
            "environment": result.environment,
            "failure": asdict(result.failure) if result.failure else None,
        }

    def _restored(self, mutant: Mutant, fields: dict[str, Any]) -> ChapterRun:
        recorded = self._record(mutant).by_name
        cells = [recorded[cell] if isinstance(cell, str) else _cell(cell) for cell in fields["cells"]]
        failure = Finding(**fields["failure"]) if fields["failure"] else None
        return ChapterRun(parsed(mutant, mutant.chapter), tuple(cells), fields["environment"], "", failure)


def _same(cell: CellRun, recorded: CellRun | None) -> bool:
    same = recorded is not None and (cell.outputs, cell.values) == (recorded.outputs, recorded.values)
    return same and not cell.wrong_values


def _cell(fields: dict[str, Any]) -> CellRun:
    outputs = tuple(Output(**output) for output in fields["outputs"])
    return CellRun(**fields | {"outputs": outputs, "names": tuple(fields["names"])})


def _engine() -> bytes:
    folder = Path(__file__).resolve().parents[2] / "snippets" / "_engine"
    return b"".join(path.read_bytes() for room in _RUNNING for path in sorted((folder / room).glob("*.py")))
