"""`mkdocs serve` shows what was just saved, right or wrong, and goes on. Each test mends what it breaks."""

import importlib.util
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from snippets._engine.audit import declared
from snippets._engine.commands import record as recording
from snippets._engine.project.tree import Tree

_spec = importlib.util.spec_from_file_location("serve_driver", Path(__file__).with_name("serve_driver.py"))
assert _spec is not None
assert _spec.loader is not None
serve_driver = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(serve_driver)

TINY, OTHER = serve_driver.CHAPTERS
edit, Server = serve_driver.edit, serve_driver.Server


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """One chapter is recorded, the other is not."""
    tree = serve_driver.make_tree(tmp_path_factory.mktemp("serve") / "cây nhỏ")
    serve_driver.log_builds(tree)
    assert recording.record_chapters(tree, [TINY]).problems == ()
    return tree


@pytest.fixture
def own_tree(tree, tmp_path) -> Tree:
    """A tree that no other server follows."""
    return Tree(Path(shutil.copytree(tree.root, tmp_path / "own")))


@pytest.fixture(scope="module")
def shared(tree, tmp_path_factory) -> Iterator["serve_driver.Server"]:
    server = Server.start(tree, tmp_path_factory.mktemp("log") / "serve.log")
    yield server
    server.stop()


@pytest.fixture
def server(shared, tree) -> Iterator["serve_driver.Server"]:
    """The running server; the tree is as it was afterwards, and the server has noticed."""
    files = [path for path in tree.root.rglob("*") if path.is_file() and path.suffix not in (".ipynb", ".log")]
    files = [path for path in files if ".cache" not in path.parts]
    before = {path: path.read_bytes() for path in files}
    yield shared
    for path, data in before.items():
        if path.read_bytes() != data:
            path.write_bytes(data)
    for prefix, word in (("", "Câu đầu tiên."), ("en/", "The first sentence.")):
        shared.shows(f"{prefix}{TINY}/", word, "total: 3", "twice: 6")


def test_both_languages_are_served_and_nothing_is_run_at_the_start(server, tree):
    assert server.get("").status == 200
    assert "Câu đầu tiên." in server.get(f"{TINY}/").text
    assert "total: 3" in server.get(f"en/{TINY}/").text
    assert not tree.record(OTHER).exists()
    for prefix in ("", "en/"):
        page = server.get(f"{prefix}{OTHER}/")
        assert 'class="not-run"' in page.article
        assert f"snippets/{OTHER}.py:1: no record docs/notebooks/{OTHER}.ipynb" in page.text
        assert f"<code>python -m snippets record {OTHER}</code>" in page.article
    assert 'class="preview' not in server.get("").article


def test_a_saved_sentence_is_shown(server, tree):
    edit(tree.page("en", TINY), "The first sentence.", "Another sentence.")
    server.shows(f"en/{TINY}/", "Another sentence.")
    assert "Câu đầu tiên." in server.get(f"{TINY}/").text


def at_rest(server) -> list[str]:
    """The languages built until now, when nothing is left to do."""
    languages = None
    while languages != (now := server.built()):
        languages = now
        time.sleep(1.5)
    return languages


def test_only_the_language_that_was_saved_is_built(server, tree):
    before = at_rest(server)
    for lang, prefix, old in (("vi", "", "Câu đầu tiên."), ("en", "en/", "The first sentence.")):
        edit(tree.page(lang, TINY), old, f"Saved in {lang}.")
        server.shows(f"{prefix}{TINY}/", f"Saved in {lang}.")
        before.append(lang)
        assert at_rest(server) == before
    assert "Saved in vi." in server.get(f"{TINY}/").text
    assert server.get("en/basics").status == 404
    (tree.docs("en") / "new.md").write_text("# New {#new}\n", "utf-8")
    server.shows("en/new/", "New")
    server.wait_for("", lambda answer: "docs/vi/new.md is missing" in server.said())
    (tree.docs("en") / "new.md").unlink()
    server.wait_for("en/new/", lambda answer: answer.status == 404)


def test_a_page_loads_itself_again_when_its_language_was_built(server, tree):
    at_rest(server)
    vi, en = server.reloads(f"{TINY}/"), server.reloads(f"en/{TINY}/")
    edit(tree.page("vi", TINY), "Câu đầu tiên.", "Saved in vi.")
    assert vi.wait(20)
    vi = server.reloads(f"{TINY}/")
    assert at_rest(server)[-1] == "vi"
    assert not en.is_set()
    edit(tree.page("en", TINY), "The first sentence.", "Saved in en.")
    assert en.wait(20)
    at_rest(server)
    assert not vi.is_set()


def test_a_cell_that_runs_at_once_is_shown_in_one_go_in_the_language_that_is_looked_at_first(server, tree):
    for prefix, order in (("en/", ["en", "vi"]), ("", ["vi", "en"])):
        # A run that takes over a second on a busy computer is shown in two goes: one of three is quick.
        assert order in (built_after_a_save(server, tree, prefix) for _ in range(3))


def built_after_a_save(server, tree, prefix: str) -> list[str]:
    """Save the cell with another number while a language is looked at; the languages that are built until all rests."""
    before = at_rest(server)
    server.get(f"{prefix}{TINY}/")
    old = re.search(r"total = (.+)", tree.snippet(TINY).read_text("utf-8"))[1]
    new = f"{old} + 30"
    edit(tree.snippet(TINY), f"total = {old}\n", f"total = {new}\n")
    server.shows(f"{prefix}{TINY}/", f"total: {eval(new)}")
    return at_rest(server)[len(before) :]


def test_a_saved_cell_is_run_and_its_output_shown_in_both_languages(server, tree):
    edit(tree.snippet(TINY), "1 + 2", "30 + 4")
    server.shows(f"{TINY}/", "total: 34", "twice: 68", "Tổng bằng 34.")
    server.shows(f"en/{TINY}/", "total: 34", "twice: 68", "The total is 34.")
    assert '"total: 34\\n"' in tree.record(TINY).read_text("utf-8")
    assert not tree.record(OTHER).exists()


def test_a_value_that_a_page_newly_asks_for_is_recorded(server, tree):
    edit(tree.page("vi", TINY), "Câu đầu tiên.", "Bình phương: {{= #sum.total ** 2 }}.")
    server.shows(f"{TINY}/", "Bình phương: 9.")


def test_a_value_that_cannot_be_had_is_told_on_its_page(server, tree):
    edit(tree.page("en", TINY), "The first sentence.", "Wrong: {{= #sum.total.upper() }}.")
    page = server.shows(f"en/{TINY}/", f"docs/en/{TINY}.md:3: value total.upper() after cell sum:")
    assert page.status == 200
    assert "AttributeError" in page.text


def test_a_broken_page_shows_its_error_and_the_others_go_on(server, tree):
    edit(tree.page("vi", TINY), "::: cell #sum", "::: cell #som")
    server.shows(f"{TINY}/", f"docs/vi/{TINY}.md:5: unknown cell `som` in snippets/{TINY}.py; there are: sum, twice")
    assert 'class="preview"' not in server.get(f"{TINY}/").article, "what follows from the error is not told beside it"
    assert "total: 3" in server.get(f"en/{TINY}/").text


def test_a_page_shows_its_invitation_as_soon_as_the_test_of_it_is_saved(server, tree):
    edit(tree.page("vi", TINY), "Câu đầu tiên.", "Câu [đầu tiên](try:more).")
    edit(tree.page("en", TINY), "The first sentence.", "The [first](try:more) sentence.")
    test = tree.test(TINY)
    server.shows(f"en/{TINY}/", f"docs/en/{TINY}.md:3: nothing tries `try:more`: no function `test_try_more` in ")
    test.write_text("def test_try_more(attempt): ...\n\n\ndef test_try_less(attempt): ...\n", "utf-8")
    page = server.shows(f"en/{TINY}/", "The first sentence.", "tries what no page invites to")
    assert "try:" not in re.sub(r"<aside.*?</aside>", "", page.article, flags=re.DOTALL)
    assert 'class="preview-error"' in server.shows(f"{TINY}/", "tries what no page invites to").article
    assert "test_try_less" not in server.get(f"{OTHER}/").article


def test_a_formula_that_cannot_be_read_looks_like_any_other_error_of_a_page(server, tree):
    edit(tree.page("en", TINY), "The first sentence.", "The sum $\\frac{1}{$ fails.")
    page = server.shows(f"en/{TINY}/", f"docs/en/{TINY}.md:3: formula `\\frac{{1}}{{`: ")
    assert '<h1 id="broken">This page cannot be shown yet<' in page.article
    assert re.search(r'<div class="language-text no-copy highlight">.*?docs/en/.*?</div>', page.article, re.DOTALL)
    assert "# This page" not in page.article
    assert 'class="cell' not in page.article
    assert 'href="#broken"' in page.html, "the table of contents is that of the message"
    edit(tree.page("en", TINY), "\\frac{1}{", "a_1")
    assert "<math" in server.shows(f"en/{TINY}/", "The sum").article


def test_a_section_that_is_behind_is_told_on_its_page(server, tree):
    declared.agree(tree, f"{TINY}.md")
    try:
        edit(tree.page("vi", TINY), "Câu đầu tiên.", "Câu mới.")
        page = server.shows(f"en/{TINY}/", f"docs/en/{TINY}.md:1: section #tiny (the text before the first heading) is")
        assert f"<code>python -m snippets agree {TINY}#tiny</code>" in page.article
    finally:
        tree.agreed(TINY).unlink()


def test_a_page_that_is_not_parallel_carries_a_banner(server, tree):
    edit(tree.page("vi", TINY), "total }}.\n", "total }}.\n\n## Thêm {#more}\n\nMột mục nữa.\n")
    page = server.shows(f"{TINY}/", f"docs/vi/{TINY}.md:11: heading ## #more has no counterpart in docs/en/{TINY}.md")
    assert 'class="preview-warning"' in page.article
    assert "preview-warning" not in server.get(f"en/{TINY}/").article


def test_a_syntax_error_in_a_snippet_is_shown_with_its_line(server, tree):
    edit(tree.snippet(TINY), "2 * total", "2 *")
    for prefix in ("", "en/"):
        server.shows(f"{prefix}{TINY}/", f"snippets/{TINY}.py:6: syntax error")
    assert server.get("").status == 200


def test_a_cell_that_fails_is_told_with_its_line_and_runs_again_when_mended(server, tree):
    edit(tree.snippet(TINY), "2 * total", "total / 0")
    page = server.shows(f"{TINY}/", f"snippets/{TINY}.py:6: cell twice raised ZeroDivisionError: division by zero")
    assert 'class="preview-error"' in page.article
    assert 'class="not-run"' in page.article
    assert "twice: 6" not in page.text
    edit(tree.snippet(TINY), "total / 0", "total * 5")
    page = server.shows(f"{TINY}/", "twice: 15")
    assert "preview-error" not in page.article


def test_a_cell_that_never_ends_gives_way_to_the_next_version(server, tree):
    edit(tree.snippet(TINY), 'print("twice:", 2 * total)', "while True:\n    pass")
    server.shows(f"{TINY}/", "Đang chạy lại mã của chương này")
    edit(tree.snippet(TINY), "while True:\n    pass", 'print("ended")')
    page = server.wait_for(f"{TINY}/", lambda answer: "ended" in answer.text and "Đang chạy" not in answer.text)
    assert 'class="not-run"' not in page.article


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("mkdocs.yml", "theme:\n", "theme: [\n", r"mkdocs\.yml:\d+: .*parsing"),
        ("mkdocs.yml", "  - basics:\n", "  - unheard:\n", r"mkdocs\.yml: `unheard` in the nav has no title"),
        ("mkdocs.yml", "use_directory_urls: true", "use_directory_urls: 5", r"mkdocs\.yml: Config value 'use_dir"),
        ("docs/overrides/main.html", "{% block header %}", "{% block %}", r"main\.html:\d+: "),
    ],
    ids=["yaml", "nav", "value", "template"],
)
def test_a_build_that_fails_shows_why_on_every_page_until_mended(server, tree, file, old, new, told):
    edit(tree.root / file, old, new)
    page = server.wait_for(f"en/{TINY}/", lambda answer: answer.status == 500)
    assert re.search(told, page.html, re.DOTALL), page.html
    assert "livereload(" in page.html, "the browser must notice that it is mended"
    built = server.said().count("until it is mended")
    edit(tree.page("vi", TINY), "Câu đầu tiên.", "Câu sửa lúc trang hỏng.")
    server.wait_for("", lambda _: server.said().count("until it is mended") > built)
    again = server.get(f"en/{TINY}/")
    assert re.search(told, again.html, re.DOTALL), "the next build that fails says why too"
    assert server.get("").status == 500
    edit(tree.root / file, new, old)
    server.wait_for(f"en/{TINY}/", lambda answer: answer.status == 200)


def test_what_a_run_writes_starts_no_endless_rebuilding(server, tree):
    edit(tree.snippet(TINY), "1 + 2", "2 + 2")
    server.shows(f"{TINY}/", "total: 4")
    time.sleep(1.5)
    before = server.said().count("Building documentation")
    time.sleep(2.0)
    assert server.said().count("Building documentation") == before


def test_a_tree_that_is_broken_from_the_start_can_be_mended(own_tree, tmp_path):
    edit(own_tree.root / "mkdocs.yml", "  - basics:\n", "  - unheard:\n")
    server = Server.start(own_tree, tmp_path / "log", status=500)
    try:
        assert "`unheard` in the nav has no title" in server.get("").html
        edit(own_tree.root / "mkdocs.yml", "  - unheard:\n", "  - basics:\n")
        server.shows(f"en/{TINY}/", "total: 3")
        edit(own_tree.snippet(TINY), "1 + 2", "5 + 2")
        server.shows(f"en/{TINY}/", "total: 7")
    finally:
        server.stop()


def test_ctrl_c_leaves_no_process_while_a_cell_runs(own_tree, tmp_path, processes, wait_until):
    seconds = f"96{os.getpid() % 10000:04}"
    server = Server.start(own_tree, tmp_path / "log")
    try:
        edit(own_tree.snippet(TINY), "1 + 2", f'__import__("subprocess").call(["setsid", "sleep", "{seconds}"])')
        assert wait_until(lambda: processes(f"sleep {seconds}")), server.said()
        assert server.stop() == 0
        assert wait_until(lambda: not processes(f"sleep {seconds}"))
        assert wait_until(lambda: not processes(str(own_tree.root)))
        assert "Traceback" not in server.said()
    finally:
        server.process.kill()


def test_a_kill_leaves_no_process_while_a_cell_runs(own_tree, tmp_path, processes, wait_until):
    seconds = f"95{os.getpid() % 10000:04}"
    server = Server.start(own_tree, tmp_path / "log")
    try:
        edit(own_tree.snippet(TINY), "1 + 2", f'__import__("subprocess").call(["setsid", "sleep", "{seconds}"])')
        assert wait_until(lambda: processes(f"sleep {seconds}")), server.said()
        server.process.kill()
        server.process.wait()
        assert wait_until(lambda: not processes(f"sleep {seconds}"))
        assert wait_until(lambda: not processes(str(own_tree.root)))
    finally:
        server.process.kill()


HIDE_TORCH = """
import importlib.machinery, sys
find = importlib.machinery.PathFinder.find_spec
def without_torch(name, path=None, target=None):
    return None if name.partition(".")[0] == "torch" else find(name, path, target)
importlib.machinery.PathFinder.find_spec = without_torch
"""


def test_without_torch_new_code_is_shown_as_not_run(own_tree, tmp_path):
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "sitecustomize.py").write_text(HIDE_TORCH, "utf-8")
    server = Server.start(own_tree, tmp_path / "log", PYTHONPATH=str(tmp_path / "bare"))
    code = own_tree.snippet(TINY).read_bytes()
    try:
        assert "total: 3" in server.get(f"{TINY}/").text
        edit(own_tree.snippet(TINY), "2 * total", "3 * total")
        page = server.shows(f"{TINY}/", "3 * total", "running a chapter needs torch, not installed here")
        assert page.article.count('class="not-run"') == 1
        assert f"python -m snippets record {TINY}" in page.text
        assert "total: 3" in page.text
        own_tree.snippet(TINY).write_bytes(code)
        server.shows(f"{TINY}/", "twice: 6")
    finally:
        server.stop()
