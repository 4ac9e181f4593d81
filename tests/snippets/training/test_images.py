"""The facts that the chapter training/images states, checked against what its cells produced."""

import math
import re
from itertools import pairwise
from typing import Any

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

TWO = 2 / 359
"""Two images of the default test set."""


def losses(text: str) -> list[float]:
    """The loss of each epoch that a training cell printed."""
    return [float(found) for found in re.findall(r"loss (\d+\.\d+)", text)]


def test_every_fifth_digit_is_held_out(chapter: Any) -> None:
    held_out = len(load_digits().target) // 5
    assert chapter.value("load", "len(test_data)") == held_out == 359
    assert chapter.value("load", "len(train_data)") == len(load_digits().target) - held_out
    assert chapter.value("load", "train_data[0][1]") == int(load_digits().target[0])


def test_an_image_has_a_channel_and_values_from_zero_to_one(chapter: Any) -> None:
    assert chapter.value("one", "str(tuple(image.shape))") == "(1, 28, 28)"
    assert chapter.value("one", "image.min().item()") >= 0.0
    assert chapter.value("one", "image.max().item()") == pytest.approx(load_digits().images[0].max() / 16, abs=1 / 255)
    assert chapter.value("one", "label") == 0
    assert chapter.text("one").endswith("int\n")


def test_each_pixel_of_the_small_image_is_a_square_of_three(chapter: Any) -> None:
    picture = torch.tensor(chapter.value("pixels", "image[0]"))
    assert picture.shape == (28, 28)
    inner = picture[2:26, 2:26]
    assert torch.equal(inner, inner[::3, ::3].repeat_interleave(3, 0).repeat_interleave(3, 1))
    assert picture.sum() == pytest.approx(inner.sum())


def test_four_cells_draw_pictures_and_one_draws_curves(chapter: Any) -> None:
    for cell in ("pixels", "grid", "draw-wrong", "weights", "curves"):
        assert len(chapter.figures(cell)) == 1


def test_packing_keeps_every_image_and_label(chapter: Any) -> None:
    assert chapter.value("pack", "str(tuple(train_set.tensors[0].shape))") == "(1438, 1, 28, 28)"
    assert chapter.value("pack", "str(tuple(train_set.tensors[1].shape))") == "(1438,)"
    assert chapter.value("pack", "all(torch.equal(train_set[i][0], train_data[i][0]) for i in range(5))") is True
    assert chapter.value("pack", "train_set.tensors[1].tolist() == train_data.targets.tolist()") is True


def test_an_epoch_has_as_many_batches_as_the_rounded_up_quotient(chapter: Any) -> None:
    batches = chapter.value("loader", "len(train_loader)")
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


def test_the_loss_falls_most_in_the_first_epochs(chapter: Any) -> None:
    falling = chapter.value("train", "losses")
    drops = [a - b for a, b in pairwise(falling)]
    assert drops[0] == max(drops)
    assert falling[-1] < falling[0] / 5
    assert losses(chapter.text("train")) == pytest.approx(falling, abs=5e-4)
    bars = re.findall(r"\[(#+)\.*\]", chapter.text("train"))
    assert [len(bar) for bar in bars] == list(range(1, 9))


def test_the_score_on_learned_images_is_higher(chapter: Any) -> None:
    assert chapter.value("accuracy", "on_test") > 0.9
    assert chapter.value("accuracy", "on_train") > chapter.value("accuracy", "on_test")


def test_the_first_test_image_is_answered_right(chapter: Any) -> None:
    assert chapter.value("one-answer", "best") == chapter.value("one-answer", "label")
    assert chapter.value("one-answer", "p.max().item()") > 0.9
    assert chapter.value("one-answer", "p.sum().item()") == pytest.approx(1.0, abs=1e-5)


def test_the_wrong_ones_are_what_the_accuracy_leaves_over(chapter: Any) -> None:
    missing = (1 - chapter.value("accuracy", "on_test")) * chapter.value("wrong", "len(y)")
    assert chapter.value("wrong", "len(wrong)") == round(missing)
    assert chapter.value("wrong", "len(wrong)") >= 10


def test_the_surest_wrong_answers_are_drawn(chapter: Any) -> None:
    assert chapter.value("draw-wrong", "(y[worst] == y_hat[worst]).any()") is False
    drawn = chapter.value("draw-wrong", "sure[worst]")
    assert drawn == sorted(drawn, reverse=True)
    assert chapter.value("draw-wrong", "sure[worst[0]].item()") > 0.9


def test_ink_in_the_middle_speaks_against_zero(chapter: Any) -> None:
    assert chapter.value("weights", "pictures[0, 12:16, 12:16].mean().item()") < 0
    middle = chapter.value("weights", "pictures[:, 2:26, 2:26].abs().mean().item()")
    border = chapter.value("weights", "pictures[:, :2].abs().mean().item()")
    assert border < middle / 3


def test_a_logit_is_the_stencil_times_the_image_plus_the_bias(chapter: Any) -> None:
    by_hand = chapter.value("by-hand", "by_hand.item()")
    assert by_hand == pytest.approx(chapter.value("by-hand", "logits[label].item()"), abs=1e-4)


def test_the_hidden_layer_has_its_parameters_and_a_lower_loss(chapter: Any) -> None:
    count = chapter.value("hidden", "count")
    assert count == 784 * 64 + 64 + 64 * 10 + 10
    assert 6 < count / chapter.value("model", "count") < 7
    assert chapter.value("hidden", "deeper_losses[-1]") < chapter.value("train", "losses[-1]")
    assert chapter.value("hidden", "deeper_losses[0]") > chapter.value("train", "losses[0]")


def test_the_hidden_layer_gets_more_new_images_right(chapter: Any) -> None:
    linear, deeper = chapter.value("gain", "on_test"), chapter.value("gain", "deeper_test")
    assert deeper > linear + TWO
    assert chapter.value("gain", "round((1 - deeper_test) * len(test_set))") < chapter.value("gain", "len(wrong)")
    assert chapter.value("gain", "deeper_train") > deeper


def test_a_bare_image_is_not_flattened_and_fails(chapter: Any) -> None:
    assert chapter.error("bare-image") == ("RuntimeError: mat1 and mat2 shapes cannot be multiplied (28x28 and 784x10)")


def test_flatten_keeps_the_first_dimension(chapter: Any) -> None:
    assert chapter.text("flatten").splitlines() == [
        "(5, 1, 28, 28) -> (5, 784)",
        "(1, 28, 28) -> (1, 784)",
        "(28, 28) -> (28, 28)",
    ]


def test_a_linear_layer_looks_at_the_last_dimension_only(chapter: Any) -> None:
    assert chapter.value("last-dimension", "str(tuple(rows.shape))") == "(28, 10)"
    assert chapter.value("last-dimension", "str(tuple(model[1](vector).shape))") == "(10,)"


def test_a_grey_image_without_a_batch_works_by_luck(chapter: Any) -> None:
    assert chapter.value("batch-of-one", "torch.allclose(lucky, mended)") is True
    assert chapter.value("batch-of-one", "torch.allclose(mended, again)") is True


def test_a_colour_image_without_a_batch_gives_three_answers(chapter: Any) -> None:
    assert chapter.text("colour").split() == ["flat:", "(3,", "784)", "answers:", "(3,", "10)"]


def test_images_without_a_transform_cannot_be_joined(chapter: Any) -> None:
    error = chapter.error("no-transform")
    assert error.startswith("TypeError: default_collate: batch must contain tensors, numpy arrays, numbers")
    assert error.endswith("found <class 'PIL.Image.Image'>")


def test_bytes_are_refused_and_scaled_floats_are_what_the_transform_gives(chapter: Any) -> None:
    assert (chapter.value("bytes", "raw.min()"), chapter.value("bytes", "raw.max()")) == (0, 255)
    assert "must have the same dtype, but got Byte and Float" in chapter.error("bytes")
    assert chapter.value("bytes-mended", "same") is True
    assert chapter.value("bytes-mended", "tuple(scaled.shape)") == [5, 28, 28]


def test_the_eight_is_the_hardest_digit_of_the_default_run(chapter: Any) -> None:
    rows = re.findall(r"(\d+) of (\d+)", chapter.text("solution-digits"))
    shares = [int(right) / int(total) for right, total in rows]
    assert sum(int(total) for _, total in rows) == 359
    assert shares.index(min(shares)) == 8
    right = chapter.value("solution-digits", "(y_hat[y == 8] == 8).sum()")
    assert [right, chapter.value("solution-digits", "(y == 8).sum()")] == [int(n) for n in rows[8]]


def test_moved_images_are_read_far_worse(chapter: Any) -> None:
    linear, hidden = (float(n) for n in re.findall(r"0\.\d+", chapter.text("solution-shift")))
    assert linear == pytest.approx(
        chapter.value("solution-shift", "(model(moved).argmax(dim=1) == y).float().mean()"), abs=5e-4
    )
    assert max(linear, hidden) < 0.6


def test_two_linear_layers_are_one(chapter: Any) -> None:
    assert chapter.text("solution-no-relu") == "one linear layer does the same: True\n"


def test_relu_makes_a_difference() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    a, b = torch.randn(2, 3)
    assert not torch.allclose(net(a) + net(b), net(a + b) + net(torch.zeros(3)), atol=1e-4)
