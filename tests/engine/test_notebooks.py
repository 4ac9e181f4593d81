"""The reader's notebooks are valid, hold the page's code and recorded outputs, and read as plain Markdown."""

from pathlib import Path

import nbformat
import pytest

from snippets._engine.copies.notebook import notebook
from snippets._engine.copies.plain import plain
from snippets._engine.copies.prose import PlainProse
from snippets._engine.project.tree import LANGUAGES, Tree
from snippets._engine.records.library import Library
from snippets._engine.render.provenance import reader_links

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


@both
@each
def test_it_is_valid_and_holds_every_cell_with_its_recorded_outputs(chapter, lang):
    found = made(chapter, lang)
    nbformat.validate(found)
    cells = LIBRARY.chapter(chapter).cells
    code = [cell for cell in found.cells if cell.cell_type == "code"]
    assert [(cell.id, cell.source) for cell in code] == [(cell.name, cell.copied(lang)) for cell in cells]
    assert [cell.metadata.get("tags", []) for cell in code] == [["raises-exception"] * bool(c.raises) for c in cells]
    record = nbformat.read(TREE.record(chapter), as_version=4)
    assert [cell.outputs for cell in code] == [cell.outputs for cell in record.cells]


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
    folded = "<details><summary>Guess first, then open</summary>\n\nSo *it* goes.\nOn.\n\n</details>\n\nNext."
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
        ('??? tip "T"\n    - a\n\n        b\nc', "**T**\n- a\n\n    b\nc"),
        ('=== "A"\n\n    !!! note "B"\n\n        x\n\n    y\n\nz', "**A**\n\n**B**\n\nx\n\ny\n\nz"),
        ("1.  a\n\n    b", "1.  a\n\n    b"),
        ("/// html | div.x\na\n///", "a"),
        ("[a](../b/c.md#d) [e](#f) [g](https://h.org/i)", f"[a]({URL}b/c/#d) [e]({URL}x/y/#f) [g](https://h.org/i)"),
        ("[home](../index.md)", f"[home]({URL})"),
        ("![alt](../assets/images/a.svg){ width=3 }", f"![alt]({URL}assets/images/a.svg)"),
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
    prose.add("see [this](z.md) and [that](#a), not [those](https://h.org/)", fenced=False)
    assert prose.taken() == "see this and that, not [those](https://h.org/)"
    assert "http" not in made("basics/autograd", "en", site_url="").cells[0].source


@both
def test_colab_follows_the_repository_and_is_hidden_without_one(lang, monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert len(reader_links("basics/autograd", lang, "autograd/autograd.ipynb")) == 1
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/fork")
    file, colab = reader_links("basics/autograd", lang, "autograd/autograd.ipynb")
    prefix = "" if lang == "vi" else "en/"
    assert "(autograd/autograd.ipynb)" in file
    assert f"/github/someone/fork/blob/gh-pages/{prefix}basics/autograd/autograd.ipynb)" in colab
