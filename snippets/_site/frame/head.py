"""The quiet row under a chapter's title: what it ran on, and the chapter as a notebook, as code, as Markdown."""

from dataclasses import dataclass

from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from snippets._engine.render import addresses
from snippets._engine.render.provenance import summary

from ..build.words import WORDS
from ..pages import notebook
from ..pages.builder import PageBuilder
from .footer import Footer


@dataclass(frozen=True)
class Link:
    """A link of the row."""

    href: str
    text: str
    saves: bool = False
    """Whether it leads to a file to keep, not to a page."""


@dataclass(frozen=True)
class PageHead:
    """What stands under the title of one page; nothing on a page that is no chapter's."""

    ran: str = ""
    """Torch, device and day; empty for a chapter that nobody has run."""
    links: tuple[Link, ...] = ()


def head(page: Page | None, builder: PageBuilder, footer: Footer) -> PageHead:
    """The row of a page.

    Args:
        builder: knows the chapters, and which record a page shows first.
        footer: without the site's repository nobody knows where Colab finds the chapter, or where a fault is reported.

    Raises:
        SnippetsError: the chapter's record cannot be read.
    """
    chapter = addresses.written_in(page.file.src_uri).removesuffix(".md") if page is not None else ""
    if page is None or chapter not in builder.library.tree.chapters():
        return PageHead()
    lang, record = builder.lang, builder.shown_first(page)
    words = WORDS[lang]
    ran = summary(record, lang) if record is not None else ""
    if notebook.is_view(page):
        return PageHead(ran)  # its first lines are links already

    def here(uri: str) -> str:
        return get_relative_url(uri, page.url)

    report = footer.of(page, lang).report
    known = footer.repository
    links = [
        *([Link(addresses.colab(known, lang, chapter), words.colab)] if known else []),
        Link(here(addresses.reader_notebook(chapter)), words.notebook, saves=True),
        Link(here(addresses.site(addresses.source_page(chapter))), words.code),
        Link(here(addresses.plain_copy(f"{chapter}.md")), words.copy),
        *([Link(report, words.report_briefly)] if report else []),
    ]
    return PageHead(ran, tuple(links))
