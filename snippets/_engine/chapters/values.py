"""Named values, evaluated after a cell, kept as JSON, formatted in the build; and text, as both values and outputs keep
it: what a terminal shows, the same in every run."""

import math
import random
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")
_REDRAWS = re.compile(r"\r(?!\n)|\x08|\x1b\[[0-9;?]*[A-HJKfhlsu]")
_STEP = re.compile(r"\x1b\[(?P<numbers>[0-9;?]*)(?P<move>[A-Za-z])|(?P<control>[\n\r\b])|[^\n\r\b\x1b]+|\x1b")
_WIDEST = 2000
_MOST = 1_000
"""Numbers and texts of a value: a sentence cites one, or a few."""
_LONGEST = 10_000
"""Signs of a text."""
_KEPT = "\t\n\r"
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in _KEPT}
_PICTURES |= {0x7F: "\u2421", **dict.fromkeys(range(0x80, 0xA0), "\ufffd")}


class NotJsonError(TypeError):
    """A value of a type that a record cannot hold."""


def evaluate(expression: str, namespace: dict[str, Any]) -> Json:
    """The value of an expression as JSON, leaving the namespace's random states as they were.

    Raises:
        Exception: whatever the expression raises; NotJsonError when its value has no JSON form.
    """
    with _random_states_kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return to_json(eval(compile(expression, "<value>", "eval"), dict(namespace)))


def to_json(value: Any) -> Json:
    """Numbers, text, None and lists; tensors and arrays by their numbers in the shortest form of their dtype.

    Raises:
        NotJsonError: anything else, or more of it than a page can cite.
    """
    _refuse_large(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return normalised(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and type(value) is float:
        return _float(value)
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if hasattr(value, "detach") and hasattr(value, "tolist"):
        value = value.detach().cpu()
        value = value.float() if str(value.dtype) == "torch.bfloat16" else value
        return _array(value.numpy())
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return _array(value)
    raise NotJsonError(f"a value must be a number, text, None or a list of them, not {type(value).__name__}")


def _refuse_large(value: Any) -> None:
    """Before anything is made of it: a tensor of a model has millions of numbers."""
    if isinstance(value, str) and len(value) > _LONGEST:
        raise NotJsonError(f"a value may have {_LONGEST:,} signs, not {len(value):,}; cite a part of it")
    if (size := _size(value)) > _MOST:
        raise NotJsonError(f"a value may hold {_MOST:,} numbers or texts, not {size:,} or more; cite a part of it")


def _size(value: Any) -> int:
    if isinstance(value, (list, tuple)):
        return sum(map(_size, value)) if len(value) <= _MOST else len(value)
    shape = getattr(value, "shape", ())
    return math.prod(shape) if isinstance(shape, tuple) else 1


def _array(array: Any) -> Json:
    if array.ndim:
        return [_array(item) for item in array]
    if array.dtype.kind == "f":
        return _float(float(str(array)))  # str() of a NumPy number is its shortest form
    return to_json(array.item())


def _float(number: float) -> Json:
    """JSON has no infinity and no NaN: keep them by name."""
    return number if math.isfinite(number) else {"float": repr(number)}


def shown(value: Json, spec: str = "") -> str:
    """A value as the page shows it.

    Raises:
        ValueError, TypeError: the format does not fit the value.
    """
    plain = _decoded(value)
    return format(plain, spec) if spec else str(plain)


def _decoded(value: Json) -> Any:
    if isinstance(value, dict):
        return float(str(value["float"]))
    return [_decoded(item) for item in value] if isinstance(value, list) else value


@contextmanager
def _random_states_kept() -> Iterator[None]:
    state = random.getstate()
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    numpy_state = numpy.random.get_state() if numpy else None
    torch_state = torch.get_rng_state() if torch else None
    try:
        yield
    finally:
        random.setstate(state)
        if numpy:
            numpy.random.set_state(numpy_state)
        if torch:
            torch.set_rng_state(torch_state)


def normalised(text: str) -> str:
    """Text as it is recorded: redrawn lines as a terminal leaves them, addresses replaced by a fixed one, line ends
    `\\n`, UTF-8, control characters as pictures."""
    whole = text.encode("utf-8", "replace").decode().replace("\r\n", "\n")
    if redraws(whole) >= 0:
        whole = _Screen().after(whole)
    return visible(_ADDRESS.sub("at 0x7f0000000000", whole))


def redraws(text: str) -> int:
    """Where text first goes back over what it wrote, as a progress bar does; -1 where it never does."""
    found = _REDRAWS.search(text)
    return found.start() if found else -1


def visible(text: str) -> str:
    """Text whose control characters can be seen (␛ for an escape), so that no terminal, page or notebook obeys them."""
    return text.translate(_PICTURES)


class _Screen:
    """The lines of a terminal, as wide and high as it needs to be."""

    def __init__(self) -> None:
        self._lines: list[list[str]] = [[]]
        self._redrawn: set[int] = set()
        self._row = self._column = 0

    def after(self, text: str) -> str:
        """What stands there once the text was written."""
        for step in _STEP.finditer(text):
            if step["move"]:
                self._move(step["move"], step["numbers"])
            elif step["control"] == "\n":
                self._row, self._column = self._row + 1, 0
                if self._row == len(self._lines):
                    self._lines.append([])
            elif step["control"]:
                self._redrawn.add(self._row)
                self._column = 0 if step["control"] == "\r" else max(0, self._column - 1)
            else:
                self._write(step[0])
        lines = ("".join(line) for line in self._lines)
        return "\n".join(line.rstrip() if row in self._redrawn else line for row, line in enumerate(lines))

    def _write(self, text: str) -> None:
        line = self._lines[self._row]
        line.extend(" " * (self._column - len(line)))
        line[self._column : self._column + len(text)] = text
        self._column += len(text)

    def _move(self, move: str, numbers: str) -> None:
        """Cursor moves and erasing; colours and what else a terminal does not show as characters leave no trace."""
        first = numbers.partition(";")[0]
        count = int(first) if first.isdigit() else 0
        way = max(count, 1)
        line = self._lines[self._row]
        self._redrawn.add(self._row)
        match move:
            case "A" | "F":
                self._row = max(0, self._row - way)
            case "B" | "E":
                self._row = min(len(self._lines) - 1, self._row + way)
            case "C":
                self._column = min(_WIDEST, self._column + way)
            case "D":
                self._column = max(0, self._column - way)
            case "G":
                self._column = min(_WIDEST, way - 1)
            case "K" if count == 0:
                del line[self._column :]
            case "K":
                line[: len(line) if count == 2 else self._column + 1] = [] if count == 2 else " " * (self._column + 1)
            case "J" if count >= 2:
                self._lines, self._row, self._column = [[]], 0, 0
            case "J" if count == 0:
                self._lines[self._row + 1 :] = []
                del line[self._column :]
            case "H" | "f" if not numbers:
                self._row = self._column = 0
            case _:
                return
        self._column = 0 if move in "EF" else self._column
        self._redrawn.add(self._row)
