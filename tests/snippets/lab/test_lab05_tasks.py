"""The tasks of the lab: right answers pass, wrong ones get the key that the page explains, and never a traceback."""

import ast
import copy
import importlib.util
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library
from snippets._site.build import files as published

ROOT = Path(__file__).resolve().parents[3]
TREE = Tree(ROOT)
START = ROOT / "snippets/exercises/lab05_start.py"
CHECK = ROOT / "snippets/exercises/lab05_check.py"
MEAN = "def mean_vectors(embedding, ids, pad):\n    m = (ids != pad).float().unsqueeze(2)\n"
HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
TASKS = ("by_columns", "slope", "passes", "mean_vectors", "HiddenModel", "train_batches")


def definitions(text: str) -> dict[str, str]:
    """The top-level functions and classes of a file, as text."""
    found = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return {node.name: ast.get_source_segment(text, node) or "" for node in found}


def solutions() -> dict[str, str]:
    """What the chapter's last cells define under the names of the tasks."""
    cells = Library(TREE).chapter("lab/lab05").cells
    return definitions("\n".join(cell.code for cell in cells if cell.name.startswith("solution-")))


def hidden(inside: str = "", forward: str = "", super_: str = "super().__init__()") -> str:
    """A HiddenModel with something changed."""
    inside = inside or "self.b = nn.Linear(dim, hidden); self.c = nn.Linear(hidden, num_classes)"
    forward = forward or "self.c(self.b(self.a(ids).mean(dim=1)).relu())"
    return f"""
class HiddenModel(nn.Module):
    def __init__(self, num_ids, dim, hidden, num_classes):
        {super_}
        self.a = nn.Embedding(num_ids, dim)
        {inside}
    def forward(self, ids):
        return {forward}
"""


def training(
    *,
    clear: str = "optimizer.zero_grad()",
    step: str = "optimizer.step()",
    count: str = "len(ids)",
    size: str = "batch_size",
    total: str = "loss.item() * len(y)",
    mean: str = "total / len(ids)",
    order: str = "ids",
    every: str = "",
) -> str:
    """A train_batches with something changed."""
    return f"""
def train_batches(model, ids, labels, num_epochs, batch_size, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for k in range(0, {count}, {size}):
            X, y = {order}[k : k + {size}], labels[k : k + {size}]
            loss = nn.CrossEntropyLoss()(model(X), y)
            {clear}
            loss.backward()
            {step}
            total += {total}
            {every}
        losses.append({mean})
    return losses
"""


WRONG = [
    # task, key, answer
    (1, "shape", "def by_columns(t): return t.T.clone()"),
    (1, "shape", "def by_columns(t): return t.reshape(1, -1).clone()"),
    (1, "order", "def by_columns(t): return t.reshape(-1).clone()"),
    (1, "order", "def by_columns(t): return t.flatten().sort().values"),
    (1, "shared", "def by_columns(t): return t.T.reshape(-1)"),
    (1, "shared", "def by_columns(t): return t.T.flatten()"),
    (1, "changed", "def by_columns(t): return t.t_().reshape(-1).clone()"),
    (1, "changed", "def by_columns(t):\n    f = t.T.reshape(-1).clone()\n    t.zero_()\n    return f"),
    (1, "error", "def by_columns(t): return t.T.view(-1)"),
    (1, "type", "def by_columns(t): return t.T.reshape(-1).tolist()"),
    (1, "type", "def by_columns(t): return t.T.numpy().reshape(-1)"),
    (2, "autograd", "def slope(f, x0): return (f(x0 + 1e-6) - f(x0 - 1e-6)) / 2e-6"),
    (2, "autograd", "def slope(f, x0): return 6 * x0"),
    (2, "value", "def slope(f, x0):\n    x = torch.tensor(x0, requires_grad=True)\n    return f(x).item()"),
    (
        2,
        "value",
        "def slope(f, x0):\n    x = torch.tensor(x0, requires_grad=True)\n    f(x).backward()\n    return 6 * x0",
    ),
    (
        2,
        "again",
        "x = torch.tensor(3.0, requires_grad=True)\n"
        "def slope(f, x0):\n    x.data.fill_(x0)\n    f(x).backward()\n    return x.grad.item()",
    ),
    (
        2,
        "again",
        "leaves = {}\ndef slope(f, x0):\n    x = leaves.setdefault(x0, torch.tensor(x0, requires_grad=True))\n"
        "    f(x).backward()\n    return float(x.grad)",
    ),
    (
        2,
        "type",
        "def slope(f, x0):\n    x = torch.tensor(x0, requires_grad=True)\n    f(x).backward()\n    return x.grad",
    ),
    (2, "error", "def slope(f, x0):\n    f(torch.tensor(x0)).backward()"),
    (
        3,
        "graph",
        "def passes(f, x0, n, clear):\n    x = torch.tensor(x0, requires_grad=True)\n    z, g = f(x), []\n"
        "    for _ in range(n):\n        if clear: x.grad = None\n        z.backward()\n"
        "        g.append(x.grad.item())\n    return g",
    ),
    *(
        (
            3,
            key,
            "def passes(f, x0, n, clear):\n    x = torch.tensor(x0, requires_grad=True)\n    g = []\n"
            f"    for _ in range({turns}):\n        {reset}\n        f(x).backward()\n        g.append({kept})\n"
            "    return g",
        )
        for key, turns, reset, kept in (
            ("length", "n - 1", "if clear: x.grad = None", "x.grad.item()"),
            ("length", "n + 1", "if clear: x.grad = None", "x.grad.item()"),
            ("clear", "n", "pass", "x.grad.item()"),
            ("clear", "n", "if clear: x.detach_().requires_grad_()", "x.grad.item()"),
            ("add", "n", "x.grad = None", "x.grad.item()"),
            ("add", "n", "x = torch.tensor(x0, requires_grad=True)", "x.grad.item()"),
            ("value", "n", "x.grad = None if not clear else x.grad; clear = True", "x.grad.item() + 1"),
            ("value", "n", "if clear: x.grad = None", "round(x.grad.item()) // 2"),
            ("type", "n", "if clear: x.grad = None", "x.grad"),
            ("type", "n", "if clear: x.grad = None", "None"),
        )
    ),
    (3, "time", "def passes(f, x0, n, clear):\n    while True: pass"),
    (3, "type", "def passes(f, x0, n, clear): return (18.0, 18.0, 18.0)"),
    *(
        (4, key, f"{MEAN}    return {value}")
        for key, value in (
            ("shape", "embedding(ids).mean(dim=2)"),
            ("shape", "embedding(ids)"),
            ("pad", "embedding(ids).mean(dim=1)"),
            ("pad", "embedding(ids).sum(dim=1) / ids.shape[1]"),
            ("value", "(embedding(ids) * m).mean(dim=1)"),
            ("value", "(embedding(ids) * m).sum(dim=1)"),
            ("grad", "((embedding(ids) * m).sum(dim=1) / m.sum(dim=1)).detach()"),
            ("grad", "(embedding.weight.data[ids] * m).sum(dim=1) / m.sum(dim=1)"),
            ("type", "[row.mean() for row in embedding(ids)]"),
            ("error", "embedding(ids * 1.0)"),
        )
    ),
    (5, "module", "class HiddenModel:\n    def forward(self, ids): return ids"),
    (5, "module", "def HiddenModel(num_ids, dim, hidden, num_classes): return nn.Linear(dim, hidden)"),
    (5, "super", hidden(super_="pass")),
    (5, "super", hidden(super_="super.__init__ if False else None")),
    (5, "forward", hidden().replace("forward", "foward")),
    (5, "forward", hidden().replace("forward", "call")),
    (5, "parameters", hidden("self.l = [nn.Linear(dim, hidden), nn.Linear(hidden, num_classes)]")),
    (5, "parameters", hidden("self.b = nn.Linear(hidden, dim); self.c = nn.Linear(hidden, num_classes)")),
    (5, "shape", hidden(forward="self.c(self.b(self.a(ids)).relu())")),
    (5, "shape", hidden(forward="self.c(self.b(self.a(ids).mean(dim=0)).relu())")),
    (5, "softmax", hidden(forward="self.c(self.b(self.a(ids).mean(dim=1)).relu()).softmax(dim=1)")),
    (5, "softmax", hidden(forward="self.c(self.b(self.a(ids).mean(dim=1)).relu()).log_softmax(dim=1)")),
    (5, "relu", hidden(forward="self.c(self.b(self.a(ids).mean(dim=1)))")),
    (5, "relu", hidden(forward="(self.b(self.a(ids).mean(dim=1)).relu(), self.c(self.b(self.a(ids).mean(dim=1))))[1]")),
    (5, "value", hidden(forward="self.c(self.b(self.a(ids).sum(dim=1)).relu())")),
    (5, "value", hidden(forward="self.c(self.b(self.a(ids).mean(dim=1)).sigmoid())")),
    (5, "type", hidden(forward="self.c(self.b(self.a(ids).mean(dim=1)).relu()).tolist()")),
    (5, "todo", hidden(forward="print()").replace("return ", "")),
    (5, "error", hidden(forward="self.c(self.a(ids).mean(dim=1))")),
    (6, "length", training(every="losses.append(loss.item())")),
    (6, "length", training().replace("        losses.append", "    losses.append")),
    (6, "step", training(step="pass")),
    (6, "step", training(step="optimizer.zero_grad(); optimizer.step()")),
    (6, "clear", training(clear="pass")),
    (6, "clear", training(clear="loss.grad = None")),
    (6, "last", training(count="len(ids) - len(ids) % batch_size", mean="total / (len(ids) - len(ids) % batch_size)")),
    (6, "last", training(count="len(ids) // batch_size * batch_size", mean="total / (len(ids) // batch_size * 4)")),
    (6, "mean", training(total="loss.item()", mean="total / len(ids.split(batch_size))")),
    (6, "mean", training(total="loss.item() / len(range(0, len(ids), batch_size))", mean="total")),
    (6, "whole", training(size="len(ids)")),
    (6, "whole", training(size="10 * batch_size")),
    (6, "value", training(order="ids[torch.randperm(len(ids))]")),
    (6, "value", training().replace("lr=lr", "lr=lr / 2")),
    (6, "value", training().replace("optim.SGD", "optim.Adam")),
    (6, "value", training(mean="total")),
    (6, "type", training(total="loss * len(y)")),
    (6, "error", training(clear="model.zero()")),
]


LEGAL = {
    "sequential": """
class HiddenModel(nn.Sequential):
    def __init__(self, num_ids, dim, hidden, num_classes):
        bag = nn.EmbeddingBag(num_ids, dim, mode="mean")
        super().__init__(bag, nn.Linear(dim, hidden), nn.ReLU(), nn.Linear(hidden, num_classes))
""",
    "inherited": hidden().replace("HiddenModel", "Base") + "class HiddenModel(Base): pass\n",
    "half": hidden().replace("HiddenModel", "Base")
    + "class HiddenModel(Base):\n    def __init__(self, *sizes):\n        super().__init__(*sizes)\n",
}
"""Answers to task 5 whose class need not write both functions itself."""


@pytest.fixture(scope="module")
def check() -> ModuleType:
    """The check as a module of this process."""
    spec = importlib.util.spec_from_file_location("lab05_check", CHECK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.warm_up()
    return module


def key_of(check: ModuleType, folder: Path, task: int, answer: str) -> tuple[str, str]:
    """The key and message that one answer gets."""
    file = folder / "mine.py"
    file.write_text(HEAD + answer + "\n", "utf-8")
    names, key, message = check.loaded(file)
    assert key == "ok", message
    assert check.NAMES == TASKS
    found: tuple[str, str] = check.guarded(lambda: check.TASKS[task - 1](names[TASKS[task - 1]]), file)
    return found


@cache
def explained(lang: str) -> set[tuple[int, str]]:
    """The (task, key) pairs that a page's tables explain."""
    text = TREE.page(lang, "lab/lab05").read_text("utf-8")
    rows = re.findall(r"^\| `task (N|\d): (\w+)` \|(.*)\|(.*)\|$", text, re.MULTILINE)
    assert all(meaning.strip() and look.strip() for _, _, meaning, look in rows)
    assert len(rows) == len({row[:2] for row in rows})
    return {(task, key) for n, key, _, _ in rows for task in (range(1, 7) if n == "N" else (int(n),))}


def own_keys() -> dict[int, set[str]]:
    """For each task, the keys that its function in the check names."""
    tree = ast.parse(CHECK.read_text("utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    names = ("by_columns", "slope", "passes", "mean_vectors", "hidden_model", "train_batches")
    return {
        task: {
            node.value
            for node in ast.walk(functions[name])
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[a-z]+", node.value)
        }
        for task, name in enumerate(names, 1)
    }


def run_check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The check as a student runs it, in a process of its own that knows nothing of this project."""
    environment = os.environ | {"PYTHONPATH": "", "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="ascii", check=False)


def test_the_chapters_solutions_pass_where_only_the_two_files_are(tmp_path: Path) -> None:
    found = solutions()
    (tmp_path / START.name).write_text(HEAD + "\n\n".join(found[name] for name in TASKS) + "\n", "utf-8")
    (tmp_path / CHECK.name).write_bytes(CHECK.read_bytes())
    done = run_check(tmp_path, CHECK.name)
    assert (done.returncode, done.stdout) == (0, "".join(f"task {n}: ok\n" for n in range(1, 7))), done.stderr
    assert done.stderr == ""


def test_the_starter_fails_every_task_and_names_each_of_them(
    check: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(TASKS) == set(definitions(START.read_text("utf-8")))
    assert check.main([]) == 1
    assert capsys.readouterr().out == "".join(f"task {n}: todo\n" for n in range(1, 7))


def test_a_file_full_of_trouble_gets_keys_and_no_traceback(tmp_path: Path) -> None:
    stubborn = "def slope(f, x0):\n  while True:\n    try:\n      while True: pass\n    except BaseException: pass"
    bomb = "class Bomb(Exception):\n    def __str__(self): raise self\ndef passes(f, x0, n, clear): raise Bomb"
    deep = "def mean_vectors(embedding, ids, pad): return mean_vectors(embedding, ids, pad)"
    leave = "def by_columns(t): raise SystemExit('đi về')"
    (tmp_path / "mine.py").write_text("\n".join([HEAD, leave, stubborn, bomb, deep]), "utf-8")
    (tmp_path / CHECK.name).write_text(CHECK.read_text("utf-8").replace("SECONDS = 20.0", "SECONDS = 0.5"), "utf-8")
    done = run_check(tmp_path, CHECK.name, "mine.py")
    assert done.returncode == 1
    keys = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    wanted = ("error", "time", "error", "error", "missing", "missing")
    assert keys == [f"task {n}: {key}" for n, key in enumerate(wanted, 1)]
    assert "SystemExit: \\u0111i v\\u1ec1 (line 5)" in done.stdout
    assert "RecursionError" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("def by_columns(t:\n", "import", "SyntaxError"),
        ("import torhc\n", "import", "torhc"),
        ("raise SystemExit(0)\n", "import", "SystemExit"),
        ("\0", "import", "null bytes"),
        ("while True: pass\n", "time", ""),
        (None, "import", "No such file"),
    ],
    ids=["syntax", "module", "exit", "bytes", "endless", "no-file"],
)
def test_a_file_that_cannot_be_loaded_gets_one_key_for_all_tasks(
    check: ModuleType, tmp_path: Path, text: str | None, key: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "SECONDS", 0.05 if key == "time" else 20.0)
    if text is not None:
        (tmp_path / "mine.py").write_text(text, "utf-8")
    found = check.keys_of(tmp_path / "mine.py")
    assert {each for each, _ in found} == {key}
    assert len(found) == len(TASKS)
    assert all(said in message and message.isascii() for _, message in found)


@pytest.mark.parametrize(("task", "key", "answer"), WRONG, ids=[f"{t}-{k}-{i}" for i, (t, k, _) in enumerate(WRONG)])
def test_a_wrong_answer_gets_the_key_that_the_page_explains(
    check: ModuleType, tmp_path: Path, task: int, key: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if key == "time":
        monkeypatch.setattr(check, "SECONDS", 0.05)
    found, message = key_of(check, tmp_path, task, answer)
    assert found == key, message
    assert bool(message) == (key == "error")
    assert all((task, key) in explained(lang) for lang in TREE.languages)


@pytest.mark.parametrize("answer", LEGAL.values(), ids=LEGAL)
def test_a_class_may_take_functions_from_another(check: ModuleType, tmp_path: Path, answer: str) -> None:
    assert key_of(check, tmp_path, 5, answer) == ("ok", "")


@pytest.mark.parametrize("task", range(1, 7))
def test_an_answer_that_raises_returns_none_or_loops_gets_its_key(
    check: ModuleType, tmp_path: Path, task: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = TASKS[task - 1]
    init = "    def __init__(self, *a):\n        super().__init__()\n" if name == "HiddenModel" else ""
    for key, body in (("error", "1 / 0"), ("time", "while True: pass"), ("todo", "pass"), ("type", "return 'x'")):
        answer = f"def {name}(*a):\n    {body}"
        if name == "HiddenModel":
            layers = "        self.a = nn.Embedding(11, 4); self.b = nn.Linear(4, 5); self.c = nn.Linear(5, 3)\n"
            answer = f"class HiddenModel(nn.Module):\n{init}{layers}    def forward(self, ids):\n        {body}"
        monkeypatch.setattr(check, "SECONDS", 0.05 if key == "time" else 20.0)
        assert key_of(check, tmp_path, task, answer)[0] == key


def test_every_task_has_at_least_two_wrong_answers_for_each_of_its_own_keys_but_the_graph() -> None:
    counts: dict[tuple[int, str], int] = {}
    for task, key, _ in WRONG:
        counts[task, key] = counts.get((task, key), 0) + 1
    for task, keys in own_keys().items():
        for key in keys - {"graph", "todo"}:
            assert counts.get((task, key), 0) >= 2, (task, key)


def test_the_pages_explain_exactly_the_keys_that_can_be_printed() -> None:
    common = {"ok", "todo", "missing", "import", "error", "time", "type"}
    possible = {(task, key) for task, keys in own_keys().items() for key in keys | common}
    for lang in TREE.languages:
        assert explained(lang) == possible


def test_every_explained_key_was_printed_by_some_answer() -> None:
    shown: set[tuple[int, str]] = {(task, key) for task, key, _ in WRONG}
    for task in range(1, 7):  # by the tests above: starter, solutions, trouble, files, and the four bodies
        shown |= {(task, key) for key in ("ok", "todo", "missing", "import", "error", "time", "type")}
    assert explained("vi") == shown


def test_both_files_are_published_linked_and_no_chapters() -> None:
    uris = [uri for uri, _ in published.plain_files(TREE)]
    assert {f"snippets/exercises/{path.name}" for path in (START, CHECK)} <= set(uris)
    for lang in TREE.languages:
        text = TREE.page(lang, "lab/lab05").read_text("utf-8")
        for target in ("exercises/lab05_start.py", "exercises/lab05_check.py", "lab/lab05.py"):
            assert f"](../snippets/{target})" in text
    assert not [name for name in TREE.chapters() if name.startswith("exercises")]


def test_a_wrong_call_is_refused(check: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(["a.py", "b.py"]) == check.main(["--help"]) == 2
    assert capsys.readouterr().out == "usage: python lab05_check.py [FILE]\n" * 2


@pytest.mark.parametrize("seed", range(2))
def test_the_wrong_loops_differ_from_the_right_one_by_more_than_the_tolerance(check: Any, seed: int) -> None:
    """Whatever the random numbers: no right answer may be taken for a wrong one."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.EmbeddingBag(8, 2), nn.Linear(2, 3))
    settings = (torch.randint(8, (10, 4)), torch.randint(3, (10,)), 2, 4, 0.5)
    losses = {
        but: check.losses_of(copy.deepcopy(model), *settings, but=but) for but in ("", "clear", "last", "mean", "whole")
    }
    for one in losses:
        for other in losses:
            assert one == other or max(abs(a - b) for a, b in zip(losses[one], losses[other], strict=True)) > 1e-3
