"""The command line: what it says, and how it leaves."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from snippets._engine.project.tree import Tree

ROOT = Path(__file__).resolve().parents[2]
Change = Callable[[str, str, str], None]
SNIPPET = "snippets/words/count.py"
NO_SUCH = "unknown chapter `{}`; there are: basics/sums, words/count"


def call(tree: Tree | None, *arguments: str, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """Run the command line for a tree."""
    root = ["--root", str(tree.root)] if tree else []
    command = [sys.executable, "-m", "snippets", *arguments, *root]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("record", "words/none"), f"snippets/words/none.py: {NO_SUCH.format('words/none')}\n"),
        (("check", "count"), f"snippets/count.py: {NO_SUCH.format('count')}\n"),
        (("run", "words/none"), f"snippets/words/none.py: {NO_SUCH.format('words/none')}\n"),
        (
            ("agree", "words/none"),
            "docs/vi/words/none.md: no page `words/none` in both languages; name it as part/chapter\n",
        ),
        (
            ("record", "--variant", "mnist"),
            "--variant mnist: needs real images; give --data DIR, or set SNIPPETS_DATA\n",
        ),
        (("record", "--variant", "cuda"), "--variant cuda: needs a GPU that torch can use; there is none here\n"),
    ],
)
def test_call_that_cannot_work_leaves_with_2_and_one_line(
    arguments: tuple[str, ...], said: str, recorded: Tree
) -> None:
    done = call(recorded, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


@pytest.mark.parametrize(
    "arguments",
    [
        ("record", "--variant", "tpu"),
        ("record", "--jobs", "0"),
        ("check", "--force"),
        ("nothing",),
        ("agree",),
        ("run",),
    ],
)
def test_wrong_options_leave_with_2_and_the_usage(arguments: tuple[str, ...], recorded: Tree) -> None:
    done = call(recorded, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: python -m snippets")


def test_root_without_a_mkdocs_yml_leaves_with_2(tmp_path: Path) -> None:
    done = call(None, "status", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        f"{tmp_path.resolve()}: no mkdocs.yml here or above; give one with --root DIR\n",
    )
    assert call(None, "status", "--root", str(tmp_path / "none")).returncode == 2


def test_root_may_stand_before_the_command_and_is_found_from_below(recorded: Tree) -> None:
    before = call(None, "--root", str(recorded.root), "status")
    below = call(None, "status", cwd=recorded.root / "docs" / "vi")
    assert before.stdout == below.stdout == "2 chapters, 0 findings\n"


@pytest.mark.parametrize("name", ["", "record", "check", "status", "agree", "run", "new"])
def test_every_command_has_help(name: str) -> None:
    done = call(None, *filter(None, (name, "--help")))
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: python -m snippets")
    assert "--root" in done.stdout


def test_status_lists_and_leaves_with_0(recorded: Tree, change: Change) -> None:
    change(SNIPPET, "a b c", "a b d")
    change("docs/en/basics/sums.md", "# A {#a}", "# Other {#a}")
    done = call(recorded, "status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "warning: snippets/words/count.py:1: docs/notebooks/words/count.ipynb is stale: cells changed since it was "
        "recorded: `count`; run: python -m snippets record words/count\n"
        "note: docs/vi/basics/sums.md:1: section #a (the text before the first heading) is behind: the `en` version "
        "changed since both were declared equal; mend it, then: python -m snippets agree basics/sums#a\n"
        "2 chapters, 2 findings\n"
    )


def test_check_leaves_with_1_and_names_the_sentence_then_record_then_0(recorded: Tree, change: Change) -> None:
    change(SNIPPET, "a b c", "a b c d")
    done = call(recorded, "check", "words/count")
    assert done.returncode == 1
    assert done.stdout.startswith("compared words/count (cpu): exactly (same machine and versions as the record)\n")
    assert done.stderr.startswith("ran words/count\n")
    assert "error: docs/vi/words/count.md:3: cell `count`, output: expected 'words: 3', found 'words: 4'" in done.stderr
    done = call(recorded, "record")
    assert (done.returncode, done.stderr) == (0, "ran words/count\n")
    assert done.stdout == (
        "wrote docs/notebooks/words/count.ipynb\n"
        "  cell `count`\n    - words: 3\n    + words: 4\n    value number: 3 → 4\n"
        "  cell `ratio`\n    value ratio: 0.42857142857142855 → 0.5714285714285714\n"
        "  read again:\n"
        + "".join(f"    docs/{lang}/words/count.md:{line}\n" for lang in ("vi", "en") for line in (3, 5, 7, 9))
        + "1 written, 0 ran and gave the same, 1 fresh\n"
    )
    done = call(recorded, "check", "words/count")
    assert done.returncode == 0
    assert done.stdout.endswith("1 chapter run, 0 findings\n")


def test_record_of_a_new_chapter_tells_no_difference(recorded: Tree) -> None:
    recorded.record("words/count").unlink()
    done = call(recorded, "record")
    assert done.stdout == "wrote docs/notebooks/words/count.ipynb\n1 written, 0 ran and gave the same, 1 fresh\n"


def test_record_of_a_chapter_that_fails_leaves_with_1(recorded: Tree, change: Change) -> None:
    change(SNIPPET, "number / 7", "number / 0")
    done = call(recorded, "record", "words/count")
    assert done.returncode == 1
    assert done.stdout == "0 written, 0 ran and gave the same, 0 fresh\n"
    assert f"error: {SNIPPET}:9: cell `ratio` raised ZeroDivisionError: division by zero; mend it" in done.stderr


@pytest.mark.parametrize("command", ["record", "check", "status", "agree"])
def test_page_that_is_not_utf8_is_told_in_one_line(command: str, recorded: Tree) -> None:
    (recorded.root / "docs/vi/words/count.md").write_bytes(b"# B {#b}\n\n\xff\n")
    done = call(recorded, command, *(["words/count"] if command != "status" else []))
    assert done.returncode == (0 if command == "status" else 1)
    assert "docs/vi/words/count.md:3: not UTF-8: byte 0xff; save the file as UTF-8\n" in done.stdout + done.stderr


def test_run_prints_what_the_cells_give(recorded: Tree, change: Change) -> None:
    change(SNIPPET, "# %% ratio\n", '# %% ratio raises="KeyError"\nprint("near", end="")\n{}["a"]\n')
    done = call(recorded, "run", "words/count")
    assert done.returncode == 0
    assert done.stdout == "# %% count\nwords: 3\n# %% ratio\nnear\nKeyError: 'a'\n"
    change(SNIPPET, ' raises="KeyError"', "")
    done = call(recorded, "run", "words/count")
    assert done.returncode == 1
    assert done.stdout == "# %% count\nwords: 3\n# %% ratio\nnear\nKeyError: 'a'\n"
    assert done.stderr.startswith(f"{SNIPPET}:10: cell `ratio` raised KeyError: 'a'; mend it, or declare")


def test_agree_writes_and_says_where(recorded: Tree, change: Change) -> None:
    change("docs/en/words/count.md", "# B {#b}", "# C {#b}")
    assert call(recorded, "agree", "words/count#b").stdout == "wrote docs/agreed/words/count.toml\n"
    assert call(recorded, "status").stdout == "2 chapters, 0 findings\n"
    done = call(recorded, "agree", "words/count#c")
    assert (done.returncode, done.stderr) == (1, "docs/vi/words/count.md: no section #c; there are: top, b\n")


# Without torch

HIDE = """\
import sys
class Hide:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, path=None, target=None):
        hidden = name.partition(".")[0] in {hidden}
        return None if hidden else self.finder.find_spec(name, path, target)
sys.meta_path[:] = map(Hide, sys.meta_path)
"""


def without(*hidden: str, tree: Tree, arguments: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    """Run the command line where some packages are not installed."""
    code = (
        HIDE.format(hidden=hidden) + "import runpy\nrunpy.run_module('snippets', run_name='__main__', alter_sys=True)\n"
    )
    command = [sys.executable, "-c", code, *arguments, "--root", str(tree.root)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


PLEASE = 'pyproject.toml: running a chapter needs {}, not installed here; run: python -m pip install -e ".[run]"\n'


def test_status_and_a_fresh_record_need_no_torch(recorded: Tree) -> None:
    for name, said in (("status", "2 chapters, 0 findings"), ("record", "0 written, 0 ran and gave the same, 2 fresh")):
        done = without("torch", "IPython", "matplotlib", "numpy", "sklearn", tree=recorded, arguments=(name,))
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{said}\n", "")


@pytest.mark.parametrize("arguments", [("check",), ("record",), ("run", "words/count")])
def test_what_runs_a_chapter_says_what_to_install_and_leaves_with_2(
    arguments: tuple[str, ...], recorded: Tree, change: Change
) -> None:
    change(SNIPPET, "a b c", "a b c d")
    before = recorded.record("words/count").read_bytes()
    done = without("torch", "IPython", tree=recorded, arguments=arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", PLEASE.format("torch, IPython"))
    assert recorded.record("words/count").read_bytes() == before
