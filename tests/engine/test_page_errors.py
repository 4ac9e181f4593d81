"""What a wrong page is told: the line, what is wrong, what there is, how to mend it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from snippets._engine.audit.audit import audit
from snippets._engine.pages.page import parse, read_page
from snippets._engine.project.errors import PageError
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library
from snippets._engine.render.markdown import expand

pytestmark = pytest.mark.unit

SRC_URI = "basics/sums.md"
PATH = f"docs/vi/{SRC_URI}"
SNIPPET = """\
# %% add
total = 1 + 2

# %% plot
last = 0.5

# %% noted
x = 1  # (1)!
"""
RAN = {
    "add": {"values": {"total": 3, "word": "ab", "rows": [1.5]}, "names": ["total"]},
    "plot": {"outputs": [["figure", "display", "<svg/>"]], "names": ["last"]},
}
CLOSE = "all below it is read as code; end it with a line of the same marks"
FENCE = "a Python fence written by hand; make it a cell of the chapter's snippet"
THERE = "there are: `::: cell #name`, `::: cell part/chapter#name`, `::: versions`"
SIGNS = "or write `\\{{=` for the signs themselves"
READ_VALUE = "write {{= #cell.expression }} or {{= #cell.expression :.4f }}, or `\\{{=` for the signs themselves"

VARIANTS = "expected one of: cpu, mnist"
FRONT = {
    "unknown": ("---\ntitle: A\nvariant: minst\n---\n", f"3: `variant: minst`: no such variant; {VARIANTS}"),
    "empty": ("---\nvariant:\n---\n", f"2: `variant: `: no such variant; {VARIANTS}"),
    "in capitals": ("---\nvariant: MNIST\n---\n", f"2: `variant: MNIST`: no such variant; {VARIANTS}"),
    "a list": ("---\nvariant: [mnist]\n---\n", f"2: `variant: a list or table`: no such variant; {VARIANTS}"),
    "of a GPU": (
        "---\nvariant: cuda\n---\n",
        f"2: `variant: cuda`: cannot stand first, as few machines can run it again; {VARIANTS}",
    ),
    "twice": ("---\nvariant: mnist\n\nvariant: cpu\n---\n", "4: `variant` stands in line 2 too; remove one"),
    "no YAML": (
        "---\na: [\nvariant: mnist\n---\n",
        "3: front matter that is no YAML: expected ',' or ']', but got '<stream end>'; mend it",
    ),
}


@pytest.mark.parametrize("front", FRONT.values(), ids=FRONT)
def test_variant_that_no_page_can_show_first_is_told_with_its_line(
    front: tuple[str, str], tree: Tree, write: Callable[[str, str], Path]
) -> None:
    text, said = front
    write(PATH, f"{text}# A {{#a}}\n")
    with pytest.raises(PageError) as parsed:
        read_page(Library(tree), "vi", SRC_URI)
    with pytest.raises(PageError) as rendered:  # a build gives the text without its front matter
        expand("# A {#a}\n", lang="vi", src_uri=SRC_URI, path=PATH, library=Library(tree), line_offset=3)
    assert str(parsed.value) == str(rendered.value) == f"{PATH}:{said}"


@pytest.mark.parametrize(
    ("front", "variant"),
    [
        ("---\nvariant: 'mnist' # why\n---\n", "mnist"),
        ("---\n{title: A, variant: mnist}\n...\n", "mnist"),
        ("---\nvariant: cpu\n---\n", "cpu"),
        ("---\ntitle: a variant of it\nextra:\n  variant: mnist\n---\n", "cpu"),
        ("```\n---\nvariant: mnist\n---\n```\n", "cpu"),
    ],
)
def test_variant_is_what_the_front_matter_says_at_its_top(front: str, variant: str) -> None:
    assert parse(front, src_uri=SRC_URI, path=PATH).asked.variant == variant


ERRORS = {
    "unknown chapter": (
        "a\n::: cell basics/none#add",
        "2: unknown chapter `basics/none`; there are: basics/sums, models/first",
    ),
    "unknown chapter of a value": (
        "{{= basics/none#add.total }}",
        "1: unknown chapter `basics/none`; there are: basics/sums, models/first",
    ),
    "unknown cell": (
        "::: cell #ad",
        "1: unknown cell `ad` in snippets/basics/sums.py; there are: add, plot, noted",
    ),
    "unknown cell of a value": (
        "một {{= #add.total }}, hai {{= models/first#add.total }}",
        "1: unknown cell `add` in snippets/models/first.py; there are: own",
    ),
    "name that is not bound": (
        "\n\n{{= #add.totl }}",
        "3: unknown value `totl`: no name `totl` after cell `add`; there are: total",
    ),
    "name that is bound later": (
        "{{= #add.last + 1 }}",
        "1: unknown value `last + 1`: no name `last` after cell `add`; there are: total",
    ),
    "unknown option": (
        '::: cell #add alt="a" shw="code"',
        "1: unknown option `shw`; there are: alt, code, guess, show",
    ),
    "option without quotes": ("::: cell #add show=code", '1: cannot read `show=code`; write options as key="value"'),
    "option twice": (
        '::: cell #add show="code" show="output"',
        "1: option `show` stands twice; remove one",
    ),
    "unknown show": ('::: cell #add show="all"', '1: unknown show="all"; there are: both, code, output'),
    "guess that is not true": ('::: cell #add guess="yes"', '1: unknown guess="yes"; there are: true'),
    "unknown code": ('::: cell #plot code="hidden" alt="a"', '1: unknown code="hidden"; there are: folded'),
    "guess twice": ('::: cell #add guess="true" guess="true"', "1: option `guess` stands twice; remove one"),
    "guess of outputs that are not shown": (
        '::: cell #plot show="code" guess="true"',
        '1: guess="true" folds the outputs, which show="code" leaves out; remove one',
    ),
    "guess of a cell that gives nothing": (
        'a\n::: cell #add guess="true"',
        '2: guess="true", but cell `add` gives no output to guess; remove it',
    ),
    "folded code that is not shown": (
        '::: cell #plot code="folded" show="output" alt="a"',
        '1: code="folded" folds the code, which show="output" leaves out; remove one',
    ),
    "guess of another chapter's cell": (
        '::: cell models/first#own guess="true"',
        '1: guess="true" of a cell of another chapter; fold it only on the page of models/first and on the home page',
    ),
    "folded code of another chapter's cell": (
        '::: cell models/first#own code="folded"',
        '1: code="folded" of a cell of another chapter; fold it only on the page of models/first and on the home page',
    ),
    "unknown directive": ("::: cel #add", f"1: unknown directive `::: cel #add`; {THERE}"),
    "cell without a name": ("::: cell", f"1: unknown directive `::: cell`; {THERE}"),
    "cell name without its sign": ("::: cell add", f"1: unknown directive `::: cell add`; {THERE}"),
    "versions with words": ("    ::: versions now", f"1: unknown directive `::: versions now`; {THERE}"),
    "directive of mkdocstrings": ("::: torch.nn", f"1: unknown directive `::: torch.nn`; {THERE}"),
    "value without its end": (
        "a\n{{= #add.total }\nb",
        f"2: a `{{{{=` without its `}}}}` on the same line; close it, {SIGNS}",
    ),
    "second value without its end": (
        "{{= #add.total }} và {{= #add.total }",
        f"1: a `{{{{=` without its `}}}}` on the same line; close it, {SIGNS}",
    ),
    "value without a cell": (
        "{{= total }}",
        f"1: cannot read the value `{{{{= total }}}}`; {READ_VALUE}",
    ),
    "value without an expression": (
        "{{= #add }}",
        f"1: cannot read the value `{{{{= #add }}}}`; {READ_VALUE}",
    ),
    "no expression": (
        "{{= #add.total + }}",
        "1: `total +` is no Python expression: invalid syntax; mend it",
    ),
    "statement": (
        "{{= #add.total = 4 }}",
        "1: `total = 4` is no Python expression: invalid syntax; mend it",
    ),
    "format that does not fit a word": (
        "{{= #add.word :.2f }}",
        "1: format `:.2f` of word = ab: Unknown format code 'f' for object of type 'str'; "
        "use a format that fits the value",
    ),
    "format that does not fit a list": (
        "{{= #add.rows :.2f }}",
        "1: format `:.2f` of rows = [1.5]: unsupported format string passed to list.__format__; "
        "use a format that fits the value",
    ),
    "format that is none": (
        "{{= #add.total :.2q }}",
        "1: format `:.2q` of total = 3: Unknown format code 'q' for object of type 'int'; "
        "use a format that fits the value",
    ),
    "figure without alt text": (
        "\n::: cell #plot",
        '2: cell `plot` draws a figure without alt text; add alt="what the figure shows"',
    ),
    "figure with an empty alt text": (
        '::: cell #plot alt=" "',
        '1: cell `plot` draws a figure without alt text; add alt="what the figure shows"',
    ),
    "alt text without a figure": (
        '::: cell #add alt="một hình"',
        "1: alt text, but cell `add` draws no figure; remove it",
    ),
    "wrong value in an alt text": (
        '::: cell #plot alt="{{= #add.totl }}"',
        "1: unknown value `totl`: no name `totl` after cell `add`; there are: total",
    ),
    "annotations without a list": (
        "::: cell #noted\n\nCâu.\n\n1. Một.",
        "1: cell `noted` has annotations such as `# (1)!`; write their numbered list directly after the directive",
    ),
    "versions of no chapter": (
        "::: versions",
        "1: versions of unknown chapter `guide`; only a chapter's page has them",
    ),
    "heading without an id": ("a\n\n## Tiêu đề", "3: heading `Tiêu đề` has no id; write `## Title {#ascii-id}`"),
    "heading without a space": ("##Tiêu đề", "1: heading `Tiêu đề` has no id; write `## Title {#ascii-id}`"),
    "underlined heading": ("Tiêu đề\n=======", "1: heading `Tiêu đề` is underlined; write `## Title {#ascii-id}`"),
    "heading underlined with hyphens": (
        "a\n\nTiêu đề\n---",
        "3: heading `Tiêu đề` is underlined; write `## Title {#ascii-id}`",
    ),
    "heading id with a tone mark": ("## A {#đạo-hàm}", "1: heading id `đạo-hàm`; use lower-case ASCII"),
    "heading id in capitals": ("## A {#Goals}", "1: heading id `Goals`; use lower-case ASCII"),
    "one id twice": ("## A {#a}\n## B {#b}\n### C {: #a }", "3: heading id `a` stands in line 1 too; rename one"),
    "the id of the text before the first heading": (
        "a\n## A {#top}",
        "2: heading id `top` stands in line 1 too; rename one",
    ),
    "Python fence": ("a\n```python\nx = 1\n```", f"2: {FENCE}"),
    "fence without its end": (
        "a\n\n```text\nb\n\n::: cell #add",
        f"3: a fence that is never closed: `` ```text ``; {CLOSE}",
    ),
    "fence closed by other marks": ("~~~~\na\n~~~\n```\n", f"1: a fence that is never closed: `` ~~~~ ``; {CLOSE}"),
    "Python fence in attributes": ("``` { .py title='a' }\nx = 1\n```", f"1: {FENCE}"),
    "Python fence in capitals": ("```Python\nx = 1\n```", f"1: {FENCE}"),
    "Python fence of tildes": ("~~~ python3\nx = 1\n~~~", f"1: {FENCE}"),
    "Python session": ("```pycon\n>>> x\n```", f"1: {FENCE}"),
    "Python fence in an admonition": ('!!! tip "a"\n\n    ```ipython3\n    x = 1\n    ```', f"3: {FENCE}"),
    "Python fence in a quotation": ("> ```py\n> x = 1\n> ```", f"1: {FENCE}"),
    "Python fence in a list": ("- ```python\n  x = 1\n  ```", f"1: {FENCE}"),
    "line after front matter": (
        "---\ntitle: a\n---\n\n::: cel",
        f"5: unknown directive `::: cel`; {THERE}",
    ),
}


@pytest.fixture
def project(write: Callable[[str, str], Path], by_hand: Callable[..., Path], library: Library) -> Library:
    """Two chapters, one of them recorded."""
    write("snippets/basics/sums.py", SNIPPET)
    write("snippets/models/first.py", "# %% own\nx = 1\n")
    by_hand("basics/sums", RAN)
    return library


def error(text: str, library: Library, src_uri: str = SRC_URI) -> str:
    """What the engine says about a page; an empty string if nothing."""
    path = f"docs/vi/{src_uri}"
    try:
        parse(text, src_uri=src_uri, path=path)
        expand(text, lang="vi", src_uri=src_uri, path=path, library=library)
    except PageError as exc:
        return str(exc)
    return ""


@pytest.mark.parametrize(("text", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_page_is_refused_for(text: str, message: str, project: Library) -> None:
    src_uri = "guide.md" if "versions of no" in message or "unknown chapter `guide`" in message else SRC_URI
    assert error(text, project, src_uri) == f"docs/vi/{src_uri}:{message}"


@pytest.mark.parametrize(
    "text",
    [
        "::: cell #add\n\n{{= #add.total }} {{= #add.len(word) }} {{= #add.[r for r in rows] }}",
        "```text\n## Tiêu đề\n```\n\nC#: a # b",
        "````md\n```python\nx = 1\n```\n````",
        "> ```text\n> a\n> ```\n\n~~~~\n~~~\n~~~~~",
        "`## A`\n\n    ## B",
        "| a |\n| --- |\n| b |\n\n---\n\n***\n\n- a\n\n---\n",
        "---\ntitle: a\n---\n\n## A {#a}",
        "```bash\npython -m snippets\n```",
        "## A {#a .class data-x='y'}\n\n## B {: #b }",
        "::: cell #noted\n\n1. Một.",
    ],
    ids=[
        "known names",
        "heading in a fence",
        "Python fence shown in a fence",
        "fences that end",
        "heading as code",
        "rules",
        "front matter",
        "shell",
        "attributes",
        "annotations",
    ],
)
def test_page_is_accepted_with(text: str, project: Library) -> None:
    assert error(text, project) == ""


def test_the_home_page_may_fold_cells_of_any_chapter(project: Library) -> None:
    text = '::: cell basics/sums#plot guess="true" code="folded" alt="một hình"'
    assert error(text, project, "index.md") == ""
    assert "another chapter" in error(text, project, "models/index.md")


def test_lines_are_those_of_the_file_when_front_matter_was_taken_off(project: Library) -> None:
    with pytest.raises(PageError) as caught:
        expand("\n::: cel\n", lang="vi", src_uri=SRC_URI, path=PATH, library=project, line_offset=3)
    assert caught.value.finding.line == 5


def test_rule_at_the_top_of_a_body_is_no_front_matter(project: Library) -> None:
    found = expand(
        "---\n::: cell #add\n", lang="vi", src_uri=SRC_URI, path=PATH, library=project, line_offset=3
    ).markdown
    assert ":::" not in found


def test_front_matter_that_never_ends_is_none(project: Library) -> None:
    assert error("---\ntitle: a\n\n::: cel\n", project) == f"{PATH}:4: unknown directive `::: cel`; {THERE}"


def test_page_that_is_not_utf8_is_refused_with_the_line_of_the_byte(tree: Tree) -> None:
    path = tree.root / PATH
    path.parent.mkdir(parents=True)
    path.write_bytes("# A {#a}\n\nmột\n".encode("utf-16-le").replace(b"\0", b"") + b"\xff\n")
    with pytest.raises(PageError) as caught:
        read_page(Library(tree), "vi", SRC_URI)
    assert str(caught.value).startswith(f"{PATH}:3: not UTF-8: byte 0x")
    assert str(caught.value).endswith("; save the file as UTF-8")


def test_every_wrong_page_is_listed_once(project: Library, write: Callable[[str, str], Path], tree: Tree) -> None:
    for lang in tree.languages:
        write(f"docs/{lang}/{SRC_URI}", "::: cell #ad\n\n::: cell #also-wrong\n")
        write(f"docs/{lang}/guide.md", "## A\n")
    said = [str(f) for f in audit(tree) if f.severity == "error"]
    assert said == [
        "docs/vi/basics/sums.md:1: unknown cell `ad` in snippets/basics/sums.py; there are: add, plot, noted",
        "docs/vi/guide.md:1: heading `A` has no id; write `## Title {#ascii-id}`",
        "docs/en/basics/sums.md:1: unknown cell `ad` in snippets/basics/sums.py; there are: add, plot, noted",
        "docs/en/guide.md:1: heading `A` has no id; write `## Title {#ascii-id}`",
    ]


def test_wrong_snippet_is_told_once_for_all_pages_that_show_it(
    project: Library, write: Callable[[str, str], Path], tree: Tree
) -> None:
    write("snippets/basics/sums.py", "# %% add\nx = = 1\n")
    for lang in tree.languages:
        write(f"docs/{lang}/{SRC_URI}", "::: cell #add\n\n{{= #add.x }}\n")
    said = [str(f) for f in audit(tree) if f.severity == "error"]
    assert said == ["snippets/basics/sums.py:2: syntax error: invalid syntax"]
