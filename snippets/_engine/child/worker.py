"""Runs one chapter in this process, cell by cell, and sends each cell's outputs as it ends.

The process is a fresh one: a child forked by `supervisor.py`, or an interpreter started by `run/spawn.py`.
Nothing here seeds a generator or binds a name that the reader would not have.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from ..chapters.environment import describe, threads
from ..chapters.values import evaluate
from ..run.imports import load
from ..run.wire import Job, Send, sender
from .capture import TEXT_LIMIT, Recorder, TooMuchTextError, normalised


def work(job: Job, send: Send) -> None:
    """Run the job's cells in order until one breaks its promise; send `cell` events and at last `end` or `failed`."""
    os.chdir(job.folder)
    os.environ["PWD"] = job.folder
    sys.path[0:0] = [""] if "" not in sys.path else []
    recorder = Recorder()
    recorder.capture()
    name = ""
    try:
        runner = _prepare(job, recorder)
        for cell in job.cells:
            name = cell["name"]
            send({"event": "start", "cell": name})
            started, cpu = time.perf_counter(), _cpu_seconds()
            runner.slider = cell["slider"].split()
            error = runner.run(cell["code"], f"{Path(job.chapter).name}.py:{name}")
            if isinstance(error, TooMuchTextError):
                raise error
            if error is not None:
                recorder.add("error", "error", f"{type(error).__name__}: {error}")
            event = {
                "event": "cell",
                "cell": name,
                "outputs": recorder.take(),
                "seconds": round(time.perf_counter() - started, 4),
                "cpu_seconds": round(_cpu_seconds() - cpu, 4),
                "names": runner.new_names(),
                **_values(job.values.get(name, []), runner.namespace),
            }
            recorder.take()  # what an expression wrote belongs to no cell
            send(event)
            if (problem := _broken_promise(cell, error)) is not None:
                send({"event": "failed", "cell": name, "environment": describe(job.variant), **problem})
                return
        send({"event": "end", "environment": describe(job.variant)})
    except TooMuchTextError:
        send({"event": "failed", "cell": name, "why": f"writes more than {TEXT_LIMIT:,} characters", "line": 0})


def _cpu_seconds() -> float:
    """What this process has computed so far, and its children that have ended."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def _prepare(job: Job, recorder: Recorder) -> Any:
    for module in job.needs:
        load(module)
    recorder.take()  # what an import says, a forking parent's never tells either
    from .shell import Runner

    roots = {name.partition(".")[0] for name in job.imports}
    if "torch" in roots and "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads())
    runner = Runner(recorder)
    if "matplotlib" in roots:
        runner.use_figures()
    if job.seed is not None:
        _seed(job.seed, roots)
    return runner


def _seed(seed: int, roots: set[str]) -> None:
    import random

    random.seed(seed)
    if roots & {"numpy", "torch", "sklearn", "torchvision"}:
        import numpy

        numpy.random.seed(seed)
    if roots & {"torch", "torchvision"}:
        import torch

        torch.manual_seed(seed)


def _values(expressions: list[str], namespace: dict[str, Any]) -> dict[str, Any]:
    values, wrong = {}, {}
    for expression in expressions:
        try:
            values[expression] = evaluate(expression, namespace)
        except Exception as exc:  # whatever the expression does is the page's mistake, reported with its line
            wrong[expression] = normalised(f"{type(exc).__name__}: {exc}")
    return {"values": values, "wrong_values": wrong}


def _broken_promise(cell: dict[str, str], error: BaseException | None) -> dict[str, Any] | None:
    """Why the run cannot go on, with the line in the cell's code; None when the cell did what it declares."""
    found = type(error).__name__ if error is not None else ""
    if found == cell["raises"]:
        return None
    if not found:
        return {"why": f'declares raises="{cell["raises"]}" but raised nothing', "line": 0}
    declared = f'declares raises="{cell["raises"]}" but raised' if cell["raises"] else "raised"
    text = normalised(str(error)).strip().split("\n")[0]
    return {"why": f"{declared} {found}: {text}", "line": _line_in_cell(error, f".py:{cell['name']}")}


def _line_in_cell(error: BaseException | None, ending: str) -> int:
    """The line of the cell's own code that the error came through, the deepest one; `ending` of its file name."""
    line = 0
    trace = error.__traceback__ if error is not None else None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(ending):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def main() -> None:
    """The fresh process of `spawn.py`: a job comes as a line on standard input, the events go to standard output."""
    job = Job(**json.loads(sys.stdin.buffer.readline()))
    events = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    work(job, sender(events, job.chapter))
    os._exit(0)
