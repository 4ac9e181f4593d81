"""What a rebuild of `mkdocs serve` may leave out: a language of which nothing changed that its pages show."""

from collections.abc import Iterable, Sequence

from snippets._engine.project.cache import digest
from snippets._engine.project.errors import Finding
from snippets._engine.project.files import stamp
from snippets._engine.project.tree import LANGUAGES, Tree

from ..build.languages import MAIN
from . import banners
from .watch import snapshot

OTHERS = LANGUAGES[1:]
_SETTINGS = ("mkdocs.yml", "pyproject.toml")


class LanguageStates:
    """What each language is built from, now and when it was built last."""

    def __init__(self) -> None:
        self._built: dict[str, tuple[str, str]] = {}
        self._now: dict[str, tuple[str, str]] = {}
        self._docs: dict[str, str] = {}
        self._pages: list[list[str]] = []
        self._stamps: dict[str, list[int]] = {}

    def begin(self, tree: Tree) -> None:
        """Before a build reads anything: what is saved while it reads is a change for the next one."""
        self._docs = {lang: f"{tree.docs(lang)}/" for lang in LANGUAGES}
        self._pages = [list(tree.pages(lang)) for lang in LANGUAGES]
        self._stamps = {path: list(at) for path, at in snapshot(tree).items()}
        self._stamps |= {name: list(stamp(tree.root / name) or ()) for name in _SETTINGS}

    def update(self, findings: Sequence[Finding], running: Iterable[str]) -> None:
        """What the languages are built from, now that all has been read."""
        self._now = {}
        for lang in LANGUAGES:
            others = tuple(self._docs[other] for other in LANGUAGES if other != lang)
            own = {path: at for path, at in self._stamps.items() if not path.startswith(others)}
            here = [[str(f), f.kind, f.section, f.lang] for f in findings if _is_shown(f, lang)]
            self._now[lang] = digest([own]), digest([self._pages, here, list(running)])

    def to_build(self, viewed: str) -> tuple[str, ...]:
        """The languages that would not come out as they did last, the one to build first in front.

        Args:
            viewed: the language that comes first where several changed alike.
        """
        changed = [lang for lang in LANGUAGES if self._built.get(lang, ()) != self._now.get(lang)]
        others = [lang for lang in changed if lang != MAIN]
        if MAIN in changed and others and self._others_first(viewed):
            return (*others, MAIN)
        return tuple(changed)

    def _others_first(self, viewed: str) -> bool:
        main, others = self._same_files(MAIN), all(map(self._same_files, OTHERS))
        return main if main != others else viewed != MAIN

    def _same_files(self, lang: str) -> bool:
        """Whether a language changed, if at all, only in the findings that its pages show: it can wait."""
        return lang in self._built and self._built[lang][0] == self._now[lang][0]

    def built(self, lang: str) -> None:
        """A language is built."""
        self._built[lang] = self._now[lang]

    def failed(self) -> None:
        """Nobody knows what stands in the folders."""
        self._built.clear()


def _is_shown(finding: Finding, lang: str) -> bool:
    pages = banners.pages_of(finding)
    return pages is None or any(there == lang for there, _ in pages)
