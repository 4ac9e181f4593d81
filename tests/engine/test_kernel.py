"""A reader's notebook, run in a real kernel, gives what its record says."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import nbclient
import nbformat

from snippets._engine.child.capture import normalised
from snippets._engine.commands.record import record_chapters
from snippets._engine.copies.notebook import notebook
from snippets._engine.project.tree import Tree
from snippets._engine.records.library import Library

CODE = """\
# %% prints
import warnings

print("before")
warnings.warn("beware: of\\nthis", stacklevel=1)
print("after")
1 + 1

# %% draws
import matplotlib.pyplot as plt

print("first")
plt.figure(figsize=(3, 2))
plt.plot([1, 2])
plt.show()
print("then")

# %% fails raises="ValueError"
print("so far")
raise ValueError("no: more")
"""
PAGE = '# A {#a}\n\n::: cell #prints\n\n::: cell #draws alt="A line"\n\n::: cell #fails\n'
_WARNING = re.compile(r"^\S.*?:\d+: (?P<told>\w+Warning: .*)\n  .*\n\Z", re.DOTALL)


def told(outputs: list[dict[str, Any]]) -> Iterator[Any]:
    """What outputs say, the streams between two displays without their order; of a warning its category and text."""
    for streams, group in groupby(outputs, lambda output: output["output_type"] == "stream"):
        if streams:
            said = {"stdout": "", "stderr": ""}
            for output in group:
                said[output["name"]] += "".join(output["text"])
            said["stderr"] = _WARNING.sub(r"\g<told>\n", said["stderr"])
            yield {name: normalised(text) for name, text in said.items()}
        else:
            for output in group:
                shown = (
                    "".join(output["data"]["text/plain"])
                    if "data" in output
                    else f"{output['ename']}: {output['evalue']}"
                )
                yield output["output_type"], shown, "image/png" in output.get("data", {})


def test_a_kernel_gives_what_the_notebook_shows(tree: Tree, write: Callable[[str, str], Path], tmp_path: Path) -> None:
    write("snippets/a/b.py", CODE)
    write("docs/vi/a/b.md", PAGE)
    assert record_chapters(tree, ["a/b"]).problems == ()
    made = notebook(PAGE, lang="vi", src_uri="a/b.md", path="docs/vi/a/b.md", library=Library(tree))
    ran = nbformat.reads(made, as_version=4)
    nbclient.NotebookClient(ran, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    cells = [cell for cell in json.loads(made)["cells"] if cell["cell_type"] == "code"]
    found = [list(told(cell.outputs)) for cell in ran.cells if cell.cell_type == "code"]
    assert found == [list(told(cell["outputs"])) for cell in cells]
    assert found[0][0]["stderr"] == "UserWarning: beware: of\nthis\n"
