"""Keeps from one run to the next what is slow to make: JSON data in files that tell whether they are whole.

A file begins with everything that all files depend on (`base`, a hash) and a checksum of the rest. One that is missing,
broken, or of another base counts as not there and is written anew.
"""

import hashlib
import json
import os
import zlib
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from .files import write_if_possible

_ROOM = 200_000_000
"""Bytes that are kept in memory, as they are counted on the disk."""
_LONG = 500


class Cache:
    """A folder of kept values."""

    def __init__(self, folder: Path, base: str, *, in_memory: bool = False) -> None:
        """`in_memory` is for a process that asks again and again: what it got must not be changed."""
        self._folder = folder
        self._base = base.encode()
        self._asked: set[str] = set()
        self._memory: dict[str, tuple[int, Any]] | None = {} if in_memory else None
        self._room = _ROOM

    def begin(self, base: str) -> bool:
        """Begin anew, with what is in memory; False when it is of another base."""
        self._asked.clear()
        return base.encode() == self._base

    def get(self, name: str) -> Any:
        """What was kept under a name; None when nothing was, or it cannot be trusted."""
        if self._memory is not None and name in self._memory:
            self._asked.add(name)
            return self._memory[name][1]
        data = self._read(name)
        try:
            found = None if data is None else json.loads(data)
        except (ValueError, RecursionError):
            return None
        if data is not None:
            self._remember(name, len(data), found)
        return found

    def put(self, name: str, value: object) -> None:
        """Keep JSON data; a disk that refuses costs only the next run's time."""
        data = json.dumps(value, ensure_ascii=False).encode()
        self._write(name, data)
        self._remember(name, len(data), json.loads(data))

    def data(self, name: str) -> bytes | None:
        """As `get`, for bytes."""
        if self._memory is not None and name in self._memory:
            self._asked.add(name)
            return cast(bytes, self._memory[name][1])
        data = self._read(name)
        if data is not None:
            self._remember(name, len(data), data)
        return data

    def _read(self, name: str) -> bytes | None:
        self._asked.add(name)
        try:
            data = self._path(name).read_bytes()
        except OSError:
            return None
        seal, _, body = data.partition(b"\n")
        return body if seal == self._seal(body) else None

    def put_data(self, name: str, data: bytes) -> None:
        """As `put`, for bytes."""
        self._write(name, data)
        self._remember(name, len(data), data)

    def _write(self, name: str, data: bytes) -> None:
        self._asked.add(name)
        write_if_possible(self._path(name), self._seal(data) + b"\n" + data)

    def drop_unasked(self, below: str) -> None:
        """Remove the files of a folder that nobody asked for: what they belonged to is gone."""
        top = self._folder / below
        asked = {str(self._path(name)) for name in self._asked}
        for folder, _, files in os.walk(top):
            for file in files:
                if os.path.join(folder, file) not in asked:
                    with suppress(OSError):
                        os.unlink(os.path.join(folder, file))

    def _remember(self, name: str, size: int, value: object) -> None:
        if self._memory is None:
            return
        self._room += self._memory.pop(name, (0, None))[0]
        if size <= self._room:
            self._memory[name] = size, value
            self._room -= size

    def _path(self, name: str) -> Path:
        return self._folder / name

    def _seal(self, body: bytes) -> bytes:
        # Against accidents, for which a checksum is enough: a hash takes ten times as long.
        return b"%b %d %08x" % (self._base, len(body), zlib.crc32(body))


def digest(parts: Sequence[Any]) -> str:
    """A key of JSON data."""
    return _hash(json.dumps([_short(part) for part in parts], ensure_ascii=False))


def _short(part: Any) -> Any:
    """A text's hash in its place: a page's is a part of many keys, and need not be gone through for each."""
    if isinstance(part, str) and len(part) > _LONG:
        return ["hash", _hash_of_text(part)]
    return [_short(item) for item in part] if isinstance(part, list) else part


@lru_cache(maxsize=256)
def _hash_of_text(text: str) -> str:
    return _hash(text)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
