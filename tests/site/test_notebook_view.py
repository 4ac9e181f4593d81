"""A chapter's notebook as a page: the chapter's headings, cells and outputs, and nothing that mkdocs-jupyter adds."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from mkdocs.config import load_config
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from playwright.sync_api import Browser, Page

from snippets._engine.project.tree import LANGUAGES, Tree
from snippets._engine.records.library import Library
from snippets._site.pages.notebook import add_views, link_to_view

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "lab/lab05"
PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)


def view(lang: str) -> str:
    return f"{PREFIX[lang]}{CHAPTER}/notebook/"


def chapter(lang: str) -> str:
    return f"{PREFIX[lang]}{CHAPTER}/"


@both
def test_it_has_the_chapters_headings_ids_and_contents(site, lang):
    pages = [site.html(address) for address in (chapter(lang), view(lang))]
    headings, contents = [], []
    for page in pages:
        inside = [e for e in page.article.inside if re.fullmatch("h[1-6]", e.tag)]
        headings.append([(e.tag, e.attrs["id"], e.text, e.inside[-1].attrs) for e in inside])
        links = [e for e in page.of_class("md-nav__link") if e.attrs.get("href", "").startswith("#")]
        contents.append(list(dict.fromkeys((e.attrs["href"], e.text.strip()) for e in links)))  # the nav repeats them
    assert headings[0] == headings[1]
    assert len(headings[1]) > 20
    assert contents[0] == contents[1]


@both
def test_it_shows_every_cell_with_its_recorded_outputs(site, lang):
    cells = [e for e in site.html(view(lang)).elements if "jp-CodeCell" in e.classes]
    written = site.library.chapter(CHAPTER).cells
    assert [cell.attrs["id"] for cell in cells] == [f"cell-{cell.name}" for cell in written]
    alts = [e.attrs["alt"] for e in site.html(chapter(lang)).article.inside if e.tag == "img"]
    for number, (shown, cell) in enumerate(zip(cells, written, strict=True), 1):
        code = next(e for e in shown.inside if e.tag == "code")
        assert code.text.removesuffix("\n") == cell.copied(lang)
        prompt = shown.inside[0]
        assert prompt.text == f"[{number}]"
        assert prompt.text in prompt.attrs["aria-label"]
        outputs = [e for e in shown.inside if "jp-OutputArea-output" in e.classes]
        recorded = site.library.record(CHAPTER).by_name[cell.name].outputs
        assert [e.attrs["data-kind"] for e in outputs] == [output.kind for output in recorded]
        for element, output in zip(outputs, recorded, strict=True):
            if output.kind == "figure":
                images = [e for e in element.inside if e.tag == "img"]
                assert [e.attrs["src"].rpartition("#")[2] for e in images] == ["only-light", "only-dark"]
                assert all(e.attrs["alt"] in alts for e in images)
                assert all(int(e.attrs["width"]) > 99 for e in images)
            else:
                assert element.text.rstrip("\n") == output.text.rstrip("\n")
        said = [e.attrs["data-recorded"] for e in shown.inside if "provenance" in e.classes]
        assert said == [site.library.record(CHAPTER).recorded] * bool(recorded)


@both
def test_it_folds_what_the_chapter_folds(site, lang):
    cells = [e for e in site.html(view(lang)).elements if "jp-CodeCell" in e.classes]
    folded = [c.attrs["id"] for c in cells for e in c.inside if e.tag == "details" and "provenance" not in e.classes]
    names = [cell.name for cell in site.library.chapter(CHAPTER).cells]
    page = site.library.tree.page(lang, CHAPTER).read_text("utf-8")
    guesses = [name for name in names if re.search(rf'^::: cell #{name} .*guess="true"', page, re.MULTILINE)]
    solutions = [name for name in names if name.startswith("solution-")]
    assert guesses
    assert folded == [f"cell-{name}" for name in names if name in guesses or name in solutions]
    words = [e for e in site.html(view(lang)).article.inside if e.tag == "details"]
    told = [name for name in names if site.library.record(CHAPTER).by_name[name].outputs]  # each says where it ran
    assert len(words) == len(told) + 2 * len(folded)  # the cell, and the words that belong to it


@both
def test_the_chapter_leads_to_it_and_back(site, lang):
    links = [urljoin(chapter(lang), e.attrs["href"]) for e in versions(site, lang).inside if e.tag == "a"]
    assert view(lang) in links
    back = [e.attrs["href"] for e in site.html(view(lang)).article.inside if e.tag == "a"]
    assert {"../", f"../{CHAPTER.rpartition('/')[2]}.ipynb"} <= set(back)
    other = site.html(f"{PREFIX[lang]}basics/tensors/")
    assert not [e for e in other.of_tag("a") if e.attrs.get("href", "").endswith("notebook/")]


def versions(site, lang):
    return next(e for e in site.html(chapter(lang)).elements if e.attrs.get("id") == "versions")


@both
def test_it_carries_nothing_of_its_own_but_text(site, lang):
    mine, chapters = (site.html(address) for address in (view(lang), chapter(lang)))
    for tag in ("script", "style", "link"):
        mine_and_its = (
            [
                e
                for e in page.of_tag(tag)
                if not (e.attrs.get("rel") in ("prev", "next") or "terms.js" in e.attrs.get("src", ""))
            ]
            for page in (mine, chapters)
        )  # its terms are no links
        assert len({len(elements) for elements in mine_and_its}) == 1, tag
    assert not [e for e in mine.article.inside if e.tag in ("script", "style", "svg", "clipboard-copy")]
    assert not [name for e in mine.article.inside for name in e.attrs if name.startswith("on")]
    used = {name for e in mine.article.inside for name in e.classes if name.startswith(("jp-", "highlight-"))}
    assert used == {"jp-CodeCell", "jp-InputPrompt", "jp-InputArea", "jp-OutputArea-output"}
    assert len(mine.source) < len(chapters.source) * 1.1
    assert "site.invalid" not in mine.source
    title = mine.of_tag("title")[0].text
    assert title != chapters.of_tag("title")[0].text
    assert mine.lang == lang


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


PRESS_ALL = """() => {
  const found = [];
  for (const one of document.querySelectorAll("details")) one.open = true;
  document.execCommand = what => { found.push(document.activeElement.value); return true };
  for (const one of document.querySelectorAll(".jp-InputArea .md-code__button[data-md-type=copy]")) one.click();
  return found;
}"""


@both
def test_copied_cells_are_the_cells(page, address, site, lang):
    page.goto(address + view(lang))
    page.wait_for_selector(".jp-InputArea .md-code__button")
    assert page.evaluate(PRESS_ALL) == [cell.copied(lang) for cell in site.library.chapter(CHAPTER).cells]
    assert page.locator(".jp-OutputArea-output .md-code__button").count() == 0


def test_the_switch_keeps_the_cell(page, address):
    page.goto(f"{address}{view('vi')}#cell-retain")
    page.click('.languages a[hreflang="en"]')
    page.wait_for_url(f"{address}{view('en')}#cell-retain")
    assert page.locator("#cell-retain .jp-InputPrompt").inner_text().startswith("[")


#: What this site's chapters hold elsewhere, and what a reader's notebook can hold.
TEXT = r"""# One {#one}

## Đạo *hàm* `a$b` {#two}

- pay \$5 or \$6, $a_i * b_i$ and `$c$`

$$
\frac{1}{2} <
\begin{cases} 1 \\ 2 \end{cases}
$$

```sh
echo "$HOME $x$"
```

    ```python
    # %% not a heading
    ```
"""


def converted(*texts: str, ids: tuple[str, ...]):
    from snippets._site.pages import converter

    cells = [{"cell_type": "markdown", "id": f"t{i}", "metadata": {}, "source": text} for i, text in enumerate(texts)]
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "x"}, "ids": list(ids)}
    return converter.convert({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, "Link")


def test_formulas_fences_and_headings_of_a_notebook():
    made = converted(re.sub(r" \{#\w+\}", "", TEXT), ids=("one", "two"))
    assert [(item.id, item.title) for item in made.toc] == [("one", "One")]
    assert [(item.id, item.title) for item in made.toc.items[0].children] == [("two", "Đạo hàm a$b")]
    assert made.ids == {"one", "two"}
    assert r'pay $5 or $6, <span class="arithmatex">\(a_i * b_i\)</span> and <code>$c$</code>' in made.html
    assert '<div class="arithmatex">\\[\n\\frac{1}{2} &lt;\n\\begin{cases} 1 \\\\ 2' in made.html
    assert '<div class="language-sh highlight"><pre><span></span><code>' in made.html
    assert made.html.count('class="arithmatex"') == 2
    assert "<style" not in made.html


@pytest.mark.parametrize(("ids", "told"), [(("one",), "more headings"), (("one", "two", "three"), "lacks .*#three")])
def test_headings_that_are_not_the_pages_are_refused(ids, told):
    with pytest.raises(PluginError, match=told):
        converted("# A", "## B", ids=ids)


class Chapters:
    """A page of the site, as far as a link is put into it."""

    file = type("F", (), {"src_uri": f"{CHAPTER}.md"})
    url = f"{CHAPTER}/"


@pytest.mark.unit
def test_a_chapter_without_a_place_for_the_link_is_refused():
    with pytest.raises(PluginError, match=f"docs/vi/{CHAPTER}.md: no place for the link"):
        link_to_view("<p>x</p>", Chapters(), [CHAPTER], "vi")
    assert link_to_view("<p>x</p>", Chapters(), ["a/b"], "vi") == "<p>x</p>"


@pytest.mark.unit
def test_a_view_of_no_chapter_is_refused():
    config = load_config(str(ROOT / "mkdocs.yml"))
    with pytest.raises(
        PluginError, match=r"^mkdocs\.yml: notebook_views names `a/b`, which is no chapter; there are: bas"
    ):
        add_views(Files([]), config, Library(Tree(ROOT)), "vi", ["a/b"])
