"""The site, built once a session, for all its workers, as it is published: strict, below a path of its host."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library
from snippets._engine.render.addresses import prefix

from ..built import ROOT, build, build_strictly, give_cache
from . import small

BASE = "/pytorch/"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
"""The shell shows the same pages for half the CPU of a whole browser without a window."""
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass
class Element:
    """A start tag with all the text inside."""

    tag: str
    attrs: dict[str, str]
    text: str = ""
    next: "Element | None" = None
    """The element that follows it directly, with the same parent."""
    inside: "list[Element]" = field(default_factory=list)

    @property
    def classes(self) -> set[str]:
        return set(self.attrs.get("class", "").split())


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.last: dict[int, Element] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        parent = id(self.open[-1]) if self.open else 0
        if parent in self.last:
            self.last[parent].next = element
        self.last[parent] = element
        for around in self.open:
            around.inside.append(element)
        self.elements.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while any(element.tag == tag for element in self.open):
            if self.open.pop().tag == tag:
                break

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


@dataclass(frozen=True)
class Html:
    """A built page."""

    source: str

    @cached_property
    def elements(self) -> list[Element]:
        parser = _Parser()
        parser.feed(self.source)
        return parser.elements

    def of_class(self, name: str) -> list[Element]:
        return [element for element in self.elements if name in element.classes]

    def of_tag(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    @cached_property
    def ids(self) -> list[str]:
        return [element.attrs["id"] for element in self.elements if "id" in element.attrs]

    @property
    def lang(self) -> str:
        return self.of_tag("html")[0].attrs["lang"]

    @property
    def article(self) -> Element:
        return self.of_tag("article")[0]


@dataclass(frozen=True)
class Site:
    """A built site and the tree it shows."""

    folder: Path
    tree: Tree
    library: Library
    log: str
    parsed: dict[str, Html] = field(default_factory=dict)

    def path(self, address: str) -> Path:
        """The file that a host serves at an address below the site's root."""
        return self.folder / address / "index.html" if address.endswith("/") or not address else self.folder / address

    def text(self, address: str) -> str:
        return self.path(address).read_text("utf-8")

    def html(self, address: str) -> Html:
        if address not in self.parsed:
            self.parsed[address] = Html(self.text(address))
        return self.parsed[address]

    def data(self, address: str) -> Any:
        return json.loads(self.text(address))

    def search_entries(self, lang: str) -> list[dict[str, Any]]:
        """What a search of a language finds: the index of its first answers with the rest of the texts."""
        first, rest = (self.data(f"{prefix(lang)}search/search_{name}.json") for name in ("index", "rest"))
        return [{**doc, "text": doc["text"] + rest.get(doc["location"], "")} for doc in first["docs"]]


Build = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def site(made_once: Callable[..., Path]) -> Site:
    """The project's own site; one worker builds it for all."""
    made = made_once("site", build_strictly)
    tree = Tree(ROOT)
    return Site(made / "site", tree, Library(tree), (made / "log").read_text("utf-8"))


@pytest.fixture(scope="session")
def offline_folder(site, made_once: Callable[..., Path]) -> Path:
    """The project's site as a folder, unpacked where names have spaces and marks."""
    return made_once("offline", _build_offline) / "thư mục có dấu" / "trang #1"


def _build_offline(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OFFLINE", "1")
        done = build(ROOT, folder / "thư mục có dấu" / "trang #1", "--strict")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def small_tree(made_once: Callable[..., Path]) -> Path:
    """A tree with a page of each kind; to be copied."""
    return made_once("small", small.make)


@pytest.fixture
def copied_tree(tmp_path: Path) -> Iterator[Tree]:
    """A copy of all that a build reads, to be broken."""
    root = tmp_path / "tree"
    root.mkdir()
    for name in ("mkdocs.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    ignored = shutil.ignore_patterns("_*", "*.pyc")
    for name in ("docs", "snippets", "tests/snippets"):
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    yield Tree(root)
    shutil.rmtree(root)


@pytest.fixture
def build_site(copied_tree: Tree, tmp_path: Path, site: Site) -> Build:
    """Builds the copied tree with the options given.

    It renders only what a test changed: the pages that are as they were come from the cache of the project's own build.
    """
    give_cache(copied_tree.root)
    return lambda *options, **named: build(copied_tree.root, tmp_path / "site", *options, **named)


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder as GitHub Pages does: below the repository's name, with the root's 404 for all."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(BASE.removesuffix("/")))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        body = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(site) -> Iterator[str]:
    """The site's address on this machine."""

    def handler(*args: object) -> _Handler:
        return _Handler(*args, directory=str(site.folder))

    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{BASE}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not shutil.which(CHROMIUM):
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"no Chromium at {CHROMIUM}, and REQUIRE_BROWSER=1")
        pytest.skip(f"no Chromium at {CHROMIUM}; set CHROMIUM to its path")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield chromium
        chromium.close()
