"""What the footer of a page says of it: when the outputs were checked, where to mend the page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from snippets._engine.render import addresses

from ..pages import notebook

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class PageFooter:
    """What stands in the footer of one page; empty texts are not shown."""

    checked_on: str
    mend: str
    """Where the page's file is edited."""
    report: str
    """Where a fault on the page is reported."""
    copy: str
    """The page as plain Markdown."""


@dataclass(frozen=True)
class Footer:
    """What is known in one build."""

    checked_on: str = ""
    """A date as 2026-11-21; empty when nobody says that the outputs were checked."""
    repository: str = ""
    """`owner/name`; empty when unknown."""
    torch: str = ""
    """The version that every record of a strict build names."""

    def of(self, page: Page | None, lang: str) -> PageFooter:
        """The footer of a page, or of the 404."""
        if page is None:
            return PageFooter(self.checked_on, "", self._report(""), "")
        src_uri = page.file.src_uri
        file = source_file(page, lang)
        edit = addresses.edit(self.repository, file) if self.repository and file else ""
        copy = "" if page.file.generated_by else get_relative_url(addresses.plain_copy(src_uri), page.url)
        return PageFooter(self.checked_on, edit, self._report(page.canonical_url or file or page.url), copy)

    def _report(self, address: str) -> str:
        return addresses.fault_form(self.repository, address, self.torch) if self.repository else ""


def footer(environment: Mapping[str, str], torch: str = "") -> Footer:
    """Read CHECKED_ON and GITHUB_REPOSITORY.

    Args:
        torch: the version of torch that the project pins.

    Raises:
        PluginError: one of them is set to something else than a date or `owner/name`.
    """
    checked_on, repository = environment.get("CHECKED_ON", ""), environment.get("GITHUB_REPOSITORY", "")
    if checked_on:
        try:
            checked_on = date.fromisoformat(checked_on).isoformat()
        except ValueError:
            raise PluginError(f"CHECKED_ON is `{checked_on}`, expected a date such as 2026-11-21") from None
    if repository and not _REPOSITORY.fullmatch(repository):
        raise PluginError(f"GITHUB_REPOSITORY is `{repository}`, expected owner/name")
    return Footer(checked_on, repository, torch)


def source_file(page: Page, lang: str) -> str:
    """The file that a page is written in; a source page's is the snippet, a notebook's the
    chapter, other pages made by the build have none."""
    src_uri = page.file.src_uri
    chapter = addresses.chapter_of_source_page(src_uri)
    if chapter is not None:
        return f"snippets/{chapter}.py"
    if notebook.is_view(page):
        return f"docs/{lang}/{addresses.written_in(src_uri)}"
    return "" if page.file.generated_by else f"docs/{lang}/{src_uri}"
