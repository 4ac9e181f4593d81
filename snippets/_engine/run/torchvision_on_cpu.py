"""Lets torchvision be imported beside a CPU-only torch.

Its wheel's compiled part wants CUDA libraries, and the import then stops at "operator torchvision::nms does not
exist". Declaring
the two schemas first lets everything but the compiled operators work (datasets, transforms, models).
"""

import importlib.util
from typing import Any

_kept: list[Any] = []


def make_importable() -> None:
    """Declare the schemas, when and only when the import would fail without them."""
    if _kept or importlib.util.find_spec("torchvision") is None:
        return
    import torch

    if torch.version.cuda or torch.version.hip:
        return
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _kept.append(library)  # the schemas live as long as the object
