"""The hooks of the MkDocs plugin `snippets`; what they do stands in the modules beside this one.

One instance serves both languages and every rebuild of `mkdocs serve` (MkDocs keeps plugins that have `on_startup`).
"""

import os
from typing import Any, Literal

from jinja2 import Environment
from mkdocs.config import config_options as c
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils.templates import TemplateContext

from snippets._engine.keeping import Keep
from snippets._engine.library import Library

from . import bundle, findings, foot, frames, glossary, keys, languages, making, published, serving, templates
from .languages import MAIN, Titles


class SnippetsConfig(Config):  # type: ignore[no-untyped-call]  # MkDocs leaves __init_subclass__ untyped
    """The plugin's options: what mkdocs.yml says in each language."""

    site_name = c.DictOfItems(c.Type(str), default={})
    site_description = c.DictOfItems(c.Type(str), default={})
    nav = c.DictOfItems(c.DictOfItems(c.Type(str)), default={})


class SnippetsPlugin(BasePlugin[SnippetsConfig]):  # type: ignore[no-untyped-call]
    """Builds both languages, expands directives, publishes records and sources."""

    def __init__(self) -> None:
        self.preview: serving.Preview | None = None
        self.library: Library | None = None
        self.behind: findings.Behind = {}
        self.link_lines: findings.LinkLines | None = None
        self.maker: making.Maker | None = None
        self.styles: tuple[str, ...] = ()

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
            self._begin()
            found = findings.audited(self._library)
            self.behind = findings.behind(found)
            if self.preview:
                found = self.preview.follow(found)
            findings.report(found, stop=not self.preview)

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Publish what pages link to."""
        lang, self.terms = languages.language(config), glossary.read(self._library.tree)
        published.publish(files, config, self._library, lang)
        files.append(File.generated(config, glossary.PAGE, content=glossary.page(self.terms, lang)))
        if self.preview:
            self.preview.styles(files, config)
        bundle.add_bundle(files, config, self._library.tree, self.styles)
        return files

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        """All is known that pages are made from."""
        self.maker = making.Maker(self._library, config, files, nav, self.terms, self.behind, self.preview)
        return nav

    def on_pre_page(self, page: Page, *, config: MkDocsConfig, files: Files) -> Page:
        """Render only what changed."""
        self._maker.cache.keep_renders_of(page)
        return page

    def on_page_read_source(self, *, page: Page, config: MkDocsConfig) -> str | None:
        """Read a page, or say in one line why it cannot be read."""
        return self._maker.source(page)

    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Expand directives and values."""
        return self._maker.markdown(markdown, page)

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Mend the HTML, and let links to cells be checked."""
        return self._maker.content(html, page)

    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> Environment:
        """Give the templates the words and the links between the languages."""
        maker, library = self._maker, self._library
        if library.keep is not None:
            env.bytecode_cache = templates.SealedBytecodeCache(library.tree.root / ".cache" / "site" / "templates")
        search: Any = config.plugins["material/search"]
        maker.cache.keep_entries_of(search.search_index)
        frames.Frames(config, maker.nav, self.foot, library.keep).install(env)
        maker.texts.publish(files, config)
        return env

    def on_template_context(
        self, context: TemplateContext, *, template_name: str, config: MkDocsConfig
    ) -> TemplateContext:
        """Let the 404 page find its files without a site_url too."""
        if template_name == "404.html":
            context["base_url"] = languages.base_path(config)
        return context

    @event_priority(-100)  # after the search plugin wrote this language's index: both builds share its one instance
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Build the other language."""
        lang, keep = languages.language(config), self._library.keep
        self._maker.cache.end()
        if keep is not None:
            keep.drop_unasked(lang)
        if lang == MAIN:
            if keep is not None:
                keep.drop_unasked("audit")
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
    def _maker(self) -> making.Maker:
        assert self.maker is not None, "on_nav comes first"
        return self.maker

    @property
    def _library(self) -> Library:
        assert self.library is not None, "on_config comes first"
        return self.library

    def _begin(self) -> None:
        library = self._library
        tree = library.tree
        library.keep = Keep(tree.root / ".cache" / "site", keys.base(tree)) if keys.enabled() else None
        library.remember()

    def _name_links_in(self, lang: str) -> None:
        if self.link_lines is None:
            self.link_lines = findings.LinkLines(self._library.tree, lang)
            self.link_lines.attach()
        self.link_lines.lang = lang
