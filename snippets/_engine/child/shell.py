"""IPython's shell in the child's own process: runs a cell and hands its rich outputs to a `Recorder`."""

import asyncio
import builtins
import os
import sys
import warnings
from typing import Any, cast

from ..chapters.figures import foreign, png
from ..chapters.frames import value_of
from ..chapters.values import Json
from .capture import Recorder

_NAMES_OF_IPYTHON = (
    *("In", "Out", "exit", "quit", "open", "get_ipython"),
    *("_", "__", "___", "_i", "_ii", "_iii", "_ih", "_oh", "_dh"),
)
"""No script has them, or has others by these names."""
_KEPT = ("text/plain", "image/svg+xml", "image/png")
_RICH = {
    "text/html": "HTML",
    "text/markdown": "Markdown",
    "text/latex": "LaTeX",
    "image/png": "a picture",
    "image/jpeg": "a picture",
    "application/javascript": "a script",
}


class Runner:
    """Runs cells one after another in one namespace, as `__main__`."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.cell_name = "cell"
        self.error: BaseException | None = None
        self.slider: list[str] = []
        """The variables that name each figure which the next cell shows."""
        self._shell = _make_shell(recorder, self)
        self._seen = self.names()
        asyncio._set_running_loop(cast(Any, _NotebooksLoop()))

    @property
    def namespace(self) -> dict[str, Any]:
        """The names that the cells have bound."""
        namespace: dict[str, Any] = self._shell.user_ns
        return namespace

    def names(self) -> set[str]:
        """The names a chapter has bound so far."""
        return {n for n in self.namespace if not n.startswith("_")}

    def frame(self) -> dict[str, Json] | None:
        """What names a figure that is shown now, as a frame; None in a cell without a slider."""
        return {name: value_of(self.namespace, name) for name in self.slider} or None

    def new_names(self) -> list[str]:
        """The names bound since the last call, sorted."""
        names = self.names()
        new, self._seen = sorted(names - self._seen), names
        return new

    def run(self, code: str, name: str) -> BaseException | None:
        """Run a cell; its exception, if it ended with one.

        Args:
            code: the cell's code.
            name: its name, shown as the file name in tracebacks.
        """
        self.error = None
        self.cell_name = name
        result = self._shell.run_cell(code, store_history=True)
        error: BaseException | None = self.error or result.error_before_exec or result.error_in_exec
        return error

    def use_figures(self) -> None:
        """Let matplotlib hand its figures here, as SVG in the site's inks and as PNG."""
        from IPython.core.pylabtools import activate_matplotlib, select_figure_formats
        from matplotlib.figure import Figure
        from matplotlib_inline.backend_inline import configure_inline_support

        from ..chapters.figures import use_style

        os.environ["MPLBACKEND"] = backend = "module://matplotlib_inline.backend_inline"
        activate_matplotlib(backend)  # makes pyplot interactive: without it a figure that is not shown is lost
        configure_inline_support(self._shell, "inline")
        use_style()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        select_figure_formats(self._shell, ["svg"], bbox_inches="tight", metadata=nothing)
        self._shell.display_formatter.formatters["image/png"].for_type(Figure, png)  # asked after the SVG's


def _outlets(recorder: Recorder, runner: Runner) -> tuple[type, type]:
    """What takes a cell's result, and what it displays."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher

    class Hook(DisplayHook):
        def write_output_prompt(self) -> None: ...

        def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
            _add_display(recorder, "result", format_dict)

        def finish_displayhook(self) -> None: ...

        def update_user_ns(self, result: Any) -> None:
            """Bind no `_`: a script has none."""

    class Publisher(DisplayPublisher):
        def publish(self, data: dict[str, Any], metadata: Any = None, **options: Any) -> None:
            _add_display(recorder, "display", data, runner.frame())

        def clear_output(self, wait: bool = False) -> None:
            recorder.take()

    return Hook, Publisher


def _make_shell(recorder: Recorder, runner: Runner) -> Any:
    from IPython.core.compilerop import CachingCompiler
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Compiler(CachingCompiler):
        def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
            return runner.cell_name

    class Shell(InteractiveShell):
        compiler_class = Compiler
        displayhook_class, display_pub_class = _outlets(recorder, runner)

        def enable_gui(self, gui: Any = None) -> None: ...

        def init_virtualenv(self) -> None:
            """Leave sys.path alone: VIRTUAL_ENV may name another environment than the one that runs."""

        def transform_cell(self, raw_cell: str) -> str:
            return f"{raw_cell}\n"  # no magic

        async def run_code(self, code_obj: Any, *args: Any, **options: Any) -> Any:
            recorder.reach(min((line for *_, line in code_obj.co_lines() if line), default=1))
            return await super().run_code(code_obj, *args, **options)

        def showtraceback(self, *args: Any, **options: Any) -> None:
            runner.error = sys.exc_info()[1]

        showsyntaxerror = showtraceback

        def _format_exception_for_storage(self, *args: Any, **options: Any) -> dict[str, Any]:
            return {}  # IPython would lay out a coloured traceback for its history: up to half a second an error

    no_database = {"HistoryManager": {"enabled": False}, "InteractiveShell": {"autoawait": False}}
    shell = Shell.instance(config=Config(no_database))
    _leave_only_a_script(shell)
    sys.displayhook = shell.displayhook
    warnings.showwarning = _show_warning
    return shell


def _leave_only_a_script(shell: Any) -> None:
    """Take away the names that IPython gives its cells: a script would stop at them."""
    history = shell.history_manager

    def store_inputs(number: int, source: str, raw: str | None = None) -> None:
        history.input_hist_parsed.append(source)  # where the display hook looks for a semicolon
        history.input_hist_raw.append(raw or source)

    history.store_inputs = store_inputs
    shell.builtin_trap.auto_builtins = {}
    builtins.__dict__.pop("display", None)
    for name in _NAMES_OF_IPYTHON:
        shell.user_ns.pop(name, None)
    shell.user_ns["__doc__"] = None


class _NotebooksLoop:
    """Runs nothing. A notebook's cells run inside of an event loop, so that none can run another one."""

    def run_until_complete(self, future: Any) -> Any:
        raise RuntimeError("This event loop is already running")

    def run_forever(self) -> None:
        self.run_until_complete(None)

    def create_task(self, coro: Any, **options: Any) -> Any:
        coro.close()
        raise RuntimeError("no running event loop")  # as in a script


def _add_display(recorder: Recorder, source: str, data: dict[str, Any], frame: dict[str, Json] | None = None) -> None:
    """Keep matplotlib's figure, else the plain text: HTML, scripts and pictures of another making never reach a page.

    No cell can ask for them. What a reader sees is what `print` would give, or a drawing that was checked.
    """
    svg = data.get("image/svg+xml")
    strange = foreign(svg) if isinstance(svg, str) else ""
    if strange:
        recorder.remark("refused", strange)
    elif rich := [_RICH.get(kind, kind) for kind in data if kind not in (_KEPT if svg else _KEPT[:1])]:
        recorder.remark("dropped", " and ".join(dict.fromkeys(rich)))
    if isinstance(svg, str) and not strange:
        beside = {"png": data.get("image/png", ""), "plain": data.get("text/plain", "")}
        recorder.add("figure", source, svg, frame=frame, **beside)
    else:
        recorder.add("text", source, data.get("text/plain", "") + "\n")


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, file: Any = None, line: Any = None
) -> None:
    """Category and text: the path and line of a warning belong to one machine."""
    if str(message).startswith("To exit: use 'exit'"):  # IPython's, after a SystemExit
        return
    print(f"{category.__name__}: {message}", file=file or sys.stderr)
