"""Renders each part of the navigation once for all pages from which it looks the same.

Every page shows every part: without this, one page more would cost each of the others time.
"""

import posixpath
from collections.abc import Callable

from mkdocs.structure.nav import Link, Section
from mkdocs.structure.pages import Page


class Parts:
    """What was rendered in one build of one language."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, str], str] = {}

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
        # Links are relative: they are the same for pages side by side.
        key = path, page.url.count("/"), posixpath.dirname(page.url.rstrip("/"))
        if key not in self._kept:
            self._kept[key] = render(item, path, 1)
        return self._kept[key]
