"""On a phone: names are whole, nothing that is pressed covers code, and code that goes on says so."""

from io import BytesIO

import pytest
from PIL import Image

PREFIX = {"vi": "", "en": "en/"}
#: A chapter with the longest name, the notebook's view, blocks that are no cells.
PAGES = ["basics/graph/", "lab/lab05/notebook/", "start/setup/"]

#: Buttons and links of code that lie on a line of it, by the line's text.
COVERED = """() => {
  document.querySelectorAll("details").forEach(one => { one.open = true })
  const found = []
  for (const code of document.querySelectorAll(".highlight > pre > code")) {
    const block = code.closest(".cell, .jp-CodeCell, .highlight")
    const range = document.createRange()
    range.selectNodeContents(code)
    const pressed = [...block.querySelectorAll(".md-code__nav, .cell-link, .jp-InputPrompt")]
    for (const line of range.getClientRects())
      for (const box of pressed.map(one => one.getBoundingClientRect())) {
        const high = Math.min(line.bottom, box.bottom) - Math.max(line.top, box.top)
        if (high > 1 && box.left < line.right && line.left < box.right) found.push(code.textContent.slice(0, 40))
      }
  }
  return found
}"""
#: Texts that are wider or higher than the place they stand in.
CUT = """names => [...document.querySelectorAll(names)].filter(one => {
  if (!one.checkVisibility()) return false
  const box = one.getBoundingClientRect(), around = one.closest("header, footer").getBoundingClientRect()
  return one.scrollWidth > one.clientWidth + 1 || box.top < around.top || box.bottom > around.bottom
}).map(one => one.textContent.trim())"""
MADE = ".md-code__nav"


@pytest.fixture(params=[(360, "vi"), (390, "en")], ids=["360-vi", "390-en"])
def phone(browser, address, request):
    """Opens a page on a phone, in one of the languages."""
    width, lang = request.param
    size = {"width": width, "height": 740}
    with browser.new_context(viewport=size, has_touch=True, is_mobile=True) as context:
        page = context.new_page()

        def go(path: str):
            page.goto(f"{address}{PREFIX[lang]}{path}")
            page.evaluate("document.fonts.ready.then(() => 0)")
            page.wait_for_selector(MADE, state="attached")
            return page

        yield go


@pytest.mark.parametrize("path", PAGES)
def test_names_are_whole_and_nothing_covers_code(phone, path):
    page = phone(path)
    assert page.evaluate(COVERED) == []
    assert page.evaluate(CUT, ".md-header__topic .md-ellipsis, .md-footer__title .md-ellipsis") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_the_link_of_a_cell_shares_the_line_of_its_copy_button(phone):
    cell = phone("basics/autograd/").locator("#cell-backward")
    cell.scroll_into_view_if_needed()
    cell.locator(MADE).wait_for(state="attached")
    link, button, block = (cell.locator(what).bounding_box() for what in (".cell-link", ".md-code__button", "code"))
    assert abs(link["y"] - button["y"]) < 12
    assert block["y"] <= link["y"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_code_that_goes_on_is_shaded_at_the_edge_until_its_end(browser, address, scheme):
    """Seen in the picture: the last column of a block is darker than the one further in, and no more once scrolled."""
    with browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(f"{address}basics/autograd/")
        code = page.locator("#cell-at-two code")
        code.scroll_into_view_if_needed()
        page.evaluate("document.fonts.ready.then(() => 0)")
        assert code.evaluate("code => code.scrollWidth > code.clientWidth")
        at_start = brightness(page, code)
        code.evaluate("code => { code.scrollLeft = code.scrollWidth }")
        at_end = brightness(page, code)
    assert at_start["right"] < at_start["inside"] - 8
    assert at_end["right"] == at_end["inside"]
    assert at_end["left"] < at_end["inside"] - 8
    assert at_start["left"] == at_start["inside"]


def brightness(page, code) -> dict[str, int]:
    """The ground near the left edge, inside, near the right edge, in the free strip under the last line."""
    box = code.bounding_box()
    y = box["y"] + box["height"] - 4
    with Image.open(BytesIO(page.screenshot())) as image:
        grey = image.convert("L")
        xs = {"left": box["x"] + 3, "inside": box["x"] + box["width"] / 2, "right": box["x"] + box["width"] - 4}
        return {name: grey.getpixel((int(x), int(y))) for name, x in xs.items()}
