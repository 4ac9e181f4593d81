"""What a running cell writes, in order: Python's streams, C-level output, displayed figures, warnings, its error."""

import ctypes
import io
import os
import sys
import tempfile
from typing import Any

from ..chapters.values import normalised, redraws

TEXT_LIMIT = 1_000_000
"""Characters of text a chapter may write."""


class TooMuchTextError(BaseException):
    """A chapter wrote more than `TEXT_LIMIT` characters. No `Exception`, so that a cell cannot swallow it."""


class Recorder:
    """Collects the outputs of one cell after another, as plain dictionaries.

    It owns the file descriptors 1 and 2 of its process from `capture` on.
    """

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.remarks: list[dict[str, Any]] = []
        """What the cell that runs showed and no page will, with the line."""
        self.pid = os.getpid()
        self._line = 0
        self._aside: dict[str, int] = {}
        self._written = 0
        self._files: list[tuple[int, str]] = []
        self._libc: Any = ctypes.CDLL(None) if os.name == "posix" else None

    def capture(self, folder: str = "") -> None:
        """From now on both output descriptors go to files, and Python's streams come here.

        Args:
            folder: where files shall tell, should this process die, what it wrote and which line it had reached.
        """
        if folder:
            self._aside = {name: _file_in(folder, name) for name in ("line", "text")}
        for fd, name in ((1, "stdout"), (2, "stderr")):
            file = _file_in(folder, name) if folder else anonymous_file(name)
            os.dup2(file, fd)
            self._files.append((file, name))
        sys.stdout, sys.stderr = Stream("stdout", self), Stream("stderr", self)

    def reach(self, line: int) -> None:
        """The cell that runs is about to do what stands in that line of it."""
        self._line = line
        if "line" in self._aside:
            os.lseek(self._aside["line"], 0, os.SEEK_SET)
            os.write(self._aside["line"], f"{line:<9}".encode())

    def remark(self, kind: str, text: str) -> None:
        """Remember that something shown is not kept, and why."""
        self.remarks.append({"kind": kind, "line": self._line, "text": text})

    def text(self, name: str, text: str) -> None:
        """Add text of a stream, joined to the text before it.

        Raises:
            TooMuchTextError: the chapter's text is over the limit.
        """
        self._written += len(text)
        if self._written > TEXT_LIMIT:
            raise TooMuchTextError
        if "text" in self._aside:
            os.write(self._aside["text"], text.encode("utf-8", "replace"))
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
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None:
                stream.flush()
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
        outputs = _redrawn_once(outputs)
        for output in outputs:
            if output["kind"] != "figure":
                output["text"] = normalised(output["text"])
        return [output for output in outputs if output["text"]]


def _redrawn_once(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The outputs, with a line that is drawn again in a later text of its stream only there.

    How often a progress bar is drawn between two lines of another stream depends on the clock.
    """
    last: dict[str, dict[str, Any]] = {}
    for output in outputs:
        name = output["source"]
        before, last[name] = last.get(name), output
        if name not in ("stdout", "stderr") or before is None or before["text"].endswith("\n"):
            continue
        text, begins = before["text"], redraws(before["text"])
        if begins >= 0 or redraws(output["text"]) == 0:
            cut = text.rfind("\n", 0, begins if begins >= 0 else None) + 1
            before["text"], output["text"] = text[:cut], text[cut:] + output["text"]
    joined: list[dict[str, Any]] = []
    for output in outputs:
        if joined and output["source"] in ("stdout", "stderr") and joined[-1]["source"] == output["source"]:
            joined[-1]["text"] += output["text"]
        elif output["text"]:
            joined.append(output)
    return joined


def _file_in(folder: str, name: str) -> int:
    return os.open(os.path.join(folder, name), os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0))


def anonymous_file(name: str) -> int:
    """The descriptor of a file that no folder holds."""
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
