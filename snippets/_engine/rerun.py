"""A run that can be given up: records chapters in a process of its own and says what was wrong.

`mkdocs serve` starts it for a saved snippet. It prints its findings as one line of JSON. It ends with its caller, at
the latest when its standard input does, and with it all that it runs.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .audit import readable_pages
from .errors import Finding, SnippetsError
from .library import Library
from .machine import interpreter
from .recording import record_chapters
from .tree import Tree

_PATIENCE = 5.0


def start(tree: Tree, chapters: Sequence[str]) -> "subprocess.Popen[str]":
    """Begin to record what of the chapters is stale or incomplete."""
    command = interpreter("rerun", str(tree.root), *chapters)
    # A session of its own: Ctrl-C on the terminal is its caller's affair, which then gives it up in good order.
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True
    )


def wait(process: "subprocess.Popen[str]") -> tuple[Finding, ...] | None:
    """What was wrong with the chapters; None when the run was given up or died."""
    assert process.stdout is not None
    said = process.stdout.read()
    process.wait()
    try:
        return tuple(Finding(**fields) for fields in json.loads(said))
    except ValueError:
        return None


def give_up(process: "subprocess.Popen[str]") -> None:
    """End the run and everything it started."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()  # not a signal: that would print a traceback while Python is still starting
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> None:
    """Record the chapters named after the root."""
    threading.Thread(target=_end_with_caller, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        problems = _record(Tree(Path(sys.argv[1])), sys.argv[2:])
        print(json.dumps([asdict(finding) for finding in problems]))


def _record(tree: Tree, chapters: Sequence[str]) -> Sequence[Finding]:
    try:
        return record_chapters(tree, chapters, pages=readable_pages(Library(tree))).problems
    except SnippetsError as exc:
        return [exc.finding]
    except OSError as exc:
        return [Finding("run", str(exc.filename or tree.root), None, f"{exc.strerror or exc}; nothing was written")]


def _end_with_caller() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGINT)
    threading.Event().wait(_PATIENCE)
    os._exit(1)
