"""Figures are compared by what is drawn, never by bytes."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest

from snippets._engine.diffs import compare
from snippets._engine.diffs.compare import Rule, Tolerance

pytestmark = pytest.mark.unit

SVG = """\
<?xml version="1.0" encoding="utf-8" standalone="no"?>
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="72pt" height="36pt" viewBox="0 0 72 36" xmlns="http://www.w3.org/2000/svg">
 <metadata><date>2026-11-20</date></metadata>
 <defs><style type="text/css">*{stroke-linejoin: round}</style></defs>
 <g id="figure_1">
  <g id="line_1"><path d="M 10.5 20 L 30 5.25 L 60 8" clip-path="url(#p1a)" style="fill: none; stroke: #1b6ca8"/></g>
  <g id="marks"><defs><path id="m2b" d="M 0 3 L 3 0" style="stroke: #1b6ca8"/></defs>
   <use xlink:href="#m2b" x="10.5" y="20" style="fill: #1b6ca8"/></g>
  <g id="text_1"><!-- 0.5 --><g transform="translate(4 30) scale(0.1 -0.1)"><use xlink:href="#DejaVuSans-30"/></g></g>
  <image xlink:href="data:image/png;base64,AAAA" id="image3c" x="7" y="8" width="20" height="10"/>
 </g>
</svg>
"""
BOTH: tuple[Rule, ...] = ("exact", "tolerant")


def differ(expected: str, found: str, rule: Rule = "tolerant") -> tuple[str, str] | None:
    """What differs between two figures."""
    return compare.figures(expected, found, Tolerance(rule))


@pytest.mark.parametrize("rule", BOTH)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("p1a", "p9f"),
        ("m2b", "m77"),
        ('id="line_1"', 'id="line_9"'),
        ("image3c", "imageff"),
        ("2026-11-20", "2026-12-01"),
        ("\n", "\n\n"),
        ('x="10.5" y="20"', 'y="20" x="10.5"'),
    ],
    ids=["clip path", "marker", "id", "picture's id", "date", "layout", "order of attributes"],
)
def test_names_and_dates_do_not_count(old: str, new: str, rule: Rule) -> None:
    assert old in SVG
    assert differ(SVG, SVG.replace(old, new), rule) is None


@pytest.mark.parametrize("rule", BOTH)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("L 30 5.25", "L 30 5.85"),
        ("L 30 5.25 ", ""),
        ("<!-- 0.5 -->", "<!-- 0.6 -->"),
        ("M 0 3 L 3 0", "M 0 3 L 6 0"),
        ('style="fill: none; stroke: #1b6ca8"', 'style="fill: none; stroke: #c2410c"'),
        ("translate(4 30)", "translate(9 30)"),
        ('x="10.5"', 'x="11.5"'),
        ('viewBox="0 0 72 36"', 'viewBox="0 0 72 46"'),
        ('width="20"', 'width="21"'),
        ("<image", "<rect/><image"),
    ],
    ids=[
        "a point moved",
        "a point gone",
        "a tick's label",
        "the shape of a marker",
        "a colour",
        "a place",
        "a marker moved",
        "the frame",
        "a picture's size",
        "one shape more",
    ],
)
def test_drawing_differs_with(old: str, new: str, rule: Rule) -> None:
    assert old in SVG
    assert differ(SVG, SVG.replace(old, new), rule) is not None


def test_point_may_move_a_little_on_another_machine_only() -> None:
    moved = SVG.replace("L 30 5.25", "L 30 5.256")
    assert differ(SVG, moved, "tolerant") is None
    assert differ(SVG, moved, "exact") == (
        "5.25 in path fill: none; stroke: #1b6ca8 of figure_1 line_1",
        "5.256, and 1 of 15 shapes lie elsewhere",
    )


def test_it_is_told_how_many_shapes_moved() -> None:
    moved = SVG.replace("L 30 5.25", "L 30 9.5").replace("translate(4 30)", "translate(9 30)")
    found = differ(SVG, moved)
    assert found is not None
    assert found[1].startswith("9.5, and 2 of ")


def test_whole_coordinate_is_a_place_too() -> None:
    assert differ(SVG, SVG.replace("M 10.5 20 ", "M 10.5 20.01 ")) is None
    assert differ(SVG, SVG.replace("M 10.5 20 ", "M 10.5 21 ")) is not None


def test_picture_that_cannot_be_read_is_another_one() -> None:
    other = SVG.replace("AAAA", "BBBB")
    assert differ(SVG, other, "tolerant") == ("the picture in image of figure_1", "another picture")
    assert differ(SVG, other, "exact") == ("the picture in image of figure_1", "other pixels")


@pytest.fixture(scope="module")
def drawn() -> Callable[..., str]:
    """Draws a figure with matplotlib: other ids every time."""
    figure = pytest.importorskip("matplotlib.figure")

    def draw(points: list[float], *, label: str = "loss", color: str = "C0", kind: str = "plot") -> str:
        fig = figure.Figure(figsize=(3, 2))
        ax = fig.subplots()
        if kind == "plot":
            ax.plot(points, color=color, marker="o")
        elif kind == "bar":
            ax.bar(range(len(points)), points, color=color)
        elif kind == "scatter":
            ax.scatter(range(len(points)), points, color=color)
        else:
            ax.imshow([points])
        ax.set_ylabel(label)
        file = BytesIO()
        fig.savefig(file, format="svg")
        return file.getvalue().decode()

    return draw


@pytest.mark.parametrize("rule", BOTH)
@pytest.mark.parametrize("kind", ["plot", "bar", "scatter", "image"])
def test_same_data_drawn_twice_is_the_same(drawn: Callable[..., str], kind: str, rule: Rule) -> None:
    first, second = (drawn([1, 3, 2, 5], kind=kind) for _ in range(2))
    assert re.sub(r"<dc:date>.*?</dc:date>", "", first) != re.sub(r"<dc:date>.*?</dc:date>", "", second)
    assert differ(first, second, rule) is None


@pytest.mark.parametrize("rule", BOTH)
@pytest.mark.parametrize("kind", ["plot", "bar", "scatter"])
def test_one_other_number_is_seen(drawn: Callable[..., str], kind: str, rule: Rule) -> None:
    assert differ(drawn([1, 3, 2, 5], kind=kind), drawn([1, 3, 2.1, 5], kind=kind), rule) is not None


def test_other_label_or_colour_is_seen(drawn: Callable[..., str]) -> None:
    first = drawn([1, 3, 2, 5])
    expected, found = differ(first, drawn([1, 3, 2, 5], label="cost")) or ("", "")
    assert ("loss" in expected, "cost" in found) == (True, True)
    assert differ(first, drawn([1, 3, 2, 5], color="C1")) is not None


def test_scale_that_changed_with_all_points_in_place_is_seen(drawn: Callable[..., str]) -> None:
    assert differ(drawn([1, 3, 2, 5]), drawn([10, 30, 20, 50])) is not None


def test_pixels_may_be_off_by_some_levels_on_another_machine_only(drawn: Callable[..., str]) -> None:
    first, near, far = (drawn([0.0, value, 1.0], kind="image") for value in (0.5, 0.504, 0.55))
    assert differ(first, near, "exact") == ("the picture in image of figure_1 axes_1", "other pixels")
    assert differ(first, near, "tolerant") is None
    expected, found = differ(first, far, "tolerant") or ("", "")
    assert expected == "the picture in image of figure_1 axes_1"
    assert re.fullmatch(r"a pixel that is off by \d+ of 255", found)


def test_tolerance_of_a_cell_holds_for_the_pixels_too(drawn: Callable[..., str]) -> None:
    first, far = (drawn([0.0, value, 1.0], kind="image") for value in (0.5, 0.55))
    assert compare.figures(first, far, Tolerance("tolerant", relative=0.3)) is None


def test_what_is_no_svg_differs_from_one() -> None:
    assert differ(SVG, "not a picture") is not None
    assert differ("not a picture", "not a picture") is None
