"""A snippet file as named cells.

The percent format, read by ourselves because every message needs its line: `# %% name key="value"`. tests/engine
compares the result with jupytext's. The options: `raises` (the type of the exception it must end with), `tolerance`,
`samples` and `volatile` (see diffs/compare.py), `slider` (an explorable figure, see frames.py).
"""

import ast
import hashlib
import io
import keyword
import re
import tokenize
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from ..project.errors import CellError, listed
from ..project.tree import LANGUAGES
from .source import check_bytes_of_lines, parsed

OPTIONS = ("raises", "samples", "slider", "tolerance", "volatile")
_NOT_WITH_A_SLIDER = ("raises", "volatile")
_TAKEN = ("cell", "slider", "variant", "kind")
"""Names that a slider's variable cannot have: a page says other things by them."""
_MARKER = re.compile(r"\s*#\s*%%(?P<rest>.*)$")  # as jupytext takes it
_TITLE = re.compile(r"\s+(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)(?P<options>(?:\s+\w+=\"[^\"]*\")*)\s*$")
_OPTION = re.compile(r"(\w+)=\"([^\"]*)\"")
COMMENT = re.compile(r"(?P<indent>\s*)# (?P<lang>vi|en): ?(?P<text>.*)$")
_ANNOTATION = re.compile(r"[ \t]*# \((?P<number>\d+)\)!?[ \t]*$")


@dataclass(frozen=True)
class Cell:
    """One named cell of a chapter."""

    name: str
    line: int
    """The line of its marker."""
    options: dict[str, str]
    lines: tuple[tuple[int, str], ...]
    """Its lines as they stand in the file, with their numbers."""
    strings: frozenset[int]
    """The numbers of the file's lines that end inside a string: what looks like a comment there is none."""

    def _kept(self, lang: str | None) -> list[tuple[int, str]]:
        kept = []
        for number, text in self.lines:
            match = COMMENT.match(text) if number - 1 not in self.strings else None
            if match is None:
                kept.append((number, text))
            elif match["lang"] == lang:
                kept.append((number, f"{match['indent']}# {match['text']}"))
        return _trimmed(kept)

    def _plain(self, lang: str | None) -> str:
        lines = self._kept(lang)
        return "\n".join(text if number in self.strings else _ANNOTATION.sub("", text) for number, text in lines)

    def shown(self, lang: str) -> str:
        """The code as the page of a language shows it, annotation markers included."""
        return "\n".join(text for _, text in self._kept(lang))

    def copied(self, lang: str) -> str:
        """The code as a reader of that language copies it."""
        return self._plain(lang)

    @cached_property
    def code(self) -> str:
        """The code that runs and is hashed: without the comments of either language."""
        return self._plain(None)

    @property
    def annotated(self) -> bool:
        """Whether it holds annotation markers such as `# (1)!`."""
        return bool(self.annotations(LANGUAGES[0]))

    def annotations(self, lang: str) -> dict[int, int]:
        """For the number of each annotation marker the line of `copied` that it stands on, counted from 1."""
        lines = enumerate(self._kept(lang), 1)
        found = ((at, _ANNOTATION.search(text)) for at, (number, text) in lines if number not in self.strings)
        return {int(mark["number"]): at for at, mark in found if mark}

    def file_line(self, line: int) -> int:
        """The line of the file that line `line` of `code` stands on."""
        kept = self._kept(None)
        return kept[min(line, len(kept)) - 1][0] if kept else self.line

    @cached_property
    def hash(self) -> str:
        """Changes when the name, the options or the code change."""
        return _digest([self.name, sorted(self.options.items()), self.code])

    @property
    def raises(self) -> str:
        """The type of the exception that the cell must end with, or an empty string."""
        return self.options.get("raises", "")


@dataclass(frozen=True)
class Chapter:
    """A snippet file: its cells in order."""

    name: str
    """`part/chapter`"""
    path: str
    """The file, relative to the root."""
    cells: tuple[Cell, ...]

    @cached_property
    def hash(self) -> str:
        """Changes when any cell changes, or their order."""
        return _digest([cell.hash for cell in self.cells])

    @cached_property
    def by_name(self) -> dict[str, Cell]:
        """The cells by name."""
        return {cell.name: cell for cell in self.cells}

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """The modules that the code imports, dotted, in order of appearance."""
        found: dict[str, None] = {}
        for cell in self.cells:
            for node in ast.walk(ast.parse(cell.code)):
                if isinstance(node, ast.Import):
                    found.update(dict.fromkeys(alias.name for alias in node.names))
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.update(dict.fromkeys(f"{node.module}.{a.name}" for a in node.names))
        return tuple(found)


def parse(text: str, *, name: str, path: str) -> Chapter:
    """Read a snippet file.

    Args:
        text: the file's text, lines ended by `\\n`.
        name: the chapter, `part/chapter`.
        path: the file as messages name it.

    Raises:
        CellError: a syntax error; a tab; a character that breaks a line for some tools; a line before the first cell; a
            cell without code or a valid name, with the name of another, with an unknown option or with unequal numbers
            of `# vi:` and `# en:` lines.
    """
    check_bytes_of_lines(text, path)
    strings = _string_lines(text, parsed(text, path))
    cells: list[Cell] = []
    known: dict[str, int] = {}
    current: tuple[str, int, dict[str, str]] | None = None
    lines: list[tuple[int, str]] = []

    def close() -> None:
        if current is not None:
            cells.append(_cell(current, lines, strings, path))

    for number, line in enumerate(text.split("\n"), 1):
        marker = _MARKER.match(line) if number - 1 not in strings else None
        if marker:
            close()
            current = _marker(marker["rest"], number, known, path)
            lines = []
        elif current is None and line.strip() and not line.lstrip().startswith("#"):
            raise CellError(path, number, "a line before the first cell", "begin with `# %% name`")
        else:
            lines.append((number, line if number in strings else line.rstrip()))
    close()
    if not cells:
        raise CellError(path, 1, "no cell", "begin each with a line `# %% name`")
    return Chapter(name, path, tuple(cells))


def _marker(rest: str, line: int, known: dict[str, int], path: str) -> tuple[str, int, dict[str, str]]:
    match = _TITLE.match(rest)
    if match is None:
        raise CellError(
            path,
            line,
            f"a cell needs a name: found `# %%{rest}`",
            'write `# %% lower-case-name`, options after it as key="value"',
        )
    name = match["name"]
    if name in known:
        raise CellError(path, line, f"cell `{name}` has the name of the cell in line {known[name]}", "rename one")
    known[name] = line
    pairs = _OPTION.findall(match["options"])
    options = dict(pairs)
    for key, count in Counter(key for key, _ in pairs).items():
        if count > 1:
            raise CellError(path, line, f"option `{key}` of cell `{name}` stands twice", "remove one")
        if key not in OPTIONS:
            raise CellError(path, line, f"unknown option `{key}` of cell `{name}`", f"there are: {listed(OPTIONS)}")
    _check_options(options, name, line, path)
    return name, line, options


def _check_options(options: dict[str, str], name: str, line: int, path: str) -> None:
    wanted = {
        "raises": (r"[A-Za-z_]\w*", "the own name of an exception type, without its module"),
        "slider": (r"[A-Za-z_][A-Za-z0-9_]*(?: [A-Za-z_][A-Za-z0-9_]*)?", "a variable, or two as in `degree points`"),
        "samples": (r"[1-9]\d*(?: (?:cuda|mnist)=[1-9]\d*)*", "a whole number, or such as `359 mnist=2000`"),
        "tolerance": (r"\d+(\.\d+)?(e-?\d+)?", "a number such as 1e-3"),
        "volatile": (r"true", '"true"'),
    }
    for key, value in options.items():
        pattern, meaning = wanted[key]
        if not re.fullmatch(pattern, value):
            own = re.fullmatch(r"[\w.]+\.([A-Za-z_]\w*)", value) if key == "raises" else None
            fix = f'; write raises="{own[1]}"' if own else ""
            raise CellError(path, line, f'{key}="{value}" of cell `{name}`', f"expected {meaning}{fix}")
    if "slider" in options:
        _check_slider(options, name, line, path)


def _check_slider(options: dict[str, str], name: str, line: int, path: str) -> None:
    about, names = f'slider="{options["slider"]}" of cell `{name}`', options["slider"].split()
    for word in names:
        if keyword.iskeyword(word) or word.lower() in _TAKEN:  # as an attribute's name has no capitals
            raise CellError(path, line, f"{about}: `{word}` cannot name a slider's variable", "rename the variable")
    if len({word.lower() for word in names}) < len(names):
        raise CellError(path, line, f"{about}: two variables must differ by more than capitals", "rename one")
    for other in _NOT_WITH_A_SLIDER:
        if other in options:
            message = f'{about} cannot stand beside {other}="{options[other]}"'
            raise CellError(path, line, message, "make two cells of it")


def _cell(
    head: tuple[str, int, dict[str, str]], lines: list[tuple[int, str]], strings: frozenset[int], path: str
) -> Cell:
    name, line, options = head
    cell = Cell(name, line, options, tuple(_trimmed(lines)), strings)
    for number, text in cell.lines:
        if "\t" in text:  # Markdown makes spaces of tabs: what a reader copies would not be what ran
            raise CellError(path, number, f"a tab in cell `{name}`", "indent with spaces; write \\t in a string")
    found = [COMMENT.match(text) for number, text in cell.lines if number - 1 not in strings]
    counts = {lang: sum(1 for match in found if match and match["lang"] == lang) for lang in LANGUAGES}
    if len(set(counts.values())) > 1:
        there = ", ".join(f"{n} `# {lang}:`" for lang, n in counts.items())
        raise CellError(path, line, f"cell `{name}` has {there} lines", "each comment needs its twin")
    if not cell.code.strip():
        raise CellError(path, line, f"cell `{name}` has no code", "write some or remove it")
    try:
        parsed(cell.code, path, whole=False, cell=name)
    except CellError as exc:
        wrong = exc.finding
        raise CellError(path, cell.file_line(wrong.line or 1), wrong.message, wrong.fix) from None
    return cell


def _string_lines(text: str, tree: ast.Module) -> frozenset[int]:
    """The numbers of the lines that end inside a string."""
    if '"""' not in text and "'''" not in text and "\\\n" not in text:
        return frozenset()  # no string of more than one line
    strings = (node for node in ast.walk(tree) if isinstance(node, (ast.Constant, ast.JoinedStr)))
    if all(string.lineno == string.end_lineno for string in strings):
        return frozenset()
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return frozenset(n for token in tokens for n in range(token.start[0], token.end[0]))


def _trimmed(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    while lines and not lines[-1][1].strip():
        lines.pop()
    while lines and not lines[0][1].strip():
        lines.pop(0)
    return lines


def _digest(data: object) -> str:
    return hashlib.sha256(repr(data).encode()).hexdigest()[:16]
