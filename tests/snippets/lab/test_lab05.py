"""The facts that the lab states, checked against what its cells produced; and its script, run bare."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

BARE = {"MPLBACKEND": "agg", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""On the processor and in one thread, as the chapter ran, and without a window for its figures."""
TWO = 2 / 150
"""Two sentences of the test set."""
SECOND_TIME = "RuntimeError: Trying to backward through the graph a second time"


def gradient(x: float, h: float = 1e-4) -> float:
    """The slope of 3x² + 2 by finite differences, in plain Python numbers."""
    return (3 * (x + h) ** 2 - 3 * (x - h) ** 2) / (2 * h)


def numbers(text: str) -> list[float]:
    """The numbers with a decimal point."""
    return [float(found) for found in re.findall(r"-?\d+\.\d+", text)]


def test_the_script_runs_bare_to_its_end_and_logs_what_the_chapter_shows(chapter: Any, tmp_path: Path) -> None:
    environment = os.environ | BARE | {"PYTHONPATH": "", "PYTHONWARNINGS": "", "PYTHONUTF8": "1"}
    (tmp_path / "lab05.py").write_bytes(chapter.path.read_bytes())
    done = subprocess.run(
        [sys.executable, "lab05.py"], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == "".join(chapter.text(cell) for cell in chapter.cells)


def test_the_log_holds_all_four_kinds_of_lines(chapter: Any) -> None:
    log = "".join(chapter.text(cell) for cell in chapter.cells)
    errors = re.findall(r"^(\w+Error): .+$", log, re.MULTILINE)
    expected = ["ValueError", "RuntimeError", "RuntimeError", "RuntimeError", "IndexError", "AttributeError"]
    assert errors == expected
    assert log.count("tensor(") >= 4
    assert len(re.findall(r"^epoch .*loss \d\.\d{3}$", log, re.MULTILINE)) == 5
    assert "x.grad: [18.0, 18.0, 18.0]" in log
    assert not any(chapter.error(cell) for cell in chapter.cells)


def test_tensors_are_made_and_the_seed_gives_the_three_numbers_again(chapter: Any) -> None:
    text = chapter.text("create")
    assert "arange: [0, 3, 6, 9]" in text
    assert chapter.value("create", "torch.arange(0, 10, 3)[-1]") == 9
    torch.manual_seed(0)
    assert str(torch.rand(3)) in text


def test_arithmetic_and_selection_give_what_is_worked_out_by_hand(chapter: Any) -> None:
    rows = dict(line.split(":  " if "t:  " in line else ": ", 1) for line in chapter.text("compute").splitlines())
    rows = {name.strip(": "): value.strip() for name, value in rows.items()}
    table = [[1, 2, 3], [4, 5, 6]]
    assert rows["t + t"] == str([[2 * n for n in row] for row in table])
    assert rows["t @ t.T"] == str([[sum(a * b for a, b in zip(p, q, strict=True)) for q in table] for p in table])
    assert chapter.value("compute", "(t @ t.T)[0, 0]") == 1 + 4 + 9
    assert chapter.value("compute", "t[:, 1].tolist()") == [2, 5]
    assert chapter.value("compute", "t[t > 2].tolist()") == [3, 4, 5, 6]


def test_view_refuses_and_reshape_copies(chapter: Any) -> None:
    *error, flat, kept = chapter.text("reshape").strip().splitlines()
    assert " ".join(error).startswith("RuntimeError: view size is not compatible with input tensor's size and stride")
    assert flat == "flat: [99, 4, 2, 5, 3, 6]"
    assert kept == "t:    [[1, 2, 3], [4, 5, 6]]"
    assert chapter.value("reshape", "turned.reshape(6).tolist()") == [1, 4, 2, 5, 3, 6]


def test_reshape_copies_only_when_it_must() -> None:
    row = torch.tensor([[1, 2, 3]])
    assert row.T.reshape(-1).data_ptr() == row.data_ptr()


def test_the_measured_gradient_is_that_of_the_formula(chapter: Any) -> None:
    assert chapter.value("gradient", "measured") == pytest.approx(gradient(3.0))
    assert chapter.value("gradient", "6 * 3.0") == 18.0


def test_a_second_backward_fails_and_spares_the_gradient(chapter: Any) -> None:
    text = " ".join(chapter.text("second").split())
    assert text.startswith(SECOND_TIME)
    assert "are freed when you call .backward()" in text
    assert chapter.value("second", "x.grad") == chapter.value("gradient", "measured")
    assert chapter.value("second", "z.grad_fn.name()") == "AddBackward0"


def test_a_sum_with_a_number_may_be_gone_through_twice() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    z = x + 2
    z.backward()
    z.backward()


def test_the_first_cure_adds_up_and_the_second_starts_afresh(chapter: Any) -> None:
    once = gradient(3.0)
    assert chapter.value("retain", "retained") == pytest.approx([once, 2 * once])
    assert chapter.value("retain", "x.grad") == pytest.approx(once)
    assert chapter.value("rebuild", "rebuilt") == pytest.approx([once] * 3)
    assert chapter.value("rebuild", "rebuilt[0]") == pytest.approx(once)


def test_a_linear_layer_multiplies_by_its_weight_transposed(chapter: Any) -> None:
    weight = torch.tensor(chapter.value("linear", "layer.weight"))
    bias = torch.tensor(chapter.value("linear", "layer.bias"))
    inputs = torch.tensor(chapter.value("linear", "X"))
    assert chapter.value("linear", "str(tuple(layer.weight.shape))") == str(tuple(weight.shape)) == "(2, 3)"
    expected = [[float(torch.dot(row, x) + b) for row, b in zip(weight, bias, strict=True)] for x in inputs]
    assert torch.allclose(torch.tensor(chapter.value("linear", "y")), torch.tensor(expected), atol=1e-5)
    assert chapter.value("linear", "torch.allclose(y, by_hand)") is True


def test_an_embedding_picks_rows_of_its_table(chapter: Any) -> None:
    table, vectors = chapter.value("embedding", "table.weight"), chapter.value("embedding", "vectors")
    assert vectors == [table[k] for k in (1, 2, 5, 1)]
    assert vectors[0] == vectors[3]
    assert chapter.value("embedding", "table.weight.numel()") == 10 * 4
    assert chapter.value("embedding", "str(tuple(vectors.shape))") == "(4, 4)"


def test_it_equals_one_hot_times_the_table(chapter: Any) -> None:
    assert chapter.value("one-hot", "one_hot.sum().item()") == 4
    assert chapter.value("one-hot", "product") == chapter.value("embedding", "vectors")
    assert chapter.text("one-hot").endswith("equal: True\n")


def test_only_the_rows_looked_up_get_a_gradient(chapter: Any) -> None:
    expected = [float((1, 2, 5, 1).count(k)) for k in range(10)]
    assert chapter.value("rows", "table.weight.grad[:, 0].tolist()") == expected
    assert chapter.value("rows", "table.weight.grad[1, 0]") == 2.0


def test_sgd_leaves_the_vectors_of_absent_words_where_they_are() -> None:
    table = nn.Embedding(4, 2)
    before = table.weight.detach().clone()
    optimizer = torch.optim.SGD(table.parameters(), lr=1.0)
    table(torch.tensor([1])).sum().backward()
    optimizer.step()
    assert (table.weight != before).any(dim=1).tolist() == [False, True, False, False]


def test_the_model_registers_three_tensors(chapter: Any) -> None:
    assert chapter.text("trace").splitlines()[:3] == [
        "embedding.weight (16, 2)",
        "linear.weight    (3, 2)",
        "linear.bias      (3,)",
    ]
    assert chapter.value("trace", "sum(p.numel() for p in model.parameters())") == 16 * 2 + 2 * 3 + 3
    assert chapter.value("trace", "str(tuple(logits.shape))") == "(1, 3)"


def test_the_mean_forgets_the_order_of_words(chapter: Any) -> None:
    one = chapter.value("trace", "model(torch.tensor([[0, 5, 9]]))")
    other = chapter.value("trace", "model(torch.tensor([[9, 5, 0]]))")
    assert one[0] == pytest.approx(other[0], abs=1e-6)


def test_a_group_holds_four_ids(chapter: Any) -> None:
    assert chapter.value("words", "len(words)") == 16
    assert chapter.value("words", 'words[4:8] == topics["sport"]') is True


def test_about_seven_words_of_ten_are_on_topic_and_labels_are_integers(chapter: Any) -> None:
    ids, labels = (torch.tensor(chapter.value("sentences", "ids")), chapter.value("sentences", "labels"))
    assert (tuple(ids.shape), len(labels)) == ((300, 6), 300)
    assert chapter.value("sentences", "str(ids.dtype) + str(labels.dtype)") == "torch.int64torch.int64"
    share = (ids // 4 == torch.tensor(labels).unsqueeze(1)).float().mean().item()
    assert share == pytest.approx(0.6 + 0.4 / 4, abs=0.03)
    assert set(labels) == {0, 1, 2}
    assert chapter.value("sentences", "len(test_ids)") == 150


def test_a_new_model_guesses(chapter: Any) -> None:
    assert chapter.value("before", "guessing") == pytest.approx(math.log(3))
    assert chapter.value("before", "loss_fn(model(ids), labels).item()") == pytest.approx(math.log(3), abs=0.25)
    assert chapter.value("before", "accuracy(model)") == pytest.approx(1 / 3, abs=0.15)


def test_the_loss_falls_fast_then_slowly_but_not_to_zero(chapter: Any) -> None:
    losses = chapter.value("train", "losses")
    assert len(losses) == 200
    assert losses[-1] == chapter.value("train", "losses[-1]") < losses[0] / 5
    assert 0 < chapter.value("train", "losses[100] - losses[199]") < (losses[0] - losses[100]) / 10
    assert losses[-1] > 0.05


def test_some_sentences_speak_of_another_topic_than_their_label(chapter: Any) -> None:
    ids = torch.tensor(chapter.value("sentences", "ids"))
    labels = torch.tensor(chapter.value("sentences", "labels"))
    counts = torch.stack([(ids // 4 == k).sum(dim=1) for k in range(3)], dim=1)  # (300, 3)
    assert (counts.argmax(dim=1) != labels).any()


def test_new_sentences_are_read(chapter: Any) -> None:
    share = chapter.value("after", "share")
    assert share > 0.9 > 0.5 > chapter.value("before", "accuracy(model)")
    guesses = chapter.value("after", "logits.argmax(dim=1).tolist()")
    assert [int(line.split()[0]) for line in chapter.text("after").splitlines()[1:]] == guesses


def test_three_topics_part_and_the_common_words_stay_between(chapter: Any) -> None:
    groups = torch.tensor(chapter.value("paths", "end")).reshape(4, 4, 2)
    centres = groups.mean(dim=1)  # (4, 2)
    food, sport, music, common = centres
    assert common.norm() < min(food.norm(), sport.norm(), music.norm()) / 1.5
    for k in range(3):
        away = torch.cdist(groups[k], centres[:3])  # (4, 3)
        assert away.argmin(dim=1).tolist() == [k] * 4
    for one, other in ((food, sport), (sport, music), (music, food)):
        assert torch.dot(one, other) / (one.norm() * other.norm()) < 0.2
    assert len(chapter.figures("paths")) == 1


def test_five_starts_come_to_one_end(chapter: Any) -> None:
    assert chapter.value("seeds", "min(firsts)") == pytest.approx(math.log(3), abs=0.2)
    assert chapter.value("seeds", "max(firsts)") == pytest.approx(math.log(3), abs=0.25)
    assert 0.05 < chapter.value("seeds", "min(lasts)") <= chapter.value("seeds", "max(lasts)") < 0.2
    assert len(chapter.figures("seeds")) == 1


def test_every_claim_of_the_report_holds(chapter: Any) -> None:
    lines = chapter.text("claims").splitlines()
    assert len(lines) == 7
    assert all(line.endswith(": True") for line in lines)


def test_a_table_refuses_floats_and_ids_beyond_it(chapter: Any) -> None:
    floats = " ".join(chapter.text("float-ids").split())
    assert floats.startswith("RuntimeError: Expected tensor for argument #1 'indices'")
    assert "Long, Int" in floats
    assert chapter.text("out-of-range") == "IndexError: index out of range in self\n"


def test_a_module_without_super_fails_and_a_list_hides_its_layers(chapter: Any) -> None:
    text = " ".join(chapter.text("no-super").split())
    assert text == "AttributeError: cannot assign module before Module.__init__() call"
    assert chapter.value("listed", "sum(p.numel() for p in Listed(list).parameters())") == 0
    mended = chapter.value("listed", "sum(p.numel() for p in Listed(nn.ModuleList).parameters())")
    assert mended == 2 * 3 + 3 + 3 * 1 + 1


def test_gradients_that_nobody_clears_add_up(chapter: Any) -> None:
    assert numbers(chapter.text("no-clear")) == [3.0, 6.0, 9.0]
    assert chapter.value("no-clear", "w.grad") == 9.0


def test_the_solutions_show_what_the_page_says(chapter: Any) -> None:
    assert chapter.text("solution-columns").endswith("shares memory: True\n")
    assert numbers(chapter.text("solution-slope")) == [18.0, 18.0]
    assert numbers(chapter.text("solution-passes")) == [18.0, 36.0, 54.0, 18.0, 18.0, 18.0]
    assert chapter.text("solution-mean").endswith("True\n")
    assert chapter.text("solution-model") == f"parameters: {16 * 2 + 2 * 8 + 8 + 8 * 3 + 3}\n"
    first, last = numbers(chapter.text("solution-train"))
    assert last < math.log(3) / 2 < first
    assert math.ceil(300 / 32) == 10
