"""Change the chapters and the pages in hundreds of small ways, and see that `check` finds each. README.md says more."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import mutants  # noqa: E402
from judge import BATCH, Judge  # noqa: E402
from mutants import Mutant  # noqa: E402
from results import Results  # noqa: E402

from snippets._engine.library import Library  # noqa: E402
from snippets._engine.tree import Tree  # noqa: E402


def judged(library: Library, todo: Sequence[Mutant], results: Results, jobs: int) -> None:
    """Judge the mutants that have no verdict yet, batch by batch."""
    left = [mutant for mutant in todo if mutant.id not in results.found]
    if not left:
        return
    judge = Judge(library, jobs)
    started, batch = time.monotonic(), []
    for number, verdict in enumerate(judge.verdicts(left), 1):
        batch.append(verdict)
        if len(batch) == BATCH or number == len(left):
            results.add(batch)
            batch = []
            seconds = time.monotonic() - started
            print(f"{number} of {len(left)} mutants judged in {seconds:.0f} s", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, default=HERE.parents[1])
    parser.add_argument("--count", type=int, default=540)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=HERE / "results" / "chapters.jsonl")
    args = parser.parse_args()
    os.nice(19)
    os.environ.setdefault("SNIPPETS_DEADLINE", "60")
    library = Library(Tree.find(args.root))
    every = [m for name in library.tree.chapters() for m in mutants.of_chapter(library, name)]
    todo = mutants.chosen(every, args.count, args.seed)
    results = Results(args.results, library.tree)
    judged(library, todo, results, args.jobs)
    for mutant in todo:
        v = results.found[mutant.id]
        if v.fate != "killed" or v.tolerant_fate != "killed":
            print(v.fate, v.tolerant_fate, mutant, "|", v.evidence)
    from collections import Counter
    print(Counter(results.found[m.id].fate for m in todo), Counter(results.found[m.id].tolerant_fate for m in todo))


if __name__ == "__main__":
    main()
