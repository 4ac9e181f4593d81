"""Numbers typed by hand where a run has produced them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from snippets._engine.audit import audit
from snippets._engine.tree import Tree

pytestmark = pytest.mark.unit

Write = Callable[[str, str], Path]
SNIPPET = """\
# %% fit
lr = 0.125
loss = 1.3333

# %% other
x = 1
"""
RAN = {
    "fit": {
        "outputs": [
            ["text", "stdout", "loss: 1.3333, right: 1797\nstep 250 of 300; -4.25 1.50e-05\n"],
            ["figure", "display", "<svg>987</svg>"],
        ],
        "values": {"best": 0.98765, "counts": [[321, 12]], "name": "run 456"},
    },
    "other": {"outputs": [["error", "error", "ValueError: got 777"]]},
}


@pytest.fixture
def typed(tree: Tree, write: Write, by_hand: Callable[..., Path]) -> Callable[[str], list[str]]:
    """The numbers that a line of a page is told to have typed."""
    write("snippets/basics/sums.py", SNIPPET)
    by_hand("basics/sums", RAN)

    def found(line: str) -> list[str]:
        write("docs/vi/basics/sums.md", f'::: cell #fit alt="a"\n\n::: cell #other\n\n{line}\n')
        said = [f for f in audit(tree) if f.kind == "typed"]
        assert all((f.path, f.line, f.severity) == ("docs/vi/basics/sums.md", 5, "warning") for f in said)
        return [str(f).split(" the number ")[1].split(" ")[0] for f in said]

    return found


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("loss bằng 0.98765.", ["0.98765"]),
        ("1797 ảnh, (321), **777** và 456:", ["1797", "321", "777", "456"]),
        ("gradient là -4.25", ["-4.25"]),
        ("| 321 | 5 |", ["321"]),
        ("## Sau 250 bước {#a}", ["250"]),
        ("`x` là `321`", ["321"]),
        ('!!! tip "250 bước"', ["250"]),
    ],
    ids=["value", "outputs", "negative", "table", "heading", "code span", "title"],
)
def test_recorded_number_is_found_in(line: str, numbers: list[str], typed: Callable[[str], list[str]]) -> None:
    assert typed(line) == numbers


@pytest.mark.parametrize(
    "line",
    [
        "{{= #fit.best }} và {{= #fit.counts[0][0] }}",
        "tốc độ học 0.125",
        "loss 1.3333 như trong mã",
        "5 lần, 12 ảnh, 0.050",
        "987 chỉ có trong hình",
        "1798 hay 0.9876 hay 32 hay 3210 hay 0.321 hay 321.5",
        "[đích](a-321.md) {#b-321} <a href='321'>x</a>",
        "```text\n321\n```",
        "phiên bản 1.321.0, mục #321, ngày 2026/321",
    ],
    ids=[
        "cited",
        "literal of the code",
        "literal that is printed too",
        "few digits",
        "only drawn",
        "other numbers",
        "targets and attributes",
        "fence",
        "parts of names",
    ],
)
def test_number_is_let_through(line: str, typed: Callable[[str], list[str]]) -> None:
    assert typed(line) == []


def test_number_of_another_chapter_is_found_only_where_the_page_uses_it(
    tree: Tree, write: Write, by_hand: Callable[..., Path]
) -> None:
    write("snippets/basics/sums.py", SNIPPET)
    by_hand("basics/sums", RAN)
    for name, text in (("one", "321\n"), ("two", "321 {{= basics/sums#fit.best }}\n")):
        write(f"docs/vi/{name}.md", text)
    assert [f.path for f in audit(tree) if f.kind == "typed"] == ["docs/vi/two.md"]


def test_message_tells_how_to_cite(tree: Tree, write: Write, by_hand: Callable[..., Path]) -> None:
    write("snippets/basics/sums.py", SNIPPET)
    by_hand("basics/sums", RAN)
    write("docs/en/basics/sums.md", "---\ntitle: x\n---\n\n::: cell #other\n\nThere are 321.\n")
    assert [str(f) for f in audit(tree) if f.kind == "typed"] == [
        "docs/en/basics/sums.md:7: the number 321 comes from a run but is typed by hand; "
        "cite it: {{= #cell.expression }}"
    ]
