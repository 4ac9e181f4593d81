"""The cell parser and its comment filter on any file at all (hypothesis)."""

from dataclasses import dataclass

import jupytext
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets._engine.chapters import cells
from snippets._engine.chapters.cells import Cell, Chapter
from snippets._engine.project.errors import CellError

pytestmark = pytest.mark.unit

MARKS = ["# %% one", "# %% two", '# %% three raises="E"', "#%%", "# vi: một", "# en: one", "# (1)!", "#", "%%"]
CODE = [
    "x = 1",
    "def f():",
    "    return 1",
    "(",
    ")",
    "s = ",
    "f",
    "'",
    '"',
    '"""',
    "'''",
    "{",
    "}",
    "\\",
    "\t",
    "    ",
]
ENDS = [
    "\n",
    "\n",
    "\n\n",
    "\\\n",
    " \n",
    "\r",
    "\r\n",
    "\x0c",
    "\x0b",
    "\x85",
    "\u2028",
    "\ufeff",
    "\0",
    "𝐱",
    "e\u0301",
]
BREAKS = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
anything = st.tuples(
    st.sampled_from(["", "# %% zero\nx = 1\n"]),
    st.lists(st.sampled_from([*MARKS, *CODE, *ENDS]) | st.text(max_size=3), max_size=25).map("".join),
).map("".join)
word = st.text(st.characters(exclude_characters="\n\0\t" + BREAKS, exclude_categories=["Cs"]), max_size=12)


@dataclass(frozen=True)
class Piece:
    """Lines of a cell: as they stand in the file, as they run, and as each language shows them."""

    file: tuple[str, ...]
    code: tuple[str, ...]
    vi: tuple[str, ...]
    en: tuple[str, ...]


def plain(*lines: str) -> Piece:
    """What is the same everywhere."""
    return Piece(lines, lines, lines, lines)


def twins(vi: str, en: str, indent: str) -> Piece:
    """A comment in both languages; in a function when indented."""
    head, tail = (("def f():",), (f"{indent}return 1",)) if indent else ((), ())
    file = (*head, f"{indent}# vi: {vi}", f"{indent}# en: {en}", *tail)
    shown = [(*head, f"{indent}# {text}".rstrip() if text.strip() else f"{indent}# ", *tail) for text in (vi, en)]
    return Piece(file, head + tail, *shown)


def string(text: str, prefix: str) -> Piece:
    """A string whose lines look like comments, markers and annotations."""
    lines = [f"{prefix}# vi: {text}", "# %% none", "y = 1  # (1)!", "  ", "# en: no comment either"]
    return plain('s = """', *(line.replace('"""', "").replace("\\", "") for line in lines), '"""')


statement = st.integers(0, 10**30).map(lambda n: plain(f"x = {n}"))
annotated = st.just(Piece(("x = 1  # (1)!",), ("x = 1",), ("x = 1  # (1)!",), ("x = 1  # (1)!",)))
spaced = st.just(Piece(("x = 1 \t ",), ("x = 1",), ("x = 1",), ("x = 1",)))
bodies = st.builds(
    lambda pieces, last: [*pieces, last],
    st.lists(
        statement
        | annotated
        | spaced
        | st.just(plain(""))
        | st.builds(twins, word, word, st.sampled_from(["", "    ", "  "]))
        | st.builds(string, word, st.sampled_from(["", "  "])),
        max_size=6,
    ),
    statement,
)
names = st.lists(st.text("abyz09", min_size=1, max_size=4), min_size=1, max_size=3).map("-".join)
options = st.fixed_dictionaries(
    {},
    optional={
        "raises": st.sampled_from(["ValueError", "_E1"]),
        "samples": st.integers(1, 999).map(str),
        "tolerance": st.sampled_from(["1e-3", "0.25", "2"]),
        "volatile": st.just("true"),
    },
)
files = st.lists(st.tuples(names, options, bodies), min_size=1, max_size=4, unique_by=lambda made: made[0])


def parse(text: str) -> Chapter:
    """A file's text as a chapter."""
    return cells.parse(text, name="part/name", path="name.py")


def written(made: list[tuple[str, dict[str, str], list[Piece]]]) -> str:
    """Cells as a file."""
    out = ["# A comment before the first cell.", ""]
    for name, given_options, pieces in made:
        out.append(" ".join(["# %%", name, *(f'{key}="{value}"' for key, value in given_options.items())]))
        out += [line for piece in pieces for line in piece.file]
    return "\n".join(out) + "\n"


def joined(lines: list[str]) -> str:
    """Lines without the empty ones at both ends."""
    while lines and not lines[0].strip():
        lines = lines[1:]
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return "\n".join(lines)


@given(files)
def test_cells_written_to_a_file_are_read_again(made: list[tuple[str, dict[str, str], list[Piece]]]) -> None:
    text = written(made)
    found = parse(text).cells
    assert [(cell.name, cell.options) for cell in found] == [(name, given_options) for name, given_options, _ in made]
    for cell, (_, _, pieces) in zip(found, made, strict=True):
        assert cell.code == joined([line for piece in pieces for line in piece.code])
        assert cell.shown("vi") == joined([line for piece in pieces for line in piece.vi])
        assert cell.shown("en") == joined([line for piece in pieces for line in piece.en])
        assert_numbered(cell, text.split("\n"))


def assert_numbered(cell: Cell, lines: list[str]) -> None:
    """Every line of the code knows its line in the file."""
    numbers = [cell.file_line(n) for n in range(1, cell.code.count("\n") + 2)]
    assert numbers == sorted(set(numbers))
    for number, line in zip(numbers, cell.code.split("\n"), strict=True):
        raw = lines[number - 1]
        assert line in (raw, raw.rstrip(), raw.removesuffix("  # (1)!"))


@given(files, word)
def test_a_comment_in_a_language_is_no_part_of_the_hash(
    made: list[tuple[str, dict[str, str], list[Piece]]], text: str
) -> None:
    others = [(name, given_options, [twins(text, "x", ""), *pieces]) for name, given_options, pieces in made]
    assert parse(written(others)).hash == parse(written(made)).hash
    changed = [(name, given_options, [plain("z = 2"), *pieces]) for name, given_options, pieces in made]
    assert parse(written(changed)).hash != parse(written(made)).hash


@given(anything)
def test_any_text_is_read_whole_or_refused_with_its_line(text: str) -> None:
    lines = text.split("\n")
    try:
        chapter = parse(text)
    except CellError as error:
        told = error.finding
    else:
        assert_whole(chapter, lines)
        return
    assert told.line in range(1, len(lines) + 1)
    assert "\n" not in str(told)


def assert_whole(chapter: Chapter, lines: list[str]) -> None:
    """Each line of a file is a marker, in a cell, empty, or a comment before the first cell."""
    kept = {number: line for cell in chapter.cells for number, line in cell.lines}
    markers = {cell.line for cell in chapter.cells}
    assert not kept.keys() & markers
    for number, line in enumerate(lines, 1):
        if number in kept:
            assert kept[number] in (line, line.rstrip())
        elif number not in markers:
            assert not line.strip() or (number < min(markers) and line.lstrip().startswith("#"))


@given(files)
def test_jupytext_reads_the_same(made: list[tuple[str, dict[str, str], list[Piece]]]) -> None:
    text = written(made)
    theirs = [cell for cell in jupytext.reads(text, "py:percent").cells if cell.metadata.get("title")]
    ours = parse(text).cells
    assert [cell.name for cell in ours] == [cell.metadata["title"] for cell in theirs]
    assert ["\n".join(line.rstrip() for _, line in cell.lines) for cell in ours] == [
        joined([line.rstrip() for line in cell.source.split("\n")]) for cell in theirs
    ]
