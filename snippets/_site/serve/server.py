"""MkDocs' own server, with what it keeps to itself: when it builds, which browsers it reloads, where it finds a page.

A browser is reloaded when a language that it shows was built, and not for another. An address that cannot be served
from is told before anything is built.
"""

import errno
import ipaddress
import os
import re
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO, Any, cast
from urllib.parse import urlsplit

import click
from mkdocs.commands import serve as serve_command
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer

from snippets._engine.project.tree import LANGUAGES

from ..build.languages import MAIN, serving_folder

_POLL = re.compile(r"/livereload/(\d+)/\d+")

_REASONS = {
    errno.EADDRINUSE: "is in use, perhaps by another `mkdocs serve`; end that, or take another port",
    errno.EACCES: "may not be opened by this user, as ports below 1024 seldom may; take a higher one",
    errno.EADDRNOTAVAIL: "is no address of this machine; take its own",
}

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class AddressError(click.ClickException):
    """An address that cannot be served from; ends `mkdocs serve` with its one line and status 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line as it is: click's own would begin with `Error:`."""
        click.echo(self.message, file=file, err=True)


def look_at_address_first() -> None:
    """Have `mkdocs serve` try its address before its first build; MkDocs would find out after it, by a traceback."""
    command: Any = serve_command
    build = command.build

    def looked(config: MkDocsConfig, **options: Any) -> None:
        command.build = build
        refuse_unusable(*config.dev_addr)
        build(config, **options)

    command.build = looked


def refuse_unusable(host: str, port: int) -> None:
    """Take an address as the server will, and leave it again.

    Raises:
        AddressError: it is in use, not this machine's, not allowed to this user, or no port.
    """
    family = socket.AF_INET
    with suppress(ValueError):  # a name, such as localhost
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else family
    said = f"[{host}]:{port}" if family == socket.AF_INET6 else f"{host}:{port}"
    free = f"mkdocs serve -a localhost:{port + 1 if 1023 < port < 65535 else 8001}"
    try:
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            if os.name == "posix":  # as the server does; elsewhere it would share the port with whoever has it
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
    except OverflowError:
        raise AddressError(f"{said}: ports go from 0 to 65535; try: {free}") from None
    except OSError as exc:
        why = _REASONS.get(exc.errno or 0, f"cannot be opened: {exc.strerror or exc}; take another")
        raise AddressError(f"{said} {why}: {free}") from None


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
