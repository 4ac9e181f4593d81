"""The HTML of both languages keeps the contract (DESIGN, section 9) and says what the records say."""

import re
from urllib.parse import urljoin, urlsplit

import pytest

from snippets._engine.chapters.results import CellRun, Output
from snippets._engine.project.tree import LANGUAGES, Tree

TREE = Tree.find(__import__("pathlib").Path(__file__))
CHAPTERS = TREE.chapters()
PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)
each = pytest.mark.parametrize("chapter", CHAPTERS)


def test_a_strict_build_says_nothing_is_wrong(site):
    assert "WARNING" not in site.log
    assert "ERROR" not in site.log


@both
@each
def test_addresses(site, lang, chapter):
    part, _, name = chapter.rpartition("/")
    for address in (
        "", f"{chapter}/", f"{chapter}/{name}.ipynb", f"notebooks/{chapter}.ipynb",
        f"source/{chapter}/", f"snippets/{chapter}.py",
        f"tests/snippets/{part}/test_{name}.py", "404.html", "sitemap.xml",
        "search/search_index.json", "search/search_rest.json",
    ):  # fmt: skip
        assert site.path(PREFIX[lang] + address).is_file(), address
    assert site.path(f"{PREFIX[lang]}notebooks/{chapter}.ipynb").read_bytes() == TREE.record(chapter).read_bytes()
    assert site.path(f"{PREFIX[lang]}snippets/{chapter}.py").read_bytes() == TREE.snippet(chapter).read_bytes()


@both
@each
def test_every_cell_stands_on_the_page_once_with_its_id_and_code(site, lang, chapter):
    cells = {cell.name: cell for cell in site.library.chapter(chapter).cells}
    shown = [e for e in site.html(f"{PREFIX[lang]}{chapter}/").of_class("cell") if "id" in e.attrs]
    assert [e.attrs["id"] for e in shown] == [f"cell-{name}" for name in cells]
    for element, cell in zip(shown, cells.values(), strict=True):
        assert element.tag == "div"
        assert element.attrs["data-cell"] == f"{chapter}#{cell.name}"
        assert element.attrs.get("data-raises", "") == cell.raises
        assert "language-python" in element.classes
        assert element.text.removesuffix("\n") == cell.shown(lang)


def test_an_invitation_is_nowhere_more_than_its_words(site):
    invited = [
        (lang, page) for lang in LANGUAGES for page in CHAPTERS if "](try:" in TREE.page(lang, page).read_text("utf-8")
    ]
    assert {lang for lang, _ in invited} == set(LANGUAGES)
    for lang, chapter in invited:
        words = re.findall(r"\[([^\[\]`]*)[^\[\]]*\]\(try:", TREE.page(lang, chapter).read_text("utf-8"))
        name = chapter.rpartition("/")[2]
        for address in ("index.html", "index.md", f"{name}.ipynb"):
            text = site.path(f"{PREFIX[lang]}{chapter}/{address}").read_text("utf-8")
            assert not re.search(r"\(try:|href=\\?\"try:", text), address
            text = re.sub(r"<[^>]+>", "", text) if address.endswith(".html") else text  # a term in them is marked
            assert all(word in text for word in words), address


@both
@each
def test_every_data_cell_names_a_real_cell(site, lang, chapter):
    page = site.html(f"{PREFIX[lang]}{chapter}/")
    names = {f"{name}#{cell.name}" for name in CHAPTERS for cell in site.library.chapter(name).cells}
    used = [e.attrs["data-cell"] for e in page.elements if "data-cell" in e.attrs]
    assert used
    assert set(used) <= names


@both
@each
def test_outputs_are_the_records(site, lang, chapter):
    record = site.library.record(chapter)
    shown = site.html(f"{PREFIX[lang]}{chapter}/").of_class("cell-output")
    for name, run in record.by_name.items():
        mine = [e for e in shown if e.attrs["data-cell"] == f"{chapter}#{name}" and e.attrs["data-variant"] == "cpu"]
        assert [e.attrs["data-kind"] for e in mine] == kinds(run), name
        if mine and mine[0].attrs["data-kind"] == "frames":
            del mine[0]  # tests/engine/test_frames.py has what these show
        for element, output in zip(mine, below(run), strict=True):
            assert_shows(element, output)


def kinds(run: CellRun) -> list[str]:
    """The outputs of a cell as its page shows them: frames, with what was printed for each, are one."""
    return [*(["frames"] if any(output.frame for output in run.outputs) else []), *(o.kind for o in below(run))]


def below(run: CellRun) -> tuple[Output, ...]:
    """What a cell gave after its last frame, if it has any."""
    return run.outputs[max((n for n, output in enumerate(run.outputs, 1) if output.frame), default=0) :]


def assert_shows(element, output: Output):
    if output.kind == "figure":
        images = [inner for inner in element.inside if inner.tag == "img"]
        assert [image.attrs["src"].rpartition("#")[2] for image in images] == ["only-light", "only-dark"]
        assert all(image.attrs["alt"].strip() for image in images)
    else:
        assert "no-copy" in element.classes
        assert element.text.rstrip("\n") == output.text.rstrip("\n")


@both
@each
def test_outputs_follow_their_code_as_siblings(site, lang, chapter):
    page = site.html(f"{PREFIX[lang]}{chapter}/")
    folds = {e.attrs["data-cell"]: e for e in page.of_class("code") if e.tag == "details"}
    for cell in page.of_class("cell"):
        run = site.library.record(chapter).by_name.get(cell.attrs["data-cell"].partition("#")[2])
        after = folds.get(cell.attrs["data-cell"], cell).next
        after = after.next if after is not None and after.tag == "ol" else after
        for kind in kinds(run) if run else ():
            assert after is not None
            if "tabbed-set" in after.classes or "guess" in after.classes:
                break
            assert (after.attrs["data-cell"], after.attrs["data-kind"]) == (cell.attrs["data-cell"], kind)
            after = after.next


@both
@each
def test_provenance_is_the_records_and_leads_to_code_and_tests(site, lang, chapter):
    record, address = site.library.record(chapter), f"{PREFIX[lang]}{chapter}/"
    page = site.html(address)
    lines = page.of_class("provenance")
    assert len(lines) >= sum(1 for cell in record.cells if cell.outputs)
    for line in lines:
        assert line.tag == "details"
        assert line.attrs["data-torch"] in line.text
        assert "+" not in line.attrs["data-torch"]
        targets = [urlsplit(urljoin(address, e.attrs["href"])) for e in line.inside if e.tag == "a"]
        assert targets[0].path == f"{PREFIX[lang]}source/{chapter}/"
        assert targets[0].fragment in site.html(targets[0].path).ids
        assert all(site.path(target.path).is_file() for target in targets)
    about = ((e.attrs["data-torch"], e.attrs["data-device"], e.attrs["data-recorded"]) for e in lines)
    assert (record.torch, record.device, record.recorded) in set(about)


@both
@each
def test_no_value_is_left_open(site, lang, chapter):
    page = site.html(f"{PREFIX[lang]}{chapter}/")
    assert "{{=" not in page.source
    assert ":::" not in page.article.text
    assert [e.text for e in page.of_class("cell-value") if not e.text.strip() or e.text == "…"] == []


@both
def test_ids_are_unique_on_every_page(site, lang):
    for address in addresses(site, lang):
        ids = site.html(address).ids
        assert len(ids) == len(set(ids)), address


@both
def test_every_page_says_its_language(site, lang):
    for address in [*addresses(site, lang), PREFIX[lang] + "404.html"]:
        assert site.html(address).lang == lang, address


def test_both_languages_have_the_same_pages_and_ids(site):
    vi, en = ([a.removeprefix(PREFIX[lang]) for a in addresses(site, lang)] for lang in LANGUAGES)
    assert vi == en
    for address in vi:
        a, b = (site.html(PREFIX[lang] + address).article for lang in LANGUAGES)
        assert ids_within(a) == ids_within(b), address


def ids_within(element) -> list[str]:
    return [inner.attrs["id"] for inner in element.inside if "id" in inner.attrs]


@both
def test_every_link_inside_the_site_leads_somewhere(site, lang):
    for address in addresses(site, lang):
        for element in site.html(address).of_tag("a", "img", "link", "script"):
            target = urlsplit(
                urljoin(f"http://site/{address}", element.attrs.get("href") or element.attrs.get("src", ""))
            )
            if target.netloc != "site":
                continue
            path = target.path.removeprefix("/")
            assert site.path(path).is_file(), f"{address}: {path}"
            if target.fragment and not target.fragment.startswith("only-") and element.tag == "a":
                assert target.fragment in site.html(path).ids, f"{address}: {path}#{target.fragment}"


@both
@each
def test_the_source_page_holds_every_cell_but_no_cell_of_the_contract(site, lang, chapter):
    page = site.html(f"{PREFIX[lang]}source/{chapter}/")
    cells = site.library.chapter(chapter).cells
    assert [e.attrs["id"] for e in page.of_class("source")] == [f"cell-{cell.name}" for cell in cells]
    assert not page.of_class("cell")
    assert not [e for e in page.elements if "data-cell" in e.attrs]
    for element, cell in zip(page.of_class("source"), cells, strict=True):
        code = next(inner for inner in element.inside if inner.tag == "code")
        assert code.text.removesuffix("\n") == cell.copied(lang)


def test_figures_keep_their_bytes_in_both_languages(site):
    vi, en = (sorted((site.folder / PREFIX[lang] / "figures").rglob("*.svg")) for lang in LANGUAGES)
    assert vi
    assert [p.read_bytes() for p in vi] == [p.read_bytes() for p in en]
    assert len([p for p in vi if p.stem.endswith("-light")]) * 2 == len(vi)


@both
def test_the_space_before_an_annotation_is_not_copied(site, lang):
    for chapter in CHAPTERS:
        html = site.text(f"{PREFIX[lang]}{chapter}/")
        markers = re.findall(r'(.{20})<span class="c1"># \(\d+\)', html)
        assert all(before.endswith(" </span>") for before in markers)


def addresses(site, lang: str) -> list[str]:
    """The pages of a language, the 404 aside."""
    start = site.folder / PREFIX[lang]
    found = (p.parent.relative_to(site.folder).as_posix() for p in sorted(start.rglob("index.html")))
    pages = ["" if address == "." else f"{address}/" for address in found]
    return [a for a in pages if lang == "en" or not a.startswith("en/")]
