"""Files written whole or not at all, by way of a neighbour; what a killed writer left beside them is removed."""

import os
import re
import tempfile
import time
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

_PART = re.compile(r"\..+\.(?P<writer>\d+)\.\w+\.part")
_PROC = Path("/proc")
_LONG = 24 * 3600.0


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
