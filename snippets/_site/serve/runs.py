"""The runs that `mkdocs serve` starts for saved snippets, beside the builds."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from snippets._engine.chapters.cells import Chapter
from snippets._engine.commands.record import needs_run, wanted
from snippets._engine.live.reruns import Reruns
from snippets._engine.pages.page import Page, read_what_can_be
from snippets._engine.project.errors import Finding, SnippetsError
from snippets._engine.project.files import stamp
from snippets._engine.records.library import Library
from snippets._engine.run.interpreter import NotInstalledError, require_packages

log = logging.getLogger("mkdocs.plugins.snippets")

_Version = tuple[object, object]


class Runs:
    """At most one run at a time; a newer version of what runs takes its place."""

    def __init__(self, library: Library, ended: Callable[[], None]) -> None:
        """`ended` is called when a run has ended and the pages have something new to tell."""
        self._ended = ended
        self._library = library
        self._seen: dict[str, _Version] | None = None
        self._problems: dict[str, tuple[Finding, ...]] = {}
        self._reruns = Reruns(library.tree)
        self._running: tuple[str, ...] = ()
        self._lock = threading.Lock()

    @property
    def running(self) -> tuple[str, ...]:
        """The chapters that run just now."""
        with self._lock:
            return self._running

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What was wrong with the last run of each chapter."""
        with self._lock:
            return tuple(finding for found in self._problems.values() for finding in found)

    def follow(self) -> None:
        """Run the chapters that were saved, or asked for another value, since the last call; none at the first."""
        pages = read_what_can_be(self._library)
        versions = {name: self._version(name, pages) for name in self._library.tree.chapters()}
        before, self._seen = self._seen, versions
        if before is None:
            self._reruns.warm([chapter for name in versions for chapter in self._readable(name)])
            return
        changed = {name for name in before.keys() | versions.keys() if before.get(name) != versions.get(name)}
        if changed:
            self._take_up(changed, pages)

    def stop(self) -> None:
        """Give up what runs."""
        with self._lock:
            self._running = ()
        self._reruns.give_up()

    def close(self) -> None:
        """Leave no process behind."""
        self.stop()
        self._reruns.close()

    def _readable(self, name: str) -> list[Chapter]:
        with contextlib.suppress(SnippetsError):
            return [self._library.chapter(name)]
        return []  # the page itself says what is wrong with the snippet

    def _version(self, name: str, pages: Iterable[Page]) -> _Version:
        now = stamp(self._library.tree.snippet(name))
        return (None, None) if now is None else (now, wanted(pages, name))

    def _take_up(self, changed: set[str], pages: Sequence[Page]) -> None:
        for name in changed:
            self._problems.pop(name, None)
        running = set(self.running)
        if running & changed:
            self.stop()
            changed |= running
        todo = sorted(name for name in changed - set(self.running) if self._needs_run(name, pages))
        if not todo:
            return
        try:
            require_packages()
        except NotInstalledError as exc:
            found = exc.finding
            self._problems |= {name: (_at(self._library, name, found),) for name in todo}
            return
        todo = sorted({*todo, *self.running})
        self.stop()
        self._start([chapter for name in todo for chapter in self._readable(name)], pages)

    def _needs_run(self, name: str, pages: Sequence[Page]) -> bool:
        return any(needs_run(self._library, chapter, pages) for chapter in self._readable(name))

    def _start(self, chapters: Sequence[Chapter], pages: Sequence[Page]) -> None:
        names = tuple(chapter.name for chapter in chapters)
        log.info("Running %s", ", ".join(names))
        with self._lock:
            self._running = names
        self._reruns.run(chapters, pages, partial(self._finish, names))

    def _finish(self, names: tuple[str, ...], found: tuple[Finding, ...] | None) -> None:
        with self._lock:
            if self._running is not names:
                return  # given up
            self._running = ()
            if found is None:
                found = tuple(Finding("run", f"snippets/{name}.py", None, "the run ended unheard") for name in names)
            self._problems |= {name: tuple(f for f in found if _belongs(f, name, names)) for name in names}
        log.info("Ran %s", ", ".join(names))
        self._ended()


def _at(library: Library, name: str, finding: Finding) -> Finding:
    path = library.tree.relative(library.tree.snippet(name))
    return Finding("stale", path, None, finding.message, finding.fix)


def _belongs(finding: Finding, name: str, names: tuple[str, ...]) -> bool:
    """Whether a finding is about a chapter; one that names none of them stays with the first."""
    about = [n for n in names if f"{n}." in finding.path]
    return name in about if about else name == names[0]
