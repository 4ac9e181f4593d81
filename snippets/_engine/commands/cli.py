"""What the commands do: find the tree, do the work with a progress bar, say what happened, leave with the right
status."""

import sys
from collections.abc import Callable, Iterator, Sequence, Sized
from contextlib import contextmanager
from pathlib import Path

import click

from ..audit import agreed as agreeing
from ..audit import audit
from ..chapters.results import Output
from ..project.errors import Finding, RunError, SnippetsError
from ..project.tree import Tree
from ..records.library import Library
from ..run.interpreter import NotInstalledError, has_gpu
from ..run.scheduler import Progress, run
from . import check as checking
from . import new as scaffold
from . import record as recording
from . import report as reports

FAILED, WRONG_CALL = 1, 2


@contextmanager
def _said_plainly() -> Iterator[None]:
    """One clear line instead of a traceback: status 1, or 2 for a call that could not work here."""
    try:
        yield
    except SnippetsError as exc:
        click.echo(str(exc), err=True)
        sys.exit(WRONG_CALL if isinstance(exc, _STATUS_2) else FAILED)
    except OSError as exc:
        click.echo(f"{exc.filename or 'error'}: {exc.strerror or exc}; nothing was changed there", err=True)
        sys.exit(FAILED)


class _WrongCallError(RunError):
    """The command names what does not exist."""


_STATUS_2 = (NotInstalledError, _WrongCallError, scaffold.WrongNameError)


def _tree(root: Path | None) -> Tree:
    try:
        return Tree.find(root or Path.cwd())
    except RunError as exc:
        raise _WrongCallError(exc.finding.path, None, exc.finding.message, exc.finding.fix) from None


def _chapters(tree: Tree, names: Sequence[str]) -> tuple[str, ...]:
    try:
        return tree.select(tuple(names))
    except RunError as exc:
        raise _WrongCallError(exc.finding.path, None, exc.finding.message, exc.finding.fix) from None


@contextmanager
def _progress(tree: Tree, names: Sequence[str]) -> Iterator[Progress]:
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


def record(
    root: Path | None, chapters: Sequence[str], *, variant: str, data: Path | None, jobs: int | None, force: bool
) -> None:
    """Run what is stale and write it; status 1 when a chapter failed."""
    with _said_plainly():
        tree = _tree(root)
        names = _chapters(tree, chapters)
        if variant == "mnist" and data is None:
            raise _WrongCallError("--variant mnist", None, "needs real images", "give --data DIR, or set SNIPPETS_DATA")
        if variant == "cuda" and not has_gpu():
            raise _WrongCallError("--variant cuda", None, "needs a GPU that torch can use", "there is none here")
        with _progress(tree, names) as progress:
            done = recording.record_chapters(
                tree,
                names,
                variant=variant,
                data_dir=data if variant == "mnist" else None,
                jobs=jobs,
                force=force,
                progress=progress,
            )
    for path in done.written:
        click.echo(f"wrote {tree.relative(path)}")
    click.echo(f"{len(done.written)} written, {len(done.kept)} ran and gave the same, {len(done.fresh)} fresh")
    _say(done.problems)
    if done.problems:
        sys.exit(FAILED)


def check(
    root: Path | None, chapters: Sequence[str], *, data: Path | None, jobs: int | None, report: Path | None
) -> None:
    """Run all again and compare; status 1 on any difference."""
    with _said_plainly():
        tree = _tree(root)
        names = _chapters(tree, chapters)
        if report and not report.parent.is_dir():  # said before minutes of work are done
            no_folder = f"no folder `{report.parent}`"
            raise _WrongCallError(str(report), None, no_folder, "make it, or name another file")
        with _progress(tree, names) as progress:
            done = checking.check_chapters(tree, names, data_dir=data, jobs=jobs, progress=progress)
        if report:
            report.write_text(reports.report(tree, done), "utf-8")
    for name, rule in done.rules.items():
        click.echo(f"compared {name}: {_RULES[rule]}")
    _say(done.findings)
    counted = [f for f in done.findings if f.severity != "note"]
    notes = [f for f in done.findings if f.severity == "note"]
    told = [
        f"{_count(done.rules, 'chapter')} run",
        _count(counted, "finding"),
        *([_count(notes, "note")] if notes else []),
    ]
    click.echo(", ".join(told))
    if done.failed:
        sys.exit(FAILED)


_RULES = {
    "exact": "exactly (same machine and versions as the record)",
    "tolerant": "within tolerances (another machine, or other versions, than the record's)",
}


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def status(root: Path | None) -> None:
    """List every finding; status 0."""
    with _said_plainly():
        tree = _tree(root)
        findings = audit.audit(tree)
    for finding in findings:
        click.echo(f"{finding.severity}: {finding}")
    click.echo(f"{_count(tree.chapters(), 'chapter')}, {_count(findings, 'finding')}")


def agree(root: Path | None, section: str) -> None:
    """Declare sections equal."""
    with _said_plainly():
        tree = _tree(root)
        name, _, ident = section.partition("#")
        if not tree.page("vi", name).is_file() or not tree.page("en", name).is_file():
            raise _WrongCallError(
                f"docs/vi/{name}.md", None, f"no page `{name}` in both languages", "name it as part/chapter"
            )
        path = agreeing.agree(tree, f"{name}.md", ident)
    click.echo(f"wrote {tree.relative(path)}")


def new(root: Path | None, chapter: str) -> None:
    """Write a new chapter and say which files."""
    with _said_plainly():
        tree = _tree(root)
        with _progress(tree, [chapter]) as progress:
            written = scaffold.new_chapter(tree, chapter, progress)
    for path in written:
        click.echo(f"wrote {tree.relative(path)}")


def run_one(root: Path | None, chapter: str, *, data: Path | None) -> None:
    """Run one chapter and print its outputs; status 1 when it failed."""
    with _said_plainly():
        tree = _tree(root)
        (name,) = _chapters(tree, [chapter])
        result = run([Library(tree).chapter(name)], data_dir=data)[name]
    for cell in result.cells:
        click.echo(click.style(f"# %% {cell.name}", dim=True))
        for output in cell.outputs:
            _SHOW[output.kind](output)
    if result.failure:
        click.echo(str(result.failure), err=True)
        sys.exit(FAILED)


_SHOW: dict[str, Callable[[Output], None]] = {
    "text": lambda output: click.echo(output.text, nl=not output.text.endswith("\n")),
    "error": lambda output: click.echo(click.style(output.text, fg="red")),
    "figure": lambda output: click.echo(f"[figure, {len(output.text):,} bytes of SVG]"),
}


def _say(findings: Sequence[Finding]) -> None:
    for finding in findings:
        click.echo(f"{finding.severity}: {finding}", err=finding.severity != "note")
