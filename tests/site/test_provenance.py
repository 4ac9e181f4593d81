"""Where each output, value and table on the built site says that it comes from, held against the records."""

import json
import re

import pytest

from snippets._engine.chapters.environment import public
from snippets._engine.project.tree import LANGUAGES, VARIANTS, Tree

TREE = Tree.find(__import__("pathlib").Path(__file__))
CHAPTERS = TREE.chapters()
PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)
EMBEDDED = {"vi": "Chữ số 8×8 của scikit-learn", "en": "8×8 digits of scikit-learn"}
DATA = {
    "": {"vi": "", "en": ""},
    "scikit-learn's 8×8 digits as 28×28": {
        "vi": "chữ số 8×8 của scikit-learn, viết thành 28×28",
        "en": "8×8 digits of scikit-learn, written as 28×28",
    },
    "MNIST-10k: 8,000 train / 2,000 test": {
        "vi": "MNIST-10k: học 8000 ảnh, chấm 2000 ảnh",
        "en": "MNIST-10k: 8000 images to train, 2000 to test",
    },
}


def about(record) -> dict[str, str]:
    """What the line under an output states, as its record has it; read from the file, not by the engine."""
    meta = record["metadata"]["snippets"]
    environment = meta["environment"]
    line = {
        "data-torch": public(environment["versions"]["torch"]),
        "data-device": environment["device"].replace('"', "'"),
        "data-recorded": meta["recorded"],
    }
    return line | ({"data-dataset": meta["data"]} if meta["data"] else {})


def first(chapter: str, lang: str) -> str:
    """The variant that a chapter's page shows first; read from the file, not by the engine."""
    front = re.match(r"---\n(?:.*\n)*?variant: (\w+)\n(?:.*\n)*?---\n", TREE.page(lang, chapter).read_text("utf-8"))
    return front[1] if front else "cpu"


@pytest.fixture(scope="module")
def records() -> dict[tuple[str, str], dict]:
    """Every record, by chapter and variant."""
    paths = {(name, variant): TREE.record(name, variant) for name in CHAPTERS for variant in VARIANTS}
    return {key: json.loads(path.read_text("utf-8")) for key, path in paths.items() if path.is_file()}


@both
def test_every_output_of_every_page_states_its_record(site, records, lang):
    seen = set()
    for path in sorted((site.folder / PREFIX[lang]).rglob("index.html")):
        address = f"{path.parent.relative_to(site.folder).as_posix()}/".removeprefix("./")
        if (lang == "vi" and address.startswith("en/")) or address.endswith("/notebook/"):
            continue  # the view of a notebook has HTML of its own: the next test
        waiting = []
        for element in site.html(address).elements:
            if "cell-output" in element.classes:
                waiting.append(element)
            elif "provenance" in element.classes:
                assert waiting, (address, "a line about no output")
                of = {(output.attrs["data-cell"], output.attrs["data-variant"]) for output in waiting}
                assert len(of) == 1, (address, of)
                ((cell, variant),) = of
                record = records[cell.partition("#")[0], variant]
                stated = {key: value for key, value in element.attrs.items() if key.startswith("data-")}
                assert stated == about(record), (address, cell, variant)
                assert summary(element) == " · ".join(line(record, variant, lang)), (address, cell, variant)
                seen |= of
                waiting = []
            elif "cell" in element.classes:
                assert waiting == [], (address, "an output without its line")
        assert waiting == [], (address, "an output without its line")
    shown = {
        (f"{name}#{cell['id']}", variant)
        for (name, variant), record in records.items()
        for cell in record["cells"]
        if cell["outputs"]
    }
    assert seen == shown


@both
def test_every_output_of_a_notebook_view_states_its_record(site, records, lang):
    folder = site.folder / PREFIX[lang]
    views = [path.parent for name in CHAPTERS if (path := folder / name / "notebook" / "index.html").is_file()]
    assert views
    for view in views:
        chapter = view.parent.relative_to(folder).as_posix()
        variant = first(chapter, lang)
        record = records[chapter, variant]
        page = site.html(f"{view.relative_to(site.folder).as_posix()}/")
        lines = [e for e in page.elements if "provenance" in e.classes]
        assert len(lines) == sum(1 for cell in record["cells"] if cell["outputs"])
        for element in lines:
            assert {key: value for key, value in element.attrs.items() if key.startswith("data-")} == about(record)
            assert summary(element) == " · ".join(line(record, variant, lang))


def summary(element) -> str:
    (found,) = (inside for inside in element.inside if inside.tag == "summary")
    return found.text.strip()


def line(record, variant: str, lang: str) -> list[str]:
    stated = about(record)
    device = stated["data-device"] if variant == "cuda" else "CPU"
    data = [DATA[stated["data-dataset"]][lang]] if variant != "cpu" and "data-dataset" in stated else []
    return [f"torch {stated['data-torch']}", device, stated["data-recorded"], *data]


@both
def test_every_variant_stands_in_a_tab_that_names_it(site, records, lang):
    for (name, variant), record in records.items():
        if variant == "cpu":
            continue
        stated = about(record)
        label = (
            f"{stated['data-device']} · {stated['data-recorded']}"
            if variant == "cuda"
            else stated["data-dataset"].replace(" train", "").replace(" test", "")
        )
        page = site.html(f"{PREFIX[lang]}{name}/")
        tabs = [e for e in page.of_class("tabbed-set") if any(i.attrs.get("data-variant") == variant for i in e.inside)]
        assert len(tabs) == sum(1 for cell in record["cells"] if cell["outputs"])
        for tab in tabs:
            labels = [
                i.text.strip() for inside in tab.inside if "tabbed-labels" in inside.classes for i in inside.inside
            ]
            labels = list(dict.fromkeys(text for text in labels if text))
            others = {EMBEDDED[lang] if (name, "mnist") in records else "CPU"}
            assert (labels[0] if first(name, lang) == variant else labels[1]) == label
            assert {*labels[:2]} == {label} | others


@both
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_table_of_versions_is_the_records(site, records, lang, chapter):
    record = records[chapter, first(chapter, lang)]
    (table,) = (e for e in site.html(f"{PREFIX[lang]}{chapter}/").elements if e.attrs.get("id") == "versions")
    cells = [e.text for e in table.inside if e.tag == "td"]
    rows = dict(zip(cells[::2], cells[1::2], strict=True))
    environment = record["metadata"]["snippets"]["environment"]
    versions = {name: public(version) for name, version in environment["versions"].items() if version}
    assert {name: rows[name] for name in versions} == versions
    assert rows["Python"] == environment["python"]
    stated = about(record)
    data = DATA[stated.get("data-dataset", "")][lang] or "Python"
    assert {stated["data-device"], stated["data-recorded"], data} <= {*rows, *cells}


@both
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_plain_copy_and_the_notebook_state_the_same(site, records, lang, chapter):
    variant = first(chapter, lang)
    record = records[chapter, variant]
    stated = about(record)
    lines = re.findall(r"^ *\((torch .*)\)$", site.text(f"{PREFIX[lang]}{chapter}/index.md"), re.MULTILINE)
    assert len(lines) == sum(1 for cell in record["cells"] if cell["outputs"])
    assert set(lines) == {" · ".join(line(record, variant, lang))}
    notebook = site.data(f"{PREFIX[lang]}{chapter}/{chapter.rpartition('/')[2]}.ipynb")
    said = "".join(text for cell in notebook["cells"] if cell["cell_type"] == "markdown" for text in cell["source"])
    versions = record["metadata"]["snippets"]["environment"]["versions"]
    named = dict(re.findall(r"\b([a-z][a-z-]*)==([\d.]+)", said))
    assert named["torch"] == stated["data-torch"]
    assert named == {name: public(versions[name]) for name in named}
    assert f"torch {stated['data-torch']}" in said
    assert stated["data-recorded"] in said
