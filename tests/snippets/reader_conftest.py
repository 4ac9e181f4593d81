"""Runs a chapter for the tests of what it states, on your own computer.

Take three files from the site, put them into one folder, and run `python -m pytest` there:

    conftest.py          this file, from /tests/snippets/conftest.py
    test_autograd.py     what the chapter states, as tests: /tests/snippets/basics/test_autograd.py
    autograd.py          the chapter's code: /snippets/basics/autograd.py

Several chapters may share a folder, and so may a folder laid out as the site is. You need pytest and what the chapter
and its test import. Then change a cell of autograd.py and see which statements no longer hold. What a page invites you
to change stands in the tests as test_try_…, done for you in both ways: see `attempt` below.

Tiếng Việt: đặt ba tệp trên vào cùng một thư mục rồi chạy `python -m pytest` ở đó. Sau đó hãy thử sửa một ô trong
autograd.py để xem câu nào của chương không còn đúng. Những gì trang mời bạn thử thì đã có sẵn trong các hàm test_try_….
"""

import ast
import contextlib
import importlib
import io
import os
import random
import re
import struct
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

# As on the site: on the processor, in one thread, so that sums are added up in the same order; no window for a figure.
os.environ |= {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}

import numpy as np
import pytest
import torch

Cell = tuple[str, str, str]
"""Its name, the error that it must end with (or ""), and its code, moved down to its line in the file."""
WHATEVER = "*"  # in place of an error: the cell may end as it likes


@dataclass
class Ran:
    """What the cells of a chapter gave, by their names."""

    path: Path
    """The chapter's code."""
    texts: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    drawn: dict[str, list[str]] = field(default_factory=dict)
    values: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def cells(self) -> list[str]:
        """The names of the cells, in order."""
        return list(self.texts)

    def text(self, cell: str) -> str:
        """What the cell printed, warnings included, and its last line showed."""
        return self.texts[cell]

    def error(self, cell: str) -> str:
        """`Type: message` of the error that the cell ends with; empty when it ends well."""
        return self.errors[cell]

    def figures(self, cell: str) -> list[str]:
        """Each figure that the cell draws, as the text of an SVG file."""
        return self.drawn[cell]

    def value(self, cell: str, expression: str) -> Any:
        """The expression right after the cell, tensors as lists.

        Write both as plain strings: they are found before the run.
        """
        return self.values[cell, expression]


@pytest.fixture(scope="module")
def chapter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The chapter that the test file is named after, run once for all tests of the file."""
    path = code_of(request.path)
    return run(path, asked(request.path), tmp_path_factory.mktemp(path.stem))


@pytest.fixture(params=["in_order", "alone"])
def attempt(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Ran]:
    """`attempt("cell", {"old": "new"})` changes a cell as you would, and gives what comes of it; each text stands once.

    in_order    the chapter from its top, with the cell in its new form
    alone       the chapter as it is, down to this cell; then the changed cell again, in the state that this left

    `then` names cells behind it that run too, `since` a cell before it from which on to run again. With `whole` the
    cell is changed and run alone after the whole chapter. From the changed cell on any error is caught.
    """
    path, function = code_of(request.path), request.function.__name__
    if not function.startswith("test_try_"):
        fail(
            f"{request.path.name}: `attempt` in `{function}`; call the test `test_try_NAME`, as the page invites to it"
        )

    def attempt_change(
        cell: str, changes: dict[str, str], *, then: Sequence[str] = (), since: str = "", whole: bool = False
    ) -> Ran:
        cells = list(cells_of(path.read_text("utf-8")))
        at, start, *behind = places([name for name, _, _ in cells], cell, then, since, path.name)
        new, free = changed(cells[at], changes, path.name), [(name, WHATEVER, code) for name, _, code in cells]
        end = max([at, *behind]) + 1
        before, after = cells[:at], [new, *free[at + 1 : end]]
        if request.param == "alone":
            before = cells if whole else cells[:end]
            after = [*cells[start:at], new, *(free[place] for place in behind)]
        before = [(f"{name} as it was", raises, code) for name, raises, code in before]
        ran = run(path, asked(request.path, function), tmp_path_factory.mktemp(path.stem), [*before, *after])
        for kept in (ran.texts, ran.errors, ran.drawn):
            for name, _, _ in before:
                del kept[name]
        return ran

    return attempt_change


def places(names: list[str], cell: str, then: Sequence[str], since: str, file: str) -> list[int]:
    """Where the changed cell stands, the first one that is run again, and those that are run after it."""
    for name in (cell, *then, since or cell):
        if name not in names:
            fail(f"{file}: no cell `{name}`; there are: {', '.join(names)}")
    at, start, *behind = (names.index(name) for name in (cell, since or cell, *then))
    if start > at or [at, *behind] != sorted({at, *behind}):
        fail(f"{file}: {since=}, then={tuple(then)}: name cells before and behind `{cell}`, in their order")
    return [at, start, *behind]


def changed(cell: Cell, changes: dict[str, str], file: str) -> Cell:
    """The cell as its reader changes it, without the comments that belong to the page."""
    where, code = f"{file}: cell `{cell[0]}`", cell[2]
    code = re.sub(r"(?m)^[ \t]*# (?:vi|en):.*\n|[ \t]*# \(\d+\)!?[ \t]*$", "", code)
    for old, new in changes.items():
        if (count := code.count(old)) != 1:
            fail(f"{where}: expected {old!r} once, found {count}; name what the reader changes")
        code = code.replace(old, new)
    try:
        ast.parse(code)
    except SyntaxError as exc:
        fail(f"{where}: no Python any more when changed: {exc.msg}; mend the change")
    return cell[0], WHATEVER, code


def fail(line: str) -> NoReturn:
    """Fail with one line."""
    pytest.fail(line, pytrace=False)


def code_of(test_file: Path) -> Path:
    """The chapter's code: beside its test, or where it lies on the site."""
    part, name = test_file.parent.name, test_file.name.removeprefix("test_")
    places = [test_file.with_name(name), (test_file.parent / "../../../snippets" / part / name).resolve()]
    for place in places:
        if place.is_file():
            return place
    looked = f"no {name}: looked for {places[0]} and {places[1]}"
    fail(f"{looked}; take it from the site, /snippets/PART/{name}, and put it beside {test_file.name}")


def asked(test_file: Path, tries: str = "") -> dict[str, list[str]]:
    """For each cell the expressions of all `chapter.value("cell", "expression")` in a test file.

    With the name of a test that tries a change, those that it asks of this instead.
    """
    found: dict[str, list[str]] = {}
    for test in ast.parse(test_file.read_text("utf-8")).body:
        name = getattr(test, "name", "")
        for node in ast.walk(test):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "value":
                of_change = name.startswith("test_try_") and ast.unparse(node.func.value) != "chapter"
                if tries == (name if of_change else ""):
                    cell, expression = (ast.literal_eval(argument) for argument in node.args)
                    found.setdefault(cell, []).append(expression)
    return found


def run(path: Path, expressions: dict[str, list[str]], folder: Path, cells: Sequence[Cell] = ()) -> Ran:
    """Run the cells one after another, as a module of their own whose working directory is the folder.

    Args:
        cells: those to run; without them all of the chapter.
    """
    ran, main = Ran(path), types.ModuleType("__main__")
    source = path.read_text("utf-8")
    if "MNIST" in source:
        write_digits(folder / "data" / "MNIST" / "raw")
    with pytest.MonkeyPatch.context() as patch, figures_taken("matplotlib" in source, patch) as taken:
        patch.chdir(folder)
        patch.setitem(sys.modules, "__main__", main)
        torch.set_num_threads(1)
        for name, raises, code in cells or cells_of(source):
            ran.texts[name], ran.errors[name] = run_cell(path, name, raises, code, vars(main))
            ran.drawn[name] = taken()
            for expression in expressions.get(name, []):
                ran.values[name, expression] = value_of(expression, vars(main))
    return ran


def cells_of(source: str) -> Iterator[Cell]:
    """The cells of a chapter."""
    lines = source.split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith("# %% ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        raises = re.search(r' raises="(\w+)"', lines[start])
        code = "\n" * (start + 1) + "\n".join(lines[start + 1 : end])
        yield lines[start].split()[2], raises[1] if raises else "", code


def run_cell(path: Path, name: str, raises: str, code: str, names: dict[str, Any]) -> tuple[str, str]:
    """Run a cell; what it printed, and its error. One that it does not declare in its title line ends the run."""
    output, error = io.StringIO(), ""
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), warnings_printed():
        try:
            execute(code, str(path), names)
        except Exception as exc:
            if raises not in (WHATEVER, type(exc).__name__):
                raise
            error = f"{type(exc).__name__}: {exc}"
    if raises not in ("", WHATEVER) and not error:
        fail(f'{path.name}: cell `{name}` declares raises="{raises}" and ended well')
    return output.getvalue(), error


def execute(code: str, file: str, names: dict[str, Any]) -> None:
    """Run code and, if its last statement is an expression, show the value, as a notebook does."""
    tree = ast.parse(code, file)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, file, "exec"), names)
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), file, "eval"), names)
        if value is not None:
            print(repr(value))


@contextlib.contextmanager
def warnings_printed() -> Iterator[None]:
    """Print warnings, those that Python shows outside of pytest: category and text."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)
        warnings.showwarning = lambda message, category, *_: print(f"{category.__name__}: {message}", file=sys.stderr)
        yield


@contextlib.contextmanager
def figures_taken(draws: bool, patch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """Gives what hands over the figures since the last call. `plt.show()` closes what it shows, as in a notebook."""
    kept: list[str] = []
    plt: Any = importlib.import_module("matplotlib.pyplot") if draws else None

    def show(*_: object, **__: object) -> None:
        for number in plt.get_fignums() if plt else ():
            file = io.StringIO()
            plt.figure(number).savefig(file, format="svg", bbox_inches="tight")
            plt.close(number)
            kept.append(file.getvalue())

    def take() -> list[str]:
        show()
        taken = kept[:]
        kept.clear()
        return taken

    if plt:
        patch.setattr(plt, "show", show)
    yield take


def value_of(expression: str, names: dict[str, Any]) -> Any:
    """The value of an expression, as plain numbers and lists; the next cell draws the numbers that it would have."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = plain(eval(expression, dict(names)))
    random.setstate(states[0])
    np.random.set_state(states[1])
    torch.set_rng_state(states[2])
    return value


def plain(value: Any) -> Any:
    """Tensors, arrays and tuples as lists; a number in the shortest form of its dtype: 0.1, not 0.10000000149."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray | np.generic):
        if value.ndim == 0:
            return float(str(value)) if value.dtype.kind == "f" else value.item()
        return [plain(item) for item in value]
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def write_digits(folder: Path) -> None:
    """scikit-learn's 8×8 digits as images of 28×28 in MNIST's files: what the chapters of the site ran on.

    A pixel becomes a square of three, with a frame of two; every fifth image is held out for testing.
    """
    digits = importlib.import_module("sklearn.datasets").load_digits()
    images = np.rint(digits.images * 255 / 16).astype(np.uint8).repeat(3, axis=1).repeat(3, axis=2)
    images = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    labels = digits.target.astype(np.uint8)
    held_out = np.arange(len(labels)) % 5 == 4
    folder.mkdir(parents=True)
    for part, chosen in (("train", ~held_out), ("t10k", held_out)):
        for kind, array in (("images-idx3", images[chosen]), ("labels-idx1", labels[chosen])):
            head = struct.pack(f">BBBB{array.ndim}i", 0, 0, 8, array.ndim, *array.shape)
            (folder / f"{part}-{kind}-ubyte").write_bytes(head + array.tobytes())
