"""Why a build of `mkdocs serve` failed, in few lines, the place first."""

import logging
import re
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import jinja2
from mkdocs.exceptions import Abort, ConfigurationError
from mkdocs.utils import DuplicateFilter

_YAML_PLACE = re.compile(r'in "(?P<file>[^"]*)", line (?P<line>\d+)')


@contextmanager
def logged_errors() -> Iterator[list[str]]:
    """What MkDocs logs as errors meanwhile: its exceptions often say less. What it said before it says again."""
    for repeats in logging.getLogger("mkdocs.commands.build").filters:
        if isinstance(repeats, DuplicateFilter):
            repeats.msgs.clear()
    messages: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("mkdocs")
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)


def describe(exc: BaseException, logged: Sequence[str]) -> str:
    """A failed build in few lines, the place first."""
    if isinstance(exc, ConfigurationError):
        place = list(_YAML_PLACE.finditer(str(exc)))
        return f"mkdocs.yml:{place[-1]['line'] + ':' if place else ''} {exc}"
    if isinstance(exc, jinja2.TemplateSyntaxError):
        return f"{exc.filename or exc.name}:{exc.lineno}: {exc.message}"
    if isinstance(exc, Abort):
        lines = [f"mkdocs.yml: {line}" if line.startswith("Config value ") else line for line in logged]
        return "\n".join(dict.fromkeys(lines)) or str(exc)
    last = traceback.extract_tb(exc.__traceback__)[-1]
    said = [line for line in logged if not line.endswith(":")]
    return "\n".join([*dict.fromkeys(said), f"{last.filename}:{last.lineno}: {type(exc).__name__}: {exc}"])
