"""What the commands share: the tree they work on, options, progress, and how they end.

They end with 0; with 1 when something in the tree is wrong; with 2 when the call is, or what runs chapters is not
installed. Whatever stops one is told in one clear line, never by a traceback.
"""

import sys
from collections.abc import Iterator, Sequence, Sized
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import click

from ..project.errors import Finding, RunError, SnippetsError
from ..project.tree import Tree
from ..run.interpreter import NotInstalledError
from ..run.scheduler import Progress

FAILED = 1
_ROOT = f"{__name__}.root"


class WrongCallError(RunError):
    """The command was called for what does not exist, or cannot be done here; it leaves with status 2."""


class _Stopped(click.ClickException):
    """Ends the command with one line, as it is: click's own would begin with `Error:`."""

    exit_code = FAILED

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=True)


class _CalledWrongly(_Stopped):
    exit_code = 2  # as of click's own errors of usage


class Commands(click.Group):
    """Commands that tell in one line what stopped them; `--help` lists them in the order given."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the work."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Call a command.

        Raises:
            ClickException: it was stopped; carries the line and the status.
        """
        try:
            return super().invoke(ctx)
        except (WrongCallError, NotInstalledError) as exc:
            raise _CalledWrongly(str(exc)) from None
        except SnippetsError as exc:
            raise _Stopped(str(exc)) from None
        except BrokenPipeError:
            raise  # whoever read the output has gone: click ends in silence
        except OSError as exc:
            raise _Stopped(f"{exc.filename or 'error'}: {exc.strerror or exc}; nothing was changed there") from None


@contextmanager
def told_as_a_wrong_call() -> Iterator[None]:
    """What is not found was named by the caller: the call is wrong, not the tree."""
    try:
        yield
    except RunError as exc:
        found = exc.finding
        raise WrongCallError(found.path, found.line, found.message, found.fix) from None


def _keep_root(ctx: click.Context, _: click.Parameter, root: Path | None) -> None:
    ctx.meta[_ROOT] = root


def _find_tree(ctx: click.Context, _: click.Parameter, root: Path | None) -> Tree:
    with told_as_a_wrong_call():
        return Tree.find(root or ctx.meta.get(_ROOT) or Path.cwd())


_root = partial(
    click.option,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another copy of the tree; default: the nearest parent with a mkdocs.yml.",
)
root_option = _root("--root", expose_value=False, callback=_keep_root)
"""`--root` before the command's name."""
tree_option = _root("--root", "tree", callback=_find_tree)
"""`--root` after it: gives the command its tree, also when the option stands before, or nowhere."""
data_option = click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="SNIPPETS_DATA",
    help="A folder that holds MNIST/raw, for the mnist variant.",
)
jobs_option = click.option("--jobs", type=click.IntRange(min=1), help="Chapters at a time; default: one a core.")
chapters_argument = click.argument("chapters", nargs=-1, metavar="[PART/CHAPTER]...")
chapter_argument = click.argument("chapter", metavar="PART/CHAPTER")


def select(tree: Tree, chapters: Sequence[str]) -> tuple[str, ...]:
    """The chapters named, or all of them.

    Raises:
        WrongCallError: a name is no chapter.
    """
    with told_as_a_wrong_call():
        return tree.select(tuple(chapters))


@contextmanager
def progress_shown(tree: Tree, names: Sequence[str]) -> Iterator[Progress]:
    """A bar on a terminal, a line for each chapter that ended otherwise."""
    if not sys.stderr.isatty():
        yield lambda chapter, cell: None if cell else click.echo(f"ran {chapter}", err=True)
        return
    total = sum(_cell_count(tree, name) for name in names)
    with click.progressbar(length=total, file=sys.stderr, item_show_func=lambda item: item or "") as bar:

        def show(chapter: str, cell: str) -> None:
            bar.update(1 if cell else 0, f"{chapter} {cell}".strip())

        yield show


def _cell_count(tree: Tree, name: str) -> int:
    try:
        return tree.snippet(name).read_bytes().count(b"\n# %%") + 1
    except OSError:
        return 1


def say(findings: Sequence[Finding]) -> None:
    """A line for each finding, and one for each further place; notes, which fail nothing, go where the results go."""
    for finding in findings:
        click.echo(f"{finding.severity}: {finding}", err=finding.severity != "note")
        for place in finding.also:
            click.echo(f"  also {place}", err=finding.severity != "note")


def counted(things: Sized, name: str) -> str:
    """So many of them: `1 chapter`, `2 chapters`."""
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
