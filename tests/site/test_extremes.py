"""A site from a tree with wrong clocks or links without end, or onto a disk that refuses."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from snippets._engine.commands import record as recording
from snippets._engine.project.cache import Cache
from snippets._engine.project.tree import Tree
from snippets._site.serve import watch

_spec = importlib.util.spec_from_file_location("serve_driver", Path(__file__).with_name("serve_driver.py"))
assert _spec is not None
assert _spec.loader is not None
serve_driver = importlib.util.module_from_spec(_spec)
sys.modules["serve_driver"] = serve_driver
_spec.loader.exec_module(serve_driver)


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Tree:
    """Two recorded chapters."""
    tree = serve_driver.make_tree(tmp_path_factory.mktemp("extremes") / "tree")
    assert recording.record_chapters(tree, serve_driver.CHAPTERS).problems == ()
    return tree


def build(tree: Tree, *options: str) -> "subprocess.CompletedProcess[str]":
    variables = {**os.environ, "PYTHONPATH": str(serve_driver.ROOT), "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", *options]
    done = subprocess.run(command, cwd=tree.root, env=variables, capture_output=True, encoding="utf-8", check=False)
    assert "Traceback" not in done.stderr
    return done


def built(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_times_in_the_past_and_future_change_no_byte_and_a_cache_that_cannot_be_written_none(tree, tmp_path):
    (tree.root / ".cache").touch()  # a file, where the cache wants a folder
    assert build(tree, "-d", str(tmp_path / "without")).returncode == 0
    (tree.root / ".cache").unlink()
    for number, path in enumerate(sorted(p for p in tree.root.rglob("*") if p.is_file())):
        moment = (1, 4_000_000_000)[number % 2]
        os.utime(path, (moment, moment))
    assert build(tree, "-d", str(tmp_path / "other")).returncode == 0
    assert built(tmp_path / "without") == built(tmp_path / "other")


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tree, tmp_path):
    (tmp_path / "file").touch()
    done = build(tree, "-d", str(tmp_path / "file" / "site"))
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    where = tmp_path / "file" / "site"
    assert said == [f"ERROR   -  {where}: Not a directory; the site is not whole: mend this and build again"]


def test_a_link_back_stops_the_build_before_it_is_followed(tree):
    link = tree.docs("vi") / "again"
    link.symlink_to("..")
    try:
        done = build(tree)
    finally:
        link.unlink()
    assert done.returncode == 1
    assert "ERROR   -  docs/vi/again: a symbolic link back to a folder that holds it" in done.stderr


@pytest.mark.unit
def test_the_watcher_ends_at_links_back_and_notices_files_restored_with_an_older_time(tmp_path):
    tree = Tree(tmp_path)
    page = tree.page("vi", "a/b")
    page.parent.mkdir(parents=True)
    page.write_text("new", "utf-8")
    for name in ("one", "two"):  # following both would take 2 to the 40th steps
        (tree.docs("vi") / name).symlink_to("..")
    noticed = []
    watcher = watch.Watcher(tree, lambda: noticed.append(True))
    watcher.check(anyway=False)
    assert noticed == []
    page.write_text("old", "utf-8")
    for moment in (1, 4_000_000_000, 1):
        os.utime(page, (moment, moment))
        before = len(noticed)
        watcher.check(anyway=False)
        assert len(noticed) == before + 1
    assert list(watch.snapshot(tree)) == [str(page)]


@pytest.mark.unit
def test_a_disk_that_refuses_costs_the_cache_and_nothing_else(tmp_path, monkeypatch):
    kept = Cache(tmp_path, "base")
    kept.put("page.json", {"a": 1})
    before = (tmp_path / "page.json").read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    for name in ("replace", "chmod"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, refuse)
            kept.put("page.json", {"a": 2})
    assert (tmp_path / "page.json").read_bytes() == before
    assert Cache(tmp_path, "base").get("page.json") == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["page.json"]
