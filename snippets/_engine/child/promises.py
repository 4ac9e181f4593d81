"""Whether a cell did what it declares; what to do where it did not, or where script and notebook would not agree."""

import re
from typing import Any

from ..chapters.values import normalised
from ..run.wire import WHATEVER
from .capture import Stream

_LOOP = re.compile(r"running event loop|loop is (?:already )?running")
_NO_GPU = re.compile(r"^(?:Torch not compiled with CUDA enabled|No CUDA GPUs are available|Found no NVIDIA driver)")
_OF_NOTEBOOKS = {
    "display": "a script has no `display`: write `from IPython.display import display`",
    "get_ipython": "a script has no IPython: leave it out",
}
_IN_A_THREAD = (
    "a notebook runs an event loop already, so that it works in a script alone; "
    "give it a thread: ThreadPoolExecutor().submit(asyncio.run, main()).result()"
)


def broken_promise(cell: dict[str, str], error: BaseException | None) -> dict[str, Any] | None:
    """Why the run cannot go on, the line in the cell's code and what to do; None when the cell did what it declares."""
    if cell["raises"] == WHATEVER:
        return None
    found = type(error).__name__ if error is not None else ""
    declared, says = cell["raises"], f'declares raises="{cell["raises"]}"'
    if error is None:
        return {"why": f"{says} but raised nothing", "line": 0, "fix": "remove it"} if declared else None
    here = _only_here(error)
    if found == declared and not here:
        return None
    raised = f"{found}: {_first_line(error)}"
    told = {"why": f"raised {raised}", "line": _line_in_cell(error, f".py:{cell['name']}"), "fix": here}
    if here:
        return told
    if not declared:
        return told | {"fix": f'{_advice(error)}, or declare raises="{found}" on the cell'}
    if declared in {kind.__name__ for kind in type(error).__mro__}:
        says += f", a base class of what it raised: {raised}"
    elif _means(declared) is type(error):
        says += f", another name of what it raised: {raised}"
    else:
        says += f" but raised {raised}"
    return told | {"why": says, "fix": f'mend it, or write raises="{found}"'}


def _first_line(error: BaseException) -> str:
    return normalised(_said(error)).strip().split("\n")[0]


def _said(error: BaseException) -> str:
    """The message without what belongs to one run: IPython's name of the cell stands in a SyntaxError's."""
    return str(error.msg) if isinstance(error, SyntaxError) else str(error)


def _means(name: str) -> object:
    """What a name of Python's own stands for: `IOError` is OSError."""
    import builtins

    return getattr(builtins, name, None)


def _only_here(error: BaseException) -> str:
    """What to do about an error that a notebook or a run raises and a script would not; empty for any other."""
    text = str(error)
    if isinstance(error, RuntimeError) and _LOOP.search(text) and "no running" not in text:
        return _IN_A_THREAD
    if isinstance(error, NameError) and error.name == "__file__":
        return "a notebook has no `__file__`: name files relative to the working directory"
    if isinstance(error, EOFError) and text == "EOF when reading a line":
        return "nobody answers `input()` in a run: give the text in the code"
    if isinstance(error, AttributeError) and isinstance(error.obj, Stream):
        return f"a script's `sys.{error.obj.name}` has `{error.name}`, a notebook's has not: print text instead"
    if isinstance(error, SystemExit) and _came_through(error, "argparse"):
        return "a notebook has a command line of its own: give the arguments, as in `parse_args([])`"
    if type(error).__name__ == "BrokenProcessPool":
        return 'what a cell defines is not found by a spawned process: use get_context("fork"), or threads'
    return ""


def _advice(error: BaseException) -> str:
    """How to mend an error that a script would raise too."""
    if isinstance(error, NameError) and error.name in _OF_NOTEBOOKS:
        return _OF_NOTEBOOKS[error.name]
    if isinstance(error, ModuleNotFoundError):
        return "a chapter has what pyproject.toml installs as `run`: add it there, do without"
    if isinstance(error, FileNotFoundError):
        return "a run starts in a folder without the repository's files: let a cell write it first"
    if isinstance(error, (AssertionError, RuntimeError)) and _NO_GPU.search(str(error)):
        return 'a chapter runs on the CPU: choose with `device = "cuda" if torch.cuda.is_available() else "cpu"`'
    if isinstance(error, SystemExit):
        return "a script ends here, and the cells below never run: leave it out"
    return "mend it"


def _came_through(error: BaseException, module: str) -> bool:
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == module:
            return True
        trace = trace.tb_next
    return False


def _line_in_cell(error: BaseException, ending: str) -> int:
    """The line of the cell's own code that the error came through, the deepest one; `ending` of its file name."""
    line = (error.lineno or 0) if isinstance(error, SyntaxError) and str(error.filename).endswith(ending) else 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(ending):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
