"""IPython's shell in the child's own process: runs a cell and hands its rich outputs to a `Recorder`."""

import os
import sys
import warnings
from typing import Any

from ..chapters.figures import foreign, png
from ..chapters.frames import value_of
from ..chapters.values import Json
from .capture import Recorder

_NAMES_OF_IPYTHON = frozenset({"In", "Out", "exit", "quit", "open", "get_ipython"})


class Runner:
    """Runs cells one after another in one namespace, as `__main__`."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._count = 0
        self.error: BaseException | None = None
        self.slider: list[str] = []
        """The variables that name each figure which the next cell shows."""
        self._shell = _make_shell(recorder, self)
        self._seen = self.names()

    @property
    def namespace(self) -> dict[str, Any]:
        """The names that the cells have bound."""
        namespace: dict[str, Any] = self._shell.user_ns
        return namespace

    def names(self) -> set[str]:
        """The names a chapter has bound so far."""
        return {n for n in self.namespace if not n.startswith("_") and n not in _NAMES_OF_IPYTHON}

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
        self._shell.compile.cell_name = name
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
        cell_name = "cell"

        def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
            return self.cell_name

    class Shell(InteractiveShell):
        compiler_class = Compiler
        displayhook_class, display_pub_class = _outlets(recorder, runner)

        def enable_gui(self, gui: Any = None) -> None: ...

        def init_virtualenv(self) -> None:
            """Leave sys.path alone: VIRTUAL_ENV may name another environment than the one that runs."""

        def showtraceback(self, *args: Any, **options: Any) -> None:
            runner.error = sys.exc_info()[1]

        showsyntaxerror = showtraceback

        def _format_exception_for_storage(self, *args: Any, **options: Any) -> dict[str, Any]:
            return {}  # IPython would lay out a coloured traceback for its history: up to half a second an error

    config = Config()
    config.HistoryManager.enabled = False  # no database, no thread
    config.InteractiveShell.autoawait = False
    shell = Shell.instance(config=config)
    sys.displayhook = shell.displayhook
    warnings.showwarning = _show_warning
    return shell


def _add_display(recorder: Recorder, source: str, data: dict[str, Any], frame: dict[str, Json] | None = None) -> None:
    """Keep matplotlib's figure, else the plain text: HTML, scripts and pictures of another making never reach a page.

    No cell can ask for them. What a reader sees is what `print` would give, or a drawing that was checked.
    """
    svg = data.get("image/svg+xml")
    if isinstance(svg, str) and not foreign(svg):
        recorder.add(
            "figure", source, svg, frame=frame, png=data.get("image/png", ""), plain=data.get("text/plain", "")
        )
    else:
        recorder.add("text", source, data.get("text/plain", "") + "\n")


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, file: Any = None, line: Any = None
) -> None:
    """Category and text: the path and line of a warning belong to one machine."""
    if str(message).startswith("To exit: use 'exit'"):  # IPython's, after a SystemExit
        return
    print(f"{category.__name__}: {message}", file=file or sys.stderr)
