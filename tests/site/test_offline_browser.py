"""The site as a folder, opened by a double click: from file:, out of an unpacked archive, with no host to ask."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

CHAPTER = "models/linear_regression"


class Asked(list[str]):
    """What a page asks for that is no file, and what it complains of."""

    def __init__(self, page: Page) -> None:
        page.on("request", lambda request: self.add(request.url))
        page.on("requestfailed", lambda request: self.append(f"failed: {request.url}"))
        page.on("console", lambda message: self.append(message.text))
        page.on("pageerror", lambda error: self.append(str(error)))

    def add(self, url: str) -> None:
        if not url.startswith(("file:", "data:")):
            self.append(url)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1300, "height": 850}) as context:
        context.set_default_timeout(20_000)
        yield context.new_page()


def search(page: Page, query: str) -> None:
    """Search by keyboard, and open the first hit in whose text a word was found."""
    page.keyboard.press("s")
    page.keyboard.type(query)
    page.locator('.md-search-result__item a[href*="?h="]:not([href*="?h=#"], [href$="?h="])').first.click()


def place(page: Page, folder: Path) -> str:
    return page.evaluate("decodeURIComponent(location.href)").removeprefix(f"file://{folder}/")


def test_a_folder_with_spaces_and_marks_works_from_a_disk(offline_folder, page):
    asked = Asked(page)
    for start, query, hit in (("index.html", "requires_grad", "basics/"), ("en/index.html", "learning rate", "en/")):
        page.goto((offline_folder / start).as_uri())
        search(page, query)
        page.wait_for_url("**/*h=*")
        assert place(page, offline_folder).startswith(hit)
        page.locator("article mark").first.wait_for(state="attached")
    page.goto((offline_folder / "start/setup/index.html").as_uri())
    page.locator(".tabbed-labels label").nth(1).click()
    assert page.locator(".tabbed-set input").nth(1).is_checked()
    page.goto(f"{(offline_folder / CHAPTER / 'index.html').as_uri()}#rates")
    for lang, there in (("en", f"en/{CHAPTER}/index.html#rates"), ("vi", f"{CHAPTER}/index.html#rates")):
        page.click(f".languages a[hreflang={lang}]")
        page.wait_for_url(f"**/{there}")
        assert place(page, offline_folder) == there
    page.focus(".frames input")
    page.keyboard.press("End")
    shown = page.locator(".frames figure:visible img:visible")
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert place(page, offline_folder) == f"{CHAPTER}/index.html#cell-rates:lr=0.035"
    page.click(".md-footer__link--next")
    page.wait_for_url("**/models/logistic_regression/index.html")
    assert asked == []


def test_a_host_that_serves_the_folder_has_the_search_too(offline_folder, page):
    handler = partial(_Quiet, directory=str(offline_folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            search(page, "dao ham")
            page.wait_for_url("**/*h=*")
            page.locator("article mark").first.wait_for(state="attached")
        finally:
            server.shutdown()
            thread.join()


def test_a_folder_that_was_copied_in_part_says_so(offline_folder, page):
    page.route("**/search/*.js", lambda route: route.abort())
    page.goto((offline_folder / "en/index.html").as_uri())
    page.keyboard.press("s")
    page.get_by_text("The folder search beside this page cannot be read").wait_for()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass
