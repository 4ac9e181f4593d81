"""The page of the glossary, and the links to it from terms in prose."""

from pathlib import Path

import pytest

from snippets._engine.project.exceptions import Phrase
from snippets._engine.project.tree import LANGUAGES, Tree
from snippets._engine.terms import glossary
from snippets._engine.terms.entries import TOPICS, Term
from snippets._engine.terms.glossary import Glossary
from snippets._site.pages.glossary import WORDS, Linker

ROOT = Path(__file__).resolve().parents[2]
PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)
TERMS = Glossary(
    "docs/glossary.csv",
    (
        Term("gradient", 2, {"vi": "gradient", "en": "gradient"}, {"vi": "Đ", "en": 'A "d"'}, (), "autograd", ""),
        Term("view", 3, {"vi": "view", "en": "view"}, {"vi": "V", "en": "V"}, (), "tensor", "plain"),
        Term("leaf", 4, {"vi": "tensor lá", "en": "leaf tensor"}, {"vi": "L", "en": "L"}, (), "autograd", ""),
        Term("warm-up", 5, {"vi": "khởi động", "en": "warm-up"}, {"vi": "W", "en": "W"}, (), "training", "later"),
    ),
    (Phrase("gradient descent road", "a road", 1),),
)
LINK = '<a class="term" href="g/#gradient" title="A &quot;d&quot;">{}</a>'


@pytest.mark.unit
@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a Gradient, a gradient</p>", f"<p>a {LINK.format('Gradient')}, a gradient</p>"),
        ("<h2>gradient</h2><p>gradients</p>", f"<h2>gradient</h2><p>{LINK.format('gradients')}</p>"),
        ("<p>gradient</p><h2>x</h2>gradient", f"<p>{LINK.format('gradient')}</p><h2>x</h2>{LINK.format('gradient')}"),
        ("<code>gradient</code><a href=gradient>gradient</a><!-- gradient -->", None),
        ("<pre><code>x</code> gradient</pre><summary>gradient</summary><th>gradient</th>", None),
        ('<p class="admonition-title">gradient</p>', None),
        ('<div class="versions"><div>x</div>gradient</div>', None),
        ('<img alt="gradient"><p>view, gradientx</p>', None),
        ("<p>a warm-up</p>", None),
        ("<p>a gradient descent road, a gradient</p>", f"<p>a gradient descent road, a {LINK.format('gradient')}</p>"),
        ("<summary>x</summary>gradient", f"<summary>x</summary>{LINK.format('gradient')}"),
    ],
)  # fmt: skip
def test_the_first_use_in_a_section_is_linked_and_only_in_prose(html, expected):
    assert Linker.of(TERMS, "en").link(html, "g/") == (expected or html)


@pytest.mark.unit
def test_every_topic_has_a_title_in_both_languages_and_a_term():
    assert all(tuple(WORDS[lang].topics) == TOPICS for lang in LANGUAGES)
    assert {term.topic for term in glossary.load(Tree(ROOT)).terms} == set(TOPICS)


@both
def test_every_term_has_its_heading_and_definition(site, lang):
    page, terms = site.html(f"{PREFIX[lang]}glossary/"), glossary.load(site.tree).terms
    headings = {e.attrs["id"]: e.text for e in page.of_tag("h3")}
    assert set(headings) == {term.id for term in terms}
    for term in terms:
        assert headings[term.id].startswith(term.names[lang])
        assert term.definitions[lang] in page.article.text
        assert term.names["en" if lang == "vi" else "vi"] in page.article.text
    foreign = {e.text for e in page.article.inside if e.attrs.get("lang") == ("en" if lang == "vi" else "vi")}
    assert {
        term.names["en" if lang == "vi" else "vi"] for term in terms if term.names["vi"] != term.names["en"]
    } <= foreign


@both
def test_chapters_link_terms_with_their_definition(site, lang):
    terms = glossary.load(site.tree).by_id
    for chapter in site.tree.chapters():
        links = site.html(f"{PREFIX[lang]}{chapter}/").of_class("term")
        assert links
        for link in links:
            address, _, name = link.attrs["href"].partition("#")
            assert address == "../../glossary/"
            assert link.attrs["title"] == terms[name].definitions[lang]


@both
def test_the_other_languages_names_are_not_in_the_index(site, lang):
    entries = {e["location"]: e for e in site.search_entries(lang)}
    chain = entries["glossary/#chain-rule"]
    text = chain["title"] + chain["text"]
    assert ("dây chuyền" in text) == (lang == "vi")
    assert ("quy tắc chuỗi" in text) == (lang == "vi")
