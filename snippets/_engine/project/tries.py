"""Which invitations of a chapter have a test: the functions `test_try_NAME` of its test file, found without running it.

A page invites by `[words](try:NAME)`, which `pages/links.py` reads.
"""

import ast
import warnings

from .errors import PageError

PREFIX = "test_try_"


def tried(text: str, path: str) -> dict[str, int]:
    """The names of the invitations that a test file tries, each with the line of its test.

    Args:
        path: the file as messages name it.

    Raises:
        PageError: the text is no Python.
    """
    if PREFIX not in text:
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a backslash in a string: who runs the file is told
            body = ast.parse(text).body
    except (SyntaxError, ValueError) as exc:
        line = exc.lineno if isinstance(exc, SyntaxError) else None
        raise PageError(path, line, f"cannot be read as Python: {getattr(exc, 'msg', exc)}", "mend it") from None
    functions = (node for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith(PREFIX))
    return {function.name.removeprefix(PREFIX): function.lineno for function in functions}
