"""The facts that the chapter basics/graph states, checked against what its cells produced."""

import re
import weakref
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch

SECOND_TIME = "RuntimeError: Trying to backward through the graph a second time"
POSITIVE = ["AccumulateGrad", "PowBackward0", "AddBackward0"]
NEGATIVE = ["AccumulateGrad", "MulBackward0"]


def slope(function: Callable[[float], float], x: float, h: float = 1e-5) -> float:
    """The central difference: an oracle that knows nothing of autograd."""
    return (function(x + h) - function(x - h)) / (2 * h)


def gradient(x: float) -> float:
    """The slope of the chapter's formula, in plain Python numbers."""
    return slope(lambda x: 3 * x**2 + 2, x)


def leaf(value: float) -> torch.Tensor:
    """A new leaf that requires a gradient."""
    return torch.tensor(value, requires_grad=True)


def fit(lr: float, steps: int, clear: bool) -> list[tuple[float, float]]:
    """The chapter's training loop without torch: the path of w and b."""
    xs = [0.0, 1.0, 2.0, 3.0]
    w = b = sum_w = sum_b = 0.0
    path = []
    for _ in range(steps):
        errors = [w * x + b - (2 * x + 1) for x in xs]
        grad_w = sum(2 * e * x for e, x in zip(errors, xs, strict=True)) / len(xs)
        grad_b = sum(2 * e for e in errors) / len(xs)
        sum_w, sum_b = (grad_w, grad_b) if clear else (sum_w + grad_w, sum_b + grad_b)
        w, b = w - lr * sum_w, b - lr * sum_b
        path.append((w, b))
    return path


def swing(steps: int, momentum: float) -> list[float]:
    """The two programs of the opening without torch: momentum 0 clears, momentum 1 never does."""
    w = speed = 0.0
    path = []
    for _ in range(steps):
        speed = momentum * speed + 2 * (w - 2)
        w -= 0.1 * speed
        path.append(w)
    return path


def test_the_opening_shows_one_path_that_settles_and_one_that_swings(chapter: Any) -> None:
    settled, swinging = swing(30, 0), swing(30, 1)
    assert all(a < b < 2 for a, b in pairwise(settled))
    assert settled[-1] == pytest.approx(2, abs=0.01)
    assert (min(swinging), max(swinging)) == pytest.approx((0, 4), abs=0.05)
    assert max(swinging[15:]) == pytest.approx(max(swinging[:15]), abs=0.02), "steadily"
    assert chapter.value("swing", "descend(False)") == pytest.approx([0.0, *swinging], abs=1e-4)
    assert chapter.value("swing", "descend(True)") == pytest.approx([0.0, *settled], abs=1e-4)
    assert len(chapter.figures("swing")) == 1


def test_past_two_the_sum_of_gradients_shrinks_until_it_changes_sign_far_away() -> None:
    path = swing(30, 1)
    gradients = [2 * (w - 2) for w in [0.0, *path[:-1]]]
    sums = [sum(gradients[: n + 1]) for n in range(len(gradients))]
    past = next(n for n, w in enumerate(path) if w > 2)
    turn = next(n for n, total in enumerate(sums) if total > 0)
    assert abs(gradients[past + 1]) < 0.1 < 5 < abs(sums[past])
    assert all(abs(b) < abs(a) for a, b in pairwise(sums[past + 1 : turn]))
    assert path[turn - 1] > 3.9


def test_momentum_of_one_is_a_forgotten_zero_grad_and_less_dies_down(chapter: Any) -> None:
    w = leaf(0.0)
    optimizer = torch.optim.SGD([w], lr=0.1, momentum=1.0)
    path = [w.item()]
    for _ in range(30):
        optimizer.zero_grad()
        ((w - 2) ** 2).backward()
        optimizer.step()
        path.append(w.item())
    assert path == chapter.value("swing", "descend(False)")
    damped = [abs(w - 2) for w in swing(200, 0.9)]
    assert max(damped[100:]) < 0.05 * max(damped[:100])


def test_one_function_gives_two_graphs_for_two_inputs(chapter: Any) -> None:
    assert (chapter.value("two-ways", "positive"), chapter.value("two-ways", "negative")) == (2.0**2 + 1, 3 * -2.0)
    positive, negative = chapter.text("two-ways").strip().splitlines()
    assert "AddBackward0" in positive
    assert "MulBackward0" in negative


def test_only_the_branch_that_ran_leaves_nodes(chapter: Any) -> None:
    assert chapter.value("place", "names") == [POSITIVE, NEGATIVE]
    assert chapter.value("place", "len(names[0])") == len(POSITIVE)
    assert chapter.value("place", "len(names[1])") == len(NEGATIVE)


def test_a_node_stands_above_the_highest_node_that_it_leads_to(chapter: Any) -> None:
    # x is the result `positive`, in row 2; its square is in row 3, so x + x**2 belongs in row 4
    assert chapter.value("place", "place((positive + positive**2).grad_fn, 0, {})") == len(POSITIVE) - 1 + 2


def test_zero_takes_the_way_of_the_second_formula(chapter: Any) -> None:
    assert chapter.value("two-ways", "two_ways(torch.tensor(0.0, requires_grad=True)).grad_fn.name()") == NEGATIVE[-1]


def test_try_zero(attempt: Any) -> None:
    after = attempt("two-ways", {"tensor(2.0": "tensor(0.0"}, then=("place", "draw"))
    assert after.value("place", "names") == [NEGATIVE, NEGATIVE]
    (svg,) = after.figures("draw")
    shown = re.findall(r"\b(?:\w+Backward\d|AccumulateGrad)\b", svg)
    assert set(shown) <= set(NEGATIVE)


def test_the_figure_of_both_graphs_shows_the_nodes_found(chapter: Any) -> None:
    (svg,) = chapter.figures("draw")
    shown = re.findall(r"\b(?:\w+Backward\d|AccumulateGrad)\b", svg)
    if shown:  # text kept as text
        assert set(shown) == {*POSITIVE, *NEGATIVE}


def test_each_node_gets_the_gradient_of_the_result_by_its_own_output(chapter: Any) -> None:
    x = 3.0
    by_sum, by_product = slope(lambda z: z, 29.0), slope(lambda u: u + 2, 3 * x**2)
    by_power = slope(lambda y: 3 * y + 2, x**2)
    expected = [by_sum, by_product, by_power, gradient(x)]
    assert chapter.value("arrive", "list(arrived.values())") == pytest.approx(expected)
    names = [line.split()[0] for line in chapter.text("arrive").splitlines()]
    assert names == ["AddBackward0", "MulBackward0", "PowBackward0", "AccumulateGrad"]
    assert chapter.value("arrive", "leaf.grad") == chapter.value("arrive", "gradient")


def test_where_paths_meet_a_node_receives_the_sum_of_the_parts_once() -> None:
    x = leaf(3.0)
    y = x**2
    arrived = []
    assert y.grad_fn is not None
    y.grad_fn.register_prehook(lambda gradients: arrived.append(gradients[0].item()))
    (3 * y + (y + 1)).backward()
    assert arrived == pytest.approx([slope(lambda y: 3 * y + (y + 1), 9.0)])


def test_a_step_of_the_figure_adds_an_arrow(chapter: Any) -> None:
    steps = chapter.figures("steps")
    assert len(steps) == len(chapter.value("arrive", "list(arrived.values())"))
    drawn = [svg.count("<path ") for svg in steps]
    assert all(a < b for a, b in pairwise(drawn))


def test_each_forward_pass_builds_new_nodes() -> None:
    x = leaf(3.0)
    assert (x**2).grad_fn is not (x**2).grad_fn


def test_a_recording_sees_a_name_where_a_call_sees_a_number(chapter: Any) -> None:
    called, recorded, fixed = chapter.text("look").strip().splitlines()
    assert called == "y: tensor(9.)"
    assert recorded == "y: Proxy(pow_1)"
    assert fixed == "fixed(3.0): 10.0"
    assert chapter.value("look", "fixed(torch.tensor(3.0))") == 3.0**2 + 1
    assert chapter.value("look", "fixed(torch.tensor(3.0)) - 1") == 3.0**2


def test_a_static_recording_cannot_follow_an_if(chapter: Any) -> None:
    expected = "TraceError: symbolically traced variables cannot be used as inputs to control flow"
    assert chapter.error("static") == expected


def test_compile_records_the_comparison_and_each_branch_once(chapter: Any) -> None:
    rows = re.findall(r"(\S+): z = +(\S+), pieces: (\d)", chapter.text("compile"))
    assert [int(pieces) for _, _, pieces in rows] == [2, 2, 3, 3]
    assert [float(z) for _, z, _ in rows] == [2.0**2 + 1, 5.0**2 + 1, 3 * -2.0, 3 * -5.0]
    assert chapter.value("compile", "len(pieces)") == 3
    names = chapter.value("compile", "[[node.name for node in piece.graph.nodes] for piece in pieces]")
    assert [[name for name in piece if name in ("gt", "pow_1", "add", "mul")] for piece in names] == [
        ["gt"],
        ["pow_1", "add"],
        ["mul"],
    ]


def test_each_node_keeps_just_what_its_derivative_needs(chapter: Any) -> None:
    assert chapter.value("kept", "list(kept(y.grad_fn))") == ["_saved_self"]
    assert chapter.value("kept", 'kept(y.grad_fn)["_saved_self"]') == 3.0
    assert chapter.value("kept", "list(kept(u.grad_fn))") == ["_saved_other"]
    assert chapter.value("kept", 'kept(u.grad_fn)["_saved_other"]') == 3
    assert chapter.value("kept", "list(kept(z.grad_fn))") == []


def test_the_saved_number_follows_x_and_the_constant_does_not() -> None:
    x = leaf(5.0)
    y = x**2
    u = 3 * y
    assert y.grad_fn is not None
    assert u.grad_fn is not None
    assert y.grad_fn._saved_self.item() == 5.0
    assert u.grad_fn._saved_other.item() == 3


def test_exp_keeps_its_own_result() -> None:
    y = leaf(1.5).exp()
    assert y.grad_fn is not None
    assert y.grad_fn._saved_result.item() == y.item()


def test_a_plain_number_that_a_node_keeps_is_not_freed(chapter: Any) -> None:
    assert chapter.value("first", "y.grad_fn._saved_exponent") == 2


def test_the_first_backward_gives_six_x_and_leaves_the_nodes(chapter: Any) -> None:
    assert chapter.value("first", "x.grad") == pytest.approx(gradient(3.0))
    text = chapter.text("first")
    assert "grad_fn=<AddBackward0>" in text
    assert "grad_fn=<PowBackward0>" in text
    assert chapter.value("first", "z.grad_fn.next_functions[0][0].name()") == "MulBackward0"
    assert chapter.value("first", "z.grad_fn.next_functions[0][0].next_functions[0][0] is y.grad_fn") is True


def test_the_saved_tensor_is_what_was_freed(chapter: Any) -> None:
    error = chapter.error("freed")
    assert error.startswith(SECOND_TIME)
    assert "or directly access saved tensors after they have already been freed" in error
    assert chapter.value("freed", "type(y.grad_fn).__name__") == "PowBackward0"
    assert chapter.value("freed", "x") == 3.0


def test_a_tensor_that_only_a_node_held_gives_its_memory_back() -> None:
    kept_alive: list[weakref.ref[torch.Tensor]] = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        copy = tensor.detach().clone()
        kept_alive.append(weakref.ref(copy))
        return copy

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        z = leaf(3.0) ** 2
    assert kept_alive[0]() is not None
    z.backward()
    assert kept_alive[0]() is None
    assert z.grad_fn is not None


def test_a_second_backward_fails_with_the_same_error(chapter: Any) -> None:
    assert chapter.error("second") == chapter.error("freed")


def test_the_error_holds_every_part_that_the_page_explains(chapter: Any) -> None:
    error = chapter.error("second")
    assert "backward through the graph a second time" in error
    assert "or directly access saved tensors" in error
    assert re.search("Saved intermediate values .* are freed", error)
    assert "Specify retain_graph=True" in error


def test_the_first_gradient_survives_the_failed_call(chapter: Any) -> None:
    assert chapter.value("survives", "x.grad") == chapter.value("first", "x.grad")


def test_where_nothing_was_saved_two_calls_run_and_accumulate(chapter: Any) -> None:
    history = chapter.value("twice", "history")
    assert history == pytest.approx([2 * slope(lambda x: x + 2, 3.0), 2 * slope(lambda x: x + x - 1, 3.0)])
    assert (chapter.value("twice", "history[0]"), chapter.value("twice", "history[1]")) == (2.0, 4.0)
    assert chapter.text("twice").count("{}") == 2


def test_no_node_of_the_two_sums_keeps_a_tensor(chapter: Any) -> None:
    assert chapter.value("twice", "list(kept((x + 2).grad_fn))") == []
    assert chapter.value("twice", "list(kept((x + x - 1).grad_fn))") == []
    assert chapter.value("twice", "list(kept((x + x).grad_fn))") == []


def test_try_product(attempt: Any) -> None:
    after = attempt("twice", {"x + 2": "x * 2"})
    assert after.error("twice").startswith(SECOND_TIME)
    assert after.text("twice") == ""


def test_four_calls_keep_add_clear_and_fail(chapter: Any) -> None:
    once = gradient(3.0)
    printed = [float(line.split()[-1]) for line in chapter.text("retain").strip().splitlines()]
    assert printed == pytest.approx([once, 2 * once, once])
    assert chapter.value("retain", "x.grad") == chapter.value("first", "x.grad") == printed[2]
    assert chapter.value("retain", "2 * x.grad.item()") == printed[1] == 36.0
    assert chapter.error("retain").startswith(SECOND_TIME)


def test_new_forward_passes_never_fail_and_accumulate_unless_cleared(chapter: Any) -> None:
    once = gradient(3.0)
    assert chapter.value("recompute", "passes(reset=False)") == pytest.approx([once, 2 * once, 3 * once])
    assert chapter.value("recompute", "passes(reset=True)") == pytest.approx([once] * 3)


def test_plain_sgd_is_the_subtraction_done_by_hand(chapter: Any) -> None:
    assert chapter.value("step", "by_hand") == pytest.approx(1.0 - 0.1 * slope(lambda w: w**2, 1.0))
    assert chapter.value("step", "w.item()") == pytest.approx(chapter.value("step", "by_hand"))


def test_try_half(attempt: Any) -> None:
    after = attempt("step", {"lr = 0.1": "lr = 0.5"})
    assert after.value("step", "w") == after.value("step", "by_hand") == 0.0
    assert after.text("step") == "by hand: 0.0000\nstep():  0.0000\n"


def test_only_plain_sgd_follows_the_rule(chapter: Any) -> None:
    sgd = [0.8, 0.8 - 0.1 * 2 * 0.8]
    assert chapter.value("rules", "sgd") == pytest.approx(sgd, abs=1e-4)
    momentum = chapter.value("rules", "momentum")
    assert momentum == pytest.approx([0.8, 0.8 - 0.1 * (0.9 * 2 + 2 * 0.8)], abs=1e-4)
    assert chapter.value("rules", "momentum[1]") == momentum[1]
    adam = chapter.value("rules", "adam")
    assert adam[0] == pytest.approx(0.9, abs=1e-4)
    assert adam != pytest.approx(sgd, abs=1e-2)


def test_adam_divides_averages_by_hand() -> None:
    w, mean, square = 1.0, 0.0, 0.0
    path = []
    for step in (1, 2):
        mean, square = 0.9 * mean + 0.1 * 2 * w, 0.999 * square + 0.001 * (2 * w) ** 2
        w -= 0.1 * (mean / (1 - 0.9**step)) / ((square / (1 - 0.999**step)) ** 0.5 + 1e-8)
        path.append(w)
    assert path == pytest.approx([0.9, 0.8004], abs=1e-4)


def test_the_first_step_of_adam_is_short_for_a_gradient_as_tiny_as_epsilon() -> None:
    w = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    w.grad = torch.tensor(1e-8, dtype=torch.float64)
    torch.optim.Adam([w], lr=0.1).step()
    assert 1 - w.item() == pytest.approx(0.1 * 1e-8 / (1e-8 + 1e-8))


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_the_first_step_of_adam_has_the_length_of_the_learning_rate(scale: float) -> None:
    w = leaf(1.0)
    (scale * w**2).backward()
    torch.optim.Adam([w], lr=0.1).step()
    assert w.item() == pytest.approx(0.9, abs=1e-5)


def test_the_five_steps_stand_in_the_loop_in_their_order(chapter: Any) -> None:
    source = chapter.path.read_text("utf-8").split("# %% train\n")[1].split("# %% ")[0]
    code = [line.strip() for line in source.splitlines()]
    first = code.index("optimizer.zero_grad()")
    assert [line for line in code[first:] if not line.startswith("#")][:5] == [
        "optimizer.zero_grad()",
        "pred = w * inputs + b  # (4,)",
        "loss = ((pred - targets) ** 2).mean()",
        "loss.backward()",
        "optimizer.step()",
    ]
    for lang in ("vi", "en"):
        numbered = [line for line in code if line.startswith(f"# {lang}: ")]
        assert [line.removeprefix(f"# {lang}: ")[:2] for line in numbered] == ["1.", "2.", "3.", "4.", "5."]


def test_the_loop_fits_the_line(chapter: Any) -> None:
    assert chapter.value("data", "targets.tolist()") == [2 * x + 1 for x in (0.0, 1.0, 2.0, 3.0)]
    found = chapter.value("train", "[w.item(), b.item()]")
    assert found == pytest.approx(fit(0.1, 20, clear=True)[-1], abs=1e-5)
    assert found == pytest.approx([2, 1], abs=0.02)


def test_three_places_of_clearing_give_identical_paths(chapter: Any) -> None:
    start = chapter.value("places", 'train("start")')
    assert start == chapter.value("places", 'train("before backward")')
    assert start == chapter.value("places", 'train("end")')
    assert start == pytest.approx([w for w, _ in fit(0.1, 20, clear=True)], abs=1e-5)
    assert start[-1] == chapter.value("train", "w.item()")


def test_clearing_before_the_step_leaves_the_parameter_where_it_was(chapter: Any) -> None:
    assert chapter.value("places", 'train("before step")') == [0.0] * 20


def test_without_clearing_the_path_is_that_of_the_summed_gradients(chapter: Any) -> None:
    never = chapter.value("places", 'train("never")')
    assert len(never) == 20
    assert never == pytest.approx([w for w, _ in fit(0.1, 20, clear=False)], abs=1e-3)
    assert abs(never[-1] - 2.0) > 1
    assert sum(a != b for a, b in pairwise(w > 2 for w in never)) >= 4
    assert chapter.value("places", 'min(train("never"))') == min(never) < 0
    assert chapter.value("places", 'max(train("never"))') == max(never) > 4


def test_the_cell_of_places_prints_the_end_of_each_path(chapter: Any) -> None:
    rows = [line.rsplit(maxsplit=3) for line in chapter.text("places").strip().splitlines()]
    assert [name.strip() for name, *_ in rows] == ["start", "before backward", "before step", "end", "never"]
    close = [name.strip() for name, *_, w in rows if abs(float(w) - 2) < 0.1]
    assert close == ["start", "before backward", "end"]


def test_a_failed_call_may_have_added_to_some_leaves(chapter: Any) -> None:
    assert chapter.text("partly").startswith("the second call failed\n")
    assert chapter.value("partly", "a.grad") == 2 * 1.0
    assert chapter.value("partly", "x.grad") == pytest.approx(slope(lambda x: 1 + x**2, 3.0))


@pytest.mark.parametrize("formula", [lambda x: x + x**2, lambda x: x**2 + x])
def test_a_leaf_with_any_way_through_the_failing_node_stays_intact(
    formula: Callable[[torch.Tensor], torch.Tensor],
) -> None:
    x = leaf(3.0)
    z = formula(x)
    z.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        z.backward()
    assert x.grad is not None
    assert x.grad.item() == 7.0


def test_a_carried_state_fails_in_its_second_step(chapter: Any) -> None:
    assert chapter.text("carried").strip() == "step 1: w.grad = 3.0"
    assert chapter.error("carried").startswith(SECOND_TIME)
    assert slope(lambda w: (w * 1.0 + 1) ** 2, 0.5) == pytest.approx(3.0)


def test_try_detach(attempt: Any) -> None:
    after = attempt("carried", {"w * state": "w * state.detach()"})
    expected, state = [], 1.0
    for _ in range(3):
        expected.append(slope(lambda w, state=state: (w * state + 1) ** 2, 0.5))
        state = 0.5 * state + 1
    printed = [float(line.split()[-1]) for line in after.text("carried").strip().splitlines()]
    assert printed == pytest.approx(expected)


def nodes(root: Any) -> int:
    """How many nodes a backward pass from here visits."""
    found, waiting = set(), [root]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in found:
            found.add(node)
            waiting += [following for following, _ in node.next_functions]
    return len(found)


@pytest.mark.parametrize("detach", [False, True])
def test_retaining_lets_the_graph_grow_and_detaching_does_not(detach: bool) -> None:
    w, state = leaf(0.5), torch.tensor(1.0)
    counts = []
    for _ in range(4):
        state = w * (state.detach() if detach else state) + 1
        loss = state**2
        loss.backward(retain_graph=not detach)
        counts.append(nodes(loss.grad_fn))
    assert len(set(counts)) == (1 if detach else 4)
    assert counts == sorted(counts)


def test_a_step_between_two_backwards_is_noticed(chapter: Any) -> None:
    error = chapter.error("stepped")
    assert "has been modified by an inplace operation" in error
    assert "is at version 1; expected version 0" in error


def test_the_power_keeps_the_parameter_itself(chapter: Any) -> None:
    assert chapter.value("stepped", "w._version") == 1
    w = leaf(1.0)
    loss = w**2
    assert loss.grad_fn is not None
    assert loss.grad_fn._saved_self.data_ptr() == w.data_ptr()


def test_a_new_forward_pass_gives_the_gradient_of_the_new_parameter() -> None:
    w = leaf(1.0)
    optimizer = torch.optim.SGD([w], lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        before = w.item()
        (w**2).backward()
        optimizer.step()
    assert w.grad is not None
    assert w.grad.item() == pytest.approx(slope(lambda w: w**2, before))
    assert before == pytest.approx(0.8)


def test_only_minus_x_runs_twice(chapter: Any) -> None:
    half, minus, exp = chapter.text("solution-twice").strip().splitlines()
    assert half == "x / 2  fails, kept ['_saved_other']"
    assert minus == "-x     runs twice, kept []"
    assert exp == "exp(x) fails, kept ['_saved_result']"


def test_two_losses_share_the_node_of_the_square(chapter: Any) -> None:
    assert chapter.value("solution-shared", "x.grad") == pytest.approx(slope(lambda x: 3 * x**2 + x**2 + 1, 3.0))
    assert chapter.value("solution-shared", "first.grad_fn.next_functions[0][0] is y.grad_fn") is True
    assert chapter.value("solution-shared", "second.grad_fn.next_functions[0][0] is y.grad_fn") is True
    assert len(chapter.figures("solution-shared")) == 1


def test_two_losses_fail_one_after_the_other() -> None:
    x = leaf(3.0)
    y = x**2
    first, second = 3 * y, y + 1
    first.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        second.backward()


def test_momentum_by_hand_is_the_momentum_of_the_optimizer(chapter: Any) -> None:
    assert chapter.value("solution-momentum", "w") == pytest.approx(chapter.value("rules", "momentum[1]"), abs=1e-4)


def test_losses_of_several_steps_added_need_one_backward_only() -> None:
    def total(w: float) -> float:
        one = w * 1.0 + 1
        return one**2 + (w * one + 1) ** 2

    w = leaf(0.5)
    one = w * 1.0 + 1
    (one**2 + (w * one + 1) ** 2).backward()
    assert w.grad is not None
    assert w.grad.item() == pytest.approx(slope(total, 0.5), rel=1e-5)
