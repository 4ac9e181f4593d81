"""Search finds the right page first: with marks, without, in capitals, decomposed; search.tsv holds the queries."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from snippets._engine.project.tree import LANGUAGES

PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)
TABLE = [
    line.split("\t")
    for line in (Path(__file__).parent / "search.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
# Asks the theme's own worker, with what the theme itself sends it, but without waiting for keys and screens.
ASK = """async (queries) => {
  const config = JSON.parse(document.querySelector("#__config").textContent)
  const worker = new Worker(new URL(config.search, location))
  const ask = (message) => new Promise((done) => {
    worker.onmessage = (event) => done(event.data)
    worker.postMessage(message)
  })
  const index = await (await fetch(new URL(`${config.base}/search/search_index.json`, location))).json()
  await ask({ type: 0, data: { ...index, options: { suggest: false } } })
  const answers = []
  for (const query of queries) answers.push((await ask({ type: 2, data: query })).data.items)
  worker.terminate()
  return answers.map((pages) => pages.map((page) => page.map((section) => section.location)))
}"""


#: Typed without marks these are other words too, which another page has in its title: "độ đọc", "đọc".
AMBIGUOUS = {"do doc"}


def spellings(query: str) -> list[str]:
    """With marks, without, in capitals, decomposed."""
    all_four = [query, without_marks(query), query.upper(), unicodedata.normalize("NFD", query)]
    return [spelling for spelling in all_four if spelling not in AMBIGUOUS]


def without_marks(text: str) -> str:
    """Text as it is typed on a keyboard without Vietnamese."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D")


def says(title: str, query: str) -> bool:
    """Whether a title holds the whole query: a section of a later chapter, as right as the one in the table."""
    return without_marks(query).lower() in without_marks(re.sub(r"<[^>]*>", "", title)).lower()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose console must stay empty, warnings too."""
    with browser.new_context() as context:
        page, said = context.new_page(), []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        assert said == []


@both
def test_the_right_page_comes_first_in_every_spelling(page, address, site, lang):
    page.goto(address + PREFIX[lang])
    wanted = {spelling: first for of, query, first in TABLE if of == lang for spelling in spellings(query)}
    answers = page.evaluate(ASK, list(wanted))
    titles = {
        entry["location"]: entry["title"] for entry in site.data(f"{PREFIX[lang]}search/search_index.json")["docs"]
    }
    wrong = []
    for (query, first), found in zip(wanted.items(), answers, strict=True):
        best = found[0][0] if found else None
        expected = best == first or ("#" not in first and bool(best) and best.startswith(first))
        if not expected and not says(titles.get(best, ""), query):
            wrong.append((query, first, found[:2]))
        assert {location for sections in found for location in sections} <= set(titles)
    assert wrong == []


@both
def test_every_expected_section_exists(site, lang):
    for of, query, first in TABLE:
        if of == lang:
            address, _, section = first.partition("#")
            assert not section or section in site.html(PREFIX[lang] + address).ids, query


@pytest.mark.unit
def test_the_table_is_large_enough():
    assert len({(lang, query) for lang, query, _ in TABLE}) == len(TABLE) >= 60


def test_words_of_the_other_language_find_nothing(page, address):
    page.goto(f"{address}en/")
    assert page.evaluate(ASK, ["đạo hàm", "lượt truyền ngược"]) == [[], []]


def test_a_reader_types_without_marks_and_reads_marked_results(page, address):
    page.goto(address)
    page.keyboard.press("/")
    page.locator(".md-search__input").press_sequentially("dao ham rieng")
    result = page.locator(".md-search-result__item").first
    result.locator("mark").first.wait_for()
    marked = " ".join(result.locator("mark").all_inner_texts())
    assert "đạo hàm riêng" in marked
    assert "\u2060" not in result.inner_text()
    result.locator("a").first.click()
    page.wait_for_url(lambda url: "/glossary/" in url)


def opened(page, ask) -> None:
    """Have a reader do the first thing that means a search."""
    {
        "key": lambda: page.keyboard.press("/"),
        "click": lambda: page.click(".md-search__input"),
        "phone": lambda: page.click("label.md-header__button[for=__search]"),
    }[ask]()


@pytest.mark.parametrize("ask", ["key", "click", "phone"])
def test_search_loads_when_it_is_asked_for_and_loses_no_letter(page, address, ask):
    if ask == "phone":
        page.set_viewport_size({"width": 360, "height": 740})
    names, held = [], []
    page.on("request", lambda request: names.append(request.url.removeprefix(address)))
    page.route("**/search_index.json", lambda route: held.append(route))
    page.goto(f"{address}basics/autograd/", wait_until="networkidle")
    assert [name for name in names if "search" in name or "lunr" in name] == []
    opened(page, ask)
    page.keyboard.type("dao ham rieng")
    assert page.locator(".md-search__input").input_value() == "dao ham rieng"
    page.wait_for_timeout(100)
    assert [name for name in names if name.endswith("search_index.json")] == ["search/search_index.json"]
    assert page.locator(".md-search-result__item").count() == 0
    held[0].continue_()
    page.locator(".md-search-result__item mark").first.wait_for()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('.md-search-result__item') !== null")
    assert len([name for name in names if name.endswith("search_index.json")]) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_to_a_query_and_one_to_its_words_work(page, address, lang):
    page.goto(f"{address}{PREFIX[lang]}basics/autograd/?q=autograd")
    page.locator(".md-search-result__item mark").first.wait_for()
    page.goto(f"{address}{PREFIX[lang]}basics/autograd/?h=autograd")
    page.locator("article mark[data-md-highlight]").first.wait_for()


def test_an_unknown_address_can_be_searched_too(page, address):
    page.route("**/no/such/page/", lambda route: route.fulfill(path=None, response=route.fetch(), status=200))
    page.goto(f"{address}no/such/page/")
    page.keyboard.press("/")
    page.keyboard.type("autograd")
    page.locator(".md-search-result__item mark").first.wait_for()
