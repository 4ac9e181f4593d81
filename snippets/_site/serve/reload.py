"""Which browsers `mkdocs serve` reloads: those that show a language that was built, and not the others."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from snippets._engine.project.tree import LANGUAGES

from ..build.languages import MAIN

_POLL = re.compile(r"/livereload/(\d+)/\d+")


class Reloading:
    """Answers the requests by which a page of MkDocs' server waits for its next version."""

    def __init__(self, server: Any) -> None:
        """`server` is a LiveReloadServer; untyped, as parts are used that its class keeps to itself."""
        self._server = server
        self._built = dict.fromkeys(LANGUAGES, server._visible_epoch)
        self.viewed = MAIN
        """The language of the page that was asked for last."""

    def built(self, *langs: str) -> None:
        """These languages are as the build that is under way makes them."""
        for lang in langs:
            self._built[lang] = self._server._wanted_epoch

    def answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes] | None:
        """Answer a page that waits, when its language is built anew; None for any other request."""
        server, path = self._server, environ["PATH_INFO"]
        match = _POLL.fullmatch(path)
        if match is None:
            if path.endswith("/"):
                self.viewed = self._language(path)
            return None
        epoch = int(match[1])
        lang = self._language(urlsplit(environ.get("HTTP_REFERER", "")).path)
        start_response("200 OK", [("Content-Type", "text/plain")])

        def is_newer() -> bool:
            return bool(min(self._built[lang], server._visible_epoch) > epoch)

        with server._epoch_cond:
            newer = server._epoch_cond.wait_for(is_newer, timeout=server.poll_response_timeout)
            return [b"%d" % (server._visible_epoch if newer else epoch)]

    def _language(self, path: str) -> str:
        first = path.removeprefix(self._server.mount_path).partition("/")[0]
        return first if first in LANGUAGES[1:] else MAIN
