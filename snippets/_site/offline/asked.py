"""What OFFLINE and OFFLINE_ZIP ask for.

`OFFLINE=1 mkdocs build` writes a folder that opens by a double click; `OFFLINE_ZIP=PATH mkdocs build` a site for a
host, which offers that folder, zipped.
"""

import posixpath
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import click
from mkdocs.exceptions import PluginError


@dataclass(frozen=True)
class Offline:
    """What is asked of one build."""

    folder: bool = False
    """Whether the site shall open from a disk."""
    archive: Path | None = None
    """The archive of such a folder, to be published."""
    size: int = 0
    """The archive's bytes."""

    def megabytes(self, point: str) -> str:
        """The archive's size as `4.7`, with a language's decimal point; empty without an archive."""
        return f"{max(self.size / 1e6, 0.1):.1f}".replace(".", point) if self.archive else ""


class NotServedError(click.ClickException):
    """A command that cannot make a folder for reading offline; ends it with its one line and status 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line as it is: click's own would begin with `Error:`."""
        click.echo(self.message, file=file, err=True)


def asked(environment: Mapping[str, str]) -> Offline:
    """Read OFFLINE and OFFLINE_ZIP; either may be absent or empty, which ask for nothing.

    Raises:
        PluginError: OFFLINE is neither 1 nor 0, OFFLINE_ZIP no archive of such a folder, or both are set.
    """
    offline, archive = environment.get("OFFLINE", ""), environment.get("OFFLINE_ZIP", "")
    if offline not in ("", "0", "1"):
        raise PluginError(f"OFFLINE is `{offline}`, expected 1 for a folder to read without a network, or nothing")
    if offline == "1" and archive:
        order = "build with OFFLINE=1, zip the folder, then build with OFFLINE_ZIP"
        raise PluginError(f"OFFLINE and OFFLINE_ZIP are set, expected one of them: {order}")
    if not archive:
        return Offline(folder=offline == "1")
    path = Path(archive).absolute()
    _look_at(path)
    return Offline(archive=path, size=path.stat().st_size)


def refuse_other_commands(environment: Mapping[str, str], command: str, *, dirty: bool) -> None:
    """Say that only a whole build can write such a folder.

    Raises:
        NotServedError: it is asked of another command, or of a build that leaves pages as they were.
        PluginError: as `asked`.
    """
    if not asked(environment).folder:
        return
    if command != "build":
        raise NotServedError(f"OFFLINE=1 is for `mkdocs build`, not for `mkdocs {command}`; unset OFFLINE")
    if dirty:
        raise NotServedError("OFFLINE=1 builds every page: leave out --dirty, or unset OFFLINE")


def _look_at(path: Path) -> None:
    """Look whether an archive holds a folder built with OFFLINE=1."""
    make = "make it from a folder built with OFFLINE=1: python -m zipfile -c OUT.zip FOLDER"
    try:
        with zipfile.ZipFile(path) as archive:
            starts = sorted((n for n in archive.namelist() if posixpath.basename(n) == "index.html"), key=_depth)
            start = archive.read(starts[0])[:1000].decode("utf-8", "replace") if starts else ""
    except FileNotFoundError:
        raise PluginError(f"OFFLINE_ZIP names {path}, which does not exist; {make}") from None
    except (OSError, zipfile.BadZipFile) as exc:
        raise PluginError(f"OFFLINE_ZIP names {path}, which is no zip archive ({exc}); {make}") from None
    if "<html data-offline" not in start:
        raise PluginError(f"OFFLINE_ZIP names {path}, whose index.html is of no such folder; {make}")


def _depth(name: str) -> int:
    return name.count("/")
