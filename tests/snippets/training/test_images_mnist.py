"""What the page of training/images says of its run on real images, checked against that run's record.

The chapter's own tests hold for every run, of these images and of others.
"""

import math
import re
from itertools import pairwise
from typing import Any

import pytest

from snippets._engine.project.tree import LANGUAGES, Tree
from snippets._engine.records.library import Library
from snippets._engine.records.record import Record

pytestmark = pytest.mark.unit

CHAPTER = "training/images"
TREE = Tree.find(__import__("pathlib").Path(__file__))


@pytest.fixture(scope="module")
def record() -> Record:
    found = Library(TREE).record(CHAPTER, "mnist")
    assert found is not None, f"run: python -m snippets record {CHAPTER} --variant mnist --data DIR"
    return found


def value(record: Record, cell: str, expression: str) -> Any:
    return record.by_name[cell].values[expression]


def text(record: Record, cell: str) -> str:
    return "".join(output.text for output in record.by_name[cell].outputs)


def test_both_pages_show_that_run_first_and_type_none_of_its_numbers(record: Record) -> None:
    assert record.data_hash
    for lang in LANGUAGES:
        page = TREE.page(lang, CHAPTER).read_text("utf-8")
        assert page.startswith("---\nvariant: mnist\n---\n")
        assert not re.search(r"\b(8000|2000)\b", page)


def test_the_batches_come_out_even(record: Record) -> None:
    assert value(record, "loader", "len(loader)") * 32 == value(record, "load", "len(train_data)")


def test_an_untrained_model_is_near_a_guess(record: Record) -> None:
    assert abs(value(record, "untrained", "before") - 0.1) < 0.05
    assert 0 < value(record, "untrained", "loss.item()") - value(record, "untrained", "torch.tensor(10.0).log()") < 0.1


def test_the_run_is_six_epochs_of_these_images(record: Record) -> None:
    assert value(record, "loader", "1500 / len(loader)") == 6


def test_the_loss_falls_fastest_at_the_beginning(record: Record) -> None:
    losses = [float(found) for found in re.findall(r"loss (\d\.\d+)", text(record, "learn"))]
    drops = [a - b for a, b in pairwise(losses)]
    assert len(losses) == 6
    assert drops[0] == max(drops)


def test_the_hidden_layer_starts_slower_and_ends_lower(record: Record) -> None:
    linear = value(record, "learn", "losses[-250:].mean().item()")
    assert value(record, "hidden", "deeper_losses[-250:].mean().item()") < linear / 2
    first = value(record, "curves", "losses[:50].mean().item()")
    assert value(record, "curves", "deeper_losses[:50].mean().item()") > 1.2 * first


def test_the_hidden_layer_mends_more_than_a_third_of_the_wrong_ones(record: Record) -> None:
    left = value(record, "gain", "round((1 - deeper_test) * len(test_set))")
    assert left < 2 / 3 * value(record, "gain", "len(wrong)")


def test_the_gap_of_the_hidden_layer_is_more_than_twice_as_wide(record: Record) -> None:
    linear, hidden = re.findall(r"([01]\.\d{3})  ([01]\.\d{3})", text(record, "gain"))
    gap = float(linear[0]) - float(linear[1])
    assert 0 < 2 * gap < value(record, "gain", "deeper_train - deeper_test") < 3 * gap
    assert float(hidden[0]) - float(hidden[1]) == pytest.approx(
        value(record, "gain", "deeper_train - deeper_test"), abs=1.1e-3
    )


def test_the_ten_surest_wrong_answers_are_far_from_hesitant(record: Record) -> None:
    assert f"{value(record, 'draw-wrong', 'sure[worst[0]].item()'):.2f}" == "1.00"
    assert value(record, "draw-wrong", "sure[worst[-1]].item()") > 0.9
    assert value(record, "draw-wrong", "int(((y_test[worst] == 7) & (pred[worst] == 2)).sum())") == 4


def test_unscaled_images_leave_the_loss_at_log_10(record: Record) -> None:
    assert abs(value(record, "unscaled", "unscaled_losses[-250:].mean().item()") - math.log(10)) < 0.005
    assert value(record, "unscaled", "accuracy(victim, unscaled_set)") < 0.13


def test_a_three_is_misread_most_often_and_a_one_hardly_ever(record: Record) -> None:
    shares = [int(a) / int(b) for a, b in re.findall(r"(\d+) of (\d+)", text(record, "solution-digits"))]
    assert shares.index(min(shares)) == 3
    assert shares[1] == max(shares) > 0.98


def test_both_models_fall_when_the_images_move(record: Record) -> None:
    moved = [float(found) for found in re.findall(r"0\.\d{3}", text(record, "solution-shift"))]
    assert len(moved) == 6
    assert max(moved[4:]) < 0.5 < min(moved[:2])
    assert round(value(record, "solution-shift", "linear"), 3) == moved[4]
