"""The runs that `mkdocs serve` starts for saved snippets, beside the builds."""

import logging
import subprocess
import threading
from collections.abc import Callable, Iterable, Sequence

from snippets._engine import audit, recording, rerun
from snippets._engine.errors import Finding, SnippetsError
from snippets._engine.library import Library
from snippets._engine.machine import NotInstalledError, require_packages
from snippets._engine.pages import Page

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
        self._process: subprocess.Popen[str] | None = None
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
        pages = audit.readable_pages(self._library)
        versions = {name: self._version(name, pages) for name in self._library.tree.chapters()}
        before, self._seen = self._seen, versions
        if before is None:
            return
        changed = {name for name in before.keys() | versions.keys() if before.get(name) != versions.get(name)}
        if changed:
            self._take_up(changed, pages)

    def stop(self) -> None:
        """Give up what runs."""
        with self._lock:
            process, self._process, self._running = self._process, None, ()
        if process is not None:
            rerun.give_up(process)

    def _version(self, name: str, pages: Iterable[Page]) -> _Version:
        try:
            status = self._library.tree.snippet(name).stat()
        except OSError:
            return None, None
        return (status.st_mtime_ns, status.st_size, status.st_ino), recording.wanted(pages, name)

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
        self._start(todo)

    def _needs_run(self, name: str, pages: Sequence[Page]) -> bool:
        try:
            return recording.needs_run(self._library, self._library.chapter(name), pages)
        except SnippetsError:
            return False  # the page itself says what is wrong with the snippet

    def _start(self, names: Sequence[str]) -> None:
        log.info("Running %s", ", ".join(names))
        process = rerun.start(self._library.tree, names)
        with self._lock:
            self._process, self._running = process, tuple(names)
        threading.Thread(target=self._wait, args=[process, tuple(names)], daemon=True).start()

    def _wait(self, process: "subprocess.Popen[str]", names: tuple[str, ...]) -> None:
        found = rerun.wait(process)
        with self._lock:
            if self._process is not process:
                return  # given up
            self._process, self._running = None, ()
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
