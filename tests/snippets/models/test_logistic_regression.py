"""The facts that the chapter models/logistic_regression states, checked against what its cells produced."""

import math
import re
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

TONIGHT = (0.5, -1.0)


def sigmoid(z: float) -> float:
    """The formula of the chapter in Python's own double precision."""
    return 1 / (1 + math.exp(-z))


def bce(z: float, y: float) -> float:
    """Minus the log of what the label got, in double precision."""
    return -math.log(sigmoid(z)) if y == 1 else -math.log(sigmoid(-z))


def numbers(text: str) -> list[float]:
    """All numbers that stand in a text, in order."""
    return [float(n) for n in re.findall(r"-?(?:\d+\.\d*|inf|nan)", text)]


def rows(text: str) -> list[tuple[str, float, float]]:
    """What a table of losses says: the words before, the loss and the gradient of each line that has them."""
    found = re.findall(r"^(.*?),? *loss = +(\S+), grad = (\S+)$", text, re.M)
    return [(name.strip(), float(loss), float(grad)) for name, loss, grad in found]


def weights(chapter: Any) -> tuple[float, float, float]:
    """The two weights and the bias that the chapter learned."""
    return tuple(chapter.value("boundary", "[w1, w2, b]"))  # type: ignore[return-value]


def matches(chapter: Any) -> list[tuple[float, float, float]]:
    """The 200 matches: both features and the label."""
    pairs, labels = chapter.value("matches", "X.tolist()"), chapter.value("matches", "y.squeeze(1).tolist()")
    return [(*pair, label) for pair, label in zip(pairs, labels, strict=True)]


def converged(pairs: list[tuple[float, float, float]]) -> list[float]:
    """The weights and the bias of least loss, by Newton's method in double precision: it knows no learning rate."""
    data = torch.tensor(pairs, dtype=torch.float64)
    design = torch.cat([data[:, :2], torch.ones(len(pairs), 1, dtype=torch.float64)], 1)
    theta = torch.zeros(3, dtype=torch.float64)
    for _ in range(30):
        p = torch.sigmoid(design @ theta)
        hessian = design.T @ (design * (p * (1 - p)).unsqueeze(1))
        theta -= torch.linalg.solve(hessian, design.T @ (p - data[:, 2]))
    return list(theta.tolist())


def test_two_hundred_matches_among_which_are_wins_and_others(chapter: Any) -> None:
    assert chapter.value("matches", "[tuple(X.shape), tuple(y.shape), str(y.dtype)]") == [
        [200, 2],
        [200, 1],
        "torch.float32",
    ]
    wins = sum(label for *_, label in matches(chapter))
    assert f"wins: {wins:.0f}" in chapter.text("matches")
    assert 0 < wins < 200


def test_around_tonights_match_there_are_both_kinds(chapter: Any) -> None:
    near = [label for x1, x2, label in matches(chapter) if math.dist((x1, x2), TONIGHT) < 0.7]
    assert min(near.count(0.0), near.count(1.0)) >= 3
    (svg,) = chapter.figures("draw")
    assert "<svg" in svg


def test_sigmoid_is_the_formula_and_the_log_of_odds_undoes_it(chapter: Any) -> None:
    z, p, by_hand, back = (numbers(line) for line in chapter.text("sigmoid").strip().splitlines())
    assert p == by_hand == pytest.approx([sigmoid(value) for value in z], abs=1e-4)
    assert back == z
    assert (z[1], z[3]) == (-1, 1)
    assert chapter.value("sigmoid", "p[3]") + chapter.value("sigmoid", "p[1]") == pytest.approx(1)


def test_the_curve_is_steepest_where_the_logit_is_zero(chapter: Any) -> None:
    assert len(chapter.figures("curve")) == 1
    curve = chapter.value("curve", "torch.sigmoid(zs).tolist()")
    steps = [b - a for a, b in pairwise(curve)]
    assert all(step > 0 for step in steps)
    assert abs(max(range(160), key=steps.__getitem__) - 79.5) <= 1
    assert max(curve[0], 1 - curve[-1]) < 0.001


def test_the_loss_is_minus_the_log_of_what_the_true_label_got(chapter: Any) -> None:
    for line in chapter.text("by-hand").strip().splitlines():
        p, loss_one, loss_zero = numbers(line)
        probability = torch.tensor(p, dtype=torch.float64)
        for loss, label in ((loss_one, 1.0), (loss_zero, 0.0)):
            label_ = torch.tensor(label, dtype=torch.float64)
            assert loss == pytest.approx(functional.binary_cross_entropy(probability, label_).item(), abs=1e-4)
    assert chapter.value("by-hand", "math.log(2)") == pytest.approx(bce(0, 1))
    assert chapter.value("by-hand", "-math.log(0.1)") > chapter.value("by-hand", "-math.log(0.9)")


def test_three_parameters_from_zero_begin_at_log_2(chapter: Any) -> None:
    assert chapter.value("model", "sum(t.numel() for t in untrained.parameters())") == 3
    assert chapter.value("model", "tuple(logits.shape)") == chapter.value("model", "tuple(y.shape)")
    assert chapter.value("model", "loss.item()") == pytest.approx(math.log(2))
    assert chapter.value("train", "losses[0]") == pytest.approx(math.log(2))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_from_random_values_training_comes_to_the_same_place(chapter: Any, seed: int) -> None:
    data = torch.tensor(matches(chapter))
    torch.manual_seed(seed)
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(201):
        optimizer.zero_grad()
        functional.binary_cross_entropy_with_logits(model(data[:, :2]), data[:, 2:]).backward()
        optimizer.step()
    assert [*model.weight[0].tolist(), model.bias.item()] == pytest.approx(weights(chapter), rel=0.01)


def test_the_five_steps_stand_in_the_loop_in_their_order(chapter: Any) -> None:
    source = chapter.path.read_text("utf-8").split("# %% fit\n")[1].split("# %% ")[0]
    code = [line.strip() for line in source.splitlines()]
    first = code.index("optimizer.zero_grad()")
    assert [line for line in code[first:] if not line.startswith("#")][:5] == [
        "optimizer.zero_grad()",
        "logits = model(X)  # (N, 1)",
        "loss = F.binary_cross_entropy_with_logits(logits, y)",
        "loss.backward()",
        "optimizer.step()",
    ]
    for lang in ("vi", "en"):
        numbered = [line for line in code[first - 2 :] if line.startswith(f"# {lang}: ")]
        assert [line.removeprefix(f"# {lang}: ")[:2] for line in numbered] == ["1.", "2.", "3.", "4.", "5."]


def test_at_epoch_0_only_matches_not_won_are_right(chapter: Any) -> None:
    lost = sum(label == 0 for *_, label in matches(chapter)) / 200
    assert chapter.value("train", "accuracies[0]") == pytest.approx(lost)
    printed = numbers(chapter.text("train"))
    assert printed[:2] == pytest.approx([math.log(2), lost], abs=1e-3)


def test_accuracy_jumps_once_while_the_loss_goes_on_falling(chapter: Any) -> None:
    losses, accuracies = chapter.value("train", "losses"), chapter.value("train", "accuracies")
    assert len(losses) == len(accuracies) == 201
    assert losses == sorted(losses, reverse=True)
    assert losses[1] - losses[-1] > 0.25
    assert losses[-1] < 0.4
    assert accuracies[1] > 0.8
    assert max(accuracies[1:]) - min(accuracies[1:]) <= 0.025
    assert len(chapter.figures("curves")) == 1


def test_the_learned_weights_are_those_of_least_loss(chapter: Any) -> None:
    assert weights(chapter) == pytest.approx(converged(matches(chapter)), rel=0.04)
    w1, w2, b = weights(chapter)
    pairs = matches(chapter)
    loss = sum(bce(w1 * x1 + w2 * x2 + b, y) for x1, x2, y in pairs) / len(pairs)
    assert chapter.value("train", "losses[-1]") == pytest.approx(loss, abs=1e-4)
    right = sum((w1 * x1 + w2 * x2 + b > 0) == (y == 1) for x1, x2, y in pairs)
    assert chapter.value("train", "accuracies[-1]") == pytest.approx(right / 200, abs=0.006)


def test_a_surer_prediction_has_less_loss_and_the_same_class() -> None:
    assert -math.log(0.95) < -math.log(0.55)


def test_try_slow(attempt: Any) -> None:
    after = attempt("train", {"lr=0.5": "lr=0.01"})
    assert 0.5 < after.value("train", "losses[-1]") < math.log(2)
    assert after.value("train", "accuracies[-1]") > 0.8


def test_points_of_equal_probability_are_on_parallel_lines_that_fall(chapter: Any) -> None:
    w1, w2, b = weights(chapter)
    assert w1 > 0
    assert w2 > 0
    for p in (0.1, 0.5, 0.9):
        for x1 in (-2.0, 0.0, 2.0):
            x2 = (math.log(p / (1 - p)) - b - w1 * x1) / w2
            assert sigmoid(w1 * x1 + w2 * x2 + b) == pytest.approx(p)
    (svg,) = chapter.figures("boundary")
    assert {f"<!-- {p} -->" for p in (0.1, 0.5, 0.9)} <= set(re.findall(r"<!-- [\d.]+ -->", svg))


def test_tonight_is_between_the_lines_one_half_and_nine_tenths(chapter: Any) -> None:
    w1, w2, b = weights(chapter)
    expected = [sigmoid(w1 * x1 + w2 * x2 + b) for x1, x2 in (TONIGHT, (0.0, 0.0), (-1.0, 0.0))]
    lines = chapter.text("predict").strip().splitlines()
    assert [numbers(line)[-1] for line in lines] == pytest.approx(expected, abs=1e-3)
    tonight = chapter.value("boundary", "torch.sigmoid(torch.tensor(0.5 * w1 - w2 + b)).item()")
    equal = chapter.value("boundary", "torch.sigmoid(torch.tensor(b)).item()")
    assert [tonight, equal] == pytest.approx(expected[:2], abs=1e-5)
    assert tonight == pytest.approx(2 / 3, abs=0.02)
    assert equal > 0.5
    assert expected[2] < 0.15
    assert chapter.value("predict", "model.training") is False


def test_a_weight_multiplies_the_odds(chapter: Any) -> None:
    w1, w2, b = weights(chapter)
    odds = [math.exp(w1 * x1 + w2 * 0.3 + b) for x1 in (0.2, 0.3)]
    assert chapter.value("boundary", "math.exp(0.1 * w1)") == pytest.approx(odds[1] / odds[0])
    assert chapter.value("boundary", "w1") == pytest.approx(converged(matches(chapter))[0], rel=0.04)
    assert chapter.value("boundary", "0.1 * w1") == pytest.approx(math.log(odds[1] / odds[0]))
    assert chapter.value("boundary", "w1 / w2") == pytest.approx(2, abs=0.3)


def test_the_rule_behind_the_data_is_no_better_here_and_better_on_new_matches(chapter: Any) -> None:
    w1, w2, b = weights(chapter)
    share = chapter.value("train", "(((2 * X[:, :1] + X[:, 1:] + 0.5) > 0) == (y == 1)).float().mean().item()")
    right = sum((2 * x1 + x2 + 0.5 > 0) == (y == 1) for x1, x2, y in matches(chapter))
    assert share == pytest.approx(right / 200)
    assert share < chapter.value("train", "accuracies[-1]")
    torch.manual_seed(1)
    x1, x2, luck = torch.randn(3, 1_000_000)
    won = 2 * x1 + x2 + 0.5 + 1.5 * luck > 0
    shares = [(guess == won).float().mean().item() for guess in (w1 * x1 + w2 * x2 + b > 0, 2 * x1 + x2 + 0.5 > 0)]
    assert shares[0] < shares[1] < chapter.value("train", "accuracies[-1]")


def test_the_derivative_is_p_minus_y(chapter: Any) -> None:
    lines = chapter.text("gradient").strip().splitlines()
    for label, found, formula in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        y = numbers(label)[0]
        h = 1e-6
        slopes = [(bce(z + h, y) - bce(z - h, y)) / (2 * h) for z in (-2.0, 0.0, 2.0)]
        assert numbers(found) == numbers(formula) == pytest.approx(slopes, abs=1e-4)


@pytest.mark.parametrize("z", [-3.0, 0.5, 3.0])
def test_the_derivative_of_the_sigmoid_is_p_times_one_minus_p(z: float) -> None:
    h = 1e-6
    slope = (sigmoid(z + h) - sigmoid(z - h)) / (2 * h)
    assert slope == pytest.approx(sigmoid(z) * (1 - sigmoid(z)), rel=1e-6)
    assert 1 - sigmoid(z) == pytest.approx(math.exp(-z) / (1 + math.exp(-z)))


def test_bce_refuses_what_cannot_be_a_probability_and_lets_a_small_logit_pass(chapter: Any) -> None:
    assert chapter.error("outside") == "RuntimeError: all elements of input should be between 0 and 1"
    assert functional.binary_cross_entropy(torch.tensor(0.3), torch.tensor(1.0)).item() == pytest.approx(-math.log(0.3))


def test_the_classes_named_compute_what_the_functions_do() -> None:
    z, y = torch.tensor(2.7), torch.tensor(1.0)
    assert nn.BCEWithLogitsLoss()(z, y).item() == functional.binary_cross_entropy_with_logits(z, y).item()
    p = torch.sigmoid(z)
    assert nn.BCELoss()(p, y).item() == functional.binary_cross_entropy(p, y).item()  # type: ignore[no-untyped-call]


def test_the_float32_line_falls_off_near_16_6_and_has_steps_before(chapter: Any) -> None:
    zs, rounded, exact = (
        chapter.value("cliff", "zs"),
        chapter.value("cliff", "rounded"),
        chapter.value("cliff", "exact"),
    )
    edge = min(z for z, value in zip(zs, rounded, strict=True) if value == 0)
    assert edge == pytest.approx(16.65, abs=0.06)
    assert all(value == pytest.approx(1 / (1 + math.exp(z)), rel=1e-5) for z, value in zip(zs, exact, strict=True))
    off = [z for z, a, b in zip(zs, rounded, exact, strict=True) if abs(a - b) > 0.02 * b]
    assert 12 < min(off) < 14
    assert len({value for z, value in zip(zs, rounded, strict=True) if 15 < z < 16.6}) <= 5
    assert len(chapter.figures("cliff")) == 1


def test_rounding_errors_are_far_smaller_close_to_0_than_close_to_1() -> None:
    near_one, near_zero = (abs(torch.sigmoid(torch.tensor(z)).item() - sigmoid(z)) for z in (17.0, -17.0))
    assert near_zero < near_one / 1000


def test_sigmoid_is_one_from_17_on_and_zero_only_at_minus_104(chapter: Any) -> None:
    found = re.findall(r"z = (\S+): p = (\S+)", chapter.text("saturate"))
    assert {float(z): float(p) for z, p in found} == {
        16.0: pytest.approx(sigmoid(16), abs=1e-7),
        17.0: 1.0,
        -17.0: pytest.approx(math.exp(-17), rel=1e-5),
        -104.0: 0.0,
    }
    assert float(dict(found)["16.0"]) < 1
    assert math.exp(-17) == pytest.approx(0.00000004, rel=0.05)
    assert math.exp(-17) < torch.finfo(torch.float32).eps / 2
    doubles = torch.sigmoid(torch.tensor([17.0, 40.0], dtype=torch.float64))
    assert [p == 1 for p in doubles.tolist()] == [False, True]


def test_at_logit_20_only_the_fused_loss_is_left(chapter: Any) -> None:
    table = rows(chapter.text("break"))
    at_two, _, at_twenty = table[:3], table[3:6], table[6:]
    expected = [(name, pytest.approx(bce(2, 0), abs=1e-4), pytest.approx(sigmoid(2), abs=1e-4)) for name, *_ in at_two]
    assert at_two == expected
    assert [name for name, *_ in at_twenty] == ["formula", "two_steps", "fused"]
    (_, formula, grad), *others = at_twenty
    assert (formula, math.isnan(grad)) == (math.inf, True)
    assert others == [("two_steps", 100.0, 0.0), ("fused", 20.0, 1.0)]
    assert chapter.value("break", "measure(two_steps, 20.0, 0.0)") == [100.0, 0.0]


def test_try_border(attempt: Any) -> None:
    after = attempt("break", {"10.0": "16.0", "20.0": "17.0"})
    table = rows(after.text("break"))
    for name, _, grad in table[3:6]:
        assert grad == pytest.approx(1, abs=1e-3), name
    formula, two_steps, fused = (grad for _, _, grad in table[6:])
    assert math.isnan(formula)
    assert (two_steps, fused) == (0.0, 1.0)


def test_at_the_other_end_the_gradient_shrinks_before_the_loss_shows_it(chapter: Any) -> None:
    ten, twenty, thirty, far = rows(chapter.text("other-end"))
    for z, (_, loss, _) in zip((10, 20, 30), (ten, twenty, thirty), strict=True):
        assert loss == pytest.approx(z, abs=1e-3)
    assert (ten[2], twenty[2]) == pytest.approx((-1, -1), abs=1e-3)
    # the floor under the denominator p (1 - p) is 1e-12
    expected = -sigmoid(-30) / 1e-12
    assert chapter.value("other-end", "measure(two_steps, -30.0, 1.0)[1]") == pytest.approx(expected, rel=1e-3)
    assert thirty[2] == pytest.approx(expected, abs=1e-4)
    assert far[1:] == (100.0, 0.0)
    assert "grad = -0.0000" in chapter.text("other-end")


@pytest.mark.parametrize("z", [-3.0, 0.5, 3.0])
def test_the_formula_with_softplus_is_the_cross_entropy(z: float) -> None:
    softplus = math.log(1 + math.exp(z))
    assert softplus == pytest.approx(bce(z, 0))
    assert softplus - z == pytest.approx(bce(z, 1))
    assert softplus == pytest.approx(max(z, 0) + math.log(1 + math.exp(-abs(z))))


def test_the_rewritten_loss_and_its_gradient_are_the_fused_ones(chapter: Any) -> None:
    table = rows(chapter.text("stable"))
    values = (0.0, 2.0, 20.0, 200.0, -200.0)
    assert len(table) == 2 * len(values)
    for value, ours, fused in zip(values, table[::2], table[1::2], strict=True):
        p = sigmoid(value)
        loss = max(value, 0) + math.log1p(math.exp(-abs(value)))
        assert ours[1:] == fused[1:] == pytest.approx((loss, p), abs=1e-4)
        assert "stable" in ours[0]
        assert "fused" in fused[0]
    assert chapter.value("stable", "measure(stable, 0.0, 0.0)[1]") == sigmoid(0) - 0
    assert chapter.value("stable", "measure(stable, 0.0, 1.0)[1]") == sigmoid(0) - 1


def test_softplus_returns_a_large_logit_itself_where_the_exponential_overflows() -> None:
    z = torch.tensor(200.0)
    assert torch.exp(z).item() == math.inf
    assert functional.softplus(z).item() == 200.0


def test_try_clamp(attempt: Any) -> None:
    corner = "z.clamp(min=0) + torch.log1p(torch.exp(-z.abs()))"
    table = rows(attempt("stable", {"F.softplus(z)": corner}).text("stable"))
    for ours, fused in zip(table[::2], table[1::2], strict=True):
        assert ours[1] == fused[1]
    assert (table[0][2], table[1][2]) == (1.0, 0.5)
    assert [row[2] for row in table[2::2]] == [row[2] for row in table[3::2]]


def test_two_steps_never_leave_logit_20_while_the_fused_loss_does(chapter: Any) -> None:
    two_steps, fused = (numbers(line)[0] for line in chapter.text("stuck").strip().splitlines())
    z = 20.0
    for _ in range(30):
        z -= sigmoid(z)
    assert two_steps == 20.0
    assert fused == pytest.approx(z, abs=0.01)
    assert chapter.value("stuck", "z") == pytest.approx(z, abs=1e-3)
    assert z < 0


def test_try_from_ten(attempt: Any) -> None:
    after = attempt("stuck", {"z = 20.0": "z = 10.0"})
    two_steps, fused = (numbers(line)[0] for line in after.text("stuck").strip().splitlines())
    assert two_steps == pytest.approx(fused, abs=0.01)
    assert fused < 0


def test_integer_labels_are_refused_by_both_losses(chapter: Any) -> None:
    expected = "RuntimeError: result type Float can't be cast to the desired output type Long"
    assert chapter.error("int-labels") == expected
    with pytest.raises(RuntimeError, match="Found dtype Long but expected Float"):
        functional.binary_cross_entropy(torch.tensor([0.3]), torch.tensor([1]))


def test_a_label_between_0_and_1_is_valid_for_both_losses() -> None:
    z, y = torch.tensor(0.0), torch.tensor(0.3)
    for loss in (
        functional.binary_cross_entropy_with_logits(z, y),
        functional.binary_cross_entropy(torch.sigmoid(z), y),
    ):
        assert loss.item() == pytest.approx(math.log(2))


def test_labels_without_their_dimension_are_refused_and_the_mended_ones_give_the_old_loss(chapter: Any) -> None:
    error = chapter.error("flat-labels")
    assert error.startswith("ValueError: Target size (torch.Size([200])) must be the same as input size")
    assert chapter.text("mended").splitlines()[:2] == ["dtype: torch.float32", "shape: (200, 1)"]
    assert chapter.value("mended", "loss.item()") == pytest.approx(chapter.value("train", "losses[-1]"), abs=1e-4)


def test_a_second_sigmoid_keeps_the_loss_above_a_floor(chapter: Any) -> None:
    floor = -math.log(sigmoid(1))
    assert chapter.value("twice", "wrong.item()") == pytest.approx(floor, rel=1e-5)
    first, second = (numbers(line) for line in chapter.text("twice").strip().splitlines())
    assert first == pytest.approx([3.0, bce(3, 1), bce(sigmoid(3), 1)], abs=1e-4)
    assert second == pytest.approx([100.0, 0.0, floor], abs=1e-4)
    assert min(bce(sigmoid(z), 0) for z in (-30, -3, 0, 3)) > math.log(2)
    # a right and very certain prediction stays above 0.3 with a second sigmoid, and is far below it without one
    assert 0.3 < floor < math.log(2)
    assert second[1] < 0.01


def test_three_to_one_is_the_logit_log_3(chapter: Any) -> None:
    assert chapter.value("solution-odds", "p.item()") == pytest.approx(0.75)
    assert numbers(chapter.text("solution-odds")) == pytest.approx([math.log(3), 0.75, 3.0], abs=1e-4)


def test_a_higher_threshold_trades_false_alarms_for_missed_ones(chapter: Any) -> None:
    w1, w2, b = weights(chapter)
    scored = [(sigmoid(w1 * x1 + w2 * x2 + b), y) for x1, x2, y in matches(chapter)]
    counts = [
        (sum(p > at and y == 0 for p, y in scored), sum(p <= at and y == 1 for p, y in scored)) for at in (0.5, 0.9)
    ]
    found = re.findall(r"(\d+) false alarms, (\d+) missed", chapter.text("solution-threshold"))
    for (alarms, missed), (own_alarms, own_missed) in zip(counts, found, strict=True):
        assert int(own_alarms) == pytest.approx(alarms, abs=1)
        assert int(own_missed) == pytest.approx(missed, abs=1)
    (before, missed_before), (after, missed_after) = counts
    assert after < before
    assert missed_after > missed_before
    assert after == int(found[1][0]) == 0
    assert chapter.value("solution-threshold", "missed") == int(found[1][1])


def test_four_corners_need_the_product(chapter: Any) -> None:
    two = chapter.value("solution-corners", "fit(X, y_corners, 0.5, 201)[2][-1]")
    three = chapter.value("solution-corners", "history[-1]")
    assert two < 0.8
    assert three > 0.95
    assert numbers(chapter.text("solution-corners")) == pytest.approx([two, three], abs=1e-3)
