"""Explorable figures as a reader uses them: by keyboard and touch, with and without scripts, by address, on paper."""

import gzip
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from snippets._engine.chapters import frames
from snippets._engine.project.tree import LANGUAGES

from . import axe
from .conftest import ROOT
from .test_look_browser import weight

PREFIX = {"vi": "", "en": "en/"}
CHAPTER, CELL = "models/linear_regression", "rates"
OTHER = "basics/graph"
LIGHT = "start/first"
SLIDER = '[id="cell-rates:lr"]'
both = pytest.mark.parametrize("lang", LANGUAGES)

STATE = """() => {
  const box = document.querySelector('.frames'), slider = box.querySelector('input')
  const shown = [...box.querySelectorAll('figure')].filter((one) => one.offsetParent)
  return [shown.map((one) => one.dataset.lr).join(), slider.ariaValueText, location.hash]
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture
def values(site) -> list[str]:
    """The values of the slider, as the page writes them."""
    cell = site.library.chapter(CHAPTER).by_name[CELL]
    found, _ = frames.split(cell, site.library.record(CHAPTER).by_name[CELL].outputs)
    return [str(frame.values[0][1]) for frame in found]


def state(lr: str) -> list[str]:
    """What a page shows, says and keeps in its address when a frame is chosen."""
    return [lr, f"lr = {lr}", f"#cell-rates:lr={lr}"]


def asked(page: Page) -> list[str]:
    """The frames that a page asks for from now on."""
    found: list[str] = []
    page.on("request", lambda request: found.extend(re.findall(r"/rates-[\w-]+\.svg", request.url)))
    return found


@both
def test_the_page_has_what_the_contract_says(site, lang, values):
    html = site.html(f"{PREFIX[lang]}{CHAPTER}/")
    output = next(e for e in html.of_class("cell-output") if e.attrs["data-kind"] == "frames")
    (box,) = (e for e in output.inside if "frames" in e.classes)
    name = f"{CHAPTER}#{CELL}"
    assert (output.attrs["data-cell"], output.attrs["data-variant"], box.attrs["data-cell"]) == (name, "cpu", name)
    assert box.attrs["data-slider"] == "lr"
    figures = [e for e in box.inside if e.tag == "figure"]
    assert [(e.attrs["data-lr"], e.attrs["id"]) for e in figures] == [(v, f"cell-rates:lr={v}") for v in values]
    (slider,) = (e for e in box.inside if e.tag == "input")
    (label,) = (e for e in box.inside if e.tag == "label")
    assert (slider.attrs["type"], slider.attrs["max"]) == ("range", str(len(values) - 1))
    assert (label.attrs["for"], slider.attrs["aria-valuetext"]) == (slider.attrs["id"], f"lr = {values[0]}")
    for value, figure in zip(values, figures, strict=True):
        images = [e for e in figure.inside if e.tag == "img"]
        assert [e.attrs["src"].rpartition("#")[2] for e in images] == ["only-light", "only-dark"]
        assert all(
            f"lr = {float(value):g}," in e.attrs["alt"] or f"lr = {float(value):g};" in e.attrs["alt"] for e in images
        )
    assert len(html.ids) == len(set(html.ids))


def test_the_search_knows_the_text_around_frames_and_not_their_names(site):
    (section,) = (entry for entry in site.search_entries("vi") if entry["location"] == f"{CHAPTER}/#rates")
    assert "divergence" in section["text"]
    assert "lr = 0.027" not in section["text"]
    assert "last loss" not in section["text"]


def test_the_script_is_small_and_only_where_it_is_of_use(site):
    script = (ROOT / "docs/assets/javascripts/frames.js").read_bytes()
    assert len(gzip.compress(script, 6)) <= 3000
    for address, there in ((f"{CHAPTER}/", True), ("basics/tensors/", False), ("lab/lab05/", False), ("", True)):
        assert ("javascripts/frames.js" in site.text(address)) is there


def test_keys_move_the_slider_and_one_frame_is_asked_for_until_then(page, address, values):
    requests = asked(page)
    page.goto(f"{address}{CHAPTER}/")
    page.locator(".frames").scroll_into_view_if_needed()
    page.locator(".frames__shown img:visible").evaluate("image => image.decode()")
    assert requests == ["/rates-1-light.svg"]
    assert page.evaluate(STATE)[:2] == state(values[0])[:2]
    page.focus(SLIDER)
    for key, place in (
        ("ArrowRight", 1),
        ("ArrowUp", 2),
        ("ArrowLeft", 1),
        ("End", -1),
        ("Home", 0),
        ("ArrowRight", 1),
    ):
        page.keyboard.press(key)
        assert page.evaluate(STATE) == state(values[place]), key
    page.wait_for_load_state("networkidle")
    assert sorted(requests) == sorted(f"/rates-{number}-light.svg" for number in range(1, len(values) + 1))


def test_a_touch_moves_the_slider_on_a_dark_phone(browser, address, values):
    options: Any = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "color_scheme": "dark"}
    with browser.new_context(**options) as context:
        page = context.new_page()
        requests = asked(page)
        page.goto(f"{address}en/{CHAPTER}/")
        page.locator(SLIDER).scroll_into_view_if_needed()
        box = page.locator(SLIDER).bounding_box()
        assert box["height"] >= 24
        page.touchscreen.tap(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
        assert page.evaluate(STATE) == state(values[-1])
        image = page.locator(".frames__shown img:visible")
        assert image.get_attribute("src").endswith("-dark.svg#only-dark")
        image.evaluate("image => image.decode()")
        assert not [name for name in requests if "light" in name]
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


ADDRESSES = {
    "#cell-rates:lr=0.02": "0.02",
    "#cell-rates%3Alr%3D0.028": "0.028",
    "#cell-rates:lr=0.0199": "0.02",
    "#cell-rates:lr=7": "0.035",
    "#cell-rates:lr=-1": "0.001",
    "#cell-rates:lr=0.0283": "0.028",
    "#cell-rates:lr=1e-2": "0.01",
    "#cell-rates:lr=many": "0.001",
    "#cell-rates:lr=0.01&other=3": "0.01",
    "#cell-rates:": "0.001",
}


@pytest.mark.parametrize("first", ["#cell-rates:lr=0.0199", "#cell-rates%3Alr%3D0.028"])
def test_an_address_shows_its_frame_or_the_nearest(page, address, first):
    page.goto(f"{address}{CHAPTER}/{first}")
    assert page.evaluate(STATE) == state(ADDRESSES[first])
    assert 0 <= page.evaluate("document.querySelector('.frames__bar').getBoundingClientRect().top") < 400
    for hash_, lr in ADDRESSES.items():
        page.evaluate("hash => new Promise((done) => { location.hash = hash; setTimeout(done, 50) })", hash_)
        assert page.evaluate(STATE) == state(lr), hash_


def test_an_address_of_something_else_shows_the_first_frame(page, address):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for hash_ in ("#100%", "#rates", "#cell-rates", "#cell-ratesx:lr=0.2"):
        page.goto(f"{address}404.html")
        page.goto(f"{address}{CHAPTER}/{hash_}")
        assert page.evaluate(STATE)[:2] == state("0.001")[:2]
        assert (page.evaluate("location.hash"), errors) == (hash_, [])


def test_a_link_in_the_text_shows_its_frame(page, address):
    page.goto(f"{address}{CHAPTER}/")
    page.click('a[href="#cell-rates:lr=0.028"]')
    assert page.evaluate(STATE) == state("0.028")
    page.focus(SLIDER)
    page.keyboard.press("Home")
    page.click('a[href="#cell-rates:lr=0.028"]')
    assert page.evaluate(STATE) == state("0.028")


def test_the_address_survives_a_small_scroll_and_the_language_switch(page, address):
    page.goto(f"{address}{CHAPTER}/#cell-rates:lr=0.027")
    page.wait_for_timeout(300)
    page.mouse.wheel(0, 60)
    page.wait_for_timeout(600)  # the theme writes a heading 250 ms after a scroll
    assert page.evaluate(STATE) == state("0.027")
    page.click('.languages a[hreflang="en"]')
    page.wait_for_url(f"{address}en/{CHAPTER}/#cell-rates:lr=0.027")
    assert page.evaluate(STATE) == state("0.027")
    for _ in range(4):  # as somebody reads on
        page.mouse.wheel(0, 1000)
        page.wait_for_timeout(300)
    page.wait_for_url(re.compile(r"#(?!cell-)"))  # far away the heading is the better address


def test_without_scripts_all_frames_stand_in_order_and_links_reach_them(browser, address, values):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}{CHAPTER}/#cell-rates:lr={values[-1]}")
        figures = page.locator(".frames > figure")
        assert [one.get_attribute("data-lr") for one in figures.all() if one.is_visible()] == values
        assert figures.locator("figcaption").all_inner_texts() == [f"lr = {value}" for value in values]
        assert not page.locator(SLIDER).is_visible()
        assert 0 <= figures.last.bounding_box()["y"] < 500


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_on_paper_stand_four_frames_with_their_names(browser, address, values, scripts):
    with browser.new_context(java_script_enabled=scripts, color_scheme="dark") as context:
        page = context.new_page()
        page.goto(f"{address}{CHAPTER}/#cell-rates:lr=0.027")
        page.emulate_media(media="print")
        figures = [one for one in page.locator(".frames > figure").all() if one.is_visible()]
        thirds = [values[round((len(values) - 1) * third / 3)] for third in range(4)]
        assert [one.get_attribute("data-lr") for one in figures] == thirds
        assert all(one.locator("figcaption").is_visible() for one in figures)
        assert all(one.locator('img[src$="#only-light"]').is_visible() for one in figures)
        assert not page.locator(SLIDER).is_visible()


@pytest.mark.parametrize(("lang", "scheme"), [("vi", "light"), ("en", "dark")])
def test_axe_finds_nothing_in_frames_guesses_and_folded_code(browser, address, lang, scheme):
    with browser.new_context(color_scheme=scheme, reduced_motion="reduce") as context:
        page = context.new_page()
        for path, where in ((f"{CHAPTER}/", [".frames"]), (f"{OTHER}/", [".frames", ".guess", ".code"])):
            page.goto(f"{address}{PREFIX[lang]}{path}")
            page.eval_on_selector_all("details.guess:first-of-type", "all => all.forEach(one => one.open = true)")
            axe.load(page)
            assert axe.violations(page, *where) == [], path


def test_a_page_with_two_explorables_is_light_until_a_slider_moves(site, browser, address):
    """A page without formulas, whose font would weigh as much again, with its explorable figure twice."""
    html = site.text(f"{LIGHT}/")
    start = html.index(f'<div class="cell-output" data-cell="{LIGHT}#watch"')
    block = html[start : html.index('<details class="provenance', start)]
    doubled = html[:start] + block.replace("cell-watch:", "cell-again:") + html[start:]
    with browser.new_context() as context:
        page = context.new_page()
        urls: list[str] = []
        page.on("request", lambda request: urls.append(request.url))
        page.route(f"**/{LIGHT}/", lambda route: route.fulfill(body=doubled, content_type="text/html"))
        page.goto(f"{address}{LIGHT}/", wait_until="networkidle")
        assert page.locator(".frames").count() == 2
    names = {url.removeprefix(address).partition("?")[0] for url in urls if url.startswith("http")} - {f"{LIGHT}/"}
    assert sum(weight(site.path(name)) for name in names) + len(gzip.compress(doubled.encode(), 6)) <= 170_000
