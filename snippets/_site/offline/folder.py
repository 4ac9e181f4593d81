"""What the folder holds beside its pages: the search as scripts, as a disk allows no worker and no request."""

import json
import re
from pathlib import Path

from mkdocs import utils
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.utils import get_relative_url

from snippets._engine.render import addresses

from ..build.languages import language, prefix
from ..build.llms import LIST, PlainCopies
from ..search.index import FIRST, REST, as_json
from .local import as_file

_OF_A_HOST = ("404.html", "sitemap.xml", "sitemap.xml.gz")
"""Of use to a host alone."""
_SCRIPTS = "assets/javascripts"
_SEARCH_SCRIPTS = ("lunr/min/lunr.stemmer.support.min.js", "lunr/min/lunr.vi.min.js")
_MAP = re.compile(r"//# sourceMappingURL=.*")
_COLAB = re.compile(rf"(?: · )?\[[^\[\]]*\]\({re.escape(addresses.COLAB)}/[^()]*\)")
_LINK = re.compile(r"(?<=\]\()[^()]*(?=\))")


def adapt_copies(copies: PlainCopies) -> None:
    """Let the plain copies of pages name files, and leave out Colab."""
    for page, text in copies.by_page.items():
        copies.by_page[page] = _LINK.sub(lambda link: as_file(link[0]), _COLAB.sub("", text))


def finish(config: MkDocsConfig) -> None:
    """Write one language's search as scripts, remove what only a host has a use for, let its llms.txt name files.

    search_index.json stays: a page opened at a hit asks for it where a host serves the folder.

    Raises:
        PluginError: the theme has another search than the one known here.
    """
    site = Path(config.site_dir)
    first, rest = (json.loads((site / name).read_text("utf-8")) for name in (FIRST, REST))
    first["docs"] = [{**doc, "location": _located(doc["location"])} for doc in first["docs"]]
    rest = {_located(location): text for location, text in rest.items()}
    _write(site / FIRST, as_json(first))
    _write((site / FIRST).with_suffix(".js"), f"var __index = {as_json(first)}\n")
    _write((site / REST).with_suffix(".js"), f"var __rest = {as_json(rest)}\n")
    _write(site / "search" / "search_worker.js", _worker(site / _SCRIPTS))
    for name in (REST, *_OF_A_HOST):
        (site / name).unlink(missing_ok=True)
    _remove_replaced(site / "assets")
    _write(site / LIST, _local((site / LIST).read_text("utf-8"), config))


def _located(location: str) -> str:
    """Where a section is found, from the language's root."""
    return as_file(location) if location[:1] not in ("", "#") else f"index.html{location}"


def _worker(scripts: Path) -> str:
    """The theme's worker as a function of what a worker has and a page has not."""
    found = sorted((scripts / "workers").glob("search.*.min.js"))
    if len(found) != 1:
        raise PluginError(f"the theme has {len(found)} workers for its search, expected one")
    worker = _MAP.sub("", found[0].read_text("utf-8"))
    words = "\n;".join((scripts / name).read_text("utf-8") for name in _SEARCH_SCRIPTS)
    return (
        f"var __search = {{\nworker(addEventListener, postMessage, importScripts) {{\n{worker}\n}},\n"
        f"words() {{\n{words}\n}}\n}}\n"
    )


def _remove_replaced(assets: Path) -> None:
    for path in assets.rglob("*.map"):
        path.unlink()
    for folder in ("workers", "lunr/min", "lunr"):
        for path in (assets / "javascripts" / folder).iterdir():
            path.unlink()
        (assets / "javascripts" / folder).rmdir()


def _local(text: str, config: MkDocsConfig) -> str:
    """A list of pages whose links lead into this folder, whatever address the site has."""
    here = prefix(language(config))
    root = (config.site_url or "").removesuffix(here)

    def relative(link: re.Match[str]) -> str:
        url = link[0]
        if root and url.startswith(root):
            url = get_relative_url(url.removeprefix(root), f"{here}{LIST}")
        return as_file(url)

    return _LINK.sub(relative, text)


def _write(path: Path, text: str) -> None:
    utils.write_file(text.encode(), str(path))
