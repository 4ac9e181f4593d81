"""The facts that the chapter models/logistic_regression states, checked against what its cells produced."""

import math
import re
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import nn


def sigmoid(z: float) -> float:
    """The formula of the chapter in Python's own double precision."""
    return 1 / (1 + math.exp(-z))


def numbers(text: str) -> list[float]:
    """All numbers that stand in a text, in order."""
    return [float(n) for n in re.findall(r"-?(?:\d+\.\d+|inf|nan)", text)]


def loss_of(z: float, y: float) -> tuple[float, float]:
    """The fused loss and its gradient at one logit."""
    logit = torch.tensor(z, requires_grad=True)
    loss = nn.BCEWithLogitsLoss()(logit, torch.tensor(y))
    loss.backward()
    assert logit.grad is not None
    return loss.item(), logit.grad.item()


def test_sigmoid_is_the_formula_and_the_log_of_odds_undoes_it(chapter: Any) -> None:
    rows = [numbers(line) for line in chapter.text("sigmoid").strip().splitlines()]
    z, p, by_hand, back = rows
    assert p == by_hand == pytest.approx([sigmoid(value) for value in z], abs=1e-4)
    assert back == z
    assert chapter.value("sigmoid", "p[2]") == 0.5
    assert chapter.value("sigmoid", "p[3]") + chapter.value("sigmoid", "p[1]") == pytest.approx(1)


def test_the_curve_is_steepest_where_the_logit_is_zero(chapter: Any) -> None:
    (svg,) = chapter.figures("curve")
    assert "<svg" in svg
    curve = chapter.value("curve", "torch.sigmoid(line).tolist()")
    steps = [b - a for a, b in pairwise(curve)]
    assert all(step > 0 for step in steps)
    assert abs(max(range(160), key=steps.__getitem__) - 79.5) <= 1


def test_sigmoid_reaches_one_in_float32_at_17_and_in_float64_at_40(chapter: Any) -> None:
    lines = chapter.text("saturate").strip().splitlines()
    assert [line.endswith("True") for line in lines[:6]] == [False, True, True, False, False, True]
    assert [line.endswith("True") for line in lines[6:]] == [False, False, True]
    assert chapter.value("saturate", "p.item()") == 0.0


def test_17_is_the_first_whole_logit_whose_sum_is_rounded_to_one() -> None:
    gap = torch.finfo(torch.float32).eps
    assert math.exp(-17) < gap / 2
    assert torch.sigmoid(torch.tensor(16.0)) < 1


def test_the_loss_is_minus_the_log_of_what_the_true_label_got(chapter: Any) -> None:
    rows = [numbers(line) for line in chapter.text("by-hand").strip().splitlines()]
    for p, y, by_hand, loss in rows:
        assert by_hand == loss == pytest.approx(-math.log(p if y == 1 else 1 - p), abs=1e-4)
    assert max(row[3] for row in rows) == pytest.approx(chapter.value("by-hand", "-math.log(0.1)"), abs=1e-4)
    assert min(row[3] for row in rows) == pytest.approx(chapter.value("by-hand", "-math.log(0.9)"), abs=1e-4)


def test_bce_refuses_what_cannot_be_a_probability_and_lets_a_small_logit_pass(chapter: Any) -> None:
    assert chapter.error("outside") == "RuntimeError: all elements of input should be between 0 and 1"
    assert nn.BCELoss()(torch.tensor(0.3), torch.tensor(1.0)).item() == pytest.approx(-math.log(0.3))


def test_both_ways_agree_at_a_moderate_logit(chapter: Any) -> None:
    expected = -math.log(sigmoid(2.7))
    assert chapter.value("fused", "one_step.item()") == pytest.approx(expected, rel=1e-5)
    assert chapter.value("fused", "two_steps.item()") == pytest.approx(expected, rel=1e-5)


def test_at_logit_20_the_formula_and_the_two_steps_break(chapter: Any) -> None:
    assert chapter.value("break", "str(measure(formula, 20.0, 0.0)[0])") == "inf"
    assert chapter.value("break", "str(measure(formula, 20.0, 0.0)[1])") == "nan"
    assert chapter.value("break", "measure(two_steps, 20.0, 0.0)[0]") == 100.0
    assert chapter.value("break", "measure(two_steps, 20.0, 0.0)[1]") == 0.0
    assert chapter.value("break", "measure(one_step, 20.0, 0.0)[0]") == 20.0
    assert chapter.value("break", "measure(one_step, 20.0, 0.0)[1]") == 1.0


def test_the_border_lies_between_16_and_17(chapter: Any) -> None:
    assert chapter.value("break", "measure(two_steps, 16.0, 0.0)[1]") == pytest.approx(1)
    assert chapter.value("break", "measure(two_steps, 17.0, 0.0)[1]") == 0.0


def test_the_three_ways_agree_at_logit_2_and_give_p_minus_y(chapter: Any) -> None:
    found = numbers(chapter.text("break").split("logit 10.0")[0].split("logit 2.0")[1])
    assert found == pytest.approx([-math.log(1 - sigmoid(2)), sigmoid(2)] * 3, abs=1e-4)


@pytest.mark.parametrize("z", [-20.0, -3.0, 0.5, 3.0, 20.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_the_gradient_of_the_fused_loss_is_p_minus_y(z: float, y: float) -> None:
    assert loss_of(z, y)[1] == pytest.approx(sigmoid(z) - y, abs=1e-6)


def test_at_the_other_end_the_gradient_shrinks_before_the_loss_shows_it(chapter: Any) -> None:
    assert chapter.value("other-end", "measure(two_steps, -20.0, 1.0)[1]") == pytest.approx(-1)
    assert chapter.value("other-end", "measure(two_steps, -30.0, 1.0)[0]") == pytest.approx(30)
    # the floor under the denominator p (1 - p) is 1e-12
    expected = -sigmoid(-30) / 1e-12
    assert chapter.value("other-end", "measure(two_steps, -30.0, 1.0)[1]") == pytest.approx(expected, rel=1e-3)
    assert chapter.value("other-end", "measure(two_steps, -200.0, 1.0)[1]") == 0.0
    assert (chapter.value("other-end", "loss"), chapter.value("other-end", "grad")) == (200.0, -1.0)


def test_the_rewritten_formula_is_the_fused_loss(chapter: Any) -> None:
    for line in chapter.text("stable").strip().splitlines():
        z, ours, fused = numbers(line)
        assert ours == fused == pytest.approx(max(z, 0) + math.log1p(math.exp(-abs(z))), abs=1e-4)
    assert chapter.value("stable", "measure(stable, 200.0, 0.0)[0]") == 200.0


def test_two_steps_never_leave_logit_20_while_the_fused_loss_does(chapter: Any) -> None:
    two, _ = chapter.text("stuck").strip().splitlines()
    assert two == "two: z = 20.00"
    z = 20.0
    for _ in range(30):
        z -= sigmoid(z)
    assert chapter.value("stuck", "z.item()") == pytest.approx(z, abs=1e-3)
    assert z < 0


def test_from_logit_10_both_ways_get_going() -> None:
    z = torch.tensor(10.0, requires_grad=True)
    nn.BCELoss()(torch.sigmoid(z), torch.tensor(0.0)).backward()  # type: ignore[no-untyped-call]
    assert z.grad is not None
    assert z.grad.item() == pytest.approx(1, abs=1e-3)


def test_the_data_are_two_clouds_of_a_hundred(chapter: Any) -> None:
    assert chapter.value("data", "tuple(X.shape)") == [200, 2]
    assert chapter.value("data", "[y.sum().item(), tuple(y.shape), str(y.dtype)]") == [100.0, [200, 1], "torch.float32"]
    assert len(chapter.figures("data")) == 1


def test_a_linear_layer_of_two_features_has_three_parameters(chapter: Any) -> None:
    assert chapter.value("model", "sum(t.numel() for t in model.parameters())") == 3
    assert chapter.value("model", "tuple(logits.shape)") == chapter.value("model", "tuple(y.shape)")
    assert chapter.value("model", "nn.BCEWithLogitsLoss()(logits, y).item()") < math.log(2)


def test_training_lowers_the_loss_while_the_accuracy_stands(chapter: Any) -> None:
    rows = [numbers(line) for line in chapter.text("train").strip().splitlines()]
    losses, accuracies = zip(*rows, strict=True)
    assert list(losses) == sorted(losses, reverse=True)
    assert losses[-1] < 0.7 * losses[2]
    assert abs(accuracies[-1] - accuracies[2]) <= 0.02
    assert 0.9 < chapter.value("train", "accuracy(logits, y)") < 1


def test_the_boundary_falls_since_both_weights_are_positive(chapter: Any) -> None:
    w1, w2, b = (chapter.value("boundary", "w1"), chapter.value("boundary", "w2"), chapter.value("boundary", "b"))
    assert w1 > 0
    assert w2 > 0
    assert -(w1 * -1.5 + b) / w2 > -(w1 * 1.5 + b) / w2
    assert len(chapter.figures("boundary")) == 1


def test_the_origin_is_the_least_sure_and_the_sign_gives_the_class(chapter: Any) -> None:
    probabilities = chapter.value("predict", "torch.sigmoid(logits[:, 0]).tolist()")
    assert min(range(3), key=lambda i: abs(probabilities[i] - 0.5)) == 1
    assert probabilities[1] == pytest.approx(chapter.value("predict", "torch.sigmoid(logits[1, 0]).item()"))
    for line, p in zip(chapter.text("predict").strip().splitlines(), probabilities, strict=True):
        assert line.endswith(str(int(p > 0.5)))


def test_integer_labels_are_refused_by_both_losses(chapter: Any) -> None:
    expected = "RuntimeError: result type Float can't be cast to the desired output type Long"
    assert chapter.error("int-labels") == expected
    assert chapter.error("bce-labels") == "RuntimeError: Found dtype Long but expected Float"


def test_a_label_between_0_and_1_is_valid_for_both_losses() -> None:
    z, y = torch.tensor(0.0), torch.tensor(0.3)
    for loss in (nn.BCEWithLogitsLoss()(z, y), nn.BCELoss()(torch.sigmoid(z), y)):
        assert loss.item() == pytest.approx(math.log(2))


def test_labels_without_their_dimension_are_refused_and_one_line_mends_them(chapter: Any) -> None:
    error = chapter.error("flat-labels")
    assert error.startswith("ValueError: Target size (torch.Size([200])) must be the same as input size")
    assert chapter.value("mended", "tuple(ready.shape)") == [200, 1]
    after_training = chapter.value("train", "loss.item()")
    assert chapter.value("mended", "loss_fn(model(X), ready).item()") == pytest.approx(after_training, abs=1e-3)


def test_a_second_sigmoid_keeps_the_loss_above_a_floor(chapter: Any) -> None:
    floor = -math.log(sigmoid(1))
    assert chapter.value("twice", "wrong.item()") == pytest.approx(floor, rel=1e-5)
    rows = [numbers(line) for line in chapter.text("twice").strip().splitlines()]
    assert rows[0] == pytest.approx([3.0, -math.log(sigmoid(3)), -math.log(sigmoid(sigmoid(3)))], abs=1e-4)


def test_three_to_one_is_the_logit_log_3(chapter: Any) -> None:
    assert chapter.value("solution-odds", "torch.sigmoid(z).item()") == pytest.approx(0.75)


def test_a_higher_threshold_trades_false_alarms_for_missed_ones(chapter: Any) -> None:
    counts = [[int(n) for n in re.findall(r"(\d+) [fm]", line)] for line in
              chapter.text("solution-threshold").strip().splitlines()]  # fmt: skip
    (alarms_before, missed_before), (alarms_after, missed_after) = counts
    assert alarms_after < alarms_before
    assert missed_after > missed_before
    assert missed_after == chapter.value("solution-threshold", "missed")
    assert sigmoid(math.log(9)) == pytest.approx(0.9)


def test_four_corners_need_the_product(chapter: Any) -> None:
    assert chapter.value("solution-corners", "fit(X, y)") < 0.8
    assert chapter.value("solution-corners", "fit(torch.cat([X, product], 1), y)") > 0.9
