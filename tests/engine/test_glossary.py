"""The glossary: readable, in good order, and the check for words that it bans."""

import re
from pathlib import Path

import pytest

from snippets._engine.audit.audit import audit
from snippets._engine.pages.page import parse
from snippets._engine.project import exceptions
from snippets._engine.project.cache import Cache
from snippets._engine.project.tree import LANGUAGES, Tree
from snippets._engine.records.library import Library
from snippets._engine.terms import glossary
from snippets._engine.terms.glossary import Glossary
from snippets._engine.terms.phrases import Finder

pytestmark = pytest.mark.unit
ROOT = Path(__file__).resolve().parents[2]
REAL = glossary.load(Tree(ROOT), exceptions.read(Tree(ROOT)).glossary)
HEAD = "id,en,vi,keep_english,definition_en,definition_vi,variants_vi,first_used_in,mark\n"
GRADIENT = "gradient,gradient,gradient,yes,A vector.,Một vector.,độ dốc;gradients,autograd,\n"
NORMAL = "normalization,normalization,chuẩn hóa,no,To scale.,Đưa về một thang.,tiêu chuẩn hóa,training,\n"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree with a small glossary and one page a language."""
    for lang in LANGUAGES:
        (tmp_path / "docs" / lang).mkdir(parents=True)
        (tmp_path / "docs" / lang / "a.md").write_text("# A {#a}\n\nMột gradient. Chuẩn hóa.\n", "utf-8")
    (tmp_path / "docs" / "glossary.csv").write_text(HEAD + GRADIENT + NORMAL, "utf-8")
    return Tree(tmp_path)


def found(tree: Tree, text: str) -> list[str]:
    """What the check says of a Vietnamese page: line and word."""
    page = parse(f"# A {{#a}}\n{text}", src_uri="a.md", path="docs/vi/a.md")
    terms = glossary.load(tree, exceptions.read(tree).glossary)
    return [f"{f.line} {re.findall('`(.*?)`', f.message)[0]}" for f in terms.banned(page)]


def allow(tree: Tree, *phrases: str) -> None:
    """Let some phrases through."""
    entries = (f'[[glossary]]\nphrase = "{phrase}"\nreason = "terrain"\n' for phrase in phrases)
    (tree.root / "docs" / "exceptions.toml").write_text("".join(entries), "utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Độ dốc ở đây", ["2 độ dốc"]),
        ("x\n\nhai Gradients, độ dốc", ["4 gradients", "4 độ dốc"]),
        ("tốc độ dốc", ["2 độ dốc"]),
        ("độ dốcx xgradients", []),
        ("`độ dốc` ``độ ` dốc``", []),
        ("```\nđộ dốc\n```", []),
        ("*gradient (gradients)*", []),
        ("[x](gradients.md) <https://h.org/gradients> <!-- độ dốc -->", []),
        ("::: cell #gradients", []),
        ('::: cell #x alt="độ dốc"', ["2 độ dốc"]),
        ("{{= #gradients.x }}", []),
        ("đô\u0323 dô\u0301c", ["2 độ dốc"]),
        ("tiêu chuẩn hoá", ["2 tiêu chuẩn hóa"]),
        ("độ dốc của con đường", []),
    ],
)
def test_banned_words_are_found_in_prose_only(tree, text, expected):
    allow(tree, "độ dốc của con đường")
    assert found(tree, text) == expected


def test_the_finding_says_what_to_write_and_breaks_nothing(tree):
    (tree.root / "docs" / "vi" / "a.md").write_text("# A {#a}\n\nđộ dốc, gradient, chuẩn hóa\n", "utf-8")
    told = [finding for finding in audit(tree) if finding.kind == "banned"]
    assert [str(finding) for finding in told] == [
        "docs/vi/a.md:3: `độ dốc` is not this site's word for gradient; write `gradient`, or allow the phrase by "
        "a [[glossary]] entry (phrase, reason) in docs/exceptions.toml"
    ]
    assert told[0].severity == "note"


def test_every_term_is_used_or_marked(tree):
    path = tree.root / "docs" / "glossary.csv"
    assert [f for f in audit(tree) if f.kind == "glossary"] == []
    path.write_text(HEAD + GRADIENT.replace(",\n", ",later\n") + NORMAL.replace("chuẩn hóa,no", "x,no"), "utf-8")
    (tree.root / "docs" / "en" / "a.md").write_text("# A {#a}\n\n`normalization`\n", "utf-8")
    assert [f.message for f in audit(tree) if f.kind == "glossary"] == [
        "no page uses normalization",
        "marked `later`, but pages use gradient",
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (GRADIENT + GRADIENT, "docs/glossary.csv:3: id `gradient` stands in line 2 too"),
        (GRADIENT.replace("Một vector.", ""), "docs/glossary.csv:2: no definition_vi"),
        (GRADIENT.replace(",\n", ",soon\n"), "docs/glossary.csv:2: unknown mark `soon`"),
        (GRADIENT.replace(",\n", ",,x\n"), "docs/glossary.csv:2: more columns than the first line"),
        (GRADIENT.replace("độ", "đo\u0323\u0302"), "docs/glossary.csv:2: not in Unicode's composed form"),
    ],
)
def test_a_wrong_line_is_an_error_of_the_audit(tree, rows, message):
    (tree.root / "docs" / "glossary.csv").write_text(HEAD + rows, "utf-8")
    errors = [str(finding) for finding in audit(tree) if finding.severity == "error"]
    assert len(errors) == 1
    assert errors[0].startswith(message)


def test_an_allowed_phrase_without_a_banned_word_is_a_finding_and_one_that_no_page_uses_is_none(tree):
    allow(tree, "độ dốc của con đường", "con đường", "tiêu chuẩn hoá quy trình")
    assert [str(f) for f in audit(tree) if f.kind == "glossary"] == [
        "docs/exceptions.toml:4: [[glossary]] `con đường` excuses nothing: no banned word is in it; "
        "write the whole phrase, or remove the entry"
    ]


def test_what_is_kept_of_a_page_follows_the_allowed_phrases(tree, tmp_path):
    library = Library(tree)
    library.cache = Cache(tmp_path / "keep", "base")
    (tree.root / "docs" / "vi" / "a.md").write_text("# A {#a}\n\nđộ dốc của con đường, gradient, chuẩn hóa\n", "utf-8")
    told = []
    for phrases in ((), ("độ dốc của con đường",), ("độ dốc của sườn",)):
        allow(tree, *phrases)
        told.append([f.kind for f in audit(tree, library) if f.kind == "banned"])
    assert told == [["banned"], [], ["banned"]]


def test_what_two_terms_are_called_is_the_one_s_that_is_named_so(tree):
    rows = [
        "first,a loss (MSE),một,no,A.,A.,-,a,\n",
        "second,MSE,hai,no,A.,A.,-,a,\n",
        "third,a los,ba,no,A.,A.,-,a,\n",
        "fourth,a los,bốn,no,A.,A.,-,a,\n",
    ]
    (tree.root / "docs" / "glossary.csv").write_text(HEAD + "".join(rows), "utf-8")
    found = glossary.load(tree).finder("en").find("MSE, a loss, a los, a losss")
    assert [(f.phrase, f.key) for f in found] == [("MSE", "second"), ("a loss", "first"), ("a los", "third")]


def test_the_real_glossary_bans_none_of_its_own_words():
    assert len(REAL.terms) >= 158
    text = "\n".join(f"{term.names['vi']}. {term.definitions['vi']}" for term in REAL.terms)
    page = parse(f"# A {{#a}}\n{text}", src_uri="a.md", path="docs/vi/a.md")
    assert [str(finding) for finding in Glossary(REAL.path, REAL.terms).banned(page)] == []


def test_abbreviations_and_plurals_are_forms_of_a_term():
    forms = {term.id: term.forms("en") for term in REAL.terms}
    assert forms["mean-squared-error"] == ("mean squared error", "mean squared errors", "MSE")
    assert forms["kernel"] == ("kernel", "kernels")
    assert REAL.by_id["multilayer-perceptron"].forms("vi") == ("perceptron đa tầng", "MLP")


def test_the_longest_phrase_wins_and_none_overlaps():
    finder = Finder({"a": "1", "a b": "2", "b c": "3"})
    assert [(f.start, f.end, f.key) for f in finder.find("A\nb c ab a")] == [(0, 3, "2"), (9, 10, "1")]
