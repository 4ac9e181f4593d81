"""The quiet row under a chapter's title: what it ran on, once, and its other forms."""

import re
from types import SimpleNamespace
from urllib.parse import urljoin

import pytest

from snippets._engine.project.tree import LANGUAGES, Tree
from snippets._engine.records.library import Library
from snippets._engine.render.words import data_name
from snippets._site.frame.footer import Footer
from snippets._site.frame.head import head

PREFIX = {"vi": "", "en": "en/"}
CHAPTER = "basics/autograd"
both = pytest.mark.parametrize("lang", LANGUAGES)


def page(src_uri: str) -> SimpleNamespace:
    file = SimpleNamespace(src_uri=src_uri, generated_by="snippets" if src_uri.endswith("notebook.md") else None)
    return SimpleNamespace(file=file, url=f"{src_uri.removesuffix('.md')}/", canonical_url=None)


def first(site, lang, chapter):
    """The record that a page shows first, by what its front matter asks for."""
    asked = re.match(r"---\n(?:.*\n)*?variant: (\w+)\n", site.tree.page(lang, chapter).read_text("utf-8"))
    return site.library.record(chapter, asked[1] if asked else "cpu")


@both
def test_a_chapter_tells_once_what_it_ran_on_and_leads_to_its_other_forms(site, lang):
    for chapter in site.tree.chapters():
        address = f"{PREFIX[lang]}{chapter}/"
        (row,) = site.html(address).of_class("page-head")
        record = first(site, lang, chapter)
        (ran,) = (e for e in row.inside if "page-head__ran" in e.classes)
        images = f" · {data_name(record.data, lang)}" if record.variant == "mnist" else ""
        assert ran.text.strip() == f"torch {record.torch} · CPU · {record.recorded}{images}"
        links = [e.attrs["href"] for e in row.inside if e.tag == "a"]
        assert links[0] == "#versions"
        for link in links[1:]:
            assert "//" in link or site.path(urljoin(address, link)).is_file(), link


@both
def test_an_output_says_in_words_where_it_ran_only_where_that_differs_from_the_head(site, lang):
    for chapter in site.tree.chapters():
        shown = site.html(f"{PREFIX[lang]}{chapter}/")
        lines = shown.of_class("provenance")
        record = first(site, lang, chapter)
        stated = (record.recorded, record.data)
        for line in lines:
            same = (line.attrs["data-recorded"], line.attrs.get("data-dataset", "")) == stated
            assert ("provenance--same" in line.classes) is same
        assert any("provenance--same" in line.classes for line in lines)


@both
@pytest.mark.parametrize("path", ["", "start/reading/", "glossary/", f"source/{CHAPTER}/"])
def test_a_page_that_is_no_chapter_has_no_row_and_quietens_nothing(site, lang, path):
    shown = site.html(f"{PREFIX[lang]}{path}")
    assert not shown.of_class("page-head")
    assert not shown.of_class("provenance--same")


@pytest.mark.unit
@pytest.mark.parametrize(("repository", "colab"), [("", 0), ("someone/fork", 1)], ids=["unknown", "known"])
def test_colab_and_the_form_for_faults_are_offered_only_where_the_repository_is_known(request, repository, colab):
    library, known = Library(Tree(request.config.rootpath)), Footer(repository=repository)
    builder = SimpleNamespace(lang="en", library=library, shown_first=lambda page: library.record(CHAPTER))
    links = [link.href for link in head(page(f"{CHAPTER}.md"), builder, known).links]
    outside = [link for link in links if "someone/fork" in link]
    assert len(outside) == 2 * colab
    assert [link.startswith("https://colab.") for link in outside] == [True, False][: 2 * colab]
    assert "autograd.ipynb" in links
    view = head(page("lab/lab05/notebook.md"), builder, known)
    assert view.ran
    assert view.links == ()
    assert head(None, builder, known).ran == ""


def test_the_line_of_an_output_is_a_mark_until_asked(browser, address):
    with browser.new_context() as context:
        shown = context.new_page()
        shown.goto(f"{address}{CHAPTER}/")
        line = shown.locator("details.provenance--same").first
        said, mark = line.locator("summary span"), line.locator("summary")
        assert said.bounding_box()["width"] <= 1
        size = mark.bounding_box()
        assert min(size["width"], size["height"]) >= 24
        mark.focus()
        assert said.bounding_box()["width"] > 50
        shown.keyboard.press("Enter")
        assert line.locator("a").first.is_visible()
