"""The small parts of the site that need no build."""

import re
from pathlib import Path

import pytest
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, PluginError
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from snippets._engine.chapters.cells import parse
from snippets._engine.project.errors import Finding
from snippets._site.build import findings, languages
from snippets._site.build.files import lasting, source_page
from snippets._site.build.words import WORDS
from snippets._site.pages.html import hide_space_before_markers, ids, mended, note_behind, quieten

pytestmark = pytest.mark.unit
ROOT = Path(__file__).resolve().parents[2]


def test_only_the_space_before_a_marker_is_hidden():
    code = 'x  <span class="c1"># (1)!</span>\ny  <span class="c1"># (2,)</span>'
    expected = code.replace('  <span class="c1"># (1)!', '<span class="nocopy">  </span><span class="c1"># (1)!')
    assert hide_space_before_markers(code) == expected


def test_the_empty_corner_of_a_table_is_no_head():
    html = '<tr><th></th><th style="text-align: left;"></th><th>A</th></tr>'
    assert mended(html) == '<tr><td></td><td style="text-align: left;"></td><th>A</th></tr>'


def test_tokens_of_one_colour_are_one_element():
    code = '<span class="n">f</span><span class="p">()</span><span class="o">.</span><span class="n">x</span>'
    assert mended(f'{code}<span class="w"> </span><span class="o">=</span>') == (
        'f<span class="p">().</span>x <span class="o">=</span>'
    )


@pytest.mark.parametrize(
    "command", ["pip install matplotlib==3.11.2", "pip install a-b==3 c.d==2.13.0+cu126", "py -3.11 x"]
)
def test_a_version_in_a_command_has_one_colour(command):
    shown = highlight(command, get_lexer_by_name("sh"), HtmlFormatter(nowrap=True))
    assert mended(shown).strip() == command


def test_tokens_that_are_joined_have_one_colour():
    css = (ROOT / "docs/assets/stylesheets/site.css").read_text("utf-8")
    colours = {
        name: re.findall(rf"--md-code-hl-{name}-color: (.*);", css) for name in ("operator", "punctuation", "name")
    }
    assert colours["operator"] == colours["punctuation"]
    assert colours["name"] == [], "the theme's: that of the code"


def test_ids_of_fences_are_seen():
    assert ids('<h2 id="a">x</h2><div class="cell" id="cell-b"><pre>id="no"</pre></div>') == {"a", "cell-b"}


@pytest.mark.parametrize(("section", "after"), [("top", ""), ("goals", '<h2 id="goals">Goals</h2>\n')])
def test_the_note_stands_under_its_heading(section, after):
    html = note_behind('<h2 id="goals">Goals</h2>\n<p>x</p>', section, "en", "../vi/")
    assert html.startswith(f'{after}<p class="behind"')
    assert ("../vi/#goals" in html) == (section == "goals")


def test_both_languages_have_every_word():
    vi, en = (vars(WORDS[lang]) for lang in ("vi", "en"))
    assert vi.keys() == en.keys()
    assert all(vi.values())
    assert all(en.values())
    assert [key for key in vi if vi[key] == en[key]] == []


def test_code_with_fences_stays_inside_its_fence():
    chapter = parse('# %% a\nx = """\n```\n"""\n', name="p/c", path="snippets/p/c.py")
    assert "````{ .python .source .no-copy #cell-a" in source_page(chapter, "en")


def test_errors_stop_and_warnings_do_not():
    error, warning = (
        Finding("page", "docs/vi/a.md", 1, "wrong"),
        Finding("stale", "docs/notebooks/a.ipynb", None, "old"),
    )
    findings.report([warning], stop=True)
    findings.report([warning, error], stop=False)
    with pytest.raises(Abort, match="an error"):
        findings.report([warning, error], stop=True)


def test_a_section_is_noted_only_where_it_is_known_to_be_behind():
    found = [
        Finding("behind", "docs/en/a/b.md", 1, "x", section="goals", lang="en"),
        Finding("behind", "docs/en/a/b.md", 9, "never declared", section="idea"),
    ]
    assert findings.behind(found) == {("en", "a/b.md"): ("goals",)}


def test_a_name_in_the_nav_without_a_title_is_refused():
    config = load_config(str(ROOT / "mkdocs.yml"))
    with pytest.raises(PluginError, match="`home` in the nav has no title in `vi`"):
        languages.translate(config, languages.Titles({}, {}, {}))


@pytest.mark.parametrize(
    ("lang", "site_url", "expected"),
    [
        ("vi", "https://h.org/p/", ["./", "en/", "https://h.org/p/", "https://h.org/p/en/"]),
        ("en", "https://h.org/p/en/", ["../", "./", "https://h.org/p/", "https://h.org/p/en/"]),
        ("vi", "", ["./", "en/", "", ""]),
    ],
)
def test_links_between_the_home_pages(lang, site_url, expected):
    config = load_config(str(ROOT / "mkdocs.yml"), docs_dir=str(ROOT / "docs" / lang))
    config.site_url = site_url
    found = languages.twins(config, "index.md", "./")
    assert [twin.href for twin in found] + [twin.absolute for twin in found] == expected


def test_a_page_without_a_twin_leads_to_the_other_home():
    config = load_config(str(ROOT / "mkdocs.yml"))
    vi, en = languages.twins(config, "basics/only-here.md", "basics/only-here/")
    assert (vi.exists, en.exists) == (True, False)
    assert en.href == "../../en/"


LINE = '<details class="provenance" data-torch="2" data-device="A &quot;B&quot;"{more}>'
LINE += "\n<summary>torch 2</summary>\n<p>x</p></details>"


@pytest.mark.parametrize("more", [' data-dataset="D"', ' data-recorded="2026"', ""], ids=["data", "day", "same"])
def test_a_line_about_an_output_is_quiet_only_where_it_says_what_the_head_says(more):
    said = quieten(LINE.format(more=more), {"data-torch": "2", "data-device": 'A "B"'})
    assert ("provenance--same" in said) is (more == "")
    assert "<span>torch 2</span>" in said or more
    assert said.endswith("<p>x</p></details>")


@pytest.mark.unit
@pytest.mark.parametrize(
    ("site_url", "expected"),
    [
        ("http://127.0.0.1:8000/", ""),
        ("http://localhost/pytorch/en/", ""),
        ("http://[::1]:8000/", ""),
        ("https://localhost.example.org/", "https://localhost.example.org/"),
        ("https://example.org/127.0.0.1/", "https://example.org/127.0.0.1/"),
        ("", ""),
    ],
)
def test_a_notebook_that_outlives_a_preview_has_no_links_to_it(site_url, expected):
    assert lasting(site_url) == expected
