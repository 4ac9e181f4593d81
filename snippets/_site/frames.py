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
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure import StructureItem
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from snippets._engine.keeping import Keep, digest

from . import bundle, keys, languages
from .cache import hashed, token
from .foot import Foot
from .words import WORDS


class Frames:
    """Renders the pages of one language, where it must."""

    def __init__(self, config: MkDocsConfig, nav: Navigation, foot: Foot, keep: Keep | None) -> None:
        self._config = config
        self._nav = nav
        self._foot = foot
        self._keep = keep
        self._lang = languages.language(config)
        self._shared = ""

    def install(self, env: Environment) -> None:
        """Give an environment what the templates use, and let it keep what they make."""
        env.globals["words"] = WORDS[self._lang]
        env.globals["language_links"] = self._twins
        env.globals["page_foot"] = lambda page: self._foot.of(page, self._lang)
        env.globals["stylesheet"] = bundle.BUNDLE
        if self._keep is not None:
            env.get_template = self._looking_first(env.get_template)  # type: ignore[method-assign]

    def _looking_first(self, get: Callable[..., Template]) -> Callable[..., Any]:
        def get_template(name: str, parent: str | None = None, *rest: Any, **named: Any) -> Any:
            template = get(name, parent, *rest, **named)
            return template if parent or rest or named else _Kept(template, self)

        return get_template

    def render(self, template: Template, context: dict[str, Any]) -> str:
        """The page of a context."""
        page, keep = context["page"], self._keep
        assert keep is not None, "otherwise templates render by themselves"
        key = self._key(page, template.name).encode()
        name = f"{self._lang}/frames/{page.file.src_uri}"
        found = keep.data(name)
        if found is not None and found.startswith(key):
            return found[len(key) :].decode()
        text = template.render(context)
        keep.put_data(name, key + text.encode("utf-8", "surrogatepass"))
        return text

    def _twins(self, page: Page | None) -> list[languages.Twin]:
        return languages.twins(self._config, page.file.src_uri if page else "", page.url if page else "")

    def _key(self, page: Page, template: str | None) -> str:
        if not self._shared:  # all pages are read by now: the navigation has its titles
            self._shared = digest([keys.showing(self._config), _items(self._nav.items)])
        twins = [[t.lang, t.href, t.absolute, t.exists, t.current] for t in self._twins(page)]
        own = [page.file.src_uri, page.url, str(page.title), page.canonical_url, page.edit_url, page.is_homepage]
        return digest(
            [
                self._shared,
                template,
                own,
                _meta(page),
                hashed(page.content or ""),
                [token(item) for item in page.toc],
                twins,
                list(astuple(self._foot.of(page, self._lang))),
            ]
        )


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
