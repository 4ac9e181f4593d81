"""The facts that the chapter models/linear_regression states, checked against what its cells produced."""

import math
import re
import statistics
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import nn

X0, Y0, W0, B0, LR = 6.7, 9.14, -0.34, 0.04, 0.01


def loss(w: float, b: float, y: float = Y0) -> float:
    """The squared error of the one house, in plain Python numbers."""
    return (w * X0 + b - y) ** 2


def slopes(y: float = Y0, h: float = 1e-5) -> tuple[float, float]:
    """Central differences for w and b: an oracle that knows no derivative."""
    for_w = (loss(W0 + h, B0, y) - loss(W0 - h, B0, y)) / (2 * h)
    for_b = (loss(W0, B0 + h, y) - loss(W0, B0 - h, y)) / (2 * h)
    return for_w, for_b


def least_squares(xs: list[float], ys: list[float]) -> tuple[float, float, float]:
    """The best line and its mean squared error, by the statistics module."""
    line = statistics.linear_regression(xs, ys)
    errors = [line.slope * x + line.intercept - y for x, y in zip(xs, ys, strict=True)]
    return line.slope, line.intercept, statistics.fmean(e * e for e in errors)


def points(chapter: Any) -> tuple[list[float], list[float]]:
    """The chapter's 50 points."""
    return chapter.value("data", "X.squeeze(1)"), chapter.value("data", "y.squeeze(1)")


def test_a_linear_layer_of_one_input_has_a_table_of_one_weight(chapter: Any) -> None:
    assert chapter.value("layer", "tuple(model.weight.shape)") == [1, 1]
    assert chapter.value("layer", "tuple(model.bias.shape)") == [1]


def test_the_same_seed_gives_the_same_start_and_another_seed_does_not(chapter: Any) -> None:
    first, other, again = (line.partition(":")[2] for line in chapter.text("start").strip().splitlines())
    assert first == again != other


@pytest.mark.parametrize("inputs", [1, 100])
def test_starting_values_lie_evenly_within_one_over_the_root_of_the_inputs(inputs: int) -> None:
    torch.manual_seed(0)
    layer = nn.Linear(inputs, 2000)
    for values in (layer.weight, layer.bias):
        reach = values.abs().max().item() * math.sqrt(inputs)
        assert 0.99 < reach <= 1
        assert values.std().item() * math.sqrt(3 * inputs) == pytest.approx(1, abs=0.05)


def test_a_tracked_weight_cannot_be_overwritten(chapter: Any) -> None:
    expected = "RuntimeError: a leaf Variable that requires grad is being used in an in-place operation."
    assert chapter.error("overwrite") == expected


def test_under_no_grad_the_weight_is_written_and_stays_tracked(chapter: Any) -> None:
    assert chapter.value("set", "[model.weight.item(), model.bias.item()]") == pytest.approx([W0, B0])
    assert chapter.value("set", "[p.requires_grad and p.is_leaf for p in model.parameters()]") == [True, True]


def test_writing_through_data_puts_the_same_number_there() -> None:
    layer = nn.Linear(1, 1)
    layer.weight.data.fill_(W0)
    assert layer.weight.item() == pytest.approx(W0)
    assert layer.weight.requires_grad


def test_the_step_by_hand_follows_the_slopes_of_the_loss(chapter: Any) -> None:
    for_w, for_b = slopes()
    assert chapter.value("by-hand", "y_hat") == pytest.approx(-2.238)
    assert chapter.value("by-hand", "error") == pytest.approx(-11.378)
    assert chapter.value("by-hand", "error**2") == pytest.approx(loss(W0, B0))
    assert chapter.value("by-hand", "w_grad") == pytest.approx(for_w, rel=1e-6)
    assert chapter.value("by-hand", "b_grad") == pytest.approx(for_b, rel=1e-6)
    assert chapter.value("by-hand", "w - lr * w_grad") == pytest.approx(1.184652, abs=1e-6)
    assert chapter.value("by-hand", "b - lr * b_grad") == pytest.approx(0.267560, abs=1e-6)


def test_an_x_of_zero_leaves_w_without_a_gradient() -> None:
    layer = nn.Linear(1, 1)
    nn.MSELoss()(layer(torch.zeros(1, 1)), torch.ones(1, 1)).backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.item() == 0


def test_pytorch_prints_the_very_numbers_found_by_hand(chapter: Any) -> None:
    by_hand = dict(re.findall(r"(\S[^:\n]*):\s+(\S+)", chapter.text("by-hand")))
    code = {}
    for cell in ("forward", "backward", "step"):
        code |= re.findall(r"(\S[^:\n]*):\s+(\S+)", chapter.text(cell))
    pairs = {"y_hat": "y_hat", "loss": "loss", "w_grad": "w.grad", "b_grad": "b.grad", "new w": "new w"}
    pairs["new b"] = "new b"
    assert {name: by_hand[name] for name in pairs} == {name: code[twin] for name, twin in pairs.items()}
    assert by_hand["w_grad"] == "-152.4652"


def test_backward_alone_moves_nothing(chapter: Any) -> None:
    assert chapter.value("backward", "[model.weight.item(), model.bias.item()]") == pytest.approx([W0, B0])


def test_one_step_brings_the_prediction_close_from_below(chapter: Any) -> None:
    w, b = chapter.value("step", "model.weight.item()"), chapter.value("step", "model.bias.item()")
    assert chapter.value("again", "y_hat.item()") == pytest.approx(w * X0 + b)
    assert W0 * X0 + B0 < chapter.value("again", "y_hat.item()") < Y0
    assert chapter.value("again", "loss.item()") == pytest.approx(loss(w, b), rel=1e-4)
    assert chapter.value("again", "loss.item()") < chapter.value("forward", "loss.item()") / 100


def test_three_times_the_rate_shoots_past_the_target() -> None:
    for_w, for_b = slopes()
    assert (W0 - 0.03 * for_w) * X0 + B0 - 0.03 * for_b > Y0


def test_the_numbers_often_printed_belong_to_another_target(chapter: Any) -> None:
    assert chapter.value("trace", "printed_w / printed_b") == pytest.approx(X0, rel=1e-6)
    assert chapter.value("trace", "target") == pytest.approx(9.10)
    assert slopes(9.10) == pytest.approx((-151.9292, -22.6760), rel=1e-6)
    assert slopes(9.14) == pytest.approx((-152.4652, -22.7560), rel=1e-6)
    assert chapter.value("trace", "-0.34 - 0.01 * printed_w") == pytest.approx(1.179292)
    assert chapter.value("trace", "0.04 - 0.01 * printed_b") == pytest.approx(0.26676)


def test_the_weight_is_stored_outputs_first_and_turned_before_multiplying(chapter: Any) -> None:
    assert chapter.value("wide", "tuple(wide.weight.shape)") == [3, 2]
    assert chapter.value("wide", "torch.allclose(wide(X), by_hand)") is True
    assert chapter.error("not-turned") == "RuntimeError: mat1 and mat2 shapes cannot be multiplied (5x2 and 3x2)"


def test_a_square_layer_hides_a_forgotten_transpose() -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(3, 3), torch.randn(5, 3)
    wrong = x @ layer.weight + layer.bias
    assert wrong.shape == layer(x).shape
    assert not torch.allclose(wrong, layer(x))


def test_only_the_last_dimension_counts(chapter: Any) -> None:
    lines = chapter.text("any-shape").strip().splitlines()
    assert len(lines) == 3
    assert all(before == after for before, after in (line.split(" -> ") for line in lines))


def test_a_row_of_houses_is_read_as_one_example(chapter: Any) -> None:
    assert chapter.error("three-houses").endswith("shapes cannot be multiplied (1x3 and 1x1)")
    assert chapter.value("column", "tuple(y_hat.shape)") == [3, 1]
    w, b = chapter.value("step", "model.weight.item()"), chapter.value("step", "model.bias.item()")
    predicted = [row[0] for row in chapter.value("column", "y_hat")]
    assert predicted == pytest.approx([w * x + b for x in (6.7, 5.0, 3.2)], rel=1e-5)
    assert predicted[0] == pytest.approx(chapter.value("again", "y_hat.item()"))


def test_a_bare_number_is_refused(chapter: Any) -> None:
    assert "at least 1D" in chapter.error("no-dim")


def test_the_mean_squared_error_is_the_mean_of_the_squares(chapter: Any) -> None:
    predicted = [row[0] for row in chapter.value("column", "y_hat")]
    squares = [(p - y) ** 2 for p, y in zip(predicted, (9.14, 6.6, 4.0), strict=True)]
    assert [row[0] for row in chapter.value("mse", "squares")] == pytest.approx(squares, rel=1e-3)
    assert squares[0] == max(squares)
    by_hand, built_in = re.findall(r": (\d\S*)", chapter.text("mse"))
    assert float(by_hand) == float(built_in) == pytest.approx(statistics.fmean(squares), abs=1e-4)


def test_the_data_follow_the_line_they_were_made_from(chapter: Any) -> None:
    xs, ys = points(chapter)
    noise = [y - 1.5 * x - 2 for x, y in zip(xs, ys, strict=True)]
    assert len(xs) == 50
    assert abs(statistics.fmean(noise)) < 0.2
    assert statistics.pstdev(noise) == pytest.approx(0.5, abs=0.1)


def test_training_falls_fast_then_slowly(chapter: Any) -> None:
    losses = chapter.value("fit", "losses")
    assert len(losses) == 200
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(losses))
    assert losses[0] - losses[1] > 50 * (losses[1] - losses[10]) / 9
    assert losses[10] < losses[0] / 50
    assert losses[10] - losses[199] > 0.05
    assert losses[100] - losses[199] < 0.01


def test_training_finds_the_line_of_least_squares_to_two_digits(chapter: Any) -> None:
    slope, intercept, best = least_squares(*points(chapter))
    assert chapter.value("exact", "w.item()") == pytest.approx(slope, rel=1e-4)
    assert chapter.value("exact", "b.item()") == pytest.approx(intercept, rel=1e-4)
    assert chapter.value("exact", "best.item()") == pytest.approx(best, rel=1e-4)
    assert chapter.value("fit", "model.weight.item()") == pytest.approx(slope, abs=0.01)
    assert chapter.value("fit", "model.bias.item()") == pytest.approx(intercept, abs=0.01)
    assert chapter.value("fit", "losses[199]") == pytest.approx(best, abs=0.001)


def test_the_learned_line_fits_these_points_better_than_the_true_one(chapter: Any) -> None:
    xs, ys = points(chapter)
    floor = statistics.fmean((1.5 * x + 2 - y) ** 2 for x, y in zip(xs, ys, strict=True))
    assert chapter.value("curve", "floor") == pytest.approx(floor, rel=1e-4)
    assert chapter.value("exact", "best.item()") < chapter.value("fit", "losses[199]") < floor


def test_the_slope_is_in_place_before_the_height(chapter: Any) -> None:
    lines = chapter.value("lines", "[[l[0].item(), l[-1].item()] for l in lines]")
    left = [line[0] for line in lines]
    slope = [(line[1] - line[0]) / 4 for line in lines]
    assert abs(slope[0]) < 0.05
    assert abs(slope[2] - slope[199]) < 0.05
    assert left[199] - left[10] > 0.3
    assert left[199] == pytest.approx(chapter.value("fit", "model.bias.item()"), abs=0.01)
    assert slope[199] < slope[10]


def test_the_first_step_of_w_is_much_longer_than_that_of_b(chapter: Any) -> None:
    (w0, b0), (w1, b1) = chapter.value("lines", "[[(l[-1] - l[0]).item() / 4, l[0].item()] for l in lines[:2]]")
    assert abs(w1 - w0) > 2 * abs(b1 - b0)


def test_five_lines_are_drawn_over_the_points(chapter: Any) -> None:
    (svg,) = chapter.figures("lines")
    assert {f"<!-- {epoch} -->" for epoch in (10, 199)} <= set(re.findall(r"<!-- \d+ -->", svg))


def test_a_small_rate_is_slow_and_a_large_one_diverges(chapter: Any) -> None:
    slow, good = chapter.value("rates", "finals[0.001]"), chapter.value("rates", "finals[0.1]")
    first, wild = chapter.value("fit", "losses[0]"), chapter.value("rates", "finals[0.2]")
    assert good < 1 < slow < first < 1e7 < wild


def test_each_frame_of_the_rates_falls_up_to_016_and_rises_from_017(chapter: Any) -> None:
    first, finals = chapter.value("fit", "losses[0]"), chapter.value("rates", "list(finals.values())")
    rates = chapter.value("rates", "list(finals)")
    assert rates[0] == 0.001
    assert [lr for lr, final in zip(rates, finals, strict=True) if final < first] == rates[: rates.index(0.16) + 1]
    assert rates[rates.index(0.16) + 1] == 0.17
    assert len(chapter.figures("rates")) == len(rates)
    assert chapter.text("rates").splitlines() == [f"last loss: {final:.2g}" for final in finals]


def test_a_rate_of_a_tenth_still_converges_and_the_edge_is_two_over_the_curvature(chapter: Any) -> None:
    xs, ys = points(chapter)
    design = torch.tensor([[x, 1.0] for x in xs], dtype=torch.float64)
    edge = 2 / torch.linalg.eigvalsh(2 * design.T @ design / len(xs)).max().item()
    assert 0.16 < edge < 0.17
    w = b = 0.0
    for _ in range(500):
        errors = [w * x + b - y for x, y in zip(xs, ys, strict=True)]
        w -= 0.1 * 2 * statistics.fmean(e * x for e, x in zip(errors, xs, strict=True))
        b -= 0.1 * 2 * statistics.fmean(errors)
    assert [w, b] == pytest.approx(least_squares(xs, ys)[:2], abs=1e-3)


def test_without_clearing_the_loss_never_settles(chapter: Any) -> None:
    tail = chapter.value("no-clear", "tail")
    assert max(tail) > 10 * min(tail) > 0
    assert max(tail) > 50 * chapter.value("fit", "losses[199]")


def test_a_flat_target_teaches_the_mean(chapter: Any) -> None:
    assert "UserWarning: Using a target size" in chapter.text("flat-target")
    assert abs(chapter.value("flat-target", "flat.weight.item()")) < 0.05
    _, ys = points(chapter)
    assert chapter.value("flat-target", "y.mean().item()") == pytest.approx(statistics.fmean(ys), rel=1e-5)
    assert chapter.value("flat-target", "flat.bias.item()") == pytest.approx(statistics.fmean(ys), abs=0.1)


def test_a_change_through_data_spoils_the_gradient_silently(chapter: Any) -> None:
    assert chapter.value("through-data", "z.item()") == 3.0**2
    assert chapter.value("through-data", "w.grad.item()") == 2 * 5.0


def test_the_same_change_under_no_grad_is_noticed(chapter: Any) -> None:
    error = chapter.error("through-no-grad")
    assert "modified by an inplace operation" in error
    assert "version 1" in error


def test_the_error_of_one_step_is_scaled_by_a_factor(chapter: Any) -> None:
    rate = chapter.value("solution-rate", "rate")
    before = W0 * X0 + B0 - Y0
    printed = [float(after) for after in re.findall(r"-> (\S+)", chapter.text("solution-rate"))]
    factors = [1 - 2 * lr * (X0**2 + 1) for lr in (rate, 2 * rate, 2.5 * rate)]
    assert factors == pytest.approx([0, -1, -1.5])
    assert printed == pytest.approx([before * factor for factor in factors], abs=1e-3)


def test_two_features_give_a_weight_of_one_row(chapter: Any) -> None:
    assert chapter.value("solution-features", "tuple(model.weight.shape)") == [1, 2]
    assert chapter.value("solution-features", "model.weight[0]") == pytest.approx([2, -3], abs=1e-3)
    assert chapter.value("solution-features", "model.bias.item()") == pytest.approx(1, abs=1e-3)


def test_another_unit_diverges_and_standardization_saves_it(chapter: Any) -> None:
    assert "raw:   loss = nan" in chapter.text("solution-scale")
    slope, _, best = least_squares(*points(chapter))
    assert chapter.value("solution-scale", "losses[-1]") == pytest.approx(best, abs=1e-3)
    assert chapter.value("solution-scale", "model.weight.item() / F.std() * 1.8") == pytest.approx(slope, abs=0.01)
