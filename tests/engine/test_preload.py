"""What the forking parent imports, and when the first chapter starts."""

from textwrap import dedent

import pytest

from snippets._engine import cells, preload
from snippets._engine.cells import Chapter
from snippets._engine.run import run

TORCH = "# %% one\nimport torch\n\nx = torch.zeros(1)\n"
FITS = "# %% one\nimport torch\n\noptimizer = torch.optim.SGD([torch.zeros(1)])\n"
PLAIN = "# %% one\nprint(1)\n"


def chapter(name: str, code: str) -> Chapter:
    """A chapter without a file."""
    return cells.parse(dedent(code), name=f"part/{name}", path=f"snippets/part/{name}.py")


@pytest.mark.unit
def test_one_chapter_alone_has_nothing_imported_for_it() -> None:
    assert preload.shared([chapter("a", FITS)]) == []
    assert preload.shared([]) == []


@pytest.mark.unit
def test_only_what_two_chapters_need_is_imported_the_most_wanted_first() -> None:
    one, two, three = chapter("a", FITS), chapter("b", TORCH), chapter("c", PLAIN)
    assert preload.shared([one, two, three]) == [preload.SHELL, "torch"]
    assert preload.shared([one, two, three, chapter("d", FITS)]) == [preload.SHELL, "torch", "torch._dynamo"]


@pytest.mark.unit
def test_a_name_that_merely_looks_like_the_compilers_costs_nothing_without_torch() -> None:
    assert preload.needs(chapter("a", '# %% one\nkind = "meta"\n')) == [preload.SHELL]


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


def test_a_chapter_starts_while_the_parent_still_imports_for_others() -> None:
    """The one that needs less begins before the others, which take longer but wait for torch."""
    started: list[str] = []
    torch = "# %% one\nimport torch\n\nprint(torch.zeros(1))\n"
    results = run(
        [chapter("a", torch), chapter("b", torch), chapter("c", PLAIN)],
        jobs=2,
        expected={"part/a": 9.0, "part/b": 9.0, "part/c": 0.1},
        progress=lambda name, cell: started.append(name) if cell else None,
    )
    assert started[0] == "part/c"
    assert not any(result.failure for result in results.values())
