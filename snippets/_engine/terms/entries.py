"""The lines of docs/glossary.csv: what a term is called, which columns there are, and what each may hold."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..project.errors import PageError, listed
from ..project.text import tidy, untidy
from ..project.tree import LANGUAGES, Tree
from .phrases import old_style

MARKS = ("", "later", "plain")
TOPICS = ("tensor", "autograd", "regression", "classification", "training", "evaluation", "gpu", "engineering")
"""What a term may be filed under, in the order of the page."""
COLUMNS = ("id", "en", "vi", "keep_english", "definition_en", "definition_vi", "variants_vi", "first_used_in", "mark")
_OF_THE_PAGE = re.compile(r"glossary|topic(-.*)?")
_BRACKET = re.compile(r"\s*\(([^)]*)\)")
_NONE = "-"


@dataclass(frozen=True)
class Term:
    """An entry of the glossary."""

    id: str
    """Also its heading's id on the page of the glossary."""
    line: int
    names: dict[str, str]
    definitions: dict[str, str]
    variants: tuple[str, ...]
    """Vietnamese renderings that others use and this site does not."""
    topic: str
    mark: str

    def forms(self, lang: str) -> tuple[str, ...]:
        """What it is called in a language's prose."""
        name = _BRACKET.sub("", self.names[lang])
        found = [name] if lang == "vi" else [name, f"{name}{'es' if name.endswith('s') else 's'}"]
        bracket = _BRACKET.search(self.names["en"])
        if bracket and bracket[1].isupper() and _abbreviates(bracket[1], self.names["en"][: bracket.start()]):
            found.append(bracket[1])
        return tuple(found)


def _abbreviates(short: str, name: str) -> bool:
    letters = iter(name.lower())
    return all(letter in letters for letter in short.lower())


def read(tree: Tree) -> tuple[Term, ...]:
    """The terms of docs/glossary.csv, in its order; none without one.

    Raises:
        PageError: it is not CSV with our columns; a field is empty, untidy or none of those allowed; a name or a
            rendering begins with no word, or stands in two places.
    """
    path = tree.root / "docs" / "glossary.csv"
    name = tree.relative(path)
    if not path.is_file():
        return ()
    lines = [f"{line}\n" for line in tree.text(path).split("\n")]
    terms = [_term(fields, line, name) for line, fields in _rows(lines, name)]
    _refuse_doubles(terms, name)
    return tuple(terms)


def _rows(lines: list[str], path: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line's fields by column, with the number of the line it begins in; the first must name the columns."""
    rows, before = csv.reader(lines, strict=True), 0
    try:
        for row in rows:
            begin, before = before + 1, rows.line_num
            if begin == 1:
                _check_head(row, path)
            elif len(row) not in (0, len(COLUMNS)):
                message = f"{len(row)} columns, expected {len(COLUMNS)}"
                fix = f"the columns are: {', '.join(COLUMNS)}; a field that holds a comma stands in double quotes"
                raise PageError(path, begin, message, fix)
            elif row:
                yield begin, dict(zip(COLUMNS, row, strict=True))
    except csv.Error as exc:
        raise PageError(path, before + 1, f"not CSV: {exc}", "mend it") from None


def _check_head(row: list[str], path: str) -> None:
    if tuple(row) != COLUMNS:
        raise PageError(path, 1, f"the columns are {listed(row)}", f"write {','.join(COLUMNS)}")


def _term(fields: dict[str, str], line: int, path: str) -> Term:
    for problem, fix in _problems(fields):
        raise PageError(path, line, problem, fix)
    variants = () if fields["variants_vi"] == _NONE else tuple(fields["variants_vi"].split(";"))
    return Term(
        fields["id"],
        line,
        {lang: fields[lang] for lang in LANGUAGES},
        {lang: fields[f"definition_{lang}"] for lang in LANGUAGES},
        variants,
        fields["first_used_in"],
        fields["mark"],
    )


def _problems(fields: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a line, and what to write."""
    for column, text in fields.items():
        if not text.strip() and column != "mark":
            yield f"no {column}", f"the columns are: {', '.join(COLUMNS)}"
        if wrong := untidy(text):
            yield f"{column} has {wrong}: {text!a}", f"write `{tidy(text)}`"
    for column, allowed in (("keep_english", ("yes", "no")), ("first_used_in", TOPICS), ("mark", MARKS)):
        if fields[column] not in allowed:
            fix = f"there are: {', '.join(filter(None, allowed))}{'' if all(allowed) else ', or none'}"
            yield f"unknown {column} `{fields[column]}`", fix
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", fields["id"]) or _OF_THE_PAGE.fullmatch(fields["id"]):
        yield f"id `{fields['id']}`", "write another, in lower-case ASCII with - between words"
    yield from (_no_word(column, fields[column]) for column in LANGUAGES if not re.match(r"\w", fields[column]))
    yield from _of_variants(fields["variants_vi"])


def _of_variants(text: str) -> Iterator[tuple[str, str]]:
    entries = text.split(";")
    better = ";".join(entry for entry in map(tidy, entries) if re.match(r"\w", entry)) or _NONE
    for entry in entries if text != _NONE else ():
        if not entry.strip():
            yield f"variants_vi has an empty entry: `{text}`", f"write `{better}`"
        if entry != tidy(entry):
            yield f"variants_vi has spaces around `{tidy(entry)}`: `{text}`", f"write `{better}`"
        if not re.match(r"\w", entry):
            yield _no_word("variants_vi", entry)


def _no_word(column: str, text: str) -> tuple[str, str]:
    return f"{column} `{text}` begins with no word", "begin it with a letter or a digit"


def _refuse_doubles(terms: Iterable[Term], path: str) -> None:
    """One idea, one name: what a term is called, or not to be called, stands in one place."""
    lines: dict[tuple[str, str], int] = {}
    terms = list(terms)
    called = {old_style(term.names["vi"]): term for term in terms}
    for term in terms:
        names = [("id", term.id), *term.names.items(), *(("variants_vi", v) for v in term.variants)]
        for column, name in names:
            first = lines.setdefault((column, old_style(name)), term.line)
            if first != term.line or names.count((column, name)) > 1:
                message = f"{column} `{name}` stands {f'in line {first} too' if first != term.line else 'twice'}"
                raise PageError(path, term.line, message, "rename one" if column == "id" else "remove one of them")
        for variant in term.variants:
            if (own := called.get(old_style(variant))) is not None:
                message = f"variants_vi bans `{variant}`, which is the vi of line {own.line}"
                raise PageError(path, term.line, message, "remove one of them")
