"""Keeps from one build to the next what is slow to make and did not change.

For each page its HTML, table of contents and search entries, as JSON in `.cache/site`; for each template its byte code.
What a page is made of is in its key, so that a build gives the same bytes with the cache, without it, or with half of
it. A page that logged anything is not kept: the next build must say it again. `SNIPPETS_CACHE=0` does without.
"""

import hashlib
import json
import logging
import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, get_toc

from snippets._engine.whole import write_whole

_PACKAGES = (
    "jinja2",
    "markdown",
    "markupsafe",
    "mistune",
    "mkdocs",
    "mkdocs-jupyter",
    "mkdocs-material",
    "nbconvert",
    "pygments",
    "pymdown-extensions",
    "pyyaml",
)
_OURS = Path(__file__).resolve().parents[1]
_log = logging.getLogger("mkdocs")

Kept = dict[str, Any]


class PageCache:
    """The pages of one language."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, Kept] = {}
        self._base = ""
        self._files = hashlib.sha256()
        self._hashed = 0

    def begin(self, config: MkDocsConfig, overrides: Path) -> None:
        """Before a build's first page is rendered: what all of them depend on."""
        parts = [
            versions(),
            sources(overrides),
            stable(config.markdown_extensions),
            stable(config.mdx_configs),
            stable(config.validation),
            config.use_directory_urls,
            config.theme["language"],
        ]
        self._base = json.dumps(parts)
        self._files, self._hashed = hashlib.sha256(), 0

    def keep_renders_of(self, page: Page) -> None:
        """Let a page be rendered only where it must."""
        render = page.render
        page.render = partial(self._render, page, render)  # type: ignore[method-assign]

    def keep_entries_of(self, index: Any) -> None:
        """Let Material's search index parse only the pages that it must."""
        index.add_entry_from_context = partial(self._index, index, index.add_entry_from_context)

    def _render(self, page: Page, render: Callable[..., None], config: MkDocsConfig, files: Files) -> None:
        assert page.markdown is not None
        key = digest([self._base, self._listed(files), page.file.src_uri, page.url, page.markdown])
        kept = self._slot(page).get("page", {})
        if kept.get("key") == key and _as_usual():
            _restore(page, kept, files)
            return
        with _heard() as said:
            render(config, files)
        title = page._title_from_render
        if not said and _as_usual() and (title is None or type(title) is str):
            self._put(page, "page", {"key": key, **_rendered(page)})

    def _index(self, index: Any, add: Callable[[Page], None], page: Page) -> None:
        key = digest([self._base, page.content, page.url, str(page.title), json.dumps(page.meta, default=repr)])
        kept = self._slot(page).get("search", {})
        if kept.get("key") == key:
            index.entries.extend(dict(entry) for entry in kept["entries"])
            return
        start = len(index.entries)
        add(page)
        self._put(page, "search", {"key": key, "entries": index.entries[start:]})

    def _listed(self, files: Files) -> str:
        """Changes when a file is added or goes: figures come while the pages are rendered."""
        known = list(files.src_uris.values())
        for file in known[self._hashed :]:
            self._files.update(f"{file.src_uri}\n{file.url}\n{file.inclusion}\n".encode())
        self._hashed = len(known)
        return self._files.hexdigest()

    def _slot(self, page: Page) -> Kept:
        uri = page.file.src_uri
        if uri not in self._kept:
            self._kept[uri] = read(self._path(uri))
        return self._kept[uri]

    def _put(self, page: Page, what: str, value: Kept) -> None:
        uri = page.file.src_uri
        slot = self._kept[uri] = {**self._slot(page), what: value}
        write(self._path(uri), json.dumps(_sealed(slot), ensure_ascii=False).encode())

    def _path(self, src_uri: str) -> Path:
        return self._folder / f"{src_uri}.json"


def enabled() -> bool:
    """Whether to keep anything at all."""
    return os.environ.get("SNIPPETS_CACHE", "1") != "0"


def digest(parts: Sequence[Any]) -> str:
    """A key of JSON data."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


@cache
def versions() -> list[str]:
    """Whatever makes the HTML."""
    found = [platform.python_version()]
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return found


def sources(overrides: Path) -> str:
    """A hash of our own code and of the theme's overrides, the same wherever they lie."""
    ours = ("_engine/**/*.py", "_site/**/*.py", "_site/jupyter/**/*")
    files = [(_OURS, path) for pattern in ours for path in _OURS.glob(pattern)]
    files += [(overrides, path) for path in overrides.rglob("*")]
    named = sorted((path.relative_to(base).as_posix(), path) for base, path in files if path.is_file())
    return digest([[name, hashlib.sha256(path.read_bytes()).hexdigest()] for name, path in named])


def stable(value: Any) -> Any:
    """A configuration as JSON data that says the same in every process, or never the same where it cannot."""
    if isinstance(value, Mapping):
        return [[str(key), stable(item)] for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [stable(item) for item in value]
    if isinstance(value, partial):
        return ["partial", stable(value.func), stable(value.args), stable(value.keywords)]
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    if value is None or isinstance(value, str | int | float):
        return value
    text = repr(value)
    return [text, os.urandom(16).hex()] if " at 0x" in text else text


def read(path: Path) -> Kept:
    """A kept file; empty for one that is missing or broken in any way."""
    try:
        sealed = json.loads(path.read_bytes())
        return sealed["kept"] if sealed == _sealed(sealed["kept"]) else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def write(path: Path, data: bytes) -> None:
    """Write a file whole; a disk that refuses costs only the next build's time."""
    with suppress(OSError):
        write_whole(path, data, lasting=False)


def _sealed(kept: Kept) -> Kept:
    return {"kept": kept, "seal": digest([kept])}


def _as_usual() -> bool:
    """With -q MkDocs does not log, with -v it does not gather the links to anchors."""
    return _log.getEffectiveLevel() == logging.INFO


@contextmanager
def _heard() -> Iterator[list[logging.LogRecord]]:
    """What is logged meanwhile, by whatever logger."""
    said: list[logging.LogRecord] = []
    handler = logging.Handler(logging.INFO)
    handler.__dict__["emit"] = said.append
    loggers = (_log, logging.getLogger())
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield said
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def _rendered(page: Page) -> Kept:
    links = page.links_to_anchors
    return {
        "content": page.content,
        "toc": [_token(item) for item in page.toc],
        "title": page._title_from_render,
        "ids": sorted(page.present_anchor_ids or ()),
        "links": None if links is None else [[file.src_uri, anchors] for file, anchors in links.items()],
    }


def _token(item: AnchorLink) -> Kept:
    return {
        "level": item.level,
        "id": item.id,
        "name": item.title,
        "children": [_token(child) for child in item.children],
    }


def _restore(page: Page, kept: Kept, files: Files) -> None:
    page.content = kept["content"]
    page.toc = get_toc(kept["toc"])
    page._title_from_render = kept["title"]
    page.present_anchor_ids = set(kept["ids"])
    links = kept["links"]
    page.links_to_anchors = None if links is None else {files.src_uris[uri]: dict(found) for uri, found in links}
