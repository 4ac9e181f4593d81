"""The facts that the chapter basics/autograd states, checked against what its cells produced."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch


def f(x: float) -> float:
    """The chapter's function, in plain Python numbers."""
    return 3 * x**2 + 2


def slope(function: Callable[[float], float], x: float, h: float = 1e-5) -> float:
    """The central difference: an oracle that knows nothing of autograd."""
    return (function(x + h) - function(x - h)) / (2 * h)


def labels(svg: str) -> list[str]:
    """The node names that a figure shows: matplotlib notes each text it draws in a comment."""
    return sorted(re.findall(r"<!-- (\w+) -->", svg))


def test_a_new_leaf_has_no_gradient_yet(chapter: Any) -> None:
    assert chapter.value("leaf", "x.is_leaf") is True
    assert chapter.value("leaf", "x.grad") is None


def test_an_integer_cannot_require_a_gradient() -> None:
    with pytest.raises(RuntimeError, match="floating point and complex"):
        torch.tensor(3, requires_grad=True)


def test_the_forward_pass_gives_values_and_remembers_its_operations(chapter: Any) -> None:
    assert chapter.value("forward", "y") == 3.0 * 3.0
    assert chapter.value("forward", "z") == f(3.0)
    text = chapter.text("forward")
    assert "grad_fn=<PowBackward0>" in text
    assert "grad_fn=<AddBackward0>" in text


def test_the_gradient_is_six_x_by_autograd_by_hand_and_by_difference(chapter: Any) -> None:
    at_three, at_two = chapter.value("backward", "x.grad"), chapter.value("at-two", "x.grad")
    assert (at_three, at_two) == (18.0, 12.0)
    assert at_three == pytest.approx(slope(f, 3.0))
    assert at_two == pytest.approx(slope(f, 2.0))
    assert chapter.value("at-two", "6 * x.item()") == at_two


def test_the_gradient_is_negative_left_of_the_lowest_point() -> None:
    x = torch.tensor(-1.0, requires_grad=True)
    (3 * x**2 + 2).backward()
    assert x.grad is not None
    assert x.grad.item() < 0


def test_the_gradient_in_the_middle_is_dz_dy_and_the_factors_multiply(chapter: Any) -> None:
    dz_dy, dy_dx = chapter.value("middle", "y.grad"), chapter.value("middle", "2 * x.item()")
    assert dz_dy == pytest.approx(slope(lambda y: 3 * y + 2, 9.0))
    assert dy_dx == pytest.approx(slope(lambda x: x**2, 3.0))
    assert chapter.value("middle", "x.grad") == dz_dy * dy_dx


def test_without_retain_grad_the_middle_has_no_gradient_but_a_warning() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    y = x**2
    (3 * y + 2).backward()
    with pytest.warns(UserWarning, match="not a leaf Tensor"):
        assert y.grad is None


def test_the_graph_has_a_node_for_each_operation_and_one_for_the_leaf(chapter: Any) -> None:
    names = ["AddBackward0", "MulBackward0", "PowBackward0", "AccumulateGrad"]
    assert chapter.value("walk", "len(walk(z.grad_fn))") == len(names)
    assert chapter.text("walk").split() == [part for i, name in enumerate(names) for part in (str(i), name)]


def test_a_constant_leaves_none_among_the_next_functions(chapter: Any) -> None:
    assert chapter.value("walk", "[n is None for n, _ in z.grad_fn.next_functions]") == [False, True]


def test_the_figure_shows_the_nodes_that_the_walk_found(chapter: Any) -> None:
    (svg,) = chapter.figures("graph")
    assert labels(svg) == sorted(re.findall(r"[A-Z]\w+", chapter.text("walk")))


def test_backward_refuses_a_vector(chapter: Any) -> None:
    assert chapter.value("vector", "z") == [f(1.0), f(2.0), f(3.0)]
    assert chapter.error("vector") == "RuntimeError: grad can be implicitly created only for scalar outputs"


def test_the_sum_gives_every_entry_its_own_derivative(chapter: Any) -> None:
    assert chapter.value("vector-sum", "x.grad") == pytest.approx([slope(f, x) for x in (1.0, 2.0, 3.0)])


def test_weights_scale_the_derivative_of_each_entry(chapter: Any) -> None:
    expected = [weight * slope(f, x) for weight, x in ((1.0, 1.0), (0.0, 2.0), (0.5, 3.0))]
    assert chapter.value("vector-weights", "x.grad") == pytest.approx(expected)
    assert chapter.value("vector-weights", "x.grad")[2] == chapter.value("vector-sum", "x.grad[2]") / 2


def test_weights_of_one_equal_the_sum(chapter: Any) -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (3 * x**2 + 2).backward(gradient=torch.ones(3))
    assert x.grad is not None
    assert x.grad.tolist() == chapter.value("vector-sum", "x.grad")


def test_gradients_accumulate_and_the_third_looks_like_another_derivative(chapter: Any) -> None:
    history = chapter.value("accumulate", "history")
    assert history == [6.0, 12.0, 18.0]
    assert history == pytest.approx([n * slope(f, 1.0) for n in (1, 2, 3)])
    assert chapter.value("accumulate", "history[2]") == chapter.value("backward", "x.grad")


def test_a_second_backward_on_the_same_graph_fails() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    z = 3 * x**2 + 2
    z.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        z.backward()


def test_zero_grad_sets_none_and_a_zero_only_on_request(chapter: Any) -> None:
    after, fresh, zero = (line.split(":")[1].strip() for line in chapter.text("zero-grad").strip().splitlines())
    assert after == "None"
    assert float(fresh) == chapter.value("accumulate", "history[0]")
    assert float(zero) == 0.0
    assert chapter.value("zero-grad", "x.grad") == 0.0


def test_no_grad_keeps_the_value_and_drops_the_history(chapter: Any) -> None:
    assert chapter.value("no-grad", "y") == chapter.value("forward", "y")
    assert chapter.value("no-grad", "y.requires_grad") is False
    assert "grad_fn" not in chapter.text("no-grad")


def test_a_detached_factor_counts_as_a_constant(chapter: Any) -> None:
    assert chapter.value("detach", "z") == 3.0**3
    assert chapter.value("detach", "x.grad") == pytest.approx(slope(lambda x: x * 9.0, 3.0))
    assert chapter.value("detach", "3 * x.item() ** 2") == pytest.approx(slope(lambda x: x**3, 3.0))
    assert chapter.value("detach", "frozen.data_ptr() == y.data_ptr()") is True


def test_data_and_parameters_get_each_other_as_gradients(chapter: Any) -> None:
    assert chapter.value("inputs", "w.grad") == chapter.value("inputs", "X")
    assert chapter.value("inputs", "X.grad") == chapter.value("inputs", "w")
    assert chapter.value("inputs", "X.grad[0]") > 0 > chapter.value("inputs", "X.grad[1]")


def test_data_that_requires_no_gradient_gets_none_and_changes_nothing_else(chapter: Any) -> None:
    w = torch.tensor(chapter.value("inputs", "w"), requires_grad=True)
    data = torch.tensor(chapter.value("inputs", "X"))
    (w * data).sum().backward()
    assert data.grad is None
    assert w.grad is not None
    assert w.grad.tolist() == chapter.value("inputs", "w.grad")


def test_a_difference_agrees_in_float64_and_fails_in_float32(chapter: Any) -> None:
    single, double = chapter.value("difference", "slopes")
    gradient = chapter.value("backward", "x.grad")
    assert double == pytest.approx(slope(f, 3.0), abs=1e-9)
    assert f"{double:.6f}" == f"{gradient:.6f}"
    assert 0.01 < abs(single - gradient) < 1
    assert chapter.value("difference", "abs(slopes[0] - slopes[1])") == abs(single - double)


def test_a_step_too_small_spoils_float64_as_well() -> None:
    assert abs(slope(f, 3.0, h=1e-12) - 18) > 1000 * abs(slope(f, 3.0) - 18)


def test_only_a_leaf_that_requires_a_gradient_answers_yes_twice(chapter: Any) -> None:
    answers = {
        "x": chapter.value("report", "[x.is_leaf, x.requires_grad]"),
        "data": chapter.value("report", "[data.is_leaf, data.requires_grad]"),
        "y": [chapter.value("report", "y.is_leaf"), chapter.value("report", "y.requires_grad")],
        "cut": chapter.value("report", "[cut.is_leaf, cut.requires_grad]"),
    }
    assert answers == {"x": [True, True], "data": [True, False], "y": [False, True], "cut": [True, False]}


def test_a_number_taken_out_half_way_cuts_the_graph(chapter: Any) -> None:
    expected = "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn"
    assert chapter.error("cut") == expected
    assert chapter.value("cut", "z") == f(3.0)


def test_requires_grad_on_the_result_silences_the_error_without_a_gradient(chapter: Any) -> None:
    assert chapter.value("silent", "z") == f(3.0)
    assert chapter.value("silent", "x.grad") is None
    assert chapter.value("silent", "z.is_leaf") is True


def test_tensors_all_the_way_bring_the_gradient_back(chapter: Any) -> None:
    assert chapter.value("kept", "z") == f(3.0)
    assert chapter.value("kept", "x.grad") == pytest.approx(slope(f, 3.0))


def test_data_cuts_the_graph_silently() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    (x.data**2 * x).backward()
    assert x.grad is not None
    assert x.grad.item() == 9.0


def test_a_leaf_cannot_be_changed_in_place_while_tracked(chapter: Any) -> None:
    expected = "RuntimeError: a leaf Variable that requires grad is being used in an in-place operation."
    assert chapter.error("in-place") == expected
    assert chapter.value("in-place", "x") == 3.0


def test_the_update_under_no_grad_moves_the_leaf_and_keeps_it_one(chapter: Any) -> None:
    assert chapter.value("update", "x.item()") == pytest.approx(3.0 - 0.01 * 18.0)
    assert chapter.value("update", "x.requires_grad") is True
    assert chapter.value("update", "x.is_leaf") is True


def test_plain_sgd_subtracts_the_same_and_adam_does_not() -> None:
    moved = {}
    for optimizer in (torch.optim.SGD, torch.optim.Adam):
        x = torch.tensor(3.0, requires_grad=True)
        (3 * x**2 + 2).backward()
        optimizer([x], lr=0.01).step()
        moved[optimizer.__name__] = x.item()
    assert moved["SGD"] == pytest.approx(3.0 - 0.01 * 18.0)
    assert moved["Adam"] != pytest.approx(moved["SGD"])


def test_an_update_outside_no_grad_makes_a_tensor_that_is_no_leaf() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    (3 * x**2 + 2).backward()
    assert not (x - 0.01 * x.grad).is_leaf


def test_the_cubic_has_the_derivative_found_by_hand(chapter: Any) -> None:
    assert chapter.value("solution-cubic", "x.grad") == pytest.approx(slope(lambda x: x**3 - 4 * x, 2.0))
    assert chapter.value("solution-cubic", "3 * x.item() ** 2 - 4") == chapter.value("solution-cubic", "x.grad")


def test_both_ways_to_a_leaf_add_up(chapter: Any) -> None:
    assert chapter.value("solution-paths", "a.grad") == pytest.approx(slope(lambda a: a**2 + a * 5.0, 2.0))
    assert chapter.value("solution-paths", "b.grad") == pytest.approx(slope(lambda b: 2.0**2 + 2.0 * b, 5.0))


def test_the_graph_of_two_ways_has_one_node_for_each_leaf(chapter: Any) -> None:
    (svg,) = chapter.figures("solution-paths")
    assert labels(svg) == ["AccumulateGrad", "AccumulateGrad", "AddBackward0", "MulBackward0", "PowBackward0"]


def test_the_left_node_of_the_two_leaves_belongs_to_a(chapter: Any) -> None:
    leaves = chapter.value("solution-paths", "[n.variable is a for n in walk(u.grad_fn) if hasattr(n, 'variable')]")
    assert leaves == [True, False]


def test_five_steps_leave_four_tenths_each_time(chapter: Any) -> None:
    assert chapter.value("solution-descent", "x.item()") == pytest.approx(3.0 * math.pow(0.4, 5), rel=1e-5)
    printed = [float(number) for number in re.findall(r"x = (\S+)", chapter.text("solution-descent"))]
    assert printed == pytest.approx([3.0 * 0.4**n for n in range(1, 6)], abs=1e-4)


def test_without_clearing_the_gradient_x_shoots_past_the_bottom() -> None:
    x, kept = 3.0, 0.0
    path = []
    for _ in range(5):
        kept += 6 * x
        x -= 0.1 * kept
        path.append(x)
    assert min(path) < -3


def test_clearing_first_makes_all_three_gradients_equal(chapter: Any) -> None:
    x = torch.tensor(1.0, requires_grad=True)
    seen = []
    for _ in range(3):
        x.grad = None
        (3 * x**2 + 2).backward()
        assert x.grad is not None
        seen.append(x.grad.item())
    assert seen == [chapter.value("accumulate", "history[0]")] * 3
