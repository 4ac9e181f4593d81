"""A snippet file as named cells."""

from pathlib import Path
from textwrap import dedent

import jupytext
import pytest

from snippets._engine.chapters import cells
from snippets._engine.chapters.cells import Cell, Chapter
from snippets._engine.project.errors import CellError
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library

pytestmark = pytest.mark.unit

PROJECT = Tree(Path(__file__).resolve().parents[2])
CASES = sorted((Path(__file__).parent / "cases" / "cells").glob("*.py"))
FILES = [*CASES, *(PROJECT.snippet(name) for name in PROJECT.chapters())]


def chapter(text: str) -> Chapter:
    """The text of a file as a chapter."""
    return cells.parse(dedent(text), name="part/name", path="snippets/part/name.py")


def cell(text: str) -> Cell:
    """The only cell of a text."""
    (found,) = chapter(text).cells
    return found


def test_cells_have_their_names_lines_options_and_code() -> None:
    found = chapter("""\
        # A comment, and a blank line: nothing that runs.

        # %% first
        x = 1

        # %% second-2 raises="RuntimeError" samples="400"

        y = x

        z = y

        """)
    assert [(c.name, c.line, c.options, c.code) for c in found.cells] == [
        ("first", 3, {}, "x = 1"),
        ("second-2", 6, {"raises": "RuntimeError", "samples": "400"}, "y = x\n\nz = y"),
    ]
    assert list(found.by_name) == ["first", "second-2"]
    assert [c.raises for c in found.cells] == ["", "RuntimeError"]


@pytest.mark.parametrize("marker", ["# %% one", "#%% one", "#  %% one  ", "# %%  one"])
def test_marker_may_be_written_as_jupytext_allows(marker: str) -> None:
    assert cell(f"{marker}\nx = 1\n").name == "one"
    assert jupytext.reads(f"{marker}\nx = 1\n", "py:percent").cells[0].metadata["title"] == "one"


def test_comments_of_a_language_are_shown_as_ordinary_comments() -> None:
    found = cell("""\
        # %% one
        # vi: giữ lại
        # en: keep it
        def f():
            # vi:
            # en:
            # plain
            return 1  # (3,)
        """)
    assert found.shown("vi") == "# giữ lại\ndef f():\n    # \n    # plain\n    return 1  # (3,)"
    assert found.shown("en") == "# keep it\ndef f():\n    # \n    # plain\n    return 1  # (3,)"
    assert found.code == "def f():\n    # plain\n    return 1  # (3,)"


def test_each_annotation_knows_its_line_of_the_copied_code() -> None:
    noted = cell('# %% one\n# vi: a\n# en: b\n\nx = """\n# (3)!\n"""  # (2)!\ny = 1  # (1)\n')
    for lang in ("vi", "en"):
        lines = noted.copied(lang).split("\n")
        assert {number: lines[at - 1] for number, at in noted.annotations(lang).items()} == {2: '"""', 1: "y = 1"}


def test_annotation_markers_are_shown_but_neither_run_nor_copied() -> None:
    found = cell("""\
        # %% one
        x = 1  # (1)!
        y = "# (2)"
        z = f(x)  # (3, 4)
        w = 2 # (12)
        """)
    assert found.shown("vi") == 'x = 1  # (1)!\ny = "# (2)"\nz = f(x)  # (3, 4)\nw = 2 # (12)'
    assert found.copied("vi") == found.code == 'x = 1\ny = "# (2)"\nz = f(x)  # (3, 4)\nw = 2'


def test_text_inside_a_string_is_left_alone() -> None:
    text = '''\
        # %% one
        text = """
        # vi: not a comment
        # %% not a cell
        a line  # (1)
        spaces\x20
        """
        other = "a \\
        # en: still the string"
        '''
    found = cell(text)
    assert found.shown("en") == found.shown("vi") == found.code
    assert "# vi: not a comment\n# %% not a cell\na line  # (1)\nspaces \n" in found.code
    assert "# en: still the string" in found.code


@pytest.mark.parametrize(
    "same",
    [
        "# %% one\n# vi: khác\n# en: other\nx = 1\n",
        "# %% one\nx = 1  # (1)!\n",
        "# %% one\nx = 1 \t\n",
        "\n# A note.\n# %%   one\n\n\nx = 1\n\n",
    ],
    ids=["comments", "annotation", "spaces", "blank lines"],
)
def test_hash_does_not_change_with(same: str) -> None:
    assert chapter(same).hash == chapter("# %% one\nx = 1\n").hash


@pytest.mark.parametrize(
    "other",
    [
        "# %% two\nx = 1\n",
        "# %% one\nx = 2\n",
        '# %% one raises="ValueError"\nx = 1\n',
        "# %% one\n# a plain comment\nx = 1\n",
        "# %% one\nx = 1\n# %% two\ny = 1\n",
    ],
    ids=["name", "code", "option", "plain comment", "a cell more"],
)
def test_hash_changes_with(other: str) -> None:
    assert chapter(other).hash != chapter("# %% one\nx = 1\n").hash


def test_hash_changes_with_the_order_of_cells_but_not_of_options() -> None:
    first = chapter('# %% a\nx = 1\n# %% b samples="4" tolerance="1e-3"\ny = 1\n')
    assert chapter('# %% b tolerance="1e-3" samples="4"\ny = 1\n# %% a\nx = 1\n').hash != first.hash
    assert chapter('# %% a\nx = 1\n# %% b tolerance="1e-3" samples="4"\ny = 1\n').hash == first.hash


def test_file_line_of_a_line_of_code_skips_the_comments_of_both_languages() -> None:
    found = chapter("""\
        # %% a
        x = 1

        # %% b

        # vi: một
        # en: one
        y = 2

        z = 3
        """).by_name["b"]
    assert found.code == "y = 2\n\nz = 3"
    assert [found.file_line(n) for n in (1, 2, 3)] == [8, 9, 10]
    assert found.file_line(99) == 10


def test_imports_are_those_of_all_cells_in_order() -> None:
    found = chapter("""\
        # %% a
        import torch, numpy as np
        from torch import nn
        # %% b
        def f():
            import matplotlib.pyplot as plt
        """)
    assert found.imports == ("torch", "numpy", "torch.nn", "matplotlib.pyplot")


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tree: Tree) -> None:
    path = tree.snippets / "part" / "name.py"
    path.parent.mkdir(parents=True)
    path.write_bytes("\ufeff# %% one\r\n# vi: à\r\n# en: a\r\nx = 1\r\n".encode())
    found = Library(tree).chapter("part/name")
    assert found.cells[0].shown("vi") == "# à\nx = 1"
    assert found.hash == chapter("# %% one\nx = 1\n").hash


def test_chapter_is_read_again_when_its_file_changes(tree: Tree) -> None:
    path = tree.snippets / "part" / "name.py"
    path.parent.mkdir(parents=True)
    path.write_text("# %% one\nx = 1\n", "utf-8")
    library = Library(tree)
    first = library.chapter("part/name")
    assert library.chapter("part/name") is first
    path.write_text("# %% one\nx = 10\n", "utf-8")
    assert library.chapter("part/name").cells[0].code == "x = 10"


def test_chapters_are_the_public_files_of_the_parts(tree: Tree) -> None:
    for name in ("__init__.py", "_engine/run.py", "exercises/lab.py", "b/two.py", "a/one.py", "a/_draft.py"):
        path = tree.snippets / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert tree.chapters() == ("a/one", "b/two")


@pytest.mark.parametrize("file", FILES, ids=[f"{p.parent.name}/{p.stem}" for p in FILES])
def test_jupytext_finds_the_same_cells(file: Path) -> None:
    text = file.read_text("utf-8")
    ours = cells.parse(text, name="part/name", path="name.py").cells
    theirs = [c for c in jupytext.reads(text, "py:percent").cells if c.metadata.get("title")]
    assert [c.name for c in ours] == [c.metadata["title"] for c in theirs]
    assert ["\n".join(line for _, line in c.lines) for c in ours] == [
        "\n".join(line.rstrip() for line in c.source.strip("\n").split("\n")) for c in theirs
    ]
    ignored = ("title", "lines_to_next_cell")
    assert [c.options for c in ours] == [{k: v for k, v in c.metadata.items() if k not in ignored} for c in theirs]


ERRORS = {
    "no name": (
        "# %%\nx = 1\n",
        ':1: a cell needs a name: found `# %%`; write `# %% lower-case-name`, options after it as key="value"',
    ),
    "no space before the name": ("# %%one\nx = 1\n", ":1: a cell needs a name: found `# %%one`"),
    "sub-cell": ("# %% one\nx = 1\n# %%% two\n", ":3: a cell needs a name: found `# %%% two`"),
    "name in capitals": ("# %% One\nx = 1\n", ":1: a cell needs a name: found `# %% One`"),
    "name with a tone mark": ("# %% một\nx = 1\n", ":1: a cell needs a name: found `# %% một`"),
    "unquoted option": (
        "# %% one raises=ValueError\nx = 1\n",
        ":1: a cell needs a name: found `# %% one raises=ValueError`",
    ),
    "deeply nested": (
        f"# %% one\n{'-' * 20_000}1\n",
        ":1: an expression or block is nested too deeply for Python to read",
    ),
    "long sum": (
        f"# %% one\nx{'+1' * 50_000}\n",
        ":1: an expression or block is nested too deeply for Python to read",
    ),
    "old line end": (
        "# %% one\nx = 1\r# %% two\ny = 2\n",
        ":2: the character U+000D breaks a line for some tools; remove it, or escape it",
    ),
    "line separator": (
        '# %% one\ns = "\u2028"\n',
        ":2: the character U+2028 breaks a line for some tools; remove it, or escape it",
    ),
    "two of one name": (
        "# %% one\nx = 1\n\n# %% two\ny = 1\n# %% one\nz = 1\n",
        ":6: cell `one` has the name of the cell in line 1; rename one",
    ),
    "unknown option": (
        '# %% one rises="ValueError"\nx = 1\n',
        ":1: unknown option `rises` of cell `one`; there are: raises, samples, slider, tolerance, volatile",
    ),
    "raises no type": (
        '# %% one raises="a b"\nx = 1\n',
        ':1: raises="a b" of cell `one`; expected the own name of an exception type, without its module',
    ),
    "raises with a module": (
        '# %% one raises="torch.OutOfMemoryError"\nx = 1\n',
        ':1: raises="torch.OutOfMemoryError" of cell `one`; expected the own name of an exception type, without its '
        'module; write raises="OutOfMemoryError"',
    ),
    "samples of no variant": (
        '# %% one samples="359 gpu=2000"\nx = 1\n',
        ':1: samples="359 gpu=2000" of cell `one`; expected a whole number, or such as `359 mnist=2000`',
    ),
    "samples no number": (
        '# %% one samples="0"\nx = 1\n',
        ':1: samples="0" of cell `one`; expected a whole number, or such as `359 mnist=2000`',
    ),
    "tolerance no number": (
        '# %% one tolerance="low"\nx = 1\n',
        ':1: tolerance="low" of cell `one`; expected a number such as 1e-3',
    ),
    "volatile maybe": ('# %% one volatile="yes"\nx = 1\n', ':1: volatile="yes" of cell `one`; expected "true"'),
    "option twice": (
        '# %% one samples="4" samples="5"\nx = 1\n',
        ":1: option `samples` of cell `one` stands twice; remove one",
    ),
    "slider of three variables": (
        '# %% one slider="a b c"\nx = 1\n',
        ':1: slider="a b c" of cell `one`; expected a variable, or two as in `degree points`',
    ),
    "slider that is no variable": (
        '# %% one slider="a.b"\nx = 1\n',
        ':1: slider="a.b" of cell `one`; expected a variable, or two as in `degree points`',
    ),
    "empty slider": ('# %% one slider=""\nx = 1\n', ':1: slider="" of cell `one`; expected a variable'),
    "slider with a keyword": (
        '# %% one slider="lambda"\nx = 1\n',
        ':1: slider="lambda" of cell `one`: `lambda` cannot name a slider\'s variable; rename the variable',
    ),
    "slider with a name that pages use": (
        '# %% one slider="lr Kind"\nx = 1\n',
        ':1: slider="lr Kind" of cell `one`: `Kind` cannot name a slider\'s variable; rename the variable',
    ),
    "slider of one variable twice": (
        '# %% one slider="n N"\nx = 1\n',
        ':1: slider="n N" of cell `one`: two variables must differ by more than capitals; rename one',
    ),
    "slider that raises": (
        '# %% one slider="lr" raises="ValueError"\nx = 1\n',
        ':1: slider="lr" of cell `one` cannot stand beside raises="ValueError"; make two cells of it',
    ),
    "slider that is volatile": (
        '# %% one slider="lr" volatile="true"\nx = 1\n',
        ':1: slider="lr" of cell `one` cannot stand beside volatile="true"; make two cells of it',
    ),
    "line before the first cell": (
        "\nimport torch\n\n# %% one\nx = 1\n",
        ":2: a line before the first cell; begin with `# %% name`",
    ),
    "syntax error": ("# %% one\nx = 1\n\n# %% two\ny = = 2\n", ":5: syntax error: invalid syntax"),
    "cell that ends in the middle of a function": (
        "# %% one\nx = 1\n# %% two\n# vi: a\n# en: a\ndef f():\n# %% three\n    return 1\n",
        ":6: syntax error in cell `two`: expected an indented block after function definition on line 1; a block",
    ),
    "unequal comments": (
        "# %% one\nx = 1\n# %% two\n# vi: a\n# vi: b\n# en: a\ny = 1\n",
        ":3: cell `two` has 2 `# vi:`, 1 `# en:` lines; each comment needs its twin",
    ),
    "empty cell": ("# %% one\n\n# %% two\ny = 1\n", ":1: cell `one` has no code; write some or remove it"),
    "only translated comments": ("# %% one\n# vi: a\n# en: a\n", ":1: cell `one` has no code; write some or remove it"),
    "no cells": ("# only a comment\n", ":1: no cell; begin each with a line `# %% name`"),
    "empty file": ("", ":1: no cell; begin each with a line `# %% name`"),
    "tab before code": ("# %% one\nif x:\n\ty = 1\n", ":3: a tab in cell `one`; indent with spaces; write \\t in a"),
    "tab in a string": ('# %% one\nx = 1\n# %% two\ns = "a\tb"\n', ":4: a tab in cell `two`"),
    "tab in a comment": ("# %% one\n# vi: a\n# en: a\tb\nx = 1\n", ":3: a tab in cell `one`"),
    "tab at the end of a line in a string": ('# %% one\ns = """a\t\nb"""\n', ":2: a tab in cell `one`"),
    "null byte": ("# %% one\nx = '\0'\n", ":2: the character U+0000 is no text; remove it, or escape it"),
    "another encoding": (
        "# -*- coding: latin-1 -*-\n# %% one\nx = 1\n",
        ":1: Python would read it as latin-1; remove the line: files are UTF-8",
    ),
    "line magic": (
        "# %% one\nx = 1\n%timeit x\n",
        ":3: syntax error: invalid syntax; it is IPython's, no script has it",
    ),
    "cell magic": ("# %% one\n%%time\nx = 1\n", ":2: syntax error: invalid syntax; it is IPython's"),
    "shell command": ("# %% one\n!pip install torch\n", ":2: syntax error: invalid syntax; it is IPython's"),
    "shell command with a name": ("# %% one\nfiles = !ls\n", ":2: syntax error: invalid syntax; it is IPython's"),
    "question": ("# %% one\nx = 1\n?x\n", ":3: syntax error: invalid syntax; it is IPython's"),
    "question behind": ("# %% one\nx = 1\nx.sum??\n", ":3: syntax error: invalid syntax; it is IPython's"),
    "prompts": ("# %% one\n>>> x = 1\n", ":2: syntax error: invalid syntax; leave the prompts out"),
    "await": (
        "# %% one\nimport asyncio\n# %% two\nawait asyncio.sleep(0)\n",
        ":4: syntax error: 'await' outside function; a script has no event loop: put it in an `async def main()`",
    ),
    "future import in a later cell": (
        "# %% one\nx = 1\n# %% two\nfrom __future__ import annotations\n",
        ":4: syntax error: from __future__ imports must occur at the beginning of the file; make it the first line",
    ),
    "return of no function": (
        "# %% one\nx = 1\nreturn x\n",
        ":3: syntax error: 'return' outside function; no line of a script that holds it would run",
    ),
    "tabs": (
        "# %% one\nif True:\n        x = 1\n\ty = 2\n",
        ":4: syntax error: inconsistent use of tabs and spaces in indentation; indent with four spaces",
    ),
    "block of two cells": (
        "# %% one\nif True:\n    x = 1\n# %% two\n    y = 2\n",
        ":5: syntax error in cell `two`: unexpected indent; a block cannot go on in another cell: put all of it in one",
    ),
}


@pytest.mark.parametrize(("text", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_file_is_refused_for(text: str, message: str) -> None:
    with pytest.raises(CellError) as caught:
        cells.parse(text, name="part/name", path="snippets/part/name.py")
    said = str(caught.value)
    assert said.startswith("snippets/part/name.py" + message)
    assert "\n" not in said


def test_file_that_is_not_utf8_is_refused_with_the_line_of_the_byte(tree: Tree) -> None:
    path = tree.snippets / "part" / "name.py"
    path.parent.mkdir(parents=True)
    path.write_bytes("# %% one\n# vi: à\n# en: a\nx = 1\n".encode("latin-1"))
    with pytest.raises(CellError) as caught:
        Library(tree).chapter("part/name")
    assert str(caught.value) == "snippets/part/name.py:2: not UTF-8: byte 0xe0; save the file as UTF-8"


def test_missing_file_is_refused(tree: Tree) -> None:
    with pytest.raises(CellError, match=r"^snippets/part/name\.py: cannot be read: No such file"):
        Library(tree).chapter("part/name")
