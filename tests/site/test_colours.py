"""Light and dark: what the device prefers, or what the reader chose; nothing is restyled when a page opens."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

SCHEME = "document.body.dataset.mdColorScheme"
CHOSEN = "JSON.parse(localStorage.getItem('/pytorch/.__palette'))"
#: Notes every value that the page's scheme is given after the first.
WATCH = """addEventListener("DOMContentLoaded", () => {
  self.schemes = [document.body.dataset.mdColorScheme]
  new MutationObserver(() => schemes.push(document.body.dataset.mdColorScheme))
    .observe(document.body, { attributeFilter: ["data-md-color-scheme", "data-md-color-switching"] })
})"""


@pytest.fixture(params=["light", "dark"])
def context(request, browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(color_scheme=request.param) as context:
        context.scheme = {"light": "default", "dark": "slate"}[request.param]
        yield context


def test_the_devices_scheme_is_there_at_once_and_followed(context, address):
    page = context.new_page()
    page.add_init_script(WATCH)
    page.route("**/*.js", lambda route: route.abort())
    page.goto(address)
    assert page.evaluate(SCHEME) == context.scheme, "before any script file ran"
    page.unroute("**/*.js")
    page.goto(f"{address}basics/autograd/", wait_until="load")
    assert page.evaluate("schemes") == [context.scheme]
    other = {"default": "dark", "slate": "light"}[context.scheme]
    page.emulate_media(color_scheme=other)
    followed = {"dark": "slate", "light": "default"}[other]
    page.wait_for_selector(f'body[data-md-color-scheme="{followed}"]')


def test_the_button_goes_round_and_is_remembered(context, address):
    page = context.new_page()
    page.goto(address)
    seen = []
    for press in ("Enter", "click", "Enter"):
        labels = [label for label in page.locator("[data-palette] label").all() if label.is_visible()]
        assert len(labels) == 1
        now = page.locator("[data-palette] input:checked")
        hint = labels[0].get_attribute("title")
        assert hint == now.get_attribute("aria-label")
        if press == "click":
            labels[0].click()
        else:
            now.press(press)
            assert page.evaluate("document.activeElement.matches('[data-palette] :checked')")
        seen.append((hint, page.evaluate(SCHEME)))
        page.goto(f"{address}start/setup/")
        assert page.evaluate(SCHEME) == seen[-1][1]
    says = ["Chuyển sang nền sáng", "Chuyển sang nền tối", "Theo thiết lập của máy"]
    assert seen == list(zip(says, ["default", "slate", context.scheme], strict=True))
    assert page.evaluate(CHOSEN)["index"] == 0


def test_what_the_themes_own_switch_stored_is_understood(context, address):
    page = context.new_page()
    page.goto(address)
    for index, (media, scheme) in enumerate([("", context.scheme), (": light", "default"), (": dark", "slate")]):
        stored = {"index": index, "color": {"media": f"(prefers-color-scheme{media})", "scheme": scheme}}
        page.evaluate("stored => __md_set('__palette', stored)", stored)
        page.reload()
        assert page.evaluate(SCHEME) == scheme
