"""Named values: from the namespace of a cell to JSON to a sentence."""

import json
import math
import random
from typing import Any

import numpy as np
import pytest

from snippets._engine.chapters.values import NotJsonError, evaluate, shown, to_json

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (10**30, 10**30),
        (0.1, 0.1),
        ("đạo hàm", "đạo hàm"),
        ("lone \ud800", "lone ?"),
        ((1, (2.5, None)), [1, [2.5, None]]),
        ([], []),
        (float("nan"), {"float": "nan"}),
        (float("-inf"), {"float": "-inf"}),
        (np.float32(0.1), 0.1),
        (np.float64(0.1), 0.1),
        (np.float16(0.1), 0.1),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array([[0.1, 0.2]], dtype=np.float32), [[0.1, 0.2]]),
        (np.array([1, 2], dtype=np.uint8), [1, 2]),
        (np.array([True]), [True]),
        (np.array(2.5), 2.5),
        (np.array([np.inf], dtype=np.float32), [{"float": "inf"}]),
        (np.zeros((2, 0)), [[], []]),
    ],
)
def test_value_becomes_json(value: Any, expected: Any) -> None:
    found = to_json(value)
    assert json.dumps(found, allow_nan=False) == json.dumps(expected)


@pytest.mark.parametrize("value", [{"a": 1}, {1}, object(), b"x", 1j, np.array([1j]), len, [1, {}]])
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(NotJsonError, match=r"^a value must be a number, text, None or a list of them, not "):
        to_json(value)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        pytest.param(np.zeros((30, 40)), "1,000 numbers or texts, not 1,200 or more", id="array"),
        pytest.param([0] * 1001, "1,000 numbers or texts, not 1,001 or more", id="list"),
        pytest.param([[0] * 60] * 20, "1,000 numbers or texts, not 1,200 or more", id="nested"),
        pytest.param([np.zeros(600), np.zeros(600)], "1,000 numbers or texts, not 1,200 or more", id="arrays"),
        pytest.param("a" * 10_001, "10,000 signs, not 10,001", id="text"),
    ],
)
def test_what_no_sentence_can_cite_is_refused(value: Any, why: str) -> None:
    with pytest.raises(NotJsonError, match=rf"^a value may (?:hold|have) {why}; cite a part of it"):
        to_json(value)


def test_a_value_may_be_as_large_as_the_limits() -> None:
    assert to_json(np.ones((25, 40))) == [[1.0] * 40] * 25
    assert to_json(["a" * 10_000]) == ["a" * 10_000]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("torch.tensor(3.0)", 3.0),
        ("torch.tensor(0.1)", 0.1),
        ("torch.tensor(0.1, dtype=torch.float64)", 0.1),
        ("torch.tensor(0.1, dtype=torch.float16)", 0.1),
        ("torch.tensor([1, 2])", [1, 2]),
        ("torch.tensor([[True], [False]])", [[True], [False]]),
        ("torch.tensor([0.25], dtype=torch.bfloat16)", [0.25]),
        ("torch.tensor([1.0, 2.0], requires_grad=True) * 2", [2.0, 4.0]),
        ("torch.tensor(float('nan'))", {"float": "nan"}),
        ("torch.zeros(2, 3).shape", [2, 3]),
        ("torch.zeros(3, 2).T.contiguous().stride()", [3, 1]),
        ("torch.nn.Parameter(torch.zeros(1))", [0.0]),
    ],
)
def test_tensor_becomes_the_numbers_it_prints(expression: str, expected: Any) -> None:
    torch = pytest.importorskip("torch")
    assert evaluate(expression, {"torch": torch}) == expected


def test_expression_sees_the_names_and_binds_none() -> None:
    namespace = {"x": [1, 2]}
    assert evaluate("[n + x[0] for n in x]", namespace) == [2, 3]
    assert evaluate("(y := 5)", namespace) == 5
    assert set(namespace) == {"x"}


def test_random_states_are_put_back_even_after_an_error() -> None:
    random.seed(3)
    np.random.seed(3)
    expected = random.random(), np.random.rand()
    random.seed(3)
    np.random.seed(3)
    names = {"random": random, "np": np}
    evaluate("random.random() + np.random.rand()", names)
    with pytest.raises(ZeroDivisionError):
        evaluate("random.random() + np.random.rand() + 1 / 0", names)
    assert (random.random(), np.random.rand()) == expected


def test_warnings_of_an_expression_are_nobodys() -> None:
    assert evaluate("__import__('warnings').warn('x')", {}) is None


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [
        (18.0, "", "18.0"),
        (0.1, ".4f", "0.1000"),
        ([1.0, [2, None]], "", "[1.0, [2, None]]"),
        (["a", "b"], "", "['a', 'b']"),
        ("a", "", "a"),
        (None, "", "None"),
        (True, "", "True"),
        (7, "03", "007"),
        ({"float": "inf"}, ".1f", "inf"),
        ([{"float": "nan"}], "", "[nan]"),
    ],
)
def test_value_is_shown_as_python_shows_it(value: Any, spec: str, expected: str) -> None:
    assert shown(value, spec) == expected


def test_every_float_survives_the_way_into_the_record_and_back() -> None:
    for number in (0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0):
        found = json.loads(json.dumps(to_json(number)))
        assert (found, math.copysign(1, found)) == (number, math.copysign(1, number))
