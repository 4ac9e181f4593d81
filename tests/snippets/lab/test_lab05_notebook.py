"""The lab's notebook, which a reader may hand to `python` by mistake."""

import ast

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
