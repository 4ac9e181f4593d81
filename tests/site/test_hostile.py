"""A chapter whose outputs are HTML, Markdown, directives and terminal codes: on everything that is built from it they
are text."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from snippets._engine.chapters.figures import foreign
from snippets._engine.commands.record import record_chapters
from snippets._engine.copies.plain import plain
from snippets._engine.project.errors import PageError, RecordError
from snippets._engine.project.tree import LANGUAGES, Tree
from snippets._engine.records.library import Library
from snippets._engine.records.record import load
from snippets._engine.render.markdown import expand

from .conftest import ROOT, Html, Site, build

PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)

SNIPPET = r"""# %% text
nasty = "<script>alert(1)</script></pre></code></div><img src=x onerror=alert(2)>"
print(nasty)
print("{{= #text.nasty }} [a](javascript:alert(3)) **b** | c | <!-- d -->")
print("::: cell #text\n::: versions\n\n# Heading {#hostile onclick=alert(4)}\n")
print("```\n~~~~\n/// html | script\nalert(5)\n///\n$x$ `y` &lt;\n</article>")
print("\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b31m \x00 \x08 end")

# %% result
class Rich:
    def __repr__(self):
        return "plain words"
    def _repr_html_(self):
        return "<b class=rich>rich</b>"
    def _repr_markdown_(self):
        return "**rich**"
    def _repr_javascript_(self):
        return "alert(6)"

Rich()

# %% displayed
from IPython.display import HTML, Javascript, Markdown, display
display(HTML("<b class=rich>rich</b>"), Markdown("**rich**"), Javascript("alert('rich')"))
display(Rich())
display({"text/html": "<b>rich</b>", "text/plain": "two"}, raw=True)

# %% warned
import warnings
warnings.warn("</pre><script>alert(7)</script>")

# %% drawn
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(2, 1))
ax.set_title("</text><script>alert(8)</script>--><script>alert(9)</script>")
ax.plot([1, 2], gid='"><script>alert(10)</script>', label="<b>")

# %% failed raises="ValueError"
raise ValueError("</pre><img src=x onerror=alert(12)>\x1b[31m {{= #text.nasty }}")
"""
PAGE = """# Trang {{= #text.len(nasty) }} {#page}

Chữ là {{= #text.nasty }}.

| a |
| --- |
| {{= #text.nasty }} |

::: cell #text

::: cell #result

::: cell #displayed

::: cell #warned

::: cell #drawn alt="\u201c<b>{{= #text.len(nasty) }}\u201d"

::: cell #failed

::: versions
"""
NAME = "basics/hostile"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The theme, a home and this one chapter, recorded by a real run."""
    root = tmp_path_factory.mktemp("hostile")
    for name in ("overrides", "assets"):
        shutil.copytree(ROOT / "docs" / name, root / "docs" / name)
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    start, end = config.index("\nnav:"), config.index("\nplugins:")
    nav = yaml.safe_dump({"nav": [{"home": "index.md"}, {"basics": [f"{NAME}.md"]}]})
    config = f"{config[:start]}\n{nav}{config[end:]}".replace("[lab/lab05]", f"[{NAME}]")
    (root / "mkdocs.yml").write_text(config, "utf-8")
    files = {f"snippets/{NAME}.py": SNIPPET, "tests/snippets/basics/test_hostile.py": "", "pyproject.toml": ""}
    for lang in LANGUAGES:
        files |= {f"docs/{lang}/index.md": "# A {#a}\n", f"docs/{lang}/{NAME}.md": PAGE}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    done = record_chapters(Tree(root), [NAME])
    assert [str(problem) for problem in done.problems] == []
    return Tree(root)


@pytest.fixture(scope="module")
def site(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("site")
    done = build(tree.root, folder)
    assert done.returncode == 0, done.stderr
    return Site(folder, tree, Library(tree), done.stderr)


def texts(tree: Tree, cell: str) -> list[str]:
    record = load(tree, NAME)
    assert record is not None
    return [output.text for output in record.by_name[cell].outputs if output.kind != "figure"]


def test_a_record_holds_no_html_no_control_character_and_only_figures_of_matplotlib(tree):
    notebook = json.loads(tree.record(NAME).read_text("utf-8"))
    kinds = {kind for cell in notebook["cells"] for output in cell["outputs"] for kind in output.get("data", {})}
    assert kinds == {"text/plain", "image/svg+xml", "image/png"}
    figures = [c["id"] for c in notebook["cells"] for o in c["outputs"] if "image/svg+xml" in o.get("data", {})]
    assert figures == ["drawn"]
    said = "".join(text for cell in notebook["cells"] for text in texts(tree, cell["id"]))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", said)
    assert "red ␛]0;title␇ \ufffd31m ␀ end" in said


@pytest.mark.parametrize(
    ("code", "holds"),
    [
        pytest.param('ax.text(0, 0, "x", url="javascript:alert(11)")', "<a>", id="a link"),
        pytest.param(
            "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><script>x</script></svg>')", "<script>", id="a script"
        ),
    ],
)
def test_a_figure_that_could_do_something_is_refused_at_its_line(tmp_path: Path, code: str, holds: str) -> None:
    start = "# %% drawn\nimport matplotlib.pyplot as plt\nfrom IPython.display import SVG\nfig, ax = plt.subplots()\n"
    (tmp_path / "snippets" / "basics").mkdir(parents=True)
    (tmp_path / "snippets" / f"{NAME}.py").write_text(f"{start}{code}\n", "utf-8")
    for name in ("mkdocs.yml", "pyproject.toml"):
        (tmp_path / name).write_text("", "utf-8")
    done = record_chapters(Tree(tmp_path), [NAME])
    (problem,) = map(str, done.problems)
    assert problem.startswith(f"snippets/{NAME}.py:")
    assert f"cell `drawn` shows a figure that is refused: it holds {holds}" in problem
    assert done.written == ()


def test_rich_html_is_off(tree):
    assert texts(tree, "result") == ["plain words\n"]
    said = "".join(texts(tree, "displayed"))
    assert "rich" not in said
    assert "<IPython.core.display.HTML object>" in said


@both
def test_on_the_page_every_output_and_value_is_text(site, tree, lang):
    page = site.html(f"{PREFIX[lang]}{NAME}/")
    shown = {}
    for element in page.of_class("cell-output"):
        shown.setdefault(element.attrs["data-cell"].partition("#")[2], []).append(element.text.strip("\n"))
    for cell in ("text", "result", "warned", "failed"):
        assert shown[cell] == [text.strip("\n") for text in texts(tree, cell)], cell
    nasty = SNIPPET.partition('"')[2].partition('"')[0]
    assert [value.text for value in page.of_class("cell-value")] == [nasty, nasty]
    assert nothing_of_it_is_html(page)


def nothing_of_it_is_html(page: Html) -> bool:
    allowed = {"light", "dark"}
    for element in page.article.inside:
        assert element.tag not in ("script", "b", "iframe", "object", "embed", "svg")
        assert not [name for name in element.attrs if name.startswith("on")]
        assert "javascript:" not in element.attrs.get("href", "")
        assert element.tag != "img" or element.attrs["src"].rpartition("-")[2] in allowed, element
    assert "hostile" not in page.ids
    return page.source.count("</article>") == 1


@both
def test_on_the_source_page_code_is_text(site, lang):
    page = site.html(f"{PREFIX[lang]}source/{NAME}/")
    assert "<script>alert(1)</script></pre>" in page.article.text
    assert nothing_of_it_is_html(page)


def test_the_alt_text_is_text(site):
    images = [e for e in site.html(f"{NAME}/").of_tag("img") if "drawn-1" in e.attrs["src"]]
    assert [image.attrs["alt"] for image in images] == ["“<b>76”".replace("76", str(len(nasty())))] * 2


def nasty() -> str:
    return SNIPPET.partition('"')[2].partition('"')[0]


@both
def test_in_the_readers_notebook_every_output_is_plain(site, tree, lang):
    notebook = site.data(f"{PREFIX[lang]}{NAME}/hostile.ipynb")
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            assert set(output.get("data", {})) <= {"text/plain", "image/svg+xml", "image/png"}
        if cell["cell_type"] == "markdown":
            assert not re.search(r"(?<!\\)<(?:script|img|/)", "".join(cell["source"]))


@both
def test_in_the_plain_copy_values_are_escaped_and_outputs_stand_in_fences(site, tree, lang):
    path = f"docs/{lang}/{NAME}.md"
    text = plain(PAGE, lang=lang, src_uri=f"{NAME}.md", path=path, library=site.library)
    assert site.text(f"{PREFIX[lang]}{NAME}/index.md") == text
    fence, prose = "", []
    for line in text.splitlines():
        mark = re.match(r"(`{3,})", line)
        if mark and not fence:
            fence = mark[1]
        elif fence and line == fence:
            fence = ""
        elif not fence:
            prose.append(line)
    assert fence == ""
    assert not re.search(r"(?<!\\)<script|^:::|^# Heading|^///", "\n".join(prose), re.MULTILINE)
    assert "red ␛]0;title" in text


@both
def test_the_search_index_and_the_figures_hold_it_as_text(site, lang):
    entries = site.search_entries(lang)
    said = "".join(entry["title"] + entry["text"] for entry in entries)
    assert "&lt;script&gt;alert(1)" in said
    assert not re.search(r"<(?:script|img|b)\b", said)
    pictures = list(site.folder.rglob("hostile/*.svg"))
    assert len(pictures) == 4
    assert [foreign(path.read_text("utf-8")) for path in pictures] == [""] * 4


# What is refused

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


@pytest.mark.unit
@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ('<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>', "<script>"),
        ("<foreignObject><b/></foreignObject>", "<foreignObject>"),
        ('<h:b xmlns:h="http://www.w3.org/1999/xhtml"/>', "<{http://www.w3.org/1999/xhtml}b>"),
        ('<a xlink:href="#b"/>', "<a>"),
        ('<g onload="alert(1)"/>', 'onload="alert(1)"'),
        ('<use xlink:href="https://example.org/a.svg#b"/>', 'href="https://example.org/a.svg#b"'),
        ('<image href="data:image/svg+xml,a"/>', 'href="data:image/svg+xml,a"'),
        ('<g style="fill: url(https://example.org/a)"/>', 'style="fill: url(https://example.org/a)"'),
        ("<style>@import 'a.css'</style>", "a style that loads something"),
        ('<animate attributeName="href"/>', "<animate>"),
        ("<g>", "no SVG: mismatched tag"),
    ],
)
def test_figure_that_matplotlib_did_not_draw(content: str, found: str) -> None:
    assert foreign(SVG.format(content)).startswith(found)


@pytest.mark.unit
@pytest.mark.parametrize(
    "head",
    [
        '<?xml version="1.0" encoding="utf-7"?>',
        '<?xml-stylesheet href="a.css"?>',
        '<!DOCTYPE svg [<!ENTITY a "b">]>',
        "<script/>",
    ],
)
def test_figure_with_another_declaration(head: str) -> None:
    assert foreign(head + SVG.format("<g/>")) == "another declaration than matplotlib's"
    assert foreign(SVG.format('<g id="a"><use href="#a" style="clip-path: url(#b)"/></g>')) == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<g id=", "<script>alert(1)</script><g id=", "holds <script>, which matplotlib does not draw"),
        ('"text/plain": [', '"text/html": ["<b>"], "text/plain": [', "KeyError('text/html') is missing or wrong"),
    ],
)
def test_a_record_that_somebody_edited_is_refused(tree, tmp_path, old, new, said):
    copy = Tree(Path(shutil.copytree(tree.root, tmp_path / "tree")))
    text = copy.record(NAME).read_text("utf-8")
    written = json.dumps(new)[1:-1] if old == "<g id=" else new
    assert old in text
    copy.record(NAME).write_text(text.replace(old, written, 1), "utf-8")
    with pytest.raises(RecordError, match=re.escape(said)):
        load(copy, NAME)


@pytest.mark.parametrize(
    "line",
    [
        "# {{= #text.nasty }} {#page}",
        "`{{= #text.nasty }}`",
        "$x = {{= #text.nasty }}$",
        "[a](b.md#{{= #text.nasty }})",
    ],
)
def test_a_value_with_markup_is_refused_where_it_cannot_be_escaped(tree, line):
    with pytest.raises(PageError, match=r"^docs/vi/a\.md:1: the value nasty = .* cannot stand here: its '<' would be"):
        expand(line, lang="vi", src_uri=f"{NAME}.md", path="docs/vi/a.md", library=Library(tree))
