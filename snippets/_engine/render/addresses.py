"""The addresses of DESIGN section 9: what lies where below a language's root, as the files that pages are made of."""

GLOSSARY = "glossary.md"
"""The page of the glossary."""
SOURCE = "source/"
"""The folder of the pages that show a chapter's snippet."""
_NOTEBOOK_VIEW = "/notebook.md"


def source_page(chapter: str) -> str:
    """The page that shows a chapter's snippet: `basics/autograd` -> `source/basics/autograd.md`."""
    return f"{SOURCE}{chapter}.md"


def chapter_of_source_page(src_uri: str) -> str | None:
    """The chapter whose snippet a page shows; None for any other page."""
    return src_uri.removeprefix(SOURCE).removesuffix(".md") if src_uri.startswith(SOURCE) else None


def notebook_view(chapter: str) -> str:
    """The page that shows a chapter's notebook: `lab/lab05` -> `lab/lab05/notebook.md`."""
    return f"{chapter}{_NOTEBOOK_VIEW}"


def is_notebook_view(src_uri: str) -> bool:
    """Whether a page has the address of one that shows a notebook."""
    return src_uri.endswith(_NOTEBOOK_VIEW)


def written_in(src_uri: str) -> str:
    """The page that a notebook's view shows: `lab/lab05/notebook.md` -> `lab/lab05.md`; any other page is its own."""
    return f"{src_uri.removesuffix(_NOTEBOOK_VIEW)}.md" if is_notebook_view(src_uri) else src_uri
