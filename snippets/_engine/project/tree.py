"""Where everything lives, for the tree of one mkdocs.yml."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .errors import PageError, RunError, SnippetsError
from .files import parse_toml, read_text

LANGUAGES = ("vi", "en")
VARIANTS = ("cpu", "cuda", "mnist")
CITED = ("cpu", "mnist")
"""The variants that a page may show first: what it cites must not depend on who has a GPU."""


@dataclass(frozen=True)
class Tree:
    """The project's files below one root."""

    root: Path

    @classmethod
    def find(cls, start: Path) -> "Tree":
        """The tree of the nearest parent of `start` that holds a mkdocs.yml.

        Raises:
            RunError: no parent holds one.
        """
        start = start.resolve()
        for folder in (start, *start.parents):
            if (folder / "mkdocs.yml").is_file():
                return cls(folder)
        raise RunError(str(start), None, "no mkdocs.yml here or above", "give one with --root DIR")

    languages = LANGUAGES

    def docs(self, lang: str) -> Path:
        """The pages of a language."""
        return self.root / "docs" / lang

    @property
    def snippets(self) -> Path:
        """The chapters' code."""
        return self.root / "snippets"

    @property
    def records(self) -> Path:
        """The executed notebooks."""
        return self.root / "docs" / "notebooks"

    def chapters(self) -> tuple[str, ...]:
        """The names `part/chapter` of all snippets, sorted."""
        parts = (p for p in self.snippets.iterdir() if p.is_dir()) if self.snippets.is_dir() else ()
        names = (
            f"{part.name}/{file.stem}"
            for part in parts
            if not part.name.startswith(("_", ".")) and part.name != "exercises"
            for file in part.glob("*.py")
            if not file.name.startswith("_")
        )
        return tuple(sorted(names))

    def snippet(self, chapter: str) -> Path:
        """The chapter's code."""
        return self.snippets / f"{chapter}.py"

    def page(self, lang: str, chapter: str) -> Path:
        """The chapter's page in a language."""
        return self.docs(lang) / f"{chapter}.md"

    def record(self, chapter: str, variant: str = "cpu") -> Path:
        """The chapter's record of a variant."""
        suffix = "" if variant == "cpu" else f".{variant}"
        return self.records / f"{chapter}{suffix}.ipynb"

    def agreed(self, chapter: str) -> Path:
        """The section hashes that both languages were last declared equal at."""
        return self.root / "docs" / "agreed" / f"{chapter}.toml"

    def test(self, chapter: str) -> Path:
        """The tests of the chapter's facts."""
        part, _, name = chapter.rpartition("/")
        return self.root / "tests" / "snippets" / part / f"test_{name}.py"

    def lacks_test(self, chapter: str) -> bool:
        """Whether a chapter has no tests, in a tree that tests its chapters."""
        return (self.root / "tests" / "snippets").is_dir() and not self.test(chapter).is_file()

    def variants(self, chapter: str) -> tuple[str, ...]:
        """The variants other than `cpu` that have a record."""
        return tuple(v for v in VARIANTS[1:] if self.record(chapter, v).is_file())

    def pages(self, lang: str) -> tuple[str, ...]:
        """The src_uris of all pages of a language, sorted."""
        docs = str(self.docs(lang))
        paths = (os.path.join(folder, name) for folder, _, names in os.walk(docs) for name in names)
        return tuple(sorted(path[len(docs) + 1 :].replace(os.sep, "/") for path in paths if path.endswith(".md")))

    def relative(self, path: Path) -> str:
        """A path as messages show it: from the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def text(self, path: Path, error: type[SnippetsError] = PageError) -> str:
        """The text of a file of the tree.

        Raises:
            SnippetsError: as `files.read_text`.
        """
        return read_text(path, self.relative(path), error)

    @cached_property
    def pins(self) -> dict[str, str]:
        """The exact versions that pyproject.toml pins, by package; empty without one."""
        path = self.root / "pyproject.toml"
        if not path.is_file():
            return {}
        project = parse_toml(self.text(path, RunError), "pyproject.toml", "mend it", RunError).get("project", {})
        groups = [project.get("dependencies", []), *project.get("optional-dependencies", {}).values()]
        pairs = (line.split(";")[0].split("==") for group in groups for line in group)
        return {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}

    def select(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The chapters named, or all of them.

        Raises:
            RunError: a name is no chapter.
        """
        chapters = self.chapters()
        for name in names:
            if name not in chapters:
                there = ", ".join(chapters) or "none"
                raise RunError(f"snippets/{name}.py", None, f"unknown chapter `{name}`", f"there are: {there}")
        return tuple(dict.fromkeys(names)) or chapters
