"""The engine's findings, as a build takes them: errors stop it, warnings fail a strict one, notes stand on the page."""

import logging
import os
import re
from collections.abc import Iterable
from pathlib import Path

from mkdocs.exceptions import Abort

from snippets._engine.audit.audit import audit
from snippets._engine.project.errors import Finding
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library

log = logging.getLogger("mkdocs.plugins.snippets")

#: For each language and page the sections that are behind the other language's.
Behind = dict[tuple[str, str], tuple[str, ...]]


def audited(library: Library) -> tuple[Finding, ...]:
    """All findings of the tree."""
    return audit(library.tree, library)


def report(found: Iterable[Finding], *, stop: bool) -> None:
    """Log errors and warnings, each as its one line; only the errors when they stop the build.

    Raises:
        Abort: there is an error and the build shall stop at one, or one at which MkDocs would never end.
    """
    errors = [finding for finding in found if finding.severity == "error"]
    for finding in errors:
        log.error(str(finding))
    if errors and (stop or any(finding.kind == "loop" for finding in errors)):
        count = f"{len(errors)} errors" if len(errors) > 1 else "an error"
        raise Abort(f"Aborted with {count} in pages, snippets or records")
    for finding in found:
        if finding.severity == "warning":
            log.warning(str(finding))


def stop_at_os_error(error: Exception) -> None:
    """Say in one line what the disk refused.

    Raises:
        Abort: it refused something.
    """
    if isinstance(error, OSError) and error.strerror:
        where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        log.error(f"{where}{error.strerror}; the site is not whole: mend this and build again")
        raise Abort("Aborted as a file or folder cannot be used") from None


def behind(found: Iterable[Finding]) -> Behind:
    """Where to say that a section is behind."""
    sections: Behind = {}
    for finding in found:
        if finding.kind == "behind" and finding.lang:
            key = finding.lang, finding.path.removeprefix(f"docs/{finding.lang}/")
            sections[key] = (*sections.get(key, ()), finding.section)
    return sections


class LinkLines(logging.Filter):
    """Gives MkDocs' own messages about links the form of ours: `docs/vi/basics/autograd.md:41: …`."""

    def __init__(self, tree: Tree, lang: str) -> None:
        super().__init__()
        self.tree = tree
        self.lang = lang
        self._told: dict[tuple[Path, str, int], int] = {}

    def attach(self) -> None:
        """Listen to the part of MkDocs that resolves links."""
        logging.getLogger("mkdocs.structure.pages").addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the message; let every record pass but those of links to tests that the audit has missed already."""
        match = _LINK_MESSAGE.match(record.getMessage())
        if match:
            test = _TEST.search(match["link"])
            if test and self.tree.lacks_test(f"{test['part']}/{test['name']}"):
                return False
            path = self.tree.docs(self.lang) / match["src_uri"]
            line = self._line_of(path, match["link"]) if path.is_file() else ""
            record.msg, record.args = f"{self.tree.relative(path)}:{line} {match['rest']}", ()
        return True

    def _line_of(self, path: Path, link: str) -> str:
        """The line of a link; of one that stands several times that of the next, as MkDocs tells each of them."""
        text = path.read_text("utf-8")
        written = list(re.finditer(rf"\({re.escape(link)}(?=[)\s])", text)) or list(re.finditer(re.escape(link), text))
        key = path, link, hash(text)
        self._told[key] = before = self._told.get(key, -1) + 1
        return f"{text.count(chr(10), 0, written[before % len(written)].start()) + 1}:" if written else ""


_LINK_MESSAGE = re.compile(
    r"Doc file '(?P<src_uri>[^']+)' (?P<rest>contains an? .*?link(?: to)? '(?P<link>[^']*)'.*)", re.DOTALL
)

_TEST = re.compile(r"(?:^|/)tests/snippets/(?P<part>[\w/]+)/test_(?P<name>\w+)\.py$")
