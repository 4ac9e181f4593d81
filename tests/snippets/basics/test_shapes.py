"""The facts that the chapter basics/shapes states, checked against what its cells produced."""

import itertools
import math
import re
import statistics
import warnings
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

PRICES, EXTRAS = (20, 25, 35), (0, 4, 8, 12)


def printed(text: str) -> dict[str, str]:
    """The labels of a cell's lines and what stands after them."""
    return {label.strip(): rest.strip() for label, _, rest in (line.partition(":") for line in text.splitlines())}


def by_hand(a: list[list[float]], b: list[list[float]]) -> list[list[float]]:
    """A matrix product in plain Python numbers."""
    return [[sum(p * q for p, q in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]


def test_one_addition_gives_every_price(chapter: Any) -> None:
    expected = [[price + extra for extra in EXTRAS] for price in PRICES]
    assert chapter.value("menu", "menu") == expected
    assert chapter.value("menu", "menu[1, 3]") == expected[1][3] == 37


def test_dotted_boxes_are_the_repeats_and_no_others(chapter: Any) -> None:
    (svg,) = chapter.figures("stretch")
    assert svg.count("stroke-dasharray") == 3 * 3 + 4 * 2  # 3 rows of 3 repeats, then 4 columns of 2
    assert chapter.value("stretch", "[grid.stride() for grid in parts]") == [[1, 0], [0, 1], [4, 1]]
    assert {str(price + extra) for price in PRICES for extra in EXTRAS} <= set(re.findall(r"<!-- (\d+) -->", svg))


def test_try_fourth_drink(attempt: Any) -> None:
    after = attempt("menu", {"[35]]": "[35], [40]]"}, then=("stretch",))
    assert after.value("menu", "menu") == [[price + extra for extra in EXTRAS] for price in (*PRICES, 40)]
    (svg,) = after.figures("stretch")
    assert svg.count("stroke-dasharray") == 4 * 3 + 4 * 3


def test_a_number_is_taken_from_each_element(chapter: Any) -> None:
    assert chapter.value("scalar", "(x - 5.0).tolist()") == [-4.0, -3.0, -2.0, -1.0]
    assert printed(chapter.text("scalar"))["x - 5.0"] == "[-4.0, -3.0, -2.0, -1.0]"


def test_an_expanded_number_is_stored_once(chapter: Any) -> None:
    assert chapter.value("scalar", "fives") == [5.0] * 4
    assert chapter.value("scalar", "fives.untyped_storage().nbytes()") == 4
    assert chapter.value("scalar", "fives.element_size()") == 4
    assert chapter.value("memory", "fives.stride()[0]") == 0


def test_the_rule_by_hand_gives_what_the_page_says(chapter: Any) -> None:
    assert [line.split(" -> ")[1] for line in chapter.text("rule").splitlines()] == [
        "(3, 4)",
        "(5, 4, 3)",
        "None",
        "None",
    ]


def test_the_rule_by_hand_agrees_with_torch_on_many_shapes(chapter: Any) -> None:
    found = chapter.value(
        "rule",
        "';'.join(','.join('none' if s is None else ''.join(map(str, s)) for s in (a, b, broadcast(a, b)))"
        " for n in range(3) for m in range(4)"
        " for a in __import__('itertools').product((1, 2, 3), repeat=n)"
        " for b in __import__('itertools').product((1, 2, 3), repeat=m))",
    ).split(";")
    shapes = list(itertools.chain.from_iterable(itertools.product((1, 2, 3), repeat=n) for n in range(3)))
    assert len(found) == len(shapes) * (1 + 3 + 9 + 27)
    for a, b, shape in (line.split(",") for line in found):
        try:
            assert shape == "".join(map(str, torch.broadcast_shapes(tuple(map(int, a)), tuple(map(int, b)))))
        except RuntimeError:
            assert shape == "none"


def test_sizes_that_are_not_compatible_raise_an_error(chapter: Any) -> None:
    expected = "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 0"
    assert chapter.error("incompatible") == f"RuntimeError: {expected}"


def test_try_every_pair(attempt: Any) -> None:
    after = attempt("incompatible", {"torch.ones(3)": "torch.ones(3).unsqueeze(1)"})
    assert after.text("incompatible") == "(3, 4)\n"


def test_unsqueeze_inserts_a_dimension_where_told(chapter: Any) -> None:
    assert chapter.value("unsqueeze", "row") == [[10.0, 20.0, 30.0]]
    assert chapter.value("unsqueeze", "column") == [[10.0], [20.0], [30.0]]
    assert chapter.value("unsqueeze", "x.unsqueeze(-1)") == chapter.value("unsqueeze", "column")
    assert chapter.value("unsqueeze", "x[:, None]") == chapter.value("unsqueeze", "column")


def test_squeeze_drops_only_a_dimension_of_length_one(chapter: Any) -> None:
    assert printed(chapter.text("unsqueeze"))["back"] == "[10.0, 20.0, 30.0]"
    assert chapter.value("unsqueeze", "tuple(column.squeeze(0).shape)") == [3, 1]


def test_keepdim_takes_from_each_row_its_own_mean(chapter: Any) -> None:
    rows = chapter.value("keepdim", "scores")
    means = [statistics.fmean(row) for row in rows]
    assert chapter.value("keepdim", "means") == [[mean] for mean in means]
    centred = [[mark - mean for mark in row] for row, mean in zip(rows, means, strict=True)]
    assert chapter.value("keepdim", "centred") == centred
    assert [sum(row) for row in centred] == [0, 0]
    assert chapter.value("keepdim", "tuple(scores.mean(dim=1).shape)") == [2]


def test_try_no_keepdim(attempt: Any) -> None:
    after = attempt("keepdim", {", keepdim=True": ""})
    expected = "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1"
    assert after.error("keepdim") == f"RuntimeError: {expected}"


def squared(predictions: list[float], targets: list[float]) -> float:
    """The mean over all pairs, which is what the trap computes."""
    pairs = [(p - q) ** 2 for p in predictions for q in targets]
    return sum(pairs) / len(pairs)


def test_right_answers_have_a_loss_in_the_trap_and_nothing_warns(chapter: Any) -> None:
    assert chapter.value("loss-trap", "tuple(error.shape)") == [3, 3]
    assert chapter.value("loss-trap", "loss.item()") == pytest.approx(squared([1, 2, 3], [1, 2, 3]))
    assert chapter.value("loss-trap", "loss.item()") == pytest.approx(12 / 9)
    assert "Warning" not in chapter.text("loss-trap")


def test_the_drawn_squares_are_0_on_the_diagonal_1_beside_it_and_4_in_two_corners(chapter: Any) -> None:
    assert chapter.value("squares", "error**2") == [[0, 1, 4], [1, 0, 1], [4, 1, 0]]
    (svg,) = chapter.figures("squares")
    drawn = re.findall(r"<!-- (\d) -->", svg)
    assert sorted(drawn) == sorted("014101410")


@pytest.mark.parametrize("targets", [(1.0, 2.0, 3.0), (-0.5, 4.0, 2.25, 7.0)])
def test_averaged_over_all_targets_only_the_distance_from_their_mean_counts(targets: tuple[float, ...]) -> None:
    mean, spread = statistics.fmean(targets), statistics.pvariance(targets)
    for guess in (-1.0, 0.0, mean, 2.5):
        assert statistics.fmean((guess - y) ** 2 for y in targets) == pytest.approx((guess - mean) ** 2 + spread)


def test_training_in_the_trap_ends_at_the_mean_and_its_loss_falls_all_the_way() -> None:
    y_hat = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)
    y = torch.tensor([1.0, 2.0, 3.0])
    losses = []
    for _ in range(200):
        loss = ((y_hat - y) ** 2).mean()
        losses.append(loss.item())
        (slope,) = torch.autograd.grad(loss, y_hat)
        y_hat = (y_hat - 0.3 * slope).detach().requires_grad_()
    assert y_hat.flatten().tolist() == pytest.approx([2.0] * 3, abs=1e-4)
    assert losses[-1] < losses[10] < losses[0]


def test_the_built_in_loss_warns_goes_on_and_prefers_the_mean(chapter: Any) -> None:
    assert "UserWarning: Using a target size" in chapter.text("loss-warning")
    right, lazy = re.findall(r"^(?:right|lazy) +(\S+)$", chapter.text("loss-warning"), re.MULTILINE)
    assert float(right) == pytest.approx(squared([1, 2, 3], [1, 2, 3]), abs=5e-5)
    assert float(lazy) == pytest.approx(squared([2, 2, 2], [1, 2, 3]), abs=5e-5)
    assert float(lazy) < float(right)


def test_the_module_and_the_function_are_one_loss() -> None:
    y_hat, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([1.0, 2.0, 3.0])
    with pytest.warns(UserWarning, match="different to the input size"):
        as_module = nn.MSELoss()(y_hat, y).item()
    with pytest.warns(UserWarning, match="different to the input size"):
        assert functional.mse_loss(y_hat, y).item() == as_module


def test_one_line_shows_the_warning_once_by_default() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            functional.mse_loss(torch.zeros(3, 1), torch.zeros(3))
    assert len(caught) == 1


def test_equal_shapes_bring_the_ranking_back(chapter: Any) -> None:
    assert chapter.text("loss-fixed").splitlines() == ["right 0.0000", "lazy  0.6667"]
    assert chapter.value("loss-fixed", "F.mse_loss(lazy.squeeze(1), y).item()") == pytest.approx(
        statistics.pvariance([1, 2, 3])
    )
    assert chapter.value("loss-fixed", "F.mse_loss(y_hat, y.unsqueeze(1)).item()") == 0.0


def test_equal_shapes_bring_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        functional.mse_loss(torch.zeros(3), torch.zeros(3))


def test_reshape_fills_row_by_row(chapter: Any) -> None:
    assert chapter.value("reshape", "t") == [[1, 2, 3], [4, 5, 6]]
    assert chapter.value("reshape", "pairs") == [[1, 2], [3, 4], [5, 6]]
    assert chapter.value("reshape", "pairs.shape[0]") == 6 / 2


def test_the_number_of_elements_must_stay() -> None:
    with pytest.raises(RuntimeError, match=r"^shape '\[4, 2\]' is invalid for input of size 6$"):
        torch.arange(1, 7).reshape(4, 2)


def test_two_ways_to_flatten_a_batch() -> None:
    batch = torch.arange(32 * 28 * 28).reshape(32, 1, 28, 28)
    assert batch.flatten(1).shape == (32, 784)
    assert torch.equal(batch.flatten(1), batch.reshape(32, -1))


def test_a_view_shares_its_memory(chapter: Any) -> None:
    assert chapter.value("view", "line") == [99, 2, 3, 4, 5, 6]
    assert chapter.value("view", "table.untyped_storage().data_ptr() == line.untyped_storage().data_ptr()") is True
    assert printed(chapter.text("view"))["same memory"] == "True"


def test_try_clone(attempt: Any) -> None:
    after = attempt("view", {"line.view(2, 3)": "line.clone().view(2, 3)"})
    assert after.value("view", "line") == [1, 2, 3, 4, 5, 6]
    assert after.value("view", "table[0, 0]") == 99
    assert after.text("view").splitlines()[-1] == "same memory: False"


def test_tensors_that_share_memory_may_start_at_different_places(chapter: Any) -> None:
    assert chapter.value("view", "line[1:].data_ptr() == line.data_ptr()") is False
    assert chapter.value("view", "storage(line[1:]) == storage(line)") is True


def test_transposing_turns_rows_into_columns_and_reshaping_does_not(chapter: Any) -> None:
    rows = chapter.value("transpose", "t")
    assert chapter.value("transpose", "turned") == [list(column) for column in zip(*rows, strict=True)]
    assert chapter.value("transpose", "turned[0]") == [1, 4]
    assert chapter.value("transpose", "t.reshape(3, 2)") == [[1, 2], [3, 4], [5, 6]]


def test_a_batch_of_matrices_is_transposed_one_by_one_and_not_by_t() -> None:
    batch = torch.arange(24).reshape(4, 2, 3)
    assert torch.equal(batch.mT, torch.stack([matrix.T for matrix in batch]))
    with pytest.warns(UserWarning, match="deprecated"):
        assert batch.T.shape == (3, 2, 4)


def test_a_convolution_wants_the_channels_first(chapter: Any) -> None:
    error = chapter.error("permute")
    assert error.startswith("RuntimeError: ")
    assert "expected input[1, 28, 20, 3] to have 3 channels, but got 28 channels instead" in error
    assert printed(chapter.text("permute"))["output"] == "(8, 26, 18)"


def test_a_convolution_takes_a_batch_of_channels_first() -> None:
    assert nn.Conv2d(3, 8, 3)(torch.zeros(5, 3, 28, 20)).shape == (5, 8, 26, 18)


def test_permute_and_movedim_keep_each_pixel_whole_and_reshape_does_not(chapter: Any) -> None:
    assert chapter.value("permute", "tuple(image.shape)") == [3, 28, 20]
    assert chapter.value("permute", "tuple(layer(photo.reshape(3, 28, 20)).shape)") == [8, 26, 18]
    photo = torch.arange(28 * 20 * 3).reshape(28, 20, 3)
    image = photo.permute(2, 0, 1)
    assert torch.equal(photo.movedim(2, 0), image)
    assert image[:, 4, 7].tolist() == photo[4, 7].tolist() != photo.reshape(3, 28, 20)[:, 4, 7].tolist()


def test_stack_makes_a_dimension_and_cat_lengthens_one(chapter: Any) -> None:
    weeks = [[20, 25, 35], [22, 25, 38]]
    assert chapter.value("join", "stacked") == weeks
    assert chapter.value("join", "joined") == weeks[0] + weeks[1]
    assert chapter.value("join", "wide") == [week * 2 for week in weeks]
    assert chapter.value("join", "tuple(wide.shape)") == [2, 6]


def test_stack_wants_equal_shapes_and_cat_all_but_one_length() -> None:
    short, long = torch.zeros(2, 3), torch.zeros(2, 5)
    assert torch.cat([short, long], dim=1).shape == (2, 8)
    with pytest.raises(RuntimeError, match="Sizes of tensors must match"):
        torch.cat([short, long], dim=0)
    with pytest.raises(RuntimeError, match="equal size"):
        torch.stack([short, long])


def test_transposing_swaps_the_strides_and_moves_nothing(chapter: Any) -> None:
    assert chapter.value("memory", "t.stride()") == [3, 1]
    assert chapter.value("memory", "turned.stride()") == [1, 3]
    assert chapter.value("memory", "[t.is_contiguous(), turned.is_contiguous()]") == [True, False]
    assert chapter.value("memory", "storage(turned) == storage(t)") is True


def test_strides_find_every_element_in_memory(chapter: Any) -> None:
    assert chapter.value("memory", "t.untyped_storage().nbytes() // t.element_size()") == 6
    strip = [1, 2, 3, 4, 5, 6]
    for down, across, rows in (
        (*chapter.value("memory", "t.stride()"), chapter.value("memory", "t")),
        (*chapter.value("memory", "turned.stride()"), chapter.value("memory", "turned")),
    ):
        assert [[strip[i * down + j * across] for j in range(len(rows[0]))] for i in range(len(rows))] == rows


def test_the_picture_shows_both_tensors(chapter: Any) -> None:
    (svg,) = chapter.figures("memory")
    assert re.findall(r"<!-- (\w+\[\d\]) -->", svg) == ["t[0]", "t[1]", "turned[0]", "turned[1]", "turned[2]"]
    assert sorted(re.findall(r"<!-- (\d) -->", svg)) == sorted("123456" * 2)


def test_a_gap_in_memory_makes_a_tensor_not_contiguous() -> None:
    assert not torch.arange(12).view(3, 4)[:, :2].is_contiguous()


def test_of_one_tensor_view_gives_one_shape_and_refuses_another(chapter: Any) -> None:
    assert chapter.value("view-turned", "split") == [[[1, 4]], [[2, 5]], [[3, 6]]]
    assert chapter.value("view-turned", "[turned.is_contiguous(), split.is_contiguous()]") == [False, False]
    assert printed(chapter.text("view-turned"))["same memory"] == "True"
    error = chapter.error("view-turned")
    assert error.startswith("RuntimeError: view size is not compatible with input tensor's size and stride")
    assert "Use .reshape(...) instead" in error


def test_the_transpose_reads_memory_out_of_order_so_view_cannot_flatten_it(chapter: Any) -> None:
    assert chapter.value("transpose", "[number for row in t.T.tolist() for number in row]")[:3] == [1, 4, 2]
    assert chapter.value("transpose", "t.untyped_storage().data_ptr() == t.T.untyped_storage().data_ptr()") is True
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        torch.arange(1, 7).reshape(2, 3).T.view(6)


@pytest.mark.parametrize("shape", [(24,), (6, 4), (2, 12), (2, 2, 2, 3), (1, 24, 1)])
def test_a_contiguous_tensor_can_be_viewed_in_every_shape(shape: tuple[int, ...]) -> None:
    assert torch.arange(24).reshape(4, 6).view(shape).shape == shape


def test_reshape_copies_when_it_must_and_only_then(chapter: Any) -> None:
    assert chapter.value("reshape-copies", "flat") == [1, 4, 2, 5, 3, 6]
    assert chapter.value("reshape-copies", "turned.contiguous().view(6)") == [1, 4, 2, 5, 3, 6]
    assert chapter.value("reshape-copies", "storage(turned.contiguous()) == storage(t)") is False
    assert printed(chapter.text("reshape-copies"))["same memory"] == "False"
    assert chapter.value("view", "storage(t) == storage(strip)") is True


def test_the_matrix_product_is_the_one_by_hand(chapter: Any) -> None:
    t = [[1, 2, 3], [4, 5, 6]]
    assert chapter.value("matmul", "product") == by_hand(t, [[1, 4], [2, 5], [3, 6]]) == [[14, 32], [32, 77]]
    assert printed(chapter.text("matmul"))["by hand"] == "14"


def test_inner_sizes_must_be_equal(chapter: Any) -> None:
    assert chapter.value("matmul", "tuple((t * t).shape)") == [2, 3]
    t = torch.arange(1, 7).reshape(2, 3)
    with pytest.raises(RuntimeError, match=r"^mat1 and mat2 shapes cannot be multiplied \(2x3 and 2x3\)$"):
        _ = t @ t


def test_a_bare_squeeze_drops_a_batch_of_one(chapter: Any) -> None:
    assert chapter.value("lonely", "tuple(batch.squeeze().shape)") == [28, 28]
    assert chapter.value("lonely", "tuple(batch.squeeze(1).shape)") == [1, 28, 28]
    assert chapter.text("lonely").split("n = 1")[0].count("(32, 28, 28)") == 2


def test_the_batch_goes_all_the_way_through_a_layer(chapter: Any) -> None:
    shapes = printed(chapter.text("solution-trace"))
    assert shapes == {"flat": "(32, 784)", "flat @ W": "(32, 10)", "logits": "(32, 10)"}


def test_a_bias_of_the_wrong_shape_fails_or_gives_each_row_its_own_number() -> None:
    table = torch.zeros(32, 10)
    with pytest.raises(RuntimeError, match=r"tensor a \(10\) must match the size of tensor b \(32\)"):
        _ = table + torch.arange(32.0)
    rows = (table + torch.arange(32.0).unsqueeze(1)).tolist()
    assert rows == [[float(i)] * 10 for i in range(32)]


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
