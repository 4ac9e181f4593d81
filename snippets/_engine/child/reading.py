"""Expressions that only read: worked out step by step, as long as every step is known to change nothing.

Most values of a page are such: `loss.item()`, `str(tuple(x.shape))`. A function of the chapter, an iterator or a
method that is not named here may change what later cells give; `forked.py` evaluates those where that cannot happen.
"""

import ast
import builtins
import inspect
import math
import operator
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from types import ModuleType
from typing import Any, cast

from .modules import is_counted, is_sequence, is_still, makes_loss, parameters, would_warn

_MOST = 20_000
"""Elements of containers that are looked at."""
_SCALARS = (type(None), bool, int, float, complex, str, bytes, range, slice, type(...))
_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
_CONTAINERS = (list, tuple, dict, set, frozenset, *_VIEWS)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BUILTINS = _words("abs all any bool dict float format int len list max min repr round set sorted str sum tuple")
_TORCH = _words("allclose arange cat equal exp isin log ones sigmoid softmax sqrt stack tanh tensor zeros")
_METHODS = {
    "tensor": _words(
        "abs all any argmax argmin clone contiguous count_nonzero cpu cumsum detach diag dim double element_size "
        "equal exp flatten float int is_contiguous isfinite isnan item log long max mean median min nelement norm "
        "numel numpy permute pow prod data_ptr reshape round sigmoid size sort sqrt square squeeze std stride sum t "
        "tanh tolist topk transpose tril triu unique unsqueeze var view"
    ),
    "array": _words(
        "all any argmax argmin astype copy cumsum flatten item max mean min prod ravel reshape round squeeze std sum "
        "tolist transpose var"
    ),
    "dict": _words("get items keys values copy"),
    "list": _words("index count copy"),
    "tuple": _words("index count"),
    "Size": _words("numel index count"),
    "float": _words("is_integer hex"),
    "int": _words("bit_length"),
}
_ATTRIBUTES = {
    "tensor": _words("data device dtype grad_fn is_leaf itemsize nbytes ndim requires_grad shape"),
    "array": _words("dtype itemsize nbytes ndim shape size strides T"),
}
_OPERATORS = dict(
    pair.split(":")
    for pair in _words(
        "Add:add Sub:sub Mult:mul Div:truediv FloorDiv:floordiv Mod:mod Pow:pow MatMult:matmul BitAnd:and_ BitOr:or_ "
        "BitXor:xor UAdd:pos USub:neg Invert:invert Not:not_ Eq:eq NotEq:ne Lt:lt LtE:le Gt:gt GtE:ge Is:is_ "
        "IsNot:is_not"
    )
)
"""The function of the module `operator` for each node."""


class UnprovenError(Exception):
    """A step of the expression may change something."""


def read(expression: str, namespace: Mapping[str, Any]) -> Any:
    """The value of an expression that only reads.

    Raises:
        UnprovenError: it may do more than that.
        Exception: whatever the expression raises.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UnprovenError from None
    numpy = sys.modules.get("numpy")
    with numpy.errstate(all="ignore") if numpy is not None else nullcontext():  # a warning is given once: not to us
        return _plain(_Reader(namespace).read(tree.body))


class _Reader:
    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace

    def read(self, node: ast.expr) -> Any:
        """What a node stands for: a plain value, or an object that is only handed on."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise UnprovenError
        return method(node)

    def plain(self, node: ast.expr | None) -> Any:
        """What a node stands for, to be computed with."""
        return None if node is None else _plain(self.read(node))

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _name(self, node: ast.Name) -> Any:
        if node.id in self._namespace:
            return self._namespace[node.id]
        if hasattr(builtins, node.id):
            return getattr(builtins, node.id)
        raise NameError(f"name {node.id!r} is not defined")

    def _list(self, node: ast.List | ast.Tuple) -> Any:
        items = [self.plain(item) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)

    _tuple = _list

    def _slice(self, node: ast.Slice) -> Any:
        return slice(self.plain(node.lower), self.plain(node.upper), self.plain(node.step))

    def _subscript(self, node: ast.Subscript) -> Any:
        value, index = self.read(node.value), self.plain(node.slice)
        return value[index] if is_sequence(value) and type(index) is int else _plain(value)[index]

    def _binop(self, node: ast.BinOp) -> Any:
        return _operator(node.op)(self.plain(node.left), self.plain(node.right))

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        return _operator(node.op)(self.plain(node.operand))

    def _boolop(self, node: ast.BoolOp) -> Any:
        whether = isinstance(node.op, ast.And)
        value = None
        for operand in node.values:
            value = self.plain(operand)
            if bool(value) != whether:
                break
        return value

    def _compare(self, node: ast.Compare) -> Any:
        if len(node.ops) > 1:
            raise UnprovenError
        return _operator(node.ops[0])(self.plain(node.left), self.plain(node.comparators[0]))

    def _ifexp(self, node: ast.IfExp) -> Any:
        return self.read(node.body if self.plain(node.test) else node.orelse)

    def _attribute(self, node: ast.Attribute) -> Any:
        return _attribute(self.read(node.value), node.attr)

    def _call(self, node: ast.Call) -> Any:
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            raise UnprovenError
        called = self._called(node.func)
        if called is len and len(node.args) == 1:
            return len(_countable(self.read(node.args[0])))
        if called is sum and len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            return sum(self._sizes(node.args[0]))
        keywords = {str(k.arg): self.plain(k.value) for k in node.keywords if k.arg}
        if len(keywords) < len(node.keywords) or "out" in keywords or "key" in keywords:
            raise UnprovenError
        named = any(isinstance(part, ast.Name) for argument in node.args for part in ast.walk(argument))
        if named and getattr(called, "__name__", "") == "tensor":
            raise UnprovenError  # of a tensor it warns
        arguments = [self.plain(argument) for argument in node.args]
        if would_warn(called, arguments) or (makes_loss(called) and (arguments or keywords)):
            raise UnprovenError
        return called(*arguments, **keywords)

    def _called(self, function: ast.expr) -> Any:
        if isinstance(function, ast.Attribute):
            try:
                return _callable(self.read(function.value), function.attr)
            except UnprovenError:
                called = self.read(function)
        else:
            called = self.read(function)
        known = any(called is getattr(builtins, name) for name in _BUILTINS)
        if not (known or is_still(called) or makes_loss(called)):
            raise UnprovenError
        return called

    def _sizes(self, node: ast.GeneratorExp) -> list[int]:
        """`p.numel() for p in model.parameters()`, whatever the names are."""
        loop = node.generators[0]
        listed = loop.iter.func if isinstance(loop.iter, ast.Call) else None
        plain = not loop.ifs and ast.unparse(node.elt) == f"{ast.unparse(loop.target)}.numel()"
        if not (isinstance(listed, ast.Attribute) and ast.unparse(loop.iter).endswith(".parameters()") and plain):
            raise UnprovenError
        found = parameters(self.read(listed.value)) if len(node.generators) == 1 else None
        if found is None:
            raise UnprovenError
        return [_plain(parameter).numel() for parameter in found]


def _operator(node: ast.AST) -> Callable[..., Any]:
    kind = type(node).__name__
    if isinstance(node, (ast.In, ast.NotIn)):
        return lambda item, items: (item in items) == isinstance(node, ast.In)
    if kind not in _OPERATORS:
        raise UnprovenError
    return getattr(operator, _OPERATORS[kind])  # type: ignore[no-any-return]


def _kind(value: Any) -> str:
    """`tensor`, `array` or the name of a builtin type; empty for a value of any other type, subclasses included."""
    kind = type(value)
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and hasattr(torch, "torch_version"):  # no module of that name that a chapter made
        if kind is torch.Tensor or kind is torch.nn.Parameter:
            return "tensor"
        if kind is torch.Size:
            return "Size"
        if kind in (torch.dtype, torch.device):
            return "torch"
        if kind is torch.torch_version.TorchVersion:
            return "str"
    if numpy is not None and (kind is numpy.ndarray or (isinstance(value, numpy.generic) and kind is not numpy.void)):
        return "array" if value.size and value.dtype != object else ""
    return kind.__name__ if kind in (*_SCALARS, *_CONTAINERS) else ""


def _plain(value: Any, left: list[int] | None = None) -> Any:
    """The value, if computing with it calls no code of a chapter.

    Raises:
        UnprovenError: its type, or that of something it holds, is none of the known ones.
    """
    kind, left = _kind(value), [_MOST] if left is None else left
    if not kind and not _is_torchs_tuple(value):
        raise UnprovenError
    if isinstance(value, _CONTAINERS) and kind != "Size":
        items: Any = value
        left[0] -= len(items)
        if left[0] < 0:
            raise UnprovenError
        for item in (*items, *items.values()) if isinstance(value, dict) else items:
            _plain(item, left)
    return value


def _countable(value: Any) -> Any:
    return value if type(value) in _CONTAINERS or is_counted(value) or is_sequence(value) else _plain(value)


def _is_torchs_tuple(value: Any) -> bool:
    """Whether it is what `x.max(dim=0)` gives."""
    return isinstance(value, tuple) and type(value).__module__ == "torch.return_types"


def _attribute(value: Any, name: str) -> Any:
    kind = _kind(value)
    if kind == "tensor":
        # the gradient of an inner node and `.T` of other than two dimensions warn, once for all that follows
        quiet = (name == "grad" and value.is_leaf) or (name == "T" and value.ndim == 2)
        if quiet or name in _ATTRIBUTES["tensor"]:
            return getattr(value, name)
        raise UnprovenError
    if name in _ATTRIBUTES.get(kind, ()) or (_is_torchs_tuple(value) and name in ("values", "indices")):
        return getattr(value, name)
    if type(value) is ModuleType and name in vars(value):
        return vars(value)[name]
    return _own_attribute(value, name)


def _own_attribute(value: Any, name: str) -> Any:
    """What stands in the object itself: nothing is computed to have it."""
    kind, missing = type(value), object()
    getter: Any = kind.__getattribute__
    plain = getter is object.__getattribute__ and hasattr(value, "__dict__")
    if not plain or isinstance(value, type) or inspect.getattr_static(kind, name, missing) is not missing:
        raise UnprovenError
    own, torch = vars(value), cast(Any, sys.modules.get("torch"))
    places = [own]
    if torch is not None and getattr(kind, "__getattr__", None) is torch.nn.Module.__getattr__:
        places += [own.get(place, {}) for place in ("_parameters", "_buffers", "_modules")]
    found = [place[name] for place in places if name in place]
    if not found:
        raise UnprovenError
    return found[0]


def _callable(owner: Any, name: str) -> Callable[..., Any]:
    kind = _kind(owner)
    if name in ("std", "var") and kind == "tensor" and owner.numel() < 2:
        raise UnprovenError  # it warns
    if name in _METHODS.get(kind, ()) or (
        kind == "str" and name not in ("format", "format_map")
    ):  # a str never changes
        return getattr(owner, name)  # type: ignore[no-any-return]
    torch = cast(Any, sys.modules.get("torch"))
    if owner is math or (torch is not None and owner is torch and name in _TORCH):
        return getattr(owner, name)  # type: ignore[no-any-return]
    raise UnprovenError
