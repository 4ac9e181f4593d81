"""Values worked out in a forked copy of the chapter's process: whatever an expression does, it does to the copy."""

import json
import os
import random
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from ..chapters.values import evaluate, normalised
from ..run.interpreter import departure, may_fork
from .capture import anonymous_file

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = (
    *("os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate", "os.utime"),
    *("os.kill", "os.killpg", "os.posix_spawn", "os.system", "shutil.rmtree", "socket.connect", "subprocess.Popen"),
)


class OutsideError(OSError):
    """An expression wants to change what lies outside of its process."""


Begin = Callable[[str], None]
"""Called with an expression that is about to be evaluated."""
Outcomes = dict[str, dict[str, Any]]
"""For each expression its `value`, or what is `wrong` with it."""


def outcomes(expressions: Sequence[str], namespace: Mapping[str, Any], begin: Begin) -> tuple[Outcomes, bool]:
    """The outcomes of expressions in this process; and whether all gave the same again, in the opposite order.

    If not, one of them changes what it or another gives.
    """
    first = {expression: _outcome(expression, namespace, begin) for expression in expressions}
    return first, all(first[e] == _outcome(e, namespace, begin) for e in reversed(expressions))


def _outcome(expression: str, namespace: Mapping[str, Any], begin: Begin) -> dict[str, Any]:
    begin(expression)
    try:
        return {"value": evaluate(expression, dict(namespace))}
    except Exception as exc:  # whatever the expression does is the page's mistake, reported with its line
        return wrong(exc)


def wrong(error: Exception) -> dict[str, Any]:
    """The outcome of an expression that raised."""
    return {"wrong": normalised(f"{type(error).__name__}: {error}")}


def can_copy() -> bool:
    """Whether a copy of this process would be as good as it is, and apart from it.

    Threads and what CUDA holds do not live on in a copy; memory that is shared stays shared.
    """
    torch = sys.modules.get("torch")
    alone = threading.active_count() == 1 and (torch is None or torch.get_num_threads() == 1)
    return may_fork() and alone and not (torch and torch.cuda.is_initialized()) and not _shares_memory()


def _shares_memory() -> bool:
    try:
        with open("/proc/self/maps", "rb") as maps:
            return b" rw-s " in maps.read()
    except OSError:
        return False


def apart(expressions: Sequence[str], namespace: Mapping[str, Any], begin: Begin) -> Outcomes:
    """The outcomes of expressions that are evaluated in copies; of this process nothing changes.

    One copy does for all, unless they change what they give to each other.
    """
    if len(expressions) > 1:
        found, settled = _in_a_copy(expressions, namespace, begin)
        if settled:
            return found
    return {e: _in_a_copy([e], namespace, begin)[0][e] for e in expressions}


def _in_a_copy(expressions: Sequence[str], namespace: Mapping[str, Any], begin: Begin) -> tuple[Outcomes, bool]:
    answer = anonymous_file("values")
    places, files, state = _places(), _files(), random.getstate()
    pid = os.fork()
    if pid == 0:
        _answer(expressions, namespace, begin, answer, state)
    _, status = os.waitpid(pid, 0)
    for descriptor, place in places.items():
        os.lseek(descriptor, place, os.SEEK_SET)
    said = os.pread(answer, os.fstat(answer).st_size, 0)
    os.close(answer)
    if changed := _files() ^ files:
        for new in {name for name, *_ in changed} - {name for name, *_ in files}:
            os.remove(new)
        name = sorted(name for name, *_ in changed)[0]
        return _all_wrong(expressions, f"it writes {name}: a value may change nothing")
    if not said.endswith(b"]"):
        return _all_wrong(expressions, departure(os.waitstatus_to_exitcode(status)))
    found, settled = json.loads(said)
    return found, settled


def _all_wrong(expressions: Sequence[str], why: str) -> tuple[Outcomes, bool]:
    return {expression: {"wrong": why} for expression in expressions}, False


def _answer(
    expressions: Sequence[str], namespace: Mapping[str, Any], begin: Begin, answer: int, state: Any
) -> NoReturn:
    """What the copy does."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        random.setstate(state)  # a fork seeds it anew
        sys.addaudithook(_refuse)
        if len(expressions) > 1:
            found, settled = outcomes(expressions, namespace, begin)
        else:
            found, settled = {expressions[0]: _outcome(expressions[0], namespace, begin)}, True
        os.write(answer, json.dumps([found, settled]).encode())
    finally:
        os._exit(0)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Files and other processes are no copies."""
    if event in _CHANGES:
        raise OutsideError(f"{event}: a value may change nothing")
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING and arguments[0] != os.devnull:
        raise OutsideError(f"it writes {arguments[0]}: a value may change nothing")


def _places() -> dict[int, int]:
    """Where each open file is read or written next: a copy moves on the same place."""
    found = {}
    for name in os.listdir("/dev/fd"):
        try:
            found[int(name)] = os.lseek(int(name), 0, os.SEEK_CUR)
        except OSError:  # a pipe, or the folder that was listed
            continue
    return found


def _files() -> set[tuple[str, int, int]]:
    """The files of the working directory, each with its size and time."""
    found = set()
    for folder, _, names in os.walk("."):
        for name in names:
            path = os.path.join(folder, name)
            about = os.lstat(path)
            found.add((os.path.relpath(path), about.st_size, about.st_mtime_ns))
    return found
