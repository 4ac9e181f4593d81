"""Keeps from one build to the next the pages that did not change: content, table of contents, search entries, figures.

What a page is made of is in its key, so that a build gives the same bytes with the cache, without it, or with half of
it. A page that logged anything is not cached: the next build must say it again. Of the other files of the site a page
depends on those alone that it links to: one more of them costs no page its place in the cache.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, get_toc

from snippets._engine.project.cache import digest
from snippets._engine.records.library import Library
from snippets._engine.render.markdown import Due
from snippets._engine.render.outputs import Asset

from . import keys

_log = logging.getLogger("mkdocs")

JsonObject = dict[str, Any]


class LogCounter(logging.Handler):
    """Counts what is logged, by whatever logger: who logged anything must do so again in the next build."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.count = 0
        for logger in (_log, logging.getLogger()):
            logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        self.count += 1

    def end(self) -> None:
        """Count no more."""
        for logger in (_log, logging.getLogger()):
            logger.removeHandler(self)


@dataclass
class PageState:
    """A page on its way from Markdown to HTML."""

    inputs: list[Any]
    cached: JsonObject | None
    """What an earlier build made of the same inputs."""
    logged_before: int
    """How much was logged before this page began."""
    used: set[str] = field(default_factory=set)
    """The chapters that it shows."""
    linked: dict[str, File | None] = field(default_factory=dict)
    """The files that it links to, by the names it has for them; None for one that is not there."""
    assets: tuple[Asset, ...] = ()
    due: tuple[Due, ...] | None = None
    """What the rendered page must show; None where nothing was expanded."""
    copy: str | None = None
    """The page as plain Markdown."""
    cacheable: bool = True
    """False for one that shows an error."""
    content_hash: str = ""
    """A hash of the content, table of contents and banners."""
    search_entries: list[JsonObject] | None = None
    """What the cache has of its entries in the search index."""


class PageCache:
    """The pages of one language in one build."""

    def __init__(self, library: Library, lang: str, settings: Sequence[Any]) -> None:
        """`settings` is all that every page depends on, as JSON data."""
        self._library = library
        self._lang = lang
        self._settings = digest(settings)
        self._log_counter = LogCounter()
        self._states: dict[str, PageState] = {}

    def end(self) -> None:
        """After the last page."""
        self._log_counter.end()

    def wrap_render(self, page: Page) -> None:
        """Let a page be rendered only where it must."""
        page.render = partial(self._render, page, page.render)  # type: ignore[method-assign]

    def begin(self, page: Page, config: MkDocsConfig, files: Files, inputs: Sequence[Any]) -> PageState:
        """A page whose Markdown was just read; with what is cached of it, figures included, when nothing changed.

        Args:
            inputs: all that this page depends on besides, as JSON data.
        """
        where = [page.file.src_uri, page.url, keys.front_matter(page)]
        # What a hook asks of the files nobody sees.
        known = [_about(file) for file in files] if config.hooks else []
        all_inputs = [self._settings, known, *where, *inputs]
        state = self._states[page.file.src_uri] = PageState(all_inputs, None, self._log_counter.count)
        found = self._library.find(self._name("pages", page), all_inputs) if _gathers_links() else None
        if found is not None and all(_about(files.get_file_from_path(uri)) == then for uri, then in found["linked"]):
            figures = [(uri, self._figure(name)) for uri, name in found["figures"]]
            if all(content is not None for _, content in figures):
                state.cached, state.copy, state.content_hash = found, found["copy"], found["content_hash"]
                state.assets = tuple(Asset(uri, content or b"") for uri, content in figures)
        return state

    def state(self, page: Page) -> PageState:
        """What is known of a page that began."""
        return self._states[page.file.src_uri]

    def finish(self, page: Page, html: str) -> None:
        """Put a page whose content is done into the cache."""
        state, title = self.state(page), page._title_from_render
        state.content_hash = digest([html, [toc_entry(item) for item in page.toc]])
        silent = state.logged_before == self._log_counter.count and _logs_info()
        cache = self._library.cache
        if cache is None or not (state.cacheable and silent and _gathers_links()):
            return
        if not (title is None or type(title) is str):
            return
        figures = []
        for asset in state.assets:
            name = keys.hash_of(asset.content)
            if self._figure(name) is None:
                cache.put_data(self._figure_name(name), asset.content)
            figures.append([asset.uri, name])
        brought = {uri for uri, _ in figures}
        value = {
            **_rendered(page, html),
            "linked": [[uri, _about(file)] for uri, file in state.linked.items() if uri not in brought],
            "figures": figures,
            "copy": state.copy,
            "content_hash": state.content_hash,
        }
        self._library.store(self._name("pages", page), state.inputs, state.used, value)

    def _render(self, page: Page, render: Callable[..., None], config: MkDocsConfig, files: Files) -> None:
        state = self.state(page)
        if state.cached is not None:
            _restore(page, state.cached, files)
            return
        with _noting_links(files, state.linked):
            render(config, files)

    def find_search_entries(self, page: Page) -> bool:
        """Whether the search index can do without the page's content."""
        state = self.state(page)
        state.search_entries = self._library.find(self._name("search", page), self._search_inputs(page))
        return state.search_entries is not None

    def search_entries(self, page: Page) -> list[JsonObject] | None:
        """A page's entries in the search index, where they were found."""
        return self.state(page).search_entries

    def store_search_entries(self, page: Page, entries: Sequence[JsonObject]) -> None:
        """Cache a page's entries in the search index."""
        self._library.store(self._name("search", page), self._search_inputs(page), set(), list(entries))

    def _search_inputs(self, page: Page) -> list[str]:
        return [self.state(page).content_hash, page.url, str(page.title), keys.front_matter(page)]

    def _figure(self, name: str) -> bytes | None:
        assert self._library.cache is not None
        return self._library.cache.data(self._figure_name(name))

    def _figure_name(self, name: str) -> str:
        return f"{self._lang}/figures/{name}"

    def _name(self, what: str, page: Page) -> str:
        return f"{self._lang}/{what}/{page.file.src_uri}"


def toc_entry(item: AnchorLink) -> JsonObject:
    """An entry of a table of contents as JSON data, in the form of Python-Markdown's `toc_tokens`."""
    return {
        "level": item.level,
        "id": item.id,
        "name": item.title,
        "children": [toc_entry(child) for child in item.children],
    }


def _about(file: File | None) -> list[str] | None:
    """What a page that links to a file takes from it."""
    return None if file is None else [file.src_uri, file.url, str(file.inclusion)]


@contextmanager
def _noting_links(files: Files, linked: dict[str, File | None]) -> Iterator[None]:
    """Note which files MkDocs looks for meanwhile, as it does for each relative link."""
    look_for = files.get_file_from_path

    def noting(path: str) -> File | None:
        linked[path] = look_for(path)
        return linked[path]

    files.get_file_from_path = noting  # type: ignore[method-assign]
    try:
        yield
    finally:
        del files.get_file_from_path


def _logs_info() -> bool:
    """Whether it would be counted if a page logged anything: with -q MkDocs does not log."""
    return _log.getEffectiveLevel() <= logging.INFO


def _gathers_links() -> bool:
    """Whether MkDocs gathers the links to anchors: with -v it does not."""
    return _log.getEffectiveLevel() > logging.DEBUG


def _rendered(page: Page, html: str) -> JsonObject:
    links = page.links_to_anchors
    return {
        "content": html,
        "toc": [toc_entry(item) for item in page.toc],
        "title": page._title_from_render,
        "ids": sorted(page.present_anchor_ids or ()),
        "links": None if links is None else [[file.src_uri, anchors] for file, anchors in links.items()],
    }


def _restore(page: Page, cached: JsonObject, files: Files) -> None:
    page.content = cached["content"]
    page.toc = get_toc(cached["toc"])
    page._title_from_render = cached["title"]
    page.present_anchor_ids = set(cached["ids"])
    links = cached["links"]
    page.links_to_anchors = None if links is None else {files.src_uris[uri]: dict(found) for uri, found in links}
