"""Measures how long the tests of a course take that has grown to so many chapters. See README.md."""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.dont_write_bytecode = True  # leave nothing in the tree
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from measure import Cost, machine, measure  # noqa: E402

from snippets._engine.project.tree import Tree  # noqa: E402

PART = "beyond"
FIRST = "x = torch.tensor([1.0, 2.0, 3.0])  # (3,)\n"
"""A line of the chapter that `snippets new` writes; the work comes behind it, and changes nothing."""
WORK = "for _ in range({count}):\n    x = x + 0\n"


def copy(root: Path) -> None:
    """The working tree as git sees it, in a repository of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)


def commit(root: Path) -> None:
    """Make all of it the last commit."""
    who = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost"]
    for words in (["init", "-q"], ["add", "--all"], [*who, "commit", "-q", "-m", "A grown course"]):
        subprocess.run(["git", *words], cwd=root, check=True)


def grow(root: Path, chapters: int, seconds: float) -> int:
    """Let the copy have so many chapters, the added ones of about so many CPU seconds; how many were added.

    Each is what `snippets new` writes: snippet, test, both pages, record. Only its first cell has more to do.
    """
    tree = Tree(root)
    names = [f"{PART}/made_{number:03}" for number in range(chapters - len(tree.chapters()))]
    work = WORK.format(count=round(seconds / _seconds_of_a_turn()))
    for name in names:
        snippets(root, "new", name)
        path = tree.snippet(name)
        text = path.read_text("utf-8")
        assert FIRST in text, f"{path} is not what `snippets new` wrote once"
        path.write_text(text.replace(FIRST, FIRST + work), "utf-8", newline="\n")
    if names:
        snippets(root, "record", *names)
    return len(names)


def _seconds_of_a_turn() -> float:
    """What one turn of the work takes on this machine, with one thread."""
    code = "import time, torch\n\nturns = 300_000\nx = torch.ones(3)\nbegan = time.process_time()\n"
    code += WORK.format(count="turns") + "print((time.process_time() - began) / turns)\n"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def snippets(root: Path, *words: str) -> None:
    """A command of the copy."""
    subprocess.run([sys.executable, "-m", "snippets", *words], cwd=root, stdout=subprocess.DEVNULL, check=True)


def test_command() -> list[str]:
    """The pytest of the README's test command, with this Python."""
    found = re.search(r"-m pytest.*", (ROOT / "README.md").read_text("utf-8"))
    assert found, "README.md: no test command found"
    return [sys.executable, *shlex.split(found[0])]


def told(root: Path, added: int, cost: Cost) -> str:
    """One line of Markdown a figure."""
    last = (root / ".benchmark.log").read_text("utf-8", "replace").rstrip().rpartition("\n")[2].strip("= ")
    return (
        f"- {len(Tree(root).chapters())} chapters, {added} of them made for this\n"
        f"- {cost.wall:.0f} s on the wall, {cost.cpu:.0f} s of CPU, largest process {cost.memory:.0f} MB\n"
        f"- pytest: {last}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chapters", type=int, default=30, help="of the grown course, the real ones included")
    parser.add_argument("--seconds", type=float, default=8.0, help="CPU seconds of each chapter that is added")
    parser.add_argument("--in", dest="folder", type=Path, help="an empty folder for the copy, which then stays")
    parser.add_argument("words", nargs="*", metavar="PYTEST", help="more words for pytest, after --")
    options = parser.parse_args(arguments)
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="growth-") as temporary:
        root = (options.folder or Path(temporary, "course")).resolve()
        root.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        copy(root)
        added = grow(root, options.chapters, options.seconds)
        commit(root)
        print(f"made in {time.perf_counter() - began:.0f} s; now the tests", flush=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SNIPPETS_")}
        cost = measure([*test_command(), *options.words], root, environment)
        print(told(root, added, cost))


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        sys.exit(str(error))
