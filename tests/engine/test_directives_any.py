"""The directive parser on any line and any page at all (hypothesis)."""

import markdown
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from snippets._engine.pages import directives, values
from snippets._engine.pages.directives import CellUse, VersionsUse
from snippets._engine.pages.lines import Line, read_lines
from snippets._engine.pages.page import parse
from snippets._engine.pages.values import ValueUse
from snippets._engine.project.errors import PageError

pytestmark = pytest.mark.unit

PARTS = [":::", "::: ", "cell", "versions", " ", "\t", "#", "#sum", "a/b#sum", "alt=", "show=", '"', "“", "”", '"both"']
VALUES = [
    "{{=",
    "}}",
    "{{",
    "=",
    " :",
    ":.2f",
    "#sum.x",
    ".",
    "[0]",
    "{",
    "}",
    "\xa0",
    "\u200b",
    "\u202e",
    "e\u0301",
    "𝐱",
]
anything = st.lists(st.sampled_from(PARTS + VALUES) | st.text(max_size=3), max_size=15).map(
    lambda parts: "".join(parts).replace("\n", "")
)
name = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,4})?", fullmatch=True)
chapter = st.just("") | st.from_regex(r"[a-z_]{1,5}/[a-z_]{1,5}", fullmatch=True)
indent = st.sampled_from(["", "    ", "\t", "  "])
alt = st.text(st.characters(exclude_characters='"\n', exclude_categories=["Cs"]), max_size=20)
curly = st.text(st.characters(exclude_characters="”\n", exclude_categories=["Cs"]), max_size=20)
expression = st.from_regex(
    r"[a-z]\w{0,3}(\.[a-z]{1,3}|\[[0-9]:[0-9]?\]|\([a-z]=[1-9]\)| \+ [0-9]\.5){0,3}", fullmatch=True
)


@given(anything)
def test_any_line_is_a_directive_or_text_or_refused_with_its_number(text: str) -> None:
    line = Line(7, text, False)
    for read in (directives.directive, values.read_values):
        try:
            found = read(line, "docs/vi/a/b.md", "a/b")
        except PageError as error:
            told = error.finding
        else:
            assert found is None or isinstance(found, CellUse | VersionsUse | list)
            continue
        assert (told.path, told.line) == ("docs/vi/a/b.md", 7)
        assert "\n" not in str(told)


@given(indent, chapter, name, alt, curly, st.sampled_from(directives.SHOW), st.booleans())
def test_a_directive_that_is_written_is_read(
    space: str, other: str, cell: str, straight: str, bent: str, show: str, use_bent: bool
) -> None:
    quoted, text = (f"“{bent}”", bent) if use_bent else (f'"{straight}"', straight)
    line = Line(3, f'{space}::: cell {other}#{cell} alt={quoted} show="{show}"  ', False)
    assert directives.directive(line, "p.md", "own/name") == CellUse(3, space, other or "own/name", cell, text, show)
    fenced = Line(3, line.text, True)
    assert directives.directive(fenced, "p.md", "own/name") is None


@given(st.lists(st.tuples(alt, chapter, name, expression, st.sampled_from(["", ".2f", ",", "+.1e"])), max_size=4))
def test_values_that_are_written_are_read(made: list[tuple[str, str, str, str, str]]) -> None:
    text, expected = "", []
    for before, other, cell, code, spec in made:
        text += before.replace("{", "").replace("}", "")
        start = len(text)
        text += f"{{{{= {other}#{cell}.{code}{' :' + spec if spec else ''} }}}}"
        expected.append(ValueUse(3, other or "own/name", cell, code, spec, start, len(text)))
    assert values.read_values(Line(3, text, False), "p.md", "own/name") == expected


fences = st.tuples(st.sampled_from("`~"), st.integers(3, 5))
inner = st.sampled_from(["WORD", "```", "~~~", "~~~~", "````", "    WORD", "", "> WORD"])
blocks = st.lists(
    st.tuples(fences, st.sampled_from(["", " text", " { .text }"]), st.lists(inner, max_size=5)), max_size=3
)


@example([(("~", 3), "", ["```"]), (("`", 3), "", ["WORD"])])
@given(blocks)
def test_markdown_takes_the_same_lines_for_code(made: list[tuple[tuple[str, int], str, list[str]]]) -> None:
    lines = ["WORD"]
    for (sign, length), info, body in made:
        mark = sign * length
        closes = [line for line in body if line.startswith(mark)]
        lines += ["", mark + info, *(line for line in body if line not in closes), mark, "", "WORD", ""]
    numbered = [line.replace("WORD", f"word{number}x") for number, line in enumerate(lines)]
    text = "\n".join(numbered)
    html = markdown.markdown(text, extensions=["pymdownx.superfences"])
    code = "".join(part.partition("</code>")[0] for part in html.split("<code")[1:])
    for line in read_lines(text):
        word = f"word{line.number - 1}x"
        if word in line.text:
            assert line.fenced == (word in code), (text, line.number)


@given(st.lists(anything, max_size=12).map("\n".join))
def test_any_page_is_read_or_refused_with_a_line_of_it(text: str) -> None:
    try:
        page = parse(text, src_uri="a/b.md", path="docs/vi/a/b.md")
    except PageError as error:
        told = error.finding
    else:
        assert "\n".join(line.source for line in page.lines) == text
        assert "\n".join(line.source for section in page.sections for line in section.lines) == text
        return
    assert told.line in range(1, text.count("\n") + 2)
