"""Check the six tasks of the lab: python lab05_check.py [FILE]

Reads lab05_start.py in the folder of this file, or the FILE given, and prints one key for each task, such as
`task 2: ok` or `task 2: value`. An indented line below a key is Python's own message. Exits 0 only if every task is
ok. The page of the lab says what each key means.
"""

import copy
import ctypes
import os
import sys
import threading
import traceback
import types
from collections import Counter
from functools import partial
from pathlib import Path

import torch
from torch import nn

SECONDS = 20.0
"""How long a task may take; a right answer needs far less than one."""


class Wrong(Exception):
    """An answer that does not do what its task asks; holds the key to print."""


class TooLong(BaseException):
    """Raised inside an answer that does not come to an end."""


def close(found, wanted):
    """Whether two lists of numbers are equal but for rounding."""
    return all(abs(a - b) <= 1e-4 * abs(b) + 1e-5 for a, b in zip(found, wanted))


def expect(holds, key):
    """Raise Wrong with that key unless it holds."""
    if not holds:
        raise Wrong(key)


def given(value, *kinds):
    """The value, of one of these kinds; otherwise Wrong."""
    expect(value is not None, "todo")
    expect(isinstance(value, kinds) and not isinstance(value, bool), "type")
    return value


def numbers(value):
    """The value, a list of Python numbers; otherwise Wrong."""
    expect(all(isinstance(each, (int, float)) for each in given(value, list)), "type")
    return value


def by_columns(answer):
    """Task 1: order, shape and memory of the result."""
    wide = torch.tensor([[1, 2, 3], [4, 5, 6]])
    for t in (wide, torch.tensor([[1.5, 2.5], [3.5, 4.5], [5.5, 6.5]]), wide[:1].clone()):
        before = t.clone()
        found = given(answer(t), torch.Tensor)
        expect(t.shape == before.shape and torch.equal(t, before), "changed")
        expect(found.shape == (t.numel(),), "shape")
        wanted = [row[j] for j in range(before.shape[1]) for row in before.tolist()]
        expect(found.tolist() == wanted, "order")
        found.zero_()
        expect(torch.equal(t, before), "shared")


def slope(answer):
    """Task 2: the derivative, by autograd, each time anew."""
    tracked = []

    def f(x):
        tracked.append(isinstance(x, torch.Tensor) and x.requires_grad)
        return 3 * x**2 + 2

    first = given(answer(f, 3.0), float, int)
    expect(any(tracked), "autograd")
    expect(close([first], [18.0]), "value")
    expect(close([given(answer(f, 3.0), float, int)], [18.0]), "again")
    for function, x0, wanted in ((f, 2.0, 12.0), (lambda x: x**3 - x, 1.5, 5.75), (lambda x: x.exp(), 0.0, 1.0)):
        expect(close([given(answer(function, x0), float, int)], [wanted]), "value")


def passes(answer):
    """Task 3: the gradients of several passes, cleared or added up."""
    for f, x0, n, once in ((lambda x: 3 * x**2 + 2, 3.0, 3, 18.0), (lambda x: x**3, 2.0, 4, 12.0)):
        alike, rising = [once] * n, [once * (k + 1) for k in range(n)]
        for clear, wanted, other, key in ((True, alike, rising, "clear"), (False, rising, alike, "add")):
            try:
                found = numbers(answer(f, x0, n, clear))
            except RuntimeError as error:
                expect("a second time" not in str(error), "graph")
                raise
            expect(len(found) == n, "length")
            expect(not close(found, other), key)
            expect(close(found, wanted), "value")


def mean_vectors(answer):
    """Task 4: the mean over real ids only, through which gradients flow."""
    torch.manual_seed(0)
    embedding = nn.Embedding(10, 4)
    for rows, pad in (([[1, 2, 0], [3, 0, 0]], 0), ([[0, 0, 4], [9, 9, 5]], 9)):
        ids = torch.tensor(rows)
        found = given(answer(embedding, ids, pad), torch.Tensor)
        table = embedding.weight.detach()
        wanted = torch.stack([table[row[row != pad]].mean(dim=0) for row in ids])
        expect(found.shape == wanted.shape, "shape")
        expect(not torch.allclose(found, table[ids].mean(dim=1), atol=1e-5), "pad")
        expect(torch.allclose(found, wanted, atol=1e-5), "value")
        expect(found.requires_grad, "grad")


def hidden_model(answer):
    """Task 5: the class, its parameters, and what it computes."""
    expect(isinstance(answer, type) and issubclass(answer, nn.Module), "module")
    inherited = answer.forward is nn.Module.forward  # not so where another class brings it, such as nn.Sequential
    expect(not inherited or answer.__init__ is not nn.Module.__init__, "todo")
    expect(not inherited, "forward")
    torch.manual_seed(0)
    try:
        model = answer(11, 4, 5, 3)
    except AttributeError as error:
        expect("Module.__init__()" not in str(error), "super")
        raise
    shapes = Counter(tuple(p.shape) for p in model.parameters())
    expect(shapes == Counter([(11, 4), (5, 4), (5,), (3, 5), (3,)]), "parameters")
    table, first, b, second, c = (
        next(p for p in model.parameters() if p.shape == shape) for shape in [(11, 4), (5, 4), (5,), (3, 5), (3,)]
    )
    ids = torch.randint(11, (4, 7))
    found = given(model(ids), torch.Tensor)
    expect(found.shape == (4, 3), "shape")
    h = table[ids].mean(dim=1) @ first.T + b
    logits = h.relu() @ second.T + c
    expect(not torch.allclose(found.exp().sum(dim=1).log(), torch.zeros(4), atol=1e-4), "softmax")
    expect(not torch.allclose(found.sum(dim=1), torch.ones(4), atol=1e-4), "softmax")
    expect(not torch.allclose(found, h @ second.T + c, atol=1e-5), "relu")
    expect(torch.allclose(found, logits, atol=1e-5), "value")


def train_batches(answer):
    """Task 6: the losses and the weights, against the right loop and against the usual wrong ones."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.EmbeddingBag(8, 2), nn.Linear(2, 3))
    ids, labels = torch.randint(8, (10, 4)), torch.randint(3, (10,))
    settings = (ids, labels, 2, 4, 0.5)
    mine, right = copy.deepcopy(model), copy.deepcopy(model)
    found = numbers(answer(mine, *settings))
    expect(len(found) == 2, "length")
    expect(not torch.equal(mine[1].weight, model[1].weight), "step")
    if not close(found, losses_of(right, *settings)):
        for key in ("clear", "last", "mean", "whole"):
            expect(not close(found, losses_of(copy.deepcopy(model), *settings, but=key)), key)
        raise Wrong("value")
    expect(torch.allclose(mine[1].weight, right[1].weight, atol=1e-4), "value")


def losses_of(model, ids, labels, num_epochs, batch_size, lr, but=""):
    """Train the model; the mean loss of each epoch. `but` names one thing to do wrong."""
    batch_size = len(labels) if but == "whole" else batch_size
    batches = list(zip(ids.split(batch_size), labels.split(batch_size)))
    batches = batches[:-1] if but == "last" else batches
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(num_epochs):
        total = count = 0
        for X, y in batches:
            if but != "clear":
                optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(X), y)
            loss.backward()
            optimizer.step()
            weight = 1 if but == "mean" else len(y)
            total, count = total + loss.item() * weight, count + weight
        losses.append(total / count)
    return losses


TASKS = (by_columns, slope, passes, mean_vectors, hidden_model, train_batches)
NAMES = ("by_columns", "slope", "passes", "mean_vectors", "HiddenModel", "train_batches")


def told(error, file):
    """An error in one line of plain ASCII, with the last line of the file that it came through."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    where = f" (line {lines[-1]})" if lines else ""
    try:
        text = str(error).split("\n")[0][:200]
    except Exception:  # an error of the answer's own making
        text = ""
    return f"{type(error).__name__}: {text}{where}".encode("ascii", "backslashreplace").decode("ascii")


def guarded(work, file):
    """Run `work` in a thread of its own; its key, and Python's message where there is one."""
    result = [("time", "")]

    def run():
        try:
            work()
            result[0] = ("ok", "")
        except Wrong as wrong:
            result[0] = (str(wrong), "")
        except TooLong:
            pass
        except BaseException as error:  # SystemExit too: a task must not end the check
            result[0] = ("error", told(error, file))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if thread.is_alive():  # stop it, so that it takes no time from the next task
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TooLong))
        thread.join(0.5)
    return result[0]


def warm_up():
    """Let torch import what an optimizer needs: seconds on a slow computer, which are not the answer's."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)


def loaded(file):
    """The names that the file defines, with its key and Python's message; the key is `ok` when it could be run."""
    module = types.ModuleType(Path(file).stem)
    module.__file__ = str(file)
    key, message = guarded(lambda: exec(compile(Path(file).read_bytes(), str(file), "exec"), vars(module)), file)
    return vars(module), key if key in ("ok", "time") else "import", message


def keys_of(file):
    """For each task its key and Python's message, which may be empty."""
    names, key, message = loaded(file)
    if key != "ok":
        return [(key, message)] * len(TASKS)
    if "train_batches" in names:
        warm_up()
    return [
        guarded(partial(check, names[name]), file) if name in names else ("missing", "")
        for name, check in zip(NAMES, TASKS)
    ]


def main(arguments):
    """Print the keys; the exit status."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print("usage: python lab05_check.py [FILE]")
        return 2
    file = Path(arguments[0]) if arguments else Path(__file__).with_name("lab05_start.py")
    found = keys_of(file)
    for number, (key, message) in enumerate(found, 1):
        print(f"task {number}: {key}")
        if message:
            print(f"    {message}")
    return int(any(key != "ok" for key, _ in found))


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    if any(thread.daemon for thread in threading.enumerate()):
        os._exit(status)  # an answer that could not be stopped must not hold the exit
    sys.exit(status)
