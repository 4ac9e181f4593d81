"""Runs one chapter in this process, cell by cell, and sends each cell's outputs as it ends.

The process is a fresh one: a child forked by `supervisor.py`, or an interpreter started by `run/spawn.py`.
Nothing here seeds a generator or binds a name that the reader would not have.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ..chapters.environment import describe, threads
from ..chapters.values import to_json
from ..run.imports import load
from ..run.wire import Job, Send, sender
from .capture import TEXT_LIMIT, Recorder, TooMuchTextError
from .forked import apart, can_copy, outcomes, wrong
from .promises import broken_promise
from .reading import UnprovenError, read


def work(job: Job, send: Send) -> None:
    """Run the job's cells in order until one breaks its promise; send `cell` events and at last `end` or `failed`."""
    _settle(job.folder)
    recorder = Recorder()
    recorder.capture(job.aside)
    name = ""
    try:
        runner = _prepare(job, recorder)
        for cell in job.cells:
            name = cell["name"]
            send({"event": "start", "cell": name})
            started, cpu = time.perf_counter(), _cpu_seconds()
            runner.slider = cell["slider"].split()
            error = runner.run(cell["code"], f"{Path(job.chapter).name}.py:{name}")
            if cell is job.cells[-1]:
                _wait_for_threads()
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
                "remarks": recorder.remarks,
                **_values(job, name, runner.namespace, send),
            }
            recorder.remarks = []
            recorder.take()  # what an expression wrote belongs to no cell
            send(event)
            if (problem := broken_promise(cell, error)) is not None:
                send({"event": "failed", "cell": name, "environment": describe(job.variant), **problem})
                return
        send({"event": "end", "environment": describe(job.variant)})
    except TooMuchTextError:
        send({"event": "failed", "cell": name, "why": f"writes more than {TEXT_LIMIT:,} characters", "line": 0})


def _settle(folder: str) -> None:
    os.chdir(folder)
    os.environ["PWD"] = folder
    sys.path[0:0] = [""] if "" not in sys.path else []
    sys.argv = ["ipykernel_launcher.py", "-f", "kernel.json"]  # what a notebook's cells find there


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


def _values(job: Job, cell: str, namespace: dict[str, Any], send: Send) -> dict[str, Any]:
    """The values after a cell, each evaluated so that it changes nothing for what comes after.

    Those that cannot be had so in this process are `later`, unless it is there for the values alone.
    """
    found, unproven, settled = dict[str, dict[str, Any]](), list[str](), True
    for expression in job.values.get(cell, []):
        try:
            found[expression] = {"value": to_json(read(expression, namespace))}
        except UnprovenError:
            unproven.append(expression)
        except Exception as exc:  # whatever the expression does is the page's mistake, reported with its line
            found[expression] = wrong(exc)

    def begin(expression: str) -> None:
        send({"event": "value", "cell": cell, "expression": expression})

    if unproven and can_copy():
        found, unproven = found | apart(unproven, namespace, begin), []
    elif unproven and job.for_values:
        first, settled = outcomes(unproven, namespace, begin)
        found, unproven = found | first, []
    return {
        "values": {expression: said["value"] for expression, said in found.items() if "value" in said},
        "wrong_values": {expression: said["wrong"] for expression, said in found.items() if "wrong" in said},
        "later": unproven,
        "unsettled": not settled,
    }


def _wait_for_threads() -> None:
    """As a script does before it ends, so that what they write is not lost."""
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    if all(thread.daemon for thread in others):
        return
    for end in reversed(getattr(threading, "_threading_atexits", ())):  # of executors: no more work will come
        end()
    for thread in others:
        if not thread.daemon:
            thread.join()


def main() -> None:
    """The fresh process of `spawn.py`: a job comes as a line on standard input, the events go to standard output."""
    job = Job(**json.loads(sys.stdin.buffer.readline()))
    events = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    work(job, sender(events, job.chapter))
    os._exit(0)
