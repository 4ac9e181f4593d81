"""The facts that start/first states, checked against what its cells produced."""

import math
import re
import statistics
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import nn


def points(chapter: Any) -> tuple[list[float], list[float]]:
    """The sixty points."""
    return chapter.value("data", "X.squeeze(1)"), chapter.value("data", "y.squeeze(1)")


def turns(ys: list[float]) -> int:
    """How often a curve changes from rising to falling or back."""
    rises = [later > earlier for earlier, later in pairwise(ys)]
    return sum(before != after for before, after in pairwise(rises))


def test_sixty_points_lie_around_a_sine_of_two_peaks_and_two_troughs(chapter: Any) -> None:
    xs, ys = points(chapter)
    assert len(xs) == 60
    noise = [y - math.sin(2 * x) for x, y in zip(xs, ys, strict=True)]
    assert statistics.pstdev(noise) == pytest.approx(0.2, abs=0.05)
    assert turns([math.sin(2 * x) for x in xs]) == 4


def test_the_shown_training_has_twelve_lines_and_five_numbered_steps(chapter: Any) -> None:
    source = chapter.path.read_text("utf-8").split("# %% train\n")[1].split("# %% ")[0]
    code = [line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(code) == 12
    for lang in ("vi", "en"):
        assert re.findall(rf"# {lang}: (\d)\.", source) == ["1", "2", "3", "4", "5"]


def test_the_curve_follows_the_points_and_turns_as_often_as_the_sine(chapter: Any) -> None:
    xs, _ = points(chapter)
    curve = chapter.value("train", "y_hat.squeeze(1)")
    assert turns(curve) == 4
    assert max(abs(c - math.sin(2 * x)) for c, x in zip(curve, xs, strict=True)) < 0.25
    assert chapter.value("train", "loss.item()") < 0.2**2


def test_the_model_has_some_dozens_of_parameters() -> None:
    model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
    assert sum(p.numel() for p in model.parameters()) == 97


def test_the_middle_is_found_before_the_ends(chapter: Any) -> None:
    texts = re.findall(r"loss: (\S+)", chapter.text("watch"))
    assert len(texts) == len(chapter.figures("watch")) == 8
    assert all(float(later) < float(earlier) for earlier, later in pairwise(texts))
    xs, ys = points(chapter)
    x, y = torch.tensor(xs).unsqueeze(1), torch.tensor(ys).unsqueeze(1)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    gaps = {}
    for epoch in range(1001):
        optimizer.zero_grad()
        curve = model(x)
        nn.MSELoss()(curve, y).backward()
        optimizer.step()
        gaps[epoch] = [abs(c - math.sin(2 * value)) for c, value in zip(curve.squeeze(1).tolist(), xs, strict=True)]
    assert statistics.fmean(gaps[60][22:38]) < 0.4 * statistics.fmean(gaps[60][:15] + gaps[60][45:])
    assert max(gaps[1000]) < 0.25


def test_without_the_bend_only_a_line_is_learned(chapter: Any) -> None:
    xs, ys = points(chapter)
    line = statistics.linear_regression(xs, ys)
    errors = [line.slope * x + line.intercept - y for x, y in zip(xs, ys, strict=True)]
    curve = chapter.value("straight", "y_hat.squeeze(1)")
    expected = [line.slope * x + line.intercept for x in xs]
    assert curve == pytest.approx(expected, abs=0.02)
    assert line.slope < 0
    assert chapter.value("straight", "loss.item()") == pytest.approx(statistics.fmean(e * e for e in errors), abs=1e-3)


def test_two_linear_layers_in_a_row_are_one() -> None:
    torch.manual_seed(0)
    first, second, x = nn.Linear(1, 32), nn.Linear(32, 1), torch.randn(5, 1)
    weight, bias = second.weight @ first.weight, second.weight @ first.bias + second.bias
    assert torch.allclose(second(first(x)), x @ weight.T + bias, atol=1e-6)


def test_the_sharp_corner_is_rounded_and_the_branches_fit(chapter: Any) -> None:
    xs, _ = points(chapter)
    curve = chapter.value("solution-corner", "y_hat.squeeze(1)")
    gaps = [c - abs(x) for c, x in zip(curve, xs, strict=True)]
    middle = min(range(60), key=lambda i: abs(xs[i]))
    assert max(map(abs, gaps)) == max(abs(gap) for gap in gaps[middle - 1 : middle + 3])
    assert gaps[middle] > 0
    assert chapter.value("solution-corner", "loss.item()") < chapter.value("train", "loss.item()") / 20


def test_try_one_unit(attempt: Any) -> None:
    after = attempt("train", {"nn.Linear(1, 32)": "nn.Linear(1, 1)", "nn.Linear(32, 1)": "nn.Linear(1, 1)"})
    curve = after.value("train", "y_hat.squeeze(1)")
    assert turns(curve) == 0
    assert after.value("train", "loss.item()") > 0.3
