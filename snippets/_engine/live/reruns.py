"""Runs that can be given up: records saved chapters in another process and tells what was wrong.

`mkdocs serve` uses them. Where fork is safe one process stays for all runs and keeps what it imported (`warm.py`);
elsewhere each run is a fresh process. Requests and answers are lines of JSON. The process ends with its caller, at the
latest when its standard input does, and with it all that it runs.
"""

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ..chapters.cells import Chapter
from ..commands.record import record_chapters
from ..pages.page import Page
from ..pages.values import ValueUse
from ..project.codec import from_json, to_json
from ..project.errors import Finding, SnippetsError
from ..project.files import sources, stamp
from ..project.tree import Tree
from ..run import imports
from ..run.interpreter import NotInstalledError, child_environment, interpreter, may_fork, require_packages
from ..run.parent import Start, start_parent

PATIENCE = 5.0
"""Seconds that a run has to end in good order."""
Ended = Callable[[tuple[Finding, ...] | None], None]
"""Told what was wrong with the chapters; None when the run died."""
_LOADED = ("torch", "torchvision", "numpy", "matplotlib", "sklearn", "IPython")


class Reruns:
    """At most one run at a time."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._lock = threading.Lock()
        self._imports: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None
        self._version: object = None
        self._number = 0
        self._ended: Ended | None = None

    def warm(self, chapters: Sequence[Chapter]) -> None:
        """Import, beside whatever the caller does, what two of these chapters need; nothing where that cannot help."""
        with contextlib.suppress(NotInstalledError):
            require_packages()
            if may_fork() and self._process is None:
                self._imports = imports.shared(chapters)
                self._start()

    def run(self, chapters: Sequence[Chapter], pages: Iterable[Page], ended: Ended) -> None:
        """Record what of the chapters is stale or incomplete; `ended` is called from a thread, unless given up.

        Args:
            pages: those that ask for values.
        """
        self.give_up()
        if self._process is None or self._process.poll() is not None or self._version != _version():
            self.close()
            self._start()
        names = {chapter.name for chapter in chapters}
        with self._lock:
            self._number, self._ended = self._number + 1, ended
        self._say(
            run=self._number,
            chapters=sorted(names),
            imports=list(dict.fromkeys(name for chapter in chapters for name in imports.needs(chapter))),
            pages=[_asking(page, names) for page in pages],
        )

    def give_up(self) -> None:
        """End the run under way, if there is one, and everything it started."""
        with self._lock:
            running, self._ended = self._ended is not None, None
        if running and may_fork():
            self._say(stop=self._number)
        elif running:
            self.close()

    def close(self) -> None:
        """End the process too."""
        with self._lock:
            process, self._process = self._process, None
            busy, self._ended = self._ended is not None, None
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()  # not a signal: that would print a traceback while Python is still starting
        try:
            process.wait(PATIENCE if busy or self._number else 0)  # one that only imports has nothing to put in order
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._listener is not None and self._listener is not threading.current_thread():
            self._listener.join()

    def _start(self) -> None:
        command = interpreter("live.warm" if may_fork() else "live.reruns", str(self._tree.root), *self._imports)
        # A session of its own: Ctrl-C on the terminal is its caller's affair, which then gives it up in good order.
        self._process = process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=child_environment("cpu") if may_fork() else None,
            start_new_session=True,
        )
        self._version = _version() if may_fork() else None
        self._listener = threading.Thread(target=self._listen, args=[process], daemon=True)
        self._listener.start()

    def _say(self, **request: Any) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it died; the listener has told
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                said = json.loads(line)
                found = said["problems"]
                self._tell(process, said["run"], None if found is None else from_json(tuple[Finding, ...], found))
        process.wait()
        self._tell(process, self._number, None)

    def _tell(self, process: "subprocess.Popen[str]", number: int, found: tuple[Finding, ...] | None) -> None:
        with self._lock:
            if process is not self._process or number != self._number:
                return
            ended, self._ended = self._ended, None
        if ended is not None:
            ended(found)


def _version() -> object:
    """Changes when the engine or a package that it keeps imported changes on disk."""
    origins = [spec.origin for spec in map(importlib.util.find_spec, _LOADED) if spec is not None and spec.origin]
    files = [*sources(), *map(Path, origins)]
    return [(str(file), stamp(file)) for file in files]


def _asking(page: Page, names: set[str]) -> dict[str, Any]:
    """What of a page matters to a run."""
    values = [to_json(use) for use in page.values if use.chapter in names]
    return {"src_uri": page.src_uri, "path": page.path, "values": values}


def answer(tree: Tree, request: dict[str, Any], start: Start = start_parent) -> str:
    """Do what a request asks; the line that answers it. `start` is as of `imports_ahead`."""
    pages = [
        Page(page["src_uri"], page["path"], (), (), (), (), from_json(tuple[ValueUse, ...], page["values"]))
        for page in request["pages"]
    ]
    problems: Sequence[Finding]
    try:
        problems = record_chapters(tree, request["chapters"], pages=pages, start=start).problems
    except SnippetsError as exc:
        problems = [exc.finding]
    except OSError as exc:
        where = str(exc.filename or tree.root)
        problems = [Finding("run", where, None, f"{exc.strerror or exc}; nothing was written")]
    return json.dumps({"run": request["run"], "problems": to_json(problems)}) + "\n"


def main() -> None:
    """The way without fork: answer one request for the tree of the first argument."""
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_caller, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        print(answer(Tree(Path(sys.argv[1])), request), end="")


def _end_with_caller() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGINT)
    threading.Event().wait(PATIENCE)
    os._exit(1)
