"""The address that `mkdocs serve` answers at: one that cannot be read or had is told in one line, before any build."""

import errno
import ipaddress
import os
import socket
from contextlib import suppress
from typing import IO, Any

import click
from mkdocs.commands import serve as serve_command
from mkdocs.config.base import ValidationError
from mkdocs.config.config_options import IpAddress
from mkdocs.config.defaults import MkDocsConfig

from .offline.asked import refuse_other_commands

READ_IN_ONE_LINE = True
"""mkdocs.yml names it, so that this module is imported before MkDocs looks at the address, which is before any hook."""

_REASONS = {
    errno.EADDRINUSE: "is in use, perhaps by another `mkdocs serve`; end that, or take another port",
    errno.EACCES: "may not be opened by this user, as ports below 1024 seldom may; take a higher one",
    errno.EADDRNOTAVAIL: "is no address of this machine; take its own",
}


class AddressError(click.ClickException):
    """An address that cannot be served from; ends `mkdocs serve` with its one line and status 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line as it is: click's own would begin with `Error:`."""
        click.echo(self.message, file=file, err=True)


def look_before_building() -> None:
    """Have `mkdocs serve` look at its address and OFFLINE before its first build.

    MkDocs would find out about an address after it, by a traceback; of `serve --clean` it says that it is a build.
    """
    command: Any = serve_command
    build = command.build

    def looked(config: MkDocsConfig, **options: Any) -> None:
        command.build = build
        refuse_other_commands(os.environ, "serve", dirty=False)
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


def _tell_malformed_in_one_line() -> None:
    """Have an address that is none end the command as one that is taken does; MkDocs says two lines, with status 1."""
    option: Any = IpAddress
    read = option.run_validation

    def looked(self: IpAddress, value: object) -> Any:
        try:
            return read(self, value)
        except ValidationError:
            expected = "expected localhost:PORT or IP:PORT"
            raise AddressError(f"{value} is no address, {expected}; try: mkdocs serve -a localhost:8000") from None

    option.run_validation = looked


_tell_malformed_in_one_line()
