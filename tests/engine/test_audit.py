"""What can be told about a tree without running it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from snippets._engine.audit.audit import audit
from snippets._engine.chapters.environment import PACKAGES
from snippets._engine.project.errors import SEVERITY, Finding
from snippets._engine.project.tree import LANGUAGES, Tree

pytestmark = pytest.mark.unit

Write = Callable[[str, str], Path]
VI, EN, SNIPPET = "docs/vi/basics/sums.md", "docs/en/basics/sums.md", "snippets/basics/sums.py"
RECORD = "docs/notebooks/basics/sums.ipynb"
FIX = "run: python -m snippets record basics/sums"


@pytest.fixture
def project(tree: Tree, write: Write, by_hand: Callable[..., Path]) -> Tree:
    """A recorded chapter of three cells with a page in both languages."""
    write(SNIPPET, "# %% a\nx = 1\n\n# %% b\ny = 2\n\n# %% c\nz = 3\n")
    for path in (VI, EN):
        write(path, "::: cell #a\n\n::: cell #b\n\n::: cell #c\n\n{{= #a.x }}\n")
    by_hand("basics/sums", {"a": {"values": {"x": 1}, "names": ["x"]}})
    return tree


def found(tree: Tree, *kinds: str) -> list[str]:
    """The findings of some kinds, as printed."""
    return [str(f) for f in audit(tree) if f.kind in kinds]


def test_whole_tree_has_nothing_to_tell_but_what_was_never_agreed(project: Tree) -> None:
    assert [f.kind for f in audit(project)] == ["behind"]


def test_cell_on_no_page_is_told_for_each_language(project: Tree, write: Write) -> None:
    write(VI, "::: cell #a\n\n::: cell #c\n")
    assert found(project, "unused") == [
        f"{SNIPPET}:4: cell `b` stands on no line of {VI}; add `::: cell #b` there, or remove the cell"
    ]


@pytest.mark.parametrize("line", ['::: cell #b show="output"', "```text\n::: cell #b\n```", "{{= #b.y }}"])
def test_cell_whose_code_is_not_shown_counts_as_unused(line: str, project: Tree, write: Write) -> None:
    write(VI, f"::: cell #a\n\n{line}\n\n::: cell #c\n")
    assert len(found(project, "unused")) == 1


def test_cell_of_another_page_does_not_count(project: Tree, write: Write) -> None:
    for lang in project.languages:
        write(f"docs/{lang}/basics/other.md", "::: cell basics/sums#b\n")
    write(VI, "::: cell #a\n\n::: cell #c\n")
    assert len(found(project, "unused")) == 1


def test_cells_out_of_order_are_told(project: Tree, write: Write) -> None:
    write(VI, "::: cell #b\n\n::: cell #a\n\n::: cell #c\n\n::: cell #a\n")
    assert found(project, "unused") == [
        f"{VI}:1: cell `b` stands before a cell that runs earlier; keep the order of {SNIPPET}"
    ]


def test_chapter_without_a_page_is_told(project: Tree) -> None:
    (project.root / EN).unlink()
    assert found(project, "unused", "parity") == [
        f"{SNIPPET}:1: no page shows this chapter: {EN} is missing; write it",
        f"{VI}:1: {EN} is missing; write it",
    ]


@pytest.mark.parametrize(
    ("code", "line", "reason"),
    [
        ("# %% a\nx = 1\n# %% b\ny = 0\n# %% c\nz = 0\n", 3, "cells changed since it was recorded: `b`, `c`"),
        (
            "# %% a\nx = 1\n# %% b\ny = 2\n# %% d\nz = 3\n",
            5,
            "cells new since it was recorded: `d`; gone since it was recorded: `c`",
        ),
        ("# %% b\ny = 2\n# %% a\nx = 1\n# %% c\nz = 3\n", 1, "the order of the cells changed since it was recorded"),
    ],
    ids=["changed", "renamed", "order"],
)
def test_record_that_is_stale_tells_where_and_why(
    code: str, line: int, reason: str, project: Tree, write: Write
) -> None:
    write(SNIPPET, code)
    assert found(project, "stale") == [f"{SNIPPET}:{line}: {RECORD} is stale: {reason}; {FIX}"]


def test_value_that_the_record_lacks_is_told_where_it_is_asked_for(project: Tree, write: Write) -> None:
    write("docs/vi/guide.md", "a\n\n{{= basics/sums#b.x + 1 }} {{= basics/sums#a.x }}\n")
    assert found(project, "incomplete") == [
        f"docs/vi/guide.md:3: the record lacks the value `x + 1` of cell `b`; {FIX}"
    ]


def test_old_variant_is_a_note(project: Tree, by_hand: Callable[..., Path], write: Write) -> None:
    by_hand("basics/sums", {}, variant="cuda", device="GPU")
    assert found(project, "variant") == []
    by_hand("basics/sums", {}, variant="cuda", device="GPU", source="# %% a\nx = 9\n")
    (finding,) = (f for f in audit(project) if f.kind == "variant")
    assert finding.severity == "note"
    assert str(finding) == (
        f"{SNIPPET}:1: docs/notebooks/basics/sums.cuda.ipynb is aged, as the page says: cells changed since it was "
        "recorded: `a`; new since it was recorded: `b`, `c`; "
        "where such a machine is: python -m snippets record basics/sums --variant cuda"
    )


ASKS = "---\nvariant: mnist\n---\n# A {#a}\n\n"
MNIST = "docs/notebooks/basics/sums.mnist.ipynb"
IN_PLACE = "; the page shows the CPU's in its place; run: python -m snippets record basics/sums --variant mnist"


def asking(project: Tree, write: Write, more: str = "") -> None:
    """Both pages ask for the variant, and end in something more."""
    for lang in LANGUAGES:
        text = (project.root / f"docs/{lang}/basics/sums.md").read_text("utf-8")
        write(f"docs/{lang}/basics/sums.md", ASKS + text + more)


def test_variant_that_a_page_asks_for_and_is_not_recorded_is_a_note(project: Tree, write: Write) -> None:
    asking(project, write)
    assert found(project, "instead") == [
        f"docs/{lang}/basics/sums.md:2: `variant: mnist`, but there is no {MNIST}{IN_PLACE}" for lang in LANGUAGES
    ]
    assert {finding.severity for finding in audit(project) if finding.kind == "instead"} == {"note"}


def test_variant_that_a_page_asks_for_and_is_old_is_a_note_at_the_page_alone(
    project: Tree, write: Write, by_hand: Callable[..., Path]
) -> None:
    by_hand("basics/sums", {}, variant="mnist", source="# %% a\nx = 9\n")
    asking(project, write)
    old = f"{MNIST} is older than the code: cells changed since it was recorded: `a`"
    assert all(f"`variant: mnist`, but {old}" in line for line in found(project, "instead"))
    assert len(found(project, "instead")) == 2
    assert found(project, "variant") == []


def test_page_of_an_explorable_figure_cannot_ask_for_a_variant(project: Tree, write: Write) -> None:
    asking(project, write)
    write(SNIPPET, '# %% a slider="lr"\nx = 1\n\n# %% b\ny = 2\n\n# %% c\nz = 3\n')
    assert "has no variants, and `mnist` is one" in "".join(map(str, audit(project)))


def test_value_that_the_asked_record_lacks_makes_it_incomplete(
    project: Tree, write: Write, by_hand: Callable[..., Path]
) -> None:
    asking(project, write)
    assert found(project, "incomplete") == []  # the CPU's has it
    by_hand("basics/sums", {}, variant="mnist")
    assert [line.partition(":")[0] for line in found(project, "incomplete")] == [
        f"docs/{lang}/basics/sums.md" for lang in LANGUAGES
    ]
    said = f"{MNIST} lacks the value `x` of cell `a`; run: python -m snippets record basics/sums --variant mnist"
    assert all(line.endswith(said) for line in found(project, "incomplete"))
    by_hand("basics/sums", {"a": {"values": {"x": 1}}}, variant="mnist")
    assert found(project, "incomplete") == found(project, "instead") == []


def test_page_of_its_own_chapter_need_not_have_the_variant_of_others(
    project: Tree, write: Write, by_hand: Callable[..., Path]
) -> None:
    by_hand("basics/sums", {"a": {"values": {"x": 1}}}, variant="mnist")
    write("snippets/basics/other.py", "# %% one\ny = 1\n")
    by_hand("basics/other", {"one": {"values": {"y": 1}}})
    asking(project, write, "\n{{= basics/other#one.y }}\n")
    assert found(project, "instead") == found(project, "incomplete") == []
    write("docs/vi/guide.md", f"{ASKS}{{{{= basics/other#one.y }}}}\n")  # a page without one needs that of all it shows
    assert [line.partition(":")[0] for line in found(project, "instead")] == ["docs/vi/guide.md"]


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("recorded", ["9.9.9", "9.9.9+cpu", ""])
def test_record_of_another_version_than_the_pinned_one_is_stale(
    package: str, recorded: str, project: Tree, by_hand: Callable[..., Path], write: Write
) -> None:
    pins = dict.fromkeys(PACKAGES, "1.2.3") | {"mkdocs": "1.6.1"}
    write("pyproject.toml", f"[project]\ndependencies = {[f'{name}=={version}' for name, version in pins.items()]}\n")
    ran = {"a": {"values": {"x": 1}, "names": ["x"]}}
    by_hand("basics/sums", ran, versions=dict.fromkeys(PACKAGES, "1.2.3+cpu"))
    assert found(project, "stale") == []
    by_hand("basics/sums", ran, versions=dict.fromkeys(PACKAGES, "1.2.3") | {package: recorded})
    (finding,) = (f for f in audit(project) if f.kind == "stale")
    assert finding.severity == "warning"  # a strict build and `check` fail on it, `status` lists it
    said = recorded.removesuffix("+cpu") or "none"
    assert (
        str(finding)
        == f"{SNIPPET}:1: {RECORD} is stale: recorded with {package} {said}, but pyproject.toml pins 1.2.3; {FIX}"
    )


def test_every_package_that_a_record_names_is_pinned_in_this_project() -> None:
    pins = Tree.find(Path(__file__)).pins
    assert set(PACKAGES) <= set(pins)
    assert pins["torch"] == "2.13.0"


def test_unreadable_variant_is_told_like_any_record(project: Tree) -> None:
    project.record("basics/sums", "cuda").write_text("{", "utf-8")
    (line,) = found(project, "record")
    assert line.startswith("docs/notebooks/basics/sums.cuda.ipynb:1: not JSON")
    assert line.endswith("run: python -m snippets record basics/sums --variant cuda")


def test_empty_tree_has_nothing_to_tell(tree: Tree) -> None:
    assert audit(tree) == ()


def test_findings_come_once_and_in_the_same_order(project: Tree, write: Write) -> None:
    write(SNIPPET, "# %% a\nx = 0\n")
    first = audit(project)
    assert len(set(first)) == len(first) > 1
    assert audit(project) == first


def test_every_kind_has_a_severity_and_a_finding_prints_as_one_line() -> None:
    assert set(SEVERITY.values()) == {"error", "warning", "note"}
    assert str(Finding("stale", "a/b", None, "why")) == "a/b: why"
    assert str(Finding("stale", "a/b", 3, "why", "how")) == "a/b:3: why; how"


def test_root_is_the_nearest_parent_with_a_mkdocs_yml(tree: Tree) -> None:
    below = tree.root / "a" / "b"
    below.mkdir(parents=True)
    assert Tree.find(below).root == tree.root.resolve()
    (tree.root / "a" / "mkdocs.yml").touch()
    assert Tree.find(below).root == tree.root.resolve() / "a"
