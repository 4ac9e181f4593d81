"""Invitations of a page, `[words](try:NAME)`: shown as their words, each with the test that does what it says."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from snippets._engine.audit.audit import audit
from snippets._engine.commands.check import check_chapters
from snippets._engine.commands.status import status_command
from snippets._engine.copies.notebook import notebook
from snippets._engine.copies.plain import plain
from snippets._engine.pages.page import parse, read_page
from snippets._engine.project.cache import Cache
from snippets._engine.project.errors import PageError
from snippets._engine.project.tree import Tree
from snippets._engine.project.tries import tried
from snippets._engine.records.library import Library
from snippets._engine.render.markdown import expand

pytestmark = pytest.mark.unit

Write = Callable[[str, str], Path]
VI, EN, TEST = "docs/vi/basics/sums.md", "docs/en/basics/sums.md", "tests/snippets/basics/test_sums.py"
BEGIN = "# A {#a}\n\n::: cell #add\n\n"
FORM = "write `[words](try:name)` in one line of a text: lower-case letters of ASCII, digits and _"
TESTS = "def test_total(): ...\n\n\ndef test_try_rate(attempt): ...\n\n\ndef test_try_two_ways(attempt): ...\n"


@pytest.fixture
def project(tree: Tree, write: Write, by_hand: Callable[..., Path]) -> Tree:
    """A recorded chapter whose test file tries two things, which both of its pages invite to."""
    write("snippets/basics/sums.py", "# %% add\ntotal = 1\nprint(total)\n")
    write(TEST, TESTS)
    for path in (VI, EN):
        write(path, f"{BEGIN}[Thử `lr`](try:rate). [B](try:two_ways)\n")
    ran = {"outputs": [["text", "stdout", "1\n"]], "values": {"total": 1}, "names": ["total"]}
    by_hand("basics/sums", {"add": ran})
    return tree


def found(tree: Tree, kind: str = "invitation") -> list[str]:
    """The findings of a kind, as printed."""
    return [str(finding) for finding in audit(tree) if finding.kind == kind]


def expanded(tree: Tree, text: str) -> str:
    return expand(text, lang="vi", src_uri="basics/sums.md", path=VI, library=Library(tree)).markdown


def test_invitations_with_their_tests_are_nothing_to_tell(project: Tree) -> None:
    assert found(project) + found(project, "page") + found(project, "parity") == []


PLACES = {
    "a sentence": ("Bạn [thử `lr = 1.0`](try:rate), rồi [sửa](try:two_ways).", "Bạn thử `lr = 1.0`, rồi sửa."),
    "a list": ("- a\n- [thử](try:rate)", "- a\n- thử"),
    "a table": ("| a | b |\n|---|---|\n| [thử](try:rate) | c |", "| a | b |\n|---|---|\n| thử | c |"),
    "an admonition": ('!!! tip "a"\n\n    [thử](try:rate)', '!!! tip "a"\n\n    thử'),
    "a fold and its title": ('??? example "[a](try:rate)"\n\n    [thử](try:rate)', '??? example "a"\n\n    thử'),
    "a heading": ("## [thử](try:rate) {#b}", "## thử {#b}"),
    "beside a link": ("[một](index.md) [hai](try:rate) [ba](b.md)", "[một](index.md) hai [ba](b.md)"),
    "words in brackets": ("[thử [2] và *a*](try:rate)", "thử [2] và *a*"),
    "beside a comment": ("[thử](try:rate)<!-- [x](try:none) --> hết", "thử hết"),
    "code": ("`[a](try:none)` [thử](try:rate)", "`[a](try:none)` thử"),
    "a fence": ("```text\n[a](try:none)\n```", "```text\n[a](try:none)\n```"),
    "other words": ("to try: a (try:b) [try:](c.md)", "to try: a (try:b) [try:](c.md)"),
}


@pytest.mark.parametrize(("text", "shown"), PLACES.values(), ids=PLACES)
def test_an_invitation_is_shown_as_its_words(text: str, shown: str, project: Tree) -> None:
    parse(text, src_uri="basics/sums.md", path=VI)
    assert expanded(project, text) == shown


def test_a_value_may_stand_in_its_words(project: Tree) -> None:
    value = '<span class="cell-value" data-cell="basics/sums#add">1</span>'
    text = "x [thử {{= #add.total }} và](try:rate) {{= #add.total }}"
    assert expanded(project, text) == f"x thử {value} và {value}"


def test_the_paragraph_of_a_guess_may_invite(project: Tree) -> None:
    text = expanded(project, '::: cell #add guess="true"\n\nMột. [Thử](try:rate) đi.\n')
    assert "\nMột. Thử đi.\n" in text
    assert "try:" not in text


def test_copies_hold_the_words_alone(project: Tree) -> None:
    text = f'{BEGIN}??? example "A"\n\n    Bạn [thử `lr`](try:rate)!\n\nBạn [thử *hai*](try:two_ways).\n'
    page = {"lang": "vi", "src_uri": "basics/sums.md", "path": VI, "library": Library(project)}
    for site_url in ("", "https://example.org/"):
        cells = json.loads(notebook(text, **page, site_url=site_url))["cells"]
        prose = "\n".join("".join(cell["source"]) for cell in cells)
        assert "Bạn thử `lr`!" in prose
        assert "Bạn thử *hai*." in prose
        assert "try:" not in prose
    copy = plain(text, **page)
    assert "    Bạn thử `lr`!\n\nBạn thử *hai*.\n" in copy
    assert "try:" not in copy


WRONG = {
    "capitals": "[a](try:Rate)",
    "a sign": "[a](try:learning-rate)",
    "Vietnamese": "[a](try:tốc_độ)",
    "no name": "[a](try:)",
    "no words": "[ ](try:rate)",
}


@pytest.mark.parametrize("link", WRONG.values(), ids=WRONG)
def test_a_wrong_name_is_told_with_its_form(link: str, project: Tree) -> None:
    said = f"{VI}:2: an invitation without a name or words of that form: `{link}`; {FORM}"
    for read in (lambda text: parse(text, src_uri="basics/sums.md", path=VI), lambda text: expanded(project, text)):
        with pytest.raises(PageError) as error:
            read(f"a\nb {link} c")
        assert str(error.value) == said


UNREADABLE = {
    "a title": '[a](try:rate "Title")',
    "a space": "[a]( try:rate)",
    "pointed brackets": "[a](<try:rate>)",
    "a capital scheme": "[a](Try:rate)",
    "a reference": "[a]: try:rate",
    "HTML": '<a href="try:rate">a</a>',
    "bare": "<try:rate>",
    "an image": "![a](try:rate)",
    "the end of a link in the line above": "b](try:rate)",
    "a bracket behind a backslash": "\\[a](try:rate)",
    "one of two": "[a](try:rate) [b](TRY:rate)",
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_meant_for_an_invitation_is_no_link_to_nowhere(text: str, project: Tree) -> None:
    for read in (lambda text: parse(text, src_uri="basics/sums.md", path=VI), lambda text: expanded(project, text)):
        with pytest.raises(PageError) as error:
            read(f"a\n\n{text}")
        assert str(error.value) == f"{VI}:3: an invitation that cannot be read: `{text}`; {FORM}"


def test_an_alt_text_invites_to_nothing() -> None:
    with pytest.raises(PageError) as error:
        parse('::: cell #add alt="[a](try:rate)"', src_uri="basics/sums.md", path=VI)
    assert str(error.value) == f"{VI}:1: an invitation in a directive; {FORM}"


@pytest.mark.parametrize(
    ("tests", "there"),
    [
        (TESTS, "try:rate"),
        ("def test_try_b(): ...\ndef test_try_a(): ...\n", "try:a, try:b"),
        ("", "none"),
        (None, "none"),
    ],
    ids=["a close one", "none is close", "no test", "no test file"],
)
def test_an_invitation_without_its_test_names_the_file(tests: str | None, there: str, project: Tree) -> None:
    test = project.root / TEST
    test.write_text(tests, "utf-8") if tests is not None else test.unlink()
    with pytest.raises(PageError) as error:
        expanded(project, "a\n[thử](try:rates)")
    assert str(error.value) == (
        f"{VI}:2: nothing tries `try:rates`: no function `test_try_rates` in {TEST}; "
        f"write it there, or name another; there are: {there}"
    )


def test_a_test_file_that_is_no_python_is_told_with_its_line(project: Tree, write: Write) -> None:
    write(TEST, f"{TESTS}\ndef broken(:\n")
    assert found(project, "page") == [f"{TEST}:9: cannot be read as Python: invalid syntax; mend it"]


def test_only_functions_of_the_module_try_anything() -> None:
    text = "class A:\n    def test_try_a(): ...\n\ntest_try_b = 1\n# def test_try_c\n@mark\ndef test_try_d(): '\\d'\n"
    assert tried(text, TEST) == {"d": 7}


def test_a_page_of_no_chapter_cannot_invite(project: Tree, write: Write) -> None:
    for lang in project.languages:
        write(f"docs/{lang}/about.md", "# A {#a}\n\n[thử](try:rate)\n")
    message = "an invitation on a page of no chapter: `try:rate`"
    fix = "write its words alone: what tries it stands beside a chapter"
    assert found(project, "page") == [f"docs/{lang}/about.md:3: {message}; {fix}" for lang in project.languages]


def moved(here: str, there: str, name: str = "rate", section: str = "a", line: int = 5) -> str:
    fix = "add it there or remove it here"
    return (
        f"{here}:{line}: invitation `try:{name}` of section #{section} stands 1 times more here than in {there}; {fix}"
    )


def test_a_language_that_invites_to_less_is_an_error(project: Tree, write: Write) -> None:
    write(EN, f"{BEGIN}[Thử](try:rate)\n")
    assert found(project) == [moved(VI, EN, "two_ways")]
    assert [f.severity for f in audit(project) if f.kind == "invitation"] == ["error"]


def test_a_language_that_invites_twice_is_an_error(project: Tree, write: Write) -> None:
    write(EN, f"{BEGIN}[A](try:rate) [B](try:two_ways)\n\n[C](try:rate)\n")
    assert found(project) == [moved(EN, VI)]


def test_an_invitation_in_another_section_is_an_error(project: Tree, write: Write) -> None:
    write(VI, f"{BEGIN}[B](try:two_ways)\n\n## B {{#b}}\n\n[A](try:rate)\n")
    write(EN, f"{BEGIN}[A](try:rate) [B](try:two_ways)\n\n## B {{#b}}\n")
    assert found(project) == [moved(EN, VI), moved(VI, EN, section="b", line=9)]


def test_an_invitation_in_a_section_of_one_language_is_an_error(project: Tree, write: Write) -> None:
    write(VI, f"{BEGIN}[B](try:two_ways)\n\n## B {{#b}}\n\n[A](try:rate)\n")
    write(EN, f"{BEGIN}[B](try:two_ways)\n")
    message = f"invitation `try:rate` of section #b has no counterpart in {EN}; add it there or remove it here"
    assert found(project) == [f"{VI}:9: {message}"]


def test_a_test_that_no_page_invites_to_is_an_error(project: Tree, write: Write) -> None:
    for path in (VI, EN):
        write(path, f"{BEGIN}[B](try:two_ways)\n")
    message = "`test_try_rate` tries what no page invites to"
    fix = "invite by `[words](try:rate)` on both pages of basics/sums, or rename it"
    assert found(project) == [f"{TEST}:4: {message}; {fix}"]


def test_status_and_check_tell_it(project: Tree, write: Write) -> None:
    write(EN, f"{BEGIN}[Thử](try:rat)\n")
    said = f"{EN}:5: nothing tries `try:rat`: no function"
    done = CliRunner().invoke(status_command, ["--root", str(project.root)])
    assert done.exit_code == 0, done.output
    assert f"error: {said}" in done.output
    checked = check_chapters(project, ())
    assert checked.failed
    assert [str(f) for f in checked.findings if str(f).startswith(said)] != []


def test_what_is_kept_follows_the_test_file(project: Tree, write: Write, tmp_path: Path) -> None:
    def audited() -> list[str]:
        library = Library(project)
        library.cache = Cache(tmp_path / "cache", "base")
        library.remember()
        return [str(f) for f in audit(project, library) if f.severity == "error"]

    assert audited() == []
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*") if path.is_file()}
    assert audited() == []
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    write(TEST, TESTS.replace("rate", "pace"))
    lost, unasked = audited()[:-1], audited()[-1]
    assert [line.split(";")[0] for line in lost] == [
        f"{path}:5: nothing tries `try:rate`: no function `test_try_rate` in {TEST}" for path in (VI, EN)
    ]
    assert unasked.startswith(f"{TEST}:4: `test_try_pace` tries what no page invites to")


def test_one_library_follows_the_test_file_too(project: Tree, write: Write) -> None:
    library = Library(project)
    library.remember()
    assert [f for f in audit(project, library) if f.severity == "error"] == []
    os.utime(write(TEST, TESTS.replace("rate", "pace")), ns=(1, 1))
    library.remember()
    assert len([f for f in audit(project, library) if f.severity == "error"]) == 3


def test_the_words_are_read_as_any_others(project: Tree, write: Write) -> None:
    write(VI, f"{BEGIN}[Thử 1.5](try:rate) [B](try:two_ways)\n")
    page = read_page(Library(project), "vi", "basics/sums.md")
    before = page.by_id["a"].hash
    write(VI, f"{BEGIN}[Thử 2.5](try:rate) [B](try:two_ways)\n")
    assert read_page(Library(project), "vi", "basics/sums.md").by_id["a"].hash != before
