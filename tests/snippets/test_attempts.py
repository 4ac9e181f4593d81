"""`attempt` does what a page invites to in both ways of a reader: here, where no fork is safe, and for readers alike.

One test file is given to all of them; what it expects of each way stands in it.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .test_once import COPIED
from .test_published import CONFTEST, run_pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CHAPTER = """\
# %% data
numbers = [1, 2]
# vi: bước
# en: step
rate = 0.5  # (1)!

# %% model
total, calls = 0.0, 0

# %% train
for n in numbers:
    total += rate * n
calls += 1
print("total:", total, "calls:", calls)

# %% fails raises="ZeroDivisionError"
1 / (calls - 1)

# %% show
import warnings

warnings.warn("look")
total

# %% late
total = 100.0
"""
TESTS = """\
import pytest


@pytest.fixture
def alone(request):
    return "alone" in request.node.name


def test_chapter_is_as_it_was(chapter):
    assert chapter.text("train") == "total: 1.5 calls: 1\\n"
    assert chapter.value("train", "total") == 1.5


def test_try_faster(attempt, alone):
    after = attempt("train", {"rate * n": "n"})
    assert after.text("train") == ("total: 4.5 calls: 2\\n" if alone else "total: 3.0 calls: 1\\n")
    assert after.value("train", "calls") == (2 if alone else 1)
    assert after.error("train") == ""
    assert after.figures("train") == []


def test_try_since(attempt, alone):
    after = attempt("train", {"rate * n": "n", "calls += 1": "calls += 5"}, since="model")
    assert after.text("train") == "total: 3.0 calls: 5\\n"
    if alone:
        assert after.value("model", "total") == 0.0


def test_try_then(attempt, alone):
    after = attempt("data", {"0.5": "1.0"}, then=("train", "show"))
    assert after.text("train") == ("total: 4.5 calls: 2\\n" if alone else "total: 3.0 calls: 1\\n")
    assert after.text("show") == ("UserWarning: look\\n4.5\\n" if alone else "UserWarning: look\\n3.0\\n")


def test_try_comments(attempt):
    after = attempt("data", {"2]\\nrate = 0.5": "3]\\nrate = 2.0"}, then=["train"], since="data")
    assert after.value("data", "[*numbers, rate]") == [1, 3, 2.0]


def test_try_again(attempt, alone):
    after = attempt("train", {})
    assert after.text("train") == ("total: 3.0 calls: 2\\n" if alone else "total: 1.5 calls: 1\\n")


def test_try_error(attempt, chapter):
    after = attempt("train", {"numbers": "number"}, then=("fails", "show"))
    assert after.error("train").startswith("NameError: name 'number' is not defined")
    assert after.text("train") == ""
    assert after.text("show").startswith("UserWarning: look\\n")
    assert chapter.error("train") == ""
    assert chapter.value("show", "calls") == 1


def test_try_no_error(attempt):
    after = attempt("fails", {"- 1": "- 2"})
    assert after.error("fails") == ""
    assert after.text("fails") == "-1.0\\n"


def test_try_declared(attempt):
    after = attempt("data", {"0.5": "1.0"}, then=("fails",))
    assert after.error("fails") == "ZeroDivisionError: division by zero"


def test_try_whole(attempt, alone):
    after = attempt("train", {"rate * n": "n"}, whole=True)
    assert after.text("train") == ("total: 103.0 calls: 2\\n" if alone else "total: 3.0 calls: 1\\n")


def test_try_promise_that_fails_alone(attempt):
    assert attempt("train", {"rate * n": "n"}).text("train") == "total: 3.0 calls: 1\\n"


def test_try_wrong_cell(attempt):
    attempt("trains", {})


def test_try_lost(attempt):
    attempt("train", {"lr": "1"})


def test_try_twice(attempt):
    attempt("train", {"total": "sum"})


def test_try_overlap(attempt):
    attempt("train", {"rate * n": "n", "total += rate": "total -= 1"})


def test_try_no_python(attempt):
    attempt("train", {"numbers:": "numbers"})


def test_try_wrong_order(attempt):
    attempt("train", {}, then=("data",))


def test_try_wrong_twice(attempt):
    attempt("train", {}, then=("show", "show"))


def test_try_wrong_since(attempt):
    attempt("train", {}, since="show")


def test_elsewhere(attempt):
    attempt("train", {})
"""
FAIL = {
    "promise_that_fails_alone[alone]": r"assert 'total: 4.5 calls: 2\n' == 'total: 3.0 calls: 1\n'",
    "wrong_cell": "no cell `trains`; there are: data, model, train, fails, show, late",
    "lost": "expected 'lr' once, found 0; name what the reader changes",
    "twice": "expected 'total' once, found 3; name what the reader changes",
    "overlap": "expected 'total += rate' once, found 0; name what the reader changes",
    "no_python": "cell `train`: no Python any more when changed: expected ':'; mend the change",
    "wrong_order": "since='', then=('data',): name cells before and behind `train`, in their order",
    "wrong_twice": "since='', then=('show', 'show'): name cells before and behind `train`, in their order",
    "wrong_since": "since='show', then=(): name cells before and behind `train`, in their order",
}
ELSEWHERE = "`attempt` in `test_elsewhere`; call the test `test_try_NAME`, as the page invites to it"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the chapter and its tests, as the site lays them out, and nothing around them."""
    for name, text in (("snippets/words/count.py", CHAPTER), ("tests/snippets/words/test_count.py", TESTS)):
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
    return tmp_path / "files"


def assert_as_expected(said: str) -> None:
    """All passes but what must fail, and that fails in both ways with its one line."""
    failed = re.findall(r"^(?:FAILED|ERROR) \S+?::test_(?:try_)?(\S+)", said, re.MULTILINE)
    both = [f"{name}[{way}]" for name in FAIL if "[" not in name for way in ("in_order", "alone")]
    expected = [*both, "promise_that_fails_alone[alone]", "elsewhere[in_order]", "elsewhere[alone]"]
    assert sorted(failed) == sorted(expected), said
    lines = [line for line in said.splitlines() if not line.startswith(("FAILED", "ERROR"))]
    for name, told in FAIL.items():
        assert sum(told in line for line in lines) == (1 if "[" in name else 2), (name, said)
    assert said.count(f"\ntest_count.py: {ELSEWHERE}\n") == 2
    passed = TESTS.count("\ndef test_") * 2 - 1 - len(expected)
    assert re.search(rf"\b{passed} passed\b", said), said


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_here(way: str, files: Path) -> None:
    (files / "mkdocs.yml").touch()
    for name in COPIED:
        (files / "tests" / name).write_text((HERE.parent / name).read_text("utf-8"), "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT), "SNIPPETS_WAY": way}
    options = ["--import-mode=importlib", "--basetemp", str(files / "temp"), "-p", "no:cacheprovider", "tests"]
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", *options]
    done = subprocess.run(command, cwd=files, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert_as_expected(done.stdout + done.stderr)


def test_of_a_reader(files: Path) -> None:
    shutil.copy(CONFTEST, files / "tests" / "snippets" / "conftest.py")
    assert_as_expected(run_pytest(files))
