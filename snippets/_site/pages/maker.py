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

from snippets._engine.copies import plain
from snippets._engine.pages import directives
from snippets._engine.project.cache import digest
from snippets._engine.project.errors import SnippetsError
from snippets._engine.records.library import Library
from snippets._engine.render.markdown import expand
from snippets._engine.terms.glossary import Glossary

from ..build import files as published
from ..build import languages
from ..build.findings import Behind
from ..build.llms import Texts
from ..build.words import WORDS
from ..cache import keys
from ..cache.page_cache import PageCache
from ..serve import preview as serving
from . import blocks, glossary, maths
from . import html as content
from . import notebook as notebook_view


@dataclass
class Maker:
    """Makes the pages of one language in one build."""

    library: Library
    config: MkDocsConfig
    files: Files
    nav: Navigation
    terms: Glossary
    behind: Behind
    preview: serving.Preview | None
    views: Sequence[str]
    """The chapters whose notebooks are pages too."""
    texts: Texts = field(default_factory=Texts)

    def __post_init__(self) -> None:
        self.lang = languages.language(self.config)
        self.linker = glossary.Linker.of(self.terms, self.lang)
        self.texts.nav = self.nav
        # A plain copy links to the copies of other pages, so that a page that comes or goes counts.
        pages = self.library.tree.pages(self.lang)
        settings = [keys.rendering(self.config), self.terms.digest, list(pages), list(self.views)]
        self.cache = PageCache(self.library, self.lang, settings)

    def begin(self, page: Page) -> None:
        """Render only what changed, and notebooks not as Markdown."""
        if notebook_view.is_view(page):
            notebook_view.render_by_converter(page)
        self.cache.keep_renders_of(page)

    def source(self, page: Page) -> str | None:
        """A page's text, or in one line why it cannot be read; None for a page that the build made."""
        if page.file.generated_by:
            return None
        try:
            return self.library.text(self.library.tree.docs(self.lang) / page.file.src_uri)
        except SnippetsError as exc:
            return self.broken(exc, page)

    def markdown(self, text: str, page: Page) -> str:
        """Expand directives and values, or take what was kept."""
        making = self.cache.begin(page, self.files, [text, self._offset(text, page), *self._notes(page)])
        if making.kept is None and not page.file.generated_by:
            with self.library.watch() as making.used:
                text = self._expanded(text, page)
        published.add_assets(self.files, self.config, making.assets)
        if making.copy is not None:
            self.texts.copies[page.file.src_uri] = making.copy
        return text

    def content(self, html: str, page: Page) -> str:
        """Mend the HTML, and let links to cells be checked."""
        if self.cache.making(page).kept is None:
            html = self._mended(html, page)
            page.present_anchor_ids = (page.present_anchor_ids or set()) | content.ids(html)
            self.cache.finish(page, html)
        banner = self.preview.banner(self.lang, page.file.src_uri) if self.preview else ""
        making = self.cache.making(page)
        making.shown = digest([making.shown, banner])
        making.inputs, making.kept, making.assets = [], None, ()
        page.markdown = ""  # nobody asks for it any more, and a large site has a lot of it
        return banner + html

    def broken(self, error: SnippetsError, page: Page) -> str:
        """What to show in place of a page; a build stops instead.

        Raises:
            PluginError: with the error's one line, unless serving.
        """
        if not self.preview:
            raise PluginError(str(error)) from None
        self.preview.broken(self.lang, page.file.src_uri, str(error))
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
        making, src_uri, tree = self.cache.making(page), page.file.src_uri, self.library.tree
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
            making.sound = False
            return self.broken(exc, page)
        making.assets = expanded.assets
        making.copy = plain.plain(text, lang=self.lang, src_uri=src_uri, path=path, library=self.library)
        return expanded.markdown

    def _mended(self, html: str, page: Page) -> str:
        html = self._with_formulas(content.mended(html), page)
        if not page.file.generated_by and page.meta.get("terms", True):
            html = self.linker.link(html, get_relative_url(self.files.src_uris[glossary.PAGE].url, page.url))
        html = blocks.link_cells(blocks.mark_long(html), self.lang)
        html = notebook_view.link(html, page, self.views, self.lang)
        behind, twin = self._notes(page)
        for section in behind:
            html = content.note_behind(html, section, self.lang, twin)
        return html

    def _with_formulas(self, html: str, page: Page) -> str:
        if 'class="arithmatex"' not in html:
            return html
        path = self.library.tree.docs(self.lang) / notebook_view.written_in(page.file.src_uri)
        try:
            lines = list(directives.lines(self.library.text(path)))
            return maths.convert(html, self.library.tree.relative(path), lines)
        except SnippetsError as exc:
            self.cache.making(page).sound = False
            return content.instead(self.broken(exc, page), page, self.config)
