"""What a reader's browser does with the built site."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from snippets._engine import data
from snippets._engine.machine import child_environment
from snippets._engine.tree import LANGUAGES, Tree

BARE = Path(__file__).resolve().parents[1] / "bare"
CHAPTERS = Tree(BARE.parents[1]).chapters()
PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context() as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    """A page that may neither complain nor ask another host."""
    page, complaints, strangers = context.new_page(), [], []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: strangers.append(request.url) if stranger(request.url, address) else None)
    yield page
    assert complaints == []
    assert strangers == []


def stranger(url: str, address: str) -> bool:
    return not url.startswith((address, "data:", "blob:"))


def test_the_switch_keeps_page_and_section_both_ways(page, address):
    page.goto(f"{address}basics/autograd/#steps")
    page.click('.languages a[hreflang="en"]')
    page.wait_for_url(f"{address}en/basics/autograd/#steps")
    assert page.evaluate("document.querySelector('#steps').getBoundingClientRect().top < innerHeight / 2")
    page.focus('.languages a[hreflang="vi"]')
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}basics/autograd/#steps")
    assert page.get_attribute('.languages a[aria-current="true"]', "hreflang") == "vi"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_copied_blocks_are_the_cells_and_run(context, page, address, site, chapter, tmp_path):
    cells = site.library.chapter(chapter).cells
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    for lang in LANGUAGES:
        page.goto(f"{address}{PREFIX[lang]}{chapter}/")
        copied = {cell.name: copy(page, f"#cell-{cell.name}") for cell in cells}
        assert copied == {cell.name: cell.copied(lang) for cell in cells}
        assert page.locator(".cell-output .md-code__button").count() == 0
    run_bare([[cell.name, copied[cell.name], cell.raises] for cell in cells], tmp_path)


def copy(page: Page, block: str) -> str:
    """Press a block's copy button; what is then in the clipboard."""
    page.eval_on_selector_all("details.example", "all => all.forEach(one => one.open = true)")
    page.locator(block).scroll_into_view_if_needed()
    page.evaluate("navigator.clipboard.writeText('')")
    page.locator(f'{block} .md-code__button[data-md-type="copy"]').click()
    page.wait_for_function("navigator.clipboard.readText()")
    return page.evaluate("navigator.clipboard.readText()")


def run_bare(cells: list[list[str]], folder: Path) -> None:
    """Run code one block after another in a process that knows nothing of the engine."""
    listing, work = folder / "cells.json", folder / "work"
    listing.write_text(json.dumps(cells), "utf-8")
    work.mkdir()
    if any("MNIST" in code for _, code, _ in cells):
        data.provide(work, None)
    environment = child_environment("cpu") | {"MPLBACKEND": "agg", "PYTHONPATH": str(BARE)}
    command = [sys.executable, str(BARE / "driver.py"), str(listing), "\x02cell ", "\x02error "]
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_figure_shows_the_copy_for_its_scheme(browser, address, site, scheme):
    chapter = next(
        c for c in CHAPTERS if any(o.kind == "figure" for r in site.library.record(c).cells for o in r.outputs)
    )
    with browser.new_context(color_scheme=scheme, viewport={"width": 360, "height": 740}) as context:
        page = context.new_page()
        page.goto(f"{address}{chapter}/")
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        figures = page.locator('.cell-output[data-kind="figure"]')
        for figure in figures.all():
            figure.scroll_into_view_if_needed()
            images = [image for image in figure.locator("img").all() if image.is_visible()]
            assert [image.get_attribute("src").endswith(f"-{scheme}.svg#only-{scheme}") for image in images] == [True]
            page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=images[0].element_handle())
            box = images[0].bounding_box()
            assert 0 < box["width"] <= 360


@both
def test_nothing_runs_over_the_edge_of_a_phone(page, address, lang):
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("", *(f"{chapter}/" for chapter in CHAPTERS), *(f"source/{chapter}/" for chapter in CHAPTERS)):
        page.goto(f"{address}{PREFIX[lang]}{path}")
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_an_unknown_address_shows_the_404_with_its_own_files(context, address):
    page = context.new_page()
    answers = []
    page.on("response", lambda response: answers.append((response.status, response.url)))
    page.goto(f"{address}en/no/such/page/")
    assert page.locator("h1").inner_text() == "Không tìm thấy trang"
    assert [url for status, url in answers if status != 200] == [f"{address}en/no/such/page/"]
    page.click('article a[hreflang="en"]')
    page.wait_for_url(f"{address}en/")


@both
def test_the_page_can_be_read_without_scripts(browser, address, lang):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}{PREFIX[lang]}{CHAPTERS[0]}/")
        assert page.locator(".cell").first.is_visible()
        assert page.locator(".cell-output").first.is_visible()
        page.click(f'.languages a[hreflang="{"en" if lang == "vi" else "vi"}"]')
        page.wait_for_url(f"{address}{PREFIX['en' if lang == 'vi' else 'vi']}{CHAPTERS[0]}/")


@both
def test_buttons_and_annotations_of_code_are_told_to_screen_readers(page, address, lang):
    page.goto(f"{address}{PREFIX[lang]}{CHAPTERS[0]}/")
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    page.wait_for_selector(".md-code__nav", state="attached")
    assert page.locator(".md-code__nav:not([role=none])").count() == 0
    assert page.locator(".md-code__button:not([title])").count() == 0
    assert page.locator(".md-annotation__index:not([aria-label])").count() == 0
