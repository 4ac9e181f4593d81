"""Files: read as UTF-8, TOML with the line of an error, written whole or not at all, told one version from the next.

Links that lead in a circle are found here too.

A file is written by way of a neighbour; what a killed writer left beside it is removed.
"""

import os
import re
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from .errors import PageError, SnippetsError

_PART = re.compile(r"\..+\.(?P<writer>\d+)\.\w+\.part")
_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_MERGE_MARK = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: .*)?$", re.MULTILINE)
_DIFF = re.compile(
    r"^[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*\{?[ \t]*\.?diff\b.*\n(?:.*\n)*?[ \t]*(?P=mark)[`~]*[ \t]*$", re.MULTILINE
)
_PROC = Path("/proc")
_LONG = 24 * 3600.0


def read_text(path: Path, name: str, error: type[SnippetsError] = PageError) -> str:
    """The text of a UTF-8 file, its line ends made `\\n`.

    Args:
        name: the file as messages name it.

    Raises:
        SnippetsError: of the type given: the file cannot be read, is not UTF-8, or holds the marks of a merge conflict.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise error(name, None, f"cannot be read: {exc.strerror or exc}") from None
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise error(name, line, f"not UTF-8: byte 0x{data[exc.start]:02x}", "save the file as UTF-8") from None
    if mark := _merge_mark(text):
        line = text.count("\n", 0, mark.start()) + 1
        fix = "mend the merge; a page shows such marks in a fence of ```diff"
        raise error(name, line, f"a conflict of git stands here: `{mark[0].rstrip()}`", fix)
    return text


def _merge_mark(text: str) -> re.Match[str] | None:
    """The first mark of a merge that nobody mended; in a fence that says so they are shown on purpose."""
    if not _MERGE_MARK.search(text):
        return None
    return _MERGE_MARK.search(_DIFF.sub(lambda shown: re.sub(r"[^\n]", " ", shown[0]), text))


def parse_toml(text: str, name: str, fix: str, error: type[SnippetsError] = PageError) -> dict[str, Any]:
    """The tables of a TOML file's text.

    Args:
        name: the file as messages name it.
        fix: what to do when it is none.

    Raises:
        SnippetsError: of the type given: it is not TOML; carries the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        place = _PLACE.search(str(exc))
        line = int(place["line"]) if place and place["line"] else text.rstrip("\n").count("\n") + 1
        raise error(name, line, f"not TOML: {_PLACE.sub('', str(exc))}", fix) from None


Stamp = tuple[int, int, int]


def stamp(path: Path) -> Stamp | None:
    """What tells one version of a file from the next: time of change in ns, size in bytes, inode; None without one."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def write_whole(path: Path, data: str | bytes, *, lasting: bool = True) -> None:
    """Replace a file so that nobody ever sees half of it.

    Args:
        data: text becomes UTF-8.
        lasting: wait until the disk has it; otherwise a power cut may cost it.

    Raises:
        OSError: it cannot be written; the old file is as it was.
    """
    try:
        _replace(path, data.encode() if isinstance(data, str) else data, lasting)
    except OSError as exc:  # what it was called on its way is nobody's concern
        raise OSError(exc.errno, exc.strerror or str(exc), str(path)) from None


def _replace(path: Path, data: bytes, lasting: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.{os.getpid()}.", suffix=".part", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def sources() -> list[Path]:
    """The engine's own code, sorted."""
    return sorted(Path(str(files("snippets._engine"))).rglob("*.py"))


def sweep(*folders: Path) -> None:
    """Remove what writers that were killed left in some folders."""
    with suppress(OSError):
        for path in (path for folder in folders for path in folder.glob(".*.part")):
            match = _PART.fullmatch(path.name)
            if match and not _writes(int(match["writer"]), path):
                path.unlink(missing_ok=True)


def _writes(writer: int, path: Path) -> bool:
    """Whether the process that began a file may still be at it; where processes cannot be seen, for a day."""
    if (_PROC / "self").exists():
        return (_PROC / str(writer)).exists()
    return time.time() - path.stat().st_mtime < _LONG


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_if_possible(path: Path, data: bytes) -> None:
    """Write a file whole, or not at all when the disk refuses."""
    with suppress(OSError):
        write_whole(path, data, lasting=False)


def loops(folder: Path, around: tuple[str, ...] = ()) -> Iterator[Path]:
    """The links below a folder that lead back to a folder on the way to them: whoever follows one never ends.

    None of them is followed.

    Args:
        around: the real paths of the folders on the way here.
    """
    here = os.path.realpath(folder)
    if here in around:
        yield folder
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError:  # it does not exist, or is not for us to read
        return
    for entry in entries:
        if entry.is_dir():
            yield from loops(entry, (*around, here))
