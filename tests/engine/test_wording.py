"""What counts as a change of a section: words, numbers and code do; punctuation, spaces and case do not."""

import pytest

from snippets._engine.pages.lines import read_lines
from snippets._engine.pages.wording import wording

pytestmark = pytest.mark.unit


def same(one: str, other: str) -> bool:
    """Whether two texts say the same."""
    return wording(read_lines(one)) == wording(read_lines(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Ta tính đạo hàm rồi cộng lại.", "Ta tính đạo hàm, rồi cộng lại!", id="punctuation"),
        pytest.param("its sum", "it's sum", id="apostrophe"),
        pytest.param("“sum” – one", '"sum" — one', id="quotes and dashes"),
        pytest.param("nơ-ron", "nơ ron", id="hyphen"),
        pytest.param("a  sum\u00a0here", "a sum here", id="spaces"),
        pytest.param("đạohàm", "đạo hàm", id="a space between syllables"),
        pytest.param("one two\nthree", "one\ntwo three", id="lines broken elsewhere"),
        pytest.param("one\n\ntwo", "one\n\n\ntwo  \n", id="empty lines and line ends"),
        pytest.param("Đạo Hàm", "đạo hàm", id="case"),
        pytest.param("đạo hàm", "đa\u0323o ha\u0300m", id="decomposed letters"),
        pytest.param("a *word*", "a **word**", id="emphasis"),
        pytest.param("1, 2 and 3", "1, 2, and 3.", id="punctuation beside numbers"),
        pytest.param("3-4", "3–4", id="a range"),
        pytest.param("50% of it", "50 % of it", id="a space before a percent sign"),
        pytest.param("- 3 cells", "* 3 cells", id="the mark of a list"),
        pytest.param("a\u200bb", "ab", id="a sign that cannot be seen"),
        pytest.param('::: cell #a alt="A curve, falling"', '::: cell  #a  alt="a curve falling"', id="alt text"),
        pytest.param('<img alt="A curve.">', '<img alt="a curve">', id="alt text in HTML"),
        pytest.param("so `a b` is", "so `a\nb` is", id="a line that ends in code"),
        pytest.param("so $a+b$ is", "so $a + b$ is", id="spaces in a formula"),
        pytest.param("- one\n\n    two, three", "- one\n\n    two three", id="text in a list"),
        pytest.param("[a, b](x.md)", "[A b](x.md)", id="the words of a link"),
    ],
)
def test_what_is_no_change(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("one sum", "two sum", id="a word"),
        pytest.param("má", "ma", id="a tone"),
        pytest.param("1.5", "15", id="a decimal point"),
        pytest.param("1.5", "1,5", id="a decimal comma"),
        pytest.param("8 000", "8000", id="two numbers"),
        pytest.param("3 4", "34", id="numbers run together"),
        pytest.param("is -3", "is 3", id="a sign"),
        pytest.param("is −3", "is 3", id="a minus sign"),
        pytest.param("50%", "50", id="a percent sign"),
        pytest.param("1e-3", "1e3", id="an exponent"),
        pytest.param("3/4", "3.4", id="a fraction"),
        pytest.param("at 10:30", "at 1030", id="a time"),
        pytest.param("a < b", "a > b", id="a sign of mathematics"),
        pytest.param("a → b", "a b", id="an arrow"),
        pytest.param("`a.b`", "`a,b`", id="punctuation in code"),
        pytest.param("`a b`", "`ab`", id="a space in code"),
        pytest.param("`a  b`", "`a b`", id="two spaces in code"),
        pytest.param("`None`", "`none`", id="case in code"),
        pytest.param("`` a`b ``", "`` a`B ``", id="code with a backtick"),
        pytest.param("`a\nB`", "`a\nb`", id="code over two lines"),
        pytest.param("`a`", "a", id="code that is none any more"),
        pytest.param("```text\nA b\n```", "```text\na b\n```", id="case in a fence"),
        pytest.param("```text\na b\n```", "```text\na  b\n```", id="a space in a fence"),
        pytest.param("```text\na\n\nb\n```", "```text\na\nb\n```", id="an empty line in a fence"),
        pytest.param("    a.b", "    a,b", id="indented code"),
        pytest.param("- x\n\ny\n\n    a.b", "- x\n\ny\n\n    a,b", id="indented code behind a list"),
        pytest.param("<code>A</code>", "<code>a</code>", id="code in HTML"),
        pytest.param("{{= #a.b }}", "{{= #a.B }}", id="a value"),
        pytest.param("{{= #a.b :.2f }}", "{{= #a.b :.3f }}", id="the format of a value"),
        pytest.param("[a](x.md#b)", "[a](x.md#c)", id="the target of a link"),
        pytest.param("[a](x-y.md)", "[a](xy.md)", id="punctuation in a target"),
        pytest.param("[a]: x-y.md", "[a]: xy.md", id="a reference"),
        pytest.param("<https://a.org/b-c>", "<https://a.org/bc>", id="an address"),
        pytest.param("see https://a.org/B", "see https://a.org/b", id="a bare address"),
        pytest.param("$x$", "$X$", id="case in a formula"),
        pytest.param("$$\n\\alpha x\n$$", "$$\n\\alphax\n$$", id="a command in a formula"),
        pytest.param("## A {#a-b}", "## A {#ab}", id="an id"),
        pytest.param('::: cell #a-b alt="x"', '::: cell #ab alt="x"', id="a cell"),
        pytest.param('::: cell #a alt="one"', '::: cell #a alt="two"', id="a word of an alt text"),
        pytest.param('::: cell #a show="code"', '::: cell #a show="output"', id="an option"),
        pytest.param('<img alt="one">', '<img alt="two">', id="a word of an alt text in HTML"),
        pytest.param("---\ntitle: A\n---\nx", "---\ntitle: a\n---\nx", id="front matter"),
    ],
)
def test_what_is_a_change(one: str, other: str) -> None:
    assert not same(one, other)
