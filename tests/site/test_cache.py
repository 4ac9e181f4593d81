"""The site is the same bytes, and the build says the same, with the cache, without it, and with half of it.

In one small tree everything in turn is changed that a kept page depends on; after each change the site built with what
the cache held before is compared with the site built from nothing.
"""

import filecmp
import json
import logging
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.config_options import Hooks, Plugins
from mkdocs.exceptions import Abort
from mkdocs.structure.pages import Page

from snippets._engine.project.cache import Cache
from snippets._engine.project.tree import Tree
from snippets._site.build import parallel
from snippets._site.cache import keys
from snippets._site.pages.maths import _engine

from ..built import give_cache, linked
from .small import CHAPTER, OTHER, write


@dataclass
class Site:
    """The tree, and how it was built last."""

    tree: Tree
    folder: Path
    number: int = 0

    def build(self, *, cached: bool = True, strict: bool = False, **options: object) -> tuple[Path, list[str]]:
        """The site's folder and what the build said."""
        os.environ["SNIPPETS_CACHE"] = "1" if cached else "0"
        self.number += 1
        folder = self.folder / str(self.number)
        said: list[str] = []
        handler = logging.Handler(logging.INFO)
        handler.emit = lambda record: said.append(f"{record.levelname} {record.getMessage()}")  # type: ignore
        log = logging.getLogger("mkdocs")
        log.addHandler(handler)
        _forget()
        try:
            config = load_config(str(self.tree.root / "mkdocs.yml"), site_dir=str(folder), strict=strict, **options)
            config.plugins.on_startup(command="build", dirty=False)
            with nullcontext() if cached else _others_do_it_once():
                build(config)
        finally:
            log.removeHandler(handler)
        return folder, [line for line in said if not re.search(r"built in|to directory|Cleaning", line)]

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.tree.root / path
        text = file.read_text("utf-8")
        assert old in text, f"{old!r} is not in {path}"
        file.write_text(text.replace(old, new, 1), "utf-8")


_compiled: dict[object, Any] = {}
_converted: dict[str, str] = {}


@contextmanager
def _others_do_it_once() -> Iterator[None]:
    """For builds without the cache: what Jinja and nbconvert make of a text depends on that alone, and takes long."""

    def compile_once(environment, source, name=None, filename=None):
        key = environment.autoescape, source, name, filename
        if key not in _compiled:
            _compiled[key] = compile_anew(environment, source, name, filename)
        return _compiled[key]

    def convert_once(body):
        key = json.dumps(body)
        if key not in _converted:
            _converted[key] = convert_anew(body)
        return _converted[key]

    from snippets._site.pages import converter  # slow to import: only for tests that build

    compile_anew, convert_anew = Environment.compile, converter._converted
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "compile", compile_once)
        patch.setattr(converter, "_converted", convert_once)
        yield


def _forget() -> None:
    """MkDocs keeps our plugin for the next configuration of a process; a build from the shell begins without."""
    for option in vars(sys.modules["mkdocs.config.defaults"].MkDocsConfig).values():
        if isinstance(option, Plugins):
            option.plugin_cache.clear()
        if isinstance(option, Hooks):
            option._load_hook.cache_clear()
    logging.getLogger("mkdocs.structure.pages").filters.clear()


@pytest.fixture(scope="module")
def made(small_tree: Path) -> Tree:
    """A page of each kind, and the project's theme."""
    return Tree(small_tree)


@contextmanager
def _alone() -> Iterator[None]:
    """Nothing from outside says what a build shows; what it logs is heard."""
    log = logging.getLogger("mkdocs")
    before = log.level
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CHECKED_ON", "GITHUB_REPOSITORY", "SITE_URL", "SNIPPETS_CACHE"):
            patch.setenv(name, "")
        log.setLevel(logging.INFO)
        yield
        log.setLevel(before)


@pytest.fixture
def site(made, tmp_path) -> Site:
    """A copy of the tree, without a cache."""
    with _alone():
        yield Site(Tree(Path(shutil.copytree(made.root, tmp_path / "tree"))), tmp_path / "sites")


@pytest.fixture(scope="module")
def first(made, made_once) -> Site:
    """A copy of the tree that was built once."""

    def build_once(folder: Path) -> None:
        site = Site(Tree(Path(shutil.copytree(made.root, folder / "tree"))), folder / "sites")
        give_cache(site.tree.root, "templates")
        with _alone():
            site.build()

    folder = made_once("first", build_once)
    first = Site(Tree(folder / "tree"), folder / "sites", 1)
    assert len(kept(first.tree)) > 20
    return first


@pytest.fixture
def warm(first, tmp_path) -> Site:
    """A copy of that one, its cache and its site included."""
    root = Path(shutil.copytree(first.tree.root, tmp_path / "tree", ignore=shutil.ignore_patterns(".cache")))
    linked(first.tree.root / ".cache", root / ".cache")
    folder = linked(first.folder, tmp_path / "sites")
    with _alone():
        yield Site(Tree(root), folder, first.number)


def differences(one: Path, other: Path) -> list[str]:
    """Files that only one folder has, or that differ."""
    files = {folder: {p.relative_to(folder) for p in folder.rglob("*") if p.is_file()} for folder in (one, other)}
    both = files[one] & files[other]
    differ = {name for name in both if not filecmp.cmp(one / name, other / name, shallow=False)}
    return sorted(name.as_posix() for name in (files[one] ^ files[other]) | differ)


def kept(tree: Tree) -> list[Path]:
    return sorted(path for path in (tree.root / ".cache").rglob("*") if path.is_file())


def remove_twin(site: Site) -> None:
    site.tree.page("en", OTHER).unlink()
    site.edit("docs/en/models/linear_regression.md", "[the other](../start/setup.md#setup)", "the other")
    site.edit("docs/en/models/linear_regression.md", "A tensor", "One tensor")


def add_hook(site: Site, says: str = "'Late.'") -> None:
    hook = f'def on_page_markdown(markdown, files, **_):\n    return f"{{markdown}}\\n\\n{{{says}}}\\n"\n'
    write(site.tree.root / "hook.py", hook)
    config = (site.tree.root / "mkdocs.yml").read_text("utf-8").replace(f"[{CHAPTER}]", "[]")  # no text for hooks
    write(site.tree.root / "mkdocs.yml", config + "hooks: [hook.py]\n")


def replace_record(site: Site) -> None:
    path = site.tree.record(CHAPTER)
    data = json.loads(path.read_bytes())
    data["metadata"]["snippets"]["recorded"] = "2026-01-02"
    write(path, json.dumps(data))


PART, FRAME = "docs/vi/models/linear_regression.md", "docs/overrides/main.html"
RECORD = f"docs/notebooks/{CHAPTER}.ipynb"
CHAPTER_PAGE, OTHER_PAGE, SEARCH = f"{CHAPTER}/index.html", f"{OTHER}/index.html", "search/search_index.json"
LEFT_OUT = f"exclude_docs: /{OTHER}.md\nnav:\n"
Change = Callable[[Site], object]


def changes(what: str, *steps: tuple[Change, str]) -> "pytest.ParameterSet":
    """Changes one after another, each with a file of the site in which it must show."""
    return pytest.param(steps, id=what.replace(" ", "-"))


CHANGES = [
    changes("a sentence", (lambda s: s.edit(PART, "A tensor has", "Every tensor has"), CHAPTER_PAGE)),
    changes("the title of another page", (lambda s: s.edit(PART, "of lines", "of straight lines"), OTHER_PAGE)),
    changes("an id that others link to", (lambda s: s.edit(PART, "{#figure}", "{#picture}"), SEARCH)),
    changes("a title in the nav", (lambda s: s.edit("mkdocs.yml", "vi: Mô hình", "vi: Hình mẫu"), OTHER_PAGE)),
    changes("a feature", (lambda s: s.edit("mkdocs.yml", "    - navigation.top\n", ""), OTHER_PAGE)),
    changes("a setting", (lambda s: s.edit("mkdocs.yml", "permalink: true", "permalink: false"), f"en/{OTHER_PAGE}")),
    changes("a plugin", (lambda s: s.edit("mkdocs.yml", "vi: PyTorch chạy", "vi: Torch chạy"), OTHER_PAGE)),
    changes("the views", (lambda s: s.edit("mkdocs.yml", f"[{CHAPTER}]", "[]"), CHAPTER_PAGE)),
    changes("a page left out", (lambda s: s.edit("mkdocs.yml", "nav:\n", LEFT_OUT), f"en/{CHAPTER_PAGE}")),
    changes("the order", (lambda s: s.edit("mkdocs.yml", "  - glossary.md\n", ""), CHAPTER_PAGE)),
    changes("the foot", (lambda s: os.environ.update(CHECKED_ON="2026-11-21"), f"en/{OTHER_PAGE}")),
    changes(
        "the repository and an override",
        (lambda s: os.environ.update(GITHUB_REPOSITORY="a/b"), CHAPTER_PAGE),
        (lambda s: s.edit("docs/overrides/partials/copyright.html", "·", "–"), OTHER_PAGE),
    ),
    changes("the address", (lambda s: os.environ.update(SITE_URL="https://example.org/x/"), CHAPTER_PAGE)),
    changes("a theme's word", (lambda s: s.edit(FRAME, "words.search", "words.home"), OTHER_PAGE)),
    changes("a definition", (lambda s: s.edit("docs/glossary.csv", "\ntensor,", "\ntensor-x,"), CHAPTER_PAGE)),
    changes("a record", (replace_record, CHAPTER_PAGE)),
    changes("a figure", (lambda s: s.edit(RECORD, "<path ", "<path  "), f"notebooks/{CHAPTER}.ipynb")),
    changes("the code", (lambda s: s.edit(f"snippets/{CHAPTER}.py", "model", "net_model"), f"source/{CHAPTER_PAGE}")),
    changes(
        "front matter and its template",
        (lambda s: s.edit(PART, "# vi", "---\nterms: false\n---\n\n# vi"), CHAPTER_PAGE),
        (lambda s: s.edit(PART, "terms: false", "template: home.html"), CHAPTER_PAGE),
    ),
    changes("a twin", (remove_twin, OTHER_PAGE)),
    changes(
        "a hook and what it does",
        (add_hook, OTHER_PAGE),
        (lambda s: s.edit("hook.py", "Late.", "Later."), OTHER_PAGE),
    ),
    changes(
        "what a hook sees of the files",
        (lambda s: add_hook(s, "len(files)"), OTHER_PAGE),
        (lambda s: write(s.tree.root / "docs/assets/images/new.txt", "new"), OTHER_PAGE),
    ),
    changes(
        "one page more",
        (lambda s: write(s.tree.docs("vi") / "start/new.md", "# New {#new}\n"), "start/new/index.html"),
    ),
]


@pytest.mark.parametrize("steps", CHANGES)
def test_the_same_bytes_and_words_whatever_changes(warm: Site, steps: tuple[tuple[Change, str], ...]):
    before = warm.folder / str(warm.number)
    for change, shown in steps:
        change(warm)
        after, said = warm.build()
        assert shown in differences(before, after), "the step changes nothing"
        plain, anew = warm.build(cached=False)
        assert differences(after, plain) == []
        assert said == anew
        before = after


def test_the_same_bytes_and_words_with_what_many_changes_left(warm):
    every = [step for case in CHANGES for step in case.values[0]]
    for number, (change, _) in enumerate(every, 1):
        change(warm)
        if number % 5 == 0:
            warm.build()
    plain, anew = warm.build(cached=False)
    for _ in range(2):
        after, said = warm.build()
        assert differences(after, plain) == []
        assert said == anew


def test_without_the_cache_nothing_is_kept(site):
    site.build(cached=False)
    assert kept(site.tree) == []


def test_a_broken_cache_is_ignored_and_written_anew(site):
    plain, _ = site.build()
    before = {path: path.read_bytes() for path in kept(site.tree)}
    for number, path in enumerate(before):
        data = before[path]
        path.write_bytes([data[: len(data) // 2], b"", data.replace(b"a", b"b"), b"\xff" * 9, b"[" * 9999][number % 5])
    assert differences(plain, site.build()[0]) == []
    assert {path: path.read_bytes() for path in kept(site.tree)} == before


def test_what_belongs_to_no_page_any_more_goes(site):
    site.build()
    shutil.rmtree(site.tree.snippets / "models")
    site.edit("mkdocs.yml", f"[{CHAPTER}]", "[]")
    for path in (*(site.tree.page(lang, CHAPTER) for lang in site.tree.languages), site.tree.record(CHAPTER)):
        path.unlink()
    left = {path for path in kept(site.tree) if "linear_regression" in path.name or "figures" in path.parts}
    assert left
    site.build()
    assert left & set(kept(site.tree)) == set()


def test_pages_are_taken_from_the_cache(site, monkeypatch):
    """Otherwise the other tests would pass with a cache that keeps nothing."""
    site.build()
    cache = Cache(site.tree.root / ".cache" / "site", keys.base(site.tree))
    for name in (f"layout/{CHAPTER}.md", f"layout/source/{CHAPTER}.md"):
        cache.put_data(f"en/{name}", cache.data(f"en/{name}").replace(b"</body>", b"<p>from the cache</p></body>"))
    slot = cache.get(f"vi/pages/{CHAPTER}.md")
    slot["value"]["content"] += "<p>kept content</p>"
    cache.put(f"vi/pages/{CHAPTER}.md", slot)
    (site.tree.root / ".cache" / "site" / "vi" / "layout" / f"{CHAPTER}.md").unlink()
    _engine.cache_clear()
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "snippets._site.pages.converter", None)  # imports mkdocs-jupyter: a second
        warm, _ = site.build()
    for address in (CHAPTER, f"source/{CHAPTER}"):
        assert "from the cache" in (warm / "en" / address / "index.html").read_text("utf-8")
    assert "kept content" in (warm / CHAPTER / "index.html").read_text("utf-8")
    assert _engine.cache_info().currsize == 0, "formulas of kept pages are not made anew"


@pytest.mark.parametrize(
    ("change", "again"),
    [
        pytest.param(lambda s: write(s.tree.docs("vi") / "start/new.md", "# N {#n}\n"), {"start/new.md"}, id="a-page"),
        pytest.param(lambda s: write(s.tree.root / "docs/assets/images/new.txt", "new"), set(), id="a-file"),
        pytest.param(lambda s: s.edit(FRAME, "words.search", "words.home"), set(), id="a-word-around-it"),
        pytest.param(lambda s: os.environ.update(GITHUB_REPOSITORY="a/b"), {f"{CHAPTER}.md"}, id="the-repository"),
        pytest.param(lambda s: s.edit("mkdocs.yml", f"[{CHAPTER}]", "[]"), {f"{CHAPTER}.md"}, id="the-views"),
        pytest.param(lambda s: os.environ.update(SITE_URL="https://example.org/x/"), set(), id="the-address"),
    ],
)
def test_no_page_is_rendered_again_for_what_it_does_not_show(warm, monkeypatch, change, again):
    rendered: set[str] = set()
    render = Page.render
    monkeypatch.setattr(Page, "render", lambda page, *args: rendered.add(page.file.src_uri) or render(page, *args))
    monkeypatch.setattr(parallel, "can_fork", lambda: False)
    change(warm)
    warm.build()
    assert rendered == again


def test_a_warning_is_repeated_with_a_warm_cache(site):
    site.edit("docs/en/index.md", "[lines]", "[x](missing.md) [y](start/setup.md#gone) [lines]")
    logging.getLogger("mkdocs").setLevel(logging.ERROR)
    site.build()  # logs nothing, and so must keep nothing that would have logged
    logging.getLogger("mkdocs").setLevel(logging.INFO)
    for _ in range(2):
        _, said = site.build()
        assert [line for line in said if "'missing.md'" in line]
        assert [line for line in said if "'start/setup.md#gone'" in line]
    with pytest.raises(Abort, match="in strict mode"):
        site.build(strict=True)


def test_a_change_elsewhere_is_noticed_by_a_kept_page(site):
    site.build()
    for lang in site.tree.languages:
        site.edit(f"docs/{lang}/start/setup.md", "{#setup}", "{#begin}")
    said = "\n".join(site.build()[1])
    for lang in site.tree.languages:
        assert f"docs/{lang}/{CHAPTER}.md:3: contains a link '../start/setup.md#setup'" in said


def test_a_build_that_says_nothing_takes_pages_from_the_cache_and_keeps_none(site, monkeypatch):
    site.build()
    before = {path: path.read_bytes() for path in kept(site.tree)}
    rendered: list[str] = []
    render = Page.render
    monkeypatch.setattr(Page, "render", lambda page, *args: rendered.append(page.file.src_uri) or render(page, *args))
    site.edit("docs/vi/index.md", "# ", "# Xin chào ")
    logging.getLogger("mkdocs").setLevel(logging.ERROR)
    try:
        site.build()
    finally:
        logging.getLogger("mkdocs").setLevel(logging.INFO)
    assert rendered == ["index.md"]
    pages = {path: data for path, data in before.items() if "pages" in path.parts}
    assert pages
    assert {path: path.read_bytes() for path in pages} == pages


@pytest.mark.unit
def test_a_setting_without_a_stable_name_never_hits():
    assert keys.stable({"a": [1, keys.enabled]}) == [["a", [1, "snippets._site.cache.keys.enabled"]]]
    assert keys.stable(object()) != keys.stable(object())
