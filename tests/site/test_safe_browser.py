"""The site under its Content-Security-Policy, in a browser: all of it works, and what was slipped in does not."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from snippets._engine.project.tree import LANGUAGES

PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)
LISTEN = """addEventListener("securitypolicyviolation", event => {
  console.error(`refused: ${event.effectiveDirective} ${event.blockedURI}`)
}, true)"""

#: Fails on a picture that cannot be shown. (Playwright's wait_for_function evaluates text, which the policy refuses.)
ALL_PICTURES = """Promise.all([...document.images].map(image => {
  image.loading = "eager"
  return image.decode()
}))"""


@pytest.fixture
def said() -> list[str]:
    """What the browser complains about."""
    return []


@pytest.fixture
def page(browser: Browser, said: list[str]) -> Iterator[Page]:
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.add_init_script(LISTEN)
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page


@both
def test_everything_a_reader_does_is_allowed(page, address, said, lang):
    # That no page complains when it is opened is shown in test_look_browser.py.
    root = address + PREFIX[lang]
    page.goto(f"{root}training/images/")
    page.click(".cell[id] .md-code__button, .cell[id] .md-clipboard", force=True)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "import" in copied
    page.click(".tabbed-labels label:nth-child(2)")
    page.locator(".tabbed-block:nth-child(2) .cell-output").first.wait_for(state="visible")
    page.locator("details:not([open]) > summary").locator("visible=true").first.click()
    chosen = page.locator("[data-palette] input:checked")
    before = chosen.get_attribute("id")
    page.click("[data-palette] label:not([hidden])")
    assert chosen.get_attribute("id") != before
    page.evaluate(ALL_PICTURES)
    page.keyboard.press("/")
    page.keyboard.type("tensor")
    page.wait_for_selector(".md-search-result__link")
    page.keyboard.press("Enter")
    page.wait_for_url("**?h=t*")  # what was typed when the results came
    page.wait_for_selector("mark")
    assert said == []


def test_the_page_of_an_unknown_address_has_its_styles(page, address, said):
    page.goto(f"{address}nowhere/")
    assert page.evaluate("getComputedStyle(document.querySelector('.md-header')).position") == "sticky"
    assert [text for text in said if "refused" in text or "Security" in text] == []


SLIPPED_IN = """<script>document.title = "script"</script><img src="none.png" onerror="document.title = 'handler'">
<a id="slipped" href="javascript:document.title = 'address'">a</a><script src="https://example.net/a.js"></script>
<iframe src="https://example.net/"></iframe><p id="styled" style="position: fixed">b</p><base href="https://example.net/">
<form id="away" action="https://example.net/"><button>c</button></form>"""


def test_what_was_slipped_into_a_page_does_not_run(page, address, site, said):
    path = "basics/tensors/"
    text = site.text(path)
    assert "</article>" in text
    spoilt = text.replace("</article>", f"{SLIPPED_IN}</article>")
    page.route(address + path, lambda route: route.fulfill(body=spoilt, content_type="text/html; charset=utf-8"))
    strangers = []
    page.route("https://example.net/**", lambda route: strangers.append(route.request.url) or route.abort())
    page.goto(address + path)
    title = page.title()
    page.evaluate("document.querySelector('#slipped').click()")
    page.evaluate("fetch('https://example.net/').catch(() => 0)")
    assert page.evaluate("document.baseURI") == address + path
    assert page.evaluate("getComputedStyle(document.querySelector('#styled')).position") == "static"
    page.wait_for_timeout(200)
    assert page.title() == title
    assert title not in ("script", "handler", "address")
    page.evaluate("document.querySelector('#away button').click()")
    page.wait_for_timeout(200)
    assert strangers == []
    refused = {text.split()[1] for text in said if text.startswith("refused: ")}
    expected = {"script-src-elem", "script-src-attr", "frame-src", "style-src-attr", "base-uri", "form-action"}
    assert refused == expected | {"connect-src"}


@both
def test_the_site_can_be_read_from_a_disk(page, site, said, lang):
    page.goto((site.folder / PREFIX[lang] / "training" / "images" / "index.html").as_uri() + "#__tabbed_1_2")
    assert page.evaluate("getComputedStyle(document.querySelector('.md-header')).position") == "sticky"
    page.wait_for_selector(".md-code__button, .md-clipboard", state="attached")
    page.evaluate(ALL_PICTURES)
    assert page.locator(".tabbed-block:nth-child(2) .cell-output").first.is_visible()  # an inline script chose it
    assert [text for text in said if "refused" in text or "Content Security" in text] == []
