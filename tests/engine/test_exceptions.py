"""docs/exceptions.toml: read, or refused with the line and what to write there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from snippets._engine.audit.audit import audit
from snippets._engine.project import exceptions
from snippets._engine.project.errors import PageError
from snippets._engine.project.exceptions import Difference, Exceptions, Phrase, TypedNumber
from snippets._engine.project.tree import Tree

pytestmark = pytest.mark.unit

Write = Callable[[str, str], Path]
PARITY = '[[parity]]\npage = "a/b"\nsection = "idea"\nitem = "figure g.svg"\nreason = "why"\n'
TYPED = '[[typed]]\npage = "a/b"\nnumber = "8 000"\nreason = "why"\n'
GLOSSARY = '[[glossary]]\nphrase = "độ dốc của sườn"\nreason = "why"\n'


def test_no_file_holds_no_entries(tree: Tree) -> None:
    assert exceptions.read(tree) == Exceptions()


def test_entries_are_read_with_the_lines_they_begin_on(tree: Tree, write: Write) -> None:
    more = '[[ glossary ]]  # once\nreason = " because "\n\nphrase = "hạt nhân nguyên tử"\n'
    write("docs/exceptions.toml", f"# A comment\n\n{TYPED}\n# Another\n{PARITY}{GLOSSARY}\n\n{more}")
    assert exceptions.read(tree) == Exceptions(
        (Difference("a/b", "idea", "figure g.svg", "why", 9),),
        (TypedNumber("a/b", "8 000", "why", 3),),
        (Phrase("độ dốc của sườn", "why", 14), Phrase("hạt nhân nguyên tử", "because", 19)),
    )


def test_line_that_only_looks_like_a_header_begins_no_entry(tree: Tree, write: Write) -> None:
    reason = '"""\n[[typed]]\n[why]\n"""'
    write("docs/exceptions.toml", GLOSSARY.replace('"why"', reason) + TYPED)
    found = exceptions.read(tree)
    assert [entry.reason for entry in found.glossary] == ["[[typed]]\n[why]"]
    assert [entry.line for entry in found.typed] == [7]


def test_line_ends_of_windows_change_no_line(tree: Tree, write: Write) -> None:
    path = write("docs/exceptions.toml", TYPED + GLOSSARY)
    expected = exceptions.read(tree)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert exceptions.read(tree) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            TYPED + "[[typed]\n",
            "5: not TOML: Expected ']]' at the end of an array declaration; see the comment at its top",
        ),
        (TYPED + 'why = "\n', "5: not TOML: Illegal character '\\n'; see the comment at its top"),
        (TYPED + "\nwhy = [\n\n", "6: not TOML: Invalid value; see the comment at its top"),
        (TYPED + "[[word]]\n", "5: unknown `word`; there are: [[parity]], [[typed]], [[glossary]]"),
        ("# A\n\nx = 3\n", "3: unknown `x`; there are: [[parity]], [[typed]], [[glossary]]"),
        ("\ntyped = 3\n" + GLOSSARY, "2: `typed` is no list of tables; begin each entry with a line [[typed]]"),
        (
            TYPED.replace("[[typed]]", "[typed]"),
            "1: `typed` is no list of tables; begin each entry with a line [[typed]]",
        ),
        (TYPED + "[typed.more]\n", "5: `typed` is no list of tables; begin each entry with a line [[typed]]"),
        (
            GLOSSARY + TYPED + 'why = "x"\n',
            "4: unknown why; write a [[typed]] entry (page, number, reason) in docs/exceptions.toml",
        ),
        (
            "[[parity]]\nreason = 'x'\n",
            "1: no page, section, item; write a [[parity]] entry (page, section, item, reason) in docs/exceptions.toml",
        ),
        (
            GLOSSARY.replace('reason = "why"\n', ""),
            "1: no reason; write a [[glossary]] entry (phrase, reason) in docs/exceptions.toml",
        ),
        (TYPED.replace('"8 000"', "8000"), '1: number is no text; write it in quotes: number = "…"'),
        (GLOSSARY + PARITY.replace("why", " \\t"), "4: the reason is empty; give one"),
        (GLOSSARY.replace("độ dốc của sườn", ""), "1: the phrase is empty; give one"),
        (GLOSSARY.replace("độ dốc", "(độ dốc)"), "1: phrase `(độ dốc) của sườn`; begin it with a word"),
        (PARITY.replace("a/b", "a/b.md"), "1: page `a/b.md`; write it as commands do: `a/b`"),
        (
            GLOSSARY + TYPED + TYPED.replace("why", "another"),
            "8: this [[typed]] entry stands in line 4 too; remove one of them",
        ),
    ],
    ids=[
        "header not closed",
        "text not closed",
        "end of the file",
        "unknown table",
        "key without a table",
        "no tables",
        "one table",
        "table of a table",
        "unknown key",
        "missing keys",
        "no reason",
        "no text",
        "empty reason",
        "empty phrase",
        "phrase that begins with no word",
        "page as a file",
        "entry that stands twice",
    ],
)
def test_file_is_refused_with(text: str, said: str, tree: Tree, write: Write) -> None:
    write("docs/exceptions.toml", text)
    with pytest.raises(PageError) as caught:
        exceptions.read(tree)
    assert str(caught.value) == f"docs/exceptions.toml:{said}"


def test_file_that_cannot_be_read_is_one_error_of_the_audit(tree: Tree, write: Write) -> None:
    write("docs/exceptions.toml", "[[word]]\n")
    assert [str(finding) for finding in audit(tree) if finding.severity == "error"] == [
        "docs/exceptions.toml:1: unknown `word`; there are: [[parity]], [[typed]], [[glossary]]"
    ]


@pytest.mark.parametrize(
    ("old", "kind"), [("parity.toml", "parity"), ("typed_allowed.txt", "typed"), ("glossary_allowed.txt", "glossary")]
)
def test_old_file_is_told_where_its_entries_belong(old: str, kind: str, tree: Tree, write: Write) -> None:
    write(f"docs/{old}", "what it says is no matter")
    (found,) = audit(tree)
    assert (
        str(found) == f"docs/{old}:1: is no longer read; move its entries to docs/exceptions.toml, each as [[{kind}]]"
    )
    assert found.severity == "warning"
