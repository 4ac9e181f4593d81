"""Files that the site publishes beside its pages: assets, records, snippets, tests, and a page for each snippet."""

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel

from snippets._engine.chapters.cells import Chapter
from snippets._engine.copies.notebook import notebook
from snippets._engine.project.errors import SnippetsError
from snippets._engine.project.tree import VARIANTS, Tree
from snippets._engine.records.library import Library
from snippets._engine.render import addresses
from snippets._engine.render.markup import fence
from snippets._engine.render.outputs import Asset

from .words import WORDS

_READER_CONFTEST = "tests/snippets/reader_conftest.py"
"""What lets a reader run the published tests; in the repository the engine serves them (conftest.py beside it)."""
_THIS_MACHINE = re.compile(r"https?://(?:localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\])(?::\d+)?(?:/|$)", re.IGNORECASE)
_ASSET_FOLDERS = ("fonts", "images", "javascripts", "stylesheets")
#: What the search of these two languages loads; the theme brings some thirty more, under several licences.
_SEARCH_SCRIPTS = ("lunr.stemmer.support.min.js", "lunr.vi.min.js")


def publish(files: Files, config: MkDocsConfig, library: Library, lang: str) -> None:
    """Add everything that pages may link to, in one language's build; leave out what nothing loads."""
    for file in list(files):
        if file.src_uri.startswith("assets/javascripts/lunr/") and not file.src_uri.endswith(_SEARCH_SCRIPTS):
            files.remove(file)
    for uri, path in plain_files(library.tree):
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    site_url = lasting(config.site_url or "")
    generated = {name: _generated(library, name, lang, site_url) for name in library.tree.chapters()}
    for name, (reader, _) in generated.items():
        if reader is not None:
            files.append(File.generated(config, addresses.reader_notebook(name), content=reader.encode()))
    for name, (_, source) in generated.items():
        if source is not None:
            uri, level = addresses.source_page(name), InclusionLevel.NOT_IN_NAV
            files.append(File.generated(config, uri, content=source, inclusion=level))


def lasting(site_url: str) -> str:
    """The site's address; none for that of a preview, since a notebook is kept for longer."""
    return "" if _THIS_MACHINE.match(site_url) else site_url


def _generated(library: Library, name: str, lang: str, site_url: str) -> list[str | None]:
    """A chapter's page as a notebook, and its snippet as a page; None for one that cannot be made.

    That is an error of the audit: only `mkdocs serve` gets this far.
    """
    tree = library.tree
    path = tree.page(lang, name)

    def reader() -> str:
        page = library.text(path)
        known = {"lang": lang, "src_uri": f"{name}.md", "path": tree.relative(path), "site_url": site_url}
        return notebook(page, library=library, **known)

    def source() -> str:
        return source_page(library.chapter(name), lang)

    try:
        inputs = [library.text(path), site_url]
        found: list[str | None] = library.kept(f"{lang}/published/{name}", inputs, lambda: [reader(), source()])
    except SnippetsError:
        return [_if_possible(reader), _if_possible(source)]
    return found


def _if_possible(make: Callable[[], str]) -> str | None:
    try:
        return make()
    except SnippetsError:
        return None


def plain_files(tree: Tree) -> Iterator[tuple[str, Path]]:
    """The files that are published as they are, with their place below a language's root."""
    assets = tree.root / "docs" / "assets"
    for folder in _ASSET_FOLDERS:
        for path in sorted((assets / folder).rglob("*")):
            if path.is_file() and path.suffix != ".md":
                yield f"assets/{path.relative_to(assets).as_posix()}", path
    for path in sorted((tree.snippets / "exercises").glob("*.py")):
        yield tree.relative(path), path
    if (conftest := tree.root / _READER_CONFTEST).is_file():
        yield "tests/snippets/conftest.py", conftest
    for chapter in tree.chapters():
        for path in (tree.snippet(chapter), tree.test(chapter)):
            if path.is_file():
                yield tree.relative(path), path
        for path in (tree.record(chapter, variant) for variant in VARIANTS):
            if path.is_file():
                yield tree.relative(path).removeprefix("docs/"), path


def add_assets(files: Files, config: MkDocsConfig, assets: tuple[Asset, ...]) -> None:
    """Add the figures of a page; another page may have brought the same ones."""
    for asset in assets:
        if files.get_file_from_path(asset.uri) is None:
            files.append(File.generated(config, asset.uri, content=asset.content))


def source_page(chapter: Chapter, lang: str) -> str:
    """A chapter's snippet as a page: every cell a block with the id `cell-NAME`, none a cell of the contract."""
    words = WORDS[lang]
    here = posixpath.dirname(addresses.source_page(chapter.name))
    page = posixpath.relpath(f"{chapter.name}.md", here)
    file = posixpath.relpath(chapter.path, here)
    lines = [
        "---",
        "search: {exclude: true}",
        "---",
        "",
        f"# {words.source.format(f'`{chapter.path}`')} {{#source}}",
        "",
        words.source_text.format(f"[`{chapter.name}`]({page})"),
        f"[{words.as_file}]({file})",
        "",
    ]
    for cell in chapter.cells:
        marks = [".python", ".source", ".no-copy", f"#cell-{cell.name}", f'title="{cell.name}"']
        lines += [*fence(marks, cell.copied(lang)), ""]
    return "\n".join(lines)
