"""The look of recorded figures, and their light and dark copies.

A figure is recorded once, as an SVG on a transparent ground whose inks are the keys of `DARK`; the build swaps them
for the dark copy. The same data gives the same bytes: no date, no random ids, text as paths of matplotlib's own font.
Notebooks get a PNG beside it: JupyterLab shows no SVG of a notebook that its reader has not run or trusted.
"""

import base64
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

INK, GRID, GREY = "#1f2933", "#c9d1d9", "#808080"
CYCLE = ("#1b6ca8", "#c2410c", "#2e7d32", "#b3261e", "#6a3fb5", "#8a6100")

#: The recorded (light) ink and its counterpart on a dark page.
DARK = {
    INK: "#d6dde6",
    GRID: "#465162",
    GREY: "#9aa5b1",
    "#000000": "#f2f5f8",
    "#ffffff": "#1e2129",
    "#1b6ca8": "#6cb6ff",
    "#c2410c": "#ff9e64",
    "#2e7d32": "#7ccf7f",
    "#b3261e": "#ff8a80",
    "#6a3fb5": "#c4a7f5",
    "#8a6100": "#e2b84d",
}
_INKS = re.compile("|".join(DARK), re.IGNORECASE)
PNG_DPI = 100
_LOSS = 0.5
"""Levels of 255 that a palette may cost a PNG on average: nobody sees it, and it takes two thirds off the file."""
_SIZE = re.compile(r'<svg[^>]*?\bwidth="([\d.]+)pt" height="([\d.]+)pt"', re.DOTALL)

#: What matplotlib draws with. A picture is a file of the site, where a script in it would run as the site's own.
_ELEMENTS = frozenset({"clipPath", "defs", "g", "image", "path", "rect", "style", "svg", "use"})
_DECLARED = re.compile(
    r"\s*(?:<\?xml version=\"1.0\" encoding=\"utf-8\"[^>]*>)?\s*(?:<!DOCTYPE svg [^>\[]*>)?\s*<svg\b"
)
_ELSEWHERE = re.compile(r"url\(\s*[\"']?\s*[^#\s\"']|@import|expression", re.IGNORECASE)


def foreign(svg: str) -> str:
    """What an SVG holds that none of matplotlib's does: an element, an attribute; empty for a plain drawing."""
    if not _DECLARED.match(svg):
        return "another declaration than matplotlib's"
    try:
        elements = list(ElementTree.fromstring(svg).iter())
    except ElementTree.ParseError as exc:
        return f"no SVG: {exc}"
    for element in elements:
        name = str(element.tag).removeprefix("{http://www.w3.org/2000/svg}")
        if name not in _ELEMENTS:
            return f"<{name}>"
        if name == "style" and _ELSEWHERE.search(element.text or ""):
            return "a style that loads something"
        for key, value in element.attrib.items():
            attribute = key.rpartition("}")[2].lower()
            leads = attribute in ("href", "src") and not value.startswith(("#", "data:image/png;base64,"))
            if leads or attribute.startswith("on") or _ELSEWHERE.search(value):
                return f'{attribute}="{value[:40]}"'
    return ""


def is_png(encoded: str) -> bool:
    """Whether a text is a PNG in base64."""
    try:
        return base64.b64decode(encoded, validate=True).startswith(b"\x89PNG\r\n\x1a\n")
    except ValueError:
        return False


def dark(svg: str) -> str:
    """The copy of a recorded figure for a dark page."""
    return _INKS.sub(lambda ink: DARK[ink[0].lower()], svg)


def on_white(svg: str) -> str:
    """The copy of a recorded figure for a place of unknown colour: the inks cannot be read on a dark ground."""
    return svg.replace("<svg ", '<svg style="background: #ffffff" ', 1)


def size(svg: str) -> tuple[int, int]:
    """Width and height in CSS pixels, so that the page keeps the place while the figure loads; (0, 0) when unknown."""
    match = _SIZE.search(svg[:2000])
    return (round(float(match[1]) * 4 / 3), round(float(match[2]) * 4 / 3)) if match else (0, 0)


def png(figure: Any) -> str:
    """A matplotlib figure as notebooks show it, a PNG on white in base64; empty for one that nothing is drawn on."""
    from IPython.core.pylabtools import print_figure
    from PIL import Image, ImageChops, ImageStat

    with _without_warnings():  # the SVG's drawing has given them; a filter would let those of other cells come again
        drawn = print_figure(figure, "png", dpi=PNG_DPI, facecolor="white", bbox_inches="tight")
    if drawn is None:
        return ""
    image = Image.open(io.BytesIO(drawn)).convert("RGB")
    small = image.quantize(dither=Image.Dither.NONE)
    lost = ImageStat.Stat(ImageChops.difference(image, small.convert("RGB"))).mean
    file = io.BytesIO()
    (small if max(lost) <= _LOSS else image).save(file, "png", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


@contextmanager
def _without_warnings() -> Iterator[None]:
    shown, warnings.showwarning = warnings.showwarning, lambda *told, **more: None
    try:
        yield
    finally:
        warnings.showwarning = shown


def use_style() -> None:
    """Give matplotlib the inks, in a child about to run a chapter."""
    import matplotlib
    from cycler import cycler

    lines = ("axes.edgecolor", "axes.labelcolor", "text.color", "xtick.color", "ytick.color", "patch.edgecolor")
    style: dict[str, Any] = {
        **dict.fromkeys(lines, INK),
        "axes.prop_cycle": cycler(color=CYCLE),
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "savefig.facecolor": "none",
        "grid.color": GRID,
        "legend.frameon": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "pytorch-chay-that",
    }
    matplotlib.rcParams.update(style)
