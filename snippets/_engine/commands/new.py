"""`new`: a snippet, a test, both pages, a line in nav and a record, which build and pass at once."""

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

import click

from ..audit.declared import agree
from ..project.errors import RunError, listed
from ..project.files import write_whole
from ..project.tree import Tree
from ..run.interpreter import require_packages
from ..run.scheduler import Progress
from .cli import WrongCallError, chapter_argument, progress_shown, tree_option
from .record import record_chapters

_TEMPLATES = files("snippets._engine.commands") / "templates"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class WrongNameError(WrongCallError):
    """The new chapter's name cannot be used."""


@click.command("new")
@chapter_argument
@click.option("--section", help="The section of the menu; default: the one called like the part.")
@tree_option
def new_command(tree: Tree, chapter: str, section: str | None) -> None:
    """Write a new chapter, which builds and passes at once.

    A snippet, a test, both pages, a line in nav, a record.
    """
    with progress_shown(tree, [chapter]) as progress:
        written = new_chapter(tree, chapter, progress, section=section)
    for path in written:
        click.echo(f"wrote {tree.relative(path)}")


@dataclass(frozen=True)
class _Nav:
    """The nav of a mkdocs.yml as lines of text, so that its comments stay.

    A section is mostly called like the folder of its chapters; one that has none says whose it shows (`folders`).
    """

    lines: list[str]

    def titles(self) -> dict[str, list[str]]:
        """The sections that have titles in both languages (`nav` of the plugin), in order, each with its folders."""
        indent = 6
        start = next((i for i, line in enumerate(self.lines) if line == " " * indent + "nav:"), len(self.lines))
        found = dict[str, list[str]]()
        for line in self.lines[start + 1 :]:
            if line.strip() and _indent(line) <= indent:
                break
            key, _, value = line.strip().partition(":")
            if _indent(line) == indent + 2 and not value and not key.startswith("#"):
                found[key] = [key]
            elif key == "folders" and found:
                found[list(found)[-1]] = value.split("#")[0].split()
        return found

    def is_page(self, section: str) -> bool:
        """Whether a name of the nav is a page's and not a section's."""
        return any(line.startswith(f"  - {section}: ") for line in self.lines)

    def with_chapter(self, part: str, chapter: str) -> str:
        """The file with the chapter as the last of a section; a new section comes where the titles have it."""
        start = self.lines.index("nav:")
        end = next(
            (i for i, line in enumerate(self.lines[start + 1 :], start + 1) if line and line[0] not in " #"), None
        )
        body = self.lines[start:end]
        while body and not body[-1].strip():
            body.pop()
        entry = f"      - {chapter}.md"
        if f"  - {part}:" in body:
            at = start + body.index(f"  - {part}:") + 1
            while at < len(self.lines) and _indent(self.lines[at]) > 2:
                at += 1
            added = [entry]
        else:
            at, added = start + self._place(part, body), [f"  - {part}:", entry]
        return "\n".join([*self.lines[:at], *added, *self.lines[at:]])

    def _place(self, part: str, body: list[str]) -> int:
        order = list(self.titles())
        for later in order[order.index(part) + 1 :]:
            if f"  - {later}:" in body:
                return body.index(f"  - {later}:")
        return len(body)


def new_chapter(
    tree: Tree, name: str, progress: Progress = lambda chapter, cell: None, *, section: str | None = None
) -> list[Path]:
    """Write everything a new chapter needs; on any failure nothing of it stays.

    Args:
        section: of the menu, in which the chapter comes last; default: the one called like the part.

    Raises:
        WrongNameError: the name is not `part/chapter`, the part or section has no titles, or one of the files exists.
        NotInstalledError: torch is not installed, so no record could be made.
    """
    part, _, chapter = name.partition("/")
    if not _NAME.fullmatch(part) or not _NAME.fullmatch(chapter):
        raise WrongNameError(
            f"snippets/{name}.py", None, f"`{name}` is no name", "write part/chapter in lower_case ASCII"
        )
    require_packages()
    config = tree.root / "mkdocs.yml"
    nav = _Nav(tree.text(config, RunError).split("\n"))
    section = section or part
    _check_section(nav, part, chapter, section)
    files = _files(tree, name, chapter)
    for path in (*files, tree.record(name), tree.agreed(name)):
        if path.exists():
            raise WrongNameError(tree.relative(path), None, "exists already", "choose another name, or edit it")
    before = config.read_bytes()
    try:
        for path, text in files.items():
            write_whole(path, text)
        write_whole(config, nav.with_chapter(section, name))
        done = record_chapters(tree, [name], progress=progress)
        if done.problems:
            raise RunError(done.problems[0].path, done.problems[0].line, done.problems[0].message)
        return [*files, config, tree.record(name), agree(tree, f"{name}.md")]
    except BaseException:
        config.write_bytes(before)
        for path in (*files, tree.record(name), tree.agreed(name)):
            path.unlink(missing_ok=True)
        raise


def _check_section(nav: _Nav, part: str, chapter: str, section: str) -> None:
    """The part is a folder of chapters, and the section one of the menu."""
    titles = nav.titles()
    for name in (part, section):
        if name not in titles:
            fix = f"add it below plugins: snippets: nav; there are: {listed(list(titles))}"
            raise WrongNameError("mkdocs.yml", None, f"the part `{name}` has no titles", fix)
    if nav.is_page(part) or nav.is_page(section):
        page = part if nav.is_page(part) else section
        others = [name for name in titles if not nav.is_page(name)]
        raise WrongNameError(
            "mkdocs.yml", None, f"`{page}` is a page of the menu, no part", f"there are: {listed(others)}"
        )
    if part not in titles[part]:
        message = (
            f"`{part}` is a section of the menu without a folder: its chapters live in {' and '.join(titles[part])}"
        )
        fix = " or ".join(f"python -m snippets new {folder}/{chapter} --section {part}" for folder in titles[part])
        raise WrongNameError("mkdocs.yml", None, message, f"run: {fix}")


def _files(tree: Tree, name: str, chapter: str) -> dict[Path, str]:
    words = {"chapter": name, "title": chapter.replace("_", " ").capitalize(), "anchor": chapter.replace("_", "-")}
    return {
        path: Template((_TEMPLATES / template).read_text("utf-8")).safe_substitute(words)
        for path, template in (
            (tree.snippet(name), "chapter.txt"),
            (tree.test(name), "test.txt"),
            (tree.page("vi", name), "page.vi.txt"),
            (tree.page("en", name), "page.en.txt"),
        )
    }


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" ")) if line.strip() else 99
