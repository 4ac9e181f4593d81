"""A term opens its meaning in place: by touch, by keyboard, by mouse; without a script it leads to the glossary."""

import pytest

from snippets._engine.project.tree import LANGUAGES
from snippets._engine.terms import glossary

PREFIX = {"vi": "", "en": "en/"}
SAMPLE = "basics/autograd/"
TERM = "a.term >> nth=3"
both = pytest.mark.parametrize("lang", LANGUAGES)


@pytest.fixture
def opened(browser, address):
    """Opens the sample chapter on a device."""
    contexts = []

    def go(lang: str = "vi", **device):
        contexts.append(browser.new_context(**device))
        page = contexts[-1].new_page()
        page.goto(f"{address}{PREFIX[lang]}{SAMPLE}")
        return page

    yield go
    for context in contexts:
        context.close()


def about(site, lang, page):
    """The glossary's entry of the term."""
    return glossary.load(site.tree).by_id[page.locator(TERM).get_attribute("href").partition("#")[2]]


@both
def test_a_finger_opens_the_meaning_in_place_and_another_closes_it(site, opened, lang):
    page = opened(lang, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    term, before = about(site, lang, page), page.evaluate("document.documentElement.scrollHeight")
    page.locator(TERM).tap()
    card = page.locator(".meaning")
    assert term.definitions[lang] in card.inner_text()
    assert (term.names["en"] in card.inner_text()) or lang == "en"
    assert page.url.endswith(SAMPLE)
    box = card.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollHeight") == before, "nothing moves"
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator("h1").tap()
    assert not card.is_visible()
    page.locator(TERM).tap()
    page.locator(TERM).tap()
    assert not card.is_visible()
    page.locator(TERM).tap()
    card.locator("a").tap()
    page.wait_for_url(f"**/glossary/#{term.id}")


def test_the_keyboard_opens_closes_and_goes_on_to_the_glossary(site, opened):
    page = opened("en")
    term, card = page.locator(TERM), page.locator(".meaning")
    definition = about(site, "en", page).definitions["en"]
    term.focus()
    assert definition in card.inner_text()
    assert (term.get_attribute("aria-expanded"), term.get_attribute("aria-description")) == ("true", definition)
    page.keyboard.press("Enter")
    assert card.is_visible(), "a key that opens closes nothing"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.meaning') !== null")
    page.keyboard.press("Escape")
    assert not card.is_visible()
    assert term.evaluate("term => term === document.activeElement && term.ariaExpanded === 'false'")
    page.keyboard.press("Space")
    assert card.is_visible()
    page.keyboard.press("Shift+Tab")
    assert definition not in (card.inner_text() if card.is_visible() else "")


def test_a_pointer_that_rests_opens_and_one_that_leaves_closes(opened):
    page = opened()
    card = page.locator(".meaning")
    page.locator(TERM).hover()
    card.wait_for(state="visible")
    card.hover()
    page.wait_for_timeout(400)
    assert card.is_visible(), "the pointer is on it"
    page.locator("h1").hover()
    card.wait_for(state="hidden")


@both
def test_a_term_near_an_edge_of_the_window_shows_its_whole_meaning(opened, lang):
    page = opened(lang, viewport={"width": 360, "height": 740})
    for term in page.locator("a.term:visible").all()[:25]:
        term.evaluate("term => { term.scrollIntoView({block: 'end'}); term.focus({preventScroll: true}) }")
        box = page.locator(".meaning").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 740
        page.keyboard.press("Escape")


@both
@pytest.mark.parametrize("scripts", [False, True], ids=["without-scripts", "without-popovers"])
def test_a_term_is_a_link_where_nothing_can_open(site, browser, address, lang, scripts):
    with browser.new_context(java_script_enabled=scripts) as context:
        page = context.new_page()
        page.add_init_script("delete HTMLElement.prototype.showPopover")
        page.goto(f"{address}{PREFIX[lang]}{SAMPLE}")
        term = about(site, lang, page)
        assert page.locator(TERM).get_attribute("title") == term.definitions[lang]
        page.locator(TERM).click()
        page.wait_for_url(f"{address}{PREFIX[lang]}glossary/#{term.id}")
