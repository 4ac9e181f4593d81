"""What the page of training/images says of its run on real images, checked against that run's record.

The chapter's own tests hold for every run, of these images and of others.
"""

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
    assert value(record, "loader", "len(train_loader)") * 32 == value(record, "load", "len(train_data)")


def test_an_untrained_model_does_worse_than_a_guess(record: Record) -> None:
    assert value(record, "untrained", "before") < 0.1
    assert 0 < value(record, "untrained", "loss.item()") - value(record, "untrained", "torch.tensor(10.0).log()") < 0.1


def test_an_epoch_of_all_images_has_nearly_the_updates_of_this_whole_run(record: Record) -> None:
    assert 0.9 < 60000 / 32 / (8 * value(record, "loader", "len(train_loader)")) < 1


def test_the_loss_falls_most_between_the_first_two_epochs(record: Record) -> None:
    losses = [float(found) for found in re.findall(r"loss (\d\.\d+)", text(record, "train"))]
    drops = [a - b for a, b in pairwise(losses)]
    assert len(losses) == 8
    assert drops[0] == max(drops)


def test_the_hidden_layer_starts_slower_and_ends_lower(record: Record) -> None:
    linear, hidden = (
        [value(record, c, f"{p}losses[{n}]") for n in (0, -1)] for c, p in (("train", ""), ("hidden", "deeper_"))
    )
    assert hidden[0] > linear[0]
    assert hidden[1] < linear[1] / 2


def test_the_hidden_layer_leaves_nearly_half_of_the_wrong_ones(record: Record) -> None:
    right = value(record, "gain", "round((1 - deeper_test) * len(test_set))")
    assert 0.5 < right / value(record, "gain", "len(wrong)") < 0.6


def test_the_gap_of_the_hidden_layer_is_wider(record: Record) -> None:
    assert value(record, "gain", "deeper_train - deeper_test") > value(record, "gain", "on_train - on_test") > 0


def test_the_surest_wrong_answer_rounds_to_certain(record: Record) -> None:
    assert f"{value(record, 'draw-wrong', 'sure[worst[0]].item()'):.2f}" == "1.00"


def test_an_eight_is_often_misread_and_a_one_hardly_ever(record: Record) -> None:
    shares = [int(a) / int(b) for a, b in re.findall(r"(\d+) of (\d+)", text(record, "solution-digits"))]
    assert shares[8] < 0.9
    assert shares[1] > 0.98


def test_both_models_fall_when_the_images_move(record: Record) -> None:
    moved = [float(found) for found in re.findall(r"0\.\d+", text(record, "solution-shift"))]
    assert len(moved) == 2
    assert max(moved) < 0.5 < value(record, "gain", "on_test")
