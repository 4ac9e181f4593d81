"""The comparer on any outputs at all (hypothesis): nothing changed is overlooked, nothing equal is reported."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from snippets._engine.chapters import cells
from snippets._engine.chapters.results import CellRun, Output
from snippets._engine.chapters.values import Json
from snippets._engine.diffs import compare
from snippets._engine.diffs.compare import OF_LARGEST, RELATIVE, Rule

pytestmark = pytest.mark.unit

BOTH: tuple[Rule, ...] = ("exact", "tolerant")
CELL = cells.parse("# %% cell\nx = 1\n", name="a/b", path="a/b.py").cells[0]
TRICKY = ["1.5", "-0.25", "1e-3", ".5", "3.", "12", " ", "  ", "\t", "\n", "3 s", "5 min", "00:12", "nan", "-inf", "x"]
anything = st.lists(st.sampled_from(TRICKY) | st.text(max_size=3), max_size=12).map("".join)
kinds = st.sampled_from([("text", "stdout"), ("text", "result"), ("error", "error"), ("figure", "display")])
svg = st.lists(st.floats(0, 999).map(lambda n: f"{n:.3f}"), min_size=1, max_size=4).map(
    lambda numbers: f'<svg xmlns="http://www.w3.org/2000/svg"><path d="M {" ".join(numbers)}"/></svg>'
)
output = kinds.flatmap(lambda kind: st.builds(Output, st.just(kind[0]), st.just(kind[1]), anything | svg))
finite = st.floats(allow_nan=False, allow_infinity=False)
json_value: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | st.text(max_size=4), lambda inner: st.lists(inner, max_size=3)
)
run = st.builds(
    CellRun,
    st.just("cell"),
    st.lists(output, max_size=3).map(tuple),
    st.dictionaries(st.sampled_from(["x", "y.grad"]), json_value, max_size=2),
)
word = st.from_regex(r"[a-zà-ỹ]{4,8}", fullmatch=True)
integer = st.integers(-(10**9), 10**9).map(str)
number = st.decimals(-(10**6), 10**6, places=3).map(lambda n: f"{n:.3f}")
token = word | integer | number | st.sampled_from(["(", "[", "]", ")"])
text_of_tokens = st.lists(token, min_size=1, max_size=8)


def same(a: CellRun | str, b: CellRun | str, rule: Rule) -> bool:
    """Whether nothing differs between two runs, or two texts on stdout."""
    runs = (run if isinstance(run, CellRun) else CellRun("cell", (Output("text", "stdout", run),)) for run in (a, b))
    return not compare.compare(CELL, *runs, rule)


@given(run, st.sampled_from(BOTH))
def test_a_run_is_the_same_as_itself(one: CellRun, rule: Rule) -> None:
    assert same(one, one, rule)


@given(run, run)
def test_exact_has_no_direction_and_is_the_stricter_rule(one: CellRun, other: CellRun) -> None:
    exact = same(one, other, "exact")
    assert exact == same(other, one, "exact")
    assert not exact or same(one, other, "tolerant")


@given(text_of_tokens, text_of_tokens)
def test_exact_finds_any_changed_token(one: list[str], other: list[str]) -> None:
    a, b = " ".join(one), " ".join(other)
    assert same(a, b, "exact") == (a == b)


@given(text_of_tokens, st.data(), st.sampled_from(BOTH))
def test_a_changed_word_or_whole_number_is_always_found(tokens: list[str], data: st.DataObject, rule: Rule) -> None:
    at = data.draw(st.integers(0, len(tokens) - 1))
    assume("." not in tokens[at])
    new = data.draw(word | integer)
    assume(new != tokens[at])
    changed = [*tokens[:at], new, *tokens[at + 1 :]]
    assert not same(" ".join(tokens), " ".join(changed), rule)
    assert not same("\n".join(tokens), "\n".join(changed), rule)
    less = [*tokens[:at], *tokens[at + 1 :]]
    assert not same(" ".join(tokens), " ".join(less), rule)


def printed(number: Fraction, decimals: int) -> str:
    """A multiple of its last digit, exactly."""
    digits = str(abs(int(number * 10**decimals))).rjust(decimals + 1, "0")
    return f"{'-' if number < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"


decimal = st.builds(
    lambda n, places: printed(Fraction(n, 10**places), places), st.integers(-(10**7), 10**7), st.integers(1, 6)
)


@given(st.lists(decimal, min_size=1, max_size=5), st.data())
def test_a_float_is_found_beyond_the_tolerance_and_never_within(numbers: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(numbers) - 1))
    decimals = len(numbers[at].partition(".")[2])
    unit = Fraction(1, 10**decimals)
    expected = Fraction(numbers[at])
    largest = max(abs(Fraction(n)) for n in numbers)
    allowed = Fraction(str(RELATIVE)) * abs(expected) + Fraction(str(OF_LARGEST)) * largest + unit
    steps = data.draw(st.integers(0, int(3 * allowed / unit)))
    found = expected + data.draw(st.sampled_from([-1, 1])) * steps * unit
    assume(abs(steps * unit - allowed) > allowed / 10**6)
    changed = [*numbers[:at], printed(found, decimals), *numbers[at + 1 :]]
    within = steps * unit < allowed
    assert same(" ".join(numbers), " ".join(changed), "tolerant") == within
    assert same(f"loss: {', '.join(numbers)}", f"loss: {', '.join(changed)}", "tolerant") == within
    assert same(" ".join(numbers), " ".join(changed), "exact") == (steps == 0)


values = st.lists(finite.filter(lambda n: 1e-100 < abs(n) < 1e100), min_size=1, max_size=5)


@given(values, st.data())
def test_a_recorded_float_is_found_beyond_the_tolerance_and_never_within(
    numbers: list[float], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(numbers) - 1))
    allowed = RELATIVE * abs(numbers[at]) + OF_LARGEST * max(map(abs, numbers))
    share = data.draw(st.floats(-3, 3).filter(lambda n: abs(abs(n) - 1) > 1e-6))
    changed: list[Json] = [*numbers[:at], numbers[at] + share * allowed, *numbers[at + 1 :]]
    one, other = (CellRun("cell", (), {"x": list(given_values)}) for given_values in (numbers, changed))
    assert same(one, other, "tolerant") == (abs(share) < 1)
    assert same(one, other, "exact") == (changed == numbers)


@given(json_value, json_value, st.sampled_from(BOTH))
def test_a_recorded_value_of_another_kind_is_always_found(one: Json, other: Json, rule: Rule) -> None:
    assume(type(one) is not type(other) or (not isinstance(one, float | list) and one != other))
    assert not same(CellRun("cell", (), {"x": one}), CellRun("cell", (), {"x": other}), rule)
