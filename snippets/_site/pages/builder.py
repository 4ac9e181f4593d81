"""A page on its way: read, expanded to Markdown, and its HTML mended."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from snippets._engine.audit import counted
from snippets._engine.copies import plain
from snippets._engine.pages.lines import read_lines
from snippets._engine.project.cache import digest
from snippets._engine.project.errors import SnippetsError
from snippets._engine.records import chosen
from snippets._engine.records.library import Library
from snippets._engine.records.record import Record
from snippets._engine.render import addresses
from snippets._engine.render.markdown import expand
from snippets._engine.render.provenance import attributes
from snippets._engine.terms.glossary import Glossary

from ..build import languages
from ..build.files import add_assets
from ..build.findings import Behind
from ..build.llms import PlainCopies
from ..build.words import WORDS
from ..cache import keys
from ..cache.page_cache import PageCache
from ..serve.preview import Preview
from . import maths, notebook
from .glossary import Linker
from .html import ids, link_cells, mark_long, mended, note_behind, quieten, rendered_instead


@dataclass
class PageBuilder:
    """Builds the pages of one language in one build."""

    library: Library
    config: MkDocsConfig
    files: Files
    nav: Navigation
    terms: Glossary
    behind: Behind
    preview: Preview | None
    views: Sequence[str]
    """The chapters whose notebooks are pages too."""
    copies: PlainCopies = field(default_factory=PlainCopies)

    def __post_init__(self) -> None:
        self.lang = languages.language(self.config)
        self.linker = Linker.of(self.terms, self.lang)
        self.copies.nav = self.nav
        settings = [keys.rendering(self.config), self.terms.digest]
        self.cache = PageCache(self.library, self.lang, settings)

    def begin(self, page: Page) -> None:
        """Render only what changed, and notebooks not as Markdown."""
        if notebook.is_view(page):
            notebook.render_by_converter(page)
        self.cache.wrap_render(page)

    def source(self, page: Page) -> str | None:
        """A page's text, or in one line why it cannot be read; None for a page that the build made."""
        if page.file.generated_by:
            return None
        try:
            return self.library.text(self.library.tree.docs(self.lang) / page.file.src_uri)
        except SnippetsError as exc:
            return self._error_text(exc, page)

    def markdown(self, text: str, page: Page) -> str:
        """Expand directives and values, or take what is cached."""
        has_view = page.file.src_uri.removesuffix(".md") in self.views
        inputs = [text, self._offset(text, page), *self._notes(page), has_view]
        state = self.cache.begin(page, self.config, self.files, inputs)
        if state.cached is None and not page.file.generated_by:
            with self.library.watch() as state.used:
                text = self._expanded(text, page)
        add_assets(self.files, self.config, state.assets)
        if state.copy is not None:
            self.copies.by_page[page.file.src_uri] = state.copy
        return text

    def content(self, html: str, page: Page) -> str:
        """Mend the HTML, and let links to cells be checked."""
        state = self.cache.state(page)
        if state.cached is None:
            html = self._mended(self._counted(html, page), page)
            page.present_anchor_ids = (page.present_anchor_ids or set()) | ids(html)
            self.cache.finish(page, html)
        banner = self.preview.banner(self.lang, page.file.src_uri) if self.preview else ""
        state.content_hash = digest([state.content_hash, banner])
        state.inputs, state.cached, state.assets = [], None, ()
        page.markdown = ""  # nobody asks for it any more, and a large site has a lot of it
        return banner + html

    def _error_text(self, error: SnippetsError, page: Page) -> str:
        """What to show in place of a page; a build stops instead.

        Raises:
            PluginError: with the error's one line, unless serving.
        """
        if not self.preview:
            raise PluginError(str(error)) from None
        self.preview.note_error(self.lang, page.file.src_uri, str(error))
        return f"# {WORDS[self.lang].broken} {{#broken}}\n\n``` {{ .text .no-copy }}\n{error}\n```\n"

    def _offset(self, text: str, page: Page) -> int:
        """How many lines of front matter stand before a page's Markdown."""
        path = self.library.tree.docs(self.lang) / page.file.src_uri
        if page.file.generated_by:
            return 0
        try:
            return self.library.text(path).count("\n") - text.count("\n")
        except SnippetsError:
            return 0  # what stands there is the message that says so

    def _notes(self, page: Page) -> list[Any]:
        """The sections of a page that are behind, and where its twin is."""
        uri = page.file.src_uri
        twin = next((t.href for t in languages.twins(self.config, uri, page.url) if not t.current), "")
        return [list(self.behind.get((self.lang, uri), ())), twin]

    def _expanded(self, text: str, page: Page) -> str:
        state, src_uri, tree = self.cache.state(page), page.file.src_uri, self.library.tree
        path = tree.relative(tree.docs(self.lang) / src_uri)
        try:
            expanded = expand(
                text,
                lang=self.lang,
                src_uri=src_uri,
                path=path,
                library=self.library,
                line_offset=self._offset(text, page),
            )
        except SnippetsError as exc:
            state.cacheable = False
            return self._error_text(exc, page)
        state.assets, state.due = expanded.assets, expanded.due
        state.copy = plain.plain(text, lang=self.lang, src_uri=src_uri, path=path, library=self.library)
        return expanded.markdown

    def _counted(self, html: str, page: Page) -> str:
        """The page, if it shows all that it asked for; once for each time it is rendered."""
        state, tree = self.cache.state(page), self.library.tree
        if state.due is None:
            return html
        path = tree.docs(self.lang) / page.file.src_uri
        try:
            counted.check(html, state.due, tree.relative(path), read_lines(self.library.text(path)))
        except SnippetsError as exc:
            state.cacheable = False
            return rendered_instead(self._error_text(exc, page), page, self.config)
        return html

    def _mended(self, html: str, page: Page) -> str:
        html = self._with_formulas(mended(html), page)
        if not page.file.generated_by and page.meta.get("terms", True):
            html = self.linker.link(html, get_relative_url(self.files.src_uris[addresses.GLOSSARY].url, page.url))
        html = self._quieter(link_cells(mark_long(html), self.lang), page)
        html = notebook.link_to_view(html, page, self.views, self.lang)
        behind, twin = self._notes(page)
        for section in behind:
            html = note_behind(html, section, self.lang, twin)
        return html

    def shown_first(self, page: Page) -> Record | None:
        """The record that a chapter's page shows and cites first; None for another page, or where there is none.

        Raises:
            SnippetsError: a record or the snippet cannot be read.
        """
        chapter = addresses.written_in(page.file.src_uri).removesuffix(".md")
        asked = page.meta.get("variant", "cpu")
        if asked not in self.library.tree.variants(chapter):
            return self.library.record(chapter)
        return chosen.first(self.library, chapter, asked)

    def _quieter(self, html: str, page: Page) -> str:
        record = self.shown_first(page)
        return quieten(html, attributes(record)) if record is not None and 'class="provenance"' in html else html

    def _with_formulas(self, html: str, page: Page) -> str:
        if 'class="arithmatex"' not in html:
            return html
        path = self.library.tree.docs(self.lang) / addresses.written_in(page.file.src_uri)
        try:
            lines = list(read_lines(self.library.text(path)))
            return maths.convert(html, self.library.tree.relative(path), lines)
        except SnippetsError as exc:
            self.cache.state(page).cacheable = False
            return rendered_instead(self._error_text(exc, page), page, self.config)
