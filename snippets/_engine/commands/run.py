"""`run`: one chapter, like `python file.py`, but an exception that a cell declares is no failure."""

from collections.abc import Callable
from pathlib import Path

import click
from click.exceptions import Exit

from ..chapters.results import Kind, Output
from ..project.tree import Tree
from ..records.library import Library
from ..run.scheduler import run
from .cli import FAILED, chapter_argument, data_option, select, tree_option

_SHOW: dict[Kind, Callable[[Output], None]] = {
    "text": lambda output: click.echo(output.text, nl=not output.text.endswith("\n")),
    "error": lambda output: click.echo(click.style(output.text, fg="red")),
    "figure": lambda output: click.echo(f"[{_named(output)}, {len(output.text):,} bytes of SVG]"),
}


def _named(output: Output) -> str:
    """A figure, or which frame of an explorable one it is."""
    named = ", ".join(f"{name} = {value}" for name, value in (output.frame or {}).items())
    return f"frame {named}" if named else "figure"


@click.command("run")
@chapter_argument
@data_option
@tree_option
def run_command(tree: Tree, chapter: str, data: Path | None) -> None:
    """Run one chapter and print what its cells give."""
    (name,) = select(tree, [chapter])
    result = run([Library(tree).chapter(name)], data_dir=data)[name]
    for cell in result.cells:
        click.echo(click.style(f"# %% {cell.name}", dim=True))
        for output in cell.outputs:
            _SHOW[output.kind](output)
    if result.failure:
        click.echo(str(result.failure), err=True)
        raise Exit(FAILED)
