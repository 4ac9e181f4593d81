"""A sample of mutants written into a copy of the tree, where the real command must say what the judge said."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from copies import copied
from judge import Verdict
from mutants import Mutant

from snippets._engine.audit import audit
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library


def differences(source: Tree, sample: Sequence[tuple[Mutant, Verdict]]) -> Iterator[tuple[Mutant, str]]:
    """For each mutant how the command's words differ from the verdict; empty when they do not.

    What the command finds without a run (a stale record) and what it advises (a second run tells an unseeded cell) are
    no part of the comparison.
    """
    with copied(source) as tree:
        for mutant, verdict in sample:
            path = tree.root / mutant.path
            whole = path.read_bytes()
            path.write_text(mutant.text, "utf-8", newline="\n")
            before = _hashed(tree)
            yield mutant, _difference(tree, mutant, verdict)
            assert _hashed(tree) == before, "check wrote something"
            path.write_bytes(whole)


def _difference(tree: Tree, mutant: Mutant, verdict: Verdict) -> str:
    without_run = {f"{f.severity}: {f}" for f in audit.audit(tree, Library(tree))}
    done = subprocess.run(
        [sys.executable, "-m", "snippets", "check", mutant.chapter, "--root", str(tree.root), "--jobs", "1"],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        check=False,
    )
    said = {line for line in _findings(done.stdout + done.stderr) if line not in without_run}
    real, fast = {_advice_off(line) for line in said}, {_advice_off(f"error: {line}") for line in verdict.exact}
    if done.returncode != 1:
        return f"status {done.returncode}"
    return "" if real == fast else f"the command alone: {sorted(real - fast)}; the judge alone: {sorted(fast - real)}"


def _findings(text: str) -> Iterator[str]:
    """The findings of an output without their further places; one may go over several lines."""
    current = ""
    for line in text.strip().split("\n"):
        if line.startswith(("error: ", "warning: ", "note: ", "ran ", "compared ")) or re.search(
            r" chapters? run, ", line
        ):
            yield from [current] if current.startswith(("error: ", "warning: ")) else []
            current = line
        elif not line.startswith("  also "):
            current += f"\n{line}"
    yield from [current] if current.startswith(("error: ", "warning: ")) else []


def _advice_off(line: str) -> str:
    return line.partition("; if the change is meant")[0].partition("; it differs from run to run")[0].strip()


def _hashed(tree: Tree) -> list[tuple[str, int]]:
    files = (f for f in tree.root.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
    return sorted((str(file), file.stat().st_mtime_ns) for file in files)
