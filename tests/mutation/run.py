"""Changes the chapters and the pages in hundreds of small ways and sees that `check` finds each one.

README.md beside this file says what it does and how to read what it writes.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import mutants  # noqa: E402
import page_judge  # noqa: E402
import real  # noqa: E402
import report  # noqa: E402
from judge import BATCH, Judge, UnequalError, Verdict  # noqa: E402
from mutants import Mutant  # noqa: E402
from reasons import Reasons, ReasonsError, kind_of  # noqa: E402
from results import Results  # noqa: E402

from snippets._engine.chapters.results import ChapterRun  # noqa: E402
from snippets._engine.project.errors import SnippetsError  # noqa: E402
from snippets._engine.project.tree import Tree  # noqa: E402
from snippets._engine.records.library import Library  # noqa: E402

T = TypeVar("T")

Found = list[tuple[Mutant, Verdict]]


def main() -> int:
    """Judge what is asked for, write the report; 1 when a survivor has no reason, 2 when nothing can be judged."""
    args = _arguments().parse_args()
    os.nice(19)
    os.environ.setdefault("SNIPPETS_DEADLINE", "60")
    try:
        tree = Tree.find(args.root)
        reasons = Reasons.read(args.reasons)
        listed = _chosen(tree, args)
        if args.list:
            print("\n".join(str(mutant) for members in listed.values() for mutant in members))
            return 0
        found = {part: _judged(part, tree, members, args) for part, members in listed.items()}
        sample = _sampled(found.get("chapters", []), args.real, args.seed)
        said = {str(mutant): why for mutant, why in real.differences(tree, sample)}
    except (SnippetsError, UnequalError, ReasonsError) as exc:
        print(exc, file=sys.stderr)
        return 2
    lines = _report(found, said, reasons)
    if args.report:
        args.report.write_text("\n".join(lines) + "\n", "utf-8", newline="\n")
    return _verdict(found, said, reasons, lines)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=HERE.parents[1], help="the tree (default: this one)")
    parser.add_argument("--only", choices=("chapters", "pages"), help="one part (default: both)")
    parser.add_argument("--chapters", type=int, default=540, metavar="N", help="mutants of chapters (default: 540)")
    parser.add_argument("--pages", type=int, default=880, metavar="N", help="mutants of pages (default: 880)")
    parser.add_argument("--seed", type=int, default=8, help="chooses the mutants (default: 8)")
    parser.add_argument("--id", action="append", default=[], help="this mutant only; may be given again")
    parser.add_argument("--real", type=int, default=0, metavar="N", help="mutants sent through the real command too")
    parser.add_argument("--jobs", type=int, default=2, help="children at a time (default: 2)")
    parser.add_argument("--list", action="store_true", help="list the chosen mutants and leave")
    parser.add_argument("--report", type=Path, help="write the report here")
    parser.add_argument("--results", type=Path, default=HERE / "results" / "runs.jsonl", help="where runs are kept")
    parser.add_argument("--reasons", type=Path, default=HERE / "survivors.toml")
    return parser


def _chosen(tree: Tree, args: argparse.Namespace) -> dict[str, list[Mutant]]:
    """The mutants of each part asked for."""
    parts: dict[str, list[Mutant]] = {}
    if args.only != "pages":
        library = Library(tree)
        parts["chapters"] = [m for name in tree.chapters() for m in mutants.of_chapter(library, name)]
    if args.only != "chapters":
        parts["pages"] = page_judge.of_pages(tree)
    if args.id:
        return {part: [m for m in members if m.id in args.id] for part, members in parts.items()}
    return {part: mutants.chosen(members, getattr(args, part), args.seed) for part, members in parts.items()}


def _judged(part: str, tree: Tree, members: Sequence[Mutant], args: argparse.Namespace) -> Found:
    """The verdicts of a part."""
    if part == "pages":
        shown = _shown("pages", len(members), page_judge.PageJudge(tree).verdicts(members))
        return list(zip(members, shown, strict=True))
    library = Library(tree)
    judge, results = Judge(library, args.jobs), Results(args.results, library)
    judge.settle(sorted({mutant.chapter for mutant in members}))
    left = [mutant for mutant in members if results.find(mutant) is None]
    batch: list[tuple[Mutant, ChapterRun]] = []
    for number, ran in enumerate(_shown("chapters", len(left), judge.runs(left)), 1):
        batch.append(ran)
        if len(batch) == BATCH or number == len(left):
            results.add(batch)
            batch = []
    runs = ((mutant, results.find(mutant)) for mutant in members)
    return [(mutant, judge.verdict(mutant, result)) for mutant, result in runs if result is not None]


def _shown(part: str, total: int, items: Iterable[T]) -> Iterator[T]:
    """The items, with a line now and then on how far they are."""
    started = time.monotonic()
    for number, item in enumerate(items, 1):
        yield item
        if number % BATCH == 0 or number == total:
            seconds = time.monotonic() - started
            print(f"{part}: {number} of {total} in {seconds:.0f} s", file=sys.stderr, flush=True)


def _sampled(found: Found, count: int, seed: int) -> Found:
    """As many survivors as killed ones, as far as there are."""
    drawn = random.Random(seed)
    alive = [f for f in found if f[1].fate != "killed"]
    taken = drawn.sample(alive, min(count // 2, len(alive)))
    dead = [f for f in found if f[1].fate == "killed"]
    return taken + drawn.sample(dead, min(count - len(taken), len(dead)))


def _report(found: dict[str, Found], said: dict[str, str], reasons: Reasons) -> list[str]:
    lines = ["# Seeded faults", ""]
    if "chapters" in found:
        lines += report.chapters(found["chapters"], reasons)
    if said:
        lines += report.samples(said)
    if "pages" in found:
        lines += report.pages(found["pages"], reasons)
    return lines


def _verdict(found: dict[str, Found], said: dict[str, str], reasons: Reasons, lines: list[str]) -> int:
    """Say what stands without a reason."""
    kinds = [(kind_of(v, page=part == "pages"), m, v) for part, members in found.items() for m, v in members]
    alive = [(kind, mutant) for kind, mutant, _ in kinds if kind]
    wrong = [f"survives without a reason ({k}): {m}" for k, m in alive if not reasons.of(k, m)]
    wrong += [f"killed without page and cell: {m}: {v.exact[0]}" for k, m, v in kinds if v.fate == "unnamed"]
    wrong += [f"the real command says otherwise: {mutant}: {why}" for mutant, why in said.items() if why]
    for line in wrong:
        print(line, file=sys.stderr)
    for name in reasons.idle(alive):
        print(f"note: a reason that nothing chosen needs: {name}", file=sys.stderr)
    print("\n".join(line for line in lines if line.startswith(("#", "|"))))
    print(f"{len(kinds)} mutants, {len(alive)} survivors, {len(wrong)} without a reason or wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
