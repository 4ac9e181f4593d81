"""The lab's notebook, which a reader may hand to `python` by mistake."""

import ast
import json

import pytest

from snippets._engine.copies.notebook import notebook
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library


def test_python_stops_at_the_notebooks_first_true_and_runs_none_of_it(tree: Tree) -> None:
    for lang in tree.languages:
        text = tree.page(lang, "lab/lab05").read_text("utf-8")
        made = notebook(text, lang=lang, src_uri="lab/lab05.md", path="lab/lab05.md", library=Library(tree))
        (statement,) = ast.parse(made).body
        assert isinstance(statement, ast.Expr)
        with pytest.raises(NameError, match=r"^name 'true' is not defined$"):
            exec(compile(made, "lab05.ipynb", "exec"), {})


def test_a_notebook_whose_cells_were_never_run_stops_at_its_first_null() -> None:
    made = json.dumps({"cells": [{"cell_type": "code", "execution_count": None, "source": "print(1)"}]})
    with pytest.raises(NameError, match=r"^name 'null' is not defined$"):
        exec(compile(made, "lab05.ipynb", "exec"), {})


def test_a_notebook_with_neither_word_ends_without_running_a_cell(capsys: pytest.CaptureFixture[str]) -> None:
    made = json.dumps({"cells": [{"cell_type": "code", "execution_count": 1, "source": "print(1)"}]})
    exec(compile(made, "lab05.ipynb", "exec"), {})
    assert capsys.readouterr().out == ""
