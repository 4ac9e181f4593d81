"""Search finds the right page first: with marks, without, in capitals, decomposed; search.tsv holds the queries."""

import gzip
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route

from snippets._engine.project.tree import LANGUAGES

PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)
TABLE = [
    (*line.split("\t"), "")[:4]
    for line in (Path(__file__).parent / "search.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
CUT = 40
"""Who pastes a message often has its beginning only."""
# Asks the theme's own worker, with what finder.js sends it, but without waiting for keys and screens: of each query the
# pages that the small index is sure of, and those of the whole one, each as the addresses of its sections.
ASK = """async (queries) => {
  const config = JSON.parse(document.querySelector("#__config").textContent)
  const load = async (name) => (await fetch(new URL(`${config.base}/search/${name}.json`, location))).json()
  const first = await load("search_index"), rest = await load("search_rest")
  const steps = [
    (doc) => doc.text + (doc.names ? `<p>${doc.names}</p>` : ""),
    (doc) => doc.text + (rest[doc.location] ?? ""),
  ]
  const answered = steps.map(async (text) => {
    const worker = new Worker(new URL(config.search, location))
    const ask = (message) => new Promise((done) => {
      worker.onmessage = (event) => done(event.data)
      worker.postMessage(message)
    })
    const docs = first.docs.map((doc) => ({ ...doc, text: text(doc) }))
    await ask({ type: 0, data: { ...first, docs, options: { suggest: false } } })
    const answers = []
    for (const query of queries) answers.push((await ask({ type: 2, data: query })).data.items)
    worker.terminate()
    return answers
  })
  const [small, whole] = await Promise.all(answered)
  const addresses = (pages) => pages.map((page) => page.map((section) => section.location))
  return queries.map((_, i) => [addresses(small[i][0]?.[0].sure ? small[i] : []), addresses(whole[i])])
}"""


def spellings(query: str) -> list[str]:
    """With marks, without, with d for đ, in capitals, decomposed, and the beginning of what is long."""
    all_six = [
        query,
        without_marks(query),
        query.replace("đ", "d"),
        query.upper(),
        unicodedata.normalize("NFD", query),
        query[:CUT],
    ]
    return list(dict.fromkeys(all_six))


def without_marks(text: str) -> str:
    """Text as it is typed on a keyboard without Vietnamese."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D")


def says(title: str, query: str) -> bool:
    """Whether a title holds the whole query: a section of a later chapter, as right as the one in the table."""
    return without_marks(query).lower() in without_marks(re.sub(r"<[^>]*>", "", title)).lower()


def is_right(best: str, first: str, only: str, title: str, query: str) -> bool:
    """Whether an address is one of those in the table, or as right as they are."""
    named = any(best == right or ("#" not in right and best.startswith(right)) for right in first.split())
    practice = best.startswith("lab/") or "#exercise" in best
    return named or (not only and not practice and says(title, query))


@contextmanager
def quiet_page(browser: Browser, *expected: str) -> Iterator[Page]:
    """A page whose console must stay empty, warnings of its workers too, but for what is expected."""
    with browser.new_context() as context:
        page, said = context.new_page(), []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        assert [text for text in said if not any(part in text for part in expected)] == []


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with quiet_page(browser) as page:
        yield page


FOUND = ["x**2", "-1", "+1", "title:gradient", '"x', "(2x3"]
NOT_FOUND = ["aut*grad", "**2", "*", "\\", "a^2", "a~1", "<p>", "__proto__", "constructor"]
"""Signs that lunr or the theme takes for commands; as they are meant, some stand nowhere."""
SYLLABLES = ["đạo hàm", "hàm mất mát", "tốc độ học", "xóa gradient"]
OTHERS = {"vi": [], "en": ["đạo hàm", "lượt truyền ngược"]}
"""Words of the other language."""
Answers = dict[str, tuple[list[list[str]], list[list[str]]]]


@pytest.fixture(scope="module")
def answers(browser: Browser, address: str) -> Callable[[str], Answers]:
    """What each query of these tests finds: pages the small index is sure of, and those of the whole one."""

    @cache
    def ask(lang: str) -> Answers:
        queries = [s for of, query, *_ in TABLE if of == lang for s in spellings(query)]
        queries += ["0", *"123456789", *FOUND, *NOT_FOUND, *SYLLABLES, *" ".join(SYLLABLES).split(), *OTHERS[lang]]
        with quiet_page(browser) as page:
            page.goto(address + PREFIX[lang])
            return dict(zip(queries, page.evaluate(ASK, queries), strict=True))

    return ask


@both
def test_the_right_page_comes_first_in_every_spelling_and_in_both_steps(answers, site, lang):
    found = answers(lang)
    titles = {entry["location"]: entry["title"] for entry in site.search_entries(lang)}
    wrong = []
    rows = [(spelling, *row) for of, query, *row in TABLE if of == lang for spelling in spellings(query)]
    for query, first, only in rows:
        small, whole = found[query]
        for pages in (small, whole) if small else (whole,):
            best = pages[0][0] if pages else ""
            if not is_right(best, first, only, titles.get(best, ""), query):
                wrong.append((query, first, pages[:2]))
            assert {location for sections in pages for location in sections} <= set(titles)
    assert wrong == []


@both
def test_the_small_index_answers_most_queries_alone(answers, lang):
    of_table = [answers(lang)[query] for of, query, *_ in TABLE if of == lang]
    assert sum(bool(small) for small, _ in of_table) > 0.7 * len(of_table)


@both
@pytest.mark.parametrize("digit", "0123456789")
def test_every_digit_is_found(answers, lang, digit):
    assert answers(lang)[digit][1]


@both
def test_signs_are_meant_as_they_are(answers, lang):
    assert [query for query in FOUND if not answers(lang)[query][1]] == []
    assert [query for query in NOT_FOUND if answers(lang)[query][1]] == []


@pytest.mark.parametrize("word", SYLLABLES)
def test_a_word_of_several_syllables_finds_fewer_pages_than_hold_any_of_them(answers, word):
    found = answers("vi")
    of_any = {page[0].split("#")[0] for syllable in word.split() for page in found[syllable][1]}
    assert 0 < len(found[word][1]) < len(of_any)


@both
def test_every_expected_section_exists(site, lang):
    for of, query, first, _ in TABLE:
        for right in first.split() if of == lang else ():
            address, _, section = right.partition("#")
            assert not section or section in site.html(PREFIX[lang] + address).ids, query


@pytest.mark.unit
def test_the_table_is_large_enough():
    assert len({(lang, query) for lang, query, *_ in TABLE}) == len(TABLE) >= 100


def test_words_of_the_other_language_find_nothing(answers):
    assert [answers("en")[word] for word in OTHERS["en"]] == [[[], []], [[], []]]


def test_a_reader_types_without_marks_and_reads_marked_results(page, address):
    page.goto(address)
    page.keyboard.press("/")
    page.locator(".md-search__input").press_sequentially("dao ham rieng")
    result = page.locator(".md-search-result__item").first
    result.locator("mark").first.wait_for()
    marked = " ".join(result.locator("mark").all_inner_texts())
    assert "đạo hàm riêng" in marked
    result.locator("a[href*='#partial-derivative']").click()
    page.wait_for_url(lambda url: "/glossary/" in url)
    page.locator("article mark", has_text="đạo").first.wait_for()  # as it stands there, not as it was typed


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


def held_back(page: Page, name: str) -> list[Route]:
    """The requests for a file, which wait until they are let go."""
    held: list[Route] = []
    page.route(f"**/{name}", lambda route: held.append(route))
    return held


def typed(page: Page, query: str) -> Locator:
    """Type a query as a reader would; gives what is found."""
    page.locator("[data-md-component=search-query]").press_sequentially(query)
    return page.locator(".md-search-result__item")


def addresses(items: Locator) -> list[str]:
    """Where the first hit of each page leads, without the words to mark."""
    links = items.evaluate_all("items => items.map((item) => item.querySelector('a').href)")
    return [re.sub(r"\?h=[^#]*", "", link) for link in links]


def test_the_rest_comes_behind_and_leaves_in_place_what_is_shown(page, address):
    held = held_back(page, "search_rest.json")
    page.goto(address)
    items = typed(page, "đạo hàm")
    items.first.wait_for()
    before = addresses(items)
    held[0].continue_()
    items.nth(len(before)).wait_for()
    assert addresses(items)[: len(before)] == before


def test_what_only_the_rest_says_is_waited_for(page, address):
    held = held_back(page, "search_rest.json")
    page.goto(address)
    with page.expect_request("**/search_rest.json"):  # the small index is ready
        items = typed(page, "kiểm tra gradient")
    page.wait_for_timeout(300)
    assert "Không tìm thấy" not in page.locator(".md-search-result__meta").inner_text()
    held[0].continue_()
    items.first.wait_for()
    assert "/basics/autograd/" in addresses(items)[0]


def test_what_a_reader_goes_through_stays_as_it_is(page, address):
    held = held_back(page, "search_rest.json")
    page.goto(address)
    items = typed(page, "đạo hàm")
    items.first.wait_for()
    page.keyboard.press("ArrowDown")
    before = addresses(items)
    held[0].continue_()
    page.wait_for_timeout(600)
    assert addresses(items) == before
    assert page.evaluate("document.activeElement.closest('.md-search-result__item') !== null")


def test_without_the_rest_the_small_index_answers(browser, address):
    with quiet_page(browser, "Failed to load resource") as page:
        page.route("**/search_rest.json", lambda route: route.abort())
        page.goto(address)
        typed(page, "kiem tra gradient").first.wait_for()


@both
def test_a_search_that_cannot_load_says_so_and_tries_again(browser, address, lang):
    with quiet_page(browser, "Failed to load resource") as page:
        page.route("**/search_index.json", lambda route: route.abort())
        page.goto(address + PREFIX[lang])
        page.click(".md-search__input")
        page.get_by_text({"vi": "Không tải được", "en": "could not be loaded"}[lang]).wait_for()
        page.unroute("**/search_index.json")
        page.keyboard.press("Escape")
        page.click(".md-search__input")
        typed(page, "autograd").first.wait_for()


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


# How much is loaded


def packed(path: Path) -> int:
    """The bytes of a file as a host sends it."""
    return len(gzip.compress(path.read_bytes(), 6))


@both
def test_a_first_search_stays_small_when_the_course_has_grown(site, lang):
    folder = site.folder / PREFIX[lang]
    scripts = [
        *folder.glob("assets/javascripts/workers/search.*.min.js"),
        *folder.glob("assets/javascripts/lunr/min/*.js"),
    ]
    assert len(scripts) == 3
    assert sum(map(packed, scripts)) <= 20_000
    entries = site.data(f"{PREFIX[lang]}search/search_index.json")["docs"]
    pages = {entry["location"].split("#")[0] for entry in entries} - {"", "glossary/"}
    # 34 pages of 3,500 bytes, the glossary and the scripts: less than 150 KB for a first search of the whole course.
    assert packed(folder / "search" / "search_index.json") <= 12_000 + 3_500 * len(pages)


@both
def test_no_page_takes_more_than_its_share_of_the_first_answers(site, lang):
    shares: dict[str, list[object]] = {}
    for entry in site.data(f"{PREFIX[lang]}search/search_index.json")["docs"]:
        shares.setdefault(entry["location"].split("#")[0], []).append(entry)
    sizes = {page: len(gzip.compress(json.dumps(of, ensure_ascii=False).encode(), 6)) for page, of in shares.items()}
    assert {page: size for page, size in sizes.items() if size > (6_500 if page != "glossary/" else 14_000)} == {}


# What of a page is found


@both
def test_code_and_outputs_are_not_in_the_index_but_messages_are(site, lang):
    said = {entry["location"]: entry["text"] for entry in site.search_entries(lang)}
    vector = said["basics/autograd/#vector"]
    assert "RuntimeError: grad can be implicitly created only for scalar outputs" in vector
    assert "import torch" not in said["basics/autograd/#leaf"]
    assert "z.tolist()" not in vector
    assert "torch 2.13" not in vector
    assert "\\u" not in site.text(f"{PREFIX[lang]}search/search_index.json")


@both
def test_practice_counts_less_than_what_explains(site, lang):
    boosts = {entry["location"]: entry.get("boost", 1) for entry in site.search_entries(lang)}
    assert boosts["basics/autograd/#exercise-1"] < boosts["basics/autograd/#cut"] < boosts["basics/autograd/#leaf"]
    assert boosts["lab/lab05/#linear"] < 0.1
