"""The facts that the chapter models/linear_regression states, checked against what its cells produced."""

import math
import re
import statistics
from typing import Any

import pytest
import torch
from torch import nn

X0, Y0, W0, B0, LR = 6.7, 9.14, -0.34, 0.04, 0.01
DRAWN = {"flat": (1.0, 1.9), "steep": (1.5, -0.6)}
"""The two lines drawn by eye, as (w, b)."""


def loss(w: float, b: float, y: float = Y0) -> float:
    """The squared error of the one flat, in plain Python numbers."""
    return (w * X0 + b - y) ** 2


def slopes(y: float = Y0, h: float = 1e-5) -> tuple[float, float]:
    """Central differences for w and b: an oracle that knows no derivative."""
    for_w = (loss(W0 + h, B0, y) - loss(W0 - h, B0, y)) / (2 * h)
    for_b = (loss(W0, B0 + h, y) - loss(W0, B0 - h, y)) / (2 * h)
    return for_w, for_b


def flats(chapter: Any) -> tuple[list[float], list[float]]:
    """The chapter's twelve areas and prices."""
    return chapter.value("flats", "areas"), chapter.value("flats", "prices")


def mean_square(xs: list[float], ys: list[float], w: float, b: float) -> float:
    """The mean squared error of a line, by the statistics module."""
    return statistics.fmean((w * x + b - y) ** 2 for x, y in zip(xs, ys, strict=True))


def least_squares(xs: list[float], ys: list[float]) -> tuple[float, float, float]:
    """The best line and its mean squared error, by the statistics module."""
    line = statistics.linear_regression(xs, ys)
    return line.slope, line.intercept, mean_square(xs, ys, line.slope, line.intercept)


def test_twelve_flats_none_of_them_of_50_square_metres(chapter: Any) -> None:
    xs, ys = flats(chapter)
    assert len(xs) == len(ys) == 12
    assert 5.0 not in xs
    assert (min(xs), max(xs)) == (3.0, 8.8)
    assert (6.7, 9.14) in zip(xs, ys, strict=True)
    assert chapter.value("flats", "[list(X.shape), list(y.shape)]") == [[12, 1], [12, 1]]


def test_the_prices_rise_along_a_line_but_are_not_on_one(chapter: Any) -> None:
    xs, ys = flats(chapter)
    assert 0.95 < statistics.correlation(xs, ys) < 1
    assert least_squares(xs, ys)[2] > 0.1


def test_the_steeper_of_the_two_lines_has_the_smaller_loss(chapter: Any) -> None:
    losses = [mean_square(*flats(chapter), *DRAWN[name]) for name in ("flat", "steep")]
    assert losses[1] < losses[0]
    printed = [float(number) for number in re.findall(r"loss = (\S+)", chapter.text("mse"))]
    assert printed == pytest.approx(losses, abs=1e-3)


def test_the_flatter_line_misses_the_two_largest_flats_and_the_steeper_one_small_ones(chapter: Any) -> None:
    pairs = list(zip(*flats(chapter), strict=True))
    errors = [y - x - 1.9 for x, y in pairs]
    squares = [error**2 for error in errors]
    assert chapter.value("mse", "(y - X - 1.9)[-2].item()") == pytest.approx(errors[-2], abs=1e-5)
    assert chapter.value("mse", "(y - X - 1.9)[-1].item()") == pytest.approx(errors[-1], abs=1e-5)
    assert squares[-2] + squares[-1] > 0.5 * sum(squares)
    assert statistics.fmean(map(abs, errors[:5])) < 0.5 * statistics.fmean(map(abs, errors))
    assert all(error > 0 for error in errors[-5:])
    assert all(y > 1.5 * x - 0.6 for x, y in pairs[:5])


def test_try_sum(chapter: Any, attempt: Any) -> None:
    after = attempt("mse", {".mean()": ".sum()"})
    means, sums = (re.findall(r"loss = (\S+)", ran.text("mse")) for ran in (chapter, after))
    assert [float(s) for s in sums] == pytest.approx([12 * float(m) for m in means], rel=2e-3)


def test_the_step_by_hand_follows_the_slopes_of_the_loss(chapter: Any) -> None:
    for_w, for_b = slopes()
    assert chapter.value("by-hand", "y_hat") == pytest.approx(-2.238)
    assert chapter.value("by-hand", "-error") == pytest.approx(11.378)
    assert chapter.value("by-hand", "error**2") == pytest.approx(loss(W0, B0))
    assert chapter.value("by-hand", "w_grad") == pytest.approx(for_w, rel=1e-6)
    assert chapter.value("by-hand", "b_grad") == pytest.approx(for_b, rel=1e-6)
    assert chapter.value("by-hand", "w - lr * w_grad") == pytest.approx(1.184652, abs=1e-6)
    assert chapter.value("by-hand", "b - lr * b_grad") == pytest.approx(0.267560, abs=1e-6)


def test_the_step_goes_almost_to_the_bottom_of_the_parabola(chapter: Any) -> None:
    bottom = (Y0 - B0) / X0
    assert chapter.value("parabola", "new_w") == pytest.approx(W0 - LR * slopes()[0])
    assert 0 < bottom - (W0 - LR * slopes()[0]) < 0.11 * (bottom - W0)


def test_a_linear_layer_of_one_feature_has_a_table_of_one_weight(chapter: Any) -> None:
    assert chapter.value("layer", "tuple(model.weight.shape)") == [1, 1]
    assert chapter.value("layer", "tuple(model.bias.shape)") == [1]
    torch.manual_seed(0)
    again = nn.Linear(1, 1)
    assert chapter.value("layer", "model.weight.item()") == pytest.approx(again.weight.item())
    assert nn.Linear(1, 1).weight.item() != again.weight.item()


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


def test_pytorch_prints_the_very_numbers_found_by_hand(chapter: Any) -> None:
    by_hand = dict(re.findall(r"(\S[^:\n]*):\s+(\S+)", chapter.text("by-hand")))
    code = dict(re.findall(r"(\S[^:\n]*):\s+(\S+)", chapter.text("one-step")))
    pairs = {"y_hat": "y_hat", "loss": "loss", "w_grad": "w.grad", "b_grad": "b.grad", "new w": "new w"}
    pairs["new b"] = "new b"
    assert {name: by_hand[name] for name in pairs} == {name: code[twin] for name, twin in pairs.items()}
    assert by_hand["w_grad"] == "-152.4652"


def test_backward_alone_moves_nothing() -> None:
    layer = nn.Linear(1, 1)
    before = [layer.weight.item(), layer.bias.item()]
    nn.MSELoss()(layer(torch.tensor([[X0]])), torch.tensor([[Y0]])).backward()
    assert layer.weight.grad is not None
    assert [layer.weight.item(), layer.bias.item()] == before


def test_one_step_brings_the_prediction_close_from_below(chapter: Any) -> None:
    w, b = chapter.value("one-step", "model.weight.item()"), chapter.value("one-step", "model.bias.item()")
    assert chapter.value("again", "y_hat.item()") == pytest.approx(w * X0 + b)
    assert W0 * X0 + B0 < chapter.value("again", "y_hat.item()") < Y0
    assert chapter.value("again", "loss.item()") == pytest.approx(loss(w, b), rel=1e-4)
    assert chapter.value("again", "one_y.item() - y_hat.item()") == pytest.approx(0.94, abs=0.005)


def test_try_overshoot(attempt: Any) -> None:
    after = attempt("one-step", {"lr=0.01": "lr=0.03"}, since="set", then=("again",))
    assert after.value("one-step", "y_hat.item()") == pytest.approx(W0 * X0 + B0)
    assert after.value("again", "y_hat.item()") > Y0


def test_the_five_steps_stand_in_the_loop_in_their_order(chapter: Any) -> None:
    source = chapter.path.read_text("utf-8").split("# %% fit\n")[1].split("# %% ")[0]
    code = [line.strip() for line in source.splitlines()]
    first = code.index("optimizer.zero_grad()")
    steps = [line for line in code[first:] if not line.startswith("#")][:5]
    assert steps == [
        "optimizer.zero_grad()",
        "y_hat = model(X)  # (N, 1)",
        "loss = loss_fn(y_hat, y)",
        "loss.backward()",
        "optimizer.step()",
    ]
    for lang in ("vi", "en"):
        numbered = [line for line in code[first - 2 :] if line.startswith(f"# {lang}: ")]
        assert [line.removeprefix(f"# {lang}: ")[:2] for line in numbered] == ["1.", "2.", "3.", "4.", "5."]


def test_training_falls_fast_then_hardly_at_all(chapter: Any) -> None:
    count, first, tenth, last = chapter.value("train", "[len(losses), losses[0], losses[10], losses[1999]]")
    assert count == 2000
    assert first > 400 * tenth
    assert tenth - last < 0.01 * tenth


def test_the_first_line_is_level_and_two_steps_bring_it_near(chapter: Any) -> None:
    xs, ys = flats(chapter)
    lines = chapter.value("train", "[[ws[epoch], bs[epoch]] for epoch in (0, 2, 1999)]")
    assert abs(lines[0][0]) < 0.05
    gaps = [statistics.fmean(y - w * x - b for x, y in zip(xs, ys, strict=True)) for w, b in lines]
    assert gaps[0] > 5
    assert 0 < gaps[1] < 1
    w, b = lines[1]
    residuals = [y - w * x - b for x, y in zip(xs, ys, strict=True)]
    assert sum(residual < 0.1 for residual in residuals) == 2
    assert min(residuals) > -0.05
    assert abs(gaps[2]) < 0.01
    (svg,) = chapter.figures("lines")
    assert {f"<!-- {epoch} -->" for epoch in (0, 1, 2, 1999)} <= set(re.findall(r"<!-- \d+ -->", svg))


def test_the_answer_lies_on_the_line_of_least_squares(chapter: Any) -> None:
    slope, intercept, best = least_squares(*flats(chapter))
    assert chapter.value("answer", "price") == pytest.approx(5 * slope + intercept, abs=0.005)
    assert chapter.value("answer", "model.training") is False
    assert chapter.text("answer") == "50 m²: 7.15\n"
    assert math.sqrt(best) == pytest.approx(0.4, abs=0.05)


def test_evaluation_mode_alone_does_not_stop_the_tracking_of_gradients() -> None:
    layer = nn.Linear(1, 1).eval()
    assert layer(torch.ones(1, 1)).requires_grad
    with torch.inference_mode():
        assert not layer(torch.ones(1, 1)).requires_grad


def test_the_loss_is_level_while_b_still_moves(chapter: Any) -> None:
    _, intercept, best = least_squares(*flats(chapter))
    early, late = chapter.value("train", "[bs[10], bs[1999]]")
    assert early < 0.9 * late
    assert chapter.value("exact", "best_b.item()") == pytest.approx(intercept, rel=1e-4)
    assert chapter.value("exact", "best.item()") == pytest.approx(best, rel=1e-4)
    assert f"{chapter.value('train', 'losses[1999]'):.4f}" == f"{best:.4f}"
    assert late == pytest.approx(intercept, abs=0.005)


def test_after_ten_epochs_b_is_low_and_w_high_and_the_price_nearly_right(chapter: Any) -> None:
    slope, intercept, _ = least_squares(*flats(chapter))
    w, b = chapter.value("train", "[ws[10], bs[10]]")
    assert w > slope
    assert b < intercept
    assert chapter.value("train", "(5 * ws[10] + bs[10]) * 100") == pytest.approx(100 * (5 * w + b))
    assert 5 * w + b == pytest.approx(chapter.value("answer", "price"), abs=0.03)


def test_closed_form_is_where_both_partial_derivatives_are_zero(chapter: Any) -> None:
    xs, ys = flats(chapter)
    w, b = chapter.value("exact", "[best_w.item(), best_b.item()]")
    errors = [w * x + b - y for x, y in zip(xs, ys, strict=True)]
    assert statistics.fmean(errors) == pytest.approx(0, abs=1e-5)
    assert statistics.fmean(e * x for e, x in zip(errors, xs, strict=True)) == pytest.approx(0, abs=1e-4)


def test_a_small_rate_is_slow_and_a_large_one_diverges(chapter: Any) -> None:
    finals = dict(
        zip(chapter.value("rates", "list(last_loss)"), chapter.value("rates", "list(last_loss.values())"), strict=True)
    )
    first = chapter.value("train", "losses[0]")
    best = least_squares(*flats(chapter))[2]
    assert best < finals[0.01] < 1.01 * best
    assert 10 * best < finals[0.001] < first
    assert finals[0.035] > 1e8


def test_each_frame_of_the_rates_falls_up_to_0027_and_rises_from_0028(chapter: Any) -> None:
    first, finals = chapter.value("train", "losses[0]"), chapter.value("rates", "list(last_loss.values())")
    rates = chapter.value("rates", "list(last_loss)")
    assert rates[0] == 0.001
    assert [lr for lr, final in zip(rates, finals, strict=True) if final < first] == rates[: rates.index(0.027) + 1]
    assert rates[rates.index(0.027) + 1] == 0.028
    assert len(chapter.figures("rates")) == len(rates)
    expected = [f"lr = {lr}: last loss = {final:.2g}" for lr, final in zip(rates, finals, strict=True)]
    assert chapter.text("rates").splitlines() == expected


def curvatures(chapter: Any) -> list[float]:
    """How fast the gradient changes along the two axes of the bowl, in ascending order."""
    design = torch.tensor([[x, 1.0] for x in flats(chapter)[0]], dtype=torch.float64)
    return torch.linalg.eigvalsh(2 * design.T @ design / len(design)).tolist()


def test_from_002_on_a_step_jumps_across_the_bottom_and_beyond_the_limit_it_lands_higher(chapter: Any) -> None:
    steepest = curvatures(chapter)[-1]
    factors = {lr: 1 - lr * steepest for lr in chapter.value("rates", "list(last_loss)")}
    assert [lr for lr, factor in factors.items() if factor < 0] == [0.02, 0.027, 0.028, 0.035]
    assert [lr for lr, factor in factors.items() if factor < -1] == [0.028, 0.035]


def test_the_weight_is_stored_outputs_first_and_turned_before_multiplying(chapter: Any) -> None:
    assert chapter.value("wide", "tuple(layer.weight.shape)") == [3, 2]
    assert chapter.value("wide", "tuple(layer.bias.shape)") == [3]
    assert chapter.value("wide", "torch.allclose(layer(inputs), by_hand)") is True
    assert chapter.error("not-turned") == "RuntimeError: mat1 and mat2 shapes cannot be multiplied (5x2 and 3x2)"


def test_a_square_layer_hides_a_forgotten_transpose() -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(3, 3), torch.randn(5, 3)
    wrong = x @ layer.weight + layer.bias
    assert wrong.shape == layer(x).shape
    assert not torch.allclose(wrong, layer(x))


def test_a_row_of_flats_is_read_as_one_example(chapter: Any) -> None:
    assert chapter.error("row-of-flats").endswith("shapes cannot be multiplied (1x3 and 1x1)")
    w, b = chapter.value("answer", "model.weight.item()"), chapter.value("answer", "model.bias.item()")
    predicted = chapter.value("column", "y_hat.squeeze(1)")
    assert predicted == pytest.approx([w * x + b for x in (6.7, 5.0, 3.2)], rel=1e-5)
    assert chapter.text("column").splitlines() == ["shape: (3, 1)", *(f"{price:.2f}" for price in predicted)]
    assert predicted[1] == pytest.approx(chapter.value("answer", "price"))


def test_only_the_last_dimension_counts_and_a_scalar_has_none(chapter: Any) -> None:
    lines = chapter.text("any-shape").strip().splitlines()
    assert len(lines) == 3
    assert all(before == after for before, after in (line.split(" -> ") for line in lines))
    assert "at least 1D" in chapter.error("any-shape")


def test_without_clearing_the_loss_never_settles(chapter: Any) -> None:
    tail = chapter.value("no-clear", "tail")
    assert max(tail) > 5 * min(tail) > 0
    assert min(tail) > 10 * chapter.value("train", "losses[1999]")


def test_a_target_of_one_dimension_teaches_the_mean(chapter: Any) -> None:
    assert "UserWarning: Using a target size" in chapter.text("flat-target")
    xs, ys = flats(chapter)
    mean = statistics.fmean(ys)
    w, b = chapter.value("flat-target", "[ws[-1], bs[-1]]")
    assert [w * min(xs) + b, w * max(xs) + b] == pytest.approx([mean, mean], abs=0.15)
    assert [f"{w * x + b:.2f}" for x in (3.0, 8.8)] == re.findall(r"y_hat = (\S+)", chapter.text("flat-target"))


def test_a_change_through_data_spoils_the_gradient_silently(chapter: Any) -> None:
    assert chapter.value("through-data", "z.item()") == 3.0**2
    assert chapter.value("through-data", "w.grad.item()") == 2 * 5.0
    assert "Warning" not in chapter.text("through-data")


def test_the_same_change_under_no_grad_is_noticed() -> None:
    w = torch.tensor(3.0, requires_grad=True)
    z = w**2
    with torch.no_grad():
        w.fill_(5.0)
    with pytest.raises(RuntimeError, match="is at version 1"):
        z.backward()


def test_the_gradients_once_printed_belong_to_another_price(chapter: Any) -> None:
    assert chapter.value("solution-trace", "printed_w / printed_b") == pytest.approx(X0, rel=1e-6)
    assert chapter.value("solution-trace", "-2.238 - printed_b / 2") == pytest.approx(9.10)
    assert slopes(9.10) == pytest.approx((-151.9292, -22.6760), rel=1e-6)
    assert slopes(9.14) == pytest.approx((-152.4652, -22.7560), rel=1e-6)


def test_the_weights_once_printed_follow_from_those_gradients() -> None:
    for_w, for_b = slopes(9.10)
    assert W0 - LR * for_w == pytest.approx(1.179292, abs=1e-6)
    assert B0 - LR * for_b == pytest.approx(0.26676, abs=1e-6)


def test_the_error_of_one_step_is_scaled_by_a_factor(chapter: Any) -> None:
    rate = chapter.value("solution-rate", "rate")
    before = W0 * X0 + B0 - Y0
    printed = [float(after) for after in re.findall(r"-> (\S+)", chapter.text("solution-rate"))]
    factors = [1 - 2 * lr * (X0**2 + 1) for lr in (rate, 2 * rate, 2.5 * rate)]
    assert factors == pytest.approx([0, -1, -1.5])
    assert printed == pytest.approx([before * factor for factor in factors], abs=1e-3)


def test_square_metres_diverge_and_standardization_saves_them(chapter: Any) -> None:
    assert "loss = nan" in chapter.text("solution-scale").splitlines()[0]
    slope, _, best = least_squares(*flats(chapter))
    assert chapter.value("solution-scale", "losses[-1]") == pytest.approx(best, abs=5e-5)
    assert chapter.value("solution-scale", "w") == pytest.approx(slope / 10, rel=1e-3)
