"""Measures recording and building, beside other tools, in one run. See README.md."""

import argparse
import compileall
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.dont_write_bytecode = True  # leave nothing in the tree
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import in_process  # noqa: E402
import ours  # noqa: E402
import peers  # noqa: E402
import preview  # noqa: E402
import project  # noqa: E402
import tree as growing  # noqa: E402
from measure import Cost, machine, middle  # noqa: E402
from table import COLUMNS, Row, cell, table  # noqa: E402

from snippets._engine.project.tree import Tree  # noqa: E402


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    repeat: int
    with_peers: bool
    growth: tuple[int, ...]
    sets: tuple[str, ...]
    saves: int


def tables(options: Options, folder: Path) -> Iterator[str]:
    """The Markdown, block by block, as soon as each is measured."""
    environment = _environment(folder)
    yield f"{machine()}. {_count(options.repeat)}. CPU and wall in seconds; load at the end stands below."
    for name in options.sets:
        tree = _tree(name, folder / name)
        rows = _compared(tree, environment, options)
        yield f"## {_TITLES[name].format(chapters=len(tree.chapters()))}\n\n{table(rows)}"
        shutil.rmtree(tree.root)
    if options.growth:
        yield f"## Growth\n\n{_growth(options, folder, environment)}"
    if options.saves:
        _say("mkdocs serve")
        found = preview.table(folder, ROOT, environment, options.saves, with_peers=options.with_peers)
        yield f"## `mkdocs serve`: from a saved file to the page in Chromium\n\n{found}"
    yield f"Load at the end: {', '.join(f'{value:.1f}' for value in os.getloadavg())}."


_TITLES = {
    "twelve": "A set of {chapters} chapters: 80 cells, 9 figures",
    "project": "The project itself: {chapters} chapters",
}


def _count(repeat: int) -> str:
    return "Each step once" if repeat == 1 else f"Medians of {repeat} runs of each step, the tools by turns"


def _environment(folder: Path) -> dict[str, str]:
    """For every command alike: this engine from a copy, one thread for torch, nothing written elsewhere."""
    code, home = folder / "code" / "snippets", folder / "home"
    home.mkdir()
    for name in ("_engine", "_site"):
        shutil.copytree(ROOT / "snippets" / name, code / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "__main__.py"):
        shutil.copyfile(ROOT / "snippets" / name, code / name)
    compileall.compile_dir(code, quiet=1)  # as the first command in a clone leaves it, and pip the other tools
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNIPPETS_", "SITE_URL"))}
    settings = {"PYTHONPATH": str(code.parent), "NO_MKDOCS_2_WARNING": "1", "OMP_NUM_THREADS": "1"}
    return kept | settings | {"TMPDIR": str(folder), "IPYTHONDIR": str(home), "JUPYTER_RUNTIME_DIR": str(home)}


def _tree(name: str, root: Path) -> Tree:
    if name == "project":
        return ours.copy(root, ROOT)
    files = sorted((Path(__file__).parent / "chapters").glob("*.py"))
    parts = ("basics", "models", "training")
    return project.write(
        root, {f"{parts[n * 3 // len(files)]}/{f.stem}": f.read_text("utf-8") for n, f in enumerate(files)}
    )


def _compared(tree: Tree, environment: dict[str, str], options: Options) -> dict[str, Row]:
    """Each tool's costs; within a repetition the tools take turns, so that a busy minute hits them all."""
    mine, chapter = ours.Ours(tree, environment), tree.chapters()[len(tree.chapters()) // 2]
    others = peers.of(tree, tree.root.with_name(f"{tree.root.name}-peers"), environment)
    alike = in_process.of(others.library, others.root / "in-process", others.environment) if options.with_peers else {}
    found: dict[str, dict[str, list[Cost]]] = {}

    def note(row: str, column: str, step: Callable[[], Cost]) -> None:
        _say(f"{row}: {column}")
        found.setdefault(row, {}).setdefault(column, []).append(step())

    for turn in range(options.repeat):
        mark = f"again {'a' * (turn + 1)}"
        note("this project", COLUMNS[0], mine.cold)
        note("floor", COLUMNS[0], others.floor)
        if options.with_peers:
            note("mkdocs-jupyter", COLUMNS[0], others.jupyter_cold)
            note("a kernel a chapter", COLUMNS[0], others.kernels)
            note("mkdocs-jupyter", COLUMNS[1], others.jupyter)
            note("mkdocs-jupyter", COLUMNS[2], lambda: others.edited(chapter, "code", mark))  # noqa: B023
            note("mkdocs-jupyter", COLUMNS[3], lambda: others.edited(chapter, "markdown", mark))  # noqa: B023
        for name, tool in alike.items():
            note(name, COLUMNS[0], tool.cold)
            note(name, COLUMNS[1], tool.build)
            note(name, COLUMNS[2], partial(tool.edited, chapter, "code", mark))
            note(name, COLUMNS[3], partial(tool.edited, chapter, "markdown", mark))
        note("this project", COLUMNS[1], mine.build)
        note("`record` alone", COLUMNS[1], mine.record)
        note("this project", COLUMNS[2], lambda: mine.edited_cell(chapter, mark))  # noqa: B023
        note("floor", COLUMNS[2], lambda: others.floor([chapter]))
        note("this project", COLUMNS[3], lambda: mine.edited_sentence(chapter, mark))  # noqa: B023
        mine.forget()
        shutil.rmtree(tree.records)
        note("`record` alone", COLUMNS[0], mine.record)
    return {row: {column: middle(costs) for column, costs in columns.items()} for row, columns in found.items()}


def _growth(options: Options, folder: Path, environment: dict[str, str]) -> str:
    """Builds alone: the records of all but one chapter are copies, see tree.py."""
    head = ("chapters (pages in both languages)", "cold build", "unchanged build", "one-page edit", "peak memory, MB")
    lines = ["| " + " | ".join(head) + " |", "|--:|" + "--:|" * 4]
    cold: dict[int, Cost] = {}
    unchanged: dict[int, Cost] = {}
    for count in options.growth:
        _say(f"growth: {count} chapters")
        tree = growing.make(folder / f"grown-{count}", count)
        mine, chapter = ours.Ours(tree, environment), tree.chapters()[count // 2]
        costs: tuple[list[Cost], list[Cost], list[Cost]] = ([], [], [])
        for turn in range(options.repeat):
            mine.forget()
            costs[0].append(mine.build())
            costs[1].append(mine.build())
            costs[2].append(mine.edited_sentence(chapter, f"again {'a' * (turn + 1)}"))
        steps = [middle(found) for found in costs]
        cold[count], unchanged[count] = steps[:2]
        memory = max(cost.memory for cost in steps)
        lines.append(f"| {count} ({2 * count}) | {' | '.join(map(cell, steps))} | {memory:.0f} |")
        shutil.rmtree(tree.root)
    return "\n".join([*lines, *_marginal(cold, unchanged)])


def _marginal(cold: dict[int, Cost], unchanged: dict[int, Cost]) -> Sequence[str]:
    """What one page more costs, between the smallest and the largest project."""
    small, large = min(cold), max(cold)
    if small == large:
        return []
    pages = 2 * (large - small)
    first, again = (1000 * (costs[large].cpu - costs[small].cpu) / pages for costs in (cold, unchanged))
    growth = (cold[large].cpu / cold[small].cpu) / (large / small)
    return [
        "",
        f"One page more costs {first:.1f} ms of CPU cold and {again:.1f} ms unchanged: a ratio of {again / first:.3f}. "
        f"From {small} to {large} chapters the cold build's CPU grows {growth:.2f} times as much as the chapters do.",
    ]


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


def _options() -> tuple[Options, Path | None]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each step once; no growth unless asked for")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True, help="measure other tools too")
    parser.add_argument("--growth", metavar="N,N", help="sizes of the synthetic projects; default 50,100,500; 0: none")
    parser.add_argument("--sets", default="twelve,project", help="what to compare on; empty: nothing")
    parser.add_argument("--output", type=Path, metavar="FILE.md", help="write the tables there too")
    parser.add_argument("--saves", type=int, help="saves of each kind below `mkdocs serve`; default 9; 0: none")
    found = parser.parse_args()
    growth = tuple(int(n) for n in (found.growth or ("0" if found.quick else "50,100,500")).split(",") if int(n))
    sets = tuple(name for name in found.sets.split(",") if name)
    if unknown := set(sets) - _TITLES.keys():
        parser.error(f"unknown set {', '.join(unknown)}; there are: {', '.join(_TITLES)}")
    saves = (3 if found.quick else 9) if found.saves is None else found.saves
    return Options(1 if found.quick else 3, found.peers, growth, sets, saves), found.output


def main() -> int:
    """Measure, and print as it goes."""
    options, output = _options()
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell lets what it starts in the background ignore Ctrl-C
        signal.signal(number, signal.default_int_handler)
    blocks = []
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-", ignore_cleanup_errors=True) as folder:
            for block in tables(options, Path(folder)):
                blocks.append(block)
                print(f"{block}\n", flush=True)
    except KeyboardInterrupt:
        print("interrupted; nothing is left behind", file=sys.stderr)
        return 130
    except RuntimeError as exc:
        print(f"a step failed: {exc}", file=sys.stderr)
        return 1
    if output is not None:
        output.write_text("\n\n".join(["# Benchmark", *blocks]) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
