"""Explorable figures: what a cell with a slider must keep to, what its frames are, how they are compared and shown."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snippets._engine.audit.audit import audit
from snippets._engine.chapters import cells, frames
from snippets._engine.chapters.cells import Cell
from snippets._engine.chapters.frames import Frame
from snippets._engine.chapters.results import CellRun, ChapterRun, Output
from snippets._engine.commands.record import record_chapters
from snippets._engine.copies.plain import plain
from snippets._engine.diffs.compare import Rule, compare
from snippets._engine.pages.page import parse
from snippets._engine.project.errors import PageError, SnippetsError
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library
from snippets._engine.render.frames import with_frames
from snippets._engine.render.markdown import expand

Write = Callable[[str, str], Path]
SVG = (
    '<svg width="72pt" height="36pt" xmlns="http://www.w3.org/2000/svg">'
    '<path d="M 0 {} L 9 9" style="stroke: #1f2933"/></svg>'
)
PATH, SNIPPET = "docs/vi/lab/rates.md", "snippets/lab/rates.py"


def cell(option: str = "lr", more: str = "") -> Cell:
    """A cell with a slider, in line 1 of its file."""
    text = f'# %% draw slider="{option}"{more}\nx = 1\n'
    return cells.parse(text, name="lab/rates", path=SNIPPET).cells[0]


def shown(height: float = 0, **frame: Any) -> Output:
    """A figure that is a frame."""
    return Output("figure", "display", SVG.format(height), frame=frame)


def printed(text: str) -> Output:
    return Output("text", "stdout", text)


def named(*values: Any) -> list[Output]:
    """Frames of one variable."""
    return [shown(lr=value) for value in values]


def grid(*pairs: tuple[Any, Any]) -> list[Output]:
    """Frames of two variables; a record keeps them by the alphabet."""
    return [shown(count=count, degree=degree) for degree, count in pairs]


@pytest.mark.unit
@pytest.mark.parametrize(
    "outputs",
    [named(1, 2, 3), named(0.001, 1, 1e3), named("b", "a", "c d"), named(*range(24)), named(-1e-5, 0, 7)],
    ids=["int", "int and float", "text in any order", "24 frames", "negative"],
)
def test_frames_of_one_variable_may_be(outputs: list[Output]) -> None:
    assert frames.breach(cell(), outputs) == ""


@pytest.mark.unit
@pytest.mark.parametrize(
    "pairs",
    [
        [(d, n) for d in (1, 2, 3) for n in (10, 20)],
        [(d, n) for n in (10, 20) for d in (1, 2, 3)],
        [(d, n) for d in ("b", "a") for n in (True, False)],
    ],
    ids=["row by row", "column by column", "text and truth"],
)
def test_frames_of_two_variables_may_be(pairs: list[tuple[Any, Any]]) -> None:
    assert frames.breach(cell("degree count"), grid(*pairs)) == ""


BREACHES = {
    "no frame": ("lr", [printed("a\n")], "shows 0 frames; there must be 3 to 24"),
    "two frames": ("lr", named(1, 2), "shows 2 frames; there must be 3 to 24"),
    "25 frames": ("lr", named(*range(25)), "shows 25 frames; there must be 3 to 24"),
    "twice the same": ("lr", named(1, 2, 2), "two frames are `lr = 2`; change lr and show one figure in each step"),
    "descending": ("lr", named(1, 3, 2), "`lr` goes from 3 to 2; numbers must ascend"),
    "equal numbers of two kinds": ("lr", named(1, 1.0, 2), "`lr` goes from 1 to 1.0; numbers must ascend"),
    "numbers and text": ("lr", named(1, "2", 3), "`lr` is now a number, now a str; keep to one"),
    "truth and numbers": ("lr", named(False, True, 2), "`lr` is now a bool, now a number; keep to one"),
    "a figure that is a result": (
        "lr",
        [*named(1, 2, 3), Output("figure", "result", SVG)],
        "gives a figure that is no frame; show each figure with plt.show() in the loop",
    ),
    "a figure between frames": (
        "lr",
        [Output("figure", "result", SVG), *named(1, 2, 3)],
        "gives a figure that is no frame; show each figure with plt.show() in the loop",
    ),
    "a hole": (
        "degree count",
        grid((1, 1), (1, 2), (2, 1)),
        "shows 3 frames of a grid of 2 × 2; two variables must fill it",
    ),
    "a descending side": (
        "degree count",
        grid((1, 2), (1, 1), (2, 2), (2, 1)),
        "`count` goes from 2 to 1; numbers must ascend",
    ),
    "another name": ("rate", named(1, 2, 3), "frame 1 is named by lr; expected rate"),
    "a list in the record": ("lr", named([1], 2, 3), "at frame 1 `lr` is [1]; it must be int, float, str or bool"),
    "nothing in the record": ("lr", named(1, 2, None), "at frame 3 `lr` is None; it must be int, float, str or bool"),
    "markup in the record": ("lr", named("a", "b", '"><script>'), "at frame 3 `lr` is '\"><script>'; it must be"),
    "a large figure": (
        "lr",
        [*named(1, 2), Output("figure", "display", SVG + " " * 20_000, frame={"lr": 3})],
        "frame `lr = 3` has 20,1",
    ),
}


@pytest.mark.unit
@pytest.mark.parametrize(("option", "outputs", "told"), BREACHES.values(), ids=BREACHES.keys())
def test_frames_are_refused_for(option: str, outputs: list[Output], told: str) -> None:
    assert frames.breach(cell(option), outputs).startswith(told)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([1], "of type list; it must be int, float, str or bool"),
        (1j, "of type complex; it must be int, float, str or bool"),
        (None, "of type NoneType; it must be int, float, str or bool"),
        (float("nan"), "infinite, nan or beyond 10**15; no slider reaches it"),
        (float("-inf"), "infinite, nan or beyond 10**15; no slider reaches it"),
        (10**5000, "infinite, nan or beyond 10**15; no slider reaches it"),
        ("", "''; as text it must have 1 to 40 printable characters"),
        ("a\nb", "'a\\nb'; as text it must have 1 to 40 printable characters"),
        (" a", "' a'; as text it must have 1 to 40 printable characters"),
        ('"', "'\"'; as text it must have 1 to 40 printable characters"),
        ("a" * 41, f"'{'a' * 41}'; as text it must have 1 to 40 printable characters"),
    ],
    ids=[
        "list",
        "complex",
        "None",
        "nan",
        "infinity",
        "huge",
        "empty",
        "line break",
        "space",
        "quotation mark",
        "long",
    ],
)
def test_a_value_that_names_no_frame_is_told(value: object, told: str) -> None:
    outputs = [shown(lr=frames.value_of({"lr": value}, "lr")), *named(2, 3)]
    assert frames.breach(cell(), outputs).startswith(f"at frame 1 `lr` is {told}")


@pytest.mark.unit
def test_a_name_that_is_not_bound_is_told() -> None:
    outputs = [shown(lr=frames.value_of({}, "lr")), *named(2, 3)]
    assert frames.breach(cell(), outputs).startswith("at frame 1 `lr` is not bound when the figure is shown")


@pytest.mark.unit
def test_numbers_of_numpy_that_are_pythons_too_name_a_frame() -> None:
    import numpy

    assert [frames.value_of({"v": v}, "v") for v in (numpy.float64(0.1), numpy.str_("a"), True)] == [0.1, "a", True]
    assert isinstance(frames.value_of({"v": numpy.int64(1)}, "v"), dict)


@pytest.mark.unit
def test_text_belongs_to_the_frame_shown_next_and_the_last_to_all() -> None:
    outputs = [printed("before\n"), shown(lr=1), shown(lr=2), printed("third\n"), printed("more\n"), shown(lr=3)]
    found, below = frames.split(cell(), [*outputs, printed("after\n")])
    assert [(f.label, [o.text for o in f.texts]) for f in found] == [
        ("lr = 1", ["before\n"]),
        ("lr = 2", []),
        ("lr = 3", ["third\n", "more\n"]),
    ]
    assert below == (printed("after\n"),)


@pytest.mark.unit
def test_a_frame_is_named_in_the_sliders_order_and_as_an_address_can_hold_it() -> None:
    outputs = grid((1, "a&b"), (1, "c=d"), (2, "a&b"), (2, "c=d"))
    found, _ = frames.split(cell("degree count"), outputs)
    assert [frame.label for frame in found][:2] == ["degree = 1, count = a&b", "degree = 1, count = c=d"]
    assert [frame.state for frame in found][:2] == ["degree=1&count=a%26b", "degree=1&count=c%3Dd"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("count", "expected"),
    [(3, {0, 1, 2}), (4, {0, 1, 2, 3}), (5, {0, 1, 3, 4}), (12, {0, 4, 7, 11}), (24, {0, 8, 15, 23})],
)
def test_four_frames_are_printed(count: int, expected: set[int]) -> None:
    found, _ = frames.split(cell(), named(*range(count)))
    assert frames.on_paper(found) == expected


@pytest.mark.unit
def test_of_a_grid_the_corners_are_printed() -> None:
    found, _ = frames.split(cell("degree count"), grid(*[(d, n) for d in (1, 2, 3) for n in (10, 20, 30)]))
    assert [found[number].label for number in sorted(frames.on_paper(found))] == [
        "degree = 1, count = 10",
        "degree = 1, count = 30",
        "degree = 3, count = 10",
        "degree = 3, count = 30",
    ]


def frame(**values: Any) -> Frame:
    return Frame(tuple(values.items()), (), shown(**values))


@pytest.mark.unit
@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Với lr = {lr:g}", "Với lr = 0.05"),
        ("{lr} {lr:.3f} {name} {name:>3}", "0.05 0.050 SGD SGD"),
        ("{{lr}} {{{lr}}}", "{lr} {0.05}"),
        ("plain", "plain"),
    ],
)
def test_an_alt_text_holds_the_frames_values(template: str, text: str) -> None:
    assert frames.alt_text(template, frame(lr=0.05, name="SGD")) == text


@pytest.mark.unit
@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{rate}", "unknown name `{rate}`; there are: lr"),
        ("{lr:d}", "format `{lr:d}` of 0.05: Unknown format code 'd'"),
        ("{lr", "`{` alone; write {{ or }} for a brace, {name} for a value"),
        ("lr}", "`}` alone"),
        ("{lr.real}", "`{` alone"),
        ("{lr!r}", "`{` alone"),
        ("{}", "`{` alone"),
        ("{0}", "`{` alone"),
    ],
)
def test_an_alt_text_is_refused_for(template: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        frames.alt_text(template, frame(lr=0.05))


def differ(expected: list[Output], found: list[Output], option: str = "lr", more: str = "", rule: Rule = "exact"):
    one = cell(option, more)
    runs = [CellRun(one.name, tuple(outputs)) for outputs in (expected, found)]
    return [str(mismatch) for mismatch in compare(one, *runs, rule)]


@pytest.mark.unit
def test_a_difference_names_its_frame() -> None:
    was = [printed("loss 1\n"), shown(lr=1), printed("loss 2\n"), shown(lr=2), shown(lr=3), printed("done\n")]
    now = [printed("loss 1\n"), shown(lr=1), printed("loss 5\n"), shown(lr=2), shown(4, lr=3), printed("gone\n")]
    assert differ(was, was) == []
    assert differ(was, now) == [
        "cell `draw`, frame `lr = 2`, output 1: expected 'loss 2', found 'loss 5'",
        "cell `draw`, frame `lr = 3`, figure: expected 0 in path stroke: #1f2933, "
        "found 4, and 1 of 2 shapes lie elsewhere",
        "cell `draw`, under all frames, output: expected 'done', found 'gone'",
    ]


@pytest.mark.unit
def test_other_frames_are_told_by_name() -> None:
    told = "cell `draw`, frames: expected `lr = 1`, `lr = 2`, `lr = 3`, found `lr = 1`, `lr = 2`, `lr = 4`"
    assert differ(named(1, 2, 3), named(1, 2, 4)) == [told]
    assert differ(named(1, 2, 3), named(1, 2, 3.0)) != []


@pytest.mark.unit
def test_text_that_wandered_to_the_next_frame_is_a_difference() -> None:
    was = [shown(lr=1), printed("a\n"), shown(lr=2), shown(lr=3)]
    now = [shown(lr=1), shown(lr=2), printed("a\n"), shown(lr=3)]
    assert [line.partition(":")[0] for line in differ(was, now)] == [
        "cell `draw`, frame `lr = 2`, outputs",
        "cell `draw`, frame `lr = 3`, outputs",
    ]


@pytest.mark.unit
def test_a_tolerance_holds_in_each_frame() -> None:
    was = [printed("loss 100.0\n"), shown(lr=1), printed("loss 1.0\n"), shown(lr=2), shown(lr=3)]
    now = [printed("loss 104.0\n"), shown(lr=1), printed("loss 1.3\n"), shown(lr=2), shown(lr=3)]
    found = differ(was, now, more=' tolerance="0.05"', rule="tolerant")
    assert found == ["cell `draw`, frame `lr = 2`, output 1: expected 'loss 1.0', found 'loss 1.3'"]


CODE = '# %% before\na = 0\n\n# %% draw slider="lr"\nx = 1\n'
RAN = {
    "draw": {
        "outputs": [
            ["text", "stdout", "before\n"],
            *(["figure", "display", SVG.format(lr), {"lr": lr}] for lr in (1, 2, 3)),
            ["text", "stdout", "after\n"],
        ]
    }
}


@pytest.fixture
def page(write: Write, by_hand: Callable[..., Path], library: Library) -> Callable[..., str]:
    """Expands a page of a chapter with three frames."""
    write(SNIPPET, CODE)
    by_hand("lab/rates", RAN)

    def expanded(text: str, src_uri: str = "lab/rates.md") -> str:
        return expand(text, lang="vi", src_uri=src_uri, path=f"docs/vi/{src_uri}", library=library).markdown

    return expanded


@pytest.mark.unit
@pytest.mark.parametrize(
    ("directive", "told"),
    [
        ("::: cell #draw", '3: cell `draw` draws a figure without alt text; add alt="what the figure shows"'),
        ('::: cell #draw alt="{rate}"', "3: alt text of frame `lr = 1`: unknown name `{rate}`; there are: lr; mend it"),
        ('::: cell #draw alt="{lr:%Q}"', "3: alt text of frame `lr = 1`: format `{lr:%Q}` of 1: Invalid format"),
        (
            '::: cell #draw show="code"',
            '3: show="code" of cell `draw`, an explorable figure (slider="lr" in snippets/lab/rates.py:4); '
            "show its frames too, or remove the slider",
        ),
    ],
    ids=["no alt text", "unknown name", "wrong format", "code alone"],
)
def test_a_directive_of_frames_is_refused_for(page: Callable[..., str], directive: str, told: str) -> None:
    with pytest.raises(PageError) as caught:
        page(f"# A {{#a}}\n\n{directive}\n")
    assert str(caught.value).startswith(f"{PATH}:{told}")


@pytest.mark.unit
def test_recording_refuses_code_alone_too(page: Callable[..., str], library: Library) -> None:
    text = '# A {#a}\n\n::: cell #draw show="code"\n'
    with pytest.raises(PageError, match=r'^docs/vi/lab/rates\.md:3: show="code" of cell `draw`'):
        with_frames([library.chapter("lab/rates")], [parse(text, src_uri="lab/rates.md", path=PATH)])


@pytest.mark.unit
def test_a_second_showing_and_another_chapters_have_ids_of_their_own(page: Callable[..., str]) -> None:
    twice = page('::: cell #draw alt="{lr}"\n\n::: cell #draw show="output" alt="{lr}"\n')
    assert [twice.count(f'id="cell-draw:{state}"') for state in ("lr=1", "lr=2", "lr=3", "lr")] == [1, 1, 1, 1]
    assert twice.count('id="cell-draw:1::lr"') == 1
    assert 'id="lab-rates-draw:lr=2"' in page('::: cell lab/rates#draw alt="{lr}"\n', "other.md")


@pytest.mark.unit
def test_a_plain_copy_names_each_frame(page: Callable[..., str], library: Library) -> None:
    text = plain('::: cell #draw alt="lr {lr}"\n', lang="vi", src_uri="lab/rates.md", path=PATH, library=library)
    lines = [line for line in text.split("```python\nx = 1\n```")[1].split("\n") if line]
    assert lines == [
        *("**lr = 1**", "```text", "before", "```", "![lr 1](../../figures/lab/rates/draw-1-light.svg)"),
        *("**lr = 2**", "![lr 2](../../figures/lab/rates/draw-2-light.svg)"),
        *("**lr = 3**", "![lr 3](../../figures/lab/rates/draw-3-light.svg)"),
        *("```text", "after", "```", "(torch 2.13.0 · CPU · 2026-11-20)"),
    ]


@pytest.mark.unit
def test_recorded_frames_that_break_a_rule_are_errors_at_the_cells_line(
    tree: Tree, write: Write, by_hand: Callable[..., Path]
) -> None:
    write(SNIPPET, CODE)
    outputs = [["figure", "display", SVG.format(lr), {"lr": lr}] for lr in (1, 3, 2)]
    by_hand("lab/rates", {"draw": {"outputs": outputs}})
    for lang in tree.languages:
        write(f"docs/{lang}/lab/rates.md", '# A {#a}\n\n::: cell #before\n\n::: cell #draw alt="{lr}"\n')
    assert [str(found) for found in audit(tree) if found.severity == "error"] == [
        'snippets/lab/rates.py:4: slider="lr" of cell `draw`: `lr` goes from 3 to 2; numbers must ascend; '
        "mend it, then run: python -m snippets record lab/rates"
    ]


@pytest.mark.unit
def test_a_variant_beside_frames_and_a_large_record_are_errors_at_the_cells_line(
    tree: Tree, write: Write, by_hand: Callable[..., Path]
) -> None:
    write(SNIPPET, CODE)
    by_hand("lab/rates", {**RAN, "before": {"outputs": [["text", "stdout", "a" * 1_500_000 + "\n"]]}})
    by_hand("lab/rates", RAN, variant="cuda")
    told = [str(found) for found in audit(tree) if found.severity == "error"]
    start = 'snippets/lab/rates.py:4: slider="lr" of cell `draw`: '
    assert (
        told[0] == f"{start}an explorable figure has no variants, and `cuda` is one; remove the option, or that record"
    )
    assert told[1].startswith(f"{start}the record has 1,50")
    assert len(told) == 2


@pytest.mark.unit
def test_a_record_with_a_frame_that_is_no_table_is_refused(
    tree: Tree, write: Write, by_hand: Callable[..., Path], library: Library
) -> None:
    write(SNIPPET, CODE)
    by_hand("lab/rates", {"draw": {"outputs": [["figure", "display", SVG, [1]]]}})
    with pytest.raises(SnippetsError, match="no record of ours"):
        library.record("lab/rates")


LOOP = """\
# %% good slider="lr"
import matplotlib.pyplot as plt

for lr in (0.5, 1, 1.5):
    print(f"lr is {lr}")
    _ = plt.plot([0, lr])
    plt.show()
print("end")

# %% no-show slider="lr"
for lr in (1, 2, 3):
    _ = plt.figure()
    _ = plt.plot([0, lr])

# %% local slider="rate"
def draw():
    for rate in (1, 2, 3):
        _ = plt.plot([0, rate])
        plt.show()


draw()

# %% tensor-like slider="lr"
for lr in ([1], [2], [3]):
    _ = plt.plot(lr)
    plt.show()
"""


@pytest.fixture(scope="module")
def result() -> ChapterRun:
    from snippets._engine.run.scheduler import run

    chapter = cells.parse(LOOP, name="part/code", path="snippets/part/code.py")
    return run([chapter], values={"part/code": {"good": ["lr"]}})["part/code"]


def test_a_run_names_each_figure_by_its_variables(result: ChapterRun) -> None:
    found, below = frames.split(result.chapter.by_name["good"], result.cell("good").outputs)
    assert [(f.label, [o.text for o in f.texts]) for f in found] == [
        ("lr = 0.5", ["lr is 0.5\n"]),
        ("lr = 1", ["lr is 1\n"]),
        ("lr = 1.5", ["lr is 1.5\n"]),
    ]
    assert [output.text for output in below] == ["end\n"]
    assert result.cell("good").values == {"lr": 1.5}


def test_every_breach_of_a_run_is_told_at_its_cells_line(result: ChapterRun) -> None:
    assert result.failure is None
    assert [str(found).partition("; ")[0] for found in frames.findings(result)] == [
        'snippets/part/code.py:10: slider="lr" of cell `no-show`: two frames are `lr = 3`',
        'snippets/part/code.py:15: slider="rate" of cell `local`: '
        "at frame 1 `rate` is not bound when the figure is shown",
        'snippets/part/code.py:24: slider="lr" of cell `tensor-like`: at frame 1 `lr` is of type list',
    ]


def test_a_run_that_breaks_a_rule_is_not_recorded(
    tree: Tree, write: Write, result: ChapterRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("snippets/part/code.py", LOOP)
    monkeypatch.setattr("snippets._engine.commands.record.run", lambda chapters, **_: {"part/code": result})
    done = record_chapters(tree, ["part/code"])
    assert [found.line for found in done.problems] == [10, 15, 24]
    assert not tree.record("part/code").exists()
