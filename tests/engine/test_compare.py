"""Is a run the same as its record: exactly on one machine, within tolerances on another."""

from collections.abc import Sequence
from typing import Any

import pytest

from snippets._engine.chapters import cells
from snippets._engine.chapters.results import CellRun, Output
from snippets._engine.chapters.values import Json
from snippets._engine.diffs import compare
from snippets._engine.diffs.compare import Mismatch, Rule

pytestmark = pytest.mark.unit

BOTH: tuple[Rule, ...] = ("exact", "tolerant")


def ran(outputs: str | Sequence[Output] = (), values: dict[str, Json] | None = None) -> CellRun:
    """A cell's run; plain text stands for one output on stdout."""
    given = (Output("text", "stdout", outputs),) if isinstance(outputs, str) else tuple(outputs)
    return CellRun("cell", given, values or {})


def differ(
    expected: str | Sequence[Output] | CellRun,
    found: str | Sequence[Output] | CellRun,
    rule: Rule = "tolerant",
    options: str = "",
) -> list[Mismatch]:
    """The differences between two runs of a cell with options."""
    (cell,) = cells.parse(f"# %% cell {options}\nx = 1\n", name="a/b", path="a/b.py").cells
    a, b = (run if isinstance(run, CellRun) else ran(run) for run in (expected, found))
    return compare.compare(cell, a, b, rule)


def same(expected: Any, found: Any, rule: Rule = "tolerant", options: str = "") -> bool:
    """Whether nothing differs."""
    return not differ(expected, found, rule, options)


# What differs from run to run by nature


@pytest.mark.parametrize("rule", BOTH)
@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("a  b\t c\n", "a b c\n\n"),
        ("ran in 0.5 s\n", "ran in 12.25 s\n"),
        ("12 ms, 1.5 µs, 3 min", "9 ms, 2.5 µs, 4 min"),
        ("100%|██| 5/5 [00:01, 4.2it/s]", "100%|██| 5/5 [00:12, 0.3it/s]"),
    ],
    ids=["spaces", "seconds", "other units", "progress bar"],
)
def test_spaces_and_timings_never_differ(expected: str, found: str, rule: Rule) -> None:
    assert same(expected, found, rule)


@pytest.mark.parametrize(
    "found", ["steps: 4 s", "max 3.5 mins", "5 min 4 max", "1.5 ms"], ids=["seconds", "minutes", "min", "unit"]
)
def test_words_beside_a_timing_differ(found: str) -> None:
    assert not same("steps: 5 m", found, "exact")


def test_least_of_some_numbers_is_no_minutes() -> None:
    assert not same("max 3.5 min 1.2", "max 9.5 min 1.2", "exact")
    assert not same("max: 3.5, min: 1.2", "max: 3.5, min: 1.3", "exact")


def test_lines_differ_in_number_and_order() -> None:
    assert differ("a\nb\n", "a\nb\nc\n") == [Mismatch("cell", "output", "2 lines", "3 lines")]
    assert differ("a\nb\n", "b\na\n") == [Mismatch("cell", "output", "'a'", "'b'")]


# The exact rule


@pytest.mark.parametrize("found", ["loss: 0.5001", "loss: 0.50000", "Loss: 0.5000", "loss: 0.5000!"])
def test_exact_rule_takes_no_other_digit_or_word(found: str) -> None:
    assert same("loss: 0.5000", "loss: 0.5000", "exact")
    assert not same("loss: 0.5000", found, "exact")


def test_exact_rule_ignores_tolerance_and_samples() -> None:
    assert not same("0.5000", "0.5001", "exact", 'tolerance="0.1"')
    assert not same("right: 390", "right: 391", "exact", 'samples="400"')


# The tolerant rule


@pytest.mark.parametrize(
    ("expected", "found", "accepted"),
    [
        ("18.000", "18.018", True),  # 1e-3 of 18, 1e-4 of the largest, one unit of the last digit
        ("18.000", "18.020", True),
        ("18.000", "18.021", False),
        ("0.5", "0.6", True),  # one unit of the last digit
        ("0.5", "0.7", False),
        ("0.50", "0.51", True),
        ("0.50", "0.52", False),
        ("1.0e-05", "1.1e-05", True),
        ("1.0e-05", "1.3e-05", False),
        ("tensor([1., 2.])", "tensor([1., 2.])", True),
        ("tensor([1., 2.])", "tensor([1., 3.])", False),
        ("tensor(-2.5000)", "tensor(-2.5020)", True),
        ("tensor(-2.5000)", "tensor(2.5000)", False),
        (".5000", ".5004", True),
    ],
)
def test_floats_may_be_off_by_the_rule(expected: str, found: str, accepted: bool) -> None:
    assert same(expected, found) is accepted


@pytest.mark.unit
@pytest.mark.parametrize(
    ("expected", "found", "accepted"),
    [
        pytest.param("1.3333", "1.33333", False, id="one digit more"),
        pytest.param("0.8000", "0.80000", False, id="one zero more"),
        pytest.param("1.333e-05", "1.3333e-05", False, id="one digit more, with an exponent"),
        pytest.param("2.", "2.0000", True, id="torch prints whole numbers without decimals"),
        pytest.param("[2.0, 0.3]", "[1.9999999, 0.3]", True, id="long: all the digits of a float32"),
        pytest.param("0.25", "0.24999999999999997", True, id="long: all the digits of a float64"),
        pytest.param("0.3177", "0.31771", False, id="one digit more, by one unit"),
        pytest.param("0.0001", "9.9999e-05", True, id="an exponent on one side only"),
    ],
)
def test_numbers_of_two_formats_differ(expected: str, found: str, accepted: bool) -> None:
    assert same(expected, found) is accepted
    assert same(found, expected) is accepted


def test_a_cell_that_rounds_may_leave_off_zeros() -> None:
    (cell,) = cells.parse("# %% cell\nprint(round(x, 4))\n", name="a/b", path="a/b.py").cells
    for expected, found in (("0.8", "0.7999"), ("[0.25, 1.0]", "[0.2501, 1.0001]")):
        assert compare.compare(cell, ran(expected), ran(found), "tolerant") == []
        assert not same(expected, found)
    assert len(compare.compare(cell, ran("0.8000"), ran("0.80000"), "tolerant")) == 1


def test_small_number_may_be_off_by_a_share_of_the_largest_beside_it() -> None:
    assert not same("0.00010", "0.00050")
    assert same("0.00010 and\n10.00", "0.00050 and\n10.00")
    assert not same("0.00010 and\n10.00", "0.00250 and\n10.00")


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("step 5: 0.50", "step 6: 0.50"),
        ("shape (3, 4)", "shape (3, 5)"),
        ("loss 0.50", "lost 0.50"),
        ("torch.float32 1.5", "torch.float64 1.5"),
        ("1.5 2.5", "1.5"),
        ("value nan", "value 1.5"),
        ("3", "3.0"),
        ("v1.2.3", "v1.2.4"),
        ("conv1.5x", "conv1.6x"),
    ],
    ids=["integer", "shape", "word", "dtype", "count", "nan", "kind", "version", "name"],
)
def test_words_and_whole_numbers_are_compared_exactly(expected: str, found: str) -> None:
    assert not same(expected, found)


def test_number_near_zero_may_change_its_sign() -> None:
    assert same("tensor([ 1.0000e-08, 5.0000])", "tensor([-2.0000e-08, 5.0000])")
    assert same("[-1.5e-08 2.0]", "[ 1.5e-08 2.0]")


def test_tolerance_of_a_cell_replaces_the_relative_part() -> None:
    assert same("100.0000", "104.0000", options='tolerance="0.05"')
    assert not same("100.0000", "106.0000", options='tolerance="0.05"')
    assert not same("100.0000", "100.0800", options='tolerance="1e-5"')


def test_samples_allow_two_more_or_less_of_counts_and_ratios() -> None:
    options = 'samples="400"'
    assert same("right: 390 of 400", "right: 392 of 400", options=options)
    assert not same("right: 390 of 400", "right: 393 of 400", options=options)
    assert same("accuracy: 0.9750", "accuracy: 0.9700", options=options)
    assert not same("accuracy: 0.9750", "accuracy: 0.9600", options=options)
    assert same("accuracy: 97.50%", "accuracy: 97.00%", options=options)
    assert not same("accuracy: 97.50%", "accuracy: 96.70%", options=options)
    assert not same("right: 390 of 400", "wrong: 390 of 400", options=options)
    assert not same("right: 390 of 400", "right: 391 of 400")
    assert not same("loss: 2.3000", "loss: 2.3040", options=options)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        pytest.param("epoch 200: right 39", "epoch 199: right 39", id="the epoch"),
        pytest.param("3: right 39", "2: right 39", id="a number before a colon"),
        pytest.param("right: 39 of 400", "right: 39 of 399", id="how many there are"),
        pytest.param("parameters: 5090", "parameters: 5089", id="more than there are samples"),
        pytest.param("right: 39", "right: 39.0", id="another kind of number"),
        pytest.param("loss: 0.5413", "loss: 0.5388", id="no share of the samples"),
    ],
)
def test_samples_leave_no_slack_to_what_counts_nothing(expected: str, found: str) -> None:
    assert not same(expected, found, options='samples="400"')


def test_variant_with_more_samples_has_the_same_share_of_slack() -> None:
    (cell,) = cells.parse('# %% cell samples="400 mnist=2000"\nx = 1\n', name="a/b", path="a/b.py").cells

    def same_there(expected: str, found: str, variant: str) -> bool:
        return not compare.compare(cell, ran(expected), ran(found), "tolerant", variant)

    for variant, near, far in (("cpu", "92 of 400", "93 of 400"), ("mnist", "100 of 400", "101 of 400")):
        assert same_there("90 of 400", near, variant)
        assert not same_there("90 of 400", far, variant)
    assert same_there("share: 0.3105", "share: 0.3155", "mnist")
    assert not same_there("share: 0.3105", "share: 0.3165", "mnist")
    assert not same_there("share: 0.3110", "share: 0.3125", "cuda"), "no whole number of 400"


def test_samples_leave_large_counts_two_samples_of_slack() -> None:
    assert same("right: 9750", "right: 9752", options='samples="10000"')
    assert not same("right: 9750", "right: 9755", options='samples="10000"')


# Volatile cells


@pytest.mark.parametrize("rule", BOTH)
def test_volatile_cell_is_compared_in_shape_only(rule: Rule) -> None:
    options = 'volatile="true"'
    assert same("took 1.5 of 3\n", "took 912  of 0.25\n", rule, options)
    assert same("took 950 ms\n", "took 1.05 s\n", rule, options)
    assert not same("took 1.5\n", "needed 1.5\n", rule, options)
    assert not same("took 1.5\n", "", rule, options)
    assert not same("took 1.5\n", [text("took 1.5\n"), text("x", "result")], rule, options)
    figures = [[Output("figure", "display", f"<svg><path d='M 0 {n}'/></svg>")] for n in (1, 2)]
    assert same(*figures, rule, options)
    assert same(ran(values={"x": 1.0}), ran(values={"x": 2.0}), rule, options)


# Outputs as a whole


def text(words: str, source: str = "stdout") -> Output:
    """An output of text."""
    return Output("text", source, words)


@pytest.mark.parametrize(
    ("expected", "found", "said"),
    [
        ([text("a")], [], "expected text (stdout), found no output"),
        ([], [text("a")], "expected no output, found text (stdout)"),
        ([text("a")], [text("a", "stderr")], "expected text (stdout), found text (stderr)"),
        (
            [text("a")],
            [text("a"), Output("error", "error", "ValueError: no\nmore")],
            "expected text (stdout), found text (stdout) + error (error): ValueError: no",
        ),
    ],
    ids=["missing", "more", "other stream", "an error"],
)
def test_kinds_of_outputs_are_compared_first(expected: list[Output], found: list[Output], said: str) -> None:
    (mismatch,) = differ(expected, found)
    assert str(mismatch) == f"cell `cell`, outputs: {said}"


def test_every_differing_output_is_told() -> None:
    expected = [text("a"), text("b", "result"), text("c", "display")]
    found = [text("x"), text("b", "result"), text("y", "display")]
    assert [(m.what, m.expected, m.found) for m in differ(expected, found)] == [
        ("output 1", "'a'", "'x'"),
        ("output 3", "'c'", "'y'"),
    ]


def test_message_of_an_error_is_compared_like_text() -> None:
    expected = [Output("error", "error", "RuntimeError: size 3 and 4")]
    (mismatch,) = differ(expected, [Output("error", "error", "RuntimeError: size 3 and 5")])
    assert mismatch.what == "error"
    assert not same(expected, [Output("error", "error", "ValueError: size 3 and 4")])


# Values


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (1, 2),
        (1, 1.0),
        (1, True),
        (True, False),
        ("a", "b"),
        (None, 0),
        (None, "None"),
        ([1, 2], [1, 2, 3]),
        ([1, [2]], [1, [3]]),
        ({"float": "nan"}, {"float": "inf"}),
        (1.0, {"float": "nan"}),
    ],
)
@pytest.mark.parametrize("rule", BOTH)
def test_values_differ_in_kind_number_or_length(expected: Json, found: Json, rule: Rule) -> None:
    assert not same(ran(values={"x": expected}), ran(values={"x": found}), rule)
    assert same(ran(values={"x": expected}), ran(values={"x": expected}), rule)


def test_float_value_was_not_rounded_and_has_no_unit() -> None:
    assert same(ran(values={"x": 0.5}), ran(values={"x": 0.50054}))
    assert not same(ran(values={"x": 0.5}), ran(values={"x": 0.50056}))
    assert not same(ran(values={"x": 0.5}), ran(values={"x": 0.5000001}), "exact")


def test_small_number_of_a_list_may_be_off_by_a_share_of_its_largest() -> None:
    assert same(ran(values={"x": [18.0, 1e-7]}), ran(values={"x": [18.0, -3e-7]}))
    assert same(ran(values={"x": [[18.0], [1e-7]]}), ran(values={"x": [[18.0], [-3e-7]]}))
    assert not same(ran(values={"x": [18.0, 1e-7]}), ran(values={"x": [18.0, 0.01]}))


def test_counts_among_values_have_the_samples_slack_too() -> None:
    options = 'samples="400"'
    assert same(ran(values={"n": 390, "r": 0.975}), ran(values={"n": 392, "r": 0.97}), options=options)
    assert not same(ran(values={"n": 390}), ran(values={"n": 393}), options=options)


def test_differing_values_are_named_in_order_and_those_in_one_run_only_are_left_out() -> None:
    expected = ran(values={"z": 1, "a": 1, "old": 1})
    found = ran(values={"a": 2, "z": 2, "new": 1})
    assert [str(m) for m in differ(expected, found)] == [
        "cell `cell`, value a: expected 1, found 2",
        "cell `cell`, value z: expected 1, found 2",
    ]


# Which rule

ENVIRONMENT: dict[str, Any] = {
    "python": "3.11.7",
    "versions": {"torch": "2.13.0+cpu"},
    "platform": "Linux x86_64",
    "device": "CPU",
    "cpu": "CPU",
    "capability": "AVX512",
    "threads": 1,
    "variables": {},
}


def test_equal_machines_are_compared_exactly() -> None:
    assert compare.rule_for(ENVIRONMENT, dict(ENVIRONMENT)) == "exact"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("python", "3.12.1"),
        ("versions", {"torch": "2.14.0"}),
        ("platform", "Darwin arm64"),
        ("device", "GPU"),
        ("cpu", "another"),
        ("capability", "AVX2"),
        ("threads", 2),
        ("variables", {"MKL_CBWR": "AVX2"}),
    ],
)
def test_any_other_machine_or_version_is_compared_within_tolerances(key: str, value: Any) -> None:
    assert compare.rule_for(ENVIRONMENT, {**ENVIRONMENT, key: value}) == "tolerant"
