"""Explorable figures: a cell with `slider="lr"` is a loop that shows a figure in each step, its frames.

A figure that is shown takes the values of the slider's variables as its name (`value_of`, in the run). What was printed
since the frame before belongs to the frame, what comes after the last one to all of them (`split`). What such a cell
must keep to is told by `breach` in one sentence: of a run before it is recorded, of a record before it is shown.
"""

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ..project.errors import Finding, listed
from .cells import Cell, Chapter
from .results import ChapterRun, Output
from .values import Json

FEWEST, MOST = 3, 24
LARGEST = 20_000
"""Bytes of a frame's SVG."""
LARGEST_RECORD = 1_500_000
"""Bytes of a record with frames in it."""
_WRONG = "wrong"
_FARTHEST = 10**15
_NAME = re.compile(r'(?! )[^"<>`\\]{1,40}(?<! )')
_NAMES = 'as text it must have 1 to 40 printable characters, none of " ` \\ < >, no space at its ends'
_FIELD = re.compile(r"\{\{|\}\}|\{(?P<name>[A-Za-z_]\w*)(?::(?P<format>[^{}]*))?\}|[{}]", re.ASCII)


@dataclass(frozen=True)
class Frame:
    """One figure of an explorable one."""

    values: tuple[tuple[str, Json], ...]
    """The slider's variables with their values, in the slider's order."""
    texts: tuple[Output, ...]
    """What was printed since the frame before."""
    figure: Output

    @property
    def outputs(self) -> tuple[Output, ...]:
        """All that it gave."""
        return (*self.texts, self.figure)

    @property
    def label(self) -> str:
        """Its name as a reader sees it: `lr = 0.05`."""
        return ", ".join(f"{name} = {value}" for name, value in self.values)

    @property
    def state(self) -> str:
        """Its name as it stands in an address: `lr=0.05`, `degree=3&points=40`."""
        return "&".join(f"{name}={quote(str(value), safe='')}" for name, value in self.values)


def variables(cell: Cell) -> tuple[str, ...]:
    """The variables of a cell's sliders, one or two; none for any other cell."""
    return tuple(cell.options.get("slider", "").split())


def split(cell: Cell, outputs: Sequence[Output]) -> tuple[tuple[Frame, ...], tuple[Output, ...]]:
    """What a cell with a slider gave, as its frames and what belongs under all of them."""
    frames, texts, names = [], list[Output](), variables(cell)
    for output in outputs:
        if output.frame is None:
            texts.append(output)
        else:
            given = output.frame
            frames.append(Frame(tuple((name, given.get(name)) for name in names), tuple(texts), output))
            texts = []
    return tuple(frames), tuple(texts)


def value_of(namespace: Mapping[str, Any], name: str) -> Json:
    """What a figure shown now takes from a variable; where that is no name, what it is instead, for `breach`."""
    if name not in namespace:
        return {_WRONG: "not bound when the figure is shown; it must be a variable of the module"}
    value = namespace[name]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return _settled(kind(value))
    return {_WRONG: f"of type {type(value).__name__}; it must be int, float, str or bool"}


def _settled(value: bool | int | float | str) -> Json:
    if isinstance(value, str):
        return value if _NAME.fullmatch(value) and value.isprintable() else {_WRONG: f"{value!r}; {_NAMES}"}
    reached = abs(value) <= _FARTHEST  # false for nan
    return value if reached else {_WRONG: "infinite, nan or beyond 10**15; no slider reaches it"}


def breach(cell: Cell, outputs: Sequence[Output]) -> str:
    """What of a cell with a slider is not as it must be, or an empty string."""
    frames, rest = split(cell, outputs)
    beside = [output for frame in frames for output in frame.texts]
    if others := [output.kind for output in (*beside, *rest) if output.kind != "text"]:
        return f"gives a {others[0]} that is no frame; show each figure with plt.show() in the loop"
    if not FEWEST <= len(frames) <= MOST:
        return f"shows {len(frames)} frames; there must be {FEWEST} to {MOST}, each shown with plt.show() in the loop"
    return _wrong_names(cell, frames) or _wrong_order(cell, frames) or _wrong_size(frames)


def _wrong_names(cell: Cell, frames: Sequence[Frame]) -> str:
    for number, frame in enumerate(frames, 1):
        named = frame.figure.frame or {}
        if set(named) != set(variables(cell)):
            return f"frame {number} is named by {listed(sorted(named))}; expected {listed(variables(cell))}"
        for name, value in frame.values:
            if isinstance(value, dict):
                return f"at frame {number} `{name}` is {value.get(_WRONG)}"
            if not isinstance(value, bool | int | float | str) or isinstance(_settled(value), dict):
                return f"at frame {number} `{name}` is {value!r}; it must be int, float, str or bool"
    return ""


def _wrong_order(cell: Cell, frames: Sequence[Frame]) -> str:
    labels = [frame.label for frame in frames]
    if twice := [label for number, label in enumerate(labels) if label in labels[:number]]:
        return f"two frames are `{twice[0]}`; change {listed(variables(cell))} and show one figure in each step"
    for name, values in axes(frames).items():
        kinds = {"number" if type(value) in (int, float) else type(value).__name__ for value in values}
        if len(kinds) > 1:
            return f"`{name}` is now a {', now a '.join(sorted(kinds))}; keep to one"
        falls = [(a, b) for a, b in itertools.pairwise(values) if kinds == {"number"} and a >= b]  # type: ignore[operator]
        if falls:
            return f"`{name}` goes from {falls[0][0]} to {falls[0][1]}; numbers must ascend"
    sizes = [len(values) for values in axes(frames).values()]
    if math.prod(sizes) != len(frames):
        grid = " × ".join(map(str, sizes))
        return f"shows {len(frames)} frames of a grid of {grid}; two variables must fill it"
    return ""


def _wrong_size(frames: Sequence[Frame]) -> str:
    for frame in frames:
        size = len(frame.figure.text.encode())
        if size > LARGEST:
            return f"frame `{frame.label}` has {size:,} bytes; draw less, at most {LARGEST:,}"
    return ""


def oversized(size: int) -> str:
    """What to say of a record of so many bytes, or an empty string."""
    return f"the record has {size:,} bytes; draw less, at most {LARGEST_RECORD:,}" if size > LARGEST_RECORD else ""


def finding(path: str, cell: Cell, what: str, fix: str = "") -> Finding:
    """A breach as every command tells it, at the cell's line.

    Args:
        path: the snippet, as messages name it.
    """
    return Finding("cell", path, cell.line, f'slider="{cell.options["slider"]}" of cell `{cell.name}`: {what}', fix)


def findings(run: ChapterRun) -> list[Finding]:
    """The breaches of a run."""
    with_slider = [cell for cell in run.cells if variables(run.chapter.by_name[cell.name])]
    told = [(run.chapter.by_name[ran.name], breach(run.chapter.by_name[ran.name], ran.outputs)) for ran in with_slider]
    return [finding(run.chapter.path, cell, what) for cell, what in told if what]


def in_variant(chapter: Chapter, variant: str) -> list[Finding]:
    """The explorable figures of a chapter, in a record that can have none."""
    what = f"an explorable figure has no variants, and `{variant}` is one"
    explorable = [cell for cell in chapter.cells if variables(cell)] if variant != "cpu" else []
    return [finding(chapter.path, cell, what, "remove the option, or that record") for cell in explorable]


def axes(frames: Sequence[Frame]) -> dict[str, list[Json]]:
    """For each variable its different values, in the order in which they come."""
    found: dict[str, dict[str, Json]] = {}
    for frame in frames:
        for name, value in frame.values:
            found.setdefault(name, {}).setdefault(repr(value), value)
    return {name: list(values.values()) for name, values in found.items()}


def on_paper(frames: Sequence[Frame]) -> set[int]:
    """The positions of the frames that are printed: the first, the last and two at thirds; of a grid, its corners."""
    edges = [(values[0], values[-1]) for values in axes(frames).values()]
    if len(edges) == 2:
        return {
            number
            for number, frame in enumerate(frames)
            if all(value in edge for (_, value), edge in zip(frame.values, edges, strict=True))
        }
    last = len(frames) - 1
    return {0, round(last / 3), round(2 * last / 3), last}


def alt_text(template: str, frame: Frame) -> str:
    """The alt text of a frame: `{lr}` and `{lr:.2f}` are its values, `{{` and `}}` braces.

    Raises:
        ValueError: a brace that is neither, a name that no frame has, a format that does not fit.
    """
    values = dict(frame.values)

    def one(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            if len(match[0]) == 1:
                raise ValueError(f"`{match[0]}` alone; write {{{{ or }}}} for a brace, {{name}} for a value")
            return match[0][0]
        if name not in values:
            raise ValueError(f"unknown name `{{{name}}}`; there are: {listed([*values])}")
        try:
            return format(values[name], match["format"] or "")
        except (TypeError, ValueError) as exc:
            raise ValueError(f"format `{match[0]}` of {values[name]!r}: {exc}") from None

    return _FIELD.sub(one, template)
