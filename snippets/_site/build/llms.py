"""The site as text: a plain copy of every page, and llms.txt, which lists them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure import StructureItem
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

from snippets._engine.render import addresses

from .languages import language, twins
from .words import WORDS

LIST = "llms.txt"
_LINK = re.compile(r"!?\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\([^()]*\)")
_SENTENCE = re.compile(r"^(?![#>|`\-*!\[(]).+?[.?!](?=\s|$)", re.MULTILINE | re.DOTALL)


@dataclass
class PlainCopies:
    """The plain copies of one language's pages, gathered while it is built."""

    nav: Navigation | None = None
    by_page: dict[str, str] = field(default_factory=dict)

    def publish(self, files: Files, config: MkDocsConfig) -> None:
        """Publish the copies and their list."""
        for src_uri, text in self.by_page.items():
            _add(files, config, addresses.plain_copy(src_uri), text)
        _add(files, config, LIST, listing(config, self.nav.items if self.nav else [], self.by_page))


def _add(files: Files, config: MkDocsConfig, uri: str, text: str) -> None:
    # MkDocs makes a page of each .md file that it is given; the name in the site is set afterwards.
    file = File.generated(config, f"{uri}.txt" if uri.endswith(".md") else uri, content=text)
    file.dest_uri = uri
    files.append(file)


def listing(config: MkDocsConfig, items: Sequence[StructureItem], copies: Mapping[str, str]) -> str:
    """The list of all pages (llmstxt.org): the site's name, what it is, and each page with its first sentence.

    Pages of no section come first: behind a section they would stand under its heading.
    """
    lines = [f"# {config.site_name}", "", f"> {config.site_description}", ""]
    lines += [_entry(config, item, copies) for item in items if isinstance(item, Page)]
    for item in items:
        if isinstance(item, Section):
            pages = [child for child in item.children if isinstance(child, Page)]
            lines += ["", f"## {item.title}", "", *(_entry(config, page, copies) for page in pages)]
    lines += ["", f"## {WORDS[language(config)].languages}", ""]
    for twin in twins(config, "index.md", "./"):
        if not twin.current:
            lines.append(f"- [{twin.words.name}]({twin.absolute or twin.href}{LIST})")
    return "\n".join(lines) + "\n"


def _without_links(text: str) -> str:
    """A sentence of a copy, whose relative links would lead elsewhere from here: the words they stand on."""
    return _LINK.sub(lambda link: link["text"], text)


def _entry(config: MkDocsConfig, page: Page, copies: Mapping[str, str]) -> str:
    text = copies.get(page.file.src_uri, "")
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    first = _SENTENCE.search(text)
    about = f": {' '.join(_without_links(first[0]).split())}" if first else ""
    copy = addresses.plain_copy(page.file.src_uri) if text else page.url  # pages made by the build have no copy
    url = f"{config.site_url or ''}{copy}"
    return f"- [{title[1] if title else page.title}]({url}){about}"
