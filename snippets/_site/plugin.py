"""The hooks of the MkDocs plugin `snippets`; what they do stands in the rooms beside this module.

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

from snippets._engine.project.cache import Cache
from snippets._engine.records.library import Library
from snippets._engine.render import addresses

from .build import findings, languages, parallel, policy, styles
from .build.files import publish
from .build.languages import MAIN, Titles
from .cache import keys, templates
from .frame import footer
from .frame.layout import Layout
from .offline import folder
from .offline.asked import Offline, asked, refuse_other_commands
from .pages import glossary, notebook
from .pages.builder import PageBuilder
from .port import look_before_building
from .search.index import SplitIndex
from .serve import preview


class SnippetsConfig(Config):  # type: ignore[no-untyped-call]  # MkDocs leaves __init_subclass__ untyped
    """The plugin's options: what mkdocs.yml says in each language."""

    site_name = c.DictOfItems(c.Type(str), default={})
    site_description = c.DictOfItems(c.Type(str), default={})
    nav = c.DictOfItems(c.DictOfItems(c.Type(str)), default={})
    notebook_views = c.ListOfItems(c.Type(str), default=[])


class SnippetsPlugin(BasePlugin[SnippetsConfig]):  # type: ignore[no-untyped-call]
    """Builds both languages, expands directives, publishes records and sources."""

    def __init__(self) -> None:
        self.preview: preview.Preview | None = None
        self.library: Library | None = None
        self.behind: findings.Behind = {}
        self.link_lines: findings.LinkLines | None = None
        self.builder: PageBuilder | None = None
        self.layout: Layout | None = None
        self.search: SplitIndex | None = None
        self.forked: parallel.ForkedPart | None = None
        """The other languages' build, where it runs beside the main one's."""
        self.to_build: tuple[str, ...] | None = None
        """The languages that changed, where the audit was made before MkDocs began the build; None: not made yet."""
        self.main: MkDocsConfig | None = None
        """The configuration that the main language was built with last."""
        self.stylesheets: tuple[str, ...] = ()
        self.offline = Offline()

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Remember whether to stop at an error or to show it."""
        refuse_other_commands(os.environ, command, dirty=dirty)
        self.preview = preview.Preview() if command == "serve" else None
        look_before_building()

    @event_priority(100)  # before the search plugin asks for the theme's language
    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Translate the configuration."""
        tree = languages.tree_of(config)
        if self.library is None or self.library.tree != tree:
            self.library = Library(tree)
        if self.preview:
            self.preview.begin(self.library)
        templates.speed_up(config.theme, tree)
        languages.translate(config, Titles(self.config.site_name, self.config.site_description, self.config.nav))
        self.stylesheets = styles.take_styles(config)
        if self.preview:
            config.extra_css = [preview.STYLES]
        self.offline = asked(os.environ)
        self.footer = footer.footer(os.environ, tree.pins.get("torch", ""))
        return config

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Tell, once for both languages, everything that is wrong."""
        lang = languages.language(config)
        self._name_links_in(lang)
        if lang == MAIN:
            self.main = config
            if self.to_build is None:
                self._audit()
            self.to_build = None
        if self.preview:
            self.preview.site_folder.begin()

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Publish what pages link to."""
        lang, self.terms = languages.language(config), glossary.read(self._library.tree)
        publish(files, config, self._library, lang)
        notebook.add_views(files, config, self._library, lang, self.config.notebook_views)
        files.append(File.generated(config, addresses.GLOSSARY, content=glossary.page(self.terms, lang)))
        if self.preview:
            self.preview.add_styles(files, config)
            self.preview.site_folder.take(files)
        if lang == MAIN and self.offline.archive is not None:
            files.append(File.generated(config, addresses.OFFLINE, abs_src_path=str(self.offline.archive)))
        styles.add_bundle(files, config, self._library.tree, self.stylesheets)
        if lang == MAIN and not self.preview and parallel.can_fork():
            self.forked = parallel.ForkedPart(lambda: languages.build_others_within(config, serving=False))
        return files

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        """All is known that pages are made from."""
        views = self.config.notebook_views
        self.builder = PageBuilder(self._library, config, files, nav, self.terms, self.behind, self.preview, views)
        return nav

    def on_pre_page(self, page: Page, *, config: MkDocsConfig, files: Files) -> Page:
        """Render only what changed, and notebooks not as Markdown."""
        self._builder.begin(page)
        return page

    def on_page_read_source(self, *, page: Page, config: MkDocsConfig) -> str | None:
        """Read a page, or say in one line why it cannot be read."""
        return self._builder.source(page)

    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Expand directives and values."""
        return self._builder.markdown(markdown, page)

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Mend the HTML, and let links to cells be checked."""
        return self._builder.content(html, page)

    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> Environment:
        """Give the templates the words and the links between the languages."""
        builder = self._builder
        search: Any = config.plugins["material/search"]
        self.search = SplitIndex(search.search_index, builder.cache, builder.nav)
        self.layout = Layout(builder, self.footer, self.offline)
        self.layout.install(env)
        if self.offline.folder:
            folder.adapt_copies(builder.copies)
        builder.copies.publish(files, config)
        return env

    @event_priority(100)  # before the search plugin reads the page's content
    def on_page_context(
        self, context: TemplateContext, *, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """See whether the page was rendered before."""
        if self.layout:
            self.layout.find_cached(page)
        return context

    def on_template_context(self, context: TemplateContext, *, template_name: str, config: MkDocsConfig) -> Any:
        """Let the 404 page find its files without a site_url too."""
        if template_name == "404.html":
            context["base_url"] = languages.base_path(config)
        return context

    def on_post_template(self, output: str, *, template_name: str, config: MkDocsConfig) -> str:
        """Say what the 404 page lets a browser do, as `Layout` does for all others."""
        return policy.with_policy(output) if template_name == "404.html" and not self.preview else output

    @event_priority(-100)  # after the search plugin wrote this language's index: both builds share its one instance
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Build the other language."""
        lang, cache = languages.language(config), self._library.cache
        self._builder.cache.end()
        if self.search is not None:
            self.search.write_rest(config)
        if self.offline.folder:
            folder.finish(config)
        if cache is not None:
            cache.drop_unasked(lang)
        if self.preview:
            self.preview.built(lang)
            self.preview.site_folder.end(config)
        if lang == MAIN:
            if cache is not None:
                cache.drop_unasked("audit")
            self._build_others(config)

    def on_build_error(self, *, error: Exception) -> None:
        """Leave nothing behind, and say in one line what the disk refused."""
        if self.forked is not None:
            self.forked.kill()
            self.forked = None
        findings.stop_at_os_error(error)

    def on_serve(self, server: LiveReloadServer, *, config: MkDocsConfig, builder: object) -> LiveReloadServer:
        """Rebuild when anything that the pages show changes."""
        if self.preview:
            self.preview.attach(server, config.docs_dir, self._build_others_alone)
        return server

    def on_shutdown(self) -> None:
        """End what was started for `mkdocs serve`."""
        if self.preview:
            self.preview.close()

    @property
    def _builder(self) -> PageBuilder:
        assert self.builder is not None, "on_nav comes first"
        return self.builder

    @property
    def _library(self) -> Library:
        assert self.library is not None, "on_config comes first"
        return self.library

    def _audit(self) -> None:
        """Before a build: what is there, and what is wrong with it."""
        library = self._library
        tree = library.tree
        base = keys.base(tree) if keys.enabled() else ""
        if not base:
            library.cache = None
        elif library.cache is None or not library.cache.begin(base):
            library.cache = Cache(tree.root / ".cache" / "site", base, in_memory=self.preview is not None)
        if self.preview:
            self.preview.states.begin(tree)
        library.remember()
        found = findings.audited(library)
        self.behind = findings.behind(found)
        if self.preview:
            found = self.preview.follow(found, library)
        findings.report(found, stop=not self.preview)

    def _build_others_alone(self) -> bool:
        """Leave the main language as it is, or for later, if no file of its own changed."""
        if self.preview is None or self.main is None:
            return False
        self._audit()
        if self.preview.wait_for_quick_run():
            self._audit()
        to_build = self.preview.to_build()
        if to_build[:1] == (MAIN,):
            self.to_build = to_build
            return False
        self.to_build = None
        self.preview.build_others_now(to_build, self.main)
        return True

    def _build_others(self, config: MkDocsConfig) -> None:
        if self.preview:
            self.preview.build_others_later(config)
            return
        forked, self.forked = self.forked, None
        if forked is None or not forked.join():
            languages.build_others_within(config, serving=False)

    def _name_links_in(self, lang: str) -> None:
        if self.link_lines is None:
            self.link_lines = findings.LinkLines(self._library.tree, lang)
            self.link_lines.attach()
        self.link_lines.lang = lang
