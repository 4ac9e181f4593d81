"""A small tree with a page of each kind: home, a page, a chapter with its notebook view, its source, the glossary."""

import json
import re
import shutil
from pathlib import Path

from snippets._engine.audit import declared
from snippets._engine.project.tree import Tree

from ..built import ROOT

CHAPTER, OTHER = "models/linear_regression", "start/setup"
CELLS, TERMS = ("layer", "draw"), ("tensor,", "gradient,", "shape,")
PAGE = """# {name} of lines {{#lines}}

A tensor has a gradient. See [the other](../start/setup.md#setup) and [home](../index.md#home).

::: cell #layer

The shape is {{{{= #layer.str(tuple(model.weight.shape)) }}}}, and $y = wx + b$.

## Figure {{#figure}}

::: cell #draw alt="Points along a line."

```{{ .text }}
for i in range(3):
```

::: versions
"""
SETUP = "# Set up {name} {{#setup}}\n\nA line. See [lines](../models/linear_regression.md#figure).\n"


def make(root: Path) -> None:
    """Two cells of a chapter of the project, with pages of their own, and its theme."""
    shutil.copytree(ROOT / "docs" / "overrides", root / "docs" / "overrides")
    shutil.copytree(ROOT / "docs" / "assets", root / "docs" / "assets")
    head, *terms = (ROOT / "docs" / "glossary.csv").read_text("utf-8").splitlines(keepends=True)
    write(root / "docs" / "glossary.csv", head + "".join(term for term in terms if term.startswith(TERMS)))
    tree, source = Tree(root), Tree(ROOT)
    parts = f"  - start:\n      - {OTHER}.md\n  - models:\n      - {CHAPTER}.md\n"
    nav = f"nav:\n  - home: index.md\n{parts}  - glossary.md\n"
    text = re.sub(r"^nav:\n(?:[ -].*\n)+", nav, (ROOT / "mkdocs.yml").read_text("utf-8"), flags=re.MULTILINE)
    write(root / "mkdocs.yml", re.sub(r"notebook_views: .*", f"notebook_views: [{CHAPTER}]", text))
    cells = re.split(r"^(?=# %%)", source.snippet(CHAPTER).read_text("utf-8"), flags=re.MULTILINE)
    write(tree.snippet(CHAPTER), "".join(cell for cell in cells if re.match(f"# %% ({'|'.join(CELLS)})\\b", cell)))
    record = json.loads(source.record(CHAPTER).read_bytes())
    record["cells"] = [cell for cell in record["cells"] if cell["id"] in CELLS]
    (layer,) = (cell for cell in record["cells"] if cell["id"] == "layer")
    layer["metadata"]["snippets"]["values"] = {"str(tuple(model.weight.shape))": "(1, 1)"}
    write(tree.record(CHAPTER), json.dumps(record))
    write(tree.test(CHAPTER), "")
    for lang in tree.languages:
        write(tree.docs(lang) / "index.md", "# Home {#home}\n\n[lines](models/linear_regression.md)\n")
        write(tree.page(lang, CHAPTER), PAGE.format(name=lang))
        write(tree.page(lang, OTHER), SETUP.format(name=lang))
    for name in (CHAPTER, OTHER):
        declared.agree(tree, f"{name}.md")


def write(path: Path, text: str) -> None:
    """Write a file whose folders need not be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
