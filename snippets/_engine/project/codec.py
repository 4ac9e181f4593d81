"""Frozen dataclasses as JSON data and back, by their annotations: for what is kept on disk or goes between processes.

A field that is added, moved or renamed changes what is written; what was written before is then refused, not misread.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
_Reader = Callable[[Any], Any]


def to_json(value: Any) -> Any:
    """A value as JSON data: dataclasses as objects, sequences and sets as lists (sets sorted), decimals as text."""
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(map(to_json, value))
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    return str(value) if isinstance(value, Decimal) else value


def from_json(kind: type[T], data: Any) -> T:
    """The value that `to_json` made the data from.

    Args:
        kind: its type: a dataclass, or such as `tuple[Finding, ...]`.

    Raises:
        TypeError, ValueError: the data are not of that type.
    """
    value: T = _reader(kind)(data)  # type: ignore[arg-type]  # a type is hashable
    return value


@cache
def _reader(kind: Any) -> _Reader:
    """What reads a type; found once for each."""
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (tuple, frozenset, list):
        return _sequence_reader(origin, inner)
    if origin is dict:
        item = _reader(inner[1])
        return lambda data: {key: item(value) for key, value in data.items()}
    if origin is UnionType and inner[-1] is NoneType and len(inner) == 2:
        some = _reader(inner[0])
        return lambda data: None if data is None else some(data)
    return Decimal if kind is Decimal else lambda data: data


def _dataclass_reader(kind: Any) -> _Reader:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}

    def read(data: Any) -> Any:
        if data.keys() != readers.keys():
            raise ValueError(f"{kind.__name__} has the fields {', '.join(readers)}, not {', '.join(data)}")
        return kind(**{name: reader(data[name]) for name, reader in readers.items()})

    return read


def _sequence_reader(origin: Any, inner: tuple[Any, ...]) -> _Reader:
    if origin is tuple and inner[-1] is not Ellipsis:
        readers = [_reader(item) for item in inner]
        return lambda data: tuple(reader(item) for reader, item in zip(readers, data, strict=True))
    item = _reader(inner[0])
    return lambda data: origin(map(item, data))
