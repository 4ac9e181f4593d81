"""The HTML that expanded pages become: DESIGN, section 9."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import markdown
import pytest

from snippets._engine.records.library import Library
from snippets._engine.render.markdown import expand

pytestmark = pytest.mark.unit

EXTENSIONS = {
    "admonition": {},
    "attr_list": {},
    "md_in_html": {},
    "tables": {},
    "pymdownx.blocks.html": {},
    "pymdownx.details": {},
    "pymdownx.highlight": {"anchor_linenums": False, "pygments_lang_class": True, "stripnl": False},
    "pymdownx.inlinehilite": {},
    "pymdownx.superfences": {},
    "pymdownx.tabbed": {"alternate_style": True},
}
VOID = {"img", "input", "br", "hr"}

SNIPPET = """\
# %% first
# vi: cộng
# en: add
total = 1 + 2  # (1)!
print("<script>alert(1)</script> & more")

# %% drawn
last = 0.5

# %% broken raises="RuntimeError"
raise RuntimeError("a < b")

# %% solution-one
a = "``` {{= #first.total }} ::: cell #x"
"""
SVG = '<svg width="72pt" height="36pt"><path style="stroke: #1f2933"/></svg>\n'
RAN = {
    "first": {
        "outputs": [
            ["text", "stdout", "<script>alert(1)</script> & more\n\n  *two* {{= #first.total }}\n"],
            ["text", "result", "```\n# no heading\n"],
        ],
        "values": {"total": 3, "name": "<b>*a*_b_`c`|[d](e)&amp;{f}</b>"},
    },
    "drawn": {"outputs": [["figure", "display", SVG]], "values": {"last": 0.5}},
    "broken": {"outputs": [["error", "error", "RuntimeError: a < b"]]},
    "solution-one": {"outputs": [["text", "stdout", "one\n"]]},
}
PAGE = """\
# Trang {{= #first.total }} {#page}

Tổng là {{= #first.total }}, chữ là {{= #first.name }}; mã `{{= #first.total }}`.

| a | b |
| --- | --- |
| {{= #first.total }} | {{= #first.name }} |

::: cell #first

1.  Ghi chú {{= #first.total }}.

::: cell #drawn alt="Đường \u201ctới\u201d {{= #drawn.last }} & <hết>"

::: cell #broken

::: cell other/two#far

::: cell #first show="output"

??? example "Lời giải {{= #first.total }}"

    ::: cell #solution-one

::: versions
"""


class Element:
    """An element: its tag and attributes, the elements around it and the text in it."""

    def __init__(self, tag: str, attributes: dict[str, str], around: "tuple[Element, ...]") -> None:
        self.tag, self.attributes, self.around = tag, attributes, around
        self.text = ""

    def __repr__(self) -> str:
        return f"<{self.tag} {self.attributes}>"

    @property
    def classes(self) -> set[str]:
        """Its classes."""
        return set(self.attributes.get("class", "").split())


class Elements(HTMLParser):
    """Every element of a page, in order; refuses tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {key: value or "" for key, value in attrs}, tuple(self._open))
        self.found.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def of(self, cls: str) -> list[Element]:
        """The elements of a class."""
        return [element for element in self.found if cls in element.classes]


@pytest.fixture
def page(
    write: Callable[[str, str], Path], by_hand: Callable[..., Path], library: Library
) -> Callable[[str], Elements]:
    """Expands and renders a page of the chapter basics/sums."""
    write("snippets/basics/sums.py", SNIPPET)
    write("snippets/other/two.py", "# %% far\nx = 1\n")
    by_hand("basics/sums", RAN, device='A "quick" <CPU> (R) @ 2.50GHz [x2] {y}')
    by_hand("other/two", {"far": {"outputs": [["text", "stdout", "far\n"]]}})

    def render(text: str) -> Elements:
        path = "docs/vi/basics/sums.md"
        found = expand(text, lang="vi", src_uri="basics/sums.md", path=path, library=library)
        html = markdown.markdown(found.markdown, extensions=list(EXTENSIONS), extension_configs=EXTENSIONS)
        assert ":::" not in html.replace("::: cell #x", "")
        assert "///" not in html
        return Elements(html)

    return render


def test_cells_carry_their_names_and_ids_once(page: Callable[[str], Elements]) -> None:
    found = page(PAGE)
    cells = found.of("cell")
    assert [(c.tag, c.attributes.get("id"), c.attributes["data-cell"]) for c in cells] == [
        ("div", "cell-first", "basics/sums#first"),
        ("div", "cell-drawn", "basics/sums#drawn"),
        ("div", "cell-broken", "basics/sums#broken"),
        ("div", None, "other/two#far"),
        ("div", "cell-solution-one", "basics/sums#solution-one"),
    ]
    assert [c.attributes.get("data-raises") for c in cells] == [None, None, "RuntimeError", None, None]
    assert all({"language-python", "highlight"} <= c.classes for c in cells)
    assert [c.classes & {"no-copy"} for c in cells] == [set(), set(), set(), {"no-copy"}, set()]
    assert [e.attributes["id"] for e in found.found if "id" in e.attributes and e.tag != "input"] == [
        "page",
        "cell-first",
        "cell-drawn",
        "cell-broken",
        "cell-solution-one",
        "versions",
    ]


def test_code_stands_in_a_cell_to_the_letter(page: Callable[[str], Elements]) -> None:
    found = page(PAGE)
    assert [c.text for c in found.of("cell")] == [
        '# cộng\ntotal = 1 + 2  # (1)!\nprint("<script>alert(1)</script> & more")\n',
        "last = 0.5\n",
        'raise RuntimeError("a < b")\n',
        "x = 1\n",
        'a = "``` {{= #first.total }} ::: cell #x"\n',
    ]


def test_outputs_are_siblings_of_their_cell_and_say_their_kind(page: Callable[[str], Elements]) -> None:
    found = page(PAGE)
    outputs = found.of("cell-output")
    assert [(o.attributes["data-cell"].partition("#")[2], o.attributes["data-kind"]) for o in outputs] == [
        ("first", "text"),
        ("first", "text"),
        ("drawn", "figure"),
        ("broken", "error"),
        ("far", "text"),
        ("first", "text"),
        ("first", "text"),
        ("solution-one", "text"),
    ]
    assert {o.attributes["data-variant"] for o in outputs} == {"cpu"}
    assert all("no-copy" in o.classes for o in outputs if o.attributes["data-kind"] != "figure")
    by_name = {c.attributes["data-cell"]: c for c in found.of("cell")}
    assert all(o.around == by_name[o.attributes["data-cell"]].around for o in outputs)


def test_output_is_shown_to_the_letter_and_never_as_html(page: Callable[[str], Elements]) -> None:
    found = page(PAGE)
    assert not [e for e in found.found if e.tag == "script"]
    assert [o.text for o in found.of("cell-output")][:2] == [
        "<script>alert(1)</script> & more\n\n  *two* {{= #first.total }}\n",
        "```\n# no heading\n",
    ]
    assert [e.tag for e in found.found if e.tag.startswith("h")] == ["h1"]


def test_figure_has_a_light_and_a_dark_image_with_alt_text_and_size(page: Callable[[str], Elements]) -> None:
    images = [e for e in page(PAGE).found if e.tag == "img"]
    alt = "Đường \u201ctới\u201d 0.5 & <hết>"
    assert [i.attributes for i in images] == [
        {
            "alt": alt,
            "src": f"../figures/basics/sums/drawn-1-{scheme}.svg#only-{scheme}",
            "loading": "lazy",
            "width": "96",
            "height": "48",
        }
        for scheme in ("light", "dark")
    ]
    assert all(i.around[-2].attributes["data-kind"] == "figure" for i in images)


def test_values_are_spans_that_show_their_text(page: Callable[[str], Elements]) -> None:
    found = page(PAGE)
    name = "<b>*a*_b_`c`|[d](e)&amp;{f}</b>"
    spans = found.of("cell-value")
    assert [(s.tag, s.text) for s in spans] == [("span", text) for text in ("3", name, "3", name, "3")]
    assert {s.attributes["data-cell"] for s in spans} == {"basics/sums#first"}
    assert [e.text for e in found.found if e.tag == "h1"] == ["Trang 3"]
    assert [e.text for e in found.found if e.tag == "code" and not e.classes][:1] == ["3"]
    assert [e.text for e in found.found if e.tag == "td"][:2] == ["3", name]


def test_provenance_stands_once_under_the_outputs_of_each_cell(page: Callable[[str], Elements]) -> None:
    found = page(PAGE)
    lines = found.of("provenance")
    assert len(lines) == 6
    assert all(e.tag == "details" for e in lines)
    assert lines[0].attributes == {
        "class": "provenance",
        "data-torch": "2.13.0",
        "data-device": "A 'quick' <CPU> (R) @ 2.50GHz [x2] {y}",
        "data-recorded": "2026-11-20",
    }
    assert next(e.text for e in found.found if e.tag == "summary") == "torch 2.13.0 · CPU · 2026-11-20"
    links = [e.attributes["href"] for e in found.found if e.tag == "a" and lines[0] in e.around]
    assert links == ["../source/basics/sums.md#cell-first", "../tests/snippets/basics/test_sums.py", "#versions"]


def test_solution_is_folded_with_its_cell_and_outputs(page: Callable[[str], Elements]) -> None:
    found = page(PAGE)
    (cell,) = (c for c in found.of("cell") if c.attributes.get("id") == "cell-solution-one")
    fold = cell.around[-1]
    assert (fold.tag, fold.classes) == ("details", {"example"})
    assert [e.text for e in found.found if e.tag == "summary" and e.around[-1] is fold] == ["Lời giải 3"]
    assert [o.text for o in found.of("cell-output") if fold in o.around] == ["one\n"]


def test_a_guess_holds_outputs_and_paragraph_beside_its_cell(page: Callable[[str], Elements]) -> None:
    found = page('::: cell #broken guess="true"\n\nVì *sao*?\n\nĐoạn sau.\n')
    (cell,), (guess,), (output,) = found.of("cell"), found.of("guess"), found.of("cell-output")
    assert (guess.tag, guess.attributes["data-cell"], guess.around) == ("details", "basics/sums#broken", cell.around)
    assert "open" not in guess.attributes
    assert output.around == (guess,)
    assert found.of("provenance")[0].around == (guess,)
    assert [(e.text, e.around == (guess,)) for e in found.found if e.tag == "p"][-2:] == [
        ("Vì sao?", True),
        ("Đoạn sau.", False),
    ]
    assert next(e.text for e in found.found if e.tag == "summary") == "Bạn đoán trước đã, rồi hãy mở"


def test_folded_code_holds_cell_and_notes_but_no_output(page: Callable[[str], Elements]) -> None:
    found = page('- a\n\n    ::: cell #first code="folded"\n\n    1.  Ghi chú.\n')
    (cell,), (code,) = found.of("cell"), found.of("code")
    assert (code.tag, code.attributes["data-cell"], cell.around[-1]) == ("details", "basics/sums#first", code)
    assert cell.attributes["id"] == "cell-first"
    assert next(e for e in found.found if e.tag == "ol").around == cell.around
    assert {output.around for output in found.of("cell-output")} == {code.around}


@pytest.mark.parametrize(
    "after",
    [
        "# Đề mục {#x}",
        "- mục",
        "1.  mục",
        "> trích",
        "| a | b |\n| - | - |\n| 1 | 2 |",
        "a | b\n- | -\n1 | 2",
        '!!! tip "a"\n\n    b',
        '??? tip "a"\n\n    b',
        '=== "a"\n\n    b',
        "```text\na\n```",
        "/// html | div.x\na\n///",
        "<div>a</div>",
        "***",
        "::: cell #drawn alt='a'".replace("'", '"'),
    ],
    ids=lambda text: text.split("\n")[0].strip(),
)
def test_only_a_paragraph_is_folded_with_a_guess(page: Callable[[str], Elements], after: str) -> None:
    found = page(f'::: cell #broken guess="true"\n\n{after}\n\nĐoạn sau.\n')
    (guess,) = found.of("guess")
    inside = [e for e in found.found if guess in e.around]
    assert [e.tag for e in inside if e.around == (guess,)] == ["summary", "div", "details"]
    assert next(e for e in found.found if e.text == "Đoạn sau.").around == ()


def test_annotations_follow_their_cell_as_an_ordinary_list(page: Callable[[str], Elements]) -> None:
    found = page(PAGE)
    (cell,) = (c for c in found.of("cell") if c.attributes.get("id") == "cell-first")
    after = [e for e in found.found if e.around == cell.around]
    following = after[after.index(cell) + 1]
    assert following.tag == "ol"
    assert following.text.strip() == "Ghi chú 3."


def test_table_of_versions_names_everything(page: Callable[[str], Elements]) -> None:
    found = page(PAGE)
    (table,) = (e for e in found.found if e.tag == "div" and e.attributes.get("id") == "versions")
    assert "versions" in table.classes
    cells = [e.text for e in found.found if e.tag == "td" and table in e.around]
    rows = dict(zip(cells[::2], cells[1::2], strict=True))
    assert rows["torch"] == "2.13.0"
    assert rows["Python"] == "3.11.7"
    assert rows["Thiết bị"] == 'A "quick" <CPU> (R) @ 2.50GHz [x2] {y}'
    assert rows["Ngày chạy (UTC)"] == "2026-11-20"


def test_variants_stand_in_tabs_beside_the_cpu(page: Callable[[str], Elements], by_hand: Callable[..., Path]) -> None:
    by_hand("basics/sums", {"broken": {"outputs": [["text", "stdout", "gpu\n"]]}}, variant="cuda", device='G*P*U "<1>"')
    found = page('::: cell #broken\n\n::: cell #drawn alt="a"\n')
    assert [(o.attributes["data-variant"], o.text.strip()) for o in found.of("cell-output")] == [
        ("cpu", "RuntimeError: a < b"),
        ("cuda", "gpu"),
        ("cpu", ""),
    ]
    assert [e.text for e in found.found if e.tag == "label"] == ["CPU", 'G*P*U "<1>" · 2026-11-20']
    tabs = found.of("tabbed-block")
    assert [[o.text for o in found.of("cell-output") if tab in o.around] for tab in tabs] == [
        ["RuntimeError: a < b\n"],
        ["gpu\n"],
    ]


def test_a_guess_holds_the_tabs_of_its_variants(page: Callable[[str], Elements], by_hand: Callable[..., Path]) -> None:
    by_hand("basics/sums", {"drawn": {"outputs": [["figure", "display", SVG]]}}, variant="cuda", device="GPU")
    found = page('::: cell #drawn alt="a" guess="true"\n\nVì sao?\n\nĐoạn sau.\n')
    (guess,), tabs = found.of("guess"), found.of("tabbed-block")
    assert [tab.around[0] for tab in tabs] == [guess, guess]
    assert [[p in e.around for e in found.of("cell-output")] for p in tabs] == [[True, False], [False, True]]
    assert [[p in e.around for e in found.of("provenance")] for p in tabs] == [[True, False], [False, True]]
    assert [e.around for e in found.found if e.tag == "p" and e.text == "Đoạn sau."] == [()]
    assert not [e for e in found.found if "///" in e.text]


def test_value_of_a_changed_cell_is_marked_where_its_output_is_not_shown(
    page: Callable[[str], Elements], library: Library
) -> None:
    path = library.tree.snippet("basics/sums")
    path.write_text(path.read_text("utf-8").replace("last = 0.5", "last = 0.25"), "utf-8")
    found = page("::: cell #drawn\n\nGiá trị {{= #drawn.last }}\n")
    (value,) = found.of("cell-value")
    assert (value.text, value.classes) == ("0.5", {"cell-value", "aged"})
    assert value.attributes["title"] == "Giá trị cũ: đoạn mã đã sửa mà chưa được chạy lại."
    assert found.of("not-run")


def test_cell_without_a_record_says_how_to_get_one(page: Callable[[str], Elements], library: Library) -> None:
    library.tree.record("basics/sums").unlink()
    found = page("::: cell #broken\n\nGiá trị {{= #first.total }}\n")
    (line,) = found.of("not-run")
    assert line.tag == "p"
    assert line.text.endswith("chạy: python -m snippets record basics/sums")
    assert not found.of("cell-output")
    assert [s.text for s in found.of("cell-value")] == ["…"]
