"""What a merge that nobody mended leaves in a file is told with its line, and published nowhere."""

from collections.abc import Callable
from pathlib import Path

import pytest

from snippets._engine.audit.audit import audit
from snippets._engine.project.errors import PageError
from snippets._engine.project.files import read_text
from snippets._engine.project.tree import Tree

pytestmark = pytest.mark.unit

MARKS = "<<<<<<< HEAD\na\n||||||| base\nb\n=======\nc\n>>>>>>> branch\n"
FILES = {
    "docs/vi/a/b.md": "# A {#a}\n\n",
    "docs/en/a/b.md": "<!--\n",
    "snippets/a/b.py": '# %% one\nx = """\n',
    "docs/glossary.csv": "id,en,vi\n",
    "docs/exceptions.toml": "\n# x\n",
    "docs/agreed/a/b.toml": "\n",
}


@pytest.mark.parametrize(("name", "before"), FILES.items(), ids=FILES.keys())
def test_marks_are_told_in(name: str, before: str, tree: Tree, write: Callable[[str, str], Path]) -> None:
    write("snippets/a/b.py", "# %% one\nx = 1\n")
    for lang in tree.languages:
        write(f"docs/{lang}/a/b.md", "# A {#a}\n\n::: cell #one\n")
    write(name, before + MARKS)
    line = before.count("\n") + 1
    expected = f"{name}:{line}: a conflict of git stands here: `<<<<<<< HEAD`; mend the merge; "
    assert [str(f).startswith(expected) for f in audit(tree) if f.severity == "error"] == [True]


SHOWN = {
    "in a fence of diff": f"```diff\n{MARKS}```\n",
    "in one with attributes": f"- a\n\n    ~~~~ {{ .diff }}\n    a\n{MARKS}    ~~~~\n",
    "longer signs": "<<<<<<<< a\n>>>>>>>>\n",
    "signs in a line": "a <<<<<<< b\n> >>>>>>> c\n",
    "an underline": "A\n=======\n",
}


@pytest.mark.parametrize("text", SHOWN.values(), ids=SHOWN.keys())
def test_no_marks_are(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(text, "utf-8")
    assert read_text(tmp_path / "a.md", "a.md") == text


REFUSED = {
    "in another fence": (f"```text\n{MARKS}```\n", 2),
    "after a fence of diff": (f"```diff\n{MARKS}```\n\n{MARKS}", 11),
    "what is left of one": ("a\n\n>>>>>>> branch\n", 3),
    "with the line ends of Windows": (f"a\n{MARKS}".replace("\n", "\r\n"), 2),
    "without a name": ("a\n<<<<<<<\n", 2),
}


@pytest.mark.parametrize(("text", "line"), REFUSED.values(), ids=REFUSED.keys())
def test_marks_are_found(text: str, line: int, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(text.encode())
    with pytest.raises(PageError, match=rf"^a\.md:{line}: a conflict of git stands here"):
        read_text(tmp_path / "a.md", "a.md")
