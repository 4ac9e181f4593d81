"""Citing a value changes nothing: not what later cells give, not what other values are."""

from collections.abc import Callable

import pytest

from snippets._engine.chapters.results import ChapterRun

Run = Callable[..., ChapterRun]

CODE = """\
# %% make
import random
items = [1, 2, 3]
it = iter(items)
made = (n for n in range(9))
random.seed(3)
with open("lines.txt", "w") as file:
    file.write("a\\nb\\nc\\n")
lines = open("lines.txt")
class Tally:
    n = 0
    def __call__(self):
        self.n += 1
        return self.n
tally = Tally()
# %% use
import os
print(len(items), next(it), next(made), tally.n, lines.readline().strip(), sorted(os.listdir()), random.random())
"""
CHANGES = ["items.pop()", "items.append(4)", "next(it)", "next(made)", "tally()", "lines.readline()", "random.random()"]
GIVES = {"items.pop()": 3, "items.append(4)": None, "next(it)": 1, "next(made)": 0, "tally()": 1, "len(items)": 3}


def printed(result: ChapterRun) -> str:
    """What the last cell wrote."""
    assert result.failure is None
    return "".join(output.text for output in result.cell("use").outputs)


@pytest.fixture(scope="module")
def without() -> str:
    """What the chapter prints when no page cites anything, as plain Python."""
    return "3 1 0 0 a ['lines.txt'] 0.23796462709189137\n"


def test_in_a_forked_copy_every_value_finds_what_the_cell_left(run_code: Run, without: str) -> None:
    result = run_code(CODE, values={"make": ["len(items)", *CHANGES, "items.pop() + 0"], "use": ["len(items)"]})
    assert printed(result) == without
    found = result.cell("make").values
    assert {name: found[name] for name in GIVES} == GIVES
    assert found["lines.readline()"] == "a\n"
    assert found["random.random()"] == 0.23796462709189137
    assert found["items.pop() + 0"] == 3
    assert result.cell("use").values == {"len(items)": 3}


def test_without_fork_values_come_from_runs_of_their_own(
    run_code: Run, without: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNIPPETS_WAY", "spawn")
    result = run_code(CODE, values={"make": ["len(items)", "items.pop()", "next(it)"], "use": ["len(items)"]})
    assert printed(result) == without
    assert result.cell("make").values == {"len(items)": 3, "items.pop()": 3, "next(it)": 1}
    assert result.cell("use").values == {"len(items)": 3}


def test_where_a_copy_would_share_memory_or_lack_a_thread_a_run_of_its_own_does_it(run_code: Run) -> None:
    for held in (
        "import mmap\nheld = mmap.mmap(-1, 8)\nheld[:3] = b'abc'\ndef change():\n    held[0] = 120\n    return 1",
        "import threading\nheld = 'abc'\nend = threading.Event()\n"
        "threading.Thread(target=end.wait, daemon=True).start()\n"
        "def change():\n    global held\n    held = 'x'\n    return 1",
    ):
        result = run_code(f"# %% make\n{held}\n# %% use\nprint(held[:3])\n", values={"make": ["change()"]})
        assert printed(result).strip("b'\n") == "abc"
        assert result.cell("make").values == {"change()": 1}


def test_value_that_writes_a_file_or_ends_its_process_is_refused(run_code: Run) -> None:
    asked = {
        "open('new.txt', 'w').write('x')": "OutsideError: it writes new.txt: a value may change nothing",
        "os.remove('kept.txt')": "OutsideError: os.remove: a value may change nothing",
        "os.system('echo x > new.txt')": "OutsideError: os.system: a value may change nothing",
        "libc.open(b'new.txt', 64 | 1, 0o600)": "it writes new.txt: a value may change nothing",
        "os._exit(3)": "the process left with status 3",
        "os.abort()": "the process died with signal 6 (SIGABRT)",
    }
    result = run_code(
        "# %% make\nimport ctypes, os\nlibc = ctypes.CDLL(None)\nopen('kept.txt', 'w').close()\n# %% use\nprint(1)\n",
        values={"make": list(asked)},
    )
    assert result.cell("make").wrong_values == asked
    assert printed(result) == "1\n"


def test_value_that_never_ends_is_named(run_code: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNIPPETS_DEADLINE", "6")
    result = run_code("# %% make\nimport time\ndef turn():\n    time.sleep(99)\n", values={"make": ["turn()"]})
    assert str(result.failure) == "snippets/part/code.py:1: cell `make`, value `turn()` did not end within 6 s"
