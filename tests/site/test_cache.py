"""The site is the same bytes with the cache, without it and after an edit; a broken cache is mended."""

import filecmp
import os
import shutil
from pathlib import Path

import pytest

CHAPTER = "basics/autograd"


def differences(one: Path, other: Path) -> list[str]:
    """Files that only one folder has, or that differ."""
    files = {folder: {p.relative_to(folder) for p in folder.rglob("*") if p.is_file()} for folder in (one, other)}
    both = files[one] & files[other]
    differ = {name for name in both if not filecmp.cmp(one / name, other / name, shallow=False)}
    return sorted(str(name) for name in (files[one] ^ files[other]) | differ)


@pytest.fixture
def builds(copied_tree, build_site, tmp_path, monkeypatch):
    """Builds a site with or without the cache; gives its folder."""

    def build(name: str, *, cached: bool) -> Path:
        monkeypatch.setenv("SNIPPETS_CACHE", "1" if cached else "0")
        done = build_site("--strict")
        assert done.returncode == 0, done.stderr
        return Path(os.rename(tmp_path / "site", tmp_path / name) or tmp_path / name)

    return build


def forget(tree) -> None:
    """Drop what a copied tree brings along from the build of the project's own site."""
    shutil.rmtree(tree.root / ".cache", ignore_errors=True)


def kept(tree) -> list[Path]:
    return sorted(path for path in (tree.root / ".cache").rglob("*") if path.is_file())


def test_the_same_bytes_cold_warm_and_after_an_edit(builds, copied_tree, tmp_path, monkeypatch):
    forget(copied_tree)
    plain = builds("plain", cached=False)
    assert kept(copied_tree) == []
    assert differences(plain, builds("cold", cached=True)) == []
    assert len(kept(copied_tree)) > 10
    with monkeypatch.context() as without:  # a second to import, and nothing for it to do
        refuse_to_import("mkdocs_jupyter", tmp_path / "without")
        without.setenv("PYTHONPATH", str(tmp_path / "without"), prepend=os.pathsep)
        assert differences(plain, builds("warm", cached=True)) == []
    page = copied_tree.page("vi", CHAPTER)
    page.write_text(page.read_text("utf-8") + "\nMột câu nữa.\n", "utf-8")
    edited = builds("edited", cached=True)
    assert f"{CHAPTER}/index.html" in differences(plain, edited)
    assert differences(edited, builds("edited-plain", cached=False)) == []


def refuse_to_import(package: str, folder: Path) -> None:
    """A package that stands before the real one and fails."""
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").write_text("raise ImportError('not now')", "utf-8")


def test_a_broken_cache_is_ignored_and_written_anew(builds, copied_tree):
    forget(copied_tree)
    plain = builds("plain", cached=True)
    files = kept(copied_tree)
    before = {path: path.read_bytes() for path in files}
    for number, path in enumerate(files):
        data = before[path]
        path.write_bytes([data[: len(data) // 2], b"", data.replace(b"a", b"b"), b"\xff" * 9, b"[" * 9999][number % 5])
    assert differences(plain, builds("broken", cached=True)) == []
    assert {path: path.read_bytes() for path in kept(copied_tree)} == before


def test_a_page_is_taken_from_the_cache(builds, copied_tree):
    """Otherwise the other tests would pass with a cache that keeps nothing."""
    from snippets._site import cache

    path = copied_tree.root / ".cache" / "site" / "vi" / "index.md.json"
    slot = cache.read(path)
    slot["page"]["content"] += "<p>from the cache</p>"
    cache.write(path, cache.json.dumps(cache._sealed(slot)).encode())
    assert "from the cache" in (builds("warm", cached=True) / "index.html").read_text("utf-8")


def test_a_warning_is_repeated_with_a_warm_cache(build_site, copied_tree):
    page = copied_tree.page("en", CHAPTER)
    page.write_text(page.read_text("utf-8") + "\n[x](missing.md) [y](../index.md#gone)\n", "utf-8")
    build_site("-q")  # logs nothing, and so must keep nothing that would have logged
    for _ in range(2):
        done = build_site("--strict")
        assert done.returncode == 1
        assert "'missing.md'" in done.stderr
        assert "'../index.md#gone'" in done.stderr


def test_a_heading_renamed_elsewhere_is_noticed_by_a_kept_page(build_site, copied_tree):
    page = copied_tree.page("vi", CHAPTER)
    page.write_text(page.read_text("utf-8") + "\n[y](../index.md#start)\n", "utf-8")
    other = copied_tree.page("en", CHAPTER)
    other.write_text(other.read_text("utf-8") + "\n[y](../index.md#start)\n", "utf-8")
    assert build_site("--strict").returncode == 0
    for lang in copied_tree.languages:
        index = copied_tree.docs(lang) / "index.md"
        index.write_text(index.read_text("utf-8").replace("{#start}", "{#begin}"), "utf-8")
    done = build_site("--strict")
    assert done.returncode == 1
    assert "'../index.md#start'" in done.stderr


@pytest.mark.unit
def test_a_setting_without_a_stable_name_never_hits():
    from snippets._site import cache

    assert cache.stable({"a": [1, cache.digest]}) == [["a", [1, "snippets._site.cache.digest"]]]
    assert cache.stable(object()) != cache.stable(object())
