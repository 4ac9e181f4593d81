"""The finished HTML of a page: its content in the layout that the templates put round it.

MkDocs asks the environment for a template and lets it render the page. Here it gets one that looks first whether the
same was rendered before. Templates know the page, the configuration, the navigation and what `Layout.install` gives
them: all of it is in the key.
"""

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import Any

from jinja2 import Environment, Template
from mkdocs.structure import StructureItem
from mkdocs.structure.nav import Link, Section
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from snippets._engine.project.cache import digest
from snippets._engine.project.errors import SnippetsError
from snippets._engine.render import addresses

from ..build import languages, policy
from ..build.styles import BUNDLE
from ..build.words import WORDS
from ..cache import keys
from ..offline.asked import Offline
from ..offline.local import adapted
from ..pages.builder import PageBuilder
from .footer import Footer
from .head import PageHead, head


class Layout:
    """Renders the pages of one language, where it must."""

    def __init__(self, builder: PageBuilder, footer: Footer, offline: Offline) -> None:
        self._builder = builder
        self._footer = footer
        self._offline = offline
        self._shared_key = ""
        self._cached: dict[str, str] = {}

    def install(self, env: Environment) -> None:
        """Give an environment what the templates use, and let it cache what they make."""
        env.globals["words"] = WORDS[self._builder.lang]
        env.globals["language_links"] = lambda page: languages.twins_of(self._builder.config, page)
        env.globals["page_head"] = self._head
        env.globals["page_footer"] = lambda page: self._footer.of(page, self._builder.lang)
        env.globals["stylesheet"] = BUNDLE
        env.globals["offline_archive"] = self._archive()
        env.globals["nav_part"] = NavParts().render
        env.get_template = self._with_cache(env.get_template)  # type: ignore[method-assign]

    def find_cached(self, page: Page) -> None:
        """Before a page is rendered: spare whatever goes through its content where nobody will need it."""
        cache, key = self._builder.library.cache, self._key(page).encode()
        found = cache.data(self._name(page)) if cache is not None else None
        if found is not None and found.startswith(key):
            self._cached[page.file.src_uri] = found[len(key) :].decode("utf-8", "surrogatepass")
            if self._builder.cache.find_search_entries(page):
                page.content = ""

    def render(self, template: Template, context: dict[str, Any]) -> str:
        """The page of a context."""
        text = self._rendered(template, context)
        return adapted(text) if self._offline.folder else text

    def _rendered(self, template: Template, context: dict[str, Any]) -> str:
        page, cache = context["page"], self._builder.library.cache
        cached = self._cached.pop(page.file.src_uri, None)
        if cached is not None:
            return cached
        text = template.render(context)
        text = text if self._builder.preview else policy.with_policy(text)
        page.content = ""  # not needed any more, and a large site has a lot of it
        if cache is not None:
            cache.put_data(self._name(page), self._key(page).encode() + text.encode("utf-8", "surrogatepass"))
        return text

    def _archive(self) -> dict[str, str]:
        """Where the archive of the site is, from this language's root, and its size; nothing without one."""
        if self._offline.archive is None:
            return {}
        lang = self._builder.lang
        href = get_relative_url(addresses.OFFLINE, languages.prefix(lang))
        return {"href": href, "size": self._offline.megabytes(WORDS[lang].decimal_point)}

    def _with_cache(self, get: Callable[..., Template]) -> Callable[..., Any]:
        def get_template(name: str, parent: str | None = None, *rest: Any, **named: Any) -> Any:
            template = get(name, parent, *rest, **named)
            return template if parent or rest or named else _CachedTemplate(template, self)

        return get_template

    def _head(self, page: Page | None) -> PageHead:
        builder = self._builder
        try:
            return head(page, builder, self._footer)
        except SnippetsError:
            return PageHead()  # the page itself says what is wrong with its record

    def _name(self, page: Page) -> str:
        return f"{self._builder.lang}/layout/{page.file.src_uri}"

    def _key(self, page: Page) -> str:
        if not self._shared_key:  # all pages are read by now: the navigation has its titles
            around = keys.layout(self._builder.config, self._builder.library.tree)
            self._shared_key = digest([around, _items(self._builder.nav.items)])
        twins = [
            [t.lang, t.href, t.absolute, t.exists, t.current] for t in languages.twins_of(self._builder.config, page)
        ]
        own = [page.file.src_uri, page.url, str(page.title), page.canonical_url, page.edit_url, page.is_homepage]
        where = [str(page.file.inclusion), self._builder.preview is None]  # `mkdocs serve` marks a draft, has no policy
        content = self._builder.cache.state(page).content_hash
        front = keys.front_matter(page)
        archive = self._archive() if page.is_homepage else {}
        around = [list(astuple(self._footer.of(page, self._builder.lang))), list(astuple(self._head(page))), archive]
        return digest([self._shared_key, own, front, where, content, twins, around])


class _CachedTemplate:
    """A template of which only rendering is asked."""

    def __init__(self, template: Template, layout: Layout) -> None:
        self._template = template
        self._layout = layout

    def render(self, context: dict[str, Any]) -> str:
        """The text; that of a page from the cache when nothing changed."""
        return self._layout.render(self._template, context) if context.get("page") else self._template.render(context)


def _items(items: Sequence[StructureItem]) -> list[Any]:
    return [
        [
            type(item).__name__,
            str(item.title),
            getattr(item, "url", None),
            keys.front_matter(item) if isinstance(item, Page) else "",
            _items(getattr(item, "children", None) or []),
        ]
        for item in items
    ]


class NavParts:
    """The parts of the navigation in one build of one language, each rendered once for all pages that show it alike.

    Every page shows every part: without this, one page more would cost each of the others time.
    """

    def __init__(self) -> None:
        self._rendered: dict[tuple[str, int, str], str] = {}

    def render(self, render: Callable[..., str], item: Section | Page | Link, path: str, page: Page | None) -> str:
        """A part as a page shows it.

        Args:
            render: the theme's macro.
            item: the part, or a page that stands beside the parts.
            path: where it stands in the navigation.
            page: the page that shows it; None for a template such as 404.html.
        """
        if page is None or item.active:
            return render(item, path, 1)
        # Links are relative: they are the same from pages of one folder, whichever parts those stand in.
        key = path, page.url.count("/"), posixpath.dirname(page.url.rstrip("/"))
        if key not in self._rendered:
            self._rendered[key] = render(item, path, 1)
        return self._rendered[key]
