"""A page as the site renders it: it shows what it asked for, or is refused with the line of what it does not show."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import markdown
import mistune
import pytest

from snippets._engine.audit import counted
from snippets._engine.copies.notebook import notebook
from snippets._engine.copies.plain import plain
from snippets._engine.pages.lines import read_lines
from snippets._engine.pages.page import parse
from snippets._engine.project.errors import PageError
from snippets._engine.records.library import Library
from snippets._engine.render.markdown import expand

pytestmark = pytest.mark.unit

EXTENSIONS = {
    "admonition": {},
    "attr_list": {},
    "def_list": {},
    "footnotes": {},
    "md_in_html": {},
    "tables": {},
    "toc": {"permalink": True},
    "pymdownx.blocks.html": {},
    "pymdownx.details": {},
    "pymdownx.highlight": {"anchor_linenums": False, "pygments_lang_class": True, "stripnl": False},
    "pymdownx.inlinehilite": {},
    "pymdownx.superfences": {},
    "pymdownx.tabbed": {"alternate_style": True},
}
SRC_URI = "models/x.md"
PATH = f"docs/en/{SRC_URI}"
PLAIN = 'a](b) *c* __d__ `e` | $f$ {#g} [h] ![i](j) # ~~k~~ "l" \\'
SVG = '<svg width="72pt" height="36pt"><path style="stroke: #1f2933"/></svg>\n'
TEXT = "a](b) *c* __d__ <i>&amp;</i> `e` | $f$ {#g} [h] ![i](j) \\"


@pytest.fixture
def project(write: Callable[[str, str], Path], by_hand: Callable[..., Path], library: Library) -> Library:
    """A chapter with an output, a figure and values of every kind."""
    write("snippets/models/x.py", "# %% four\nx = 4\n\n# %% drawn\ny = 5\n")
    values = {
        "x": 4,
        "text": TEXT,
        "plain": PLAIN,
        "broken": "- two\nlines\n\n# three",
        "number": "1. x",
        '{"a}}": 1}["a}}"]': 1,
    }
    values |= {"rows[1 :3]": [2, 3], "(lambda v: v + 1)(x)": 5, '[{1: "}"}][0][1]': "}"}
    outputs = [["text", "stdout", "a\tb\n1234567\tc\n\td\n"]]
    by_hand(
        "models/x",
        {
            "four": {"outputs": outputs, "values": values, "names": ["x", "text", "rows"]},
            "drawn": {"outputs": [["figure", "display", SVG]], "values": {"text": TEXT}},
        },
    )
    return library


def rendered(text: str, library: Library) -> str:
    """A page's HTML, its directives expanded, counted as the build counts it."""
    parse(text, src_uri=SRC_URI, path=PATH)
    expanded = expand(text, lang="en", src_uri=SRC_URI, path=PATH, library=library)
    made = markdown.markdown(expanded.markdown, extensions=list(EXTENSIONS), extension_configs=EXTENSIONS)
    counted.check(made, expanded.due, PATH, read_lines(text))
    return made


def error(text: str, library: Library) -> str:
    """What is said about a page, without its path; an empty string if nothing."""
    try:
        rendered(text, library)
    except PageError as exc:
        return str(exc).removeprefix(f"{PATH}:")
    return ""


SHOWN = {
    "a directive at once below text": "Text\n::: cell #four\nmore text {{= #four.x }}",
    "a directive between headings": "## A {#a}\n::: cell #four\n## B {#b}\n::: versions\ntext",
    "a directive in a list item": '- a\n    ::: cell #four\n- b\n\n    ::: cell #drawn alt="x"',
    "a list at once below a heading": "## A {#a}\n- a\n\n    ::: cell #four",
    "a directive in a list in a list": "1. a\n\n    - b\n\n        ::: cell #four\n\n    c\n\n    "
    '::: cell #drawn alt="x"',
    "a directive behind a lazy line of a list": "- a\nlazy\n\n    ::: cell #four",
    "a directive in an admonition at once below text": 'Text\n!!! tip "a"\n    ::: cell #four\n\n    {{= #four.x }}',
    "a list after an admonition": '!!! tip "a"\n    b\n- c\n\n    ::: cell #four',
    "a directive in a tab": '=== "a"\n\n    ::: cell #four\n\n=== "b"\n\n    ::: cell #drawn alt="x"',
    "directives in folds of the page": '??? tip "a"\n\n    ::: cell #four\n\n'
    '???+ tip "b"\n\n    ::: cell #four show="output"',
    "a directive in a fold of HTML": "<details markdown>\n<summary>a</summary>\n\n"
    "::: cell #four\n\n</details>\n\n{{= #four.x }}",
    "a directive in an element of HTML": '<div markdown>\n\n::: cell #four\n\n</div>\n\n::: cell #drawn alt="x"',
    "values everywhere": "a\n:   {{= #four.x }}\n\n[^a]: {{= #four.x }}\n\nb[^a]\n\n"
    "> {{= #four.x }}\n\n| a |\n| - |\n| {{= #four.x }} |",
    "marks as code": "`:::` and ``a ``` b`` and `::: cell #no`, 1 //// 2\n\n"
    "    /// html | p\n\n```text\n::: cell #no\n////\n```",
    "an output with marks": '::: cell #four\n\n!!! note "/// a"\n    a://///b',
}


@pytest.mark.parametrize("text", SHOWN.values(), ids=SHOWN.keys())
def test_what_a_page_asks_for_is_shown(text: str, project: Library) -> None:
    assert error(text, project) == ""


BELOW = "a directive indented below {}, `{}`, in line {}; a directive stands on a line of its own"
BEHIND = "a directive behind other text: `{}`; a directive stands on a line of its own"
HIDDEN = "is not to be seen on the page; let it stand at the margin"
REFUSED = {
    "a directive in a quotation": ("a\n\n> ::: cell #four", f"3: {BEHIND.format('> ::: cell #four')}"),
    "a directive behind a list's mark": ("- ::: cell #four", f"1: {BEHIND.format('- ::: cell #four')}"),
    "a directive behind a number": ("1. :::cell #four", f"1: {BEHIND.format('1. :::cell #four')}"),
    "a directive in a table": ("| a |\n| - |\n| ::: cell #four |", f"3: {BEHIND.format('| ::: cell #four |')}"),
    "a directive in a sentence": ("Text ::: cell #four in.", f"1: {BEHIND.format('Text ::: cell #four in.')}"),
    "the versions in a sentence": ("See ::: versions", f"1: {BEHIND.format('See ::: versions')}"),
    "a directive in a definition": ("a\n:   b\n\n    ::: cell #four", f"4: {BELOW.format('a definition', ':   b', 2)}"),
    "a directive in a footnote": ("[^a]: b\n\n    ::: cell #four", f"3: {BELOW.format('a footnote', '[^a]: b', 1)}"),
    "a directive indented below text": (
        "b\n\n    ::: cell #four",
        f"3: {BELOW.format('text that holds nothing', 'b', 1)}",
    ),
    "a directive indented below a heading": ("## B {#b}\n\n    ::: cell #four", "3: a directive indented below text"),
    "a directive below what is no list": (
        "Text\n- b\n    ::: cell #four",
        f"3: {BELOW.format('an item of no list (a list begins after an empty line)', '- b', 2)}",
    ),
    "a directive indented too far": ("- b\n\n            ::: cell #four", f"3: the code of `models/x#four` {HIDDEN}"),
    "a value in indented code": ("a\n\n    {{= #four.x }}", f"3: a value of `models/x#four` {HIDDEN}"),
    "a directive in raw HTML": ("<div>\n\n::: cell #four\n\n</div>", "3: `////` is left on the page as text"),
    "the second of two in raw HTML": (
        '::: cell #four\n\n## B {#b}\n\n<div>\n::: cell #four show="output"\n</div>',
        "6: `////` is left on the page as text",
    ),
    "an element that is never closed": ("<pre>\n\n::: cell #four\n\n## B {#b}", f"5: the heading #b {HIDDEN}"),
    "a fold that is never closed": ("<details>\n\n## B {#b}\n\n::: cell #four", "3: the heading #b is not to be seen"),
    "a fence that is never closed": ("```text\na\n\n## B {#b}", "1: a fence that is never closed: `` ```text ``"),
    "the edge of a block": ("a\n\n////\n\nb", "3: `////` is left on the page as text"),
    "an output written by hand": (
        '::: cell #four\n\n<p class="cell-output" data-cell="models/x#four" data-kind="text">9</p>',
        "3: an output of `models/x#four` is written by hand, or stands on the page twice",
    ),
    "a value written by hand": (
        '<span class="cell-value" data-cell="models/x#four">9</span>',
        "1: a value of `models/x#four` is written by hand, or stands on the page twice",
    ),
    "a picture without alt text": ("a\n\n![](a.svg)", "3: a picture without alt text; write ![what it shows](file)"),
    "a picture with an empty alt text": ("![  ][a]\n\n[a]: a.svg", "1: a picture without alt text"),
    "an img without alt": ('a\n<img\n  src="a.svg"> b', "2: a picture without alt text"),
    "an img with an empty alt": ("<img src='a>b.svg' alt=' '>", "1: a picture without alt text"),
    "a comment that never ends": ("a\n\nb <!-- c\n\nd", "3: a comment without its end; close it by `-->`"),
    "a rest of a merge": ("a\n\n=======\n\nb", "3: `=======` underlines nothing; remove it"),
    "a value whose brackets do not fit": (
        "`{{= #four.f(x }}` a",
        "1: `f(x` is no Python expression: '(' was never closed",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_page_is_refused_for(text: str, message: str, project: Library) -> None:
    assert error(text, project).startswith(message)


ALTS = [
    "the interval [0, 1) of x",
    "a] b [c \\ d\\\\ ](e) ![f](g)",
    "| <b>x</b> &amp; & `t` ``u {#i} {{ x }} $x$",
    "*s* _e_ __init__ ~ ^ # ' :smile: https://a.b /// ::: cell",
    "a backslash at the end \\",
    "<!-- no comment -->",
    TEXT,
]


@pytest.mark.parametrize("alt", ALTS)
def test_a_figure_has_the_alt_text_that_was_written(alt: str, project: Library) -> None:
    found = re.findall(r'<img alt="([^"]*)"', rendered(f'- a\n\n    ::: cell #drawn alt="{alt}"', project))
    assert [html.unescape(one) for one in found] == [alt, alt]


def test_an_alt_text_may_hold_straight_quotes_between_curly_ones(project: Library) -> None:
    assert 'alt="say &#34;a&#34; &#91;b"' in rendered('::: cell #drawn alt=“say "a" [b”', project)


def test_an_alt_text_is_the_same_in_the_plain_copy(project: Library) -> None:
    text = '::: cell #drawn alt="{{= #drawn.text }}"'
    copied = plain(text, lang="en", src_uri=SRC_URI, path=PATH, library=project)
    [line] = [line for line in copied.split("\n") if line.startswith("![")]
    assert f'alt="{html.escape(TEXT)}"' in as_commonmark(line)
    assert f'alt="{html.escape(TEXT)}"' in html_of_entities(rendered(text, project))


def html_of_entities(made: str) -> str:
    """HTML with its numbered entities as signs, but for those that HTML itself needs."""
    return re.sub(r"&#(\d+);", lambda sign: html.escape(chr(int(sign[1]))), made)


CITED = {
    "a sentence": ("a {{= #four.text }} b", "a {} b"),
    "the beginning of a line": ("{{= #four.text }}", "{}"),
    "a heading": ("## A {{= #four.plain }} {#a}", "A {}"),
    "a title": ('!!! tip "A {{= #four.text }}"\n\n    b', "A {}"),
    "a table": ("| a |\n| - |\n| {{= #four.text }} |", "{}"),
    "in front of brackets": ("{{= #four.text }}(b)", "{}(b)"),
}


@pytest.mark.parametrize(("text", "expected"), CITED.values(), ids=CITED.keys())
def test_a_value_is_one_text_on_the_page_and_in_its_copies(text: str, expected: str, project: Library) -> None:
    made = [rendered(text, project), *copies(text, project)]
    shown = [html.unescape(re.sub(r"<[^>]*>|&para;", "", one)).strip() for one in made]
    for one in shown:
        assert expected.format(PLAIN if "plain" in text else TEXT) in one


def copies(text: str, library: Library) -> list[str]:
    """The plain copy and the notebook's prose, as a reader of plain Markdown shows them."""
    where = {"lang": "en", "src_uri": SRC_URI, "path": PATH, "library": library}
    prose = re.findall(r'"source": \[\n(.*?)\n   \]', notebook(text, **where), re.DOTALL)[-1]
    source = "".join(re.findall(r'^ *"(.*?)",?$', prose, re.MULTILINE)).encode().decode("unicode_escape")
    return [as_commonmark(copied) for copied in (plain(text, **where), source)]


def as_commonmark(text: str) -> str:
    return str(mistune.html(text))


def test_a_value_of_many_lines_is_one_line(project: Library) -> None:
    text = "{{= #four.broken }}\n\n{{= #four.number }}\n\n- {{= #four.broken }}"
    one = "- two lines &#35; three</span>"
    made = rendered(text, project)
    assert made.count(f'data-cell="models/x#four">{one}') == 2
    assert plain(text, lang="en", src_uri=SRC_URI, path=PATH, library=project) == (
        "\\- two lines \\# three\n\n1\\. x\n\n- - two lines \\# three\n"
    )


def test_expressions_are_read_to_their_own_end(project: Library) -> None:
    text = '{{= #four.{"a}}": 1}["a}}"] }}, {{= #four.rows[1 :3] }}, {{= #four.(lambda v: v + 1)(x) :.1f }}, '
    text += '{{= #four.[{1: "}"}][0][1] }}, {{= #four.x :>4 }}.'
    shown = html.unescape(re.sub(r"<[^>]*>", "", rendered(text, project)))
    assert shown == "1, [2, 3], 5.0, },    4."


def test_the_signs_of_a_value_behind_a_backslash_are_themselves(project: Library) -> None:
    text = "`\\{{= #four.x }}` \\{{= no }} `{{= #four.x }}`\n\n```text\n\\{{=\n```"
    made = rendered(text, project)
    assert "<p><code>{{= #four.x }}</code> {{= no }} <code>4</code></p>" in made
    assert "\\{{=" in made
    assert "`{{= #four.x }}` {{= no }} `4`" in plain(text, lang="en", src_uri=SRC_URI, path=PATH, library=project)


COMMENTS = """\
<!-- ::: cell #gone {{= #gone.x }} -->

::: cell #four

<!--
::: cell #four
## A
![](a.svg) [a](../../vi/a.md)

```python
x
```
-->

- a
    <!-- {{= #gone.x }}

    ::: cell #gone
    -->
- b <!-- {{= #gone.x }} --> c

`<!--` {{= #four.x }} `-->`

```text
<!-- {{= kept }}
```

d <!-- e
::: cell #gone
--> f

## G <!-- {{= #gone.x }} --> {#g} <!-- h -->
"""


def test_what_stands_in_a_comment_is_inert(project: Library) -> None:
    page = parse(COMMENTS, src_uri=SRC_URI, path=PATH)
    assert [use.line for use in page.cells] == [3]
    assert [section.id for section in page.sections] == ["top", "g"]
    made = rendered(COMMENTS, project)
    assert made.count('id="cell-four"') == 1
    assert "gone" not in made.replace("<!-- ::: cell #gone {{= #gone.x }} -->", "")
    assert '<code>&lt;!--</code> <span class="cell-value" data-cell="models/x#four">4</span>' in made
    assert "<li>a</li>\n<li>b c</li>" in made
    assert "&lt;!-- {{= kept }}" in made
    assert "<p>d\nf</p>" in made


def test_copies_leave_comments_out(project: Library) -> None:
    copied = plain(COMMENTS, lang="en", src_uri=SRC_URI, path=PATH, library=project)
    assert "gone" not in copied
    assert "gone" not in notebook(COMMENTS, lang="en", src_uri=SRC_URI, path=PATH, library=project)
    assert "- a\n- b c\n" in copied


def test_a_cell_in_a_comment_stands_nowhere() -> None:
    page = parse("<!--\n::: cell #four\n-->\n", src_uri=SRC_URI, path=PATH)
    assert (page.cells, page.values) == ((), ())


def test_tabs_of_an_output_stop_where_a_terminal_stops(project: Library) -> None:
    shown = "a       b\n1234567 c\n        d\n"
    assert shown in rendered("- a\n\n    ::: cell #four", project)
    assert shown in plain("::: cell #four", lang="en", src_uri=SRC_URI, path=PATH, library=project)


LINKS = {
    "../../vi/basics/x.md": "../basics/x.md",
    "../../en/models/x.md#a": "x.md#a",
    "/en/models/x/": "x.md",
    "/vi/": "../index.md",
    "../en/basics/x.md": "../basics/x.md",
    "../../../docs/vi/a.md?b": "../a.md?b",
    "../../vi": "../index.md",
}


@pytest.mark.parametrize(("target", "own"), LINKS.items())
def test_a_link_to_a_language_is_refused(target: str, own: str, project: Library) -> None:
    for text in (f"a [b]({target}) c", f'<a href="{target}">b</a>', f"[b]: {target}"):
        assert error(f"a\n\n{text}", project) == (
            f"3: the link `{target}` names a language, but a page links within its own: "
            f"the switch at the top of the page leads to the same path in the other; write `{own}`"
        )


@pytest.mark.parametrize(
    "target", ["../basics/x.md", "#x", "https://a.b/en/c", "//a.b/en/", "english.md", "../../snippets/a.py"]
)
def test_other_links_are_left_to_the_build(target: str, project: Library) -> None:
    assert error(f"[a]({target}) `[b](/en/)`", project) == ""
