"""Keeps from one build to the next the pages that did not change: content, table of contents, search entries, figures.

What a page is made of is in its key, so that a build gives the same bytes with the cache, without it, or with half of
it. A page that logged anything is not kept: the next build must say it again.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, get_toc

from snippets._engine.project.cache import digest
from snippets._engine.records.library import Library
from snippets._engine.render.outputs import Asset

_log = logging.getLogger("mkdocs")

Kept = dict[str, Any]


class Ear(logging.Handler):
    """Counts what is logged, by whatever logger: who logged anything must do so again in the next build."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.heard = 0
        for logger in (_log, logging.getLogger()):
            logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        self.heard += 1

    def end(self) -> None:
        """Listen no more."""
        for logger in (_log, logging.getLogger()):
            logger.removeHandler(self)


@dataclass
class Making:
    """A page on its way from Markdown to HTML."""

    inputs: list[Any]
    kept: Kept | None
    heard: int
    """How much was logged before."""
    used: set[str] = field(default_factory=set)
    """The chapters that it shows."""
    assets: tuple[Asset, ...] = ()
    copy: str | None = None
    """The page as plain Markdown."""
    sound: bool = True
    """Whether it may be kept."""
    shown: str = ""
    """A hash of the content, table of contents and banners."""
    entries: list[Kept] | None = None
    """What was kept of its entries in the search index."""


class PageCache:
    """The pages of one language in one build."""

    def __init__(self, library: Library, lang: str, settings: Sequence[Any]) -> None:
        """`settings` is all that every page depends on, as JSON data."""
        self._library = library
        self._lang = lang
        self._settings = digest(settings)
        self._files = hashlib.sha256()
        self._hashed = 0
        self._ear = Ear()
        self._making: dict[str, Making] = {}

    def end(self) -> None:
        """After the last page."""
        self._ear.end()

    def keep_renders_of(self, page: Page) -> None:
        """Let a page be rendered only where it must."""
        page.render = partial(self._render, page, page.render)  # type: ignore[method-assign]

    def keep_entries_of(self, index: Any) -> None:
        """Let Material's search index parse only the pages that it must."""
        index.add_entry_from_context = partial(self._index, index, index.add_entry_from_context)

    def begin(self, page: Page, files: Files, inputs: Sequence[Any]) -> Making:
        """A page whose Markdown was just read; with what was kept of it, figures included, when nothing changed.

        Args:
            inputs: all that this page depends on besides, as JSON data.
        """
        meta = json.dumps(page.meta, default=repr)
        all_inputs = [self._settings, self._listed(files), page.file.src_uri, page.url, meta, *inputs]
        making = self._making[page.file.src_uri] = Making(all_inputs, None, self._ear.heard)
        kept = self._library.find(self._name("pages", page), all_inputs) if _gathers_links() else None
        if kept is not None:
            figures = [(uri, self._figure(name)) for uri, name in kept["figures"]]
            if all(content is not None for _, content in figures):
                making.kept, making.copy, making.shown = kept, kept["copy"], kept["shown"]
                making.assets = tuple(Asset(uri, content or b"") for uri, content in figures)
        return making

    def making(self, page: Page) -> Making:
        """What is known of a page that began."""
        return self._making[page.file.src_uri]

    def finish(self, page: Page, html: str) -> None:
        """Keep a page whose content is done."""
        making, title = self.making(page), page._title_from_render
        making.shown = digest([html, [token(item) for item in page.toc]])
        quiet = making.sound and making.heard == self._ear.heard and _is_heard() and _gathers_links()
        cache = self._library.cache
        if cache is None or not quiet or not (title is None or type(title) is str):
            return
        figures = []
        for asset in making.assets:
            name = hashlib.sha256(asset.content).hexdigest()
            if cache.data(f"{self._lang}/figures/{name}") is None:
                cache.put_data(f"{self._lang}/figures/{name}", asset.content)
            figures.append([asset.uri, name])
        value = {**_rendered(page, html), "figures": figures, "copy": making.copy, "shown": making.shown}
        self._library.store(self._name("pages", page), making.inputs, making.used, value)

    def _render(self, page: Page, render: Callable[..., None], config: MkDocsConfig, files: Files) -> None:
        kept = self.making(page).kept
        if kept is None:
            render(config, files)
        else:
            _restore(page, kept, files)

    def look_for_entries(self, page: Page) -> bool:
        """Whether the search index can do without the page's content."""
        making = self.making(page)
        making.entries = self._library.find(self._name("search", page), self._indexed(page))
        return making.entries is not None

    def _index(self, index: Any, add: Callable[[Page], None], page: Page) -> None:
        entries = self.making(page).entries
        if entries is not None:
            index.entries.extend(entries)
            return
        start = len(index.entries)
        add(page)
        self._library.store(self._name("search", page), self._indexed(page), set(), index.entries[start:])

    def _indexed(self, page: Page) -> list[str]:
        return [self.making(page).shown, page.url, str(page.title), json.dumps(page.meta, default=repr)]

    def _figure(self, name: str) -> bytes | None:
        assert self._library.cache is not None
        return self._library.cache.data(f"{self._lang}/figures/{name}")

    def _listed(self, files: Files) -> str:
        """Changes when a file is added or goes: figures come while the pages are rendered."""
        known = list(files.src_uris.values())
        for file in known[self._hashed :]:
            self._files.update(f"{file.src_uri}\n{file.url}\n{file.inclusion}\n".encode())
        self._hashed = len(known)
        return self._files.hexdigest()

    def _name(self, what: str, page: Page) -> str:
        return f"{self._lang}/{what}/{page.file.src_uri}"


def token(item: AnchorLink) -> Kept:
    """An entry of a table of contents as JSON data."""
    return {
        "level": item.level,
        "id": item.id,
        "name": item.title,
        "children": [token(child) for child in item.children],
    }


def _is_heard() -> bool:
    """Whether it would be heard if a page logged anything: with -q MkDocs does not log."""
    return _log.getEffectiveLevel() <= logging.INFO


def _gathers_links() -> bool:
    """Whether MkDocs gathers the links to anchors: with -v it does not."""
    return _log.getEffectiveLevel() > logging.DEBUG


def _rendered(page: Page, html: str) -> Kept:
    links = page.links_to_anchors
    return {
        "content": html,
        "toc": [token(item) for item in page.toc],
        "title": page._title_from_render,
        "ids": sorted(page.present_anchor_ids or ()),
        "links": None if links is None else [[file.src_uri, anchors] for file, anchors in links.items()],
    }


def _restore(page: Page, kept: Kept, files: Files) -> None:
    page.content = kept["content"]
    page.toc = get_toc(kept["toc"])
    page._title_from_render = kept["title"]
    page.present_anchor_ids = set(kept["ids"])
    links = kept["links"]
    page.links_to_anchors = None if links is None else {files.src_uris[uri]: dict(found) for uri, found in links}
