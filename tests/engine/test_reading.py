"""Values that are read without any effect: which expressions are worked out at once, which are left to a copy."""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from snippets._engine.child.reading import UnprovenError, read

pytestmark = pytest.mark.unit


class Counter:
    """Gives another number each time it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    @property
    def number(self) -> int:
        self.asked += 1
        return self.asked

    def __len__(self) -> int:
        return self.number

    def __add__(self, other: int) -> int:
        return self.number + other


def names() -> dict[str, Any]:
    """What a chapter could have bound."""
    return {
        "items": [3, 1, 2],
        "table": {"a": [1.5, 2.5]},
        "grown": defaultdict(list),
        "text": "đạo hàm",
        "array": np.array([1.0, 4.0]),
        "objects": [object()],
        "it": iter([1, 2]),
        "counter": Counter(),
        "own": lambda: 3,
    }


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("items[0] + 2 ** 3", 11),
        ("sorted(items, reverse=True)[:2]", [3, 2]),
        ("max(items) - min(items)", 2),
        ("2 in items and 5 not in items", True),
        ("table['a'][-1] / 2", 1.25),
        ("len(table.get('b', ''))", 0),
        ("text.split()[1].upper()", "HÀM"),
        ("-array.mean()", -2.5),
        ("str(tuple(array.shape))", "(2,)"),
        ("(1, [2]) if items else 0", (1, [2])),
        ("counter.asked", 0),
        ("len(objects)", 1),
        ("round(1 / 3, 2)", 0.33),
    ],
)
def test_what_only_reads_is_worked_out_at_once(expression: str, expected: Any) -> None:
    assert read(expression, names()) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "items.pop()",
        "items.append(4)",
        "items.sort()",
        "next(it)",
        "sum(it)",
        "1 in it",
        "[*it]",
        "len(counter)",
        "counter.number",
        "counter + 1",
        "sum(objects)",
        "grown['new']",
        "table.setdefault('b', 1)",
        "sorted(items, key=own)",
        "own()",
        "print(1)",
        "open('f.txt', 'w')",
        "setattr(counter, 'asked', 9)",
        "(items := [])",
        "[n for n in it]",
        "f'{counter}'",
        "array.fill(0)",
        "array.sort()",
        "'{}'.format(counter)",
    ],
)
def test_what_may_change_something_is_not_evaluated(expression: str) -> None:
    namespace = names()
    with pytest.raises(UnprovenError):
        read(expression, namespace)
    assert namespace["items"] == [3, 1, 2]
    assert namespace["counter"].asked == 0
    assert list(namespace["it"]) == [1, 2]
    assert not namespace["grown"]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("nothing", "name 'nothing' is not defined"),
        ("items[7]", "list index out of range"),
        ("1 / 0", "division by zero"),
    ],
)
def test_an_error_is_that_of_python(expression: str, message: str) -> None:
    with pytest.raises((NameError, IndexError, ZeroDivisionError), match=message):
        read(expression, names())


@pytest.fixture(scope="module")
def of_torch() -> dict[str, Any]:
    """Names of a chapter that uses torch."""
    torch = pytest.importorskip("torch")
    nn, x = torch.nn, torch.ones(2, 2, requires_grad=True)
    hooked, own = nn.Linear(2, 2), nn.Linear(2, 2)
    hooked.register_forward_hook(lambda *_: None)
    own.forward = lambda x: x
    return {
        "torch": torch,
        "nn": nn,
        "x": x,
        "inner": x * 2,
        "wide": torch.ones(2, 1),
        "own": own,
        "hooked": hooked,
        "norm": nn.BatchNorm1d(2),
        "model": nn.Sequential(nn.Linear(2, 3), nn.ReLU()),
        "loss": nn.MSELoss(),
        "loader": torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(4, 1))),
    }


@pytest.mark.parametrize(
    "expression",
    [
        *("x.add_(1)", "x.zero_()", "x.register_hook(print)", "torch.manual_seed(1)", "inner.grad", "torch.tensor(x)"),
        *("norm(x)", "norm.train()", "hooked(x)", "own(x)", "nn.Linear(2, 2)", "nn.Dropout()(x)", "next(iter(loader))"),
        *("loss(x, wide)", "model.append(norm)", "sum(p.add_(1).numel() for p in model.parameters())"),
    ],
)
def test_of_torch_what_may_change_something_is_left(expression: str, of_torch: dict[str, Any]) -> None:
    with pytest.raises(UnprovenError):
        read(expression, of_torch)
    assert of_torch["norm"].num_batches_tracked.item() == 0


@pytest.mark.parametrize(
    "expression",
    [
        *("x.mean().item()", "model[0].weight.std().item()", "(x @ x).sum().item()", "x.max(dim=1).values.tolist()"),
        *("x.grad", "model(x).sum().item()", "len(loader)", "len(loader.dataset)", "loss(x, x + 1).item()"),
        *("sum(p.numel() for p in model.parameters())", "nn.CrossEntropyLoss()(x, torch.tensor([0, 1])).item()"),
    ],
)
def test_of_torch_what_only_reads_is_what_python_gives(expression: str, of_torch: dict[str, Any]) -> None:
    assert read(expression, of_torch) == eval(expression, of_torch)
