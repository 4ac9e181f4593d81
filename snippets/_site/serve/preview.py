"""`mkdocs serve`: follows saved files, goes on after a build that failed, and tells on the pages what is wrong."""

import gc
import logging
import os
import threading
from collections.abc import Callable, Iterable
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
from .changes import OTHERS, Languages, route
from .failure import errors_of_the_log, told
from .reload import Reloading
from .runs import Runs
from .site_folder import Output
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
        self._found: tuple[Finding, ...] = ()
        self._running: tuple[str, ...] = ()
        self._started = False
        self._said: dict[tuple[str, str], str] = {}
        self._root = Path()
        self._runs: Runs | None = None
        self._watcher: Watcher | None = None
        self._server: Any = None
        """A LiveReloadServer; untyped, as parts are used that its class keeps to itself."""
        self._reloading: Reloading | None = None
        self.languages = Languages()
        """Which of them need not be built again."""
        self.output = Output()
        self._guard_first_build()
        utils.get_themes = cache(utils.get_themes)  # asks every installed package, for each build

    def begin(self, library: Library) -> None:
        """Before the first build reads anything: from now on no change is lost."""
        if self._runs is None:
            self._root = library.tree.root
            self._watcher = watcher = Watcher(library.tree, self._rebuild)
            self._runs = Runs(library, ended=watcher.look)

    def follow(self, audited: Iterable[Finding], library: Library) -> tuple[Finding, ...]:
        """At the beginning of each build: run what was saved; all there is to tell."""
        assert self._runs is not None, "begin comes first"
        before = self._runs.running
        self._runs.follow()
        self._running = self._runs.running
        self._started = self._running not in ((), before)
        self._found = (*audited, *self._runs.problems)
        self._said.clear()
        self.languages.look(library.tree, self._found, self._running)
        return self._found

    def ran_at_once(self) -> bool:
        """Wait a moment for the run that was just started: most take less time than the pages with the old outputs.

        Returns:
            Whether there is something new to look at.
        """
        server = self._server
        if server is None or not self._started:
            return False
        with server._rebuild_cond:  # which the end of the run notifies, as does the next saved file
            new = server._rebuild_cond.wait_for(lambda: server._want_rebuild or server._shutdown, _SHORT)
            server._want_rebuild = False
        return bool(new)

    def attach(self, server: LiveReloadServer, docs_dir: str, build_others: Callable[[], bool]) -> None:
        """Take over the watching and the answers of the server.

        Args:
            build_others: builds all but the main language, if that is all there is to do, and tells whether it was.
        """
        self._server = server
        self._reloading = Reloading(server)
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

    def styles(self, files: Files, config: MkDocsConfig) -> None:
        """Add the styles of the banners."""
        files.append(File.generated(config, STYLES, content=_styles()))

    def broken(self, lang: str, src_uri: str, message: str) -> None:
        """Note that a page shows this message instead of its text: its banner need not repeat it."""
        self._said[lang, src_uri] = message

    def banner(self, lang: str, src_uri: str) -> str:
        """What stands above a page."""
        here, said = (lang, src_uri), self._said.get((lang, src_uri))
        running = src_uri.removesuffix(".md") in self._running
        found = [finding for finding in self._found if here in (banners.pages_of(finding) or (here,))]
        if said:  # the rest follows from it
            found = [finding for finding in found if finding.severity == "error" and str(finding) != said]
        if running:
            found = [finding for finding in found if finding.kind not in _MENDED_BY_A_RUN]
        return banners.banner(found, lang, running=running)

    def others_first(self) -> bool:
        """Whether to build the main language after the others, or not at all."""
        return self._reloading is not None and self.languages.others_first(self._reloading.viewed)

    def built(self, lang: str) -> None:
        """A language is built."""
        self.languages.built(lang)
        if self._reloading:
            self._reloading.built(lang)

    def build_others(self, config: MkDocsConfig, *, can_wait: bool) -> None:
        """Build the other languages where they changed.

        Args:
            config: the main language's.
            can_wait: leave them to a build of their own, that of the main language being done.
        """
        state = self.languages
        if not all(map(state.as_built, OTHERS)):
            if can_wait and self._server is not None:
                self._rebuild_soon()
                return
            languages.build_others(config, serving=True)
        if not state.as_built(languages.MAIN):
            self._rebuild_soon()

    def _rebuild_soon(self) -> None:
        """Build again when the browsers have fetched what was just built: they would wait for the end otherwise."""
        timer = threading.Timer(_FETCHED, self._rebuild)
        timer.daemon = True
        timer.start()

    def _rebuild(self) -> None:
        server = self._server
        if server is not None:  # what its own watcher does
            with server._rebuild_cond:
                server._want_rebuild = True
                server._rebuild_cond.notify_all()

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
            with errors_of_the_log() as logged:
                try:
                    build(*arguments, **options)
                    self.failure = ""
                except (Exception, Abort) as exc:
                    self.languages.failed()
                    if self._reloading:
                        self._reloading.built(*LANGUAGES)
                    self.output.forget()
                    self.failure = told(exc, logged).replace(f"{self._root}{os.sep}", "")
                    log.error("%s\nThe pages show this until it is mended.", self.failure)

        return guarded

    def _served(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self._reloading and (epoch := self._reloading.answer(environ, start_response)) is not None:
            return epoch
        start = route(environ, start_response, self._server.mount_path)
        answer: Iterable[bytes] = self._server.serve_request(environ, start)
        return answer

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        server = self._server
        path = environ["PATH_INFO"]
        if not self.failure or path.startswith("/livereload/") or "." in path.rsplit("/", 1)[-1]:
            return self._served(environ, start_response)
        with server._epoch_cond:  # a build may be under way that mends it
            server._epoch_cond.wait_for(lambda: server._visible_epoch == server._wanted_epoch)
            epoch = server._visible_epoch
        if not self.failure:
            return self._served(environ, start_response)
        page = banners.error_page(self.failure, _styles()).encode()
        start_response("500 Internal Server Error", [("Content-Type", "text/html; charset=utf-8")])
        return [server._inject_js_into_html(page, epoch)]


def _styles() -> str:
    return (files("snippets._site.serve") / "preview.css").read_text("utf-8")
