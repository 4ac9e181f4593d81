"""Two languages from one configuration: what each changes in it, the nested build, and the links between twins."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from snippets._engine.project.tree import LANGUAGES, Tree
from snippets._engine.render import addresses

from ..quiet import end_not_told
from .words import WORDS, Words

MAIN = LANGUAGES[0]


@dataclass(frozen=True)
class Titles:
    """What mkdocs.yml says in each language."""

    site_name: Mapping[str, str]
    site_description: Mapping[str, str]
    nav: Mapping[str, Mapping[str, str]]
    """For each name in the nav its title by language."""


@dataclass(frozen=True)
class Twin:
    """A page as one language has it, seen from a page of either."""

    lang: str
    words: Words
    href: str
    """Relative to the page it is seen from."""
    absolute: str
    """Empty without a site_url."""
    exists: bool
    """Otherwise the links lead to the language's home page."""
    current: bool


def language(config: MkDocsConfig) -> str:
    """The language that a configuration builds: the name of its docs_dir.

    Raises:
        PluginError: it is none of ours.
    """
    name = Path(config.docs_dir).name
    if name not in LANGUAGES:
        raise PluginError(f"mkdocs.yml: docs_dir is docs/{name}, expected docs/{MAIN}")
    return name


def prefix(lang: str) -> str:
    """Where a language lives below the site's root."""
    return "" if lang == MAIN else f"{lang}/"


def serving_folder(lang: str) -> str:
    """Where `mkdocs serve` builds a language below the served folder: MkDocs empties it but for what is hidden."""
    return "" if lang == MAIN else f".{lang}"


def other_language(lang: str) -> str:
    """The one that is not this."""
    return next(other for other in LANGUAGES if other != lang)


def tree_of(config: MkDocsConfig) -> Tree:
    """The tree of the mkdocs.yml that is being built."""
    return _tree(config.config_file_path)


@cache
def _tree(config_file: str) -> Tree:
    return Tree(Path(config_file).resolve().parent)


def translate(config: MkDocsConfig, titles: Titles) -> None:
    """Put a language's words into its configuration.

    Raises:
        PluginError: a name in the nav has no title in this language.
    """
    lang = language(config)
    words = WORDS[lang]
    config.theme["language"] = lang
    config.site_name = titles.site_name.get(lang, config.site_name)
    config.site_description = titles.site_description.get(lang, config.site_description)
    config.mdx_configs.setdefault("toc", {})["permalink_title"] = words.permalink
    config.mdx_configs.setdefault("footnotes", {})["BACKLINK_TITLE"] = words.footnote_back
    for option, name in zip(config.theme["palette"], words.palette, strict=True):
        option["toggle"]["name"] = name
    search = config.plugins.get("material/search")
    if search is not None:
        # The file for Vietnamese in docs/overrides serves both; the theme has none for English.
        search.config.lang = [MAIN]
    config.nav = _titled(config.nav, titles.nav, lang)


def _titled(nav: Any, titles: Mapping[str, Mapping[str, str]], lang: str) -> Any:
    """The nav with titles for its names; in a section may stand pages of any folder."""
    if isinstance(nav, list):
        return [_titled(item, titles, lang) for item in nav]
    if not isinstance(nav, dict):
        return nav
    titled = {}
    for name, items in nav.items():
        title = titles.get(name, {}).get(lang)
        if title is None:
            fix = "add it below plugins: snippets: nav"
            raise PluginError(f"mkdocs.yml: `{name}` in the nav has no title in `{lang}`; {fix}")
        titled[title] = _titled(items, titles, lang)
    return titled


def build_others_within(config: MkDocsConfig, *, serving: bool) -> None:
    """As `build_others`, as a part of the main language's build, which tells how long both took."""
    with end_not_told():
        build_others(config, serving=serving)


def build_others(config: MkDocsConfig, *, serving: bool) -> None:
    """Build every other language from the same mkdocs.yml into its folder of the site.

    Their warnings are counted by the build that calls this one: it alone is strict.
    """
    for lang in LANGUAGES[1:]:
        site_url = f"{config.site_url}{prefix(lang)}" if config.site_url else ""
        other = load_config(
            config.config_file_path,
            docs_dir=str(tree_of(config).docs(lang)),
            site_dir=str(Path(config.site_dir) / (serving_folder(lang) if serving else lang)),
            use_directory_urls=config.use_directory_urls,
            strict=False,
        )
        other.site_url = site_url
        build(other, serve_url=site_url if serving else None)


def twins(config: MkDocsConfig, src_uri: str, url: str) -> list[Twin]:
    """A page in every language; `src_uri` is empty for a page that has no twins, such as the 404."""
    here = language(config)
    root = (config.site_url or "").removesuffix(prefix(here))
    found = []
    for lang in LANGUAGES:
        exists = bool(src_uri) and (lang == here or has_page(config, lang, src_uri))
        target = prefix(lang) + (url if exists else "")
        href = get_relative_url(target or "./", prefix(here) + url) if src_uri else root_path(config) + prefix(lang)
        absolute = root + target.removesuffix("./") if root else ""
        found.append(Twin(lang, WORDS[lang], href, absolute, exists, lang == here))
    return found


def twins_of(config: MkDocsConfig, page: Page | None) -> list[Twin]:
    """The twins of a page, or of a template that is no page."""
    return twins(config, page.file.src_uri if page else "", page.url if page else "")


def has_page(config: MkDocsConfig, lang: str, src_uri: str) -> bool:
    """Whether a language has a page, written or generated."""
    tree = tree_of(config)
    if src_uri == addresses.GLOSSARY:
        return True
    chapter = addresses.chapter_of_source_page(src_uri)
    if chapter is not None:
        return tree.snippet(chapter).is_file()
    return (tree.docs(lang) / addresses.written_in(src_uri)).is_file()


def root_path(config: MkDocsConfig) -> str:
    """The path of the whole site's root on its host, `/` or `/repository/`."""
    return base_path(config).removesuffix(prefix(language(config)))


def base_path(config: MkDocsConfig) -> str:
    """The path of this language's root on its host, `/` or `/en/` or `/repository/en/`."""
    if not config.site_url:
        return "/" + prefix(language(config))
    return urlsplit(config.site_url).path
