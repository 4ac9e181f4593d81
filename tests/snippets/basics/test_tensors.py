"""The facts that the chapter basics/tensors states, checked against what its cells produced."""

import math
import re
import statistics
import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

MILLION = 1_000_000
PIXELS = [[0, 0, 2, 9, 0], [0, 1, 8, 9, 0], [0, 7, 1, 9, 0], [8, 9, 9, 9, 8], [0, 0, 0, 9, 0], [0, 0, 0, 9, 0]]
"""The image of the digit 4, in plain Python numbers."""


def after_colon(text: str) -> list[str]:
    """What each line says behind its first colon."""
    return [line.partition(":")[2].strip() for line in text.strip().splitlines()]


def test_the_image_is_a_block_of_integers_with_three_attributes(chapter: Any) -> None:
    assert chapter.value("digit", "digit") == PIXELS
    assert after_colon(chapter.text("digit")) == ["(6, 5)", "torch.int64", "cpu"]
    assert (min(map(min, PIXELS)), max(map(max, PIXELS))) == (0, 9)


def test_the_block_shows_the_image_and_its_numbers(chapter: Any) -> None:
    (svg,) = chapter.figures("block")
    assert "<image" in svg
    assert torch.zeros(1).element_size() * 8 == 32
    assert chapter.value("digit", "digit.element_size() * 8") == 64


def test_one_operation_on_the_whole_block_is_much_faster_than_a_loop() -> None:
    block = torch.arange(20_000)
    start = time.perf_counter()
    doubled = [number.item() * 2 for number in block]
    between = time.perf_counter()
    assert (block * 2).tolist() == doubled
    assert time.perf_counter() - between < (between - start) / 3


def test_a_list_decides_the_dtype_and_one_point_is_enough(chapter: Any) -> None:
    kinds = ["torch.int64", "torch.float32", "torch.bool", "torch.float32"]
    assert chapter.value("from-list", "[str(t.dtype) for t in (whole, mixed, flags, wide)]") == kinds
    assert chapter.value("from-list", "mixed") == [1.5, 2.0, 3.0]
    assert "1.0000e-03" in chapter.text("from-list").splitlines()[-1]
    assert float("1.0000e-03") == 0.001
    assert torch.tensor([1.0, 2.0, 3.0]).dtype == torch.tensor([1, 2, 3], dtype=torch.float32).dtype == torch.float32


def test_print_takes_powers_of_ten_for_numbers_very_small_very_large_or_far_apart() -> None:
    powers = [[1e-5, 2e-5], [3e8, 4e8], [0.001, 2000.0]]
    assert ["e" in repr(torch.tensor(t)).removeprefix("tensor") for t in (*powers, [1.5, 20.0])] == [True] * 3 + [False]


def test_conversion_makes_a_new_tensor_and_drops_fractions(chapter: Any) -> None:
    assert chapter.value("convert", "cut") == [math.trunc(2.9), math.trunc(-2.9)]
    assert chapter.value("convert", "decimals.element_size()") == 32 // 8
    assert chapter.value("convert", "double.element_size()") == 64 // 8
    kinds = ["torch.float32", "torch.int32", "torch.float64"]
    assert chapter.value("convert", "[str(t.dtype) for t in (decimals, cut, double)]") == kinds


def test_number_row_table_and_colour_image_have_0_1_2_and_3_dimensions(chapter: Any) -> None:
    assert chapter.text("dims").splitlines() == ["0 ()", "1 (3,)", "2 (2, 3)", "3 (3, 6, 5)"]
    assert chapter.value("dims", "list(table.shape)") == [2, 3]
    assert chapter.value("dims", "list(image.shape)") == [3, len(PIXELS), len(PIXELS[0])]


def test_filled_tensors_are_floats_except_for_integer_arguments(chapter: Any) -> None:
    lines = chapter.text("fill").splitlines()
    assert lines[0].startswith("tensor([[0., 0., 0.]")
    assert lines[2] == "tensor([1., 1.])"
    assert lines[3] == "tensor([7, 7])"
    assert lines[4] == f"tensor({list(range(0, 10, 2))})"
    points = [float(number) for number in re.findall(r"\d\.\d+", lines[5])]
    assert points == [0, 0.25, 0.5, 0.75, 1]


def test_try_full(attempt: Any) -> None:
    after = attempt("fill", {"(2,), 7": "(2,), 7.0"})
    assert after.text("fill").splitlines()[3] == "tensor([7., 7.])"


def test_the_same_seed_repeats_the_draw_and_the_next_draw_goes_on(chapter: Any) -> None:
    first = chapter.value("seed", "first")
    assert chapter.value("seed", "again") == first
    assert chapter.value("seed", "second") != first
    torch.manual_seed(0)
    assert torch.rand(6).tolist()[3:] == pytest.approx(chapter.value("seed", "second"))


def test_rand_is_uniform_from_0_to_below_1(chapter: Any) -> None:
    assert chapter.value("rand", "u.numel()") == MILLION
    assert 0 <= chapter.value("rand", "u.min().item()") < 1e-5
    assert 1 - 1e-5 < chapter.value("rand", "u.max().item()") < 1
    assert chapter.value("rand", "u.mean().item()") == pytest.approx(0.5, abs=0.001)
    assert chapter.value("rand", "u.std().item()") == pytest.approx(1 / math.sqrt(12), abs=0.001)


def test_randn_is_standard_normal_and_nearly_a_third_lies_beyond_one(chapter: Any) -> None:
    assert chapter.value("rand", "g.mean().item()") == pytest.approx(0, abs=0.005)
    assert chapter.value("rand", "g.std().item()") == pytest.approx(1, abs=0.005)
    assert chapter.value("rand", "far.item()") == pytest.approx(math.erfc(1 / math.sqrt(2)), abs=0.002)
    assert round(100 * chapter.value("rand", "far.item()")) == 32


def test_std_is_the_formula_of_the_page() -> None:
    numbers = [2.0, 4.0, 4.5, 9.0]
    assert torch.tensor(numbers).std().item() == pytest.approx(statistics.stdev(numbers))
    assert torch.tensor(numbers).mean().item() == pytest.approx(statistics.fmean(numbers))


def test_both_distributions_are_drawn_and_the_wider_is_the_lower(chapter: Any) -> None:
    assert len(chapter.figures("histogram")) == 1
    flat = chapter.value("histogram", "torch.histc(u, 10, 0, 1)")
    assert flat == pytest.approx([MILLION / 10] * 10, rel=0.02)
    middle = chapter.value("histogram", "torch.histc(g, 80, -4, 4).max().item()")
    assert middle / MILLION / 0.1 == pytest.approx(1 / math.sqrt(2 * math.pi), abs=0.01)
    assert middle < min(flat)


def test_indices_count_from_0_and_slices_follow_them(chapter: Any) -> None:
    assert chapter.value("index", "digit[3]") == PIXELS[3]
    assert chapter.value("index", "digit[1, 2]") == PIXELS[1][2]
    assert chapter.value("index", "digit[:, 3]") == [row[3] for row in PIXELS]
    assert chapter.value("index", "digit[3, ::2]") == PIXELS[3][::2]
    assert chapter.value("index", "digit[1:4, :2]") == [row[:2] for row in PIXELS[1:4]]
    assert chapter.value("index", "digit[digit > 7]") == [n for row in PIXELS for n in row if n > 7]
    assert chapter.value("index", "digit[-1]") == PIXELS[-1]


def test_the_crossbar_and_the_vertical_stroke_are_the_bright_row_and_column() -> None:
    rows, columns = PIXELS, list(zip(*PIXELS, strict=True))
    assert max(range(6), key=lambda i: sum(rows[i])) == 3
    assert max(range(5), key=lambda j: sum(columns[j])) == 3
    assert min(rows[3]) >= 8
    assert set(columns[3]) == {9}


def test_a_negative_step_fails_and_flip_reverses_the_rows() -> None:
    t = torch.tensor([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="step must be greater than zero"):
        t[::-1]
    assert t.flip(0).tolist() == [[3, 4], [1, 2]]


def test_arithmetic_works_entry_by_entry_and_keeps_integers_but_for_division(chapter: Any) -> None:
    x, y = [1, 2, 3], [10, 20, 40]
    assert chapter.value("arithmetic", "x + y") == [a + b for a, b in zip(x, y, strict=True)]
    assert chapter.value("arithmetic", "x * y") == [a * b for a, b in zip(x, y, strict=True)]
    assert chapter.value("arithmetic", "y / x") == pytest.approx([b / a for a, b in zip(x, y, strict=True)])
    assert chapter.value("arithmetic", "(y // x)") == [b // a for a, b in zip(x, y, strict=True)]
    kinds = chapter.value("arithmetic", "[str(r.dtype) for r in (x + y, x * y, y / x, y // x, x - 0.5)]")
    assert kinds == ["torch.int64", "torch.int64", "torch.float32", "torch.int64", "torch.float32"]
    assert chapter.value("arithmetic", "x - 0.5") == [0.5, 1.5, 2.5]


def test_the_crossbar_of_the_negative_is_almost_black(chapter: Any) -> None:
    negative = chapter.value("arithmetic", "(9 - digit)[3]")
    assert negative == [9 - n for n in PIXELS[3]]
    assert max(negative) <= 1


def test_at_multiplies_matrices_and_star_multiplies_entries(chapter: Any) -> None:
    a = np.array([[1, 2, 3], [4, 5, 6]])
    assert chapter.value("matrix", "(x @ y)") == 1 * 10 + 2 * 20 + 3 * 40
    assert chapter.value("matrix", "(A * A)") == (a * a).tolist()
    assert chapter.value("matrix", "A.T") == a.T.tolist()
    assert chapter.value("matrix", "(A @ A.T)") == (a @ a.T).tolist()
    assert chapter.value("matrix", "(A @ A.T)[0, 0]") == 1 + 4 + 9


def test_try_inner(attempt: Any) -> None:
    after = attempt("matrix", {"A @ A.T)": "A @ A)"})
    assert "cannot be multiplied (2x3 and 2x3)" in after.error("matrix")


def test_item_takes_one_number_and_refuses_three(chapter: Any) -> None:
    assert chapter.value("item", "best.item()") == max(7.0, 8.0, 9.5)
    assert chapter.value("item", "best.ndim") == 0
    assert chapter.value("item", "type(best.item()).__name__") == "float"
    assert chapter.value("item", "type(marks.tolist()).__name__") == "list"
    assert chapter.value("item", "marks.mean().item()") == pytest.approx((7.0 + 8.0 + 9.5) / 3)
    assert chapter.error("item") == "RuntimeError: a Tensor with 3 elements cannot be converted to Scalar"


def test_argmax_without_dim_counts_through_the_whole_table(chapter: Any) -> None:
    rows = [[2.0, 5.0, 1.0], [9.0, 0.5, 3.0]]
    flat = [score for row in rows for score in row]
    assert chapter.value("argmax", "scores.argmax()") == flat.index(9.0) == flat.index(max(flat)) == 3
    assert chapter.value("argmax", "scores.argmax(dim=1)") == [row.index(max(row)) for row in rows]
    columns = list(zip(*rows, strict=True))
    assert chapter.value("argmax", "scores.argmax(dim=0)") == [column.index(max(column)) for column in columns]


def test_among_equals_argmax_takes_the_first(chapter: Any) -> None:
    assert chapter.value("argmax", "torch.tensor([4, 7, 7]).argmax()") == 1


def test_a_slice_is_a_view_and_a_choice_by_condition_is_a_copy(chapter: Any) -> None:
    expected = [[0] * 5 if i == 3 else row for i, row in enumerate(PIXELS)]
    assert chapter.value("slice-view", "canvas") == expected
    assert chapter.value("slice-view", "digit") == PIXELS
    assert chapter.text("slice-view") == f"canvas[3]: {[0] * 5}\ncanvas[4]: {PIXELS[4]}\n"
    assert max(PIXELS[4]) > 7
    assert chapter.value("slice-view", "bar.data_ptr() == canvas[3].data_ptr()") is True
    assert chapter.value("slice-view", "bright") == [0] * sum(n > 7 for row in PIXELS for n in row)


def test_a_real_slice_is_a_view_and_an_assignment_by_condition_writes_to_the_tensor_itself() -> None:
    canvas = torch.tensor(PIXELS)
    canvas[1:4][:] = 0
    assert canvas.tolist() == [[0] * 5 if i in (1, 2, 3) else row for i, row in enumerate(PIXELS)]
    canvas = torch.tensor(PIXELS)
    canvas[canvas > 7] = 0
    assert canvas.tolist() == [[0 if n > 7 else n for n in row] for row in PIXELS]


def test_try_clone(attempt: Any) -> None:
    after = attempt("slice-view", {"bar = canvas[3]": "bar = canvas[3].clone()"})
    assert after.text("slice-view") == f"canvas[3]: {PIXELS[3]}\ncanvas[4]: {PIXELS[4]}\n"


def test_from_numpy_shares_and_torch_tensor_and_a_new_dtype_copy(chapter: Any) -> None:
    assert chapter.value("from-numpy", "shared") == [99.0, 2.0, 3.0]
    assert chapter.value("from-numpy", "copied") == chapter.value("from-numpy", "single") == [1.0, 2.0, 3.0]
    assert chapter.value("from-numpy", "shared.data_ptr() == a.ctypes.data") is True
    lines = chapter.text("from-numpy").strip().splitlines()
    assert ["dtype=torch.float64" in line for line in lines] == [True, True, False]


def test_numpy_shares_on_the_way_back_and_clone_does_not() -> None:
    t = torch.tensor([1.0, 2.0])
    back, apart = t.numpy(), t.clone()
    t[0] = 5.0
    assert back.tolist() == [5.0, 2.0]
    assert apart.tolist() == [1.0, 2.0]


def test_plus_equals_works_in_place_and_plus_makes_a_new_tensor(chapter: Any) -> None:
    assert after_colon(chapter.text("in-place")) == ["[1.0, 1.0, 1.0]", "[1.0, 1.0, 1.0]"]
    assert chapter.value("in-place", "alias") == [1.0, 1.0, 1.0]
    assert chapter.value("in-place", "total") == [2.0, 2.0, 2.0]


def test_a_method_with_an_underscore_changes_its_tensor() -> None:
    t = torch.zeros(3)
    assert t.add(1).tolist() == [1.0] * 3
    assert t.tolist() == [0.0] * 3
    assert t.add_(1) is t
    assert t.tolist() == [1.0] * 3


def test_numpy_and_torch_agree_but_for_the_dtype(chapter: Any) -> None:
    first, second = chapter.text("same-syntax").splitlines()
    assert first.startswith("numpy float64")
    assert second.startswith("torch torch.float32")
    values = [[float(n) for n in re.findall(r"\d+\.", line.split("[")[1])] for line in (first, second)]
    assert values[0] == values[1] == chapter.value("same-syntax", "(m[:, 0] + m[:, 1])")


def test_a_tensor_is_no_numpy_array() -> None:
    assert not isinstance(torch.ones(1), np.ndarray)


def test_the_derivative_of_the_square_at_3_is_6(chapter: Any) -> None:
    assert chapter.value("gradient", "w.grad") == 2 * 3.0


def test_the_image_is_moved_to_the_device_and_what_is_made_there_is_there(chapter: Any) -> None:
    assert after_colon(chapter.text("device")) == ["cpu", "cpu", "cpu torch.float32"]
    assert chapter.value("device", "result") == [[n + 1.0 for n in row] for row in PIXELS]
    assert chapter.value("device", "str(shift.device) == str(moved.device) == str(device)") is True


def test_moving_leaves_the_old_tensor_where_it_is() -> None:
    here = torch.ones(2)
    there = here.to("meta")
    assert (here.device.type, there.device.type) == ("cpu", "meta")


def test_print_shows_dtype_and_device_only_where_they_are_not_the_default() -> None:
    shown = [torch.tensor([1.0]), torch.tensor([1]), torch.tensor([True]), torch.tensor([1.0], dtype=torch.float64)]
    assert ["dtype" in repr(t) for t in shown] == [False, False, False, True]
    assert ["device" in repr(t) for t in (*shown, torch.zeros(1, device="meta"))] == [False] * 4 + [True]


def test_integers_have_no_mean_until_converted(chapter: Any) -> None:
    error = chapter.error("int-mean")
    assert error.startswith("RuntimeError: mean(): could not infer output dtype.")
    assert "floating point or complex dtype" in error
    assert "Got: Long" in error
    mean = statistics.fmean(n for row in PIXELS for n in row)
    assert chapter.value("int-mean", "digit.float().mean().item()") == pytest.approx(mean)
    assert not mean.is_integer()


def test_a_layer_refuses_float64_and_takes_it_converted(chapter: Any) -> None:
    assert chapter.text("double").strip() == "float(): torch.float32"
    assert chapter.error("double") == "RuntimeError: mat1 and mat2 must have the same dtype, but got Double and Float"
    assert chapter.value("double", "[str(X.dtype), str(layer.weight.dtype)]") == ["torch.float64", "torch.float32"]


def test_addition_converts_what_matrix_multiplication_refuses() -> None:
    double, single = torch.ones(2, 2, dtype=torch.float64), torch.ones(2, 2)
    assert (double + single).dtype == torch.float64
    with pytest.raises(RuntimeError, match="same dtype"):
        double @ single


def test_two_devices_do_not_mix_unless_the_one_on_the_cpu_is_a_scalar(chapter: Any) -> None:
    error = chapter.error("two-devices")
    assert error.startswith("RuntimeError: ")
    assert {"meta", "cpu"} <= set(re.findall(r"\w+", error))
    assert (torch.tensor(2.0) + torch.ones(3, device="meta")).device.type == "meta"


def test_a_tensor_without_numbers_cannot_be_moved() -> None:
    with pytest.raises(NotImplementedError, match="no data"):
        torch.zeros(2, device="meta").to("cpu")


def test_width_doubles_randn_at_each_fourfold_and_leaves_the_layer_alone(chapter: Any) -> None:
    widths = chapter.value("widths", "widths")
    assert all(after == 4 * before for before, after in pairwise(widths))
    assert chapter.value("widths", "raw") == pytest.approx([math.sqrt(n) for n in widths], rel=0.1)
    assert chapter.value("widths", "scaled") == pytest.approx([0.6] * len(widths), abs=0.05)
    assert len(chapter.figures("widths")) == 1


def test_dividing_by_the_root_keeps_the_output_at_the_size_of_the_input() -> None:
    torch.manual_seed(0)
    outputs = torch.randn(500, 784) @ (torch.randn(784, 100) / math.sqrt(784))
    assert outputs.std().item() == pytest.approx(1, abs=0.02)


def test_three_layers_of_randn_weights_multiply_the_spread_by_28_each() -> None:
    torch.manual_seed(0)
    outputs = torch.randn(200, 784)
    for _ in range(3):
        outputs = outputs @ torch.randn(784, 784)
    assert outputs.std().item() == pytest.approx(28**3, rel=0.1)


def test_the_default_weights_are_uniform_within_one_over_the_root_of_the_inputs() -> None:
    for inputs in (16, 784):
        torch.manual_seed(0)
        weights = nn.Linear(inputs, 2000).weight
        assert 0.99 < weights.abs().max().item() * math.sqrt(inputs) <= 1
        assert weights.var().item() == pytest.approx(1 / (3 * inputs), rel=0.03)


def test_division_is_what_changes_the_dtype_of_the_image(chapter: Any) -> None:
    kinds = chapter.value("solution-negative", "[str(t.dtype) for t in (digit, light, negative)]")
    assert kinds == ["torch.int64", "torch.float32", "torch.float32"]
    column = [row[2] for row in PIXELS]
    assert sum(column) == 20
    mean = chapter.value("solution-negative", "negative[:, 2].mean().item()")
    assert mean == pytest.approx(1 - 20 / (6 * 9)) == pytest.approx(statistics.fmean(1 - n / 9 for n in column))


def test_only_the_third_of_four_examples_is_wrong(chapter: Any) -> None:
    assert chapter.value("solution-accuracy", "pred") == [0, 2, 1, 1]
    assert chapter.value("solution-accuracy", "correct") == [True, True, False, True]
    assert chapter.value("solution-accuracy", "correct.float().mean().item()") == 3 / 4
