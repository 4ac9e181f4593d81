"""What a page folds: a guess and drawing code, opened by keyboard, by a link, by a search hit, and on paper."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from snippets._engine.project.tree import LANGUAGES

PREFIX = {"vi": "", "en": "en/"}
PAGE = "basics/graph/"
GUESS, OTHER = ('details.guess[data-cell="basics/graph#first"]', 'details.guess[data-cell="basics/graph#partly"]')
CODE = 'details.code[data-cell="basics/graph#draw"]'
both = pytest.mark.parametrize("lang", LANGUAGES)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


def shown(page: Page, fold: str) -> bool:
    return page.locator(f"{fold} > :not(summary)").first.is_visible()


@both
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_guess_opens_by_keyboard(browser, address, lang, scripts):
    with browser.new_context(java_script_enabled=scripts) as context:
        page = context.new_page()
        page.goto(f"{address}{PREFIX[lang]}{PAGE}")
        assert not shown(page, GUESS)
        page.focus(f"{GUESS} > summary")
        page.keyboard.press("Enter")
        assert page.locator(f"{GUESS} > .cell-output").is_visible()
        assert page.locator(f"{GUESS} > p").is_visible()
        page.keyboard.press("Space")
        assert not shown(page, GUESS)


@both
def test_a_link_to_its_cell_opens_a_guess_and_no_other(page, address, lang):
    page.goto(f"{address}{PREFIX[lang]}{PAGE}#cell-first")
    assert (shown(page, GUESS), shown(page, OTHER)) == (True, False)
    page.click(f"{GUESS} > summary")
    assert not shown(page, GUESS)
    page.click("#cell-first .cell-link")  # the address stays as it is
    assert shown(page, GUESS)
    page.evaluate("location.hash = '#cell-partly'")
    page.wait_for_selector(f"{OTHER}[open]")


def test_a_link_to_its_cell_opens_a_guess_without_scripts(browser, address):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}{PAGE}#cell-first")
        assert (shown(page, GUESS), shown(page, OTHER)) == (True, False)


def test_a_search_hit_opens_the_guess_of_its_section_and_no_other(page, address):
    page.goto(f"{address}{PAGE}?h=nguyên#after")
    page.wait_for_selector(f"{GUESS}[open] mark")
    assert page.locator(f"{OTHER} mark").count() > 0
    assert not shown(page, OTHER)


def test_code_is_folded_and_its_figure_in_the_open_until_a_link_leads_to_it(page, address):
    page.goto(f"{address}{PAGE}")
    assert not page.locator("#cell-draw").is_visible()
    figure = page.locator('.cell-output[data-cell="basics/graph#draw"]')
    figure.scroll_into_view_if_needed()
    assert figure.locator("img:visible").count() == 1
    page.evaluate("location.hash = '#cell-draw'")
    page.wait_for_selector(f"{CODE}[open]")
    assert page.evaluate("Math.abs(document.querySelector('#cell-draw').getBoundingClientRect().top) < innerHeight / 2")


@both
def test_on_paper_guesses_and_code_are_open_without_their_bars(page, address, lang):
    page.goto(f"{address}{PREFIX[lang]}{PAGE}")
    page.emulate_media(media="print")
    for fold in (GUESS, OTHER, CODE):
        assert shown(page, fold)
        assert not page.locator(f"{fold} > summary").is_visible()
