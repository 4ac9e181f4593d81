"""MkDocs' own server, with what it keeps to itself: when it builds, which browsers it reloads, where it finds a page.

A browser is reloaded when a language that it shows was built, and not for another.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, cast
from urllib.parse import urlsplit

from mkdocs.livereload import LiveReloadServer

from snippets._engine.project.tree import LANGUAGES

from ..build.languages import MAIN, serving_folder

_POLL = re.compile(r"/livereload/(\d+)/\d+")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Server:
    """The server of one `mkdocs serve`; its loop builds whenever `rebuild` was called."""

    def __init__(self, server: LiveReloadServer) -> None:
        self._server = server
        self._built = dict.fromkeys(LANGUAGES, server._visible_epoch)
        self.viewed = MAIN
        """The language of the page that was asked for last."""

    def rebuild(self) -> None:
        """Build soon; as the server's own watcher does it."""
        server = self._server
        with server._rebuild_cond:
            server._want_rebuild = True
            server._rebuild_cond.notify_all()

    def wait_for_rebuild(self, seconds: float) -> bool:
        """Whether `rebuild` is called, or the server ends, within this time; a build that was asked for is not made."""
        server = self._server
        with server._rebuild_cond:
            wanted = server._rebuild_cond.wait_for(lambda: server._want_rebuild or server._shutdown, seconds)
            server._want_rebuild = False
        return bool(wanted)

    def wait_for_build(self) -> int:
        """Wait for the end of a build that is under way; the number of the version that can be seen then."""
        server = self._server
        with server._epoch_cond:
            server._epoch_cond.wait_for(lambda: server._visible_epoch == server._wanted_epoch)
            return server._visible_epoch

    def built(self, *langs: str) -> None:
        """These languages are as the build that is under way makes them."""
        for lang in langs:
            self._built[lang] = self._server._wanted_epoch

    def answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request for a file, or of a page that waits for its next version."""
        path = environ["PATH_INFO"]
        match = _POLL.fullmatch(path)
        if match is not None:
            return self._answer_poll(int(match[1]), environ, start_response)
        if path.endswith("/"):
            self.viewed = self._language(path)
        start = route(environ, start_response, self._server.mount_path)
        return self._server.serve_request(environ, start)

    def with_reload_script(self, page: bytes, version: int) -> bytes:
        """A page that waits for the version after this one."""
        server: Any = self._server  # MkDocs leaves the method untyped
        return cast(bytes, server._inject_js_into_html(page, version))

    def _answer_poll(self, version: int, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer when the page's language is built anew."""
        server = self._server
        lang = self._language(urlsplit(environ.get("HTTP_REFERER", "")).path)
        start_response("200 OK", [("Content-Type", "text/plain")])

        def is_newer() -> bool:
            return min(self._built[lang], server._visible_epoch) > version

        with server._epoch_cond:
            newer = server._epoch_cond.wait_for(is_newer, timeout=server.poll_response_timeout)
            return [b"%d" % (server._visible_epoch if newer else version)]

    def _language(self, path: str) -> str:
        first = path.removeprefix(self._server.mount_path).partition("/")[0]
        return first if first in LANGUAGES[1:] else MAIN


def route(environ: Environ, start_response: StartResponse, mount: str) -> StartResponse:
    """Lead a request to its language's folder, and the answer back to its address.

    Returns:
        What to give in place of `start_response`.
    """
    path = environ["PATH_INFO"]
    for lang in LANGUAGES:
        address, hidden = f"{mount}{lang}", f"{mount}{serving_folder(lang)}"
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
