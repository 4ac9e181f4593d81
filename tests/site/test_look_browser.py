"""What a reader sees and hears: the pages that are no chapters, then samples in both schemes, by keyboard, on paper."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from snippets._engine.project.tree import LANGUAGES

from . import axe

PREFIX = {"vi": "", "en": "en/"}
SAMPLE = "basics/autograd"
SCHEMES = {"light": "default", "dark": "slate"}
VIEW = "lab/lab05/notebook/"
both = pytest.mark.parametrize("lang", LANGUAGES)
OPEN = "all => all.forEach(one => one.open = true)"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 360, "height": 740}) as context:
        yield context.new_page()


@both
def test_what_is_no_chapter_asks_nobody_else_and_says_nothing(site, address, phone, lang):
    said, wrong = [], []
    phone.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    phone.on("pageerror", lambda error: said.append(str(error)))
    phone.on("response", lambda answer: wrong.append(answer.url) if answer.status not in (200, 304) else None)
    known = (address, "data:", "blob:")
    phone.on("request", lambda request: None if request.url.startswith(known) else wrong.append(request.url))
    chapters = {f"{PREFIX[lang]}{chapter}/index.html" for chapter in site.tree.chapters()}  # see test_browser.py
    pages = {path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*.html")}
    assert chapters < pages
    for path in sorted(pages - chapters):
        if path.startswith("en/") is (lang == "en") and not path.endswith("404.html"):
            phone.goto(f"{address}{path.removesuffix('index.html')}", wait_until="load")
            phone.eval_on_selector_all("details", OPEN)
            phone.evaluate("document.fonts.ready.then(() => 0)")
            assert phone.evaluate("document.documentElement.scrollWidth") <= 360, path
            assert (said, wrong) == ([], []), path


@both
@pytest.mark.parametrize(
    "path", ["", "start/setup/", "start/reading/", "glossary/", "no/such/page/", f"{SAMPLE}/", VIEW]
)
def test_axe_finds_nothing(browser, address, lang, path):
    schemes = {"vi": ["light", "dark"], "en": ["dark", "light"]}[lang]
    if path in (f"{SAMPLE}/", VIEW):  # thousands of coloured words: each language's are looked at in one scheme
        del schemes[1]
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            if scheme == schemes[0]:
                page.goto(f"{address}{PREFIX[lang]}{path}")
                page.eval_on_selector_all("details", OPEN)
                axe.load(page)
            page.wait_for_selector(f'body[data-md-color-scheme="{SCHEMES[scheme]}"]')
            assert axe.violations(page) == [], scheme


def test_of_many_words_that_look_alike_the_one_that_cannot_be_read_is_found(browser, address):
    with browser.new_context(bypass_csp=True) as context:  # the page lets no style of ours in
        page = context.new_page()
        page.goto(f"{address}en/glossary/")
        axe.load(page)
        alike = page.locator(".glossary-twin > span")
        assert alike.count() > 50
        alike.nth(20).evaluate("one => one.style.color = 'rgb(240, 240, 240)'")
        ((rule, places),) = axe.violations(page, "article")
        assert (rule, len(places)) == ("color-contrast", 1)
        assert "rgb(240, 240, 240)" in places[0]
        alike.nth(20).evaluate("one => one.removeAttribute('style')")
        page.add_style_tag(content=".glossary-twin > span { color: #eee !important }")
        ((rule, places),) = axe.violations(page)
        assert rule == "color-contrast"
        assert all("<span lang=" in place for place in places)


def test_what_is_wrong_whatever_it_looks_like_is_found(page, address):
    page.goto(f"{address}en/start/setup/")
    axe.load(page)
    page.locator("article img, article svg, article a").first.evaluate(
        "one => one.insertAdjacentHTML('afterend', '<img src=\"x.png\"><button></button>')"
    )
    assert {"image-alt", "button-name"} <= {rule for rule, _ in axe.violations(page)}
    assert [rule for rule, _ in axe.violations(page, "header")] == []


@both
def test_the_keyboard_reaches_everything(page, address, lang):
    page.goto(f"{address}{PREFIX[lang]}{SAMPLE}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.classList[0]") == "md-skip"
    page.keyboard.press("Enter")
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.matches('.cell-link') ? '#' : document.activeElement.tagName"))
        name = page.evaluate("""() => { const one = document.activeElement, box = one.getBoundingClientRect()
            const style = getComputedStyle(one)
            return box.width && style.outlineStyle === "none" && style.boxShadow === "none" ? one.outerHTML : "" }""")
        assert not name, f"focus cannot be seen: {name[:200]}"
    assert {"#", "SUMMARY", "BUTTON", "A"} <= seen
    page.focus("details.provenance summary")
    page.keyboard.press("Enter")
    assert page.locator("details.provenance[open] a").first.is_visible()
    page.focus("#cell-backward .cell-link")
    page.keyboard.press("Enter")
    assert page.url.endswith("#cell-backward")


def test_tabs_answer_to_arrow_keys(page, address):
    page.goto(f"{address}start/setup/")
    page.focus(".tabbed-set > input:checked")
    page.keyboard.press("ArrowRight")
    assert page.locator(".tabbed-block").nth(1).is_visible()
    assert not page.locator(".tabbed-block").nth(0).is_visible()


@both
def test_a_long_output_folds_and_opens_and_is_whole_without_scripts(site, browser, address, lang):
    first = '<div class="language-text cell-output no-copy highlight"'
    lines = "\n".join(f"line {number}" for number in range(1, 31))
    html = site.text(f"{PREFIX[lang]}start/setup/")
    html = html.replace(first, f'{first} data-lines="30"', 1).replace("<code>torch: ", f"<code>{lines}\ntorch: ", 1)
    for scripts in (True, False):
        with browser.new_context(java_script_enabled=scripts) as context:
            page = context.new_page()
            page.route("**/start/setup/", lambda route: route.fulfill(body=html, content_type="text/html"))
            page.goto(f"{address}{PREFIX[lang]}start/setup/")
            output = page.locator(".cell-output").first
            button = output.locator("button")
            assert (output.bounding_box()["height"] < 400) is scripts
            assert button.count() == scripts
            if scripts:
                assert button.inner_text() == {"vi": "Hiện cả 30 dòng", "en": "Show all 30 lines"}[lang]
                button.press("Enter")
                assert output.bounding_box()["height"] > 450
                assert button.get_attribute("aria-expanded") == "true"


def test_paper_is_light_and_shows_every_tab_and_fold(browser, address):
    with browser.new_context(color_scheme="dark") as context:
        page = context.new_page()
        page.goto(f"{address}start/setup/")
        page.emulate_media(media="print")
        assert all(block.is_visible() for block in page.locator(".tabbed-block").all())
        assert not page.locator(".md-header").is_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") in ("light", "normal")
        assert page.evaluate("getComputedStyle(document.querySelector('.md-typeset')).color") == "rgb(31, 41, 51)"
        page.goto(f"{address}{SAMPLE}/")
        folds = page.locator("details.example").all()
        assert folds
        for fold in folds:
            assert fold.locator(".cell pre").is_visible()
        assert page.locator('img[src$="#only-light"]').first.is_visible()
        assert not page.locator('img[src$="#only-dark"]').first.is_visible()


def test_nothing_moves_for_those_who_ask_for_that(browser, address):
    moving = """[...document.querySelectorAll("*")].filter(one =>
        parseFloat(getComputedStyle(one).transitionDuration) > .01).length"""
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{address}{SAMPLE}/")
        assert page.evaluate(moving) == 0
        page.emulate_media(reduced_motion="no-preference")
        assert page.evaluate(moving) > 0


@both
@pytest.mark.parametrize("path", ["", f"{SAMPLE}/", VIEW])
def test_the_weight_of_the_first_load(site, browser, address, lang, path):
    with browser.new_context() as context:
        asked = []
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.goto(f"{address}{PREFIX[lang]}{path}", wait_until="networkidle")
        elements = page.evaluate("document.querySelectorAll('*').length")
        cells = page.locator(".cell, .jp-CodeCell").count()
    names = [url.removeprefix(address).partition("?")[0] for url in asked if url.startswith("http")]
    sizes = {name: weight(site.path(name)) for name in names}
    assert len(names) <= 14, names
    formulas = any(name.endswith("assets/fonts/stix-two-math-400.woff2") for name in names)  # in en/ too
    assert sum(sizes.values()) <= (250_000 if formulas else 170_000), sizes
    assert sum(size for name, size in sizes.items() if name.endswith(".js")) <= 60_000, sizes
    # The notebook's page shows the whole lab at once, whose cells are the longest: a training, a class, a report each.
    assert elements <= 600 + (120 if path == VIEW else 100) * cells


def weight(path: Path) -> int:
    """The bytes of a file as a host sends it."""
    content = path.read_bytes()
    return len(content) if path.suffix == ".woff2" else len(gzip.compress(content, 6))
