"""The facts that the chapter basics/autograd states, checked against what its cells produced."""

import math
import re
from collections.abc import Callable
from fractions import Fraction
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


def test_the_picture_shows_both_passes_with_the_derivatives_of_its_steps(chapter: Any) -> None:
    (svg,) = chapter.figures("passes")
    back = slope(lambda y: 3 * y + 2, 9.0), slope(lambda x: x**2, 3.0)
    expected = {"x = 3", "y = 9", "z = 29", "x²", "3y + 2", "3", "2x = 6", "3 · 6 = 18"}
    assert set(re.findall(r"<!-- (.+?) -->", svg)) == expected
    assert back == pytest.approx((3, 6))
    assert chapter.value("passes", "3 * 2 * x") == pytest.approx(slope(f, 3.0)) == pytest.approx(18)


def test_a_small_step_of_x_moves_y_and_z_in_these_proportions() -> None:
    x, h = 3.0, 1e-6
    moved = (x + h) ** 2 - x**2
    assert moved == pytest.approx(2 * x * h, rel=1e-5)
    assert f(x + h) - f(x) == pytest.approx(3 * moved, rel=1e-5)
    for at in (3.0, 0.0, -1.0):
        assert ((at + h) ** 2 - at**2 - 2 * at * h) / h == pytest.approx(0, abs=1e-5)


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


def test_try_minus_one(attempt: Any) -> None:
    after = attempt("at-two", {"2.0": "-1.0"})
    assert re.findall(r"(-?[\d.]+)$", after.text("at-two"), re.M) == ["-6.0", "-6.0"]
    assert slope(f, -1.0) == pytest.approx(-6)


def test_autograd_and_the_formula_may_differ_from_the_eighth_digit_on() -> None:
    x = torch.tensor(0.1, requires_grad=True)
    y = x**2
    (3 * y + 2).backward()
    assert x.grad is not None
    assert x.grad.item() != 6 * x.item()
    assert f"{x.grad.item():.7f}" == f"{6 * x.item():.7f}"


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
    assert chapter.value("walk", "len(depths)") == len(names)
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


def test_coefficients_scale_the_derivative_of_each_element(chapter: Any) -> None:
    for coefficients in ([1.0, 0.0, 0.5], [1.0, 1.0, 1.0]):
        x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        (3 * x**2 + 2).backward(gradient=torch.tensor(coefficients))
        assert x.grad is not None
        assert x.grad.tolist() == pytest.approx([v * 6 * at for v, at in zip(coefficients, (1, 2, 3), strict=True)])
    assert x.grad.tolist() == chapter.value("vector-sum", "x.grad")


def test_a_pass_with_coefficients_after_another_pass_needs_the_output_anew() -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    z = 3 * x**2 + 2
    z.sum().backward()
    with pytest.raises(RuntimeError, match="a second time"):
        z.backward(gradient=torch.ones(3))


def test_gradients_accumulate_and_the_third_looks_like_another_derivative(chapter: Any) -> None:
    history = chapter.value("accumulate", "history")
    assert history == [6.0, 12.0, 18.0]
    assert history == pytest.approx([n * slope(f, 1.0) for n in (1, 2, 3)])
    assert chapter.value("accumulate", "history[2]") == chapter.value("backward", "x.grad")


def test_try_clear(attempt: Any) -> None:
    after = attempt("accumulate", {"    z = 3": "    x.grad = None\n    z = 3"})
    assert after.text("accumulate") == "x.grad: [6.0, 6.0, 6.0]\n"
    assert slope(f, 1.0) == pytest.approx(6)


def test_uses_are_added_within_a_pass_and_only_calls_of_backward_accumulate(chapter: Any) -> None:
    parts = slope(lambda x: x**2, 2.0), slope(lambda x: 5 * x, 2.0)
    assert parts == pytest.approx((4, 5))
    assert chapter.value("uses", "results") == pytest.approx([sum(parts)] * 3)
    assert chapter.value("uses", "x.grad") is None


def test_the_leaf_receives_one_gradient_a_pass_however_often_it_is_used() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    arrived: list[float] = []
    x.register_hook(lambda gradient: arrived.append(gradient.item()))
    for _ in range(2):
        (x**2 + 5 * x).backward()
    assert arrived == [9.0, 9.0]
    assert x.grad is not None
    assert x.grad.item() == sum(arrived)


def test_parts_of_a_batch_add_up_to_the_gradient_of_the_whole() -> None:
    w = torch.tensor(2.0, requires_grad=True)
    data = torch.tensor([1.0, 4.0, 2.0, 3.0])
    for part in data.split(2):
        ((w * part) ** 2).sum().backward()
    assert w.grad is not None
    assert w.grad.item() == pytest.approx(slope(lambda w: sum((w * x) ** 2 for x in (1, 4, 2, 3)), 2.0))


def test_zero_grad_sets_none_and_a_zero_only_on_request(chapter: Any) -> None:
    assert chapter.text("zero-grad").splitlines() == ["after backward:  tensor(6.)", "after zero_grad: None"]
    for to_none in (True, False):
        x = torch.tensor(1.0, requires_grad=True)
        optimizer = torch.optim.SGD([x], lr=0.1)
        seen = []
        for _ in range(2):
            optimizer.zero_grad(set_to_none=to_none)
            seen.append(x.grad)
            (3 * x**2 + 2).backward()
            assert x.grad is not None
            assert x.grad.item() == 6.0
        optimizer.zero_grad(set_to_none=to_none)
        assert x.grad is None if to_none else x.grad.item() == 0.0


def test_momentum_moves_a_parameter_whose_gradient_is_zero_but_not_one_without() -> None:
    moved = {}
    for to_none in (True, False):
        x = torch.tensor(1.0, requires_grad=True)
        optimizer = torch.optim.SGD([x], lr=0.1, momentum=0.9)
        (3 * x**2 + 2).backward()
        optimizer.step()
        before = x.item()
        optimizer.zero_grad(set_to_none=to_none)
        optimizer.step()
        moved[to_none] = x.item() - before
    assert moved[True] == 0
    assert moved[False] == pytest.approx(-0.1 * 0.9 * 6)


def test_no_grad_keeps_the_value_and_drops_the_history(chapter: Any) -> None:
    assert chapter.value("no-grad", "y") == chapter.value("forward", "y")
    assert chapter.value("no-grad", "y.requires_grad") is False
    assert "grad_fn" not in chapter.text("no-grad")


def test_a_detached_factor_counts_as_a_constant(chapter: Any) -> None:
    assert chapter.value("detach", "z") == 2.0**3
    assert chapter.value("detach", "x.grad") == pytest.approx(slope(lambda x: x * 4.0, 2.0))
    assert chapter.value("detach", "3 * x.item() ** 2") == pytest.approx(slope(lambda x: x**3, 2.0))
    assert chapter.value("detach", "frozen.data_ptr() == y.data_ptr()") is True


def test_try_attached(attempt: Any) -> None:
    after = attempt("detach", {"y.detach()": "y"})
    assert float(after.text("detach").split()[-1]) == pytest.approx(slope(lambda x: x**3, 2.0))


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


def test_the_formulas_of_both_differences_hold_exactly() -> None:
    for x, h in ((Fraction(3), Fraction(1)), (Fraction(-2, 7), Fraction(1, 1000))):
        ahead, here, behind = (3 * at**2 + 2 for at in (x + h, x, x - h))
        assert (ahead - here) / h == 6 * x + 3 * h
        assert (ahead - behind) / (2 * h) == 6 * x


def test_the_green_chord_is_parallel_to_the_tangent_and_the_orange_one_is_steeper() -> None:
    assert (f(0), f(1), f(2)) == (2, 5, 14)
    assert (f(2) - f(0)) / 2 == pytest.approx(slope(f, 1.0)) == 6
    assert f(2) - f(1) > 6


def test_two_sides_agree_in_float64_one_is_off_by_three_h_and_float32_loses_both(chapter: Any) -> None:
    (one, two), singles = chapter.value("difference", "slopes")
    gradient = chapter.value("backward", "x.grad")
    assert two == pytest.approx(slope(f, 3.0), abs=1e-9)
    assert f"{two:.6f}" == f"{gradient:.6f}"
    assert chapter.value("difference", "slopes[0][0] - 18") == one - 18
    assert one - 18 == pytest.approx(3e-5, rel=1e-3)
    assert f"{singles[0]:.2f}" == f"{singles[1]:.2f}"
    assert 0.01 < abs(singles[1] - gradient) < 1
    assert chapter.value("difference", "abs(slopes[1][1] - 18)") == abs(singles[1] - 18)


def test_gradcheck_passes_the_function_and_finds_the_detached_factor(chapter: Any) -> None:
    assert chapter.text("gradcheck").splitlines() == ["f: True", "cube: False"]
    x = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: x**3, (x,))
    assert torch.autograd.grad(x * (x**2).detach(), x)[0].item() != pytest.approx(slope(lambda x: x**3, 3.0))


def test_two_sided_differences_of_the_first_model_need_two_passes_a_parameter() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(1, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1))
    parameters = sum(p.numel() for p in model.parameters())
    assert (parameters, 2 * parameters) == (97, 194)
    assert 0.9 * 100_000 < 1000 * parameters < 100_000


def test_gradcheck_warns_of_float32() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    with pytest.warns(UserWarning, match="double precision"):
        torch.autograd.gradcheck(lambda x: 3 * x**2 + 2, (x,), raise_exception=False)


def test_a_tenth_of_h_is_a_hundredth_of_the_error_on_two_sides_and_a_tenth_on_one() -> None:
    one, two = [], []
    for h in (1e-1, 1e-2):
        one.append(math.exp(1) - (math.exp(1 + h) - math.exp(1)) / h)
        two.append(math.exp(1) - slope(math.exp, 1.0, h))
        assert -one[-1] == pytest.approx(math.exp(1) / 2 * h, rel=0.05)
        assert -two[-1] == pytest.approx(math.exp(1) / 6 * h**2, rel=0.05)
    assert one[0] / one[1] == pytest.approx(10, rel=0.05)
    assert two[0] / two[1] == pytest.approx(100, rel=0.05)


def test_try_tiny(attempt: Any) -> None:
    after = attempt("difference", {"1e-5": "1e-12"})
    printed = re.search(r"float64\n.*\n- two-sided: (\S+)", after.text("difference"))
    assert printed is not None
    assert 5e-4 < abs(float(printed[1]) - 18) < 5e-3


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


def test_changes_in_place_through_data_give_a_wrong_gradient_and_through_detach_an_error() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    y = x.exp()
    y.data.zero_()
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == 0.0 != pytest.approx(slope(math.exp, 3.0))
    y = x.exp()
    y.detach().zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_a_leaf_cannot_be_changed_in_place_while_tracked(chapter: Any) -> None:
    expected = "RuntimeError: a leaf Variable that requires grad is being used in an in-place operation."
    assert chapter.error("in-place") == expected
    assert chapter.value("in-place", "x") == 3.0


def test_the_update_under_no_grad_moves_the_leaf_and_keeps_it_one(chapter: Any) -> None:
    assert chapter.value("update", "x.item()") == pytest.approx(3.0 - 0.01 * 18.0)
    assert chapter.value("update", "x.requires_grad") is True
    assert chapter.value("update", "x.is_leaf") is True


def test_plain_sgd_subtracts_the_same(chapter: Any) -> None:
    x = torch.tensor(3.0, requires_grad=True)
    (3 * x**2 + 2).backward()
    torch.optim.SGD([x], lr=0.01).step()
    assert x.item() == pytest.approx(chapter.value("update", "x.item()"))


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
    leaves = chapter.value(
        "solution-paths",
        "[n.variable is a for n in (lambda d: walk(u.grad_fn, 0, d) or d)({}) if hasattr(n, 'variable')]",
    )
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
