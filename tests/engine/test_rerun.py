"""Runs that `mkdocs serve` starts: warm ones and those without fork give the same, can be given up, leave nothing."""

import os
import queue
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from snippets._engine.live import reruns as rerun
from snippets._engine.live.reruns import Reruns
from snippets._engine.pages.page import read_what_can_be
from snippets._engine.project.errors import Finding
from snippets._engine.project.tree import Tree
from snippets._engine.records import record as records
from snippets._engine.records.library import Library
from snippets._engine.run.interpreter import may_fork

NAME = "words/count"
WAYS = [pytest.param("fork", marks=pytest.mark.skipif(sys.platform != "linux", reason="the forking way")), "spawn"]
Answer = tuple[Finding, ...] | None
Run = Callable[[], "queue.Queue[Answer]"]


@pytest.fixture(params=WAYS)
def reruns(
    request: pytest.FixtureRequest,
    recorded: Tree,
    monkeypatch: pytest.MonkeyPatch,
    processes: Callable[[str], list[str]],
) -> Iterator[Reruns]:
    """For the recorded tree, in each way; no process is left at the end."""
    monkeypatch.setenv("SNIPPETS_WAY", request.param)
    made = Reruns(recorded)
    yield made
    made.close()
    assert not processes(str(recorded.root))


@pytest.fixture
def run(reruns: Reruns, recorded: Tree) -> Run:
    """Starts a run of the chapter as it now is; the answer comes through the queue."""

    def start() -> "queue.Queue[Answer]":
        library = Library(recorded)
        answers: queue.Queue[Answer] = queue.Queue()
        reruns.run([library.chapter(NAME)], read_what_can_be(library), answers.put)
        return answers

    return start


def printed(tree: Tree) -> str:
    """What the record's first cell printed."""
    record = records.load(tree, NAME)
    assert record is not None
    return record.by_name["count"].outputs[0].text


def test_each_saved_version_is_recorded_with_its_values_or_its_error_told(
    run: Run, recorded: Tree, change: Callable[..., None]
) -> None:
    for old, new, words in (('"a b c"', '"a b"', 2), ('"a b"', '"a b c d"', 4)):
        change(f"snippets/{NAME}.py", old, new)
        assert run().get(timeout=30) == ()
        assert printed(recorded) == f"words: {words}\n"
        record = records.load(recorded, NAME)
        assert record is not None
        assert record.by_name["count"].values == {"number": words}
    change(f"snippets/{NAME}.py", "number / 7", "number / 0")
    (finding,) = run().get(timeout=30) or ()
    assert "`ratio` raised ZeroDivisionError" in finding.message
    assert finding.path == f"snippets/{NAME}.py"


def test_a_run_given_up_ends_at_once_with_all_it_started_and_the_next_one_goes_on(
    run: Run,
    reruns: Reruns,
    recorded: Tree,
    change: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    processes: Callable[[str], list[str]],
    wait_until: Callable[..., bool],
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    seconds = f"94{os.getpid() % 10000:04}"
    away = ["setsid"] if may_fork() else []  # without fork nobody becomes the parent of what a dead run leaves
    slow = f'__import__("subprocess").call({[*away, "sleep", seconds]})'
    change(f"snippets/{NAME}.py", "number / 7", slow)
    given_up = run()
    assert wait_until(lambda: processes(f"sleep {seconds}"))
    change(f"snippets/{NAME}.py", slow, "number / 5")
    assert run().get(timeout=30) == ()
    assert not processes(f"sleep {seconds}")
    assert given_up.empty()
    assert not list(tmp_path.glob("snippets-*")), "a run's folder is left"


@pytest.mark.parametrize("reruns", WAYS[:1], indirect=True)
def test_the_process_stays_for_the_next_run_and_is_replaced_when_the_engine_changed(
    run: Run, reruns: Reruns, recorded: Tree, change: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reruns.warm([Library(recorded).chapter(NAME)])
    change(f"snippets/{NAME}.py", "number / 7", "number / 6")
    run().get(timeout=30)
    first = reruns._process
    run().get(timeout=30)
    assert reruns._process is first
    monkeypatch.setattr(rerun, "_version", lambda: "another")
    run().get(timeout=30)
    assert reruns._process is not first
    assert first is not None
    assert first.poll() is not None


@pytest.mark.parametrize("reruns", WAYS[:1], indirect=True)
def test_a_process_that_was_killed_is_told_and_replaced(
    run: Run,
    reruns: Reruns,
    recorded: Tree,
    change: Callable[..., None],
    processes: Callable[[str], list[str]],
    wait_until: Callable[..., bool],
) -> None:
    seconds = f"93{os.getpid() % 10000:04}"
    slow = f'__import__("subprocess").call(["setsid", "sleep", "{seconds}"])'
    change(f"snippets/{NAME}.py", "number / 7", slow)
    answers = run()
    assert wait_until(lambda: processes(f"sleep {seconds}"))
    assert reruns._process is not None
    reruns._process.kill()
    assert answers.get(timeout=30) is None
    assert wait_until(lambda: not processes(f"sleep {seconds}"))
    change(f"snippets/{NAME}.py", slow, "number / 8")
    assert run().get(timeout=30) == ()
