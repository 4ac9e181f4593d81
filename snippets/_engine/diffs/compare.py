"""Is what a run gave the same as what is recorded?

On the same machine: exactly, but for what differs from run to run by nature. On another one: words, whole numbers,
shapes and error messages exactly, and each float within 1e-3·|expected| + 1e-4·S + one unit of its last printed digit,
S the largest magnitude in that output. Figures are compared by the numbers and words in their SVG and the pixels in it,
never by bytes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..chapters import frames
from ..chapters.cells import Cell
from ..chapters.environment import ENVIRONMENT
from ..chapters.frames import Frame
from ..chapters.results import CellRun, ChapterRun, Output
from ..chapters.values import Json, shown
from ..records.record import Record
from . import svg
from .svg import NUMBER

Rule = Literal["exact", "tolerant"]

RELATIVE, OF_LARGEST = 1e-3, 1e-4
_LABEL = re.compile(r"\b(?:epoch|of|seed|step) *$")
_ROUNDING = re.compile(r"\bround\(|precision|g\}")
_REPR = 8
"""Significant digits from which a number is printed whole, not rounded: the shortest form of a float32 has up to 9."""
_FLOAT = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)(?![\w.])")
_MINUTES = r"min(?![ :=]*[-+]?[\d.]+(?![\d.]| ?s\b))"  # not in `max 3.5 min 1.2`
_TIME = re.compile(rf"\b\d+(?:\.\d+)?(?: ?(?:ns|µs|us|ms|s|{_MINUTES}|it/s|s/it))\b|\b\d\d:\d\d\b")
_BAR = re.compile(r"\[(?:\d+:)?\d\d:\d\d<[^\]\n]*?(?=\]|, [A-Za-z_]\w*=)")
"""What a progress bar says of time and pace, up to its postfix: `[00:01<00:00, 99.9batch/s`."""
_SPACES = re.compile(r"[ \t]+")


@dataclass(frozen=True)
class Mismatch:
    """One difference between a record and a run."""

    cell: str
    what: str
    """`output`, `value x.grad`, …"""
    expected: str
    found: str

    def __str__(self) -> str:
        return f"cell `{self.cell}`, {self.what}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be off: by the rule, and by a cell's own `tolerance` and `samples`."""

    rule: Rule
    relative: float | None = None
    samples: int = 0
    slack: float = 2
    """So many of the samples may be counted otherwise."""
    rounds: bool = False
    """Whether the cell's code rounds, so that zeros may be missing at a number's end."""

    @classmethod
    def of(cls, cell: Cell, rule: Rule, variant: str = "cpu") -> "Tolerance":
        """The tolerance of a cell, whose variants may have more samples: `359 mnist=2000`."""
        own = cell.options.get("tolerance")
        rounds = _ROUNDING.search(cell.code) is not None
        usual, *others = cell.options.get("samples", "0").split()
        samples = int(dict(other.split("=") for other in others).get(variant, usual))
        slack = 2 * samples / int(usual) if samples else 0.0
        return cls(rule, float(own) if own else None, samples, slack, rounds)

    def accepts(self, expected: str, found: str, largest: float, unit: float = 0.0, percent: bool = False) -> bool:
        """Whether one number may stand for another.

        Args:
            largest: the largest magnitude beside it.
            unit: one unit of its last printed digit; 0 for a number that was not rounded.
            percent: whether a `%` follows it.
        """
        if expected == found:
            return True
        if self.rule == "exact":
            return False
        a, b = float(expected), float(found)
        if self.samples and expected.lstrip("+-").isdigit():  # a count
            return abs(a - b) <= self.slack and max(abs(a), abs(b)) <= self.samples
        relative = RELATIVE if self.relative is None else self.relative
        allowed = relative * abs(a) + OF_LARGEST * largest
        whole = 100 if percent else 1
        if self.samples and all(self._is_ratio(number / whole, unit / whole) for number in (a, b)):
            allowed = max(allowed, self.slack / self.samples * whole)
        return abs(a - b) <= (allowed + unit) * (1 + 1e-9)

    def _is_ratio(self, number: float, unit: float) -> bool:
        """Whether a number is a share of the samples.

        A printed one must be a whole number of them, as a loss beside it seldom is; a value may be the difference of
        two shares.
        """
        share = number * self.samples
        return abs(number) <= 1 and (not unit or abs(share - round(share)) <= (unit / 2 + 1e-6) * self.samples)


def rule_for(recorded: dict[str, Any], now: dict[str, Any]) -> Rule:
    """`exact` when versions, processor, capability, threads and maths libraries' settings are equal."""
    return "exact" if all(recorded.get(key) == now.get(key) for key in ENVIRONMENT) else "tolerant"


def compare(cell: Cell, expected: CellRun, found: CellRun, rule: Rule, variant: str = "cpu") -> list[Mismatch]:
    """The differences between the recorded and the new run of a cell; of its values only those in both."""
    tolerance = Tolerance.of(cell, rule, variant)
    if "volatile" in cell.options:
        pairs = [("outputs", _shape(expected.outputs), _shape(found.outputs))]
        return [Mismatch(cell.name, what, a, b) for what, a, b in pairs if a != b]
    either = _frames if frames.variables(cell) else _outputs
    mismatches = either(cell, expected.outputs, found.outputs, tolerance)
    for expression in expected.values.keys() & found.values.keys():
        a, b = expected.values[expression], found.values[expression]
        if not _same_value(a, b, tolerance):
            mismatches.append(Mismatch(cell.name, f"value {expression}", shown(a), shown(b)))
    return sorted(mismatches, key=lambda m: m.what)


def mismatches(old: Record, new: ChapterRun, rule: Rule) -> list[Mismatch]:
    """The differences between a record and a run, for the cells in both."""
    by_name = new.chapter.by_name
    return [
        mismatch
        for cell in new.cells
        if cell.name in old.by_name
        for mismatch in compare(by_name[cell.name], old.by_name[cell.name], cell, rule, old.variant)
    ]


def _frames(cell: Cell, expected: Sequence[Output], found: Sequence[Output], tolerance: Tolerance) -> list[Mismatch]:
    """Frame by frame, then what belongs under all of them."""
    (a, below_a), (b, below_b) = frames.split(cell, expected), frames.split(cell, found)
    if not _same_value(_names(a), _names(b), replace(tolerance, samples=0)):
        labels = (", ".join(f"`{frame.label}`" for frame in side) or "none" for side in (a, b))
        return [Mismatch(cell.name, "frames", *labels)]
    parts = [(f"frame `{one.label}`", one.outputs, other.outputs) for one, other in zip(a, b, strict=True)]
    return [
        replace(mismatch, what=f"{where}, {mismatch.what}")
        for where, one, other in [*parts, ("under all frames", below_a, below_b)]
        for mismatch in _outputs(cell, one, other, tolerance)
    ]


def _names(shown: Sequence[Frame]) -> Json:
    return [[value for _, value in frame.values] for frame in shown]


def _outputs(cell: Cell, expected: Sequence[Output], found: Sequence[Output], tolerance: Tolerance) -> list[Mismatch]:
    kinds = [[f"{o.kind} ({o.source})" for o in outputs] for outputs in (expected, found)]
    if kinds[0] != kinds[1]:
        first, second = (" + ".join(k) or "no output" for k in kinds)
        text = "; ".join(o.text.strip().split("\n")[0][:100] for o in found if o.kind == "error")
        return [Mismatch(cell.name, "outputs", first, second + (f": {text}" if text else ""))]
    pairs = enumerate(zip(expected, found, strict=True), 1)
    mismatches = []
    for number, (a, b) in pairs:
        what = ("output" if a.kind == "text" else a.kind) + (f" {number}" if len(expected) > 1 else "")
        difference = (figures if a.kind == "figure" else texts)(a.text, b.text, tolerance)
        if difference:
            mismatches.append(Mismatch(cell.name, what, *difference))
    return mismatches


def texts(expected: str, found: str, tolerance: Tolerance) -> tuple[str, str] | None:
    """The first differing line of two texts, or None; timings and runs of spaces never differ."""
    a, b = (settled(t).split("\n") for t in (expected, found))
    largest = max((abs(float(n)) for n in _FLOAT.findall("\n".join(a))), default=0.0)
    for one, other in zip(a, b, strict=False):
        if not _same_line(one, other, tolerance, largest):
            return repr(one), repr(other)
    if len(a) != len(b):
        return f"{len(a)} lines", f"{len(b)} lines"
    return None


def figures(expected: str, found: str, tolerance: Tolerance) -> tuple[str, str] | None:
    """The first difference of two figures, or None."""
    pixels = None if tolerance.rule == "exact" else tolerance.relative or 0.0
    places = replace(tolerance, samples=0)  # a coordinate counts nothing
    return svg.difference(expected, found, places.accepts, pixels)


def _same_line(a: str, b: str, tolerance: Tolerance, largest: float) -> bool:
    if a == b:
        return True
    pattern = NUMBER if tolerance.samples else _FLOAT
    skeletons = {pattern.sub("·", line).replace(" ·", "·") for line in (a, b)}  # a sign may take a space's place
    if tolerance.rule == "exact" or len(skeletons) > 1:
        return False
    pairs = zip(pattern.finditer(a), pattern.finditer(b), strict=True)
    return all(
        not (_is_label(a, x) and x[0] != y[0])
        and _same_form(x[0], y[0], tolerance.rounds)
        and tolerance.accepts(x[0], y[0], largest, _unit(x[0]), percent=a[x.end() :].lstrip().startswith("%"))
        for x, y in pairs
    )


def _is_label(line: str, number: re.Match[str]) -> bool:
    """Whether a whole number says what a line is about (`epoch 200:`, `of 50`): it counts nothing that varies."""
    after = line[number.end() :].lstrip()
    return "." not in number[0] and (after.startswith(":") or _LABEL.search(line[: number.start()]) is not None)


def _same_form(a: str, b: str, rounds: bool) -> bool:
    """Whether one `print` can give both, on two machines: `1.33` and `1.333` come from two formats.

    Torch prints whole numbers without decimals; Python leaves off zeros, of a long number or of a rounded one.
    """
    short, long = sorted((a.lower(), b.lower()), key=_decimals)
    if _decimals(short) == _decimals(long):
        return ("." in short) == ("." in long)
    if "e" in short + long or short.endswith("."):
        return "e" not in short or "e" not in long or _digits(long) >= _REPR
    if "." not in short or long.endswith("0") or (short.endswith("0") and _decimals(short) > 1):
        return False
    return rounds or _digits(long) >= _REPR


def _decimals(printed: str) -> int:
    return len(printed.lower().partition("e")[0].partition(".")[2])


def _digits(printed: str) -> int:
    """How many significant digits a number is printed with."""
    return len(re.sub(r"e.*|\D", "", printed.lower()).lstrip("0"))


def _unit(printed: str) -> float:
    """One unit of a printed number's last digit: 0.001 for `1.234`, 0 for `3` and for torch's whole `3.`."""
    exponent = printed.lower().partition("e")[2]
    decimals = _decimals(printed)
    return float(10.0 ** (int(exponent or 0) - decimals)) if decimals else 0.0


def settled(text: str) -> str:
    """A text without what differs from run to run by nature: timings, and how many spaces stand in a row."""
    return "\n".join(
        _SPACES.sub(" ", _TIME.sub("·time·", _BAR.sub("[·time·", line))).rstrip() for line in text.rstrip().split("\n")
    )


def _shape(outputs: Sequence[Output]) -> str:
    """What a volatile cell gives, numbers aside."""
    words = (NUMBER.sub("·", settled(o.text)) if o.kind != "figure" else "" for o in outputs)
    return " + ".join(f"{o.kind} {word!r}" for o, word in zip(outputs, words, strict=True))


def _same_value(a: Json, b: Json, tolerance: Tolerance, largest: float = 0.0) -> bool:
    largest = max(largest, _largest(a))
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_same_value(x, y, tolerance, largest) for x, y in zip(a, b, strict=True))
    if type(a) is type(b) and type(a) in ((int, float) if tolerance.samples else (float,)):
        return tolerance.accepts(repr(a), repr(b), largest)
    return type(a) is type(b) and a == b


def _largest(value: Json) -> float:
    if isinstance(value, list):
        return max(map(_largest, value), default=0.0)
    return abs(value) if isinstance(value, float) else 0.0
