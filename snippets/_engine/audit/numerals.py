"""Numbers as people and programs write them: found in a text, and held against each other.

`1,234`, `1.234` and `1 234` may each be a thousand and more, `12,5` twelve and a half, `97.2 %` a share, `1.5 × 10⁻⁵` a
small number: a text gives every reading that it allows. Signs do not count, as prose says "falls by 4.25".
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

DIGITS = 3
"""Numbers of fewer significant digits are too common to come from one run for sure."""
_SPACE = "[ \u00a0\u2009\u202f]"
_TOKEN = re.compile(
    rf"(?<![\w#])(?<!\w\.)(?<!\d,)(?<![^\W\d][-/])(?P<body>\d+(?:{_SPACE}\d{{3}}(?!\d)|[.,_]\d+)*(?:[eE][+-]?\d+)?)"
    r"(?!\w|[.,]\d|/[^\W\d])"
)
_POWER = re.compile(r"\s*(?:×|·|\*|x|\\times|\\cdot)\s*10(?:\^\{?(?P<plain>[-−]?\d+)\}?|(?P<raised>[⁻⁺]?[⁰¹²³⁴-⁹]+))")
_PERCENT = re.compile(r"\s?(?:\\?%|per ?cent\b|phần trăm\b)")
_PRINTED = re.compile(r"(?<![\w.])(?P<number>\d+(?:,\d{3}(?!\d))*(?:\.\d*)?(?:e[+-]?\d+)?)(?!\w|\.\d)(?P<percent> ?%)?")
_DATE = re.compile(r"(?<!\d)\d{4}([-/])\d{1,3}(?:\1\d{1,2})?(?!\d)")
_GROUPED = re.compile(rf"[1-9]\d{{0,2}}(?:(?P<mark>[.,]|_|{_SPACE})\d{{3}})(?:(?P=mark)\d{{3}})*(?P<rest>[.,]\d+)?")


@dataclass(frozen=True)
class Number:
    """A number in a text."""

    text: str
    """As it stands there, without a percent sign or a power of ten."""
    readings: tuple[Decimal, ...]
    """What it may mean, each with the digits after its point that were written."""

    @property
    def long(self) -> bool:
        """Whether any reading has `DIGITS` significant digits or more."""
        return any(significant(reading) >= DIGITS for reading in self.readings)


def numbers(text: str) -> Iterator[Number]:
    """The numbers in a text, from left to right, dates and parts of names left out."""
    text = _DATE.sub(lambda date: " " * len(date[0]), text)
    for token in _TOKEN.finditer(text):
        power = _POWER.match(text, token.end())
        end = power.end() if power else token.end()
        readings = _readings(token["body"])
        if power:
            raised = unicodedata.normalize("NFKC", power["plain"] or power["raised"]).replace("−", "-")
            readings = [reading.scaleb(int(raised)) for reading in readings]
        if _PERCENT.match(text, end):
            readings += [reading.scaleb(-2) for reading in readings]
        if readings:
            yield Number(re.sub(_SPACE, " ", token["body"]), tuple(dict.fromkeys(readings)))


def _readings(body: str) -> list[Decimal]:
    """Everything that a token of digits and separators may mean; none for a version such as 2.13.0."""
    found = [Decimal(body)] if re.fullmatch(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", body) else []
    grouped = _GROUPED.fullmatch(body)
    if grouped and (grouped["rest"] or "")[:1] != grouped["mark"]:
        rest = (grouped["rest"] or "").replace(",", ".")
        found.append(Decimal(re.sub(r"\D", "", body[: len(body) - len(rest)]) + rest))
    if re.fullmatch(r"\d+,\d+", body):
        found.append(Decimal(body.replace(",", ".")))
    parts = re.split(rf",|{_SPACE}", body)
    if len(parts) > 1 and all(re.fullmatch(r"\d+(?:\.\d+)?", part) for part in parts):
        found += map(Decimal, parts)  # a list without spaces, or two numbers in a row
    return found


def significant(number: Decimal) -> int:
    """Significant digits as written: those of 0.050 are two, those of 250 three."""
    return len(number.as_tuple().digits) if number else 0


def printed(text: str) -> Iterator[Decimal]:
    """The numbers in what Python printed, without their signs; 97.2% is 97.2 and 0.972."""
    for token in _PRINTED.finditer(text):
        number = Decimal(token["number"].replace(",", ""))
        yield from (number, number.scaleb(-2)) if token["percent"] else (number,)


def says(typed: Number, run: Decimal) -> bool:
    """Whether a typed number is a run's, written out, rounded or cut."""
    return any(significant(reading) >= DIGITS and _same(reading, run) for reading in typed.readings)


def _same(typed: Decimal, run: Decimal) -> bool:
    exponent = typed.as_tuple().exponent
    if typed == run or not isinstance(exponent, int):
        return typed == run
    step, over = Decimal(1).scaleb(exponent), run - typed
    return abs(over) * 2 <= step or (exponent < 0 and 0 <= over < step)
