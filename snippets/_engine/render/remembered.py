"""Reading and expanding a page, each done once for the audit, the build and the next build of `mkdocs serve`."""

from ..pages import page as pages
from ..pages.page import Page
from ..records.library import Library
from . import markdown as embed
from .markdown import Expanded


def parse(text: str, *, src_uri: str, path: str, library: Library) -> Page:
    """`pages.parse`, from the library's memory where it can."""
    return library.made(("parsed", path), text, lambda: pages.parse(text, src_uri=src_uri, path=path))


def expand(text: str, *, lang: str, src_uri: str, path: str, library: Library, line_offset: int = 0) -> Expanded:
    """`embed.expand`, from the library's memory where it can."""
    return library.made(
        ("expanded", path, line_offset),
        text,
        lambda: embed.expand(text, lang=lang, src_uri=src_uri, path=path, library=library, line_offset=line_offset),
    )
