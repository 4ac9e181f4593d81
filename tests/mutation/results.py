"""Verdicts on disk, a line of JSON each, so that a run that was stopped goes on where it was."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from judge import Verdict

from snippets._engine.tree import Tree


class Results:
    """The verdicts of a file, those of other sources than the present ones left out."""

    def __init__(self, path: Path, tree: Tree) -> None:
        self._path = path
        self._state = _state(tree)
        self.found: dict[str, Verdict] = {}
        for line in path.read_text("utf-8").splitlines() if path.is_file() else ():
            self._take(line)

    def _take(self, line: str) -> None:
        try:
            fields = json.loads(line)
        except ValueError:
            return  # torn when the run was stopped
        if fields.pop("state") == self._state:
            listed = {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
            self.found[listed["id"]] = Verdict(**listed)

    def add(self, verdicts: Sequence[Verdict]) -> None:
        """Keep verdicts, at once."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            for verdict in verdicts:
                self.found[verdict.id] = verdict
                file.write(json.dumps({"state": self._state, **verdict.as_json()}, ensure_ascii=False) + "\n")


def _state(tree: Tree) -> str:
    """What a verdict depends on beside the mutant: the engine, the pages, the snippets, the records."""
    engine = Path(__file__).resolve().parents[2] / "snippets" / "_engine"
    files = [*engine.glob("*.py"), Path(__file__).parent / "judge.py"]
    files += [*tree.snippets.rglob("[!_]*/*.py"), *(tree.root / "docs").rglob("*.md"), *tree.records.rglob("*.ipynb")]
    known = hashlib.sha256()
    for file in sorted(set(files)):
        known.update(file.read_bytes())
    return known.hexdigest()[:12]
