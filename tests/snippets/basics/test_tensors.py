"""The facts that the chapter basics/tensors states, checked against what its cells produced."""

import math
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

MILLION = 1_000_000


def numbers(text: str) -> list[float]:
    """The numbers after a colon, line by line."""
    return [float(number) for number in re.findall(r":\s+(-?[\d.]+)", text)]


def test_a_list_decides_the_dtype_and_one_point_is_enough(chapter: Any) -> None:
    assert chapter.value("from-list", "str(whole.dtype)") == "torch.int64"
    assert chapter.value("from-list", "str(mixed.dtype)") == "torch.float32"
    assert chapter.value("from-list", "str(flags.dtype)") == "torch.bool"
    assert chapter.value("from-list", "mixed[1]") == 2.0


def test_number_row_table_and_picture_have_0_1_2_and_3_dimensions(chapter: Any) -> None:
    assert chapter.text("dims").splitlines() == ["0 ()", "1 (3,)", "2 (2, 3)", "3 (3, 10, 20)"]
    assert chapter.value("dims", "number.ndim") == 0
    assert chapter.value("dims", "list(table.shape)") == [2, 3]
    assert chapter.value("dims", "list(image.shape)") == [3, 10, 20]


def test_the_table_of_temperatures_has_three_labels(chapter: Any) -> None:
    assert chapter.value("attributes", "list(temps.shape)") == [2, 3]
    assert chapter.value("attributes", "str(temps.dtype)") == "torch.int64"
    assert chapter.value("attributes", "str(temps.device)") == "cpu"


def test_conversion_makes_a_new_tensor_and_drops_fractions(chapter: Any) -> None:
    assert chapter.value("convert", "real.element_size()") == 32 // 8
    assert chapter.value("convert", "double.element_size()") == 64 // 8
    assert chapter.value("convert", "cut") == [math.trunc(2.9), math.trunc(-2.9)]
    assert chapter.value("convert", "str(temps.dtype)") == "torch.int64"


def test_filled_tensors_are_real_except_for_integer_arguments(chapter: Any) -> None:
    lines = chapter.text("fill").splitlines()
    assert lines[0].startswith("tensor([[0., 0., 0.]")
    assert lines[2] == "tensor([1., 1.])"
    assert lines[3] == "tensor([7, 7])"
    assert lines[4] == f"tensor({list(range(0, 10, 2))})"
    points = [float(number) for number in re.findall(r"\d\.\d+", lines[5])]
    assert points == [0, 0.25, 0.5, 0.75, 1]
    assert torch.full((2,), 7.0).dtype == torch.float32


def test_from_numpy_shares_and_torch_tensor_copies_both_in_float64(chapter: Any) -> None:
    assert chapter.value("from-numpy", "shared") == [99.0, 2.0, 3.0]
    assert chapter.value("from-numpy", "copied") == [1.0, 2.0, 3.0]
    assert chapter.value("from-numpy", "shared.data_ptr() == a.ctypes.data") is True
    assert chapter.value("from-numpy", "copied.data_ptr() == a.ctypes.data") is False
    assert chapter.text("from-numpy").count("dtype=torch.float64") == 2


def test_numpy_shares_on_the_way_back_and_a_new_dtype_copies(chapter: Any) -> None:
    assert chapter.value("to-numpy", "copied") == [1.0, -5.0, 3.0]
    assert chapter.value("to-numpy", "shared") == [7.0, 2.0, 3.0]
    assert chapter.value("to-numpy", "single") == [99.0, 2.0, 3.0]
    assert chapter.value("to-numpy", "single.float() is single") is True


def test_the_same_seed_repeats_the_draw_and_the_next_draw_differs(chapter: Any) -> None:
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
    assert chapter.value("randn", "g.mean().item()") == pytest.approx(0, abs=0.005)
    assert chapter.value("randn", "g.std().item()") == pytest.approx(1, abs=0.005)
    assert chapter.value("randn", "far.item()") == pytest.approx(math.erfc(1 / math.sqrt(2)), abs=0.002)


def test_both_distributions_are_drawn(chapter: Any) -> None:
    assert len(chapter.figures("histogram")) == 1
    flat = chapter.value("histogram", "np.histogram(u, bins=10, range=(0, 1), density=True)[0]")
    assert flat == pytest.approx([1] * 10, abs=0.02)
    top = chapter.value("histogram", "np.histogram(g, bins=bins, density=True)[0].max()")
    assert top == pytest.approx(1 / math.sqrt(2 * math.pi), abs=0.01)


def test_randn_weights_spread_the_output_by_the_root_of_the_inputs(chapter: Any) -> None:
    assert chapter.value("wide-randn", "X.std().item()") == pytest.approx(1, abs=0.01)
    assert chapter.value("wide-randn", "H.std().item()") == pytest.approx(math.sqrt(784), rel=0.02)
    assert 28**3 > 20_000


def test_a_linear_layer_draws_small_weights_and_keeps_the_size(chapter: Any) -> None:
    largest = chapter.value("wide-linear", "layer.weight.abs().max().item()")
    assert 0.99 / 28 < largest <= 1 / 28
    assert f"{largest:.4f}" == f"{1 / 28:.4f}"
    assert chapter.value("wide-linear", "layer.weight.std().item()") == pytest.approx(1 / 28 / math.sqrt(3), rel=0.01)
    assert chapter.value("wide-linear", "H.std().item()") == pytest.approx(1 / math.sqrt(3), rel=0.03)


def test_width_doubles_randn_at_each_fourfold_and_leaves_the_layer_alone(chapter: Any) -> None:
    widths = chapter.value("widths", "widths")
    assert all(after == 4 * before for before, after in pairwise(widths))
    assert chapter.value("widths", "raw") == pytest.approx([math.sqrt(n) for n in widths], rel=0.1)
    assert chapter.value("widths", "scaled") == pytest.approx([0.6] * len(widths), abs=0.1)
    assert len(chapter.figures("widths-figure")) == 1


def test_arithmetic_works_entry_by_entry_and_keeps_integers_but_for_division(chapter: Any) -> None:
    x, y = [1, 2, 3], [10, 20, 40]
    assert chapter.value("arithmetic", "x + y") == [a + b for a, b in zip(x, y, strict=True)]
    assert chapter.value("arithmetic", "x * y") == [a * b for a, b in zip(x, y, strict=True)]
    assert chapter.value("arithmetic", "y / x") == pytest.approx([b / a for a, b in zip(x, y, strict=True)])
    assert chapter.value("arithmetic", "y // x") == [b // a for a, b in zip(x, y, strict=True)]
    kinds = chapter.value("arithmetic", "[str(r.dtype) for r in (x + y, x * y, y / x, y // x, x - 0.5)]")
    assert kinds == ["torch.int64", "torch.int64", "torch.float32", "torch.int64", "torch.float32"]
    assert chapter.value("arithmetic", "(temps + 2)") == [[33, 35, 37], [26, 27, 29]]
    assert chapter.value("arithmetic", "temps.numel()") == 6


def test_at_multiplies_matrices_and_star_multiplies_entries(chapter: Any) -> None:
    a = np.array([[1, 2, 3], [4, 5, 6]])
    assert chapter.value("matrix", "(x @ y)") == 1 * 10 + 2 * 20 + 3 * 40
    assert chapter.value("matrix", "(A * A)") == (a * a).tolist()
    assert chapter.value("matrix", "A.T") == a.T.tolist()
    assert chapter.value("matrix", "(A @ A.T)") == (a @ a.T).tolist()
    assert chapter.value("matrix", "(A @ A.T)[0, 0]") == 1 + 4 + 9


def test_a_matrix_of_two_by_three_cannot_be_multiplied_by_itself() -> None:
    a = torch.ones(2, 3)
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        a @ a


def test_indices_count_from_0_and_slices_follow_them(chapter: Any) -> None:
    table = [[10 * row + column for column in range(1, 5)] for row in range(1, 4)]
    assert chapter.value("index", "t") == table
    assert chapter.value("index", "t[1, 2]") == table[1][2] == 23
    assert chapter.value("index", "t[:, 1]") == [row[1] for row in table]
    assert chapter.value("index", "t[-1, ::2]") == table[-1][::2]
    assert chapter.value("index", "t[1:, :2]") == [row[:2] for row in table[1:]]
    assert chapter.value("index", "t[t > 30]") == [n for row in table for n in row if n > 30]


def test_a_negative_step_fails_and_flip_reverses() -> None:
    t = torch.tensor([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="step must be greater than zero"):
        t[::-1]
    assert t.flip(0).tolist() == [[3, 4], [1, 2]]


def test_a_slice_is_a_view_and_a_choice_by_condition_is_a_copy(chapter: Any) -> None:
    assert chapter.value("slice-view", "t[0]") == [0, 12, 13, 14]
    assert chapter.value("slice-view", "t[2]") == [31, 32, 33, 34]
    assert chapter.value("slice-view", "top.data_ptr() == t.data_ptr()") is True
    assert chapter.value("slice-view", "top.clone().data_ptr() == t.data_ptr()") is False


def test_plus_equals_works_in_place_and_plus_makes_a_new_tensor(chapter: Any) -> None:
    lines = [line.split(":")[1].strip() for line in chapter.text("in-place").splitlines()]
    assert lines == ["[1.0, 1.0, 1.0]", "[1.0, 1.0, 1.0]", "[12.0, 12.0, 12.0]", "[1.0, 1.0, 1.0]"]
    assert chapter.value("in-place", "alias") == [1.0, 1.0, 1.0]
    assert chapter.value("in-place", "x") == [12.0, 12.0, 12.0]


def test_add_without_underscore_returns_a_new_tensor() -> None:
    x = torch.zeros(3)
    assert x.add(10).tolist() == [10.0] * 3
    assert x.tolist() == [0.0] * 3


def test_item_takes_one_number_and_refuses_three(chapter: Any) -> None:
    assert chapter.value("item", "best.item()") == max(7.0, 8.0, 9.5)
    assert chapter.value("item", "best.ndim") == 0
    assert chapter.value("item", "type(best.item()).__name__") == "float"
    assert chapter.error("item-many") == "RuntimeError: a Tensor with 3 elements cannot be converted to Scalar"


def test_tolist_gives_a_list_and_the_mean_one_number(chapter: Any) -> None:
    assert chapter.value("tolist", "type(marks.tolist()).__name__") == "list"
    assert chapter.value("tolist", "marks.tolist()") == [7.0, 8.0, 9.5]
    assert chapter.value("tolist", "marks.mean().item()") == pytest.approx((7.0 + 8.0 + 9.5) / 3)


def test_argmax_without_dim_counts_through_the_whole_table(chapter: Any) -> None:
    rows = [[2.0, 5.0, 1.0], [9.0, 0.5, 3.0]]
    flat = [score for row in rows for score in row]
    assert chapter.value("argmax", "scores.argmax()") == flat.index(max(flat)) == 3
    assert chapter.value("argmax", "scores.argmax(dim=1)") == [row.index(max(row)) for row in rows]
    columns = list(zip(*rows, strict=True))
    assert chapter.value("argmax", "scores.argmax(dim=0)") == [column.index(max(column)) for column in columns]


def test_among_equals_argmax_takes_the_first(chapter: Any) -> None:
    assert chapter.value("argmax", "torch.tensor([4, 7, 7]).argmax()") == 1


def test_softmax_changes_no_class(chapter: Any) -> None:
    assert chapter.value("softmax", "same.sum()") == chapter.value("softmax", "len(same)") == 500
    assert chapter.value("softmax", "probs[0].sum().item()") == pytest.approx(1, abs=1e-5)
    assert chapter.value("softmax", "(probs > 0).all()") is True


def test_numpy_and_torch_agree_but_for_the_dtype(chapter: Any) -> None:
    first, second = chapter.text("same-syntax").splitlines()
    assert first.startswith("numpy float64")
    assert second.startswith("torch torch.float32")
    values = [[float(n) for n in re.findall(r"\d+\.", line.split("[")[1])] for line in (first, second)]
    assert values[0] == values[1] == chapter.value("same-syntax", "(m[:, 0] + m[:, 1])")


def test_three_lines_give_the_derivative_of_a_square(chapter: Any) -> None:
    assert chapter.value("gradient", "x.grad") == 2 * 3.0


def test_the_code_runs_where_device_says(chapter: Any) -> None:
    assert chapter.text("device").strip() == "computed on: cpu"
    assert chapter.value("device", "[str(p.device) for p in layer.parameters()]") == ["cpu", "cpu"]


def test_without_an_accelerator_there_is_none_to_name() -> None:
    assert torch.accelerator.is_available() or torch.accelerator.current_accelerator(check_available=True) is None


def test_print_shows_dtype_and_device_only_where_they_are_not_the_default(chapter: Any) -> None:
    lines = chapter.text("forms").splitlines()
    assert [("dtype" in line, "device" in line) for line in lines] == [(False, False)] * 4 + [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert lines[1] == "tensor([1, 2])"
    assert lines[2] == "tensor([1., 2.])"
    assert "1.0000e-03" in lines[3]


def test_integers_have_no_mean_until_converted(chapter: Any) -> None:
    assert chapter.error("int-mean").startswith("RuntimeError: mean(): could not infer output dtype.")
    assert "Got: Long" in chapter.error("int-mean")
    mean = sum([31, 33, 35, 24, 25, 27]) / 6
    assert chapter.value("float-mean", "temps.float().mean().item()") == pytest.approx(mean)
    assert not mean.is_integer()


def test_bool_has_no_mean_either() -> None:
    with pytest.raises(RuntimeError, match="Got: Bool"):
        torch.tensor([True]).mean()
    assert torch.tensor([True, False]).float().mean().item() == 0.5


def test_a_layer_refuses_float64_and_takes_it_converted(chapter: Any) -> None:
    assert chapter.error("double") == "RuntimeError: mat1 and mat2 must have the same dtype, but got Double and Float"
    assert chapter.value("single", "str(X.dtype)") == "torch.float64"
    assert chapter.value("single", "str(y_hat.dtype)") == chapter.value("single", "str(layer.weight.dtype)")
    assert chapter.value("single", "list(y_hat.shape)") == [2, 1]


def test_a_picture_with_channels_last_is_refused(chapter: Any) -> None:
    assert chapter.value("channels-last", "image.shape[0]") == 28
    error = chapter.error("channels-last")
    assert error.startswith("RuntimeError")
    assert "[1, 28, 28, 3] to have 3 channels, but got 28 channels" in error


def test_channels_first_runs_and_reshape_would_jumble_the_pixels(chapter: Any) -> None:
    assert chapter.value("channels-first", "list(image.shape)") == [3, 28, 28]
    assert chapter.value("channels-first", "list(conv(image).shape)") == [8, 26, 26]
    photo = torch.arange(28 * 28 * 3).reshape(28, 28, 3)
    assert photo.reshape(3, 28, 28).shape == photo.permute(2, 0, 1).shape
    assert not torch.equal(photo.reshape(3, 28, 28), photo.permute(2, 0, 1))


def test_two_devices_do_not_mix_and_one_device_adds(chapter: Any) -> None:
    error = chapter.error("two-devices")
    assert error.startswith("RuntimeError: ")
    assert {"meta", "cpu"} <= set(re.findall(r"\w+", error))
    assert chapter.value("one-device", "(here + there)") == [1.0 + 2.0] * 3


def test_division_is_what_makes_fahrenheit_real(chapter: Any) -> None:
    kinds = chapter.value("solution-fahrenheit", "[str(t.dtype) for t in (step1, step2, fahrenheit)]")
    assert kinds == ["torch.int64", "torch.float32", "torch.float32"]
    middle = [celsius * 9 / 5 + 32 for celsius in (33, 25)]
    assert chapter.value("solution-fahrenheit", "fahrenheit[:, 1].mean().item()") == pytest.approx(sum(middle) / 2)


def test_three_of_four_examples_are_right(chapter: Any) -> None:
    assert chapter.value("solution-accuracy", "predicted") == [0, 2, 1, 1]
    assert chapter.value("solution-accuracy", "correct") == [True, True, False, True]
    assert chapter.value("solution-accuracy", "correct.float().mean().item()") == 3 / 4


def test_dividing_by_the_root_brings_the_output_to_one(chapter: Any) -> None:
    assert chapter.value("solution-scale", "W.std().item()") == pytest.approx(1 / math.sqrt(400), rel=0.02)
    assert chapter.value("solution-scale", "(X @ W).std().item()") == pytest.approx(1, abs=0.02)


def test_the_default_weights_stay_within_one_over_the_root_of_the_inputs() -> None:
    for inputs in (16, 400):
        assert nn.Linear(inputs, 100).weight.abs().max().item() <= 1 / math.sqrt(inputs)
