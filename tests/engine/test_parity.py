"""Both languages have the same shape, and say where one is behind the other."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from snippets._engine.audit import declared, parity
from snippets._engine.audit.audit import audit
from snippets._engine.pages.page import Page, parse
from snippets._engine.project.cache import Cache
from snippets._engine.project.errors import Finding, PageError
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library

pytestmark = pytest.mark.unit

Write = Callable[[str, str], Path]
VI, EN = "docs/vi/basics/sums.md", "docs/en/basics/sums.md"
BASE = """\
# Title {#sums}

Text with {{= #add.total }} and [a link](../index.md).

## Steps {#steps}

::: cell #add

::: cell #plot alt="A figure"

!!! tip "Title"

    Text.

![Graph](graph.svg)

```text
words
```

## Exercises {#exercises}

1.  Do it.

    ??? example "Solution 1"

        ::: cell #solution-one

=== "Tab"

    <https://pytorch.org>

::: versions
"""


def page(text: str, lang: str) -> Page:
    """A page of the chapter basics/sums."""
    return parse(text, src_uri="basics/sums.md", path=f"docs/{lang}/basics/sums.md")


def differ(vi: str, en: str) -> list[str]:
    """Where two pages are not parallel, as printed."""
    return [str(finding) for finding in parity.differences(page(vi, "vi"), page(en, "en"))]


def lacks(item: str, line: int, after: int, here: str = VI, there: str = EN) -> str:
    """The finding for an item that only one page has."""
    return (
        f"{here}:{line}: `{item}` has no counterpart in {there} (expected after line {after}); "
        "add it there, in the same place"
    )


def test_equal_shapes_with_other_words_are_parallel() -> None:
    vi = BASE.replace("Text", "Chữ").replace("Title", "Tựa").replace('alt="A figure"', 'alt="Một hình"')
    vi = vi.replace("![Graph]", "![Đồ thị]").replace("Solution 1", "Lời giải 1").replace("Do it.", "Làm đi.\n")
    assert differ(vi, BASE) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("## Steps {#steps}\n", "\n", lacks("heading ## #steps", 5, 1)),
        ("## Steps {#steps}", "### Steps {#steps}", lacks("heading ## #steps", 5, 1)),
        ("{#steps}", "{#step}", lacks("heading ## #steps", 5, 1)),
        ("::: cell #add\n", "\n", lacks("cell basics/sums#add (both)", 7, 5)),
        ("::: cell #add", '::: cell #add show="code"', lacks("cell basics/sums#add (both)", 7, 5)),
        ("::: cell #add", '::: cell #add guess="true"', lacks("cell basics/sums#add (both)", 7, 5)),
        ("::: cell #add", '::: cell #add code="folded"', lacks("cell basics/sums#add (both)", 7, 5)),
        ("::: cell #add", "::: cell other/two#add", lacks("cell basics/sums#add (both)", 7, 5)),
        ("![Graph](graph.svg)\n", "\n", lacks("figure graph.svg", 15, 11)),
        ("graph.svg", "other.svg", lacks("figure graph.svg", 15, 11)),
        ("!!! tip", "!!! warning", lacks("admonition !!! tip", 11, 9)),
        ("!!! tip", "??? tip", lacks("admonition !!! tip", 11, 9)),
        ("```text", "```bash", lacks("fence ```text", 17, 15)),
        ('??? example "Solution 1"', "", lacks("admonition ??? example", 25, 21)),
        ('=== "Tab"', "", lacks("tab", 29, 27)),
        ("::: versions", "", lacks("versions", 33, 29)),
    ],
    ids=[
        "heading missing",
        "heading of another level",
        "heading with another id",
        "cell missing",
        "cell shown otherwise",
        "cell guessed",
        "code folded",
        "cell of another chapter",
        "figure missing",
        "another figure",
        "admonition of another kind",
        "admonition folded",
        "fence of another kind",
        "exercise without its solution",
        "tab missing",
        "versions missing",
    ],
)
def test_item_of_one_language_only_is_found_in(old: str, new: str, expected: str) -> None:
    assert BASE.count(old) == 1
    assert differ(BASE, BASE.replace(old, new))[0] == expected
    assert differ(BASE.replace(old, new), BASE)[-1] == expected.replace(VI, "·").replace(EN, VI).replace("·", EN)


def test_figure_of_a_cell_in_one_language_only_is_found() -> None:
    said = differ(BASE, BASE.replace(' alt="A figure"', ""))
    assert said == [
        lacks("cell basics/sums#plot (both) with a figure", 9, 7),
        lacks("cell basics/sums#plot (both)", 9, 7, EN, VI),
    ]


def test_order_is_compared() -> None:
    swapped = BASE.replace("#add\n", "#x\n").replace("#plot alt", "#add alt").replace("#x\n", "#plot\n")
    assert differ(BASE, swapped) != []


def test_picture_made_for_each_language_counts_as_its_twin() -> None:
    assert differ("![a](graph.vi.svg)", "![a](graph.en.svg)") == []
    assert differ("![a](graph.vi.svg)", "![a](other.en.svg)") != []


def test_values_and_links_are_compared_in_each_section_whatever_their_order() -> None:
    one = "## A {#a}\n\n{{= #add.x }} [l](a.md) {{= #add.y :.2f }} [m](b.md)\n"
    assert differ(one, "## A {#a}\n\n[m](b.md) {{= #add.y :.2f }}\n{{=  #add.x  }} [l](a.md)\n") == []
    assert differ(one, one.replace("{{= #add.x }} ", "")) == [
        f"{VI}:3: value `{{{{= basics/sums#add.x }}}}` of section #a stands 1 times more here than in {EN}; "
        "add it there or remove it here"
    ]
    assert len(differ(one, one.replace(":.2f", ":.3f"))) == 2
    assert differ(one, one + "\n[l](a.md) và [l](a.md)\n") == [
        f"{EN}:3: link `a.md` of section #a stands 2 times more here than in {VI}; add it there or remove it here"
    ]
    assert len(differ(one + "\n## B {#b}\n", "## A {#a}\n\n## B {#b}\n" + one.split("\n", 2)[2])) == 8


@pytest.mark.parametrize(
    "link",
    [
        "<https://a.org>",
        "[a](<b.md>)",
        '[a](b.md "title")',
        "[a `x` b](b.md)",
        "[a [1]](b.md)",
        "[a]: b.md",
        "[a][b]\n\n[b]: c.md",
        '<a class="c" href="b.md">a</a>',
    ],
)
def test_every_form_of_a_link_counts(link: str) -> None:
    assert differ(f"x {link}\n" if not link.startswith("[a]:") else f"{link}\n", "x\n") != []


def test_a_link_around_a_picture_counts_with_the_picture() -> None:
    linked = "x [![alt](a.svg)](b.md)\n"
    assert [words.split("`")[1] for words in map(str, differ(linked, "x\n"))] == ["figure a.svg", "b.md"]
    assert differ(linked, 'x <a href="b.md"><img alt="other" src="a.svg"></a>\n') == []


def test_links_and_pictures_shown_as_code_do_not_count() -> None:
    assert differ("`[a](b.md)` and ``<https://a.org>`` and `![a](b.svg)`\n", "words\n") == []


def test_directives_and_values_inside_fences_do_not_count() -> None:
    assert differ("```text\n::: cell #a\n{{= #a.x }}\n```\n", "```text\n```\n") == []


# Exceptions

EXCEPTION = """\
[[parity]]
page = "basics/sums"
section = "steps"
item = "figure graph.svg"
reason = "the drawing shows a Vietnamese keyboard"
"""
IDLE = "excuses nothing: there is no such difference; remove the entry"


def in_both(write: Write, vi: str, en: str) -> None:
    """Write the page in both languages."""
    write(VI, vi)
    write(EN, en)


def findings(tree: Tree, kind: str) -> list[str]:
    """The audit's findings of a kind, as printed."""
    return [str(f) for f in audit(tree) if f.kind == kind]


PLAIN = "## Steps {#steps}\n\n![Graph](graph.svg)\n\n![Graph](other.svg)\n"


def test_meant_difference_is_let_through_and_no_other(tree: Tree, write: Write) -> None:
    in_both(write, PLAIN, "## Steps {#steps}\n")
    assert len(findings(tree, "parity")) == 2
    write("docs/exceptions.toml", EXCEPTION)
    assert findings(tree, "parity") == [lacks("figure other.svg", 5, 1)]


def test_exception_holds_in_its_section_only(tree: Tree, write: Write) -> None:
    steps, more = "## Steps {#steps}\n\n", "## More {#more}\n"
    in_both(write, f"{steps}![Graph](graph.svg)\n\n{more}\n![Graph](graph.svg)\n", steps + more)
    write("docs/exceptions.toml", EXCEPTION)
    assert findings(tree, "parity") == [lacks("figure graph.svg", 7, 3)]


@pytest.mark.parametrize("there", [PLAIN, None], ids=["no difference", "no such page"])
def test_exception_that_excuses_nothing_is_a_finding(there: str | None, tree: Tree, write: Write) -> None:
    if there is not None:
        in_both(write, there, there)
    write("docs/exceptions.toml", "# why\n\n" + EXCEPTION)
    assert findings(tree, "parity") == [
        f"docs/exceptions.toml:3: [[parity]] `figure graph.svg` in #steps of `basics/sums` {IDLE}"
    ]


@pytest.mark.parametrize("vi", ["::: wrong\n", None], ids=["unreadable", "missing"])
def test_exception_for_a_page_that_cannot_be_compared_is_left_alone(vi: str | None, tree: Tree, write: Write) -> None:
    write(EN, PLAIN)
    if vi is not None:
        write(VI, vi)
    write("docs/exceptions.toml", EXCEPTION)
    assert not [said for said in findings(tree, "parity") if "exceptions.toml" in said]


def test_kept_comparison_follows_the_exceptions(tree: Tree, write: Write, tmp_path: Path) -> None:
    library = Library(tree)
    library.cache = Cache(tmp_path / "keep", "base")
    in_both(write, PLAIN.replace("other", "graph"), "## Steps {#steps}\n")

    def told() -> list[tuple[str, int | None]]:
        return [(f.path, f.line) for f in audit(tree, library) if f.kind == "parity"]

    assert told() == [(VI, 3), (VI, 5)]
    write("docs/exceptions.toml", EXCEPTION)
    assert told() == []
    write(EN, PLAIN.replace("other", "graph"))
    assert told() == [("docs/exceptions.toml", 1)]
    write("docs/exceptions.toml", "\n" + EXCEPTION)
    assert told() == [("docs/exceptions.toml", 2)]


def test_agree_takes_what_is_meant_for_equal(tree: Tree, write: Write) -> None:
    in_both(write, PLAIN, PLAIN.replace("![Graph](graph.svg)\n\n", ""))
    with pytest.raises(PageError, match="has no counterpart"):
        declared.agree(tree, "basics/sums.md")
    write("docs/exceptions.toml", EXCEPTION)
    assert declared.agree(tree, "basics/sums.md").is_file()
    in_both(write, PLAIN, PLAIN)
    assert declared.agree(tree, "basics/sums.md").is_file()


def test_page_of_one_language_only_is_found(tree: Tree, write: Write) -> None:
    write(VI, PLAIN)
    write("docs/en/guide.md", PLAIN)
    assert findings(tree, "parity") == [
        f"{VI}:1: {EN} is missing; write it",
        "docs/en/guide.md:1: docs/vi/guide.md is missing; write it",
    ]


# Behind

TWO = "# A {#a}\n\nOne.\n\n## B {#b}\n\nTwo.\n"


def behind(tree: Tree) -> list[Finding]:
    """The sections that are behind."""
    return [f for f in audit(tree) if f.kind == "behind"]


def test_page_never_declared_equal_is_told_once(tree: Tree, write: Write) -> None:
    in_both(write, TWO, TWO)
    assert [str(f) for f in behind(tree)] == [
        f"{EN}:1: was never declared equal to the other language's page; "
        "compare them, then: python -m snippets agree basics/sums"
    ]
    assert behind(tree)[0].severity == "note"


def test_new_section_of_a_declared_page_is_told(tree: Tree, write: Write) -> None:
    in_both(write, "Text.\n", "Text.\n")
    declared.agree(tree, "basics/sums.md")
    in_both(write, "Text.\n" + TWO, "Text.\n" + TWO)
    assert [str(f) for f in behind(tree)] == [
        f"{EN}:2: section #a (the text before the first heading) was never declared equal to the other language's; "
        "compare them, then: python -m snippets agree basics/sums#a",
        f"{EN}:6: section #b was never declared equal to the other language's; "
        "compare them, then: python -m snippets agree basics/sums#b",
    ]
    assert {(f.severity, f.lang) for f in behind(tree)} == {("note", "")}


def test_declared_sections_are_not_behind_until_one_changes(tree: Tree, write: Write) -> None:
    in_both(write, TWO, TWO)
    path = declared.agree(tree, "basics/sums.md")
    assert path == tree.root / "docs/agreed/basics/sums.toml"
    assert behind(tree) == []
    write(VI, TWO.replace("Two", "Hai"))
    (finding,) = behind(tree)
    assert str(finding) == (
        f"{EN}:5: section #b is behind: the `vi` version changed since both were declared equal; "
        "mend it, then: python -m snippets agree basics/sums#b"
    )
    assert (finding.section, finding.lang) == ("b", "en")


def test_english_change_leaves_the_vietnamese_section_behind(tree: Tree, write: Write) -> None:
    in_both(write, TWO, TWO)
    declared.agree(tree, "basics/sums.md")
    write(EN, "Before.\n\n" + TWO.replace("One", "1"))
    assert [(f.path, f.line, f.section, f.lang) for f in behind(tree)] == [
        (VI, 1, "top", "vi"),
        (VI, 1, "a", "vi"),
    ]


def test_change_in_both_languages_is_told_of_both(tree: Tree, write: Write) -> None:
    in_both(write, TWO, TWO)
    declared.agree(tree, "basics/sums.md")
    in_both(write, TWO.replace("Two", "Hai"), TWO.replace("Two", "2"))
    (finding,) = behind(tree)
    assert str(finding) == (
        f"{EN}:5: section #b changed in both languages since they were declared equal; "
        "compare them, then: python -m snippets agree basics/sums#b"
    )
    assert finding.lang == ""


@pytest.mark.parametrize("text", ["One.  \n", "one,", "“One”…"], ids=["line ends", "case", "punctuation"])
def test_what_is_said_in_the_same_words_leaves_no_section_behind(text: str, tree: Tree, write: Write) -> None:
    in_both(write, TWO, TWO)
    declared.agree(tree, "basics/sums.md")
    write(VI, TWO.replace("One.", text))
    assert behind(tree) == []


def test_hashes_of_the_first_form_are_good_until_a_sign_changes(tree: Tree, write: Write) -> None:
    in_both(write, TWO, TWO)
    write(
        "docs/agreed/basics/sums.toml",
        'a = {{ vi = "{0}", en = "{0}" }}\nb = {{ vi = "{1}", en = "{1}" }}\n'.format(
            *(hashlib.sha256(text.encode()).hexdigest()[:12] for text in ("# A {#a}\nOne.", "## B {#b}\nTwo."))
        ),
    )
    assert behind(tree) == []
    write(VI, TWO.replace("Two.", "Two!"))
    assert [f.section for f in behind(tree)] == ["b"]
    declared.agree(tree, "basics/sums.md", "b")
    write(VI, TWO.replace("Two.", "Two?"))
    assert behind(tree) == []


@pytest.mark.parametrize(
    ("text", "section", "said"),
    [
        pytest.param("# A {#a}\n\nNone.\n\n## B {#b}\n\nTwo.\n", "a", "the text before the first heading", id="lead"),
        pytest.param("More.\n\n" + TWO, "top", "what stands before the title", id="before the title"),
    ],
)
def test_a_section_without_a_heading_of_its_own_is_told_in_words(
    text: str, section: str, said: str, tree: Tree, write: Write
) -> None:
    in_both(write, TWO, TWO)
    declared.agree(tree, "basics/sums.md")
    write(VI, text)
    assert [f.message.partition(" is behind")[0] for f in behind(tree)] == [f"section #{section} ({said})"]


def test_a_page_without_a_title_has_text_before_the_first_heading(tree: Tree, write: Write) -> None:
    in_both(write, "One.\n", "One.\n")
    declared.agree(tree, "basics/sums.md")
    write(VI, "Two.\n")
    assert [f.message.partition(" is behind")[0] for f in behind(tree)] == [
        "section #top (the text before the first heading)"
    ]


def test_agree_declares_one_section_and_keeps_the_others(tree: Tree, write: Write) -> None:
    in_both(write, TWO, TWO)
    declared.agree(tree, "basics/sums.md", "b")
    assert [f.section for f in behind(tree)] == ["a"]
    in_both(write, TWO.replace("Two", "Hai"), TWO)
    declared.agree(tree, "basics/sums.md", "a")
    assert [f.section for f in behind(tree)] == ["b"]


def test_agreed_hashes_of_sections_that_are_gone_go_too(tree: Tree, write: Write) -> None:
    in_both(write, TWO, TWO)
    path = declared.agree(tree, "basics/sums.md")
    assert "\nb = {" in path.read_text("utf-8")
    in_both(write, "# A {#a}\n\nOne.\n", "# A {#a}\n\nOne.\n")
    declared.agree(tree, "basics/sums.md", "a")
    assert "\nb = {" not in path.read_text("utf-8")


def test_agree_again_leaves_the_same_bytes(tree: Tree, write: Write) -> None:
    in_both(write, TWO, TWO)
    first = declared.agree(tree, "basics/sums.md").read_bytes()
    assert declared.agree(tree, "basics/sums.md").read_bytes() == first


def test_agree_refuses_pages_that_are_not_parallel_and_writes_nothing(tree: Tree, write: Write) -> None:
    in_both(write, TWO, TWO.replace("## B", "### B"))
    with pytest.raises(PageError) as caught:
        declared.agree(tree, "basics/sums.md")
    assert str(caught.value) == lacks("heading ## #b", 5, 1)
    assert not tree.agreed("basics/sums").exists()


def test_agree_refuses_an_unknown_section(tree: Tree, write: Write) -> None:
    in_both(write, TWO, TWO)
    with pytest.raises(PageError) as caught:
        declared.agree(tree, "basics/sums.md", "c")
    assert str(caught.value) == f"{VI}: no section #c; there are: top, a, b"


FORM = 'expected a = { vi = "…", en = "…" }'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("b = { vi = 'x' }\na = {", "2: not TOML: Invalid initial character for a key part", id="no TOML"),
        pytest.param("\na = 3\n", f"2: section a has no hashes, {FORM}", id="number"),
        pytest.param('b = {}\n"a" = {vi = 1}\n', f"2: section a has no hashes, {FORM}", id="no text"),
        pytest.param("b = {}\n\n[a]\nvi = 1\n", f"3: section a has no hashes, {FORM}", id="a table of its own"),
        pytest.param("a = {}\na = {}\n", "2: not TOML: Cannot overwrite a value", id="twice"),
    ],
)
def test_wrong_file_of_agreed_hashes_is_told_with_its_line(text: str, said: str, tree: Tree, write: Write) -> None:
    in_both(write, TWO, TWO)
    write("docs/agreed/basics/sums.toml", text)
    assert findings(tree, "page") == [
        f"docs/agreed/basics/sums.toml:{said}; remove it, then: python -m snippets agree basics/sums"
    ]
