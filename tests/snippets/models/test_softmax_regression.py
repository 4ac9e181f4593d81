"""The facts that the chapter models/softmax_regression states, checked against what its cells produced."""

import math
import re
from typing import Any

import pytest
import torch
from sklearn.datasets import load_iris
from torch import nn
from torch.nn import functional

FLOWER = (6.0, 2.9, 4.9, 1.7)
"""The measurements of the flower at the top of the page."""
Z = [2.0, 1.0, -1.0]
FLOOR = -math.log(math.e / (math.e + 2))


def softmax(z: list[float]) -> list[float]:
    """The formula of the chapter in plain Python numbers."""
    powers = [math.exp(value) for value in z]
    return [power / sum(powers) for power in powers]


def numbers(text: str) -> list[float]:
    """All numbers with a decimal point that stand in a text, in order."""
    return [float(n) for n in re.findall(r"-?\d+\.\d+", text)]


def slopes(loss: Any, z: list[float], h: float = 1e-6) -> list[float]:
    """Central differences for each logit: an oracle that knows no derivative."""
    found = []
    for k in range(len(z)):
        up, down = ([value + step * (j == k) for j, value in enumerate(z)] for step in (h, -h))
        found.append((loss(up) - loss(down)) / (2 * h))
    return found


def squared(z: list[float], true: int) -> float:
    """The squared distance between the probabilities and a one-hot label."""
    return math.fsum((p - (k == true)) ** 2 for k, p in enumerate(softmax(z)))


def test_the_iris_data_are_as_described(chapter: Any) -> None:
    assert chapter.value("iris", "[tuple(X.shape), str(X.dtype)]") == [[150, 4], "torch.float32"]
    assert chapter.value("iris", "[tuple(y.shape), str(y.dtype)]") == [[150], "torch.int64"]
    assert chapter.value("iris", "y.unique().tolist()") == [0, 1, 2]
    iris = load_iris()
    assert str(iris.data.dtype) == "float64"
    assert iris.target_names.tolist() == ["setosa", "versicolor", "virginica"]
    assert [name.removesuffix(" (cm)") for name in iris.feature_names] == [
        *("sepal length", "sepal width"),
        *("petal length", "petal width"),
    ]


def test_the_data_are_sorted_by_species_and_hold_no_flower_like_yours() -> None:
    iris = load_iris()
    assert sorted(iris.target) == iris.target.tolist()
    assert list(FLOWER) not in iris.data.tolist()


def test_setosa_petals_lie_apart_and_the_other_two_touch_where_your_flower_is(chapter: Any) -> None:
    iris = load_iris()
    longest = [iris.data[iris.target == k, 2].max() for k in range(3)]
    shortest = [iris.data[iris.target == k, 2].min() for k in range(3)]
    assert longest[0] < shortest[1]
    assert shortest[2] < FLOWER[2] < longest[1]
    near = {
        species
        for petals, species in zip(iris.data[:, 2:], iris.target, strict=True)
        if math.dist(petals, FLOWER[2:]) < 0.2
    }
    assert near == {1, 2}
    assert len(chapter.figures("petals")) == 1


def test_neither_plain_division_nor_squares_fulfil_the_three_wishes() -> None:
    assert Z[2] / sum(Z) < 0
    assert (-3) ** 2 > 2**2
    of_negatives = [-1.0, -2.0, -3.0]
    assert all(z / sum(of_negatives) > 0 for z in of_negatives), "a negative logit can, but need not, give one"


def test_softmax_is_the_formula_and_a_shift_changes_nothing(chapter: Any) -> None:
    powers, p, total, ours, shifted = (numbers(line) for line in chapter.text("softmax").strip().splitlines())
    assert powers == pytest.approx([math.exp(value) for value in Z], abs=1e-4)
    assert p == ours == shifted == pytest.approx(softmax(Z), abs=1e-4)
    assert total == [1.0]
    assert chapter.value("softmax", "p[0]") == pytest.approx(softmax(Z)[0])


def test_one_unit_of_logit_makes_e_times_the_probability(chapter: Any) -> None:
    p = chapter.value("softmax", "p")
    assert p[0] / p[1] == pytest.approx(math.e, rel=1e-5)
    assert len(chapter.figures("bars")) == 1


def test_the_frames_go_from_equal_shares_to_nearly_all_for_one_class(chapter: Any) -> None:
    rows = [numbers(line) for line in chapter.text("scale").strip().splitlines()]
    assert len(rows) == len(chapter.figures("scale"))
    for k, row in zip((0, 0.5, 1, 2, 5, 10), rows, strict=True):
        assert row == pytest.approx(softmax([k * value for value in Z]), abs=1e-4)
    firsts = [row[0] for row in rows]
    assert firsts == sorted(firsts)
    assert rows[0] == pytest.approx([1 / 3] * 3, abs=1e-4)
    assert firsts[-1] > 0.9999


def test_rows_sum_to_1_along_dimension_1_and_columns_along_dimension_0(chapter: Any) -> None:
    right, wrong = chapter.text("rows").split("dim=0:")
    for part, whole, other in ((right, "row", "column"), (wrong, "column", "row")):
        assert set(numbers(part.split(f"{whole} sums:")[1].split("\n")[0])) == {1.0}
        assert 1.0 not in numbers(part.split(f"{other} sums:")[1].split("\n")[0])
    assert numbers(right)[:6] == pytest.approx([*softmax(Z), *softmax([0.5, 2.5, 0.5])], abs=1e-4)


def test_softmax_of_two_classes_is_sigmoid(chapter: Any) -> None:
    lines = chapter.text("two-classes").strip().splitlines()
    assert len(lines) == 3
    for line in lines:
        z, ours, sigmoid = numbers(line)
        assert ours == sigmoid == pytest.approx(1 / (1 + math.exp(-z)), abs=1e-4)


def test_cross_entropy_is_log_softmax_and_nll(chapter: Any) -> None:
    shares = softmax(Z)[0], softmax([0.5, 2.5, 0.5])[2]
    losses = [-math.log(share) for share in shares]
    assert losses[1] > 0.8 * sum(losses)
    assert numbers(chapter.text("loss").split("by hand")[1]) == pytest.approx([sum(losses) / 2] * 4, abs=1e-4)
    assert chapter.value("loss", "by_hand") == pytest.approx(sum(losses) / 2, rel=1e-5)
    assert chapter.value("loss", "batch_p[1, 2]") == pytest.approx(shares[1], rel=1e-5)
    assert chapter.value("loss", "batch_p[1, 1]") == pytest.approx(softmax([0.5, 2.5, 0.5])[1], rel=1e-5)


def test_the_shortened_formula_is_the_same_loss() -> None:
    short = math.log(math.fsum(math.exp(value) for value in Z)) - Z[2]
    assert short == pytest.approx(-math.log(softmax(Z)[2]))


def test_the_squared_distance_hardly_corrects_a_bad_mistake_and_cross_entropy_does(chapter: Any) -> None:
    bad = [10.0, 0.0, 0.0]
    by_distance, by_entropy = (numbers(line) for line in chapter.text("squared").strip().splitlines())
    assert by_distance == pytest.approx([squared(bad, 1), *slopes(lambda z: squared(z, 1), bad)], abs=1e-4)
    entropy = [-math.log(softmax(bad)[1]), *slopes(lambda z: -math.log(softmax(z)[1]), bad)]
    assert by_entropy == pytest.approx(entropy, abs=1e-4)
    assert 1.99 < by_distance[0] < 2
    assert max(map(abs, by_distance[1:])) < 1e-3
    assert by_entropy[2] == pytest.approx(-1, abs=1e-4)


def test_two_is_the_upper_limit_of_the_squared_distance() -> None:
    torch.manual_seed(0)
    p = torch.softmax(10 * torch.randn(1000, 3), dim=1)
    assert (p - torch.tensor([0.0, 1.0, 0.0])).square().sum(dim=1).max() <= 2
    assert 2 - 1e-6 < squared([20.0, 0.0, 0.0], 1) < 2


def test_the_derivatives_of_a_probability_are_as_derived() -> None:
    p = softmax(Z)
    for_true = slopes(lambda z: softmax(z)[0], Z)[0]
    assert for_true == pytest.approx(p[0] * (1 - p[0]), rel=1e-6)
    for other in (1, 2):
        assert slopes(lambda z, k=other: softmax(z)[k], Z)[0] == pytest.approx(-p[other] * p[0], rel=1e-6)


def test_the_split_shares_no_flower_and_is_scaled_by_the_training_part(chapter: Any) -> None:
    assert "any in both: False" in chapter.text("split")
    assert chapter.value("split", "sorted(order.tolist()) == list(range(150))") is True
    assert chapter.value("split", "[len(train), len(test)]") == [100, 50]
    assert chapter.value("split", "X_train.mean(dim=0).tolist()") == pytest.approx([0] * 4, abs=1e-5)
    assert chapter.value("split", "X_train.std(dim=0).tolist()") == pytest.approx([1] * 4, abs=1e-5)
    expected = chapter.value("split", "((X[test] - X[train].mean(0)) / X[train].std(0)).tolist()")
    assert chapter.value("split", "X_test.tolist()") == expected


def test_four_features_and_three_classes_make_15_parameters(chapter: Any) -> None:
    assert chapter.value("model", "num_parameters") == 3 * (4 + 1)
    assert chapter.value("model", "tuple(model(X_train).shape)") == [100, 3]
    assert chapter.value("model", "torch.equal(model[0](X_train), model(X_train))") is True
    assert chapter.value("model", "[type(part).__name__ for part in model]") == ["Linear"]


def test_the_five_steps_stand_in_the_loop_in_their_order(chapter: Any) -> None:
    source = chapter.path.read_text("utf-8").split("# %% fit\n")[1].split("# %% ")[0]
    code = [line.strip() for line in source.splitlines()]
    steps = [line for line in code[code.index("optimizer.zero_grad()") :] if not line.startswith("#")][:5]
    assert steps == [
        "optimizer.zero_grad()",
        "logits = model(X)  # (N, 3)",
        "loss = loss_fn(logits, y)",
        "loss.backward()",
        "optimizer.step()",
    ]
    for lang in ("vi", "en"):
        numbered = [line for line in code if re.match(rf"# {lang}: \d\.", line)]
        assert [line.removeprefix(f"# {lang}: ")[:2] for line in numbered] == ["1.", "2.", "3.", "4.", "5."]


def test_training_starts_at_log_3_falls_fast_and_then_slowly(chapter: Any) -> None:
    losses = chapter.value("train", "losses")
    assert len(losses) == 301
    assert losses[0] == pytest.approx(math.log(3), rel=1e-6)
    assert losses == sorted(losses, reverse=True)
    assert losses[0] - losses[10] > 2 * (losses[10] - losses[300])
    assert chapter.value("train", "losses[300]") == losses[300]
    first, *_, log_3 = (line.split("= ")[1] for line in chapter.text("train").strip().splitlines())
    assert first == log_3


def test_try_slow(attempt: Any) -> None:
    after = attempt("train", {"lr=0.5": "lr=0.0001"})
    losses = after.value("train", "losses")
    assert losses[0] > losses[-1] > 0.97 * math.log(3)


def test_weights_of_0_never_move_when_tanh_stands_between_two_layers() -> None:
    deep = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    for parameter in deep.parameters():
        nn.init.zeros_(parameter)
    optimizer = torch.optim.SGD(deep.parameters(), lr=0.5)
    iris = load_iris()
    flowers, species = torch.tensor(iris.data[:90], dtype=torch.float32), torch.tensor(iris.target[:90])
    for _ in range(5):
        optimizer.zero_grad()
        functional.cross_entropy(deep(flowers), species).backward()
        optimizer.step()
    assert not any(parameter.any() for name, parameter in deep.named_parameters() if name.endswith("weight"))
    assert deep[2].bias.any()


def test_the_prediction_needs_no_softmax(chapter: Any) -> None:
    assert "changed by softmax: 0" in chapter.text("test")
    right, rows = chapter.value("test", "right"), chapter.value("test", "len(y_test)")
    assert right == chapter.value("test", "sum(a == b for a, b in zip(pred.tolist(), y_test.tolist()))")
    assert chapter.value("test", "accuracy") == pytest.approx(right / rows)
    assert 0.95 < right / rows < 1
    assert chapter.value("test", "test_logits.argmax().dim()") == 0
    assert chapter.value("test", "[model.training, test_logits.requires_grad]") == [False, False]


def test_softmax_never_reverses_the_order_of_logits() -> None:
    torch.manual_seed(0)
    for size in (1e-8, 1.0, 50.0):
        logits = size * torch.randn(500, 10)
        sorted_p = torch.softmax(logits, dim=1).gather(1, logits.argsort(dim=1))
        assert (sorted_p.diff(dim=1) >= 0).all()


def test_the_flower_is_rather_a_virginica_and_perhaps_a_versicolor(chapter: Any) -> None:
    setosa, versicolor, virginica = chapter.value("answer", "flower_p")
    assert chapter.value("answer", "flower[0].tolist()") == pytest.approx(list(FLOWER))
    assert virginica > versicolor > 0.2 > 0.01 > setosa
    assert virginica + versicolor + setosa == pytest.approx(1)
    assert [line.split() for line in chapter.text("answer").strip().splitlines()] == [
        [name, f"{share:.2f}"]
        for name, share in zip(load_iris().target_names, (setosa, versicolor, virginica), strict=True)
    ]


def test_try_narrow(attempt: Any) -> None:
    after = attempt("answer", {"1.7": "1.4"})
    setosa, versicolor, virginica = after.value("answer", "flower_p")
    assert versicolor > 0.5 > virginica > setosa


def test_only_versicolor_and_virginica_are_confused(chapter: Any) -> None:
    counts = chapter.value("confusion", "counts")
    pairs = chapter.value("confusion", "[y_test.tolist(), pred.tolist()]")
    expected = [[list(zip(*pairs, strict=True)).count((row, column)) for column in range(3)] for row in range(3)]
    assert counts == expected
    assert [row[0] for row in counts[1:]] == counts[0][1:] == [0, 0]
    assert (counts[1][2], counts[2][1]) == (1, 0)
    assert chapter.value("confusion", "counts[1, 2]") == counts[1][2]
    assert chapter.value("confusion", "counts.diag().sum()") == chapter.value("test", "right")


def test_separate_steps_give_infinity_where_the_loss_gives_200(chapter: Any) -> None:
    assert chapter.value("far", "str(two_steps.item())") == "inf"
    assert chapter.value("far", "one_step.item()") == 200.0
    assert chapter.value("far", "shifted.item()") == 200.0
    assert torch.tensor(200.0).exp().isinf()
    assert chapter.value("far", "(far - m).exp().sum().item()") >= 1
    assert torch.tensor(-200.0).exp() == 0 < torch.tensor(-80.0).exp()


def test_try_eighty(attempt: Any) -> None:
    after = attempt("far", {"200.0": "80.0"})
    assert [line.split()[-1] for line in after.text("far").strip().splitlines()] == ["80.0"] * 3


def test_an_extra_softmax_sets_a_floor_and_a_ceiling_without_gradient(chapter: Any) -> None:
    found = [numbers(line) for line in chapter.text("floor").strip().splitlines()]
    expected = [[0, 0], [FLOOR, 0], [100, 2], [FLOOR + 1, 0]]
    assert found == [pytest.approx(pair, abs=1e-4) for pair in expected]
    assert chapter.value("floor", "loss.item()") == pytest.approx(FLOOR + 1, rel=1e-5)
    assert math.log(1 + 2 / math.e) == pytest.approx(FLOOR)


def test_without_the_extra_softmax_one_half_pulls_down_and_one_half_pushes_up() -> None:
    sure = torch.tensor([[100.0, 0.0, 0.0]], requires_grad=True)
    functional.cross_entropy(sure, torch.tensor([1])).backward()
    assert sure.grad is not None
    assert sure.grad[0].tolist() == pytest.approx([1, -1, 0], abs=1e-6)


def test_the_extra_softmax_learns_more_slowly_and_stays_above_its_floor(chapter: Any) -> None:
    right, wrong = chapter.value("train", "losses"), chapter.value("twice", "wrong_losses")
    assert wrong[0] == pytest.approx(right[0]) == pytest.approx(math.log(3))
    assert all(a < b for a, b in zip(right[1:], wrong[1:], strict=True))
    assert min(wrong) > FLOOR
    assert chapter.value("paths", "floor") == pytest.approx(FLOOR, rel=1e-5)
    assert chapter.value("paths", "wrong_losses[-1]") == wrong[-1]
    assert numbers(chapter.text("paths")) == [round(wrong[-1], 3), round(FLOOR, 4)]
    assert chapter.value("twice", "[type(part).__name__ for part in wrong]") == ["Linear", "Softmax"]
    assert len(chapter.figures("paths")) == 1


def test_measured_alike_the_extra_softmax_is_only_a_little_worse(chapter: Any) -> None:
    (right, right_hits, _), (extra, extra_hits, _) = (
        re.findall(r"[\d.]+", line) for line in chapter.text("twice").strip().splitlines()
    )
    assert int(right_hits) == chapter.value("test", "right")
    assert chapter.value("twice", "right.item() - hits.item()") == int(right_hits) - int(extra_hits) > 0
    assert int(extra_hits) > 0.9 * 50
    ours = chapter.value("twice", "F.cross_entropy(test_logits, y_test).item()")
    theirs = chapter.value("twice", "test_loss.item()")
    assert [f"{ours:.3f}", f"{theirs:.3f}"] == [right, extra]
    assert ours < theirs


def test_labels_are_int64_or_uint8_class_numbers(chapter: Any) -> None:
    wanted = "expected target dtype to be Long or Byte, but got"
    assert chapter.error("float-labels") == f"RuntimeError: {wanted} Float"
    logits, labels = torch.zeros(2, 3), torch.tensor([0.0, 2.0])
    for dtype in (torch.int64, torch.uint8):
        assert functional.cross_entropy(logits, labels.to(dtype)).item() == pytest.approx(math.log(3))
    with pytest.raises(RuntimeError, match=f"{wanted} Int"):
        functional.cross_entropy(logits, labels.int())
    assert labels.long().dtype == torch.int64


def test_float_labels_of_full_shape_are_target_probabilities() -> None:
    loss = functional.cross_entropy(torch.tensor([Z]), torch.tensor([[1.0, 0.0, 0.0]]))
    assert loss.item() == pytest.approx(-math.log(softmax(Z)[0]))


def test_a_squared_error_of_integers_has_no_kernel_and_integers_no_gradient(chapter: Any) -> None:
    text = chapter.text("integers")
    assert f"one of them float: {((3 - 1) ** 2 + 0) / 2}" in text
    assert "integer leaf: Only Tensors of floating point and complex dtype can require gradients" in text
    assert chapter.error("integers") == "NotImplementedError: \"mse_cpu\" not implemented for 'Long'"


def test_a_column_of_labels_and_a_class_too_many_are_refused(chapter: Any) -> None:
    assert chapter.error("column") == "RuntimeError: 0D or 1D target tensor expected, multi-target not supported"
    assert chapter.error("out-of-bounds") == "IndexError: Target 3 is out of bounds."
    logits = torch.zeros(2, 3)
    assert functional.cross_entropy(logits, torch.tensor([[0], [2]]).squeeze(1)).item() == pytest.approx(math.log(3))
    assert nn.BCEWithLogitsLoss()(torch.zeros(2, 1), torch.ones(2, 1)).item() == pytest.approx(math.log(2))


def test_the_mistake_is_surer_than_three_right_predictions(chapter: Any) -> None:
    missed, least = chapter.value("solution-unsure", "[missed.tolist(), least.tolist()]")
    assert len(missed) == 1
    assert missed[0] not in least
    sure = chapter.value("solution-unsure", "test_p[missed[0]].max()")
    shares = chapter.value("solution-unsure", "test_p.max(dim=1).values.tolist()")
    assert sorted(shares)[:3] == [shares[i] for i in least]
    assert shares[missed[0]] == pytest.approx(sure)
    assert all(shares[i] < sure for i in least)
    assert chapter.value("solution-unsure", "(pred[least] == y_test[least]).all()") is True


def test_the_gradient_of_the_logits_is_p_minus_one_hot(chapter: Any) -> None:
    autograd, by_hand = (numbers(line) for line in chapter.text("solution-gradient").strip().splitlines())
    expected = slopes(lambda z: -math.log(softmax(z)[0]), Z)
    assert autograd == by_hand == pytest.approx(expected, abs=1e-4)
    assert sum(expected) == pytest.approx(0, abs=1e-8)


def test_petals_tell_nearly_as_much_as_all_four_and_sepals_less(chapter: Any) -> None:
    sepal, petal = (int(hits) for hits in re.findall(r"right: (\d+)", chapter.text("solution-features")))
    assert chapter.value("solution-features", "hits") == petal
    assert abs(chapter.value("test", "right") - petal) <= 2
    assert petal > sepal + 3


def test_by_their_sepals_versicolor_and_virginica_overlap() -> None:
    iris = load_iris()
    sepals = [{tuple(row) for row in iris.data[iris.target == k, :2]} for k in range(3)]
    assert len(sepals[1] & sepals[2]) > 5
    assert not sepals[0] & (sepals[1] | sepals[2])
