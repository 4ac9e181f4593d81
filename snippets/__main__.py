"""The command line: arguments only. What the commands do stands in `_engine`."""

import io
import sys
from pathlib import Path
from typing import Any

import click

from snippets._engine.commands import cli as commands
from snippets._engine.project.tree import VARIANTS


class _Context:
    root: Path | None = None


root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    expose_value=False,
    callback=lambda ctx, _, value: setattr(ctx.obj, "root", value or ctx.obj.root),
    help="Another copy of the tree; default: the nearest parent with a mkdocs.yml.",
)
data_option = click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="SNIPPETS_DATA",
    help="A folder that holds MNIST/raw, for the mnist variant.",
)
jobs_option = click.option("--jobs", type=click.IntRange(min=1), help="Chapters at a time; default: one a core.")
chapters_argument = click.argument("chapters", nargs=-1, metavar="[PART/CHAPTER]...")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "obj": _Context()})
@root_option
def main() -> None:
    """Run, record and check the snippets that the pages show."""


@main.command()
@chapters_argument
@click.option("--variant", type=click.Choice(VARIANTS), default="cpu", show_default=True)
@data_option
@jobs_option
@click.option("--force", is_flag=True, help="Run fresh chapters too; a record is still written only where it changed.")
@root_option
@click.pass_obj
def record(context: _Context, /, chapters: tuple[str, ...], **options: Any) -> None:
    """Run what is stale and write its outputs to docs/notebooks."""
    commands.record(context.root, chapters, **options)


@main.command()
@chapters_argument
@data_option
@jobs_option
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Also write what differs, per cell with its sentences, to this file (Markdown).",
)
@root_option
@click.pass_obj
def check(context: _Context, /, chapters: tuple[str, ...], **options: Any) -> None:
    """Run everything again, compare with the records and the languages with each other. Never writes."""
    commands.check(context.root, chapters, **options)


@main.command()
@root_option
@click.pass_obj
def status(context: _Context) -> None:
    """List everything that is wrong, stale, unused, not parallel or behind."""
    commands.status(context.root)


@main.command()
@click.argument("section", metavar="PART/CHAPTER[#ID]")
@root_option
@click.pass_obj
def agree(context: _Context, section: str) -> None:
    """Declare a page's sections, or one of them, equal in both languages."""
    commands.agree(context.root, section)


@main.command()
@click.argument("chapter", metavar="PART/CHAPTER")
@data_option
@root_option
@click.pass_obj
def run(context: _Context, /, chapter: str, **options: Any) -> None:
    """Run one chapter and print what its cells give."""
    commands.run_one(context.root, chapter, **options)


@main.command()
@click.argument("chapter", metavar="PART/CHAPTER")
@root_option
@click.pass_obj
def new(context: _Context, /, chapter: str) -> None:
    """Write a new chapter: snippet, test, both pages, a line in nav, a record. It builds at once."""
    commands.new(context.root, chapter)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a locale that lacks a letter must not end the command
    main(prog_name="python -m snippets")
