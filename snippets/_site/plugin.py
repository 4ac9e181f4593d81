"""The hooks of the MkDocs plugin `snippets`; what they do stands in the modules beside this one.

One instance serves both languages and every rebuild of `mkdocs serve` (MkDocs keeps plugins that have `on_startup`).
"""

import os
from typing import Any, Literal

from jinja2 import Environment
from mkdocs.config import config_options as c
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from mkdocs.utils.templates import TemplateContext

from snippets._engine import directives
from snippets._engine.errors import SnippetsError
from snippets._engine.library import Library
from snippets._engine.remembered import expand
from snippets._engine.tree import read_text

from . import (
    blocks,
    bundle,
    cache,
    content,
    findings,
    foot,
    glossary,
    languages,
    maths,
    notebook_view,
    policy,
    published,
    serving,
    templates,
    texts,
)
from .languages import MAIN, Titles
from .words import WORDS


class SnippetsConfig(Config):  # type: ignore[no-untyped-call]  # MkDocs leaves __init_subclass__ untyped
    """The plugin's options: what mkdocs.yml says in each language."""

    site_name = c.DictOfItems(c.Type(str), default={})
    site_description = c.DictOfItems(c.Type(str), default={})
    nav = c.DictOfItems(c.DictOfItems(c.Type(str)), default={})
    notebook_views = c.ListOfItems(c.Type(str), default=[])


class SnippetsPlugin(BasePlugin[SnippetsConfig]):  # type: ignore[no-untyped-call]
    """Builds both languages, expands directives, publishes records and sources."""

    def __init__(self) -> None:
        self.preview: serving.Preview | None = None
        self.library: Library | None = None
        self.behind: findings.Behind = {}
        self.caches: dict[str, cache.PageCache] = {}
        self.link_lines: findings.LinkLines | None = None
        self.linker: glossary.Linker | None = None
        self.styles: tuple[str, ...] = ()
        self.texts = texts.Texts()

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Remember whether to stop at an error or to show it."""
        self.preview = serving.Preview() if command == "serve" else None

    @event_priority(100)  # before the search plugin asks for the theme's language
    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Translate the configuration."""
        tree = languages.tree_of(config)
        if self.library is None or self.library.tree != tree:
            self.library = Library(tree)
        if self.preview:
            self.preview.begin(self.library)
        templates.list_quickly(config.theme)
        languages.translate(config, Titles(self.config.site_name, self.config.site_description, self.config.nav))
        self.styles = bundle.take_styles(config)
        if self.preview:
            config.extra_css = [serving.STYLES]
        self.foot = foot.foot(os.environ)
        return config

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Tell, once for both languages, everything that is wrong."""
        lang = languages.language(config)
        self._name_links_in(lang)
        if lang == MAIN:
            self._library.remember()
            found = findings.audited(self._library)
            self.behind = findings.behind(found)
            if self.preview:
                found = self.preview.follow(found)
            findings.report(found, stop=not self.preview)

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Publish what pages link to."""
        lang, terms = languages.language(config), glossary.read(self._library.tree)
        published.publish(files, config, self._library, lang)
        notebook_view.add(files, config, self._library, lang, self.config.notebook_views)
        files.append(File.generated(config, glossary.PAGE, content=glossary.page(terms, lang)))
        self.linker = glossary.Linker.of(terms, lang)
        if self.preview:
            self.preview.styles(files, config)
        bundle.add_bundle(files, config, self._library.tree, self.styles)
        self.texts = texts.Texts()
        return files

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        """Keep the order of the pages for their list, and find what the last build kept."""
        self.texts.nav = nav
        lang, root = languages.language(config), self._library.tree.root
        if cache.enabled():
            kept = self.caches.setdefault(lang, cache.PageCache(root / ".cache" / "site" / lang))
            kept.begin(config, root / "docs" / "overrides")
        return nav

    def on_pre_page(self, page: Page, *, config: MkDocsConfig, files: Files) -> Page:
        """Render only what changed, and notebooks not as Markdown."""
        if notebook_view.is_view(page):
            notebook_view.render_by_converter(page)
        if cache.enabled():
            self.caches[languages.language(config)].keep_renders_of(page)
        return page

    def on_page_read_source(self, *, page: Page, config: MkDocsConfig) -> str | None:
        """Read a page, or say in one line why it cannot be read."""
        if page.file.generated_by:
            return None
        tree = self._library.tree
        try:
            return read_text(tree, tree.docs(languages.language(config)) / page.file.src_uri)
        except SnippetsError as exc:
            return self._broken(exc, page, languages.language(config))

    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Expand directives and values."""
        if page.file.generated_by:
            return markdown
        lang, library = languages.language(config), self._library
        file, uri = library.tree.docs(lang) / page.file.src_uri, page.file.src_uri
        path = library.tree.relative(file)
        try:
            before = read_text(library.tree, file).count("\n") - markdown.count("\n")
            expanded = expand(markdown, lang=lang, src_uri=uri, path=path, library=library, line_offset=before)
        except SnippetsError as exc:
            return self._broken(exc, page, lang)
        published.add_assets(files, config, expanded.assets)
        self.texts.add(markdown, uri, path, lang, library)
        return expanded.markdown

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Mend the HTML, and let links to cells be checked."""
        html = self._with_formulas(content.hide_space_before_markers(html), page, config)
        if self.linker and not page.file.generated_by and page.meta.get("terms", True):
            html = self.linker.link(html, get_relative_url(files.src_uris[glossary.PAGE].url, page.url))
        lang = languages.language(config)
        html = blocks.link_cells(blocks.mark_long(html), lang)
        html = notebook_view.link(html, page, self.config.notebook_views, lang)
        page.present_anchor_ids = (page.present_anchor_ids or set()) | content.ids(html)
        for section in self.behind.get((lang, page.file.src_uri), ()):
            twin = next((t.href for t in languages.twins(config, page.file.src_uri, page.url) if not t.current), "")
            html = content.note_behind(html, section, lang, twin)
        return self.preview.banner(lang, page.file.src_uri) + html if self.preview else html

    def _with_formulas(self, html: str, page: Page, config: MkDocsConfig) -> str:
        if 'class="arithmatex"' not in html:
            return html
        tree, lang = self._library.tree, languages.language(config)
        path = tree.docs(lang) / notebook_view.written_in(page.file.src_uri)
        try:
            return maths.convert(html, tree.relative(path), list(directives.lines(read_text(tree, path))))
        except SnippetsError as exc:
            return content.instead(self._broken(exc, page, lang), page, config)

    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> Environment:
        """Give the templates the words and the links between the languages."""
        lang = languages.language(config)
        if cache.enabled():
            env.bytecode_cache = templates.SealedBytecodeCache(self._library.tree.root / ".cache/site/templates")
            search: Any = config.plugins["material/search"]
            self.caches[lang].keep_entries_of(search.search_index)
        env.globals["words"] = WORDS[lang]
        env.globals["language_links"] = lambda page: languages.twins_of(config, page)
        env.globals["page_foot"] = lambda page: self.foot.of(page, lang)
        env.globals["stylesheet"] = bundle.BUNDLE
        self.texts.publish(files, config)
        return env

    def on_template_context(self, context: TemplateContext, *, template_name: str, config: MkDocsConfig) -> Any:
        """Let the 404 page find its files without a site_url too."""
        if template_name == "404.html":
            context["base_url"] = languages.base_path(config)
        return context

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Say what the page lets a browser do."""
        return output if self.preview else policy.with_policy(output)

    def on_post_template(self, output: str, *, template_name: str, config: MkDocsConfig) -> str:
        """The same for the 404 page."""
        return policy.with_policy(output) if template_name == "404.html" and not self.preview else output

    on_build_error = staticmethod(findings.refused)

    @event_priority(-100)  # after the search plugin wrote this language's index: both builds share its one instance
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Build the other language."""
        if languages.language(config) == MAIN:
            languages.build_others(config, serving=self.preview is not None)

    def on_serve(self, server: LiveReloadServer, *, config: MkDocsConfig, builder: object) -> LiveReloadServer:
        """Rebuild when anything that the pages show changes."""
        if self.preview:
            self.preview.attach(server, config.docs_dir)
        return server

    def on_shutdown(self) -> None:
        """End what was started for `mkdocs serve`."""
        if self.preview:
            self.preview.close()

    @property
    def _library(self) -> Library:
        assert self.library is not None, "on_config comes first"
        return self.library

    def _name_links_in(self, lang: str) -> None:
        if self.link_lines is None:
            self.link_lines = findings.LinkLines(self._library.tree, lang)
            self.link_lines.attach()
        self.link_lines.lang = lang

    def _broken(self, error: SnippetsError, page: Page, lang: str) -> str:
        """What to show in place of a page; a build stops instead.

        Raises:
            PluginError: with the error's one line, unless serving.
        """
        if not self.preview:
            raise PluginError(str(error)) from None
        self.preview.broken(lang, page.file.src_uri, str(error))
        return f"# {WORDS[lang].broken} {{#broken}}\n\n``` {{ .text .no-copy }}\n{error}\n```\n"
