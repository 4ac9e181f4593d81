"""Do two figures show the same? By the numbers, words and styles of their SVG, and the pixels of pictures in it."""

import base64
import binascii
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
_IGNORED = ("metadata", "title")
_PLACES = ("d", "height", "points", "transform", "viewBox", "width", "x", "y")
_LEVELS = 4
"""Steps of 255 that a pixel may be off on another machine: neighbours in a table of colours differ by up to three."""


@dataclass(frozen=True)
class _Shape:
    """One drawn shape: its name with its words and style, its coordinates, and the picture that it holds."""

    name: str
    numbers: tuple[str, ...] = ()
    picture: str = ""
    place: str = ""
    """matplotlib's names of what it is a part of: ` of axes_1 line2d_3`."""

    def __str__(self) -> str:
        return f"{self.name}{self.place}"


def difference(
    expected: str, found: str, accepts: Callable[[str, str, float], bool], pixels: float | None
) -> tuple[str, str] | None:
    """The first difference of two SVGs, as what is expected and what is found, or None.

    Args:
        accepts: whether one coordinate may stand for another, given the largest of the figure.
        pixels: the share of the full range that a pixel may be off besides some levels; None: pictures must be equal.
    """
    a, b = _shapes(expected), _shapes(found)
    largest = max((abs(float(n)) for shape in a for n in shape.numbers), default=0.0)
    off: list[tuple[str, str]] = []
    for one, other in zip(a, b, strict=False):
        if one.name != other.name or len(one.numbers) != len(other.numbers):
            return tuple(f"{s} with {len(s.numbers)} numbers" for s in (one, other))  # type: ignore[return-value]
        pairs = zip(one.numbers, other.numbers, strict=True)
        off += [(f"{x} in {one}", y) for x, y in pairs if not accepts(x, y, largest)][:1]
        if not off and one.picture != other.picture and (said := _pictures(one.picture, other.picture, pixels)):
            return f"the picture in {one}", said
    if len(a) != len(b):
        return f"{len(a)} shapes", f"{len(b)} shapes"
    if not off:
        return None
    # Where nearly all shapes moved it is the layout; a changed line moves few.
    return off[0][0], f"{off[0][1]}, and {len(off)} of {len(a)} shapes lie elsewhere"


def _shapes(svg: str) -> list[_Shape]:
    """The drawn shapes of a figure in order."""
    builder = ElementTree.TreeBuilder(insert_comments=True)
    try:
        root = ElementTree.fromstring(svg, ElementTree.XMLParser(target=builder))
    except ElementTree.ParseError:
        return [_Shape(f"no SVG, {binascii.crc32(svg.encode()):08x}")]
    found: list[_Shape] = []
    _walk(root, (), found)
    return found


def _walk(element: Any, around: tuple[str, ...], found: list[_Shape]) -> None:
    if not isinstance(element.tag, str):
        found.append(_Shape(f"the word {(element.text or '').strip()!r}"))
        return
    tag = element.tag.rpartition("}")[2]
    if tag in _IGNORED:
        return
    numbers, words, picture = list[str](), [tag], ""
    if element.get("id") and tag == "g":
        around = (*around[-1:], element.get("id"))
    for key, value in sorted(element.attrib.items()):
        name = key.rpartition("}")[2]
        if name in _PLACES:
            numbers += NUMBER.findall(value)
        elif name == "style":
            words.append(value)
        elif name == "href" and tag == "image":
            picture = value
    place = f" of {' '.join(around)}" if around else ""
    found.append(_Shape(" ".join(words), tuple(numbers), picture, place))
    for child in element:
        _walk(child, around, found)


def _pictures(expected: str, found: str, share: float | None) -> str:
    """What is found instead of a picture, both as `data:` addresses; empty when it shows the same."""
    if share is None:
        return "other pixels"
    a, b = _pixels(expected), _pixels(found)
    if a is None or b is None:
        return "another picture"
    if a.shape != b.shape:
        return f"{b.shape[1]}×{b.shape[0]} pixels in place of {a.shape[1]}×{a.shape[0]}"
    off = abs(a - b).max(initial=0)
    return f"a pixel that is off by {off:.0f} of 255" if off > _LEVELS + share * 255 else ""


def _pixels(address: str) -> Any:
    """The levels of a PNG, 0 to 255, or None."""
    from matplotlib.image import imread  # here: only figures with pictures need it, and only where something ran

    try:
        return imread(io.BytesIO(base64.b64decode(address.partition(",")[2])), "png") * 255.0
    except (ValueError, OSError, SyntaxError):
        return None
