"""The search index of one language as two files: a small one for the first answers, and the rest of the texts."""

import json
import os
import re
from dataclasses import dataclass, field
from typing import Any

from mkdocs import utils
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from ..cache.page_cache import JsonObject, PageCache
from . import content, entries

FIRST = "search/search_index.json"
"""The name that the theme asks for. Read by assets/javascripts/finder.js, as the next."""
REST = "search/search_rest.json"
_SETTINGS = ("lang", "separator", "pipeline", "fields")
"""What the theme's worker must know of the search's configuration."""
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass
class SplitIndex:
    """Material's index of one build, with less in it, and in two files."""

    index: Any
    cache: PageCache
    nav: Navigation
    _rest: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._add, self._merge = self.index.add_entry_from_context, self.index.generate_search_index
        self.index.add_entry_from_context = self._add_page
        self.index.generate_search_index = self._first

    def write_rest(self, config: MkDocsConfig) -> None:
        """Write what the first answers do without, when the first file is written."""
        utils.write_file(as_json(self._rest).encode(), os.path.join(config.site_dir, *REST.split("/")))

    def _add_page(self, page: Page) -> None:
        """Add a page's sections: those in the cache, or those of its HTML."""
        found = self.cache.search_entries(page)
        if found is None:
            start, whole = len(self.index.entries), page.content
            page.content = content.searchable(whole or "", page.file.src_uri.removesuffix(".md"))
            self._add(page)
            page.content = whole
            parts = _parts(page)
            found = [entries.shortened(entry, parts.get(_id(entry), "")) for entry in self.index.entries[start:]]
            del self.index.entries[start:]
            self.cache.store_search_entries(page, found)
        self.index.entries.extend(found)

    def _first(self, previous: Any) -> str:
        if previous:  # a dirty build: Material puts in what it left out
            self._merge(previous)
        order = {page.url: number for number, page in enumerate(self.nav.pages)}
        self.index.entries.sort(key=lambda entry: order.get(entry["location"].partition("#")[0], len(order)))
        self._rest = {entry["location"]: entry["rest"] for entry in self.index.entries if entry["rest"]}
        docs = [{key: value for key, value in entry.items() if key != "rest"} for entry in self.index.entries]
        return as_json({"config": {key: self.index.config[key] for key in _SETTINGS}, "docs": docs})


def _id(entry: JsonObject) -> str:
    return str(entry["location"].partition("#")[2])


def _parts(page: Page) -> dict[str, str]:
    """Which part of its page, a heading of the second level, each section belongs to."""
    parts = {}
    for part in (part for title in page.toc for part in title.children):
        below = [part]
        while below:
            item = below.pop()
            parts[item.id] = part.id
            below += item.children
    return parts


def as_json(data: Any) -> str:
    """JSON with its letters as they are: escaped, a Vietnamese one takes six bytes in place of two or three."""
    text = json.dumps(data, separators=(",", ":"), default=str, ensure_ascii=False)
    return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
