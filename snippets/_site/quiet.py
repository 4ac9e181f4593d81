"""What others would say without need: a notice at every start, and the end of a build that is a part of another."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

NOTICE_SILENCED = True
"""mkdocs.yml names it, so that MkDocs imports this module while it reads that file, before it loads the theme."""

# Material prints seven lines about its end of life in May 2027 whenever MkDocs loads it, and no hook of a plugin comes
# before that. Contributors cannot act on it, and maintainers know: all but `_site` is to survive another generator.
# This variable is Material's own switch, and silences those lines alone.
os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")

_BUILDS = logging.getLogger("mkdocs.commands.build")


@contextmanager
def end_not_told() -> Iterator[None]:
    """MkDocs does not say how long a build took: the one that it is a part of tells the whole."""

    def is_not_the_end(record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Documentation built in ")

    _BUILDS.addFilter(is_not_the_end)
    try:
        yield
    finally:
        _BUILDS.removeFilter(is_not_the_end)
