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
SECOND_TIME = "RuntimeError: Trying to backward through the graph a second time"


def gradient(x: float, h: float = 1e-4) -> float:
    """The slope of 3x² + 2 by finite differences, in plain Python numbers."""
    return (3 * (x + h) ** 2 - 3 * (x - h) ** 2) / (2 * h)


def numbers(text: str) -> list[float]:
    """The numbers with a decimal point."""
    return [float(found) for found in re.findall(r"-?\d+\.\d+", text)]


def train_ids(chapter: Any) -> list[list[int]]:
    """The training sentences, in two values: one may hold 1,000 numbers."""
    halves: list[list[list[int]]] = [
        chapter.value("sentences", "train_ids[:150]"),
        chapter.value("sentences", "train_ids[150:]"),
    ]
    return halves[0] + halves[1]


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
    expected = ["RuntimeError", "RuntimeError", "RuntimeError", "IndexError", "AttributeError"]
    assert errors == expected
    assert log.count("tensor(") >= 2
    assert len(re.findall(r"^epoch .*loss \d\.\d{3}$", log, re.MULTILINE)) == 5
    assert "x.grad: [18.0, 18.0, 18.0]" in log
    assert not any(chapter.error(cell) for cell in chapter.cells)


def test_the_opening_sentence_is_numbered_by_the_place_of_its_words(chapter: Any) -> None:
    words = chapter.value("words", "words")
    assert (len(words), words[:3], words[-4:]) == (16, ["rice", "soup", "bread"], ["the", "my", "new", "good"])
    assert words[5] == "team"
    assert chapter.text("words") == f"ids: {[words.index(word) for word in ['my', 'team', 'the', 'new', 'ball']]}\n"


def test_the_picture_holds_every_word_and_the_picked_row_twice(chapter: Any) -> None:
    (svg,) = chapter.figures("picked")
    said = re.findall(r"<!-- (.+?) -->", svg)
    table, pick = chapter.value("picked", "rows"), chapter.value("picked", "pick")
    assert set(chapter.value("words", "words")) <= set(said)
    assert pick == 5
    assert [said.count(f"{number:.2f}") for number in table[pick]] == [2, 2]


def test_tensors_are_made_and_the_seed_gives_the_three_numbers_again(chapter: Any) -> None:
    text = chapter.text("compute")
    assert "arange:   [0, 3, 6, 9]" in text
    assert "zeros:    [[0.0, 0.0], [0.0, 0.0]]" in text
    torch.manual_seed(0)
    assert str(torch.rand(3)) in text


def test_arithmetic_and_selection_give_what_is_worked_out_by_hand(chapter: Any) -> None:
    rows = dict(re.findall(r"^(.+?): *(\[.+)$", chapter.text("compute"), re.MULTILINE))
    table = [[1, 2, 3], [4, 5, 6]]
    assert rows["t + t"] == str([[2 * n for n in row] for row in table])
    assert rows["t @ t.T"] == str([[sum(a * b for a, b in zip(p, q, strict=True)) for q in table] for p in table])
    assert chapter.value("compute", "(t @ t.T)[0, 0]") == 1 + 4 + 9
    assert rows["t[0]"] == str(table[0])
    assert rows["t[:, 1]"] == str([row[1] for row in table])
    assert rows["t[0,::2]"] == str([table[0][0], table[0][2]])
    assert rows["t[t > 2]"] == str([n for row in table for n in row if n > 2])


def test_view_refuses_and_reshape_copies(chapter: Any) -> None:
    *error, flat, kept = chapter.text("reshape").strip().splitlines()
    assert " ".join(error).startswith("RuntimeError: view size is not compatible with input tensor's size and stride")
    assert flat == "flat: [99, 4, 2, 5, 3, 6]"
    assert kept == "t:    [[1, 2, 3], [4, 5, 6]]"
    assert chapter.value("reshape", "t.T.reshape(6).tolist()") == [1, 4, 2, 5, 3, 6]


def test_reshape_copies_only_when_it_must() -> None:
    row = torch.tensor([[1, 2, 3]])
    assert row.T.reshape(-1).untyped_storage().data_ptr() == row.untyped_storage().data_ptr()
    table = torch.tensor([[1, 2, 3], [4, 5, 6]])
    assert table.T.reshape(-1).untyped_storage().data_ptr() != table.untyped_storage().data_ptr()


def test_the_measured_gradient_is_that_of_the_formula(chapter: Any) -> None:
    assert chapter.value("gradient", "measured") == pytest.approx(gradient(3.0))
    assert chapter.value("gradient", "measured") == 6 * 3.0


def test_a_second_backward_fails_and_spares_the_gradient(chapter: Any) -> None:
    text = " ".join(chapter.text("gradient").split())
    assert SECOND_TIME in text
    assert "are freed when you call .backward()" in text
    assert text.endswith("x.grad: 18.0")
    assert chapter.value("gradient", "x.grad") == chapter.value("gradient", "measured")
    assert chapter.value("gradient", "z.grad_fn.name()") == "AddBackward0"


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


def test_without_clearing_the_second_fix_adds_up_too() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    seen = []
    for _ in range(3):
        (3 * x**2 + 2).backward()
        assert x.grad is not None
        seen.append(x.grad.item())
    assert seen == pytest.approx([gradient(3.0) * k for k in (1, 2, 3)])


def test_a_linear_layer_multiplies_by_its_weight_transposed(chapter: Any) -> None:
    weight = torch.tensor(chapter.value("linear", "layer.weight"))
    bias = torch.tensor(chapter.value("linear", "layer.bias"))
    vectors = chapter.value("embedding", "vectors")
    mean = torch.tensor([sum(column) / len(vectors) for column in zip(*vectors, strict=True)])
    assert chapter.value("linear", "str(tuple(layer.weight.shape))") == str(tuple(weight.shape)) == "(3, 4)"
    expected = [float(torch.dot(row, mean) + b) for row, b in zip(weight, bias, strict=True)]
    assert chapter.value("linear", "logits") == pytest.approx(expected, abs=1e-5)
    assert chapter.text("linear").endswith("equal:  True\n")


def test_an_embedding_picks_rows_of_its_table(chapter: Any) -> None:
    table, vectors = chapter.value("embedding", "table.weight"), chapter.value("embedding", "vectors")
    assert vectors == [table[k] for k in (1, 2, 5, 1)]
    assert vectors[0] == vectors[3]
    assert chapter.value("embedding", "table.weight.numel()") == 10 * 4
    assert chapter.value("embedding", "str(tuple(vectors.shape))") == "(4, 4)"


def test_it_equals_one_hot_times_the_table(chapter: Any) -> None:
    assert chapter.value("one-hot", "one_hot.sum().item()") == 4
    assert chapter.value("one-hot", "product") == chapter.value("embedding", "vectors")
    assert chapter.text("one-hot").startswith("equal: True\n")


def test_only_the_rows_looked_up_get_a_gradient(chapter: Any) -> None:
    expected = [float((1, 2, 5, 1).count(k)) for k in range(10)]
    assert chapter.value("one-hot", "table.weight.grad[:, 0].tolist()") == expected
    assert chapter.value("one-hot", "table.weight.grad[1, 0]") == 2.0
    one_hot, upstream = chapter.value("one-hot", "one_hot"), torch.ones(4, 4)
    assert chapter.value("one-hot", "table.weight.grad") == (torch.tensor(one_hot).T @ upstream).tolist()


def test_both_uses_of_a_row_are_added_within_one_pass() -> None:
    """The two parts meet before `.grad`: nothing accumulates there."""
    table = nn.Embedding(10, 4)
    (found,) = torch.autograd.grad(table(torch.tensor([1, 2, 5, 1])).sum(), table.weight)
    assert found[1].tolist() == [2.0] * 4
    assert table.weight.grad is None


def test_sgd_leaves_the_vectors_of_absent_words_where_they_are() -> None:
    table = nn.Embedding(4, 2)
    before = table.weight.detach().clone()
    optimizer = torch.optim.SGD(table.parameters(), lr=1.0)
    table(torch.tensor([1])).sum().backward()
    optimizer.step()
    assert (table.weight != before).any(dim=1).tolist() == [False, True, False, False]


def test_the_model_registers_three_tensors(chapter: Any) -> None:
    assert chapter.text("model").splitlines()[:3] == [
        "embedding.weight (16, 2)",
        "linear.weight    (3, 2)",
        "linear.bias      (3,)",
    ]
    assert chapter.value("model", "sum(p.numel() for p in model.parameters())") == 16 * 2 + 2 * 3 + 3
    assert chapter.text("model").endswith("logits: (1, 3)\n")


def test_the_mean_forgets_the_order_of_words(chapter: Any) -> None:
    one = chapter.value("model", "model(torch.tensor([[0, 5, 9]]))")
    other = chapter.value("model", "model(torch.tensor([[9, 5, 0]]))")
    assert one[0] == pytest.approx(other[0], abs=1e-6)


def test_a_group_holds_four_ids(chapter: Any) -> None:
    assert chapter.value("words", 'words[4:8] == topics["sport"]') is True


def test_about_seven_words_of_ten_are_on_topic_and_labels_are_integers(chapter: Any) -> None:
    ids, labels = (torch.tensor(train_ids(chapter)), chapter.value("sentences", "train_labels"))
    assert (tuple(ids.shape), len(labels)) == ((300, 6), 300)
    assert chapter.value("sentences", "str(train_ids.dtype) + str(train_labels.dtype)") == "torch.int64torch.int64"
    share = (ids // 4 == torch.tensor(labels).unsqueeze(1)).float().mean().item()
    assert share == pytest.approx(0.6 + 0.4 / 4, abs=0.03)
    assert set(labels) == {0, 1, 2}
    assert chapter.value("sentences", "len(test_ids)") == 150


def test_everything_is_moved_to_the_device(chapter: Any) -> None:
    assert chapter.text("device") == "cpu\n"
    assert chapter.value("device", "[t.device == device for t in (X, y, X_test, y_test)]") == [True] * 4
    assert chapter.value("device", "[len(t) for t in (X, y, X_test, y_test)]") == [300, 300, 150, 150]


def test_a_new_model_guesses(chapter: Any) -> None:
    assert f"log 3:    {math.log(3):.3f}" in chapter.text("before")
    assert chapter.value("before", "before") == pytest.approx(math.log(3), abs=0.1)
    assert chapter.value("before", "before") == chapter.value("train", "losses[0]")
    assert chapter.value("before", "accuracy(model)") == pytest.approx(1 / 3, abs=0.06)
    assert chapter.value("before", "model.training") is False


def test_the_five_steps_stand_in_the_loop_in_their_order(chapter: Any) -> None:
    source = chapter.path.read_text("utf-8").split("# %% train\n")[1].split("# %% ")[0]
    code = [line.strip() for line in source.splitlines()]
    first = code.index("optimizer.zero_grad()")
    steps = [line for line in code[first:] if not line.startswith("#")][:5]
    assert steps == [
        "optimizer.zero_grad()",
        "logits = model(X)  # (300, 3)",
        "loss = F.cross_entropy(logits, y)",
        "loss.backward()",
        "optimizer.step()",
    ]
    for lang in ("vi", "en"):
        numbered = [line for line in code[first - 2 :] if line.startswith(f"# {lang}: ")]
        assert [line.removeprefix(f"# {lang}: ")[:2] for line in numbered] == ["1.", "2.", "3.", "4.", "5."]


def test_the_loss_falls_fast_then_slowly_but_not_to_zero(chapter: Any) -> None:
    losses = chapter.value("train", "losses")
    assert len(losses) == 200
    assert losses[-1] == chapter.value("train", "losses[-1]") < losses[0] / 5
    assert 0 < chapter.value("train", "losses[100] - losses[199]") < (losses[0] - losses[100]) / 10
    assert losses[-1] > 0.05


def test_new_sentences_are_read(chapter: Any) -> None:
    share = chapter.value("after", "share")
    assert share > 0.9 > 0.5 > chapter.value("before", "accuracy(model)")
    answers = dict(line.split(" <- ")[::-1] for line in chapter.text("after").splitlines()[1:])
    found = {sentence: answer.strip() for sentence, answer in answers.items()}
    opening = {
        "my team the new ball": chapter.value("after", 'topic_of("my team the new ball")'),
        "good tea the new song tea": chapter.value("after", 'topic_of("good tea the new song tea")'),
        "dance the good dance race": chapter.value("after", 'topic_of("dance the good dance race")'),
    }
    assert found == opening
    assert sorted(found.values()) == ["food", "music", "sport"]


@pytest.mark.parametrize("topic", ["food", "sport", "music"])
def test_a_sentence_gets_the_topic_that_most_of_its_marked_words_have(chapter: Any, topic: str) -> None:
    words = chapter.value("words", "words")
    groups = {name: words[4 * k : 4 * k + 4] for k, name in enumerate(("food", "sport", "music"))}
    (sentence,) = [line.split(" <- ")[1] for line in chapter.text("after").splitlines()[1:] if line.split()[0] == topic]
    counts = {name: sum(word in group for word in sentence.split()) for name, group in groups.items()}
    assert max(counts, key=lambda name: counts[name]) == topic


def test_try_own(attempt: Any) -> None:
    after = attempt("after", {"my team the new ball": "my drum the new dance"})
    assert "music <- my drum the new dance" in after.text("after")
    unknown = attempt("after", {"my team the new ball": "my cat"})
    assert unknown.error("after").startswith("ValueError: ")


def test_try_unrelated(attempt: Any) -> None:
    after = attempt("sentences", {"< 0.6": "< 0.0"}, then=("device", "before", "train", "after"))
    assert after.value("train", "losses[-1]") == pytest.approx(math.log(3), abs=0.05)
    assert after.value("after", "share") == pytest.approx(1 / 3, abs=0.06)


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
    firsts, lasts = chapter.value("seeds", "firsts"), chapter.value("seeds", "lasts")
    assert len(firsts) == len(lasts) == 5
    assert firsts == pytest.approx([math.log(3)] * 5, abs=0.15)
    assert lasts == pytest.approx([0.1] * 5, abs=0.02)
    assert max(lasts) - min(lasts) < (max(firsts) - min(firsts)) / 5
    assert len(chapter.figures("seeds")) == 1


def test_try_slow(attempt: Any) -> None:
    after = attempt("seeds", {"SimpleModel(16, 2, 3).to(device)": "SimpleModel(16, 2, 3).to(device), lr=0.1"})
    lasts = after.value("seeds", "lasts")
    assert max(lasts) > 2 * min(lasts) > 0.5


def test_some_sentences_speak_of_another_topic_than_their_label(chapter: Any) -> None:
    """Why the loss cannot come close to 0 within the training: some sentences speak more of another topic."""
    ids = torch.tensor(train_ids(chapter))
    labels = torch.tensor(chapter.value("sentences", "train_labels"))
    counts = torch.stack([(ids // 4 == k).sum(dim=1) for k in range(3)], dim=1)  # (300, 3)
    own = counts.gather(1, labels.unsqueeze(1)).squeeze(1)  # (300,)
    assert (counts.max(dim=1).values > own).any()
    assert (counts.sum(dim=1) > own).float().mean() > 0.5  # many hold words of other topics


def test_every_claim_of_the_report_holds(chapter: Any) -> None:
    lines = chapter.text("claims").splitlines()
    assert len(lines) == chapter.value("claims", "len(report)") == 7
    assert all(line.endswith(": True") for line in lines)


def test_a_table_refuses_floats_and_ids_beyond_it(chapter: Any) -> None:
    said = " ".join(chapter.text("out-of-range").split())
    assert said.startswith("RuntimeError: Expected tensor for argument #1 'indices'")
    assert "Long, Int" in said
    assert said.endswith("IndexError: index out of range in self")
    assert nn.Embedding(10, 4)(torch.tensor([0, 9])).shape == (2, 4)


def test_a_module_without_super_fails_and_a_list_hides_its_layers(chapter: Any) -> None:
    text = " ".join(chapter.text("no-super").split())
    assert text == "AttributeError: cannot assign module before Module.__init__() call"
    assert chapter.value("listed", "sum(p.numel() for p in Listed(list).parameters())") == 0
    mended = chapter.value("listed", "sum(p.numel() for p in Listed(nn.ModuleList).parameters())")
    assert mended == 2 * 3 + 3 + 3 * 1 + 1


def test_the_solutions_show_what_the_page_says(chapter: Any) -> None:
    assert chapter.text("solution-columns").endswith("shares memory: True\n")
    assert numbers(chapter.text("solution-slope")) == [18.0, 18.0]
    assert numbers(chapter.text("solution-passes")) == [18.0, 36.0, 54.0, 18.0, 18.0, 18.0]
    assert chapter.text("solution-mean") == "row 1 is id 3: True\nEmbeddingBag agrees: True\n"
    assert chapter.text("solution-model") == f"parameters: {16 * 2 + 2 * 8 + 8 + 8 * 3 + 3}\n"
    first, last = numbers(chapter.text("solution-train"))
    assert last < math.log(3) / 2 < first
    assert math.ceil(300 / 32) == 10


def test_padding_idx_of_a_plain_table_is_zero_at_first_and_gets_no_gradient() -> None:
    table = nn.Embedding(4, 2, padding_idx=0)
    assert table.weight[0].tolist() == [0.0, 0.0]
    table(torch.tensor([0, 1])).sum().backward()
    assert table.weight.grad is not None
    assert table.weight.grad[:2].tolist() == [[0.0, 0.0], [1.0, 1.0]]


def test_an_optimizer_skips_the_layers_of_a_list_in_silence_but_not_an_empty_model() -> None:
    class Listed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [nn.Linear(2, 2)]
            self.last = nn.Linear(2, 1)

    model = Listed()
    before = model.layers[0].weight.clone()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.last(model.layers[0](torch.ones(1, 2))).sum().backward()
    optimizer.step()
    assert torch.equal(model.layers[0].weight, before)
    model.last = nn.Identity()
    with pytest.raises(ValueError, match="empty parameter list"):
        torch.optim.SGD(model.parameters(), lr=0.1)
