"""What is wrong in a tree is told in one clear line; a strict build fails on it."""

import os
import re

CHAPTER = "basics/autograd"


def edit(path, old: str, new: str) -> int:
    """Replace a text's first occurrence; its line."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def told(done) -> list[str]:
    """The lines that name a file, without the level in front."""
    lines = (re.sub(r"^(?:WARNING|ERROR) +-  ", "", line) for line in done.stderr.splitlines())
    return [line for line in lines if line.startswith(("docs/", "snippets/"))]


def assert_stops_with(done, line: str) -> None:
    assert done.returncode == 1
    assert told(done) == [line]
    assert "Traceback" not in done.stderr


def test_broken_links_each_with_its_line_in_both_languages(build_site, copied_tree):
    expected = []
    for lang in copied_tree.languages:
        page = copied_tree.page(lang, CHAPTER)
        page.write_text(page.read_text("utf-8") + "\n[x](no.md)\n\n[x](no.md), [x](#nowhere)\n", "utf-8")
        last, page = page.read_text("utf-8").count("\n"), f"docs/{lang}/{CHAPTER}.md"
        expected.append(f"{page}:{last}: contains a link '#nowhere', but there is no such anchor on this page.")
        lacks = "contains a link 'no.md', but the target 'basics/no.md' is not found among documentation files."
        expected += [f"{page}:{line}: {lacks}" for line in (last - 2, last)]
    done = build_site("--strict")
    assert done.returncode == 1
    assert sorted(told(done)) == sorted(expected)


def test_a_page_that_is_not_utf_8(build_site, copied_tree):
    page = copied_tree.page("en", CHAPTER)
    page.write_bytes(b"# Autograd {#autograd}\n\ncaf\xe9\n")
    done = build_site("--strict")
    assert_stops_with(done, f"docs/en/{CHAPTER}.md:3: not UTF-8: byte 0xe9; save the file as UTF-8")


def test_an_unknown_cell_in_a_page_with_front_matter(build_site, copied_tree):
    page = copied_tree.page("vi", CHAPTER)
    page.write_text("---\ndescription: x\n---\n\n" + page.read_text("utf-8"), "utf-8")
    line = edit(page, "::: cell #leaf", "::: cell #leaff")
    cells = re.findall(r"^# %% (\S+)", copied_tree.snippet(CHAPTER).read_text("utf-8"), re.MULTILINE)
    done = build_site("--strict")
    where = f"docs/vi/{CHAPTER}.md:{line}"
    assert_stops_with(done, f"{where}: unknown cell `leaff` in snippets/{CHAPTER}.py; there are: {', '.join(cells)}")


def test_a_figure_without_alt_text(build_site, copied_tree):
    page = copied_tree.page("en", CHAPTER)
    text = page.read_text("utf-8")
    found = re.search(r'::: cell #([\w-]+) alt="[^"\n]*"', text)
    line = edit(page, found[0], f"::: cell #{found[1]}")
    done = build_site("--strict")
    expected = f'cell `{found[1]}` draws a figure without alt text; add alt="what the figure shows"'
    assert_stops_with(done, f"docs/en/{CHAPTER}.md:{line}: {expected}")


def test_a_page_that_does_not_show_what_it_asks_for(build_site, copied_tree):
    page = copied_tree.page("vi", CHAPTER)
    text = page.read_text("utf-8").rstrip("\n") + "\n\n- x\n\n            {{= #backward.x.grad }}\n"
    page.write_text(text, "utf-8")
    done = build_site()
    where = f"docs/vi/{CHAPTER}.md:{text.count(chr(10))}"
    assert done.returncode == 1
    assert f"{where}: a value of `{CHAPTER}#backward` is not to be seen on the page" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_invitation_that_nothing_tries(build_site, copied_tree):
    page, test = copied_tree.page("en", CHAPTER), copied_tree.relative(copied_tree.test(CHAPTER))
    text = page.read_text("utf-8").rstrip("\n") + "\n\n[Set it to 1.0](try:no_such_rate).\n"
    page.write_text(text, "utf-8")
    done = build_site()
    where = f"docs/en/{CHAPTER}.md:{text.count(chr(10))}"
    tells = [
        f"{where}: nothing tries `try:no_such_rate`: no function `test_try_no_such_rate` in {test}; write it there,"
    ]
    tells += [f"{where}: invitation `try:no_such_rate` of section #next stands 1 times more here than in docs/vi/"]
    lines = told(done)
    assert len(lines) == len(tells)
    assert all(line.startswith(start) for line, start in zip(lines, tells, strict=True)), lines
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_a_chapter_without_tests_is_told_so(build_site, copied_tree):
    copied_tree.test("start/setup").unlink()  # it invites to nothing: an invitation without its test is an error
    done = build_site("--strict")
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if "WARNING" in line] == [
        "WARNING -  snippets/start/setup.py:1: no test of this chapter, to which its page links; "
        "write tests/snippets/start/test_setup.py"
    ]


def test_a_stale_record_fails_a_strict_build_only(build_site, copied_tree):
    edit(copied_tree.snippet(CHAPTER), 'print("is leaf:", x.is_leaf)', 'print("leaf:", x.is_leaf)')
    place = copied_tree.snippet(CHAPTER).read_text("utf-8").split("\n").index("# %% leaf") + 1
    line = (
        f"snippets/{CHAPTER}.py:{place}: docs/notebooks/{CHAPTER}.ipynb is stale: cells changed since it was "
        f"recorded: `leaf`; run: python -m snippets record {CHAPTER}"
    )
    other = copied_tree.record("basics/graph")
    text = other.read_text("utf-8")
    other.write_text(re.sub(r'"numpy": "[^"]+"', '"numpy": "2.4.5"', text), "utf-8")
    versions = (
        f"snippets/basics/graph.py:1: docs/notebooks/basics/graph.ipynb is stale: recorded with numpy 2.4.5, but "
        f"pyproject.toml pins {copied_tree.pins['numpy']}; run: python -m snippets record basics/graph"
    )
    strict, plain = build_site("--strict"), build_site()
    assert strict.returncode == 1
    assert "Traceback" not in strict.stderr
    assert plain.returncode == 0
    assert told(strict) == told(plain) == [line, versions]


def test_a_section_behind_the_other_language_carries_a_note(build_site, copied_tree, tmp_path):
    from snippets._engine.audit.declared import agree

    agree(copied_tree, f"{CHAPTER}.md")
    page = copied_tree.page("vi", CHAPTER)
    edit(page, "## Sau chương này {#goals}\n", "## Sau chương này {#goals}\n\nThêm một câu.\n")
    done = build_site("--strict")
    assert done.returncode == 0, done.stderr
    english = (tmp_path / "site" / "en" / CHAPTER / "index.html").read_text("utf-8")
    vietnamese = (tmp_path / "site" / CHAPTER / "index.html").read_text("utf-8")
    note = re.search(r'id="goals".*?</h2>\s*<p class="behind">(.*?)</p>', english)
    assert note, "no note under the heading"
    assert 'href="../../../basics/autograd/#goals" hreflang="vi"' in note[1]
    assert english.count('class="behind"') == 1
    assert 'class="behind"' not in vietnamese


def test_a_build_needs_no_torch(build_site, copied_tree, tmp_path, monkeypatch):
    (tmp_path / "without" / "torch").mkdir(parents=True)
    (tmp_path / "without" / "torch" / "__init__.py").write_text("raise ImportError('no torch here')", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "without"), prepend=os.pathsep)
    done = build_site("--strict")
    assert done.returncode == 0, done.stderr
