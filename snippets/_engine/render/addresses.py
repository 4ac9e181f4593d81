"""Where everything lives below a language's root: links from outside rely on it; each is known here alone.

A page of Markdown is named by its src_uri (`basics/autograd.md`), any other file by its uri.
"""

import posixpath
from urllib.parse import quote, urlencode

from ..project.tree import LANGUAGES

GLOSSARY = "glossary.md"
"""The page of the glossary."""
OFFLINE = "pytorch-offline.zip"
"""Both languages as a folder that opens from a disk, below the root of the site."""
COLAB = "https://colab.research.google.com/github"
"""What the address of every notebook in Colab begins with."""
_GITHUB = "https://github.com"
_FAULT_FORM = "wrong-number.yml"
_SOURCE = "source/"
_NOTEBOOK_VIEW = "/notebook.md"


def prefix(lang: str) -> str:
    """Where a language's root lies below the site's: nothing, or `en/`."""
    return "" if lang == LANGUAGES[0] else f"{lang}/"


def reader_notebook(chapter: str) -> str:
    """The chapter as a notebook for readers."""
    return f"{chapter}/{chapter.rpartition('/')[2]}.ipynb"


def notebook_view(chapter: str) -> str:
    """The page that shows that notebook: `lab/lab05` -> `lab/lab05/notebook.md`."""
    return f"{chapter}{_NOTEBOOK_VIEW}"


def is_notebook_view(src_uri: str) -> bool:
    """Whether a page has the address of one that shows a notebook."""
    return src_uri.endswith(_NOTEBOOK_VIEW)


def written_in(src_uri: str) -> str:
    """The page that a notebook's view shows: `lab/lab05/notebook.md` -> `lab/lab05.md`; any other page is its own."""
    return f"{src_uri.removesuffix(_NOTEBOOK_VIEW)}.md" if is_notebook_view(src_uri) else src_uri


def source_page(chapter: str) -> str:
    """The page that shows a chapter's snippet: `basics/autograd` -> `source/basics/autograd.md`."""
    return f"{_SOURCE}{chapter}.md"


def chapter_of_source_page(src_uri: str) -> str | None:
    """The chapter whose snippet a page shows; None for any other page."""
    return src_uri.removeprefix(_SOURCE).removesuffix(".md") if src_uri.startswith(_SOURCE) else None


def test(chapter: str) -> str:
    """The tests of the chapter's facts."""
    part, _, name = chapter.rpartition("/")
    return f"tests/snippets/{part}/test_{name}.py"


def cell_id(cell: str) -> str:
    """The id of a cell on its page and on its source page."""
    return f"cell-{cell}"


def frames_id(own: str, chapter: str, cell: str) -> str:
    """What the address of a cell's frame begins with on the page of chapter `own`; `:` and the frame's state follow."""
    return cell_id(cell) if chapter == own else f"{chapter.replace('/', '-')}-{cell}"


def figure(chapter: str, variant: str, cell: str, number: int, scheme: str) -> str:
    """A copy of a figure, `light` or `dark`; `number` counts the cell's figures from 1."""
    suffix = "" if variant == "cpu" else f".{variant}"
    return f"figures/{chapter}/{cell}-{number}{suffix}-{scheme}.svg"


def plain_copy(src_uri: str) -> str:
    """The page as plain Markdown: `basics/autograd.md` -> `basics/autograd/index.md`."""
    stem = src_uri.removesuffix(".md")
    return src_uri if posixpath.basename(stem) == "index" else f"{stem}/index.md"


def published(path: str) -> str:
    """Where a file of the tree is published, given from the root: records without their `docs/`."""
    return path.removeprefix("docs/")


def colab(repository: str, lang: str, chapter: str) -> str:
    """The chapter's notebook in Colab, from the site that a repository (`owner/name`) publishes on GitHub Pages."""
    return f"{COLAB}/{repository}/blob/gh-pages/{prefix(lang)}{reader_notebook(chapter)}"


def edit(repository: str, file: str) -> str:
    """Where a file of the tree is edited in the browser."""
    return f"{_GITHUB}/{repository}/edit/main/{file}"


def fault_form(repository: str, page: str, torch: str) -> str:
    """The issue form for a fault on a page, with what the site knows filled in.

    Args:
        page: the page's address, or the file it is written in; empty where nobody knows it, as on the 404.
        torch: the version that the page was recorded with; may be empty.
    """
    fields = {"template": _FAULT_FORM, "page": page, "torch": torch}
    query = urlencode({name: value for name, value in fields.items() if value}, quote_via=quote)
    return f"{_GITHUB}/{repository}/issues/new?{query}"


def site(src_uri: str) -> str:
    """The address of a page or file on the site; a page is a folder: `basics/autograd.md` -> `basics/autograd/`."""
    uri = posixpath.normpath(src_uri)
    if not uri.endswith(".md"):
        return uri
    stem = uri.removesuffix(".md").removesuffix("index").rstrip("/")
    return f"{stem}/" if stem else ""


def relative(uri: str, src_uri: str) -> str:
    """A link from a page's source to something else of its language."""
    return posixpath.relpath(uri, posixpath.dirname(src_uri) or ".")
