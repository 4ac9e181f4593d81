"""What a running cell writes, in order: Python's streams, C-level output, displayed figures, warnings, its error."""

import ctypes
import io
import os
import re
import sys
import tempfile
from typing import Any

from ..chapters.values import visible

TEXT_LIMIT = 1_000_000
"""Characters of text a chapter may write."""

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")


class TooMuchTextError(BaseException):
    """A chapter wrote more than `TEXT_LIMIT` characters. No `Exception`, so that a cell cannot swallow it."""


class Recorder:
    """Collects the outputs of one cell after another, as plain dictionaries.

    It owns the file descriptors 1 and 2 of its process from `capture` on.
    """

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.pid = os.getpid()
        self._written = 0
        self._files: list[tuple[int, str]] = []
        self._libc: Any = ctypes.CDLL(None) if os.name == "posix" else None

    def capture(self) -> None:
        """From now on both output descriptors go to files, and Python's streams come here."""
        for fd, name in ((1, "stdout"), (2, "stderr")):
            file = _anonymous_file(name)
            os.dup2(file, fd)
            self._files.append((file, name))
        sys.stdout, sys.stderr = Stream("stdout", self), Stream("stderr", self)

    def text(self, name: str, text: str) -> None:
        """Add text of a stream, joined to the text before it.

        Raises:
            TooMuchTextError: the chapter's text is over the limit.
        """
        self._written += len(text)
        if self._written > TEXT_LIMIT:
            raise TooMuchTextError
        last = self.outputs[-1] if self.outputs else None
        if last and last["kind"] == "text" and last["source"] == name:
            last["text"] += text
        elif text:
            self.outputs.append({"kind": "text", "source": name, "text": text})

    def add(self, kind: str, source: str, text: str, **beside: Any) -> None:
        """Add an output of its own: a result, an error, a figure with what is known of it."""
        self.drain()
        self._written += len(text) if kind != "figure" else 0
        if self._written > TEXT_LIMIT:
            raise TooMuchTextError
        self.outputs.append({"kind": kind, "source": source, "text": text, **beside})

    def drain(self) -> None:
        """Take over what C code wrote since the last call, so that it stays in order with Python's text."""
        if self._libc is not None:
            self._libc.fflush(None)
        for file, name in self._files:
            size = os.lseek(file, 0, os.SEEK_CUR)
            if size:
                os.lseek(file, 0, os.SEEK_SET)
                data = os.read(file, min(size, TEXT_LIMIT + 1))
                os.ftruncate(file, 0)
                os.lseek(file, 0, os.SEEK_SET)
                self.text(name, data.decode("utf-8", "replace"))

    def take(self) -> list[dict[str, Any]]:
        """The outputs of the cell that just ended, normalised."""
        self.drain()
        outputs, self.outputs = self.outputs, []
        if self._written > TEXT_LIMIT:  # a cell may have swallowed the error
            raise TooMuchTextError
        for output in outputs:
            if output["kind"] != "figure":
                output["text"] = normalised(output["text"])
        return [output for output in outputs if output["text"]]


def _anonymous_file(name: str) -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a running chapter."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, recorder: Recorder) -> None:
        self.name = name
        self._recorder = recorder

    def write(self, text: str) -> int:
        """Keep the text; in a forked worker of the chapter (DataLoader) pass it by the file descriptor."""
        if os.getpid() != self._recorder.pid:
            os.write(self.fileno(), text.encode("utf-8", "replace"))
        else:
            self._recorder.drain()
            self._recorder.text(self.name, text)
        return len(text)

    def fileno(self) -> int:
        """The descriptor that C code and child processes write to."""
        return 1 if self.name == "stdout" else 2

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """Never: no colours, no redrawn lines."""
        return False


def normalised(text: str) -> str:
    """Text as it is recorded: redrawn lines folded, addresses replaced by a fixed one, line ends `\\n`, UTF-8, control
    characters as pictures."""
    lines = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").split("\n")
    folded = "\n".join(_folded(line) for line in lines)
    return visible(_ADDRESS.sub("at 0x7f0000000000", folded))


def _folded(line: str) -> str:
    """What a terminal shows of a line redrawn by carriage returns: the last piece that is not empty."""
    if "\r" not in line:
        return line
    return next((piece for piece in reversed(line.split("\r")) if piece), "")
