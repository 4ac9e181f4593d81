"""The record: a plain notebook, written whole, refused with one line when it is not ours."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from snippets._engine.chapters.results import Output
from snippets._engine.project.errors import RecordError
from snippets._engine.project.files import write_whole
from snippets._engine.project.tree import Tree
from snippets._engine.records import record
from snippets._engine.records.library import Library
from snippets._engine.records.record import Record

pytestmark = pytest.mark.unit

Write = Callable[[str, str], Path]
PATH = "docs/notebooks/basics/sums.ipynb"
FIX = "run: python -m snippets record basics/sums"
OUTPUTS = [
    ["text", "stdout", "a\nb\r\u2028c\n"],
    ["text", "stderr", "no end"],
    ["text", "result", "tensor([[1.],\n        [2.]])\n"],
    ["text", "display", "\n"],
    ["figure", "display", "<svg>\n<g/>\n</svg>\n"],
    ["error", "error", "RuntimeError: a: b\nc"],
    ["error", "error", "ValueError: "],
]
VALUES = {"x": 1, "y": [0.1, None, True, {"float": "nan"}], "đ": "đạo hàm"}


@pytest.fixture
def written(write: Write, by_hand: Callable[..., Path]) -> Path:
    """A record with an output of every kind."""
    write(
        "snippets/basics/sums.py",
        '# %% one raises="RuntimeError"\nx = 1\n\n# %% two\n# vi: a\n# en: b\ny = 2  # (1)!\n',
    )
    return by_hand(
        "basics/sums", {"one": {"outputs": OUTPUTS, "values": VALUES, "names": ["x", "y"]}, "two": {"names": ["z"]}}
    )


def test_record_gives_back_what_was_written(written: Path, read_record: Callable[..., Record]) -> None:
    found = read_record("basics/sums")
    assert [[o.kind, o.source, o.text] for o in found.by_name["one"].outputs] == OUTPUTS
    assert found.by_name["one"].values == VALUES
    assert found.by_name["one"].seconds == 0.25
    assert (found.torch, found.device, found.recorded, found.variant) == (
        "2.13.0",
        "Example CPU @ 2.50GHz",
        "2026-11-20",
        "cpu",
    )
    assert found.names_after("one") == {"x", "y"}
    assert found.names_after("two") == {"x", "y", "z"}


SVG = OUTPUTS[4][2]
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n and so on").decode()


@pytest.fixture
def pictured(write: Write, by_hand: Callable[..., Path]) -> Path:
    """A record with a figure in all its forms."""
    write("snippets/basics/sums.py", "# %% one\nx = 1\n")
    figure = ["figure", "display", SVG, None, PNG, "<Figure size 400x300>"]
    return by_hand("basics/sums", {"one": {"outputs": [figure]}})


def test_a_figure_is_written_in_all_its_forms_and_read_back(pictured: Path, read_record: Callable[..., Record]) -> None:
    notebook = nbformat.read(pictured, as_version=4)
    nbformat.validate(notebook)
    (output,) = notebook.cells[0].outputs
    assert output.data == {"image/svg+xml": SVG, "image/png": PNG, "text/plain": "<Figure size 400x300>"}
    (figure,) = read_record("basics/sums").by_name["one"].outputs
    assert (figure.text, figure.png, figure.plain) == (SVG, PNG, "<Figure size 400x300>")


def test_figures_are_equal_whatever_their_pngs() -> None:
    assert Output("figure", "display", SVG, png=PNG) == Output("figure", "display", SVG)


@pytest.mark.parametrize(
    "png", ["PHNjcmlwdD4=", "<script>", "a", "đ"], ids=["a script", "no base64", "cut", "no ASCII"]
)
def test_what_is_no_png_is_refused(png: str, pictured: Path, tree: Tree) -> None:
    pictured.write_text(pictured.read_text("utf-8").replace(PNG, png), "utf-8")
    with pytest.raises(RecordError) as caught:
        record.load(tree, "basics/sums")
    assert str(caught.value) == f"{PATH}:1: what stands as the PNG of cell `one` is none; {FIX}"


def test_a_png_without_its_svg_is_refused(pictured: Path, tree: Tree) -> None:
    notebook = json.loads(pictured.read_text("utf-8"))
    del notebook["cells"][0]["outputs"][0]["data"]["image/svg+xml"]
    pictured.write_text(json.dumps(notebook), "utf-8")
    with pytest.raises(RecordError, match="'image/png'"):
        record.load(tree, "basics/sums")


def test_record_is_a_valid_executed_notebook(written: Path) -> None:
    notebook = nbformat.read(written, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert [cell.id for cell in notebook.cells] == ["one", "two"]
    assert [cell.source for cell in notebook.cells] == ["x = 1", "y = 2"]
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert notebook.cells[0].metadata.tags == ["raises-exception"]
    assert "tags" not in notebook.cells[1].metadata


def test_record_is_readable_text_with_one_line_a_line(written: Path) -> None:
    text = written.read_text("utf-8")
    assert text.endswith("}\n")
    assert '"đạo hàm"' in text
    assert '"tensor([[1.],\\n",\n' in text


def test_record_is_read_again_when_it_changes(written: Path, tree: Tree) -> None:
    library = Library(tree)
    first = library.record("basics/sums")
    assert library.record("basics/sums") is first
    written.write_text(written.read_text("utf-8").replace("2026-11-20", "2026-11-21"), "utf-8")
    os.utime(written, ns=(1, 1))
    again = library.record("basics/sums")
    assert again is not None
    assert again.recorded == "2026-11-21"
    written.unlink()
    assert library.record("basics/sums") is None


def edited(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    """Replaces entries of the record's own metadata; None removes one."""

    def edit(notebook: dict[str, Any]) -> Any:
        meta = notebook["metadata"]["snippets"]
        for key, value in changes.items():
            if value is None:
                del meta[key]
            else:
                meta[key] = value
        return notebook

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda n: [], "a notebook, but no record of ours: "),
        (
            lambda n: {**n, "metadata": {}},
            "a notebook, but no record of ours: KeyError('snippets') is missing or wrong",
        ),
        (lambda n: {"cells": []}, "a notebook, but no record of ours: KeyError('metadata') is missing or wrong"),
        (edited(environment=None), "a notebook, but no record of ours: KeyError('environment') is missing or wrong"),
        (edited(environment={}), "a notebook, but no record of ours: KeyError("),
        (edited(environment={"versions": {"torch": "2"}}), "a notebook, but no record of ours: KeyError('python')"),
        (edited(recorded=None), "a notebook, but no record of ours: KeyError('recorded') is missing or wrong"),
        (lambda n: {**n, "cells": [{"cell_type": "code"}]}, "a notebook, but no record of ours: KeyError("),
        (lambda n: {**n, "cells": [3]}, "a notebook, but no record of ours: TypeError("),
    ],
    ids=[
        "a list",
        "a notebook of another kind",
        "no metadata",
        "no environment",
        "empty environment",
        "environment without its parts",
        "no date",
        "empty cell",
        "no cell",
    ],
)
def test_notebook_that_is_no_record_is_refused(
    edit: Callable[[dict[str, Any]], Any], message: str, written: Path, tree: Tree
) -> None:
    written.write_text(json.dumps(edit(json.loads(written.read_text("utf-8")))), "utf-8")
    with pytest.raises(RecordError) as caught:
        record.load(tree, "basics/sums")
    assert str(caught.value).startswith(f"{PATH}:1: {message}")
    assert str(caught.value).endswith(f"; {FIX}")


@pytest.mark.parametrize("key", ["values", "names", "seconds", "cpu_seconds", "hash"])
@pytest.mark.parametrize("how", ["gone", "null"])
def test_cell_that_lacks_a_part_is_refused(key: str, how: str, written: Path, tree: Tree) -> None:
    notebook = json.loads(written.read_text("utf-8"))
    meta = notebook["cells"][0]["metadata"]["snippets"]
    if how == "gone":
        del meta[key]
    else:
        meta[key] = None
    written.write_text(json.dumps(notebook), "utf-8")
    if (key, how) == ("hash", "null"):
        found = record.load(tree, "basics/sums")
        assert found is not None  # it is only stale
        assert found.cell_hashes["one"] is None
        return
    with pytest.raises(RecordError, match="no record of ours"):
        record.load(tree, "basics/sums")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ":1: not JSON, expected an executed notebook: Expecting value: line 1 column 1 (char 0)"),
        (b'{\n "cells": [\n', ":3: not JSON, expected an executed notebook: Expecting value"),
        (b"<<<<<<< HEAD\n", ":1: not JSON, expected an executed notebook: "),
        (b'{"a": "\xff"}', ":1: not JSON, expected an executed notebook: 'utf-8' codec"),
    ],
    ids=["empty", "truncated", "merge conflict", "not UTF-8"],
)
def test_file_that_is_no_json_is_refused_with_its_line(content: bytes, message: str, written: Path, tree: Tree) -> None:
    written.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        record.load(tree, "basics/sums")
    assert str(caught.value).startswith(PATH + message)
    assert str(caught.value).endswith(f"; {FIX}")
    assert "\n" not in str(caught.value)


def test_a_record_that_a_newer_jupyter_saved_is_refused(written: Path, tree: Tree) -> None:
    written.write_text(written.read_text("utf-8").replace('"nbformat": 4', '"nbformat": 5'), "utf-8")
    with pytest.raises(RecordError) as caught:
        record.load(tree, "basics/sums")
    assert str(caught.value) == f"{PATH}:1: a notebook of nbformat 5, expected 4; {FIX}"


def test_truncated_record_is_refused_wherever_it_ends(written: Path, tree: Tree) -> None:
    whole = written.read_bytes()
    for length in range(1, len(whole) - 2, 97):
        written.write_bytes(whole[:length])
        with pytest.raises(RecordError):
            record.load(tree, "basics/sums")


def test_there_may_be_no_record(tree: Tree) -> None:
    assert record.load(tree, "basics/sums") is None
    assert tree.variants("basics/sums") == ()


def test_folder_in_place_of_a_record_is_refused(tree: Tree) -> None:
    tree.record("basics/sums").mkdir(parents=True)
    with pytest.raises(RecordError, match=rf"^{PATH}: cannot be read: Is a directory$"):
        record.load(tree, "basics/sums")


def test_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a" / "record.ipynb"
    write_whole(path, "one\n")
    assert path.read_text("utf-8") == "one\n"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "two\n")
    assert path.read_text("utf-8") == "one\n"
    assert os.listdir(path.parent) == ["record.ipynb"]


def test_written_file_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_whole(tmp_path / "record.ipynb", "x")
    finally:
        os.umask(mask)
    assert (tmp_path / "record.ipynb").stat().st_mode & 0o777 == 0o640


def test_variants_have_records_of_their_own(
    written: Path, by_hand: Callable[..., Path], tree: Tree, read_record: Callable[..., Record]
) -> None:
    path = by_hand("basics/sums", {}, variant="cuda", device="GPU")
    assert path.name == "sums.cuda.ipynb"
    assert tree.variants("basics/sums") == ("cuda",)
    assert read_record("basics/sums", "cuda").device == "GPU"
    assert record.command("basics/sums", "cuda") == "python -m snippets record basics/sums --variant cuda"
