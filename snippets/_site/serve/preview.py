"""`mkdocs serve`: follows saved files, goes on after a build that failed, and tells on the pages what is wrong."""

import gc
import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from mkdocs import utils
from mkdocs.commands import serve as serve_command
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import File, Files

from snippets._engine.project.errors import Finding
from snippets._engine.project.tree import LANGUAGES
from snippets._engine.records.library import Library

from ..build import languages
from . import banners
from .changes import OTHERS, LanguageStates
from .failure import describe, logged_errors
from .runs import Runs
from .server import Environ, Server, StartResponse
from .site_folder import SiteFolder
from .watch import Watcher

log = logging.getLogger("mkdocs.plugins.snippets")
STYLES = "assets/stylesheets/preview.css"
_FETCHED = 0.5
_SHORT = 1.0
_MENDED_BY_A_RUN = ("missing-record", "stale", "incomplete")


class Preview:
    """What one `mkdocs serve` keeps from build to build."""

    def __init__(self) -> None:
        self.failure = ""
        """Why the last build failed, empty when it did not."""
        self._findings: tuple[Finding, ...] = ()
        self._running: tuple[str, ...] = ()
        self._started = False
        self._shown_errors: dict[tuple[str, str], str] = {}
        self._root = Path()
        self._runs: Runs | None = None
        self._watcher: Watcher | None = None
        self._server: Server | None = None
        self.states = LanguageStates()
        self.site_folder = SiteFolder()
        self._guard_first_build()
        utils.get_themes = cache(utils.get_themes)  # asks every installed package, for each build

    def begin(self, library: Library) -> None:
        """Before the first build reads anything: from now on no change is lost."""
        if self._runs is None:
            self._root = library.tree.root
            self._watcher = watcher = Watcher(library.tree, self._rebuild)
            self._runs = Runs(library, ended=watcher.check)

    def follow(self, audited: Iterable[Finding], library: Library) -> tuple[Finding, ...]:
        """At the beginning of each build: run what was saved; all there is to tell."""
        assert self._runs is not None, "begin comes first"
        before = self._runs.running
        self._runs.follow()
        self._running = self._runs.running
        self._started = self._running not in ((), before)
        self._findings = (*audited, *self._runs.problems)
        self._shown_errors.clear()
        self.states.update(self._findings, self._running)
        return self._findings

    def wait_for_quick_run(self) -> bool:
        """Wait a moment for the run that was just started: most take less time than the pages with the old outputs.

        Returns:
            Whether there is something new to look at.
        """
        # The end of the run asks for a build, as does the next saved file.
        return self._server is not None and self._started and self._server.wait_for_rebuild(_SHORT)

    def attach(self, server: LiveReloadServer, docs_dir: str, build_others: Callable[[], bool]) -> None:
        """Take over the watching and the answers of the server.

        Args:
            build_others: builds all but the main language, if that is all there is to do, and tells whether it was.
        """
        self._server = Server(server)
        server.unwatch(docs_dir)  # mkdocs.yml stays: a server that watches nothing sends no reload script
        server.build_delay = 0.05
        build_all = server.builder

        def build_what_changed() -> None:
            if not build_others():
                build_all()

        server.builder = self._guarded(build_what_changed)
        server.set_app(self._answer)
        gc.collect()
        gc.freeze()  # what the first build loaded stays: no need to go through it during each of the next
        if self._watcher is not None:
            self._watcher.start()

    def close(self) -> None:
        """Leave no run behind."""
        if self._watcher is not None:
            self._watcher.stop()
        if self._runs is not None:
            self._runs.close()

    def add_styles(self, files: Files, config: MkDocsConfig) -> None:
        """Add the styles of the banners."""
        files.append(File.generated(config, STYLES, content=_styles()))

    def note_error(self, lang: str, src_uri: str, message: str) -> None:
        """Note that a page shows this message instead of its text: its banner need not repeat it."""
        self._shown_errors[lang, src_uri] = message

    def banner(self, lang: str, src_uri: str) -> str:
        """What stands above a page."""
        here, shown = (lang, src_uri), self._shown_errors.get((lang, src_uri))
        running = src_uri.removesuffix(".md") in self._running
        found = [finding for finding in self._findings if here in (banners.pages_of(finding) or (here,))]
        if shown:  # the rest follows from it
            found = [finding for finding in found if finding.severity == "error" and str(finding) != shown]
        if running:
            found = [finding for finding in found if finding.kind not in _MENDED_BY_A_RUN]
        return banners.banner(found, lang, running=running)

    def to_build(self) -> tuple[str, ...]:
        """The languages that changed, the one to build first in front."""
        return self.states.to_build(self._server.viewed if self._server else languages.MAIN)

    def built(self, lang: str) -> None:
        """A language is built."""
        self.states.built(lang)
        if self._server:
            self._server.built(lang)

    def build_others_now(self, to_build: Sequence[str], config: MkDocsConfig) -> None:
        """Build the other languages where they changed, and the main one after them in a build of its own.

        Args:
            config: the main language's.
        """
        if any(lang in to_build for lang in OTHERS):
            languages.build_others(config, serving=True)
        if languages.MAIN in to_build:
            self._rebuild_soon()

    def build_others_later(self, config: MkDocsConfig) -> None:
        """After the main language: the others where they changed, in a build of their own once anything is served."""
        if not self.to_build():
            return
        if self._server is None:
            languages.build_others_within(config, serving=True)
        else:
            self._rebuild_soon()

    def _rebuild_soon(self) -> None:
        """Build again when the browsers have fetched what was just built: they would wait for the end otherwise."""
        timer = threading.Timer(_FETCHED, self._rebuild)
        timer.daemon = True
        timer.start()

    def _rebuild(self) -> None:
        if self._server is not None:
            self._server.rebuild()

    def _guard_first_build(self) -> None:
        """The only build that no hook stands around; `--strict` is left to stop at once."""
        command: Any = serve_command
        build = command.build

        def guarded(config: MkDocsConfig, **options: Any) -> None:
            command.build = build
            if config.strict:
                build(config, **options)
            else:
                self._guarded(build)(config, **options)

        command.build = guarded

    def _guarded(self, build: Callable[..., None]) -> Callable[..., None]:
        def guarded(*arguments: Any, **options: Any) -> None:
            with logged_errors() as logged:
                try:
                    build(*arguments, **options)
                    self.failure = ""
                except (Exception, Abort) as exc:
                    self.states.failed()
                    if self._server:
                        self._server.built(*LANGUAGES)
                    self.site_folder.forget()
                    self.failure = describe(exc, logged).replace(f"{self._root}{os.sep}", "")
                    log.error("%s\nThe pages show this until it is mended.", self.failure)

        return guarded

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        assert self._server is not None, "attach comes first"
        path = environ["PATH_INFO"]
        if not self.failure or path.startswith("/livereload/") or "." in path.rsplit("/", 1)[-1]:
            return self._server.answer(environ, start_response)
        version = self._server.wait_for_build()  # which may mend it
        if not self.failure:
            return self._server.answer(environ, start_response)
        page = banners.error_page(self.failure, _styles()).encode()
        start_response("500 Internal Server Error", [("Content-Type", "text/html; charset=utf-8")])
        return [self._server.with_reload_script(page, version)]


def _styles() -> str:
    return (files("snippets._site.serve") / "preview.css").read_text("utf-8")
