"""What the engine asks of the Linux kernel about processes and pipes, where chapters run in forks."""

import contextlib
import ctypes
import os
import signal

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def become_reaper() -> None:
    """What descendants leave behind comes to this process."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent(number: int, parent: int) -> None:
    """Be sent a signal when the parent dies."""
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it died before it could be watched
        os._exit(1)


def children() -> set[int]:
    """The children of this process."""
    return {int(pid) for pid in _read_text(f"/proc/self/task/{os.getpid()}/children").split()}


def end_orphans(living: set[int]) -> None:
    """Kill what dead children left behind in sessions of its own: this process has become its parent."""
    while orphans := children() - living:
        for pid in orphans:
            kill_group(pid)
            os.waitpid(pid, 0)


def kill_group(pid: int) -> None:
    """Kill a process and those of its group."""
    for kill in (os.killpg, os.kill):  # the child may not have made its group yet
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def set_output_aside() -> int:
    """Standard output under another descriptor, so that what an import prints is no line of it; that goes to stderr."""
    aside = os.dup(1)
    os.dup2(2, 1)
    return aside


def make_room(pipe: int, size: int) -> None:
    """Let a pipe hold that many bytes, so that writing does not wait for a reader who is busy."""
    import fcntl  # not on Windows, which spawns

    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, size)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value)


def _read_text(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:  # a kernel without this list; process groups have been dealt with
        return ""
