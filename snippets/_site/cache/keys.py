"""What everything that the site keeps depends on, as keys that say the same in every process."""

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

from snippets._engine.project.cache import digest
from snippets._engine.project.tree import Tree

_PACKAGES = (
    "jinja2",
    "markdown",
    "markupsafe",
    "mistune",
    "mkdocs",
    "mkdocs-jupyter",
    "mkdocs-material",
    "nbconvert",
    "pygments",
    "pymdown-extensions",
    "pyyaml",
)
_OF_THE_MACHINE = ("config_file_path", "docs_dir", "site_dir", "dev_addr", "watch", "strict")
_OF_OTHERS = ("hooks", "nav", "plugins", "theme")


def enabled() -> bool:
    """Whether to keep anything at all: `SNIPPETS_CACHE=0` does without."""
    return os.environ.get("SNIPPETS_CACHE", "1") != "0"


def base(tree: Tree) -> str:
    """Changes with the packages, our own code and the pins."""
    return digest([_versions(), _ours(), tree.pins])


@cache
def _versions() -> list[str]:
    """Whatever makes the HTML."""
    found = [platform.python_version()]
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return found


@cache
def _ours() -> list[str]:
    """Our own code, as it was when this process began."""
    return [sources(Path(str(files(package)))) for package in ("snippets._engine", "snippets._site")]


def sources(folder: Path) -> str:
    """A hash of the files below a folder, the same wherever it lies."""
    named = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if _counts(path))
    return digest([[name, hash_of(path.read_bytes())] for name, path in named])


def hash_of(data: bytes) -> str:
    """A name for what a file holds."""
    return hashlib.sha256(data).hexdigest()


def _counts(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"


def rendering(config: MkDocsConfig) -> list[Any]:
    """What a page's content depends on in the configuration."""
    return [
        stable(config.markdown_extensions),
        stable(config.mdx_configs),
        stable(config.validation),
        config.use_directory_urls,
        config.theme["language"],
        hooks(config),
    ]


def layout(config: MkDocsConfig, tree: Tree) -> list[Any]:
    """What the layout round a page's content depends on: the configuration, the theme's overrides."""
    own = {name: value for name, value in config.items() if name not in (*_OF_THE_MACHINE, *_OF_OTHERS)}
    plugins = {name: dict(plugin.config) for name, plugin in config.plugins.items() if name not in config.hooks}
    overrides = sources(tree.root / "docs" / "overrides")
    return [stable(own), stable(plugins), stable(dict(config.theme)), overrides, hooks(config)]


def front_matter(page: Page) -> str:
    """A page's front matter."""
    return json.dumps(page.meta, default=repr)


def hooks(config: MkDocsConfig) -> list[str]:
    """The scripts of `hooks:`, which may change anything."""
    paths = [Path(config.config_file_path).parent / name for name in config.hooks]
    return [hash_of(path.read_bytes()) for path in paths]


def stable(value: Any) -> Any:
    """A configuration as JSON data that says the same in every process, or never the same where it cannot."""
    if isinstance(value, Mapping):
        return [[str(key), stable(item)] for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [stable(item) for item in value]
    if isinstance(value, partial):
        return ["partial", stable(value.func), stable(value.args), stable(value.keywords)]
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    if value is None or isinstance(value, str | int | float):
        return value
    text = repr(value)
    return [text, os.urandom(16).hex()] if " at 0x" in text else text
