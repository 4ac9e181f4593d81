"""The facts that the chapter training/images states, checked against what its cells produced."""

import math
import re
from itertools import pairwise
from typing import Any

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def losses(text: str) -> list[float]:
    """The loss of each stretch of steps that a training cell printed."""
    return [float(found) for found in re.findall(r"loss (\d+\.\d+)", text)]


def shares(text: str) -> list[float]:
    """The accuracies that a cell printed, each with a point and three digits."""
    return [float(found) for found in re.findall(r"\b[01]\.\d{3}\b", text)]


def test_every_fifth_digit_is_held_out(chapter: Any) -> None:
    held_out = len(load_digits().target) // 5
    assert chapter.value("load", "len(test_data)") == held_out == 359
    assert chapter.value("load", "len(train_data)") == len(load_digits().target) - held_out
    assert chapter.value("load", "train_data[0][1]") == int(load_digits().target[0])
    assert chapter.value("load", "test_data[0][1]") == int(load_digits().target[4])


def test_the_frame_of_the_first_picture_holds_the_numbers_beside_it(chapter: Any) -> None:
    (svg,) = chapter.figures("pixels")
    part = chapter.value("pixels", "[[f'{v:.1f}' for v in row] for row in image[0, 11:18, 11:18].tolist()]")
    drawn = re.findall(r"<!-- (\d\.\d) -->", svg)
    assert drawn == [value for row in part for value in row]


def test_row_14_begins_at_position_392_of_the_strip(chapter: Any) -> None:
    flat = chapter.value("strip", "image.flatten(1)[0].tolist()")
    assert len(flat) == 784
    assert flat[392 : 392 + 28] == chapter.value("strip", "image[0, 14].tolist()")


def test_without_scale_a_byte_stays_as_large_as_it_was(chapter: Any) -> None:
    plain = chapter.value("load", "v2.ToDtype(torch.float32)(torch.full((1, 1, 1), 51, dtype=torch.uint8)).item()")
    scaled = chapter.value(
        "load", "v2.ToDtype(torch.float32, scale=True)(torch.full((1, 1, 1), 51, dtype=torch.uint8)).item()"
    )
    assert (plain, scaled) == (51.0, pytest.approx(51 / 255))


def test_an_image_has_a_channel_and_values_from_zero_to_one(chapter: Any) -> None:
    assert chapter.value("one", "str(tuple(image.shape))") == "(1, 28, 28)"
    assert chapter.value("one", "image.min().item()") >= 0.0
    assert chapter.value("one", "image.max().item()") == pytest.approx(load_digits().images[4].max() / 16, abs=1 / 255)
    assert chapter.value("one", "label") == load_digits().target[4]
    assert chapter.text("one").endswith("int\n")


def test_each_pixel_of_the_small_image_is_a_square_of_three(chapter: Any) -> None:
    picture = torch.tensor(chapter.value("pixels", "image[0]"))
    assert picture.shape == (28, 28)
    inner = picture[2:26, 2:26]
    assert torch.equal(inner, inner[::3, ::3].repeat_interleave(3, 0).repeat_interleave(3, 1))
    assert picture.sum() == pytest.approx(inner.sum())


def test_six_cells_draw_one_picture_each(chapter: Any) -> None:
    for cell in ("pixels", "strip", "grid", "weights", "draw-wrong", "curves"):
        assert len(chapter.figures(cell)) == 1


def test_packing_keeps_every_image_and_label(chapter: Any) -> None:
    assert chapter.value("pack", "str(tuple(train_set.tensors[0].shape))") == "(1438, 1, 28, 28)"
    assert chapter.value("pack", "str(tuple(train_set.tensors[1].shape))") == "(1438,)"
    assert chapter.value("pack", "all(torch.equal(train_set[i][0], train_data[i][0]) for i in range(5))") is True
    assert chapter.value("pack", "train_set.tensors[1].tolist() == train_data.targets.tolist()") is True


def test_an_epoch_has_as_many_batches_as_the_rounded_up_quotient(chapter: Any) -> None:
    batches = chapter.value("loader", "len(loader)")
    images = chapter.value("loader", "len(train_set)")
    assert batches == math.ceil(images / 32)
    assert images % 32 != 0
    assert chapter.value("loader", "str(tuple(X.shape))") == "(32, 1, 28, 28)"
    assert chapter.value("loader", "str(y.dtype)") == "torch.int64"


def test_shuffling_changes_the_order_in_every_epoch() -> None:
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.arange(100)),
        batch_size=100,
        shuffle=True,
        generator=torch.Generator().manual_seed(0),
    )
    first, second = (next(iter(loader))[0].tolist() for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second)


def test_the_model_has_a_weight_for_each_pixel_and_digit_and_a_bias_for_each_digit(chapter: Any) -> None:
    assert chapter.value("model", "count") == 10 * (784 + 1)
    assert chapter.value("model", "str(tuple(model[0](X).shape))") == "(32, 784)"
    assert chapter.value("model", "str(tuple(logits.shape))") == "(32, 10)"


def test_an_untrained_model_guesses(chapter: Any) -> None:
    assert chapter.value("untrained", "before") == pytest.approx(0.1, abs=0.06)
    assert chapter.value("untrained", "loss.item()") == pytest.approx(math.log(10), abs=0.1)
    assert chapter.value("untrained", "loss.item()") > math.log(10)
    assert chapter.value("untrained", "torch.tensor(10.0).log()") == pytest.approx(math.log(10))


def test_softmax_does_not_change_the_answer() -> None:
    logits = torch.randn(500, 10, generator=torch.Generator().manual_seed(0))
    assert torch.equal(logits.argmax(dim=1), logits.softmax(dim=1).argmax(dim=1))


def test_the_five_steps_stand_in_the_loop_in_their_order(chapter: Any) -> None:
    source = chapter.path.read_text("utf-8").split("# %% train\n")[1].split("# %% ")[0]
    code = [line.strip() for line in source.splitlines()]
    first = code.index("optimizer.zero_grad()")
    assert [line for line in code[first:] if not line.startswith("#")][:5] == [
        "optimizer.zero_grad()",
        "logits = model(X)  # (N, 10)",
        "loss = F.cross_entropy(logits, y)",
        "loss.backward()",
        "optimizer.step()",
    ]
    for lang in ("vi", "en"):
        numbered = [line for line in code[first - 2 :] if line.startswith(f"# {lang}: ")]
        assert [line.removeprefix(f"# {lang}: ")[:2] for line in numbered] == ["1.", "2.", "3.", "4.", "5."]


def test_the_loss_falls_fastest_at_the_beginning(chapter: Any) -> None:
    falling = chapter.value("learn", "losses[:750].tolist()") + chapter.value("learn", "losses[750:].tolist()")
    assert len(falling) == 1500
    means = [sum(falling[i : i + 250]) / 250 for i in range(0, 1500, 250)]
    drops = [a - b for a, b in pairwise(means)]
    assert drops[0] == max(drops)
    assert means[-1] < means[0] / 5
    assert losses(chapter.text("learn")) == pytest.approx(means, abs=6e-4)


def test_training_takes_its_number_of_steps_whatever_the_number_of_images(chapter: Any) -> None:
    assert chapter.value("train", "len(train(nn.Linear(784, 10), TensorDataset(X.flatten(1), y), 7))") == 7
    assert 60000 / 32 == 1875
    assert 1500 < 1875


def test_a_generator_made_anew_gives_the_same_batches() -> None:
    data = TensorDataset(torch.arange(100))
    first, second = (
        [X.tolist() for (X,) in DataLoader(data, 32, shuffle=True, generator=torch.Generator().manual_seed(0))]
        for _ in range(2)
    )
    assert first == second


def test_the_score_on_learned_images_is_higher(chapter: Any) -> None:
    assert chapter.value("accuracy", "on_test") > 0.9
    assert chapter.value("accuracy", "on_train") > chapter.value("accuracy", "on_test")


def test_the_first_test_image_is_answered_right(chapter: Any) -> None:
    assert chapter.value("one-answer", "best") == chapter.value("one-answer", "label")
    assert chapter.value("one-answer", "p[best].item()") > 0.9
    assert chapter.value("one-answer", "p.sum().item()") == pytest.approx(1.0, abs=1e-5)


def test_a_logit_is_the_template_times_the_image_plus_the_bias(chapter: Any) -> None:
    by_hand = chapter.value("one-answer", "(W.double() @ image.flatten().double() + b.double()).tolist()")
    assert len(by_hand) == 10
    assert chapter.value("one-answer", "z.tolist()") == pytest.approx(by_hand, abs=1e-3)
    assert chapter.value("one-answer", "by_hand.tolist()") == pytest.approx(by_hand, abs=1e-3)
    assert chapter.value("one-answer", "best") == by_hand.index(max(by_hand))


def test_the_wrong_ones_are_what_the_accuracy_leaves_over(chapter: Any) -> None:
    missing = (1 - chapter.value("accuracy", "on_test")) * chapter.value("wrong", "len(y_test)")
    assert chapter.value("wrong", "len(wrong)") == round(missing)
    assert chapter.value("wrong", "len(wrong)") >= 10


def test_the_surest_wrong_answers_are_drawn(chapter: Any) -> None:
    assert chapter.value("draw-wrong", "(y_test[worst] == pred[worst]).any()") is False
    drawn = chapter.value("draw-wrong", "sure[worst]")
    assert drawn == sorted(drawn, reverse=True)
    assert drawn[0] == max(chapter.value("draw-wrong", "sure[wrong]"))


def test_ink_in_the_middle_speaks_against_zero(chapter: Any) -> None:
    assert chapter.value("weights", "templates[0, 12:16, 12:16].mean().item()") < 0
    middle = chapter.value("weights", "templates[:, 2:26, 2:26].abs().mean().item()")
    border = chapter.value("weights", "templates[:, :2].abs().mean().item()")
    assert border < middle / 3


def test_the_hidden_layer_has_its_parameters_and_a_lower_loss(chapter: Any) -> None:
    count = chapter.value("hidden", "deeper_count")
    assert count == 784 * 64 + 64 + 64 * 10 + 10
    assert 6 < count / chapter.value("model", "count") < 7
    assert chapter.value("hidden", "deeper_losses[-250:].mean()") < chapter.value("learn", "losses[-250:].mean()")


def test_try_again(chapter: Any, attempt: Any) -> None:
    again = attempt("hidden", {})
    assert again.text("hidden") == chapter.text("hidden")
    assert chapter.text("hidden").count("\n") == 7


def test_try_width(chapter: Any, attempt: Any) -> None:
    narrow = attempt("hidden", {"784, 64": "784, 16", "(64, 10": "(16, 10"})
    assert losses(narrow.text("hidden"))[-1] > losses(chapter.text("hidden"))[-1]


def test_try_no_relu(chapter: Any, attempt: Any) -> None:
    flat = attempt("hidden", {"    nn.ReLU(),\n": ""}, then=("gain",))
    linear, _ = flat.value("gain", "[on_test, deeper_test]")
    assert flat.value("gain", "deeper_test") == pytest.approx(linear, abs=0.015)
    assert linear == pytest.approx(chapter.value("gain", "on_test"))


def test_two_linear_layers_are_one() -> None:
    torch.manual_seed(0)
    one, two, x = nn.Linear(784, 64), nn.Linear(64, 10), torch.rand(50, 784)
    merged = x @ (two.weight @ one.weight).T + two.weight @ one.bias + two.bias
    assert torch.allclose(two(one(x)), merged, atol=1e-5)
    assert not torch.allclose(two(one(x).relu()), merged, atol=1e-2)


def test_in_the_first_50_steps_the_hidden_layer_is_behind_and_later_ahead(chapter: Any) -> None:
    hidden = chapter.value("curves", "deeper_losses.reshape(-1, 50).mean(dim=1).tolist()")
    linear = chapter.value("curves", "losses.reshape(-1, 50).mean(dim=1).tolist()")
    assert hidden[0] > 1.2 * linear[0]
    first, *later = [sum(hidden[i : i + 2]) - sum(linear[i : i + 2]) for i in range(0, 30, 2)]
    assert first > 0 > max(later)


@pytest.mark.parametrize("seed", range(3))
def test_right_after_initialization_both_gradients_of_the_two_layers_are_small(seed: int) -> None:
    torch.manual_seed(seed)
    images, labels = torch.tensor(load_digits().data[:320] / 16, dtype=torch.float32), load_digits().target[:320]
    inputs, targets = images.repeat_interleave(9, dim=1), torch.tensor(labels)  # 576 pixels, each of the 64 nine times
    linear = nn.Linear(576, 10)
    deeper = nn.Sequential(nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, 10))
    for net in (linear, deeper):
        nn.functional.cross_entropy(net(inputs), targets).backward()
    norms = [deeper[i].weight.grad.norm().item() for i in (0, 2)]  # type: ignore[union-attr]
    assert max(norms) < linear.weight.grad.norm().item() / 1.5  # type: ignore[union-attr]


def test_the_table_of_accuracies_is_what_counting_gives(chapter: Any) -> None:
    counted = [chapter.value("gain", "len(wrong)"), chapter.value("gain", "round((1 - deeper_test) * len(test_set))")]
    printed = shares(chapter.text("gain"))
    assert [printed[1], printed[3]] == pytest.approx([1 - wrong / 359 for wrong in counted], abs=6e-4)
    assert abs(counted[0] - counted[1]) < 10
    assert printed[2] > printed[3]


def test_evaluation_leaves_the_model_in_evaluation_mode_and_training_puts_it_back(chapter: Any) -> None:
    assert chapter.value("untrained", "model.training") is False
    assert chapter.value("learn", "model.training") is True
    assert chapter.value("accuracy", "model.training") is False


def test_a_bare_image_is_not_flattened_and_fails(chapter: Any) -> None:
    assert chapter.error("bare-image") == ("RuntimeError: mat1 and mat2 shapes cannot be multiplied (28x28 and 784x10)")


def test_flatten_keeps_the_first_dimension(chapter: Any) -> None:
    assert chapter.text("flatten").splitlines() == [
        "(5, 1, 28, 28) -> (5, 784)",
        "(1, 28, 28) -> (1, 784)",
        "(28, 28) -> (28, 28)",
    ]


def test_a_linear_layer_looks_at_the_last_dimension_only() -> None:
    assert nn.Linear(28, 10)(torch.zeros(28, 28)).shape == (28, 10)
    assert nn.Linear(784, 10)(torch.zeros(784)).shape == (10,)


def test_a_grey_image_without_a_batch_works_by_luck(chapter: Any) -> None:
    assert chapter.value("batch-of-one", "torch.allclose(lucky, mended)") is True
    assert chapter.value("batch-of-one", "tuple(image.unsqueeze(0).shape)") == [1, 1, 28, 28]


def test_a_colour_image_without_a_batch_gives_three_answers(chapter: Any) -> None:
    assert chapter.value("batch-of-one", "tuple(model(torch.zeros(3, 28, 28)).shape)") == [3, 10]


def test_images_without_a_transform_cannot_be_joined(chapter: Any) -> None:
    error = chapter.error("no-transform")
    assert error.startswith("TypeError: default_collate: batch must contain tensors, numpy arrays, numbers")
    assert error.endswith("found <class 'PIL.Image.Image'>")


def test_bytes_are_refused_and_scaled_floats_are_what_the_transform_gives(chapter: Any) -> None:
    assert (chapter.value("bytes", "raw.min()"), chapter.value("bytes", "raw.max()")) == (0, 255)
    assert "must have the same dtype, but got Byte and Float" in chapter.error("bytes")
    assert chapter.text("unscaled").startswith("/ 255 is the same: True\n")


def test_unscaled_images_kill_every_neuron_and_leave_the_loss_at_log_10(chapter: Any) -> None:
    assert chapter.value("unscaled", "unscaled.max()") == 255.0
    assert chapter.value("unscaled", "unscaled_losses[-250:].mean().item()") == pytest.approx(math.log(10), abs=0.005)
    assert chapter.value("unscaled", "victim[:3](unscaled).count_nonzero()") == 0
    assert chapter.value("unscaled", "victim(unscaled).argmax(dim=1).unique().numel()") == 1
    most = max(load_digits().target.tolist().count(digit) for digit in range(10)) / len(load_digits().target)
    assert chapter.value("unscaled", "accuracy(victim, unscaled_set)") < 1.2 * most


def test_counted_by_digit_every_image_is_counted_once(chapter: Any) -> None:
    rows = re.findall(r"(\d+) of (\d+)", chapter.text("solution-digits"))
    assert sum(int(total) for _, total in rows) == 359
    assert sum(int(right) for right, _ in rows) == 359 - chapter.value("wrong", "len(wrong)")
    right = chapter.value("solution-digits", "(pred[y_test == 3] == 3).sum()")
    assert [right, chapter.value("solution-digits", "(y_test == 3).sum()")] == [int(n) for n in rows[3]]


def test_moved_images_are_read_far_worse(chapter: Any) -> None:
    (still, two, four) = zip(*[iter(shares(chapter.text("solution-shift")))] * 2, strict=True)
    assert still == pytest.approx(
        (chapter.value("accuracy", "on_test"), chapter.value("gain", "deeper_test")), abs=6e-4
    )
    assert four[0] == pytest.approx(chapter.value("solution-shift", "linear"), abs=6e-4)
    assert max(four) < 0.6
    assert all(a > b > c for a, b, c in zip(still, two, four, strict=True))
