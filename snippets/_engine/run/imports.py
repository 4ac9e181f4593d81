"""What is imported before a chapter runs: once for several, by the parent that forks them, and in which order."""

import gc
import importlib
import importlib.util
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ..chapters.cells import Chapter

SHELL = "snippets._engine.child.shell"
"""Stands for what every chapter runs in."""
_COSTLY = ("torch", "numpy", "matplotlib", "sklearn", "scipy", "torchvision")
_schemas: list[Any] = []
"""What `make_torchvision_importable` declared lives as long as these objects."""
_COMPILER = "torch._dynamo"
_WANTS_COMPILER = re.compile(r"\btorchvision\b|\boptim\b|\btorch\.compile\b|[\"']meta[\"']")
"""Code that makes torch import its compiler, nearly as dear as torch itself; a wrong guess costs time, nothing else."""
_WITH = {
    SHELL: (
        "IPython.core.interactiveshell",
        "IPython.core.completer",
        "IPython.core.completerlib",
        "IPython.core.logger",
        "IPython.core.oinspect",
        "IPython.core.application",
        "IPython.core.ultratb",
        "IPython.core.pylabtools",
        "stack_data",
        "pygments.lexers.python",
        "pygments.formatters.terminal256",
    ),
    "matplotlib": ("matplotlib.pyplot", "matplotlib.backends.backend_svg", "matplotlib_inline.backend_inline"),
    "sklearn": ("sklearn.datasets",),
}


def needs(chapter: Chapter) -> list[str]:
    """The costly modules that a chapter loads."""
    roots = {name.partition(".")[0] for name in chapter.imports}
    brought = {"numpy"} if "torch" in roots else set()
    found = [SHELL, *(name for name in _COSTLY if name in roots - brought)]
    if roots & {"torch", "torchvision"} and any(_WANTS_COMPILER.search(cell.code) for cell in chapter.cells):
        found.append(_COMPILER)
    return found


def shared(chapters: Sequence[Chapter]) -> list[str]:
    """The modules that two chapters or more need, the most wanted first: so that the first can start soonest."""
    counts = Counter(name for chapter in chapters for name in needs(chapter))
    return [name for name, count in counts.most_common() if count > 1]


def load(name: str) -> None:
    """Import a module of `needs` with what belongs to it; one that cannot be had is left to the chapter to tell.

    Only before any code of a chapter: the garbage collector, which would look through all that torch imports again and
    again (a fifth of the time), is off meanwhile, and never looks at it later, in this process or its children.
    """
    gc.disable()
    try:
        if name == "torchvision":
            make_torchvision_importable()
        _import_all((name, *_WITH.get(name, ())))
    finally:
        gc.freeze()
        gc.enable()


def make_torchvision_importable() -> None:
    """Let torchvision be imported beside a CPU-only torch, when and only when that would fail.

    Its wheel's compiled part wants CUDA libraries, and the import then stops at "operator torchvision::nms does not
    exist". Declaring the two schemas first lets all but the compiled operators work (datasets, transforms, models).
    """
    if _schemas or importlib.util.find_spec("torchvision") is None:
        return
    import torch

    if torch.version.cuda or torch.version.hip:
        return
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _schemas.append(library)


def _import_all(names: Iterable[str]) -> None:
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # whatever a broken installation does
            continue  # the chapter's own import says it better
