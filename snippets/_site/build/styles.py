"""One stylesheet for the site: the theme's and ours in a row, as each file costs a phone a request."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

from snippets._engine.project.tree import Tree

BUNDLE = "assets/stylesheets/all.css"
"""Beside the files it is made of, so that their relative links hold."""
_THEME = ("assets/stylesheets/main.*.min.css", "assets/stylesheets/palette.*.min.css")
_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/")
_NAMED_COLOUR = re.compile(r"(?:(?<=[{}])|^)[^{}]*\[data-md-color-(?:primary|accent)=[^{}]*\{[^{}]*\}")
"""The theme's styles for its own colours, by name; the site has others."""
_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)
_INDENT = re.compile(r"\n\s+")


def take_styles(config: MkDocsConfig) -> tuple[str, ...]:
    """Take our stylesheets out of the configuration, so that pages do not name them one by one."""
    styles = tuple(config.extra_css)
    config.extra_css = []
    return styles


def add_bundle(files: Files, config: MkDocsConfig, tree: Tree, styles: tuple[str, ...]) -> None:
    """Publish the one stylesheet.

    Raises:
        PluginError: the theme or docs/assets lacks one of the files.
    """
    ours = [tree.root / "docs" / style for style in styles]
    missing = [path for path in ours if not path.is_file()]
    if missing:
        raise PluginError(f"mkdocs.yml: extra_css names {tree.relative(missing[0])}, which does not exist")
    parts = [_NAMED_COLOUR.sub("", _MAP.sub("", path.read_text("utf-8"))) for path in _theme_styles(config)]
    parts += [_small(path.read_text("utf-8")) for path in ours]
    files.append(File.generated(config, BUNDLE, content="\n".join(parts)))


def _small(css: str) -> str:
    """Our styles without comments and indentation. (The theme's are small already, and have `/*` in a text.)"""
    return _INDENT.sub("\n", _COMMENT.sub("", css)).strip()


def _theme_styles(config: MkDocsConfig) -> list[Path]:
    found = [path for pattern in _THEME for folder in config.theme.dirs for path in Path(folder).glob(pattern)]
    if len(found) != len(_THEME):
        raise PluginError(f"the theme has {len(found)} stylesheets like {', '.join(_THEME)}, expected one of each")
    return found
