"""Symbolic links that lead back to a folder that holds them: whoever follows one never ends."""

import os
from collections.abc import Iterator
from pathlib import Path


def loops(folder: Path, around: tuple[str, ...] = ()) -> Iterator[Path]:
    """The links below a folder that lead back to a folder on the way to them; none of them is followed.

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
