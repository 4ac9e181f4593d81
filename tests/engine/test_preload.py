"""What the forking parent imports, and when the first chapter starts."""

from pathlib import Path
from textwrap import dedent

import pytest

from snippets._engine.chapters import cells
from snippets._engine.chapters.cells import Chapter
from snippets._engine.run import imports
from snippets._engine.run.linux import children
from snippets._engine.run.scheduler import imports_ahead, run

TORCH = "# %% one\nimport torch\n\nx = torch.zeros(1)\n"
FITS = "# %% one\nimport torch\n\noptimizer = torch.optim.SGD([torch.zeros(1)])\n"
PLAIN = "# %% one\nprint(1)\n"
UNSEEN = "# %% one\nimport gc\n\nprint(gc.isenabled(), gc.get_freeze_count() > 100_000)\n"
"""Whether the garbage collector is on, and leaves alone what was imported before the chapter."""


def chapter(name: str, code: str) -> Chapter:
    """A chapter without a file."""
    return cells.parse(dedent(code), name=f"part/{name}", path=f"snippets/part/{name}.py")


@pytest.mark.unit
def test_one_chapter_alone_has_nothing_imported_for_it() -> None:
    assert imports.shared([chapter("a", FITS)]) == []
    assert imports.shared([]) == []


@pytest.mark.unit
def test_only_what_two_chapters_need_is_imported_the_most_wanted_first() -> None:
    one, two, three = chapter("a", FITS), chapter("b", TORCH), chapter("c", PLAIN)
    assert imports.shared([one, two, three]) == [imports.SHELL, "torch"]
    assert imports.shared([one, two, three, chapter("d", FITS)]) == [imports.SHELL, "torch", "torch._dynamo"]


@pytest.mark.unit
def test_a_name_that_merely_looks_like_the_compilers_costs_nothing_without_torch() -> None:
    assert imports.needs(chapter("a", '# %% one\nkind = "meta"\n')) == [imports.SHELL]


def test_the_longest_chapter_starts_first_and_an_unknown_one_before_it() -> None:
    started: list[str] = []
    names = ["short", "long", "unknown"]
    run(
        [chapter(name, PLAIN) for name in names],
        jobs=1,
        expected={"part/short": 1.0, "part/long": 20.0},
        progress=lambda name, cell: started.append(name) if cell else None,
    )
    assert started == ["part/unknown", "part/long", "part/short"]


def test_as_many_chapters_as_cores_start_while_the_parent_still_imports_for_others() -> None:
    """Those that need less begin before the others, which take longer but wait for torch."""
    started: list[str] = []
    torch = "# %% one\nimport torch\n\nprint(torch.zeros(1))\n"
    results = run(
        [chapter("a", torch), chapter("b", torch), chapter("c", PLAIN), chapter("d", PLAIN)],
        jobs=2,
        expected={"part/a": 9.0, "part/b": 9.0, "part/c": 0.1, "part/d": 0.1},
        progress=lambda name, cell: started.append(name) if cell else None,
    )
    assert set(started[:2]) == {"part/c", "part/d"}
    assert not any(result.failure for result in results.values())


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_what_one_chapter_needs_is_imported_before_it_out_of_the_collectors_sight(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNIPPETS_WAY", way)
    alone = chapter("alone", UNSEEN + "\n# %% two\nimport torch\n")
    result = run([alone])[alone.name]
    assert result.failure is None
    assert [output.text for output in result.cell("one").outputs] == ["True True\n"]


def test_the_longest_of_unknown_chapters_is_one_that_imports_something_alone() -> None:
    started: list[str] = []
    run(
        [chapter("a", TORCH), chapter("b", TORCH), chapter("c", "# %% one\nimport torch, sklearn\n")],
        jobs=1,
        progress=lambda name, cell: started.append(name) if cell else None,
    )
    assert started == ["part/c", "part/a", "part/b"]


@pytest.mark.parametrize("others", [0, 1], ids=["by the chapter", "by the parent"])
def test_what_breaks_while_it_is_imported_is_told_by_the_chapter(
    others: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation that is half there: scikit-learn whose compiled part is missing raises what it likes."""
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn" / "__init__.py").write_text("print('loading')\nraise OSError('no libgomp')\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    chapters = [chapter(name, "# %% one\nprint(1)\n\n# %% two\nimport sklearn\n") for name in "ab"[: others + 1]]
    for result in run(chapters).values():
        assert str(result.failure).startswith(f"{result.chapter.path}:5: cell `two` raised OSError: no libgomp")
        assert [output.text for output in result.cell("one").outputs] == ["1\n"], "nothing of an import before it"


def test_imports_that_nobody_needs_in_the_end_are_given_up() -> None:
    before = children()  # of other tests of this process: a browser's driver lives as long as the session
    with imports_ahead([chapter("a", TORCH), chapter("b", TORCH)]) as ahead:
        assert ahead is not None
        assert ahead.imports == (imports.SHELL, "torch")
        assert len(children() - before) == 1
    assert not children() - before
    with imports_ahead([]) as ahead:
        assert ahead is None
