"""The facts that the chapter basics/shapes states, checked against what its cells produced."""

import itertools
import math
import warnings
from typing import Any

import pytest
import torch
from torch import nn


def printed(text: str) -> dict[str, str]:
    """The labels of a cell's lines and what stands after them."""
    return {label.strip(): rest.strip() for label, _, rest in (line.partition(":") for line in text.splitlines())}


def by_hand(a: list[list[float]], b: list[list[float]]) -> list[list[float]]:
    """A matrix product in plain Python numbers."""
    return [[sum(p * q for p, q in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]


def test_reshape_fills_row_by_row(chapter: Any) -> None:
    assert chapter.value("reshape", "table") == [[1, 2, 3], [4, 5, 6]]
    assert chapter.value("reshape", "tuple(table.shape)") == [2, 3]
    assert chapter.value("reshape", "t.reshape(3, 2)") == [[1, 2], [3, 4], [5, 6]]


def test_minus_one_is_worked_out_from_the_rest(chapter: Any) -> None:
    assert chapter.value("infer", "tuple(flat.shape)") == [32, 28 * 28]
    assert chapter.value("infer", "tuple(lines.shape)") == [32 * 28, 28]


def test_two_dimensions_cannot_both_be_worked_out() -> None:
    with pytest.raises(RuntimeError, match="only one dimension can be inferred"):
        torch.arange(6).reshape(-1, -1)


def test_the_number_of_elements_must_stay(chapter: Any) -> None:
    assert chapter.error("count") == "RuntimeError: shape '[4, 2]' is invalid for input of size 6"
    assert chapter.value("count", "t.numel()") == 6


def test_a_view_shares_its_memory_and_a_clone_does_not(chapter: Any) -> None:
    assert chapter.value("view", "t") == [99, 2, 3, 4, 5, 6]
    assert chapter.value("view", "table.data_ptr() == t.data_ptr()") is True
    assert chapter.value("view", "t.clone().data_ptr() == t.data_ptr()") is False


def test_transposing_turns_rows_into_columns_and_moves_nothing(chapter: Any) -> None:
    rows = chapter.value("transpose", "t")
    assert chapter.value("transpose", "turned") == [list(column) for column in zip(*rows, strict=True)]
    assert chapter.value("transpose", "turned[0]") == [row[0] for row in rows]
    assert chapter.value("transpose", "same") is True


def test_transposing_swaps_the_strides(chapter: Any) -> None:
    assert chapter.value("stride", "t.stride()") == [3, 1]
    assert chapter.value("stride", "turned.stride()") == [1, 3]
    assert chapter.value("stride", "[t.is_contiguous(), turned.is_contiguous()]") == [True, False]


def test_strides_find_every_element_in_memory(chapter: Any) -> None:
    memory = chapter.value("stride", "t.untyped_storage().nbytes() // t.element_size()")
    assert memory == 6
    strip = [1, 2, 3, 4, 5, 6]
    for down, across, rows in (
        (*chapter.value("stride", "t.stride()"), chapter.value("stride", "t")),
        (*chapter.value("stride", "turned.stride()"), chapter.value("stride", "turned")),
    ):
        assert [[strip[i * down + j * across] for j in range(len(rows[0]))] for i in range(len(rows))] == rows


def test_each_staircase_is_one_figure(chapter: Any) -> None:
    assert len(chapter.figures("memory")) == 1
    assert len(chapter.figures("memory-turned")) == 1
    assert chapter.value("memory-turned", "turned[0]") == [1, 4]
    assert chapter.value("memory-turned", "turned.stride()[1]") == 3


def test_view_refuses_the_transposed_tensor_in_one_row(chapter: Any) -> None:
    error = chapter.error("view-turned")
    assert error.startswith("RuntimeError: view size is not compatible with input tensor's size and stride")
    assert "Use .reshape(...) instead" in error


def test_reshape_copies_when_it_must(chapter: Any) -> None:
    assert chapter.value("reshape-copies", "turned.reshape(6)") == [1, 4, 2, 5, 3, 6]
    assert chapter.value("reshape-copies", "t[0, 0]") == 1
    assert chapter.value("reshape-copies", "flat[0]") == 99
    assert chapter.value("reshape-copies", "flat.data_ptr() == t.data_ptr()") is False


def test_reshape_gives_a_view_when_it_can(chapter: Any) -> None:
    assert chapter.value("reshape", "table.data_ptr() == t.data_ptr()") is True


def test_contiguous_lays_the_numbers_out_afresh(chapter: Any) -> None:
    assert chapter.value("contiguous", "tidy.stride()") == [2, 1]
    assert chapter.value("contiguous", "tidy.view(6)") == chapter.value("reshape-copies", "turned.reshape(6)")
    assert chapter.value("contiguous", "tidy.data_ptr() == t.data_ptr()") is False


def test_a_view_of_a_tensor_that_is_not_contiguous_can_work(chapter: Any) -> None:
    assert chapter.value("still-view", "split.is_contiguous()") is False
    assert chapter.value("still-view", "turned.is_contiguous()") is False
    assert chapter.value("still-view", "tuple(split.shape)") == [3, 1, 2]
    assert chapter.value("still-view", "split.data_ptr() == t.data_ptr()") is True


@pytest.mark.parametrize("shape", [(24,), (6, 4), (2, 12), (2, 2, 2, 3), (1, 24, 1)])
def test_a_contiguous_tensor_can_be_viewed_in_every_shape(shape: tuple[int, ...]) -> None:
    assert torch.arange(24).reshape(4, 6).view(shape).shape == shape


def test_unsqueeze_inserts_a_dimension_where_told(chapter: Any) -> None:
    assert chapter.value("unsqueeze", "row") == [[10.0, 20.0, 30.0]]
    assert chapter.value("unsqueeze", "column") == [[10.0], [20.0], [30.0]]
    assert chapter.value("unsqueeze", "tuple(x.unsqueeze(-1).shape)") == [3, 1]


def test_squeeze_drops_only_a_dimension_of_length_one(chapter: Any) -> None:
    assert chapter.value("squeeze", "tuple(column.squeeze(1).shape)") == [3]
    assert chapter.value("squeeze", "tuple(column.squeeze(0).shape)") == [3, 1]


def test_a_convolution_wants_the_channels_first(chapter: Any) -> None:
    error = chapter.error("channels")
    assert error.startswith("RuntimeError: ")
    assert "to have 3 channels, but got 28 channels instead" in error


def test_permute_puts_the_channels_first_without_moving_numbers(chapter: Any) -> None:
    assert chapter.value("permute", "tuple(image.shape)") == [3, 28, 28]
    assert chapter.value("permute", "layer(image).shape[0]") == 8
    assert chapter.value("permute", "image.data_ptr() == photo.data_ptr()") is True
    assert chapter.value("permute", "image.stride()") == [1, 28 * 3, 3]


def test_a_convolution_takes_a_batch_of_channels_first() -> None:
    assert nn.Conv2d(3, 8, 3)(torch.zeros(5, 3, 28, 28)).shape == (5, 8, 26, 26)


def test_the_matrix_product_is_the_one_by_hand(chapter: Any) -> None:
    t = [[1, 2, 3], [4, 5, 6]]
    assert chapter.value("matmul", "product") == by_hand(t, [[1, 4], [2, 5], [3, 6]]) == [[14, 32], [32, 77]]


def test_inner_sizes_must_be_equal(chapter: Any) -> None:
    assert chapter.error("inner") == "RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"
    assert chapter.value("inner", "tuple((t * t).shape)") == [2, 3]


def test_a_number_is_taken_from_each_element(chapter: Any) -> None:
    assert chapter.value("scalar", "(x - 5.0).tolist()") == [-4.0, -3.0, -2.0, -1.0]


def test_an_expanded_number_is_stored_once(chapter: Any) -> None:
    assert chapter.value("scalar", "fives") == [5.0] * 4
    assert chapter.value("scalar", "fives.stride()") == [0]
    assert chapter.value("scalar", "fives.untyped_storage().nbytes()") == 4
    assert chapter.value("scalar", "fives.element_size()") == 4


def test_column_and_row_meet_in_every_pair(chapter: Any) -> None:
    assert chapter.value("column-row", "total") == [[a + b for b in (1, 2, 3, 4)] for a in (10, 20, 30)]
    assert chapter.value("column-row", "total[2, 3]") == 34


def test_the_picture_stretches_along_strides_of_zero(chapter: Any) -> None:
    (svg,) = chapter.figures("stretch")
    assert chapter.value("stretch", "[t.stride() for t in torch.broadcast_tensors(column, row)]") == [[1, 0], [0, 1]]
    assert svg.count("stroke-dasharray") == 9 + 8  # 3 of 4 columns, then 2 of 3 rows


def test_the_rule_by_hand_gives_what_the_page_says(chapter: Any) -> None:
    expected = ["(3, 4)", "(32, 28, 28)", "(5, 4, 3)", "None", "None"]
    assert chapter.text("rule").split("\n")[:5] == expected
    assert chapter.text("torch-rule").split("\n")[:3] == expected[:3]
    assert chapter.value("rule", "broadcast((5, 1, 3), (4, 3))") == [5, 4, 3]


def test_the_rule_by_hand_agrees_with_torch_on_many_shapes(chapter: Any) -> None:
    found = chapter.value(
        "rule",
        "[[a, b, broadcast(a, b)] for n in range(3) for m in range(4)"
        " for a in __import__('itertools').product((1, 2, 3), repeat=n)"
        " for b in __import__('itertools').product((1, 2, 3), repeat=m)]",
    )
    shapes = list(itertools.chain.from_iterable(itertools.product((1, 2, 3), repeat=n) for n in range(3)))
    assert len(found) == len(shapes) * (1 + 3 + 9 + 27)
    for a, b, shape in found:
        try:
            assert shape == list(torch.broadcast_shapes(a, b))
        except RuntimeError:
            assert shape is None


def test_sizes_that_are_not_compatible_raise_an_error(chapter: Any) -> None:
    expected = "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 0"
    assert chapter.error("incompatible") == f"RuntimeError: {expected}"


def test_a_column_makes_every_pair_possible() -> None:
    assert (torch.ones(3).unsqueeze(1) + torch.ones(4)).shape == (3, 4)


def test_means_without_their_dimension_do_not_fit_the_rows(chapter: Any) -> None:
    assert chapter.value("row-means", "means") == [7.0, 4.0]
    expected = "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1"
    assert chapter.error("row-means") == f"RuntimeError: {expected}"


def test_keepdim_takes_from_each_row_its_own_mean(chapter: Any) -> None:
    assert chapter.value("keepdim", "means") == [[7.0], [4.0]]
    assert chapter.value("keepdim", "centred") == [[-3.0, 1.0, 2.0], [1.0, 1.0, -2.0]]
    assert sum(chapter.value("keepdim", "centred[0]")) == 0
    assert chapter.value("keepdim", "torch.equal(scores - scores.mean(dim=1).unsqueeze(1), centred)") is True


def test_the_batch_goes_all_the_way_through_a_layer(chapter: Any) -> None:
    assert chapter.value("trace", "tuple(flat.shape)") == [32, 784]
    assert chapter.value("trace", "tuple((flat @ W).shape)") == [32, 10]
    assert chapter.value("trace", "tuple(y_hat.shape)") == [32, 10]


def squared(predictions: list[float], targets: list[float]) -> float:
    """The mean over all pairs, which is what the trap computes."""
    pairs = [(p - q) ** 2 for p in predictions for q in targets]
    return sum(pairs) / len(pairs)


def test_right_answers_have_a_loss_in_the_trap_and_nothing_warns(chapter: Any) -> None:
    assert chapter.value("loss-trap", "tuple(error.shape)") == [3, 3]
    assert chapter.value("loss-trap", "loss.item()") == pytest.approx(squared([1, 2, 3], [1, 2, 3]))
    assert chapter.value("loss-trap", "loss.item()") == pytest.approx(12 / 9)
    assert "Warning" not in chapter.text("loss-trap")


def test_the_wrong_loss_prefers_the_mean(chapter: Any) -> None:
    worse = chapter.value("worse-wins", "worse.item()")
    assert worse == pytest.approx(squared([2, 2, 2], [1, 2, 3]))
    assert worse < chapter.value("worse-wins", "loss.item()")


def test_training_in_the_trap_ends_at_the_mean() -> None:
    y_hat = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)
    y = torch.tensor([1.0, 2.0, 3.0])
    losses = []
    for _ in range(200):
        loss = ((y_hat - y) ** 2).mean()
        losses.append(loss.item())
        (slope,) = torch.autograd.grad(loss, y_hat)
        y_hat = (y_hat - 0.3 * slope).detach().requires_grad_()
    assert y_hat.flatten().tolist() == pytest.approx([2.0] * 3, abs=1e-4)
    assert losses[-1] < losses[0]


def test_the_built_in_loss_warns_and_goes_on() -> None:
    y_hat, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([1.0, 2.0, 3.0])
    with pytest.warns(UserWarning, match="different to the input size"):
        assert nn.MSELoss()(y_hat, y).item() == pytest.approx(4 / 3)


def test_the_warning_stands_on_the_page(chapter: Any) -> None:
    assert "UserWarning: Using a target size" in chapter.text("loss-warning")
    assert chapter.value("loss-warning", "loss_fn(y_hat, y).item()") == pytest.approx(4 / 3)


def test_equal_shapes_bring_the_ranking_back(chapter: Any) -> None:
    assert chapter.value("loss-fixed", "loss_fn(flat, y).item()") == 0.0
    assert chapter.value("loss-fixed", "loss_fn(same, y).item()") == pytest.approx(2 / 3)
    assert chapter.value("loss-fixed", "loss_fn(y_hat, y.unsqueeze(1)).item()") == 0.0


def test_equal_shapes_bring_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.MSELoss()(torch.zeros(3), torch.zeros(3))


def test_reshape_and_transpose_share_a_shape_but_not_the_rows(chapter: Any) -> None:
    assert chapter.value("mixed", "t.T") == [[1, 4], [2, 5], [3, 6]]
    assert chapter.value("mixed", "t.reshape(3, 2)") == [[1, 2], [3, 4], [5, 6]]


def test_a_bare_squeeze_drops_a_batch_of_one(chapter: Any) -> None:
    assert chapter.value("lonely", "tuple(batch.squeeze().shape)") == [28, 28]
    assert chapter.value("lonely", "tuple(batch.squeeze(1).shape)") == [1, 28, 28]
    assert chapter.text("lonely").split("n = 1")[0].count("(32, 28, 28)") == 2


def test_the_pairs_of_the_exercise(chapter: Any) -> None:
    assert chapter.text("solution-predict").split("\n")[:3] == [
        "(2, 1) (2,) -> (2, 2)",
        "(8, 1, 6) (7, 1) -> (8, 7, 6)",
        "(9, 9, 3) (9,) -> error",
    ]


def test_the_table_of_distances(chapter: Any) -> None:
    points = [(0, 0), (3, 4), (3, 0)]
    expected = [math.dist(p, q) for p in points for q in points]
    assert list(itertools.chain(*chapter.value("solution-distances", "far"))) == pytest.approx(expected)
    assert chapter.value("solution-distances", "tuple(gaps.shape)") == [3, 3, 2]
    assert printed(chapter.text("solution-distances"))["cdist"] == "True"


def test_a_square_takes_means_from_columns_in_silence(chapter: Any) -> None:
    rows = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    means = [sum(row) / 3 for row in rows]
    wrong = [sum(number - mean for number, mean in zip(row, means, strict=True)) / 3 for row in rows]
    assert chapter.value("solution-rows", "wrong.mean(dim=1)") == pytest.approx(wrong)
    assert any(wrong)
    assert chapter.value("solution-rows", "right.mean(dim=1)") == [0.0, 0.0, 0.0]
