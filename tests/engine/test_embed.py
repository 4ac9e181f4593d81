"""Pages expanded to ordinary Markdown: one golden file for each behaviour.

A file of cases/embed holds sections that begin with `=====[ name ]=====`: pages (the first is expanded), snippets,
records as TOML (`record CHAPTER [VARIANT]`), then what is `expected` and, where there are any, the `assets`. After a
change that is meant, `UPDATE_CASES=1 python -m pytest tests/engine/test_embed.py` writes the last two anew.
"""

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library
from snippets._engine.render.markdown import Expanded, expand

pytestmark = pytest.mark.unit

CASES = sorted((Path(__file__).parent / "cases" / "embed").glob("*.md"))
MARK = re.compile(r"^=====\[ (.+) \]=====\n", re.MULTILINE)
WRITTEN = ("expected", "assets")


def sections(text: str) -> tuple[str, dict[str, str]]:
    """What a case file says about itself, and its sections."""
    about, *rest = MARK.split(text)
    return about, dict(zip(rest[::2], rest[1::2], strict=True))


def prepared(parts: dict[str, str], write: Callable[[str, str], Path], by_hand: Callable[..., Path]) -> str:
    """Write the files and records of a case; the path of its page."""
    paths = [name for name in parts if name.startswith(("docs/", "snippets/"))]
    for path in paths:
        write(path, parts[path])
    for name, spec in parts.items():
        if name.startswith("record "):
            chapter, *variant = name.split()[1:]
            options = tomllib.loads(spec)
            by_hand(chapter, options.pop("cells", {}), variant=variant[0] if variant else "cpu", **options)
    return paths[0]


def expanded(tree: Tree, path: str) -> Expanded:
    """A page of the tree, expanded."""
    _, lang, src_uri = path.split("/", 2)
    text = (tree.root / path).read_text("utf-8")
    return expand(text, lang=lang, src_uri=src_uri, path=path, library=Library(tree))


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_page_expands_to(
    case: Path, tree: Tree, write: Callable[[str, str], Path], by_hand: Callable[..., Path]
) -> None:
    about, parts = sections(case.read_text("utf-8"))
    found = expanded(tree, prepared(parts, write, by_hand))
    assets = "".join(f"{asset.uri}\n{asset.content.decode().rstrip()}\n\n" for asset in found.assets)
    results = {"expected": found.markdown.rstrip("\n") + "\n", **({"assets": assets.rstrip() + "\n"} if assets else {})}
    if os.environ.get("UPDATE_CASES"):
        kept = {name: text for name, text in parts.items() if name not in WRITTEN}
        kept[list(kept)[-1]] = kept[list(kept)[-1]].rstrip() + "\n\n"
        whole = "\n".join(f"=====[ {name} ]=====\n{text}" for name, text in results.items())
        case.write_text(about + "".join(f"=====[ {n} ]=====\n{t}" for n, t in kept.items()) + whole, "utf-8")
        pytest.skip(f"{case.name} written anew")
    assert {name: parts[name].rstrip() for name in WRITTEN if name in parts} == {
        name: text.rstrip() for name, text in results.items()
    }


def test_every_case_file_holds_an_expectation() -> None:
    assert CASES
    for case in CASES:
        about, parts = sections(case.read_text("utf-8"))
        assert about.strip(), f"{case.name} does not say what it shows"
        assert parts["expected"].strip()


def test_figures_come_once_a_page_however_often_they_are_shown(
    tree: Tree, write: Callable[[str, str], Path], by_hand: Callable[..., Path]
) -> None:
    write("snippets/basics/plot.py", "# %% plot\nx = 1\n")
    svg = '<svg width="72pt" height="36pt"><path style="stroke: #1F2933"/></svg>\n'
    by_hand("basics/plot", {"plot": {"outputs": [["figure", "display", svg]]}})
    path = "docs/vi/basics/plot.md"
    write(path, '::: cell #plot alt="một"\n\n::: cell #plot alt="hai" show="output"\n')
    found = expanded(tree, path)
    assert [asset.uri for asset in found.assets] == [
        "figures/basics/plot/plot-1-light.svg",
        "figures/basics/plot/plot-1-dark.svg",
    ]
    light, dark = (asset.content.decode() for asset in found.assets)
    assert light == svg
    assert dark == svg.replace("#1F2933", "#d6dde6")


def test_links_of_a_page_at_the_top_and_of_a_deep_one_are_relative(
    tree: Tree, write: Callable[[str, str], Path], by_hand: Callable[..., Path]
) -> None:
    write("snippets/basics/sums.py", "# %% add\nx = 1\n")
    by_hand("basics/sums", {"add": {"outputs": [["text", "stdout", "1\n"]]}})
    for name, prefix in (("index.md", ""), ("a/b/c.md", "../../")):
        path = f"docs/vi/{name}"
        write(path, "::: cell basics/sums#add\n")
        markdown = expanded(tree, path).markdown
        assert f"]({prefix}source/basics/sums.md#cell-add)" in markdown
        assert f"]({prefix}tests/snippets/basics/test_sums.py)" in markdown
