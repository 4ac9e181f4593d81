"""What a page looks like and says around its text, seen in the built files."""

import os
import re
import shutil
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from fontTools.ttLib import TTFont
from mkdocs.exceptions import PluginError

from snippets._engine.pages.page import read_page
from snippets._engine.project.tree import LANGUAGES, Tree
from snippets._engine.render import addresses
from snippets._site.frame.footer import Footer, footer
from snippets._site.pages.html import mark_long

from ..built import build
from .small import CHAPTER

ROOT = Path(__file__).resolve().parents[2]
TREE = Tree(ROOT)
PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)


def url(src_uri: str) -> str:
    """The address of a page below its language's root."""
    return addresses.plain_copy(src_uri).removesuffix("index.md")


@pytest.mark.unit
@pytest.mark.parametrize(("text", "signs"), [("be-vietnam-pro-400", "dejavu-sans-signs"),
                                             ("be-vietnam-pro-600", "dejavu-sans-signs"),
                                             ("jetbrains-mono-400", "dejavu-sans-mono-signs")])  # fmt: skip
def test_the_fonts_have_every_letter_of_every_page(text, signs):
    paths = [ROOT / f"docs/assets/fonts/{name}.woff2" for name in (text, signs)]
    held = {chr(code) for path in paths for code in TTFont(path).getBestCmap()}
    files = [*(ROOT / "docs").rglob("*.md"), *(TREE.snippet(c) for c in TREE.chapters())]
    written = set().union(*(file.read_text("utf-8") for file in files if "assets" not in file.parts))
    assert written - held <= {"\n"}
    assert set(unicodedata.normalize("NFC", "ĂẰẲẴẮẶÂĐÊÔƠƯỲỶỸÝỴăằẳẵắặâđêôơưỳỷỹýỵ→·−²³≤≈×ᵀ")) <= held


@pytest.mark.unit
def test_each_font_has_its_licence_beside_it():
    fonts = ROOT / "docs/assets/fonts"
    listed = (fonts / "README.md").read_text("utf-8")
    for font in fonts.glob("*.woff2"):
        row = next(line for line in listed.splitlines() if line.startswith("|") and f"`{font.name}`" in line)
        assert (fonts / re.search(r"`([\w-]+\.txt)`", row)[1]).is_file()


@pytest.mark.unit
@pytest.mark.parametrize(("lines", "marked"), [(20, False), (21, True)])
def test_outputs_of_more_than_twenty_lines_fold(lines, marked):
    code = "\n".join(map(str, range(lines)))
    html = f'<div class="language-text cell-output"><pre><span></span><code>{code}\n</code></pre></div>'
    assert (f'data-lines="{lines}"' in mark_long(html)) is marked


@pytest.mark.unit
@pytest.mark.parametrize("name", ["CHECKED_ON", "GITHUB_REPOSITORY"])
def test_an_environment_that_says_nonsense_is_refused(name):
    with pytest.raises(PluginError, match=name):
        footer({name: "21.11.2026 or so"})


def test_the_foot_tells_when_outputs_were_checked_and_where_to_mend(small_tree, tmp_path, monkeypatch):
    monkeypatch.setenv("CHECKED_ON", "2026-11-21")
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/pytorch")
    root = Path(shutil.copytree(small_tree, tmp_path / "tree"))
    done = build(root, tmp_path / "site")
    assert done.returncode == 0, done.stderr
    says = {"vi": "chạy lại và kiểm tra ngày", "en": "checked on"}
    reports = {"vi": ">Báo lỗi trên trang này</a>", "en": ">Report a fault on this page</a>"}
    for lang in LANGUAGES:
        for page in (tmp_path / "site" / PREFIX[lang]).rglob("*.html"):
            if lang == "vi" and page.is_relative_to(tmp_path / "site" / "en"):
                continue
            text = page.read_text("utf-8")
            assert f'{says[lang]} <time datetime="2026-11-21">2026-11-21</time>' in text, page
            assert reports[lang] in text, page
        chapter = (tmp_path / "site" / PREFIX[lang] / CHAPTER / "index.html").read_text("utf-8")
        assert f'href="https://github.com/someone/pytorch/edit/main/docs/{lang}/{CHAPTER}.md"' in chapter
        source = (tmp_path / "site" / PREFIX[lang] / "source" / CHAPTER / "index.html").read_text("utf-8")
        assert f'href="https://github.com/someone/pytorch/edit/main/snippets/{CHAPTER}.py"' in source


@pytest.mark.unit
@pytest.mark.parametrize(
    ("canonical", "file", "filled"),
    [
        pytest.param("https://here.example/p/en/a/b/", "a/b.md", "https://here.example/p/en/a/b/", id="published"),
        pytest.param(None, "a/b.md", "docs/en/a/b.md", id="without-an-address"),
        pytest.param(None, "source/a/b.md", "snippets/a/b.py", id="a-source-page"),
        pytest.param("https://here.example/?a=1&b#c", "a/b.md", "https://here.example/?a=1&b#c", id="needs-quoting"),
    ],
)
def test_a_fault_is_reported_with_the_page_and_its_torch(canonical, file, filled):
    page = SimpleNamespace(
        canonical_url=canonical, url="u/", file=SimpleNamespace(src_uri=file, generated_by=None), meta={}
    )
    report = urlsplit(Footer(repository="someone/fork", torch="9.8.7").of(page, "en").report)
    assert (report.netloc, report.path) == ("github.com", "/someone/fork/issues/new")
    assert parse_qs(report.query) == {"template": ["wrong-number.yml"], "page": [filled], "torch": ["9.8.7"]}


@pytest.mark.unit
def test_the_404_leaves_the_page_of_a_report_to_the_reader():
    assert parse_qs(urlsplit(Footer(repository="a/b").of(None, "vi").report).query) == {
        "template": ["wrong-number.yml"]
    }
    assert Footer().of(None, "vi").report == ""


@both
def test_the_foot_says_nothing_that_nobody_knows(site, lang):
    page = site.text(f"{PREFIX[lang]}start/setup/")
    assert ("<time" in page) is ("CHECKED_ON" in os.environ)
    assert ("/edit/main/" in page) is ("GITHUB_REPOSITORY" in os.environ)
    assert ("/issues/new?" in page) is ("GITHUB_REPOSITORY" in os.environ)


@both
def test_one_stylesheet_and_it_holds_the_themes_and_ours(site, lang):
    page = site.html(f"{PREFIX[lang]}start/setup/")
    sheets = [e.attrs["href"] for e in page.of_tag("link") if e.attrs.get("rel") == "stylesheet"]
    assert sheets == ["../../assets/stylesheets/all.css"]
    css = site.text(f"{PREFIX[lang]}assets/stylesheets/all.css")
    for sign in (
        ".md-header",
        "data-md-color-scheme=slate",
        "@font-face",
        ".cell-output",
        ".hero",
        "@page",
        "math.tml-display",
    ):
        assert sign in css
    for name in re.findall(r'url\("?(\.\./[^")]+)', css):
        assert (site.path(f"{PREFIX[lang]}assets/stylesheets/all.css").parent / name).is_file(), name


@both
def test_home_begins_with_a_chapter_and_a_figure_to_explore(site, lang):
    page = site.html(PREFIX[lang])
    shown = page.of_class("cell")[0]
    chapter, _, name = shown.attrs["data-cell"].partition("#")
    assert shown.text.strip() == site.library.chapter(chapter).by_name[name].shown(lang)
    assert "id" not in shown.attrs
    (figure,) = page.of_class("frames")
    frames = [output for output in site.library.record(chapter).by_name[name].outputs if output.kind == "figure"]
    states = [e.attrs["id"] for e in figure.inside if e.tag == "figure"]
    assert len(states) == len(frames)
    assert all(state.startswith(f"{chapter.replace('/', '-')}-{name}:") for state in states)
    first = page.of_class("md-button--primary")[0]
    assert site.library.tree.snippet(first.attrs["href"].strip("/")).is_file(), "to start, not to install"


@both
def test_home_leads_to_the_other_language_and_every_page_that_is_there(site, lang):
    page = site.html(PREFIX[lang])
    other = page.of_class("other-language")[0]
    assert other.attrs["lang"] == {"vi": "en", "en": "vi"}[lang]
    links = {e.attrs["href"].rstrip("/") for e in page.of_class("chapters")[0].inside if e.tag == "a"}
    assert {url(src).rstrip("/") for src in TREE.pages(lang) if src != "index.md"} <= links
    assert len([e for e in page.of_class("path") if e.tag == "div"]) == 3


@both
def test_each_cell_of_its_own_chapter_has_a_link_to_itself(site, lang):
    for chapter in TREE.chapters():
        page = site.html(f"{PREFIX[lang]}{chapter}/")
        linked = [e.attrs["href"].removeprefix("#cell-") for e in page.of_class("cell-link")]
        assert linked == [cell.name for cell in site.library.chapter(chapter).cells]
        labels = [e.attrs["aria-label"] for e in page.of_class("cell-link")]
        assert len(set(labels)) == len(labels)


@both
def test_plain_copies_hold_code_outputs_and_values_and_no_directive(site, lang):
    for src_uri in TREE.pages(lang):
        text = site.text(f"{PREFIX[lang]}{addresses.plain_copy(src_uri)}")
        assert text.startswith("# "), src_uri
        assert not re.search(r"^\s*:::|\{\{=|^\s*/{3,}|\{#|\{ ?\.md-", text, re.MULTILINE), src_uri
        prose = re.sub(r"^ *(`{3,})\w*\n.*?\n *\1$", "", text, flags=re.MULTILINE | re.DOTALL)  # code may hold `](`
        for link in re.findall(r"\]\((?!https?:)([^)\s#]+)", prose):
            target = site.path(f"{PREFIX[lang]}{addresses.plain_copy(src_uri)}").parent / link
            assert target.exists(), f"{src_uri}: {link}"
    for chapter in TREE.chapters():
        text = re.sub(r"^ +", "", site.text(f"{PREFIX[lang]}{chapter}/index.md"), flags=re.MULTILINE)
        variant = read_page(site.library, lang, f"{chapter}.md").asked.variant
        record = site.library.record(chapter, variant)
        for cell in site.library.chapter(chapter).cells:
            assert re.sub(r"^ +", "", cell.shown(lang), flags=re.MULTILINE) in text
            for output in record.by_name[cell.name].outputs:
                if output.kind != "figure":
                    assert re.sub(r"^ +", "", output.text.rstrip("\n"), flags=re.MULTILINE) in text


@both
def test_llms_txt_leads_nowhere_but_to_its_entries(site, lang):
    lines = site.text(f"{PREFIX[lang]}llms.txt").splitlines()
    assert all(line.count("](") == 1 for line in lines if line.startswith("- "))
    glossary = next(number for number, line in enumerate(lines) if "glossary/)" in line)
    assert not [line for line in lines[:glossary] if line.startswith("## ")]


@both
def test_llms_txt_lists_every_page(site, lang):
    text = site.text(f"{PREFIX[lang]}llms.txt")
    listed = set(re.findall(r"\]\(https://example\.org/pytorch/([^)]*index\.md)\)", text))
    assert listed == {f"{PREFIX[lang]}{addresses.plain_copy(src_uri)}" for src_uri in TREE.pages(lang)}
    other = {"vi": "en/", "en": ""}[lang]
    assert f"(https://example.org/pytorch/{other}llms.txt)" in text
