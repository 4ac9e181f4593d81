"""Torch's own modules and data sets, as far as calling or counting them changes nothing."""

import sys
from typing import Any

_LAYERS = ("Conv2d", "Flatten", "Linear", "MaxPool2d", "ReLU", "Sequential", "Sigmoid", "Softmax", "Tanh")
_LOSSES = ("BCEWithLogitsLoss", "CrossEntropyLoss", "MSELoss")
"""These keep and draw nothing, as BatchNorm, Dropout and Embedding may."""
_COUNTED = ("torch.utils.data.dataset", "torchvision.datasets.mnist")
_LISTING = ("parameters", "named_parameters", "_named_members", "named_modules", "__getattr__")


def _torch() -> Any:
    return sys.modules.get("torch")


def is_still(value: object) -> bool:
    """Whether it is a module of torch's own, made of such, whose call changes nothing: no hook, nothing kept."""
    torch = _torch()
    if torch is None or not isinstance(value, torch.nn.Module):
        return False
    kinds = {getattr(torch.nn, name) for name in (*_LAYERS, *_LOSSES)}
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    everywhere = vars(torch.nn.modules.module)
    own = type(value) in kinds and not any(everywhere[f"_global{name}"] for name in hooks)
    return own and all(
        type(part) in kinds and "forward" not in vars(part) and not any(vars(part)[name] for name in hooks)
        for part in value.modules()
    )


def makes_loss(value: object) -> bool:
    """Whether it is a class whose objects are losses, made without drawing a number."""
    torch = _torch()
    return torch is not None and any(value is getattr(torch.nn, name) for name in _LOSSES)


def would_warn(module: Any, arguments: list[Any]) -> bool:
    """Whether it warns, which is done once: of two shapes that are not equal."""
    return type(module).__name__ == "MSELoss" and len({tuple(argument.shape) for argument in arguments}) > 1


def is_sequence(value: object) -> bool:
    """Whether it is a row of modules, which may be asked for one of them."""
    torch = _torch()
    return torch is not None and type(value) is torch.nn.Sequential


def is_counted(value: object) -> bool:
    """Whether it is a data set of torch's or torchvision's own, or a loader of such."""
    if type(value).__name__ == "DataLoader":
        parts: Any = value
        return is_counted(parts.dataset) and type(parts.sampler).__module__ == "torch.utils.data.sampler"
    return type(value).__module__ in _COUNTED


def parameters(value: object) -> list[Any] | None:
    """The parameters of a module, listed by torch's own method; None for anything else."""
    torch = _torch()
    if torch is None or not isinstance(value, torch.nn.Module) or set(_LISTING) & vars(value).keys():
        return None
    if any(getattr(type(value), name) is not getattr(torch.nn.Module, name) for name in _LISTING):
        return None
    return list(value.parameters())
