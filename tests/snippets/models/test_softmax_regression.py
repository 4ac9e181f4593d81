"""The facts that the chapter models/softmax_regression states, checked against what its cells produced."""

import math
import re
from typing import Any

import pytest
import torch
from sklearn.datasets import load_iris
from torch import nn

FLOOR = -math.log(math.e / (math.e + 2))


def softmax(z: list[float]) -> list[float]:
    """The formula of the chapter in plain Python numbers."""
    powers = [math.exp(value) for value in z]
    return [power / sum(powers) for power in powers]


def numbers(text: str) -> list[float]:
    """All numbers with a decimal point that stand in a text, in order."""
    return [float(n) for n in re.findall(r"-?\d+\.\d+", text)]


def test_softmax_is_the_formula_and_a_shift_changes_nothing(chapter: Any) -> None:
    p, by_hand, shifted, total = (numbers(line) for line in chapter.text("softmax").strip().splitlines())
    assert p == by_hand == shifted == pytest.approx(softmax([2.0, 1.0, 0.1]), abs=1e-4)
    assert total == [1.0]
    assert chapter.value("softmax", "p[0]") == pytest.approx(softmax([2.0, 1.0, 0.1])[0])


def test_ten_times_the_logits_give_nearly_all_to_the_first() -> None:
    assert softmax([20.0, 10.0, 1.0])[0] > 0.9999


def test_softmax_of_two_classes_is_sigmoid(chapter: Any) -> None:
    for line in chapter.text("two-classes").strip().splitlines():
        z, ours, sigmoid = numbers(line)
        assert ours == sigmoid == pytest.approx(1 / (1 + math.exp(-z)), abs=1e-4)


def test_cross_entropy_is_log_softmax_and_nll(chapter: Any) -> None:
    shares = softmax([2.0, 1.0, 0.1])[0], softmax([0.5, 2.5, 0.3])[2]
    expected = -(math.log(shares[0]) + math.log(shares[1])) / 2
    assert numbers(chapter.text("loss").split("by hand")[1]) == pytest.approx([expected] * 3, abs=1e-4)
    assert chapter.value("loss", "loss.item()") == pytest.approx(expected, rel=1e-5)
    assert chapter.value("loss", "p[1, 2]") == pytest.approx(shares[1], rel=1e-5)
    assert shares[1] < shares[0]


def test_separate_steps_give_infinity_where_the_loss_gives_200(chapter: Any) -> None:
    assert chapter.value("far", "str(two_steps.item())") == "inf"
    assert chapter.value("far", "one_step.item()") == 200.0
    assert chapter.value("far", "rewritten.item()") == 200.0


def test_the_iris_data_are_as_described(chapter: Any) -> None:
    assert chapter.value("iris", "[tuple(X.shape), str(X.dtype)]") == [[150, 4], "torch.float32"]
    assert chapter.value("iris", "[tuple(y.shape), str(y.dtype)]") == [[150], "torch.int64"]
    assert str(load_iris().data.dtype) == "float64"
    assert len(chapter.figures("petals")) == 1


def test_setosa_petals_lie_apart_and_the_other_two_touch() -> None:
    iris = load_iris()
    longest = [iris.data[iris.target == k, 2].max() for k in range(3)]
    shortest = [iris.data[iris.target == k, 2].min() for k in range(3)]
    assert longest[0] < shortest[1]
    assert longest[1] > shortest[2]


def test_the_split_shares_no_flower_and_is_scaled_by_the_training_part(chapter: Any) -> None:
    assert chapter.value("split", "bool(torch.isin(test, train).any())") is False
    assert chapter.value("split", "[len(train), len(test)]") == [100, 50]
    assert chapter.value("split", "X_train.mean(dim=0).tolist()") == pytest.approx([0] * 4, abs=1e-5)
    assert chapter.value("split", "X_train.std(dim=0).tolist()") == pytest.approx([1] * 4, abs=1e-5)


def test_four_features_and_three_classes_make_15_parameters(chapter: Any) -> None:
    assert chapter.value("model", "sum(t.numel() for t in model.parameters())") == 3 * (4 + 1)
    assert chapter.value("model", "tuple(logits.shape)") == [100, 3]
    assert chapter.value("model", "torch.equal(model[0](X_train), logits)") is True


def test_training_goes_from_below_log_3_steadily_down(chapter: Any) -> None:
    losses = chapter.value("twice", "right_losses")
    assert losses[0] < math.log(3)
    assert losses == sorted(losses, reverse=True)
    assert chapter.value("twice", "right_losses[0]") == losses[0]
    assert chapter.value("train", "loss.item()") == pytest.approx(losses[-1], rel=0.02)
    assert chapter.value("train", "accuracy(model, X_train, y_train)") >= 0.95
    assert float(chapter.text("train").split("accuracy ")[1].split()[0]) > 0.5


def test_the_guess_needs_no_softmax(chapter: Any) -> None:
    assert chapter.text("test").strip().endswith("False")
    right, rows = chapter.value("test", "(guess == y_test).sum().item()"), chapter.value("test", "len(y_test)")
    assert right / rows == pytest.approx(chapter.value("test", "accuracy(model, X_test, y_test)"))
    assert chapter.value("test", "logits.argmax().dim()") == 0


def test_only_versicolor_and_virginica_are_mixed_up(chapter: Any) -> None:
    counts = chapter.value("confusion", "counts")
    assert sum(map(sum, counts)) == 50
    assert counts[0][1:] == [0, 0]
    assert [row[0] for row in counts[1:]] == [0, 0]
    assert counts[1][2] == chapter.value("confusion", "counts[1, 2].item()") >= 1
    diagonal = chapter.value("confusion", "counts.diag().sum().item()")
    assert diagonal == counts[0][0] + counts[1][1] + counts[2][2]
    assert diagonal == chapter.value("test", "(guess == y_test).sum().item()")


def test_an_extra_softmax_sets_a_floor_and_a_ceiling_without_gradient(chapter: Any) -> None:
    found = chapter.value("floor", "loss_fn(torch.softmax(sure, dim=1), torch.tensor([0])).item()")
    assert found == pytest.approx(FLOOR, rel=1e-5)
    assert chapter.value("floor", "loss.item()") == pytest.approx(FLOOR + 1, rel=1e-5)
    assert chapter.value("floor", "round(z.grad.abs().sum().item(), 4)") == 0.0
    lines = chapter.text("floor").strip().splitlines()
    assert lines[2].endswith("loss 100.0000, gradient 2.0000")


def test_the_extra_softmax_learns_more_slowly_and_stays_above_its_floor(chapter: Any) -> None:
    right, wrong = chapter.value("twice", "right_losses"), chapter.value("twice", "wrong_losses")
    assert all(a < b for a, b in zip(right, wrong, strict=True))
    assert min(wrong) > FLOOR
    assert chapter.value("paths", "floor") == pytest.approx(FLOOR, rel=1e-5)
    assert chapter.value("paths", "wrong_losses[-1]") == wrong[-1]


def test_measured_alike_the_extra_softmax_has_the_higher_loss(chapter: Any) -> None:
    right = chapter.value("compare", "loss_fn(right(X_test), y_test).item()")
    wrong = chapter.value("compare", "loss_fn(wrong(X_test), y_test).item()")
    assert right < wrong
    assert chapter.value("compare", "accuracy(wrong, X_test, y_test)") > 0.85
    assert chapter.value("compare", "accuracy(right, X_test, y_test)") > 0.9


def test_the_mistake_is_surer_than_three_right_guesses(chapter: Any) -> None:
    assert chapter.value("unsure", "len(missed)") == 1
    sure = chapter.value("unsure", "p[missed[0]].max().item()")
    assert all(share < sure for share in chapter.value("unsure", "[p[i].max().item() for i in least]"))
    assert chapter.value("unsure", "(guess[least] == y_test[least]).all().item()") is True


def test_labels_are_int64_or_uint8_class_numbers(chapter: Any) -> None:
    wanted = "expected target dtype to be Long or Byte, but got"
    assert chapter.error("float-labels") == f"RuntimeError: {wanted} Float"
    int64, uint8, int32 = chapter.text("dtypes").strip().splitlines()
    assert numbers(int64) == numbers(uint8)
    assert int32 == f"torch.int32: {wanted} Int"


def test_float_labels_of_full_shape_are_target_probabilities() -> None:
    z = torch.tensor([[2.0, 1.0, 0.1]])
    loss = nn.CrossEntropyLoss()(z, torch.tensor([[1.0, 0.0, 0.0]]))
    assert loss.item() == pytest.approx(-math.log(softmax([2.0, 1.0, 0.1])[0]))


def test_a_column_of_labels_and_a_class_too_many_are_refused(chapter: Any) -> None:
    assert chapter.error("column") == "RuntimeError: 0D or 1D target tensor expected, multi-target not supported"
    assert chapter.error("out-of-bounds") == "IndexError: Target 3 is out of bounds."


def test_data_in_float64_do_not_meet_weights_in_float32(chapter: Any) -> None:
    expected = "RuntimeError: mat1 and mat2 must have the same dtype, but got Double and Float"
    assert chapter.error("double") == expected


def test_each_loss_has_its_own_rule_about_integers(chapter: Any) -> None:
    assert chapter.error("integers") == "NotImplementedError: \"mse_cpu\" not implemented for 'Long'"
    assert chapter.value("integer-losses", "one_float.item()") == ((3 - 1) ** 2 + 0) / 2
    assert chapter.value("integer-losses", "no_mean") == [2, 0]
    assert "L1Loss: mean(): could not infer output dtype" in chapter.text("integer-losses")


def test_an_integer_tensor_cannot_require_gradients(chapter: Any) -> None:
    expected = "RuntimeError: Only Tensors of floating point and complex dtype can require gradients"
    assert chapter.error("integer-leaf") == expected


def test_equal_logits_lose_log_3(chapter: Any) -> None:
    assert numbers(chapter.text("solution-uniform")) == pytest.approx([math.log(3)] * 3, abs=1e-4)


def test_the_gradient_of_the_logits_is_p_minus_one_hot(chapter: Any) -> None:
    autograd, by_hand = (numbers(line) for line in chapter.text("solution-gradient").strip().splitlines())
    p = softmax([2.0, 1.0, 0.1])
    assert autograd == by_hand == pytest.approx([p[0] - 1, p[1], p[2]], abs=1e-4)
    assert sum(autograd) == pytest.approx(0, abs=2e-4)


def test_petals_tell_more_than_sepals(chapter: Any) -> None:
    sepal, petal = numbers(chapter.text("solution-features"))
    assert petal > sepal + 0.05
    assert chapter.value("solution-features", "share") == pytest.approx(petal)
