"""Which languages `mkdocs serve` builds again: a save is never lost, whenever it comes."""

from pathlib import Path

import pytest

from snippets._engine.project.tree import Tree
from snippets._site.serve.changes import LanguageStates

pytestmark = pytest.mark.unit


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A page in each language."""
    for lang in ("vi", "en"):
        (tmp_path / "docs" / lang).mkdir(parents=True)
        (tmp_path / "docs" / lang / "index.md").write_text("# A {#a}\n", "utf-8")
    return Tree(tmp_path)


def test_what_is_saved_while_a_build_reads_is_built_next(tree: Tree) -> None:
    states = LanguageStates()
    states.begin(tree)
    (tree.docs("vi") / "index.md").write_text("# Another {#a}\n", "utf-8")  # read already, not built
    states.update([], [])
    states.built("vi")
    states.built("en")
    states.begin(tree)
    states.update([], [])
    assert states.to_build("vi") == ("vi",)


def test_without_a_change_nothing_is_built(tree: Tree) -> None:
    states = LanguageStates()
    for _ in range(2):
        states.begin(tree)
        states.update([], [])
        built = states.to_build("vi")
        for lang in built:
            states.built(lang)
    assert built == ()
