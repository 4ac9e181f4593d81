"""Two languages, one site: the switch, 404s, sitemaps and search indexes; and no other host anywhere."""

import re
import xml.etree.ElementTree as ET
from urllib.parse import urljoin

import pytest

from snippets._engine.project.tree import LANGUAGES

URL = "https://example.org/pytorch/"
PREFIX = {"vi": "", "en": "en/"}
VIEWS = ["lab/lab05"]
NAMES = {"vi": "PyTorch chạy thật", "en": "PyTorch That Runs"}
XML = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
both = pytest.mark.parametrize("lang", LANGUAGES)


@both
def test_the_switch_leads_to_the_same_page_and_marks_the_current_language(site, lang):
    for page in ("", "basics/autograd/", "source/basics/autograd/", f"{VIEWS[0]}/notebook/"):
        address = PREFIX[lang] + page
        switch = site.html(address).of_class("languages")[0]
        links = [inner for inner in switch.inside if inner.tag == "a"]
        assert [a.attrs["hreflang"] for a in links] == list(LANGUAGES)
        for a in links:
            assert urljoin(URL + address, a.attrs["href"]) == URL + PREFIX[a.attrs["hreflang"]] + page
            assert ("aria-current" in a.attrs) == (a.attrs["hreflang"] == lang)
            assert "data-keep-section" in a.attrs


@both
def test_the_404_speaks_its_language_and_offers_both_homes(site, lang):
    page = site.html(f"{PREFIX[lang]}404.html")
    home = f"/pytorch/{PREFIX[lang]}"
    links = [e.attrs["href"] for e in page.article.inside if e.tag == "a"]
    assert page.lang == lang
    assert NAMES[lang] in page.of_tag("title")[0].text
    assert links == [home, *(f"/pytorch/{PREFIX[other]}" for other in LANGUAGES if other != lang)]
    sheets = [e.attrs["href"] for e in page.of_tag("link") if e.attrs["rel"] == "stylesheet"]
    assert all(href.startswith(f"{home}assets/") for href in sheets)


@both
def test_the_sitemap_lists_its_own_pages_with_mutual_alternates(site, lang):
    urls = alternates(site, lang)
    views = [f"{chapter}/notebook/" for chapter in VIEWS]
    assert set(urls) == {URL + PREFIX[lang] + page for page in [*site_pages(site.tree, lang), *views]}
    for found in urls.values():
        assert list(found) == ["vi", "x-default", "en"]
        assert found["x-default"] == found["vi"]
        for other in LANGUAGES:
            assert alternates(site, other)[found[other]] == found


def site_pages(tree, lang: str) -> list[str]:
    """The addresses of a language's pages, below its root: the written ones and the glossary."""
    names = (page.removesuffix(".md").removesuffix("index") for page in (*tree.pages(lang), "glossary.md"))
    return [f"{name.rstrip('/')}/" if name else "" for name in names]


def alternates(site, lang: str) -> dict[str, dict[str, str]]:
    root = ET.fromstring(site.text(f"{PREFIX[lang]}sitemap.xml"))
    return {
        url.findtext("s:loc", "", XML): {
            link.attrib["hreflang"]: link.attrib["href"] for link in url.findall("x:link", XML)
        }
        for url in root.findall("s:url", XML)
    }


@both
def test_the_search_index_holds_this_languages_pages_only(site, lang):
    index = site.data(f"{PREFIX[lang]}search/search_index.json")
    pages = {entry["location"].partition("#")[0] for entry in index["docs"]}
    assert index["config"]["lang"] == ["vi"]  # the name of the one file that serves both
    assert pages == set(site_pages(site.tree, lang))
    titles = {entry["title"] for entry in index["docs"]}
    assert site.html(PREFIX[lang]).of_tag("h1")[0].text.rstrip("¶") in titles
    other = "en" if lang == "vi" else "vi"
    assert NAMES[other] not in titles


@both
def test_the_interface_speaks_the_language(site, lang):
    words = {
        "vi": ("Liên kết đến mục này", "Nền tảng", "Mục lục"),
        "en": ("Link to this section", "Basics", "contents"),
    }
    source = site.text(f"{PREFIX[lang]}basics/autograd/")
    assert all(word in source for word in words[lang])
    strangers = words["en" if lang == "vi" else "vi"]
    assert not [word for word in strangers[:2] if word in source]
    assert f"<title>{NAMES[lang]}</title>" in site.text(PREFIX[lang])


@both
def test_the_search_dialog_has_a_name(site, lang):
    dialogs = [e for e in site.html(PREFIX[lang]).elements if e.attrs.get("role") == "dialog"]
    assert [bool(e.attrs.get("aria-label")) for e in dialogs] == [True]


def test_nothing_is_loaded_from_another_host(site):
    for path in site.folder.rglob("*.html"):
        html = re.sub(r"<(a|code|pre)\b.*?</\1>", "", path.read_text("utf-8"), flags=re.DOTALL)
        loaded = re.findall(r"<(?:script|link|img|iframe|source|video)\b[^>]*?(?:src|href)=\"?(https?:)?//[^>]*>", html)
        meant = re.findall(rf'<link rel="canonical" href="{URL}[^"]*">', html)
        assert len(loaded) == len(meant), path
    for path in site.folder.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", path.read_text("utf-8")), path


def test_without_a_site_url_there_are_no_absolute_addresses_and_the_404_finds_its_files(build_site, tmp_path):
    done = build_site("--strict", site_url="")
    assert done.returncode == 0, done.stderr
    for lang in LANGUAGES:
        page = (tmp_path / "site" / PREFIX[lang] / "404.html").read_text("utf-8")
        assert f'href="/{PREFIX[lang]}assets/stylesheets/all.css"' in page
        assert "hreflang" not in (tmp_path / "site" / PREFIX[lang] / "sitemap.xml").read_text("utf-8")
        assert 'rel="canonical"' not in (tmp_path / "site" / PREFIX[lang] / "index.html").read_text("utf-8")
