"""A chapter's notebook as a page of the site, at PART/CHAPTER/notebook/: for the chapters that mkdocs.yml names.

    plugins:
      - snippets:
          notebook_views: [lab/lab05]

mkdocs-jupyter makes the HTML (converter.py), but does not stand under `plugins:` in mkdocs.yml. There it would be
imported by every build, with nbconvert and IPython: a second, more than a whole build takes when little changed. It
would also keep a cache of its own, which does not know its own version. Here the page is one that the build writes,
like the source pages: its "Markdown" is the notebook, so that our page cache (page_cache.py) renders it again when the
notebook or mkdocs-jupyter changed, and only then is mkdocs-jupyter imported.

The notebook is the one that readers download (`_engine/copies/notebook.py`), except that its links lead to pages of
this site, and that each figure is shown in its light and its dark copy. Nothing is executed.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from snippets._engine.chapters import figures, frames
from snippets._engine.copies.notebook import guessed, notebook
from snippets._engine.pages.page import read_page
from snippets._engine.project.errors import SnippetsError, listed
from snippets._engine.records.library import Library
from snippets._engine.records.record import Record
from snippets._engine.render import addresses
from snippets._engine.render.frames import alt_texts
from snippets._engine.render.provenance import attributes, reader_links, summary
from snippets._engine.render.stream import PageReader, Shown
from snippets._engine.render.words import WORDS as ENGINE_WORDS

from ..build.words import WORDS

HERE = "https://site.invalid/"
"""Stands for the language's root in the notebook of a view, until its links are made relative."""


def is_view(page: Page) -> bool:
    """Whether a page is a view of a notebook."""
    return bool(page.file.generated_by) and addresses.is_notebook_view(page.file.src_uri)


def add_views(files: Files, config: MkDocsConfig, library: Library, lang: str, chapters: Sequence[str]) -> None:
    """Add the views of the chapters named.

    Raises:
        PluginError: there is no such chapter.
    """
    known = library.tree.chapters()
    for chapter in chapters:
        if chapter not in known:
            there_are = f"there are: {listed(known)}"
            raise PluginError(f"mkdocs.yml: notebook_views names `{chapter}`, which is no chapter; {there_are}")
        try:
            content = _source(chapter, lang, library)
        except SnippetsError:
            continue  # an error of the audit: only `mkdocs serve` gets this far
        uri, level = addresses.notebook_view(chapter), InclusionLevel.NOT_IN_NAV
        files.append(File.generated(config, uri, content=content, inclusion=level))


def _source(chapter: str, lang: str, library: Library) -> str:
    text = library.text(library.tree.page(lang, chapter))
    made: str = library.kept(f"{lang}/views/{chapter}", [text], lambda: source(chapter, lang, library))
    return made


def render_by_converter(page: Page) -> None:
    """Let a view be rendered by mkdocs-jupyter instead of Markdown."""
    page.render = partial(_render, page)  # type: ignore[method-assign]


def link_to_view(content: str, page: Page, chapters: Iterable[str], lang: str) -> str:
    """A chapter's page with a link to its view beside the notebook's; nothing else changes.

    Raises:
        PluginError: it offers no notebook.
    """
    chapter = page.file.src_uri.removesuffix(".md")
    if chapter not in chapters:
        return content
    download = get_relative_url(addresses.reader_notebook(chapter), page.url)
    view = get_relative_url(f"{chapter}/notebook/", page.url)
    before, found, after = content.partition(f'<a href="{download}">')
    if not found:
        fix = "write `::: versions` in its last section but one"
        raise PluginError(f"docs/{lang}/{page.file.src_uri}: no place for the link to the notebook's view; {fix}")
    return f'{before}<a href="{view}">{WORDS[lang].notebook_link}</a> · {found}{after}'


def source(chapter: str, lang: str, library: Library) -> str:
    """What a view is made of: front matter, and the notebook with the ids of its headings among the metadata.

    Raises:
        SnippetsError: as `stream.PageReader.items`.
    """
    tree, src_uri = library.tree, f"{chapter}.md"
    path = tree.page(lang, chapter)
    where = {"src_uri": src_uri, "path": tree.relative(path)}
    text = library.text(path)
    body = json.loads(notebook(text, lang=lang, library=library, site_url=HERE, **where))
    reader = PageReader(lang, src_uri, where["path"], library)
    shown = [item for item in reader.items(text) if isinstance(item, Shown) and item.use.chapter == chapter]
    alts = {item.cell.name: _alts(item, reader) for item in shown if item.use.show != "code"}
    hidden = {name for _, name in guessed(shown)}
    record = reader.first(chapter)
    for cell in body["cells"]:
        if cell["cell_type"] == "code":
            _prepare(cell, record, lang, alts.get(cell["id"], repeat("")))
            cell["metadata"]["view"]["guess"] = ENGINE_WORDS[lang]["guess"] if cell["id"] in hidden else ""
    title = body["metadata"].get("title", chapter)
    _begin(body["cells"], chapter, lang, library.repository())
    body["metadata"]["ids"] = [section.id for section in read_page(library, lang, src_uri).sections if section.level]
    front = json.dumps({"title": WORDS[lang].notebook_title.format(title), "search": {"exclude": True}})
    return f"---\n{front}\n---\n{json.dumps(body, ensure_ascii=False)}"


def _begin(cells: list[dict[str, Any]], chapter: str, lang: str, repository: str) -> None:
    """The heading first, then where else to read this, then the note that the notebook begins with."""
    about, text = cells[0], cells[1]
    heading, _, rest = "".join(text["source"]).partition("\n")
    download = HERE + addresses.reader_notebook(chapter)
    links = [f"[{WORDS[lang].notebook_back}]({HERE}{chapter}/)", *reader_links(chapter, lang, download, repository)]
    about["source"] = [f"{heading}\n\n{' · '.join(links)}\n\n", *about["source"]]
    text["source"] = [rest]


def _alts(item: Shown, reader: PageReader) -> Iterator[str]:
    """The alt text of each figure of a cell."""
    found = reader.record(item.use.chapter, item.cell)
    if found is None or not frames.variables(item.cell):
        return repeat(item.alt)
    shown, _ = frames.split(item.cell, found[1].outputs)
    return iter(alt_texts(item.alt, shown, reader.path, item.use.line))


def _prepare(cell: dict[str, Any], record: Record | None, lang: str, alts: Iterator[str]) -> None:
    """Give a cell what the template shows of it, and each figure its two copies."""
    label = WORDS[lang].cell_link.format(cell["id"])
    folded = WORDS[lang].notebook_folded if cell["metadata"].get("jupyter", {}).get("source_hidden") else ""
    view = cell["metadata"]["view"] = {"label": label, "folded": folded, "provenance": ""}
    if record is None or not cell["outputs"]:
        return
    view["provenance"] = _provenance(record, cell["id"], lang)
    drawn = 0
    for output in cell["outputs"]:
        svg = "".join(output.get("data", {}).get("image/svg+xml", []))
        if svg:
            drawn += 1
            output["data"] = {"text/html": _figure(record, cell["id"], drawn, svg, next(alts))}


def _figure(record: Record, cell: str, number: int, svg: str, alt: str) -> str:
    width, height = figures.size(svg)
    place = record.chapter, record.variant, cell, number
    size = f' width="{width}" height="{height}"' if width else ""
    return " ".join(
        f'<img alt="{html.escape(alt)}" src="{HERE}{addresses.figure(*place, scheme)}#only-{scheme}"'
        f' loading="lazy"{size}>'
        for scheme in ("light", "dark")
    )


def _provenance(record: Record, cell: str, lang: str) -> str:
    """As `_engine/render/provenance.py` has it, in HTML."""
    words, chapter = ENGINE_WORDS[lang], record.chapter
    targets = {
        words["code"]: f"{addresses.site(addresses.source_page(chapter))}#{addresses.cell_id(cell)}",
        words["test"]: addresses.test(chapter),
        words["versions"]: f"{chapter}/#versions",
    }
    links = " · ".join(f'<a href="{HERE}{target}">{text}</a>' for text, target in targets.items())
    data = " ".join(f'{key}="{html.escape(value)}"' for key, value in attributes(record).items())
    said = html.escape(summary(record, lang))
    return f'<details class="provenance" {data}><summary>{said}</summary><p>{links}</p></details>'


def _render(page: Page, config: MkDocsConfig, files: Files) -> None:
    from . import converter  # imports mkdocs-jupyter

    assert page.markdown is not None
    lang, own = str(config.theme["language"]), f"{HERE}{page.url.removesuffix('notebook/')}"
    converted = converter.convert(json.loads(page.markdown), WORDS[lang].permalink)

    def relative(match: re.Match[str]) -> str:
        address, _, section = match["target"].partition("#")
        if section in converted.ids and HERE + address == own:
            return f'{match["what"]}="#{section}"'
        target = get_relative_url(address or "./", page.url)
        return f'{match["what"]}="{target}{"#" if section else ""}{section}"'

    page.content = re.sub(rf'(?P<what>href|src)="{HERE}(?P<target>[^"]*)"', relative, converted.html)
    page.toc = converted.toc
    page._title_from_render = None
    page.present_anchor_ids = set(converted.ids)
    page.links_to_anchors = {}
