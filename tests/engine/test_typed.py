"""Numbers typed by hand where a run has produced them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from snippets._engine.audit.audit import audit
from snippets._engine.project.tree import Tree

pytestmark = pytest.mark.unit

Write = Callable[[str, str], Path]
SNIPPET = """\
# %% fit
lr = 0.125
n = 60_000
loss = 1.3333

# %% other
x = 1
"""
RAN = {
    "fit": {
        "outputs": [
            ["text", "stdout", "loss: 1.3333, right: 1797, n: 60000 0.125\nstep 250 of 300; -4.25 1.50e-05\n"],
            ["figure", "display", "<svg>987</svg>"],
        ],
        "values": {"best": 0.98765, "counts": [[321, 12]], "name": "run 456", "third": 0.33333, "big": 21234},
    },
    "other": {"outputs": [["error", "error", "ValueError: got 777"]]},
}


@pytest.fixture
def typed(tree: Tree, write: Write, by_hand: Callable[..., Path]) -> Callable[[str], list[str]]:
    """The numbers that a line of a page is told to have typed."""
    write("snippets/basics/sums.py", SNIPPET)
    by_hand("basics/sums", RAN)

    def found(line: str) -> list[str]:
        write("docs/vi/basics/sums.md", f'::: cell #fit alt="a"\n\n::: cell #other\n\n{line}\n')
        said = [f for f in audit(tree) if f.kind == "typed"]
        assert all((f.path, f.line, f.severity) == ("docs/vi/basics/sums.md", 5, "warning") for f in said)
        return [re.findall("the number (.*) comes", f.message)[0] for f in said]

    return found


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("loss bằng 0.98765.", ["0.98765"]),
        ("1797 ảnh, (321), **777** và 456:", ["1797", "321", "777", "456"]),
        ("gradient là -4.25", ["4.25"]),
        ("| 321 | 5 |", ["321"]),
        ("## Sau 250 bước {#a}", ["250"]),
        ("`x` là `321`", ["321"]),
        ('!!! tip "250 bước"', ["250"]),
        ('=== "250 bước"', ["250"]),
        ("![Sau 250 bước](a.svg)", ["250"]),
        ('<img alt="Sau 250 bước">', ["250"]),
        ("chừng 0.333, hay 0.3333, hay 33.3%", ["0.333", "0.3333", "33.3"]),
        ("đúng 98.8 %, 98.76%, 98,8 phần trăm", ["98.8", "98.76", "98,8"]),
        ("21,234 hay 21.234 hay 21 234 hay 21\u00a0234", ["21,234", "21.234", "21 234"]),
        ("giảm −4,25 hay 4.25", ["4,25", "4.25"]),
        ("$1.50 \\times 10^{-5}$ và 1.50 · 10⁻⁵ và 1.50e-5", ["1.50", "1.50e-5"]),
        ("$\\frac{321}{5}$ và (2,321)", ["321", "2,321"]),
        ("321/360 ảnh, `x < 321`, 321-777", ["321", "777"]),
    ],
    ids=[
        "value",
        "outputs",
        "negative",
        "table",
        "heading",
        "code span",
        "title",
        "tab",
        "alt text",
        "alt text of a tag",
        "rounded or cut",
        "percent",
        "thousands",
        "sign, decimal comma",
        "powers of ten",
        "formula, list without spaces",
        "ratio, comparison, range",
    ],
)
def test_recorded_number_is_found_in(line: str, numbers: list[str], typed: Callable[[str], list[str]]) -> None:
    assert typed(line) == numbers


@pytest.mark.parametrize(
    "line",
    [
        "{{= #fit.best }} và {{= #fit.counts[0][0] }}",
        "tốc độ học 0.125",
        "loss 1.3333 như trong mã",
        "5 lần, 12 ảnh, 0.050",
        "987 chỉ có trong hình",
        "1798 hay 0.9875 hay 0.986 hay 32 hay 3210 hay 0.321 hay 321.5",
        "[đích](a-321.md) {#b-321} <a href='321'>x</a>",
        "```sh\nrun --steps 321\n```",
        "12.5 %, 60 000 và 60,000",
        "phiên bản 1.321.0, mục #321, ngày 2026/321",
    ],
    ids=[
        "cited",
        "literal of the code",
        "literal that is printed too",
        "few digits",
        "only drawn",
        "other numbers",
        "targets and attributes",
        "fence of commands",
        "literal written otherwise",
        "parts of names",
    ],
)
def test_number_is_let_through(line: str, typed: Callable[[str], list[str]]) -> None:
    assert typed(line) == []


def test_number_of_another_chapter_is_found_only_where_the_page_uses_it(
    tree: Tree, write: Write, by_hand: Callable[..., Path]
) -> None:
    write("snippets/basics/sums.py", SNIPPET)
    by_hand("basics/sums", RAN)
    for name, text in (("one", "321\n"), ("two", "321 {{= basics/sums#fit.best }}\n")):
        write(f"docs/vi/{name}.md", text)
    assert [f.path for f in audit(tree) if f.kind == "typed"] == ["docs/vi/two.md"]


def test_message_tells_how_to_cite(tree: Tree, write: Write, by_hand: Callable[..., Path]) -> None:
    write("snippets/basics/sums.py", SNIPPET)
    by_hand("basics/sums", RAN)
    write("docs/en/basics/sums.md", "---\ntitle: x\n---\n\n::: cell #other\n\nThere are 321.\n")
    write("docs/en/basics/more.md", "{{= basics/sums#fit.best }} 1797\n")
    assert [str(f) for f in audit(tree) if f.kind == "typed"] == [
        "docs/en/basics/more.md:1: the number 1797 comes from a run but is typed by hand; "
        "cite it: {{= basics/sums#fit.expression }}, or allow it by "
        "a [[typed]] entry (page, number, reason) in docs/exceptions.toml",
        "docs/en/basics/sums.md:7: the number 321 comes from a run but is typed by hand; "
        "cite it: {{= #fit.counts }}, or allow it by "
        "a [[typed]] entry (page, number, reason) in docs/exceptions.toml",
    ]


def test_numbers_that_stand_outside_the_lines_of_prose_are_found(
    tree: Tree, write: Write, by_hand: Callable[..., Path]
) -> None:
    source = """\
        # %% fit
        # vi: bằng 321
        # en: it is 456
        x = 1  # (777, 1797) 0.98765
        """
    path = write("snippets/basics/sums.py", source)
    by_hand("basics/sums", {"fit": RAN["fit"]})
    page = '---\ntitle: Sau 321 bước\n---\n\n::: cell #fit alt="Sau 1797 bước"\n\n```text\nloss 0.98765\n```\n'
    write("docs/vi/basics/sums.md", page)
    assert path.is_file()
    said = [(f.path, f.line, f.message.split()[2]) for f in audit(tree) if f.kind == "typed"]
    assert said == [
        ("docs/vi/basics/sums.md", 2, "321"),
        ("docs/vi/basics/sums.md", 8, "0.98765"),
        ("snippets/basics/sums.py", 2, "321"),
        ("snippets/basics/sums.py", 4, "0.98765"),
    ]


def test_literal_of_a_cell_that_the_page_does_not_show_is_none_of_its_own(
    tree: Tree, write: Write, by_hand: Callable[..., Path]
) -> None:
    write("snippets/basics/sums.py", SNIPPET)
    by_hand("basics/sums", RAN)
    for name, show in (("code", "code"), ("output", "output")):
        write(f"docs/vi/{name}.md", f'::: cell basics/sums#fit alt="a" show="{show}"\n\n1.3333\n')
    write("docs/vi/other.md", "::: cell basics/sums#other\n\n1.3333\n")
    assert [f.path for f in audit(tree) if f.kind == "typed"] == ["docs/vi/other.md", "docs/vi/output.md"]


def test_number_of_a_variant_is_found_too(tree: Tree, write: Write, by_hand: Callable[..., Path]) -> None:
    write("snippets/basics/sums.py", SNIPPET)
    by_hand("basics/sums", RAN)
    by_hand("basics/sums", {"other": {"outputs": [["text", "stdout", "right: 9999\n"]]}}, variant="mnist", data="MNIST")
    write("docs/vi/basics/sums.md", "::: cell #other\n\n9 999 ảnh, 9998 ảnh\n")
    (found,) = (f for f in audit(tree) if f.kind == "typed")
    assert "9 999" in found.message


# The entries for what is allowed


def entry(page: str = "basics/sums", number: str = "321") -> str:
    """An entry of docs/exceptions.toml."""
    return f'[[typed]]\npage = "{page}"\nnumber = "{number}"\nreason = "known before any run"\n'


@pytest.fixture
def allowing(tree: Tree, write: Write, by_hand: Callable[..., Path]) -> Callable[..., list[str]]:
    """The findings of a tree whose two pages say a text each, with these entries."""
    write("snippets/basics/sums.py", SNIPPET)
    by_hand("basics/sums", RAN)

    def found(allowed: str, vi: str = "321", en: str = "321") -> list[str]:
        write("docs/exceptions.toml", allowed)
        for lang, text in (("vi", vi), ("en", en)):
            write(f"docs/{lang}/basics/sums.md", f"# A {{#a}}\n\n::: cell #other\n\n{text}\n")
        return [str(f) for f in audit(tree) if f.kind in ("typed", "page", "cell")]

    return found


def test_entry_allows_its_number_on_its_page_in_both_languages(allowing: Callable[..., list[str]]) -> None:
    assert allowing("# why\n\n" + entry()) == []
    assert allowing(entry(number="1797"), vi="1 797", en="1,797") == []
    (found,) = allowing(entry(), vi="321 và 777")
    assert "777" in found


@pytest.mark.parametrize(
    ("page", "number", "text", "why"),
    [
        ("basics/sums", "321", "12", "no run gives it, or the page has it no more"),
        ("basics/sums", "322", "322", "no run gives it, or the page has it no more"),
        ("basics/none", "321", "12", "there is no such page"),
    ],
    ids=["no longer there", "no run gives it", "no such page"],
)
def test_entry_that_allows_nothing_is_a_finding(
    page: str, number: str, text: str, why: str, allowing: Callable[..., list[str]]
) -> None:
    assert allowing("# why\n\n" + entry(page, number), vi=text, en=text) == [
        f"docs/exceptions.toml:3: [[typed]] `{number}` of `{page}` excuses nothing: {why}; remove the entry"
    ]


def test_entry_of_a_page_that_cannot_be_read_is_left_alone(allowing: Callable[..., list[str]]) -> None:
    (found,) = allowing(entry(), vi="::: wrong", en="12")
    assert found.startswith("docs/vi/basics/sums.md:5: unknown directive")


@pytest.mark.parametrize("number", ["many", "321 or 322", "1.2.3"])
def test_entry_without_a_number_is_refused(number: str, allowing: Callable[..., list[str]]) -> None:
    assert allowing(entry() + entry(number=number)) == [
        f"docs/exceptions.toml:5: `{number}` is no number; write it as the page does"
    ]


def test_number_of_two_entries_is_refused_however_it_is_written(allowing: Callable[..., list[str]]) -> None:
    assert allowing(entry(number="1797") + entry(number="1 797"), vi="1797", en="1797") == [
        "docs/exceptions.toml:5: the number 1 797 of `basics/sums` stands in line 1 too; remove one of them"
    ]
