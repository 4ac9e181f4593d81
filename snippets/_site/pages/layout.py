"""The finished HTML of a page, kept until its content changes or the frame that the templates put round it.

MkDocs asks the environment for a template and lets it render the page. Here it gets one that looks first whether the
same was rendered before. Templates know the page, the configuration, the navigation and what `Frames.globals` gives
them: all of it is in the key.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import Any

from jinja2 import Environment, Template
from mkdocs.structure import StructureItem
from mkdocs.structure.pages import Page

from snippets._engine.project.cache import digest

from ..build import languages, policy
from ..build import styles as bundle
from ..build.words import WORDS
from ..cache import keys
from . import navigation
from .foot import Foot
from .maker import Maker


class Frames:
    """Renders the pages of one language, where it must."""

    def __init__(self, maker: Maker, foot: Foot) -> None:
        self._maker = maker
        self._foot = foot
        self._shared = ""
        self._found: dict[str, str] = {}

    def install(self, env: Environment) -> None:
        """Give an environment what the templates use, and let it keep what they make."""
        env.globals["words"] = WORDS[self._maker.lang]
        env.globals["language_links"] = lambda page: languages.twins_of(self._maker.config, page)
        env.globals["page_foot"] = lambda page: self._foot.of(page, self._maker.lang)
        env.globals["stylesheet"] = bundle.BUNDLE
        env.globals["nav_part"] = navigation.Parts().render
        env.get_template = self._looking_first(env.get_template)  # type: ignore[method-assign]

    def look(self, page: Page) -> None:
        """Before a page is rendered: spare whatever goes through its content where nobody will need it."""
        cache, key = self._maker.library.cache, self._key(page).encode()
        found = cache.data(self._name(page)) if cache is not None else None
        if found is not None and found.startswith(key):
            self._found[page.file.src_uri] = found[len(key) :].decode("utf-8", "surrogatepass")
            if self._maker.cache.look_for_entries(page):
                page.content = ""

    def render(self, template: Template, context: dict[str, Any]) -> str:
        """The page of a context."""
        page, cache = context["page"], self._maker.library.cache
        found = self._found.pop(page.file.src_uri, None)
        if found is not None:
            return found
        text = template.render(context)
        text = text if self._maker.preview else policy.with_policy(text)
        page.content = ""  # not needed any more, and a large site has a lot of it
        if cache is not None:
            cache.put_data(self._name(page), self._key(page).encode() + text.encode("utf-8", "surrogatepass"))
        return text

    def _looking_first(self, get: Callable[..., Template]) -> Callable[..., Any]:
        def get_template(name: str, parent: str | None = None, *rest: Any, **named: Any) -> Any:
            template = get(name, parent, *rest, **named)
            return template if parent or rest or named else _Kept(template, self)

        return get_template

    def _name(self, page: Page) -> str:
        return f"{self._maker.lang}/frames/{page.file.src_uri}"

    def _key(self, page: Page) -> str:
        if not self._shared:  # all pages are read by now: the navigation has its titles
            self._shared = digest([keys.showing(self._maker.config), _items(self._maker.nav.items)])
        twins = [
            [t.lang, t.href, t.absolute, t.exists, t.current] for t in languages.twins_of(self._maker.config, page)
        ]
        own = [page.file.src_uri, page.url, str(page.title), page.canonical_url, page.edit_url, page.is_homepage]
        foot = self._foot.of(page, self._maker.lang)
        where = [str(page.file.inclusion), self._maker.preview is None]  # `mkdocs serve` marks a draft, has no policy
        shown = self._maker.cache.making(page).shown
        return digest([self._shared, own, _meta(page), where, shown, twins, list(astuple(foot))])


class _Kept:
    """A template of which only rendering is asked."""

    def __init__(self, template: Template, frames: Frames) -> None:
        self._template = template
        self._frames = frames

    def render(self, context: dict[str, Any]) -> str:
        """The text; that of a page from the cache when nothing changed."""
        return self._frames.render(self._template, context) if context.get("page") else self._template.render(context)


def _items(items: Sequence[StructureItem]) -> list[Any]:
    return [
        [
            type(item).__name__,
            str(item.title),
            getattr(item, "url", None),
            _meta(item) if isinstance(item, Page) else "",
            _items(getattr(item, "children", None) or []),
        ]
        for item in items
    ]


def _meta(page: Page) -> str:
    return json.dumps(page.meta, default=repr)
