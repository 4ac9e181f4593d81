"""The reader's notebooks are valid, hold the page's code and recorded outputs, and read as plain Markdown."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from snippets._engine.chapters.figures import is_png
from snippets._engine.chapters.results import Output
from snippets._engine.copies.again import COMMAND
from snippets._engine.copies.notebook import as_jupyter_orders, hidden, notebook
from snippets._engine.copies.plain import plain
from snippets._engine.copies.prose import PlainProse
from snippets._engine.pages.page import read_page
from snippets._engine.project.tree import LANGUAGES, Tree
from snippets._engine.records.library import Library
from snippets._engine.render.provenance import reader_links
from snippets._engine.render.words import WORDS

pytestmark = pytest.mark.unit
TREE = Tree(Path(__file__).resolve().parents[2])
LIBRARY = Library(TREE)
URL = "https://example.org/p/"
each = pytest.mark.parametrize("chapter", TREE.chapters())
both = pytest.mark.parametrize("lang", LANGUAGES)


def made(chapter: str, lang: str, text: str = "", site_url: str = URL):
    page = TREE.page(lang, chapter)
    text = text or page.read_text("utf-8")
    options = {"lang": lang, "src_uri": f"{chapter}.md", "path": TREE.relative(page), "library": LIBRARY}
    return nbformat.reads(notebook(text, site_url=site_url, **options), as_version=4)


def shown_first(chapter: str) -> str:
    """The variant that a chapter's page shows first."""
    return read_page(LIBRARY, "vi", f"{chapter}.md").asked.variant


@both
@each
def test_it_is_valid_and_holds_every_cell_with_its_recorded_outputs(chapter, lang):
    found = made(chapter, lang)
    nbformat.validate(found)
    cells = LIBRARY.chapter(chapter).cells
    code = [cell for cell in found.cells if cell.cell_type == "code"]
    assert [(cell.id, cell.source) for cell in code] == [(cell.name, cell.copied(lang)) for cell in cells]
    assert [cell.metadata.get("tags", []) for cell in code] == [["raises-exception"] * bool(c.raises) for c in cells]
    record = nbformat.read(TREE.record(chapter, shown_first(chapter)), as_version=4)
    assert [in_one_order(cell.outputs) for cell in code] == [in_one_order(cell.outputs) for cell in record.cells]


def in_one_order(outputs):
    """Outputs without the ground of their figures, and in an order that does not tell which stream came first."""
    text = json.dumps(outputs).replace(json.dumps(WHITE)[1:-1], "")
    return sorted(json.loads(text), key=lambda output: output.get("name", ""))


WHITE = ' style="background: #ffffff"'


@both
@each
def test_every_figure_shows_where_no_svg_does_and_on_a_dark_ground(chapter, lang):
    outputs = [output for cell in made(chapter, lang).cells for output in cell.get("outputs", [])]
    drawn = [output.data for output in outputs if "image/svg+xml" in output.get("data", {})]
    recorded = [
        o for cell in LIBRARY.record(chapter, shown_first(chapter)).cells for o in cell.outputs if o.kind == "figure"
    ]
    assert [data["image/png"] for data in drawn] == [output.png for output in recorded]
    assert all(is_png(data["image/png"]) and data["text/plain"].startswith("<Figure size") for data in drawn)
    assert all(data["image/svg+xml"].count(f"<svg{WHITE}") == 1 for data in drawn)


@pytest.mark.parametrize("path", [TREE.record(c, v) for c in TREE.chapters() for v in ("cpu", *TREE.variants(c))])
def test_a_record_holds_a_png_of_each_figure_and_stays_small(path):
    assert path.stat().st_size < 1_500_000
    outputs = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.outputs]
    drawn = [output.data for output in outputs if "image/svg+xml" in output.get("data", {})]
    assert all({"image/png", "text/plain"} <= set(data) for data in drawn)


@both
@each
def test_what_the_page_folds_is_folded(chapter, lang):
    cells = made(chapter, lang).cells
    folded = {cell.id for cell in cells if cell.metadata.get("jupyter", {}).get("source_hidden")}
    page = TREE.page(lang, chapter).read_text("utf-8")
    assert folded == set(re.findall(r"^ {4}::: cell #(\S+)", page, re.MULTILINE))
    assert folded >= {cell.name for cell in LIBRARY.chapter(chapter).cells if cell.name.startswith("solution-")}
    words = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    answers = words.count(f"<summary>{WORDS[lang]['guess']}</summary>")
    # A fold is closed before each of its cells: a note begins with words of its own, a solution with its cell.
    notes = len(re.findall(r"^\?\?\? note ", page, re.MULTILINE))
    assert words.count("<details>\n<summary>") == words.count("\n</details>") == len(folded) + answers + notes


@both
@each
def test_nobody_is_told_to_run_what_only_the_repository_has(chapter, lang):
    cells = made(chapter, lang).cells
    words = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert not COMMAND.search(words)
    assert "Restart Kernel and Run All Cells" in words


@both
@each
@pytest.mark.parametrize("site_url", [URL, ""], ids=["with an address", "without"])
def test_no_link_is_relative(chapter, lang, site_url):
    cells = made(chapter, lang, site_url=site_url).cells
    words = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert not re.search(r"\]\((?!https?://)|(?:href|src)=\"(?!https?://)", words)


def test_notes_to_annotations_name_the_line_they_are_about():
    cells = made("basics/autograd", "vi").cells
    number = [cell.id for cell in cells].index("leaf")
    line = "x = torch.tensor(3.0, requires_grad=True)"
    assert cells[number].source.split("\n")[2] == line
    assert cells[number + 1].source.startswith(f"-   Dòng 3, `{line}`: Viết `3.0`")


PAGE = """\
# A {#a}

??? example "Sol `1`"

    Before.

    ::: cell #one

    1.  First

        and more.

    2.  Second

    !!! note "N"

        Inside.

    ::: cell #two

After.

??? tip

    ::: cell #three

???+ tip "Open"

    ::: cell #four

## Again {#rerun}

One `python snippets/a/b.py`
in two lines.

Kept `python b.py`.

```sh
python -m snippets run a/b

pytest
```

### Inside {#inside}

Or `pytest -q`.

## After {#after}

Not there: `python -m snippets`.
"""


@pytest.fixture
def folds(tree, write, by_hand):
    """The notebook's cells of a page with folds of every kind."""
    write(
        "snippets/a/b.py",
        "# %% one\nx = 1  # (1)!\nif x:\n    y = '`'  # (2)!\n# %% two\nx\n# %% three\nx\n# %% four\nx\n",
    )
    by_hand("a/b", {name: {"outputs": [["text", "stdout", "1\n"]]} for name in ("one", "two", "three", "four")})
    page = {"lang": "en", "src_uri": "a/b.md", "path": "docs/en/a/b.md", "library": Library(tree)}
    return nbformat.reads(notebook(PAGE, **page), as_version=4).cells


def test_a_fold_goes_on_around_its_cells_and_ends_where_the_block_ends(folds):
    assert [(cell.id, cell.metadata.get("cellView")) for cell in folds if cell.cell_type == "code"] == [
        ("one", "form"),
        ("two", "form"),
        ("three", "form"),
        ("four", None),
    ]
    words = [cell.source for cell in folds if cell.cell_type == "markdown"][1:]
    details = "<details>\n<summary>{}</summary>\n\n{}\n\n</details>".format
    note = "-   Line {}: {}".format
    assert words[:4] == [
        "# A\n\n" + details("Sol <code>1</code>", "Before."),
        details(
            "Sol `1`, in words".replace("`1`", "<code>1</code>"),
            note("1, `x = 1`", "First\n\n    and more.\n\n") + note("3, ``y = '`'``", "Second\n\n**N**\n\nInside."),
        ),
        "After.\n\n**Tip**",
        "**Open**",
    ]


def test_folded_cells_are_folded_for_every_program_that_can(folds):
    (cell,) = (cell for cell in folds if cell.id == "one")
    assert cell.metadata == {"cellView": "form", "collapsed": True, "jupyter": hidden(code=True)["jupyter"]}
    assert cell.metadata.jupyter == {"outputs_hidden": True, "source_hidden": True}
    assert hidden(code=False) == {"collapsed": True, "jupyter": {"outputs_hidden": True}}


def test_the_section_on_running_again_keeps_what_a_notebooks_reader_can_do(folds):
    last = folds[-1].source
    assert last.startswith("## Again\n\nTo run the whole chapter again")
    assert last.endswith(
        "in Colab.\n\nKept `python b.py`.\n\n### Inside\n\n## After\n\nNot there: `python -m snippets`."
    )


def out(source, text):
    return Output("figure" if source == "display" else "text", source, text)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", ""),
        ("out:a", "out:a"),
        ("err:w out:a", "out:a err:w"),
        ("out:a err:w out:b err:v", "out:ab err:wv"),
        ("err:w out:a display:1 err:v out:b", "out:a err:w display:1 out:b err:v"),
        ("err:w result:1", "err:w result:1"),
    ],
)
def test_warnings_stand_where_a_kernel_puts_those_of_a_short_cell(given, expected):
    names = {"out": "stdout", "err": "stderr"}
    outputs = [out(names.get(kind, kind), text) for kind, text in (part.split(":") for part in given.split())]
    short = {long: short for short, long in names.items()}
    assert " ".join(f"{short.get(o.source, o.source)}:{o.text}" for o in as_jupyter_orders(outputs)) == expected


@both
@each
def test_it_begins_with_a_note_on_installing_and_holds_nothing_of_the_site(chapter, lang):
    cells = made(chapter, lang).cells
    assert cells[0].cell_type == "markdown"
    assert f"torch=={LIBRARY.record(chapter).torch}" in cells[0].source
    assert f"{URL}{chapter}/" in cells[0].source
    assert cells[1].source.startswith("# ")
    words = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for left in (":::", "{{=", "cell-value", "{#", ".md)", "???", "!!!", "///", "&#"):
        assert left not in words, left


def test_other_chapters_and_second_showings_are_text():
    text = '---\nx: 1\n---\n# A {#a}\n\n::: cell #leaf\n\n::: cell #leaf\n\n::: cell #forward show="output"\n'
    cells = made("basics/autograd", "en", text).cells
    assert [cell.id for cell in cells] == ["about", "text_1", "leaf", "text_2", "forward"]
    assert cells[3].source.startswith("```python\nimport torch\n")


def test_a_guess_hides_its_outputs_and_folds_its_paragraph():
    text = '# A {#a}\n\n::: cell #leaf\n\n::: cell #forward show="code"\n\nB.\n\n'
    text += '::: cell #forward show="output" guess="true"\n\n'
    cells = made("basics/autograd", "en", f"{text}So *it* goes.\nOn.\n\nNext.\n").cells
    hidden = [cell.id for cell in cells if cell.metadata.get("jupyter") == {"outputs_hidden": True}]
    assert hidden == [cell.id for cell in cells if cell.metadata.get("collapsed")] == ["forward"]
    folded = "<details>\n<summary>Guess first, then open</summary>\n\nSo *it* goes.\nOn.\n\n</details>\n\nNext."
    assert cells[-1].source == f"B.\n\n{folded}"


def test_a_plain_copy_shows_a_guess_and_folded_code_in_the_open():
    cells = '::: cell #forward guess="true" code="folded"\n\nSo it goes.\n\nNext.\n'
    where = {"lang": "en", "src_uri": "basics/autograd.md", "path": "docs/en/basics/autograd.md", "library": LIBRARY}
    folded = plain(f"# A {{#a}}\n\n{cells}", **where)
    assert folded == plain(f"# A {{#a}}\n\n{cells}".replace(' guess="true" code="folded"', ""), **where)
    assert "(torch 2.13.0" in folded.partition("So it goes.")[0]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("## T {#t}", "## T"),
        ("!!! note\n\n    a\n\n        code", "a\n\n    code"),
        ('??? tip "T"\n    - a\n\n        b\nc', "<details>\n<summary>T</summary>\n\n- a\n\n    b\n\n</details>\n\nc"),
        ('=== "A"\n\n    !!! note "B"\n\n        x\n\n    y\n\nz', "**A**\n\n**B**\n\nx\n\ny\n\nz"),
        ("1.  a\n\n    b", "1.  a\n\n    b"),
        ("/// html | div.x\na\n///", "a"),
        ("[a](../b/c.md#d) [e](#f) [g](https://h.org/i)", f"[a]({URL}b/c/#d) [e]({URL}x/y/#f) [g](https://h.org/i)"),
        ("[home](../index.md)", f"[home]({URL})"),
        ("![alt](../assets/images/a.svg){ width=3 }", f"![alt]({URL}assets/images/a.svg)"),
        ('[a](b.md "t") [c](<d.md>)', f'[a]({URL}x/b/ "t") [c]({URL}x/d/)'),
        ("[a [b] `c](d.md)`](e.md)", f"[a [b] `c](d.md)`]({URL}x/e/)"),
        ("[![i](i.svg)](e.md)", f"[![i]({URL}x/i.svg)]({URL}x/e/)"),
        ("[m](mailto:a@b.c) [r](/s/)", "[m](mailto:a@b.c) [r](https://example.org/s/)"),
        ("`[a](b.md) <a href='c.md'>`", "`[a](b.md) <a href='c.md'>`"),
        (
            '<a href="b.md#c">d</a> <img src="https://h.org/i">',
            f'<a href="{URL}x/b/#c">d</a> <img src="https://h.org/i">',
        ),
        ("[a]: ../b.md 'T'", f"[a]: {URL}b/ 'T'"),
        ("[^1]: a note", "[^1]: a note"),
        ('is <span class="cell-value" data-cell="x/y#z">&#91;1&#93; &#42; &#60;A&#62;</span>.', r"is [1] \* \<A\>."),
    ],
)
def test_what_plain_markdown_does_not_know_is_written_otherwise(page, expected):
    prose = PlainProse("x/y.md", URL)
    for line in page.split("\n"):
        prose.add(line, fenced=False)
    assert prose.taken() == expected


def test_without_an_address_links_are_text():
    prose = PlainProse("x/y.md", "")
    prose.add("see [this](z.md) and [that `b`](#a), not [those](https://h.org/)", fenced=False)
    prose.add('<a class="k" href="b.md">or</a> ![drawn](c.svg) [one][two]', fenced=False)
    prose.add("[two]: three.md", fenced=False)
    assert prose.taken() == (
        "see this and that `b`, not [those](https://h.org/)\n" + '<a class="k">or</a> drawn [one][two]'
    )


@both
def test_without_an_address_it_names_the_page_it_is_made_from(lang):
    found = made("basics/autograd", lang, site_url="")
    assert "http" not in found.cells[0].source
    assert f"“{found.metadata.title}”" in found.cells[0].source


@both
def test_colab_follows_the_repository_and_is_hidden_without_one(lang, monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    links = "basics/autograd", lang, "autograd/autograd.ipynb"
    assert len(reader_links(*links, LIBRARY.repository())) == 1
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/fork")
    file, colab = reader_links(*links, LIBRARY.repository())
    prefix = "" if lang == "vi" else "en/"
    assert "(autograd/autograd.ipynb)" in file
    assert f"/github/someone/fork/blob/gh-pages/{prefix}basics/autograd/autograd.ipynb)" in colab
