"""A part of the navigation is rendered once for the pages side by side, and the theme's template asks for it."""

from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment
from material import templates as material

from snippets._site.cache import templates
from snippets._site.frame.layout import NavParts

pytestmark = pytest.mark.unit
AWAY: Any = SimpleNamespace(active=False)
HERE: Any = SimpleNamespace(active=True)


@pytest.fixture
def shown() -> Any:
    """Whether a page's navigation shows a part as it was rendered for a page before."""
    parts, count = NavParts(), iter(range(99))

    def show(url: str | None, item: Any = AWAY, path: str = "__nav_1") -> str:
        page: Any = None if url is None else SimpleNamespace(url=url)
        return parts.render(lambda *_: f"render {next(count)}", item, path, page)

    return show


def test_pages_side_by_side_share_a_part(shown):
    first = shown("basics/one/")
    assert shown("basics/two/") == first
    assert shown("basics/one/") == first


@pytest.mark.parametrize(
    "url", ["", "glossary/", "basics/", "basics/one/notebook/", "models/one/", "source/basics/one/", None]
)
def test_other_pages_do_not(shown, url):
    assert shown("basics/one/") != shown(url)


def test_pages_at_the_root_do_not_share_with_the_home_page(shown):
    assert shown("") != shown("glossary/")


def test_another_part_and_that_of_the_page_itself_are_their_own(shown):
    first = shown("basics/one/")
    assert shown("basics/two/", path="__nav_2") != first
    assert shown("basics/two/", item=HERE) != shown("basics/two/", item=HERE)
    assert shown(None) != shown(None)


def test_the_theme_has_the_line_that_is_replaced():
    env = Environment(loader=templates._Loader([*material.__path__]))
    assert templates._PART in env.loader.get_source(env, templates._NAV)[0]
    env.globals["nav_part"] = NavParts().render
    source = env.loader.get_source(env, templates._NAV)[0]
    assert templates._PART not in source
    assert "nav_part(item.render, nav_item, path, page)" in source
