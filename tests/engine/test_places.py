"""Which lines show or cite a cell, and the sentences to read again there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from snippets._engine.audit.places import Place, citing, places, sentences, showing, to_read_again, with_citations_of
from snippets._engine.chapters import cells
from snippets._engine.chapters.cells import Chapter
from snippets._engine.pages import page
from snippets._engine.pages.page import Page, read_all
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library

pytestmark = pytest.mark.unit

OWN, OTHER = "docs/en/a/b.md", "docs/en/a/c.md"
TEXT = """\
# B {#b}

We count.

::: cell #one

Three, says {{= #one.n }}, and
{{= #one.n + 1 }} is one more.

## Two {#two}
::: cell #two
"""


@pytest.fixture
def chapter() -> Chapter:
    """Three cells, the last on no page."""
    text = "# %% one\nn = 3\n\n# %% two\nm = 2\n\n# %% three\nk = 1\n"
    return cells.parse(text, name="a/b", path="snippets/a/b.py")


@pytest.fixture
def pages() -> list[Page]:
    """The chapter's page, and another that shows and cites it too."""
    other = "# C {#c}\n\n{{= a/b#one.n }}\n\n::: cell a/b#one\n\n::: cell #one\n"
    return [page.parse(TEXT, src_uri="a/b.md", path=OWN), page.parse(other, src_uri="a/c.md", path=OTHER)]


def test_a_cell_is_shown_and_cited_on_every_page_but_only_by_its_full_name(pages: list[Page]) -> None:
    assert showing(pages, "a/b", "one") == [Place(OWN, 5), Place(OTHER, 5)]
    assert citing(pages, "a/b", "one") == [Place(OWN, 7), Place(OWN, 8), Place(OTHER, 3)]
    assert showing(pages, "a/c", "one") == [Place(OTHER, 7)]
    assert citing(pages, "a/b", "two") == []


def test_directives_come_first_but_for_a_value_those_who_cite_it(pages: list[Page], chapter: Chapter) -> None:
    assert list(map(str, places(pages, chapter, "one"))) == [
        *(f"{OWN}:5", f"{OTHER}:5"),
        *(f"{OWN}:7", f"{OWN}:8", f"{OTHER}:3"),
    ]
    assert list(map(str, places(pages, chapter, "one", "n + 1"))) == [
        *(f"{OWN}:8", f"{OWN}:7", f"{OTHER}:3"),
        *(f"{OWN}:5", f"{OTHER}:5"),
    ]


def test_a_cell_of_no_page_has_its_line_in_the_snippet(pages: list[Page], chapter: Chapter) -> None:
    assert places(pages, chapter, "three") == (Place("snippets/a/b.py", 7),)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(8, ["8: {{= #one.n + 1 }} is one more."], id="a citation alone"),
        pytest.param(
            5,
            [
                "3: We count.",
                "5: ::: cell #one",
                "7: Three, says {{= #one.n }}, and",
                "8: {{= #one.n + 1 }} is one more.",
            ],
            id="a directive with the text around it",
        ),
        pytest.param(11, ["11: ::: cell #two"], id="no text up to a heading or the end"),
        pytest.param(99, ["99:"], id="the page became shorter"),
    ],
)
def test_sentences_of_a_place(line: int, expected: list[str], tree: Tree, write: Callable[[str, str], Path]) -> None:
    write(OWN, TEXT)
    assert sentences(tree, Place(OWN, line)) == [f"{OWN}:{text}" for text in expected]


def test_a_page_that_is_gone_is_named_all_the_same(tree: Tree) -> None:
    assert sentences(tree, Place(OWN, 5)) == [f"{OWN}:5:"]


def test_a_difference_of_one_record_is_told_at_no_sentence_that_cites_another(
    tree: Tree, write: Callable[[str, str], Path], by_hand: Callable[..., Path]
) -> None:
    write("snippets/basics/sums.py", "# %% add\nx = 1\n")
    by_hand("basics/sums", {"add": {"values": {"x": 1}}})
    write("docs/vi/basics/sums.md", "---\nvariant: mnist\n---\n# A {#a}\n\n{{= #add.x }}\n")
    write("docs/vi/guide.md", "{{= basics/sums#add.x }}\n")

    def cited(variant: str) -> list[str]:
        library = Library(tree)
        pages = with_citations_of(library, read_all(library), "basics/sums", variant)
        return [str(place) for place in places(pages, library.chapter("basics/sums"), "add", "x")]

    assert cited("cpu") == ["docs/vi/basics/sums.md:6", "docs/vi/guide.md:1"]  # there is no other record to cite
    by_hand("basics/sums", {"add": {"values": {"x": 2}}}, variant="mnist")
    assert cited("cpu") == ["docs/vi/guide.md:1"]
    assert cited("mnist") == ["docs/vi/basics/sums.md:6"]
    write("snippets/basics/sums.py", "# %% add\nx = 3\n")
    by_hand("basics/sums", {"add": {"values": {"x": 3}}})
    assert cited("cpu") == ["docs/vi/basics/sums.md:6", "docs/vi/guide.md:1"]  # the other one is older than the code


def test_lines_to_read_again_are_told_by_the_record_that_they_cite(
    tree: Tree, write: Callable[[str, str], Path], by_hand: Callable[..., Path]
) -> None:
    code = "# %% add\nx = 1\n"
    write("snippets/basics/sums.py", code)
    by_hand("basics/sums", {"add": {"values": {"x": 1}}})
    write("docs/vi/basics/sums.md", "---\nvariant: mnist\n---\n# A {#a}\n\n::: cell #add\n\n{{= #add.x }}\n")
    write("docs/vi/guide.md", "{{= basics/sums#add.x }}\n")
    shows, cites, guide = "docs/vi/basics/sums.md:6", "docs/vi/basics/sums.md:8", "docs/vi/guide.md:1"

    def told(variant: str) -> dict[str, list[str]]:
        library = Library(tree)
        found = to_read_again(library, read_all(library), "basics/sums", "add", variant)
        return {name: [*map(str, lines)] for name, lines in found.items()}

    assert told("cpu") == {"cpu": [shows, cites, guide]}  # there is no other record to cite
    by_hand("basics/sums", {"add": {"values": {"x": 2}}}, variant="mnist")
    assert told("cpu") == {"cpu": [shows, guide]}
    assert told("mnist") == {"mnist": [shows, cites]}
    write("snippets/basics/sums.py", code.replace("1", "3"))
    by_hand("basics/sums", {"add": {"values": {"x": 3}}})
    assert told("cpu") == {"cpu": [shows, guide], "mnist": [cites]}  # which is now older than the code
