"""`check --shard K/N`: several machines share out the chapters, and together run each of them once."""

import contextlib
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from snippets.__main__ import main
from snippets._engine.chapters.cells import Chapter
from snippets._engine.chapters.results import ChapterRun
from snippets._engine.commands import check as checking
from snippets._engine.commands.check import Shard, share
from snippets._engine.project.tree import Tree

Change = Callable[[str, str, str], None]
COUNT, SUMS = "words/count", "basics/sums"
EXACTLY = "exactly (same machine and versions as the record)"
BEHIND = "note: docs/vi/basics/sums.md:1: section #a (the text before the first heading) is behind"


def check(tree: Tree, *arguments: str) -> Result:
    """What `check` says and how it leaves."""
    done = CliRunner().invoke(main, ["check", *arguments, "--root", str(tree.root)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


@pytest.fixture
def chapters(tree: Tree, write: Callable[[str, str], Path], by_hand: Callable[..., Path]) -> Callable[..., None]:
    """Chapters whose records took so many seconds; None for one without a record."""

    def write_chapters(**seconds: float | None) -> None:
        for name, took in seconds.items():
            write(f"snippets/a/{name}.py", "# %% one\nprint(1)\n\n# %% two\nprint(2)\n")
            if took is not None:
                by_hand(f"a/{name}", {cell: {"seconds": took / 2} for cell in ("one", "two")})

    return write_chapters


def shares(tree: Tree, count: int) -> list[str]:
    """All shards, each as the names of its chapters without their part."""
    names = tree.chapters()
    return [" ".join(n.removeprefix("a/") for n in share(tree, names, Shard(k, count))) for k in range(1, count + 1)]


# Who gets what


@pytest.mark.unit
@pytest.mark.parametrize(
    ("seconds", "count", "expected"),
    [
        pytest.param({"a": 1, "b": 2, "c": 3, "d": 4}, 2, ["a d", "b c"], id="the longest first"),
        pytest.param({"a": 9, "b": 2, "c": 3, "d": 4}, 2, ["a", "b c d"], id="one as long as all others"),
        pytest.param({"d": 1, "c": 1, "b": 1, "a": 1}, 2, ["a c", "b d"], id="ties by name"),
        pytest.param({"a": 0, "b": 0, "c": 0, "d": 0}, 2, ["a c", "b d"], id="no time at all"),
        pytest.param({"a": 6, "b": None, "c": None}, 2, ["a c", "b"], id="without a record: the mean"),
        pytest.param({"a": None, "b": None, "c": None}, 2, ["a c", "b"], id="no record at all"),
        pytest.param({"a": 1, "b": 2}, 3, ["b", "a", ""], id="more shards than chapters"),
        pytest.param({"a": 1, "b": 2}, 1, ["a b"], id="one shard"),
        pytest.param({}, 2, ["", ""], id="no chapter"),
    ],
)
def test_shares_are_about_equally_long(
    seconds: dict[str, float | None], count: int, expected: list[str], tree: Tree, chapters: Callable[..., None]
) -> None:
    chapters(**seconds)
    assert shares(tree, count) == expected


@pytest.mark.unit
def test_every_chapter_is_in_exactly_one_shard_and_always_in_the_same(
    tree: Tree, chapters: Callable[..., None]
) -> None:
    chapters(**{f"c{number}": number % 7 or None for number in range(23)})
    tree.record("a/c5").write_text("{", "utf-8")  # nobody can read it; the chapter runs all the same
    for count in (1, 2, 3, 5, 22, 23, 24, 999_999_999):
        some = range(1, min(count, 25) + 1)
        given = [share(tree, tree.chapters(), Shard(k, count)) for k in some]
        assert sorted(itertools.chain(*given)) == list(tree.chapters())
        assert given == [share(tree, tree.chapters()[::-1], Shard(k, count)) for k in some]


# What the command does with it


@pytest.mark.unit
@pytest.mark.parametrize(
    "said",
    ["x/2", "1/0", "0/2", "0/0", "3/2", "-1/2", "1", "", "/", "1/", "1/2/3", "1.0/2", "1 /2", "١/٢", f"1/{10**30}"],
)
def test_what_is_no_share_leaves_with_2_and_one_line(said: str, tree: Tree) -> None:
    done = check(tree, "--shard", said)
    line = f"--shard {said}: no such share; give K/N with K from 1 to N, as in 1/4\n"
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", line)


@pytest.mark.unit
def test_a_shard_of_named_chapters_leaves_with_2(tree: Tree, chapters: Callable[..., None]) -> None:
    chapters(b=1)
    done = check(tree, "a/b", "--shard", "1/2")
    line = "--shard: shares out all chapters; name none, or leave --shard out\n"
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", line)


@pytest.mark.unit
def test_an_empty_shard_leaves_with_0_whatever_is_wrong_elsewhere(tree: Tree, chapters: Callable[..., None]) -> None:
    chapters(b=1)
    done = check(tree, "--shard", "2/2")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "0 chapters run, 0 findings\n", "")


@pytest.mark.unit
def test_real_images_are_compared_in_the_shard_of_their_chapter(
    tree: Tree, chapters: Callable[..., None], by_hand: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def run(chapters: list[Chapter], variant: str, **_: Any) -> dict[str, ChapterRun]:
        asked.extend((chapter.name, variant) for chapter in chapters)
        return {}

    monkeypatch.setattr(checking, "run", run)
    monkeypatch.setattr(checking, "imports_ahead", lambda *_, **__: contextlib.nullcontext())
    monkeypatch.setattr(checking, "described", lambda folder: "MNIST: 6 train / 2 test")
    monkeypatch.setattr(checking, "fingerprint", lambda folder: "a hash")
    chapters(b=1, c=2, d=3)
    for name in ("a/b", "a/c"):
        by_hand(name, {"one": {"seconds": 100}}, variant="mnist")
    both: list[list[tuple[str, str]]] = []
    for shard in ("1/2", "2/2"):
        check(tree, "--shard", shard, "--data", str(tree.root))
        both.append(asked[:])
        asked.clear()
    cpu = [[("a/d", "cpu")], [("a/b", "cpu"), ("a/c", "cpu")]]  # as without --data: machines need not agree on it
    assert both == [cpu[0], [*cpu[1], ("a/b", "mnist"), ("a/c", "mnist")]]


def test_two_shards_run_each_chapter_once_and_the_first_tells_what_needs_no_run(
    recorded: Tree, change: Change, tmp_path: Path
) -> None:
    change("docs/en/basics/sums.md", "# A {#a}", "# Other {#a}")
    change("docs/notebooks/words/count.ipynb", '"number": 3', '"number": 4')
    change("docs/notebooks/basics/sums.ipynb", '"seconds": ', '"seconds": 1')  # so that it surely is the longer one
    wrong = "error: docs/vi/words/count.md:5: cell `count`, value number: expected 4, found 3"
    first, second = (check(recorded, "--shard", f"{k}/2", "--report", str(tmp_path / f"{k}.md")) for k in (1, 2))
    assert first.exit_code == 0
    assert first.stdout.startswith(f"compared {SUMS} (cpu): {EXACTLY}\n{BEHIND}")
    assert first.stdout.endswith("\n1 chapter run, 0 findings, 1 note\n")
    assert first.stderr == f"ran {SUMS}\n"
    assert second.exit_code == 1
    assert second.stdout == f"compared {COUNT} (cpu): {EXACTLY}\n1 chapter run, 1 finding\n"
    assert second.stderr.startswith(f"ran {COUNT}\n{wrong}")
    reports = [(tmp_path / f"{k}.md").read_text("utf-8") for k in (1, 2)]
    assert ["Cells that differ: none." in text for text in reports] == [True, False]
    assert [BEHIND in text for text in reports] == [True, False]
    assert "value number: expected 4, found 3" in reports[1]


def test_the_report_of_an_empty_shard_claims_nothing_of_machines(recorded: Tree, tmp_path: Path) -> None:
    assert check(recorded, "--shard", "3/3", "--report", str(tmp_path / "3.md")).exit_code == 0
    said = (tmp_path / "3.md").read_text("utf-8")
    assert said == "# Records against a new run\n\nChapters run again: 0. Cells that differ: none.\n"
