"""What few trees hold: ten thousand cells, enormous outputs, letters of every kind, links without end, wrong clocks."""

import errno
import html
import os
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from snippets.__main__ import main
from snippets._engine.audit import audit, parity
from snippets._engine.audit.typed import typed_numbers
from snippets._engine.chapters import cells
from snippets._engine.chapters.results import CellRun, ChapterRun, Output
from snippets._engine.commands import record as recording
from snippets._engine.commands.record import record_chapters
from snippets._engine.pages.page import PageError, parse
from snippets._engine.project import files as whole
from snippets._engine.project.files import loops
from snippets._engine.project.tree import Tree
from snippets._engine.records import record
from snippets._engine.records.library import Library
from snippets._engine.records.record import Record
from snippets._engine.render.markdown import expand
from snippets._engine.render.markup import escaped

Write = Callable[[str, str], Path]
ByHand = Callable[..., Path]

SIX = "e\u0301 đ 👩\u200d💻 \u202eabc\u202c 𝒙² \u200b|\u2028|\ufeff"
"""Decomposed and Vietnamese letters, an emoji of three, a turn of direction, an astral letter, marks without width."""


@pytest.fixture
def big(tree: Tree, write: Write) -> Path:
    """A chapter on a page in each language, whose record is made by hand."""
    write("snippets/a/big.py", "# %% one\nx = 1\n")
    for lang in tree.languages:
        write(f"docs/{lang}/a/big.md", "# T {#t}\n\n::: cell #one\n")
    return tree.snippet("a/big")


@pytest.fixture
def rerun(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run gives what the record says, without running anything."""

    def run(chapters: Any, **_: object) -> dict[str, ChapterRun]:
        old = Library(tree).record("a/big")
        assert old is not None
        return {
            c.name: ChapterRun(c, tuple(CellRun(cell.name, ()) for cell in c.cells), old.environment, "")
            for c in chapters
        }

    monkeypatch.setattr(recording, "run", run)


# Clocks


@pytest.mark.unit
def test_a_clock_set_back_leaves_fresh_records_and_replaces_stale_ones(
    tree: Tree,
    big: Path,
    by_hand: ByHand,
    rerun: None,
    monkeypatch: pytest.MonkeyPatch,
    read_record: Callable[..., Record],
) -> None:
    path = by_hand("a/big", {}, recorded="2099-12-31")
    os.utime(path, (4e9, 4e9))
    before = path.read_bytes()
    monkeypatch.setattr(record, "today", lambda: "1970-01-01")
    assert record_chapters(tree, ["a/big"]).fresh == ("a/big",)
    assert path.read_bytes() == before
    assert {f.kind for f in audit.audit(tree)} == {"behind"}
    big.write_text("# %% one\nx = 2\n", "utf-8")
    os.utime(big, (1, 1))
    assert "stale" in {f.kind for f in audit.audit(tree)}
    assert record_chapters(tree, ["a/big"]).written == (path,)
    assert read_record("a/big").recorded == "1970-01-01"
    assert {f.kind for f in audit.audit(tree)} == {"behind"}


@pytest.mark.unit
@pytest.mark.parametrize("moment", [1, 4_000_000_000], ids=["older", "in the future"])
def test_a_file_restored_with_another_time_is_read_again(
    tree: Tree, big: Path, by_hand: ByHand, library: Library, moment: int
) -> None:
    by_hand("a/big", {"one": {"values": {"x": 1}}})
    found = library.record("a/big")
    assert found is not None
    assert (library.chapter("a/big").cells[0].code, found.by_name["one"].values) == ("x = 1", {"x": 1})
    for path in (big, tree.record("a/big")):
        path.write_bytes(path.read_bytes().replace(b'"x": 1', b'"x": 3').replace(b"x = 1", b"x = 3"))
        os.utime(path, (moment, moment))
    found = library.record("a/big")
    assert found is not None
    assert (library.chapter("a/big").cells[0].code, found.by_name["one"].values) == ("x = 3", {"x": 3})


# Many cells


def cost(tree: Tree, count: int, by_hand: ByHand) -> float:
    """CPU seconds for reading a chapter and its page, expanding it and comparing it with its twin."""
    code = "".join(f"# %% cell-{n}\nx = {n}\n" for n in range(count))
    text = "# T {#t}\n\n" + "".join(f'::: cell #cell-{n} show="code"\n' for n in range(count))
    tree.snippet("a/big").write_text(code, "utf-8")
    by_hand("a/big", {})
    library = Library(tree)
    began = time.process_time()
    chapter = library.chapter("a/big")
    page = parse(text, src_uri="a/big.md", path="docs/vi/a/big.md")
    shown = expand(text, lang="vi", src_uri="a/big.md", path="docs/vi/a/big.md", library=library)
    found = [*parity.differences(page, page), *audit._places(chapter, page), *typed_numbers(page, library)]
    seconds = time.process_time() - began
    assert found == []
    assert shown.markdown.count("data-cell=") == len(page.items) - 1 == count
    return seconds


@pytest.mark.unit
@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=pytest.mark.weekly)])
def test_ten_times_as_many_cells_cost_about_ten_times_as_much(
    tree: Tree, big: Path, by_hand: ByHand, count: int
) -> None:
    small = cost(tree, count // 10, by_hand)
    assert cost(tree, count, by_hand) / small < 25


@pytest.mark.unit
def test_sections_and_cells_of_one_name_are_found_among_many(tree: Tree, big: Path) -> None:
    many = range(3_000)
    headings = "".join(f"## H {{#h{n}}}\n" for n in many)
    with pytest.raises(PageError, match=r"3001: heading id `h7` stands in line 8 too"):
        parse(headings + "## H {#h7}\n", src_uri="a/b.md", path="b.md")
    code = "".join(f"# %% c{n}\nx\n" for n in many)
    with pytest.raises(cells.CellError, match=r"6001: cell `c7` has the name of the cell in line 15; rename one"):
        cells.parse(code + "# %% c7\nx\n", name="a/b", path="b.py")


# Large outputs and strange letters, run for once

CHAPTERS = {
    "out/printed": "# %% one\nprint('x' * 20_000_000)\n",
    "out/written": "# %% one\nimport os\n\nos.write(2, b'x' * 20_000_000)\n",
    "out/shown": "# %% one\n'x' * 20_000_000\n",
    "out/raised": '# %% one raises="ValueError"\nraise ValueError("x" * 20_000_000)\n',
    "out/letters": f'# %% one\ns = "{SIX.replace(chr(0x2028), "")}"\n# vi: {SIX[:12]}\n# en: {SIX[:12]}\nprint(s)\n',
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tree, recording.Recorded]:
    """Five chapters recorded over old records, and what was said."""
    tree = Tree(tmp_path_factory.mktemp("e\u0301 👩\u200d💻 \u202eabc 𝒙"))
    (tree.root / "mkdocs.yml").touch()
    for name, code in CHAPTERS.items():
        files = {tree.snippet(name): code, tree.record(name): "old"}
        page = "# T 𝒙 👩\u200d💻 {#t}\n\n::: cell #one\n\n{{= #one.s }} {{= #one.len(s) }}\n"
        if name == "out/letters":
            files |= {tree.page(lang, name): page for lang in tree.languages}
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return tree, record_chapters(tree, tree.chapters())


def test_an_output_of_20_mb_is_refused_in_one_line_and_nothing_is_written(ran: tuple[Tree, recording.Recorded]) -> None:
    tree, done = ran
    loud = [name for name in tree.chapters() if name != "out/letters"]
    assert [str(problem) for problem in done.problems] == [
        f"snippets/{name}.py:1: cell `one` writes more than 1,000,000 characters" for name in loud
    ]
    assert [tree.record(name).read_text("utf-8") for name in loud] == ["old"] * len(loud)
    assert [tree.relative(path) for path in done.written] == ["docs/notebooks/out/letters.ipynb"]


def test_letters_of_every_kind_come_back_as_they_are(ran: tuple[Tree, recording.Recorded]) -> None:
    tree, _ = ran
    letters = SIX.replace(chr(0x2028), "")
    found = record.load(tree, "out/letters")
    assert found is not None
    assert found.cells[0].outputs == (Output("text", "stdout", f"{letters}\n"),)
    assert found.cells[0].values == {"s": letters, "len(s)": len(letters)}
    text = tree.page("vi", "out/letters").read_text("utf-8")
    shown = expand(text, lang="vi", src_uri="out/letters.md", path="letters.md", library=Library(tree)).markdown
    assert f"\n{letters}\n" in shown
    assert f'data-cell="out/letters#one">{letters}</span>' in html.unescape(shown)
    assert f"# {SIX[:12]}\n" in shown
    assert {f.kind for f in audit.audit(tree) if "letters" in f.path} == {"behind"}


@pytest.mark.unit
def test_letters_of_every_kind_in_records_alt_texts_and_file_names(tree: Tree, write: Write, by_hand: ByHand) -> None:
    name = f"a/{SIX[:9].replace(' ', '')}"
    write(f"snippets/{name}.py", "# %% one\nx = 1\n")
    for lang in tree.languages:
        write(f"docs/{lang}/{name}.md", f'# {SIX[:12]} {{#t}}\n\n::: cell #one alt="{SIX[:20]}"\n')
    by_hand(name, {"one": {"outputs": [["figure", "display", f"<svg><!-- {SIX} --></svg>"]]}})
    found = record.load(tree, name)
    assert found is not None
    assert found.cells[0].outputs[0].text == f"<svg><!-- {SIX} --></svg>"
    text = tree.page("vi", name).read_text("utf-8")
    shown = expand(text, lang="vi", src_uri=f"{name}.md", path="x.md", library=Library(tree)).markdown
    assert f"![{escaped(SIX[:20])}](" in shown
    assert {f.kind for f in audit.audit(tree)} == {"behind"}


@pytest.mark.unit
def test_names_that_only_look_alike_are_not_parallel(tree: Tree, write: Write) -> None:
    composed = unicodedata.normalize("NFC", "é")
    write(f"docs/vi/{composed}.md", "# T {#t}\n")
    write(f"docs/en/{unicodedata.normalize('NFD', composed)}.md", "# T {#t}\n")
    assert [f.kind for f in audit.audit(tree)] == ["parity", "parity"]


# Links without end


@pytest.mark.unit
def test_a_link_back_is_told_and_not_followed(tree: Tree, big: Path, by_hand: ByHand) -> None:
    by_hand("a/big", {})
    (tree.docs("vi") / "up").symlink_to("..")
    (tree.docs("en") / "a" / "self").symlink_to(".")
    (tree.snippets / "a" / "to-b").symlink_to("../b")
    (tree.snippets / "b").mkdir()
    (tree.snippets / "b" / "to-a").symlink_to("../a")
    (tree.docs("en") / "elsewhere").symlink_to(tree.snippets / "b")
    (tree.docs("en") / "a" / "round.md").symlink_to("round.md")
    said = {f.path: f.message for f in audit.audit(tree) if f.severity == "error"}
    back = "a symbolic link back to a folder that holds it: there is no end to what lies below"
    assert said.pop("docs/en/a/round.md").startswith("cannot be read: Too many levels of symbolic links")
    assert set(said.values()) == {back}
    assert set(said) == {
        "docs/en/a/self",
        "docs/en/elsewhere/to-a/to-b",
        "docs/vi/up",
        "snippets/a/to-b/to-a",
        "snippets/b/to-a/to-b",
    }
    assert list(loops(tree.root / "none")) == []


# A tree that cannot be written


@pytest.mark.unit
@pytest.mark.parametrize("command", [("record", "a/big"), ("agree", "a/big")], ids=lambda c: c[0])
def test_a_tree_that_cannot_be_written_is_told_in_one_line(
    tree: Tree, big: Path, by_hand: ByHand, rerun: None, monkeypatch: pytest.MonkeyPatch, command: tuple[str, str]
) -> None:
    path = by_hand("a/big", {}, source="# %% one\nx = 0\n")
    target = path if command[0] == "record" else tree.agreed("a/big")
    before = path.read_bytes()

    def refuse(*_: object, **options: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system", f"{options['dir']}/.part")

    monkeypatch.setattr(whole.tempfile, "mkstemp", refuse)
    done = CliRunner().invoke(main, [*command, "--root", str(tree.root)], obj=type("C", (), {"root": None})())
    assert done.exit_code == 1
    assert done.stderr == f"{target}: Read-only file system; nothing was changed there\n"
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.unit
def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_writes_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = tmp_path / ".one.ipynb.4194999.abc_1.part"  # no process has this number: it is above the largest
    living = tmp_path / f".one.ipynb.{os.getpid()}.abc_2.part"
    others = [tmp_path / name for name in (".part", ".one.part", "two.1.x.part", ".gitignore")]
    for path in (dead, living, *others):
        path.touch()
    whole.write_whole(tmp_path / "one.ipynb", "new")
    assert {p.name for p in tmp_path.iterdir()} == {"one.ipynb", living.name, *(p.name for p in others)}
    monkeypatch.setattr(whole, "_PROC", tmp_path / "none")
    whole.sweep(tmp_path)
    assert living.exists()
    os.utime(living, (1, 1))
    whole.sweep(tmp_path)
    assert not living.exists()
