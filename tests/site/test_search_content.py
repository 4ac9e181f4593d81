"""What of a page's HTML gets into the search index, and in which portion."""

import json
from types import SimpleNamespace

import pytest

from snippets._site.search.content import searchable
from snippets._site.search.entries import SHORT, shortened
from snippets._site.search.index import SplitIndex

pytestmark = pytest.mark.unit
CODE = '<div id="cell-a" class="cell" data-cell="part/own#a"><pre><code>raise KeyError: 1\n</code></pre></div>'


def output(text: str, kind: str = "text", chapter: str = "part/own") -> str:
    return (
        f'<div class="language-text cell-output" data-cell="{chapter}#a" data-kind="{kind}">'
        f"<pre><span></span><code>{text}\n</code></pre></div>"
    )


def block(message: str) -> str:
    return f"<p>before</p><pre><code>{message}</code></pre><p>after</p>"


def found(*elements: str) -> str:
    return searchable(f"<p>before</p>{''.join(elements)}<p>after</p>", "part/own")


@pytest.mark.parametrize(
    "element",
    [
        CODE,
        output("loss: 0.25"),
        output("ValueErrors: 3"),
        output("", "figure"),
        output("RuntimeError: of another chapter", "error", "part/other"),
        '<div class="cell-output" data-cell="part/own#a" data-kind="frames"><div><div>lr</div></div></div>',
        '<details class="provenance" data-torch="2.13.0"><summary>torch</summary><p>mã nguồn</p></details>',
        '<div class="versions" id="versions"><table><tr><td>torch</td></tr></table></div>',
    ],
    ids=["code", "text", "a word like one", "figure", "another chapter's", "frames", "provenance", "versions"],
)
def test_what_is_left_out(element):
    assert found(element) == "<p>before</p><p>after</p>"


@pytest.mark.parametrize(
    ("element", "message"),
    [
        (output("RuntimeError: no &lt;grad&gt;", "error"), "RuntimeError: no &lt;grad&gt;"),
        (
            output("RuntimeError: one\n\tsize mismatch: two\n\nthree", "error"),
            "RuntimeError: one size mismatch: two three",
        ),
        (output("loss: 1\nUserWarning: a target\nacc: 0.5"), "UserWarning: a target"),
        (output("IndexError: index out\nof range\n\nloss: 1"), "IndexError: index out of range"),
        (output("error: mat1 and mat2"), "error: mat1 and mat2"),
        (output("torch.OutOfMemoryError: CUDA"), "torch.OutOfMemoryError: CUDA"),
        (output("TypeError: x\nTypeError: x"), "TypeError: x"),
    ],
    ids=["error", "all lines of an error", "warning", "wrapped", "caught", "dotted", "twice"],
)
def test_a_message_stays(element, message):
    assert found(CODE, element) == block(message)


def code(text: str) -> str:
    return f'<div id="cell-a" class="cell" data-cell="part/own#a"><pre><span></span><code>{text}\n</code></pre></div>'


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('x <span class="o">=</span> torch<span class="o">.</span>cat([a, b])', "torch.cat"),
        ("from torch.utils.data import DataLoader, TensorDataset", "torch.utils.data DataLoader TensorDataset"),
        ("for p in model.named_parameters():", "named_parameters"),
        ("y = F.one_hot(x)\nz = F.one_hot(y)", "F.one_hot"),
    ],
    ids=["function", "import", "method", "once"],
)
def test_of_code_the_names_that_the_prose_lacks_are_found(text, names):
    listed = " ".join(f"<code>{name}</code>" for name in names.split())
    assert found(code(text)) == f"<p>before</p><p>{listed}</p><p>after</p>"


@pytest.mark.parametrize(
    "text", ["torch.before(1)", "losses.append(1)", "ax.set_title(1)", "plt.show()", "x = 1", '"a".join(b)']
)
def test_other_names_are_not(text):
    assert found(code(text)) == "<p>before</p><p>after</p>"


def test_a_name_is_found_where_it_comes_first():
    assert found(code("torch.cat(a)"), "<p>between</p>", code("torch.cat(b)")).count("torch.cat") == 1


def test_only_the_first_lines_of_a_long_message_stay():
    lines = "\n".join(f"key {number}" for number in range(50))
    assert "key 10" in found(output(f"KeyError: many\n{lines}", "error"))
    assert "key 11" not in found(output(f"KeyError: many\n{lines}", "error"))


def test_an_element_that_never_ends_is_left_out_to_the_end():
    assert searchable('<p>a</p><div data-x="" data-cell="part/own#a"><p>b</p>', "part/own") == "<p>a</p>"


def entry(text: str, part: str = "steps", **more: object) -> dict[str, object]:
    return shortened({"location": "part/own/#a", "title": "A", "text": text, **more}, part)


LONG = "<p>" + "một câu dài " * 10 + "</p>"


def test_a_long_text_comes_in_portions_and_names_come_first():
    made = entry(f"{LONG}<p>Gọi <code>zero_grad()</code>.</p>{LONG * 2}<pre><code>KeyError: 1</code></pre>")
    assert made["text"] == f"{LONG}<pre><code>KeyError: 1</code></pre>"
    assert made["names"] == "zero_grad"
    assert made["rest"] == f"<p>Gọi <code>zero_grad()</code>.</p>{LONG * 2}"


def test_a_short_text_comes_whole():
    text = "<p>một</p><ul> <li>hai</li> </ul> ba"
    assert len(text) < SHORT
    assert entry(text) == {"location": "part/own/#a", "title": "A", "text": text, "names": "", "rest": ""}


def test_what_does_not_explain_comes_behind_and_counts_less():
    made = entry("<p>Gọi <code>zero_grad()</code>.</p><pre><code>KeyError: 1</code></pre>", "exercises", boost=0.5)
    assert made["text"] == "<pre><code>KeyError: 1</code></pre>"
    assert made["names"] == ""
    assert made["boost"] == 0.01


def test_letters_are_composed():
    assert entry("<p>a\u0323</p>")["text"] == "<p>ạ</p>"


def test_the_first_file_is_utf8_that_can_be_written_whatever_stands_in_it():
    config = {"lang": ["vi"], "separator": " ", "pipeline": [], "fields": {}, "enabled": True}
    entries = [entry("<p>ạ \ud800</p>") | {"rest": "<p>đ</p>"}]
    index = SimpleNamespace(entries=entries, config=config, add_entry_from_context=None, generate_search_index=None)
    SplitIndex(index, None, SimpleNamespace(pages=()))  # type: ignore[arg-type]
    text = index.generate_search_index(None)
    assert "ạ \\ud800" in text
    assert text.encode()
    [doc] = json.loads(text)["docs"]
    assert doc["text"] == "<p>ạ \ud800</p>"
    assert "rest" not in doc
