"""What a reader's browser does with the built site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from snippets._engine.project.tree import LANGUAGES, Tree

CHAPTERS = Tree(Path(__file__).resolve().parents[2]).chapters()
PREFIX = {"vi": "", "en": "en/"}
PHONE = {"width": 360, "height": 740}
WIDTH = "document.fonts.ready.then(() => document.documentElement.scrollWidth)"
both = pytest.mark.parametrize("lang", LANGUAGES)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context() as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    """A page that may neither complain nor ask another host."""
    page, complaints, strangers, missing = context.new_page(), [], [], []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: strangers.append(request.url) if stranger(request.url, address) else None)
    page.on("response", lambda answer: missing.append(answer.url) if answer.status not in (200, 304) else None)
    yield page
    assert (complaints, strangers, missing) == ([], [], [])


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


#: Presses every copy button as a reader would, and notes what each would put on the clipboard.
PRESS_ALL = """() => {
  const found = {};
  let name = "";
  const command = document.execCommand;
  document.execCommand = what => {
    if (what === "copy") found[name] = document.activeElement.value ?? getSelection().toString();
    return true;
  };
  document.querySelectorAll("details").forEach(one => { one.open = true });
  for (const cell of document.querySelectorAll(".cell[id]")) {
    name = cell.id.slice("cell-".length);
    cell.querySelector('.md-code__button[data-md-type="copy"]').click();
  }
  document.execCommand = command;
  return found;
}"""


@both
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_fits_a_phone_and_its_copied_blocks_are_the_cells(page, address, site, chapter, lang):
    """The cells' code runs as it is copied: tests/snippets/test_every_chapter.py executes it."""
    cells = site.library.chapter(chapter).cells
    page.set_viewport_size(PHONE)
    page.goto(f"{address}{PREFIX[lang]}{chapter}/")
    page.wait_for_selector(".cell .md-code__button", state="attached")
    assert page.evaluate(PRESS_ALL) == {cell.name: cell.copied(lang) for cell in cells}
    assert page.locator(".cell-output .md-code__button").count() == 0
    assert page.evaluate(WIDTH) <= PHONE["width"], "with every fold open"


#: What is on the clipboard, as soon as there is anything. (The site's policy refuses Playwright's wait_for_function.)
CLIPBOARD = """async () => {
  for (let tries = 0; tries < 250 && !await navigator.clipboard.readText(); tries++)
    await new Promise(after => setTimeout(after, 20));
  return navigator.clipboard.readText();
}"""


@both
def test_a_copied_block_reaches_the_clipboard(context, page, address, site, lang):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{address}{PREFIX[lang]}basics/autograd/")
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    for cell in site.library.chapter("basics/autograd").cells[:2]:
        page.locator(f"#cell-{cell.name}").scroll_into_view_if_needed()
        page.evaluate("navigator.clipboard.writeText('')")
        page.locator(f'#cell-{cell.name} .md-code__button[data-md-type="copy"]').click()
        assert page.evaluate(CLIPBOARD) == cell.copied(lang)


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
            images[0].evaluate("image => image.decode()")
            box = images[0].bounding_box()
            assert 0 < box["width"] <= 360


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
        for open_ones in (".cell:not(details *)", ".cell-output:not(details *)"):
            assert page.locator(open_ones).count()
            assert all(one.is_visible() for one in page.locator(open_ones).all())
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
