"""The lab's notebook, which a reader may hand to `python` by mistake."""

import ast

from snippets._engine.copies.notebook import notebook
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library


def test_python_reads_the_notebook_and_runs_none_of_it(tree: Tree) -> None:
    for lang in tree.languages:
        text = tree.page(lang, "lab/lab05").read_text("utf-8")
        made = notebook(text, lang=lang, src_uri="lab/lab05.md", path="lab/lab05.md", library=Library(tree))
        (statement,) = ast.parse(made).body
        assert isinstance(statement, ast.Expr)
        assert ast.literal_eval(statement.value)["nbformat"] == 4
