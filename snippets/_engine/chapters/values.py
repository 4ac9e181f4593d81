"""Named values: evaluated after a cell, kept as JSON, formatted in the build."""

import math
import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .text import normalised

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


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
        NotJsonError: anything else.
    """
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
