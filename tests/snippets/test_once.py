"""However many processes share a session, it runs each chapter once, and what went wrong is told to all of them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..once import BrokenError, once

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SNIPPET = """\
# %% count
import os
import time

with open(os.environ["STARTS"], "a") as file:
    print("counting", file=file)
time.sleep(0.5)  # the other process asks meanwhile
number = 3
print("words:", number)
"""
TESTS = """\
import pytest

@pytest.mark.parametrize("turn", range(8))
def test_words(chapter, turn):
    assert chapter.text("count") == "words: 3\\n"
    assert chapter.value("count", "number") == 3
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one quick chapter with eight tests, which get it from the conftest.py of this folder."""
    files = {"mkdocs.yml": "", "snippets/words/count.py": SNIPPET, "tests/snippets/words/test_count.py": TESTS}
    files |= {f"tests/{name}": (HERE.parent / name).read_text("utf-8") for name in COPIED}
    for name, text in files.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "project"


def run_tests(project: Path, *options: str) -> tuple[str, int]:
    """What pytest says of the project's tests, and how often the chapter started."""
    starts = project / "starts"
    starts.touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"STARTS": str(starts), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    options = ("-rN", "--import-mode=importlib", "--basetemp", str(project / "temp"), *options)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=project,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr, len(starts.read_text().splitlines())


COPIED = (
    "conftest.py",
    "day.py",
    "once.py",
    "shards.py",
    "snippets/conftest.py",
    "snippets/ran.py",
    "snippets/attempts.py",
)
TWO_WORKERS = ("-p", "xdist", "-n", "2", "--dist", "load")


def test_a_chapter_runs_once_for_all_tests_of_a_session_alone_or_shared(project: Path) -> None:
    alone, starts = run_tests(project)
    assert "8 passed" in alone, alone
    assert starts == 1
    shared, starts = run_tests(project, "-v", *TWO_WORKERS)
    assert "8 passed" in shared, shared
    assert "[gw0]" in shared
    assert "[gw1]" in shared
    assert starts == 1 + 1


def test_a_chapter_that_fails_fails_each_of_its_tests_in_every_worker(project: Path) -> None:
    snippet = project / "snippets/words/count.py"
    snippet.write_text(snippet.read_text("utf-8") + "number / 0\n", "utf-8")
    said, starts = run_tests(project, *TWO_WORKERS)
    assert "8 errors" in said, said
    assert said.count("AssertionError: snippets/words/count.py:10: cell `count` raised ZeroDivisionError") == 8
    assert starts == 1


def test_a_run_that_cannot_start_is_told_to_every_worker(project: Path) -> None:
    (project / "snippets/words/count.py").write_text("no cell\n", "utf-8")
    said, starts = run_tests(project, *TWO_WORKERS)
    assert "8 errors" in said, said
    assert said.count("chapters: CellError: snippets/words/count.py:1: ") == 8
    assert starts == 0


ASKS = """\
import os, sys, time
from pathlib import Path
from once import BrokenError, once

def make():
    with open("made", "a") as file:
        print("made", file=file)
    {does}
    return "answer"

try:
    print(once(Path("."), "chapters", make, patience={patience}))
except BrokenError as exc:
    print(f"broken: {{exc}}")
"""


def ask(folder: Path, does: str = "pass", patience: float = 20.0) -> "subprocess.Popen[str]":
    """A process that wants what is shared in a folder; how it would make that."""
    code = ASKS.format(does=does, patience=patience)
    environment = os.environ | {"PYTHONPATH": str(HERE.parent)}
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, env=environment, stdout=subprocess.PIPE, encoding="utf-8"
    )


def test_of_processes_that_ask_together_one_makes_it_and_all_get_it(tmp_path: Path) -> None:
    asking = [ask(tmp_path, "time.sleep(0.5)") for _ in range(4)]
    assert {process.communicate(timeout=30)[0] for process in asking} == {"answer\n"}
    assert (tmp_path / "made").read_text().splitlines() == ["made"]


def test_why_it_failed_is_told_to_all_and_nobody_tries_again(tmp_path: Path) -> None:
    asking = [ask(tmp_path, "raise OSError('no space')") for _ in range(3)]
    assert {process.communicate(timeout=30)[0] for process in asking} == {"broken: chapters: OSError: no space\n"}
    assert (tmp_path / "made").read_text().splitlines() == ["made"]


def test_when_its_maker_dies_the_others_hear_of_it_at_once(tmp_path: Path) -> None:
    maker = ask(tmp_path, "time.sleep(1); os._exit(9)")
    while not (tmp_path / "made").exists():
        time.sleep(0.05)
    others = [ask(tmp_path) for _ in range(2)]
    said = {process.communicate(timeout=15)[0] for process in others}
    maker.communicate()
    assert maker.returncode == 9
    assert said == {f"broken: chapters: process {maker.pid} died over them\n"}


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    maker = ask(tmp_path, "time.sleep(60)")
    while not (tmp_path / "made").exists():
        time.sleep(0.05)
    try:
        said, _ = ask(tmp_path, patience=0.3).communicate(timeout=15)
    finally:
        maker.kill()
        maker.communicate()
    assert said == f"broken: chapters: process {maker.pid} did not end within 0.3 s\n"


def test_one_process_that_asks_again_gets_the_same(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [once(tmp_path, "number", make), once(tmp_path, "number", make)] == [1, 1]
    assert made == [1]


def test_names_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    assert once(tmp_path, "one", lambda: 1) == 1
    with pytest.raises(BrokenError, match=r"^two: KeyError: 'missing'$"):
        once(tmp_path, "two", lambda: {}["missing"])
    assert once(tmp_path, "one", lambda: 3) == 1
