"""Whether a text is Python that a script and a notebook run alike: what is wrong with it, on which line, what to do."""

import ast
import re
import warnings

from ..project.errors import CellError

_OTHER_BREAK = re.compile(r"[\0\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_MAGIC = re.compile(r"^\s*(?:[%!?]|[\w.,\s]+=\s*[%!]|[\w.]+\?{1,2}\s*$)")
_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.|In \[\d*\]:)(?:\s|$)")
_CONFLICT = re.compile(r"^(?:<{7} |={7}$|>{7} )")
_BY_LINE = (
    (_MAGIC, "it is IPython's, no script has it: leave it out, or write it with timeit, subprocess or help"),
    (_PROMPT, "leave the prompts out"),
    (_CONFLICT, "a merge left its marks: choose one side"),
)
"""What to do about a line that Python does not read."""
_BY_MESSAGE = (
    (
        "await|asynchronous|'async ",
        "a script has no event loop: put it in an `async def main()`, and run that in a thread: "
        "ThreadPoolExecutor().submit(asyncio.run, main()).result()",
    ),
    ("from __future__", "make it the first line of the first cell"),
    (
        "outside function|outside loop|not properly in loop",
        "no line of a script that holds it would run; to show a SyntaxError, give the text to `compile`",
    ),
    ("tabs and spaces|unindent does not match", "indent with four spaces"),
)
"""What to do about what Python says."""


def check_bytes_of_lines(text: str, path: str) -> None:
    """Refuse what makes editors, Python and jupytext read other lines than we do.

    Raises:
        CellError: another encoding than UTF-8, a character that breaks lines for some tools, a zero byte.
    """
    for number, line in enumerate(text.split("\n", 2)[:2], 1):
        coding = _CODING.match(line)
        if coding and coding[1].lower().replace("_", "-") not in ("utf-8", "utf8"):
            raise CellError(path, number, f"Python would read it as {coding[1]}", "remove the line: files are UTF-8")
    if other := _OTHER_BREAK.search(text):
        harm = "is no text" if other[0] == "\0" else "breaks a line for some tools"
        message = f"the character U+{ord(other[0]):04X} {harm}"
        raise CellError(path, text.count("\n", 0, other.start()) + 1, message, "remove it, or escape it")


def parsed(code: str, path: str, whole: bool = True, cell: str = "") -> ast.Module:
    """The syntax tree of code.

    Args:
        whole: whether it is a script of its own, and must compile as one.
        cell: the cell's name, for the message.

    Raises:
        CellError: it is no Python; the line is that of `code`.
    """
    where = f" in cell `{cell}`" if cell else ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python says of code is said when it runs
            tree = ast.parse(code)
            if whole:
                compile(code, path, "exec", dont_inherit=True)
    except SyntaxError as exc:
        line = exc.lineno or 1
        raise CellError(path, line, f"syntax error{where}: {exc.msg}", _cure(exc, code, line, cell)) from None
    except (RecursionError, MemoryError):
        raise CellError(path, 1, "an expression or block is nested too deeply for Python to read") from None
    return tree


def _cure(error: SyntaxError, code: str, line: int, cell: str) -> str:
    lines = code.split("\n")
    text = lines[line - 1] if line <= len(lines) else ""
    for pattern, fix in _BY_LINE:
        if pattern.match(text):
            return fix
    for words, fix in _BY_MESSAGE:
        if re.search(words, str(error.msg)):
            return fix
    if cell and isinstance(error, IndentationError):
        return "a block cannot go on in another cell: put all of it in one"
    return ""
