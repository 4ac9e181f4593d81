"""What is kept of a page is made anew when anything changed that it was made from, and only then."""

from collections.abc import Callable
from pathlib import Path

import pytest

from snippets._engine.project.cache import Cache
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library

pytestmark = pytest.mark.unit


@pytest.fixture
def made(tree: Tree, tmp_path: Path) -> Callable[[Callable[[Library], object]], list[object]]:
    """What two builds make, one after another, each with a library of its own and one cache."""

    def build(make: Callable[[Library], object]) -> list[object]:
        library, made = Library(tree), []
        library.cache = Cache(tmp_path / "cache", "base")
        library.remember()
        library.kept("name", [], lambda: made.append(make(library)) or "made")
        return made

    return build


def test_a_page_that_comes_or_goes_counts_for_what_asked_for_it(tree, write, made):
    def asks(library):
        return library.has_page("en", "a/b.md")

    assert made(asks) == [False]
    write("docs/vi/a/b.md", "# B")
    assert made(asks) == []
    page = write("docs/en/a/b.md", "# B")
    assert made(asks) == [True]
    page.write_text("# C", "utf-8")
    assert made(asks) == []
    page.unlink()
    assert made(asks) == [False]


def test_another_repository_counts_for_what_asked_for_it(made, monkeypatch):
    for name, expected in (("", [""]), ("a/b", ["a/b"]), ("a/b", []), ("c/d", ["c/d"])):
        monkeypatch.setenv("GITHUB_REPOSITORY", name)
        assert made(Library.repository) == expected
    monkeypatch.delenv("GITHUB_REPOSITORY")
    assert made(Library.repository) == [""]


def test_what_nobody_asked_for_does_not_count(write, made, monkeypatch):
    assert made(lambda library: 1) == [1]
    write("docs/en/a/b.md", "# B")
    monkeypatch.setenv("GITHUB_REPOSITORY", "a/b")
    assert made(lambda library: 1) == []


def test_a_chapter_that_changes_counts_beside_them(write, made):
    def asks(library):
        return library.chapter("a/b").cells, library.has_page("en", "a/b.md"), library.repository()

    write("snippets/a/b.py", "# %% one\n1\n")
    assert len(made(asks)) == 1
    assert made(asks) == []
    write("snippets/a/b.py", "# %% one\n2\n")
    assert len(made(asks)) == 1
