"""What a rebuild of `mkdocs serve` may leave out: a language of which nothing changed that its pages show."""

from collections.abc import Callable, Iterable
from typing import Any

from snippets._engine.project.cache import digest
from snippets._engine.project.errors import Finding
from snippets._engine.project.files import stamp
from snippets._engine.project.tree import LANGUAGES, Tree

from ..build.languages import MAIN
from . import banners
from .watch import snapshot

OTHERS = LANGUAGES[1:]
_SETTINGS = ("mkdocs.yml", "pyproject.toml")


class Languages:
    """What each language was built from last."""

    def __init__(self) -> None:
        self._built: dict[str, tuple[str, str]] = {}
        self._now: dict[str, tuple[str, str]] = {}

    def look(self, tree: Tree, found: Iterable[Finding], running: Iterable[str]) -> None:
        """Before a build reads anything."""
        stamps = {path: list(at) for path, at in snapshot(tree).items()}
        stamps |= {name: list(stamp(tree.root / name) or ()) for name in _SETTINGS}
        pages = [list(tree.pages(lang)) for lang in LANGUAGES]
        told = list(found)
        self._now = {}
        for lang in LANGUAGES:
            others = tuple(str(tree.docs(other)) + "/" for other in LANGUAGES if other != lang)
            own = {path: stamp for path, stamp in stamps.items() if not path.startswith(others)}
            here = [[str(f), f.kind, f.section, f.lang] for f in told if _is_told(f, lang)]
            self._now[lang] = digest([own]), digest([pages, here, list(running)])

    def as_built(self, lang: str) -> bool:
        """Whether a language would come out as it did last."""
        return lang in self._built and self._built[lang] == self._now.get(lang)

    def can_wait(self, lang: str) -> bool:
        """Whether a language changed, if at all, only in what is told of it."""
        return lang in self._built and self._built[lang][0] == self._now[lang][0]

    def others_first(self, viewed: str) -> bool:
        """Whether the main language is as it was, or can wait for another.

        Args:
            viewed: the language that comes first where both changed.
        """
        if self.as_built(MAIN):
            return True
        if all(map(self.as_built, OTHERS)):
            return False
        main, others = self.can_wait(MAIN), all(map(self.can_wait, OTHERS))
        return main if main != others else viewed != MAIN

    def built(self, lang: str) -> None:
        """A language is built."""
        self._built[lang] = self._now[lang]

    def failed(self) -> None:
        """Nobody knows what stands in the folders."""
        self._built.clear()


def _is_told(finding: Finding, lang: str) -> bool:
    pages = banners.pages_of(finding)
    return pages is None or any(there == lang for there, _ in pages)


def folder(lang: str) -> str:
    """Where a language is built below the served folder: MkDocs empties it but for what is hidden."""
    return "" if lang == MAIN else f".{lang}"


def route(environ: dict[str, Any], start_response: Callable[..., Any], mount: str) -> Callable[..., Any]:
    """Lead a request to its language's folder, and the answer back to its address.

    Returns:
        What to give in place of `start_response`.
    """
    path = environ["PATH_INFO"]
    for lang in LANGUAGES:
        address, hidden = f"{mount}{lang}", f"{mount}{folder(lang)}"
        if lang == MAIN or not (path == address or path.startswith(f"{address}/")):
            continue
        environ["PATH_INFO"] = hidden + path.removeprefix(address)

        def start(
            status: str, headers: list[tuple[str, str]], *rest: Any, there: str = hidden, here: str = address
        ) -> Any:
            led = [(name, value.replace(there, here, 1) if name == "Location" else value) for name, value in headers]
            return start_response(status, led, *rest)

        return start
    return start_response
