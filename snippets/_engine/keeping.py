"""Keeps from one run to the next what is slow to make: JSON data in files that tell whether they are whole.

A file begins with everything that all files depend on (`base`, a hash) and a checksum of the rest. One that is missing,
broken, or of another base counts as not there and is written anew.
"""

import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any


class Keep:
    """A folder of kept values."""

    def __init__(self, folder: Path, base: str) -> None:
        self._folder = folder
        self._base = base.encode()
        self._asked: set[str] = set()

    def get(self, name: str) -> Any:
        """What was kept under a name; None when nothing was, or it cannot be trusted."""
        self._asked.add(name)
        data = self.data(name)
        try:
            return None if data is None else json.loads(data)
        except (ValueError, RecursionError):
            return None

    def put(self, name: str, value: object) -> None:
        """Keep JSON data; a disk that refuses costs only the next run's time."""
        self.put_data(name, json.dumps(value, ensure_ascii=False).encode())

    def data(self, name: str) -> bytes | None:
        """As `get`, for bytes."""
        self._asked.add(name)
        try:
            data = self._path(name).read_bytes()
        except OSError:
            return None
        seal, _, body = data.partition(b"\n")
        return body if seal == self._seal(body) else None

    def put_data(self, name: str, data: bytes) -> None:
        """As `put`, for bytes."""
        self._asked.add(name)
        write(self._path(name), self._seal(data) + b"\n" + data)

    def drop_unasked(self, below: str) -> None:
        """Remove the files of a folder that nobody asked for: what they belonged to is gone."""
        top = self._folder / below
        asked = {str(self._path(name)) for name in self._asked}
        for folder, _, files in os.walk(top):
            for file in files:
                if os.path.join(folder, file) not in asked:
                    with suppress(OSError):
                        os.unlink(os.path.join(folder, file))

    def _path(self, name: str) -> Path:
        return self._folder / name

    def _seal(self, body: bytes) -> bytes:
        # Against accidents, for which a checksum is enough: a hash takes ten times as long.
        return b"%b %d %08x" % (self._base, len(body), zlib.crc32(body))


def digest(parts: Sequence[Any]) -> str:
    """A key of JSON data."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def write(path: Path, data: bytes) -> None:
    """Write a file whole, or not at all when the disk refuses."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with open(handle, "wb") as file:
                file.write(data)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
