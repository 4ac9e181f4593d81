"""The glossary: readable, in good order, and the check for words that it bans."""

import re
from pathlib import Path
from typing import Any

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


def glossary_findings(tree: Tree) -> list[str]:
    """What the audit says of terms and phrases."""
    return [str(finding) for finding in audit(tree) if finding.kind == "glossary"]


def test_a_term_that_no_page_uses_is_named_with_its_line_unless_it_is_marked(tree):
    path = tree.root / "docs" / "glossary.csv"
    assert glossary_findings(tree) == []
    (tree.root / "docs" / "en" / "a.md").write_text("# A {#a}\n\n`normalization`\n", "utf-8")
    unused = NORMAL.replace("chuẩn hóa,no", "x,no")
    path.write_text(HEAD + GRADIENT + unused, "utf-8")
    assert glossary_findings(tree) == [
        "docs/glossary.csv:3: no page uses `normalization`; use it, or mark it `later`",
    ]
    path.write_text(HEAD + GRADIENT + unused.replace(",\n", ",later\n"), "utf-8")
    assert glossary_findings(tree) == []


def test_each_use_of_a_term_that_comes_later_is_named_with_what_can_be_meant(tree):
    path = tree.root / "docs" / "glossary.csv"
    path.write_text(HEAD + GRADIENT + NORMAL.replace(",\n", ",later\n"), "utf-8")
    (tree.root / "docs" / "vi" / "a.md").write_text("# A {#a}\n\nGradient.\n\nChuẩn hóa, chuẩn hóa.\n", "utf-8")
    (tree.root / "docs" / "en" / "a.md").write_text("# A {#a}\n\nNormalization of a gradient\n", "utf-8")
    told = (
        "is a term that is not taught yet (normalization, marked `later` in docs/glossary.csv:3); if a page teaches it "
        "now, clear that mark; if something else is meant, say it otherwise, or allow the phrase by a [[glossary]] "
        "entry (phrase, reason) in docs/exceptions.toml"
    )
    assert glossary_findings(tree) == [
        f"docs/vi/a.md:5: `chuẩn hóa` {told}",
        f"docs/en/a.md:3: `normalization` {told}",
    ]
    allow(tree, "chuẩn hóa, chuẩn hóa", "Normalization of a")
    assert glossary_findings(tree) == []


EXTRA = "extra,{},{},no,More.,Thêm nữa.,{},autograd,\n"


def row(old: str, new: str) -> str:
    """The line of gradient with one of its parts replaced."""
    assert old in GRADIENT
    return GRADIENT.replace(old, new, 1)


def wrong_lines() -> list[Any]:
    """Wrong lines by kind: what stands in the file, and how its error goes on."""
    edges, unseen = "a space at its beginning or end", "a space too many, a line break, or a sign that cannot be seen"
    many = {
        "same id": (GRADIENT * 2, "3: id `gradient` stands in line 2 too; rename one"),
        "same English name": (
            GRADIENT + EXTRA.format("Gradient", "x", "y"),
            "3: en `Gradient` stands in line 2 too; re",
        ),
        "same Vietnamese name": (
            GRADIENT + EXTRA.format("x", "Gradient", "y"),
            "3: vi `Gradient` stands in line 2 too;",
        ),
        "same variant": (
            GRADIENT + EXTRA.format("x", "y", "Độ dốc"),
            "3: variants_vi `Độ dốc` stands in line 2 too; re",
        ),
        "variant twice": (row("gradients", "độ dốc"), "2: variants_vi `độ dốc` stands twice; remove one of them"),
        "variant that is a name": (
            NORMAL + EXTRA.format("x", "y", "chuẩn hoá"),
            "3: variants_vi bans `chuẩn hoá`, which is the vi of line 2; remove one of them",
        ),
        "empty": (row("Một vector.", ""), "2: no definition_vi; "),
        "a no-break space alone": (row("Một vector.", "\xa0"), "2: no definition_vi; "),
        "mark": (row(",\n", ",soon\n"), "2: unknown mark `soon`; there are: later, plain, or none"),
        "yes or no": (row(",yes,", ",maybe,"), "2: unknown keep_english `maybe`; there are: yes, no"),
        "topic": (row(",autograd,", ",cooking,"), "2: unknown first_used_in `cooking`; there are: tensor, "),
        "more columns": (row(",\n", ",,x\n"), "2: 10 columns, expected 9; the columns are: id, "),
        "fewer columns": (row(",\n", "\n"), "2: 8 columns, expected 9; "),
        "quote left open": (row("A vector.", '"A vector'), "2: not CSV: "),
        "line break": (
            row("A vector.", '"A\nvector"') + "x\n",
            f"2: definition_en has {unseen}: 'A\\nvector'; write `A vec",
        ),
        "leading space": (row("yes", " yes"), f"2: keep_english has {edges}: ' yes'; write `yes`"),
        "trailing space": (
            row("vector.", "vector. "),
            f"2: definition_en has {edges}: 'A vector. '; write `A vector.`",
        ),
        "two spaces": (row("A v", "A  v"), f"2: definition_en has {unseen}: "),
        "no-break space": (row("A v", "A\xa0v"), f"2: definition_en has {unseen}: 'A\\xa0vector.'; write `A vector.`"),
        "zero-width space": (row("vec", "vec\u200b"), f"2: definition_en has {unseen}: "),
        "soft hyphen": (row("vec", "vec\xad"), f"2: definition_en has {unseen}: "),
        "space before the mark": (row(",\n", ", later\n"), f"2: mark has {edges}: ' later'; write `later`"),
        "decomposed": (
            row("độ", "đo\u0323\u0302"),
            "2: variants_vi has letters not in Unicode's composed form (NFC): ",
        ),
        "space in a list": (
            row(";", "; "),
            "2: variants_vi has spaces around `gradients`: `độ dốc; gradients`; write `độ dốc;gradients`",
        ),
        "two semicolons": (
            row(";", ";;"),
            "2: variants_vi has an empty entry: `độ dốc;;gradients`; write `độ dốc;gradie",
        ),
        "semicolon at the end": (row("gradients", "gradients;"), "2: variants_vi has an empty entry: "),
        "semicolon alone": (row("độ dốc;gradients", ";"), "2: variants_vi has an empty entry: `;`; write `-`"),
        "hyphen in a list": (row("độ dốc", "-"), "2: variants_vi `-` begins with no word; begin it with a letter"),
        "variant without a word": (row("độ dốc", "(độ) dốc"), "2: variants_vi `(độ) dốc` begins with no word; "),
        "name without a word": (row("gradient,yes", "“gradient”,yes"), "2: vi `“gradient”` begins with no word; "),
        "upper-case id": (row("gradient,", "Gradient,"), "2: id `Gradient`; write another, in lower-case ASCII"),
        "id of the page itself": (row("gradient,", "topic-gpu,"), "2: id `topic-gpu`; write another, "),
    }
    return [pytest.param(*case, id=name) for name, case in many.items()]


@pytest.mark.parametrize(("rows", "message"), wrong_lines())
def test_a_wrong_line_is_an_error_of_the_audit(tree, rows, message):
    (tree.root / "docs" / "glossary.csv").write_text(HEAD + rows, "utf-8", newline="\n")
    errors = [str(finding) for finding in audit(tree) if finding.severity == "error"]
    expected = f"docs/glossary.csv:{message}"
    assert [error[: len(expected)] for error in errors] == [expected]


@pytest.mark.parametrize(
    "head", ["", "id,en,vi\n", HEAD.replace("id,", "id ,"), HEAD.replace("en,vi", "vi,en")], ids=repr
)
def test_columns_that_are_not_ours_are_an_error_of_the_first_line(tree, head):
    (tree.root / "docs" / "glossary.csv").write_text(head + GRADIENT, "utf-8")
    (error,) = (str(finding) for finding in audit(tree) if finding.severity == "error")
    assert error.startswith("docs/glossary.csv:1: the columns are ")
    assert error.endswith(f"; write {HEAD.strip()}")


def test_an_allowed_phrase_without_a_banned_word_is_a_finding_and_one_that_no_page_uses_is_none(tree):
    allow(tree, "độ dốc của con đường", "con đường", "tiêu chuẩn hoá quy trình")
    assert [str(f) for f in audit(tree) if f.kind == "glossary"] == [
        "docs/exceptions.toml:4: [[glossary]] `con đường` excuses nothing: no banned word and no term is in it; "
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
        "first,a loss (MSE),một,no,A.,A.,-,training,\n",
        "second,MSE,hai,no,A.,A.,-,training,\n",
        "third,a los,ba,no,A.,A.,-,training,\n",
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
