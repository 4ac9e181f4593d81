"""Formulas become MathML in the build, with their font; what is wrong with one is told with file and line."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from snippets._engine.pages.formulas import formulas, outside
from snippets._engine.pages.lines import read_lines
from snippets._engine.pages.page import parse
from snippets._engine.project.errors import PageError
from snippets._site.pages import maths

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "basics/autograd"
SECTION = r"""
## {title} {{#formulas}}

$\nabla_\theta L$ {word} $x = {{{{= #backward.x.grad }}}}$, `$HOME` 5 $.

$$
a_{{i=1}} [x](y) = {{{{= #backward.x.grad :.2f }}}}
$$

$\sum_{{i=1}}^{{N}} [z](w) = {{{{= #backward.x.grad }}}}$

$$
f(x) = \begin{{cases}} x & \text{{{word} }} x > 0 \\ 0 & \text{{{word}}} \end{{cases}}
$$

- $$\begin{{aligned}} a &= \operatorname*{{argmin}}_\theta \mathbf{{W}}^\top x \\ b &= \mathbb{{E}}[z] \end{{aligned}}$$
"""
WORDS = {"vi": ("Công thức", "nếu ngược lại thì được"), "en": ("Formulas", "if the other")}


def with_section(tree, lang: str, text: str) -> int:
    """Put a section before `#next`; the line of its first line."""
    page = tree.page(lang, CHAPTER)
    before, after = re.split(r"(?=^## .*\{#next\})", page.read_text("utf-8"), flags=re.MULTILINE)
    page.write_text(before + text.lstrip("\n") + "\n" + after, "utf-8")
    return before.count("\n") + 1


def filled(lang: str) -> str:
    title, word = WORDS[lang]
    return SECTION.format(title=title, word=word)


def test_formulas_are_mathml_in_both_languages(build_site, copied_tree, tmp_path):
    for lang in copied_tree.languages:
        with_section(copied_tree, lang, filled(lang))
    config = copied_tree.root / "mkdocs.yml"
    views = re.sub(r"(?m)^( +notebook_views:).*$", rf"\1 [{CHAPTER}]", config.read_text("utf-8"))
    config.write_text(views, "utf-8")
    done = build_site("--strict")
    assert done.returncode == 0, done.stderr
    for lang, prefix in (("vi", ""), ("en", "en/")):
        site = tmp_path / "site" / prefix
        page = (site / CHAPTER / "index.html").read_text("utf-8")
        section = page[page.index('id="formulas"') : page.index('id="next"')]
        assert section.count("<math") == 6
        assert section.count('<div class="formula"') == 3
        assert f"<mtext>{WORDS[lang][1]}</mtext>".replace(" ", "\u00a0") in section
        assert "<mi>x</mi><mo>=</mo><mn>18.0</mn>" in section
        assert "<mi>𝐖</mi>" in section
        assert "$HOME" in section
        notebook = json.loads((site / CHAPTER / "autograd.ipynb").read_text("utf-8"))
        copies = [
            (site / CHAPTER / "index.md").read_text("utf-8"),
            "".join("".join(c["source"]) for c in notebook["cells"]),
        ]
        for copy in copies:
            assert r"$\sum_{i=1}^{N} [z](w) = 18.0$" in copy
            assert "$$\na_{i=1} [x](y) = 18.00\n$$" in copy
        view = (site / CHAPTER / "notebook" / "index.html").read_text("utf-8")
        formulas = re.findall(r"<math.*?</math>", section)
        assert re.findall(r"<math.*?</math>", view[view.index('id="formulas"') :]) == formulas
        assert "arithmatex" not in view
        assert not re.search(r"\\[(\[a-z]|arithmatex", section)
        css = (site / "assets/stylesheets/all.css").read_text("utf-8")
        assert "stix-two-math-400.woff2" in css
        assert "maths.css" not in page, "the one stylesheet has its rules"


def test_a_wrong_formula_stops_the_build_at_its_line(build_site, copied_tree):
    page = copied_tree.page("vi", CHAPTER)
    page.write_text("---\ndescription: x\n---\n\n" + page.read_text("utf-8"), "utf-8")
    wrong = "$y$ $\\frac{ {{= #backward.x.grad }} }{$"
    places = [with_section(copied_tree, lang, f"{filled(lang)}\n{wrong}\n") for lang in ("en", "vi")]
    line = places[1] + filled("vi").strip("\n").count("\n") + 2
    done = build_site()
    assert done.returncode == 1
    assert f"docs/vi/{CHAPTER}.md:{line}: formula `\\frac{{ 18.0 }}{{`: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.unit
def test_a_formula_in_a_heading_is_refused():
    with pytest.raises(PageError, match=r"^docs/vi/a\.md:3: heading `The \$\\nabla\$` holds a formula"):
        parse("# A {#a}\n\n## The $\\nabla$ {#b}\n", src_uri="a.md", path="docs/vi/a.md")
    parse("# `$HOME$` costs 5 $ {#a}\n", src_uri="a.md", path="docs/vi/a.md")


@pytest.mark.unit
def test_formulas_are_found_where_the_page_has_them():
    text = "a $x$ `$no$` $5 and 6 $\n\n```\n$no$\n```\n\n$$\na {{= #c.d }}\n  b\n$$\n\\$no$\n"
    found = list(formulas(read_lines(text)))
    assert [(formula.line, formula.tex.split()) for formula in found] == [
        (1, ["x"]),
        (7, ["a", "{{=", "#c.d", "}}", "b"]),
    ]
    assert found[1].gives("a 1.5 b")
    assert not found[1].gives("a 1.5 c")


@pytest.mark.unit
def test_nothing_in_a_formula_is_changed_by_who_changes_the_text_around_it():
    text = r"a {#x} $\sum_{i=1}^{N} [x](y)$ `$a$ {#x}` $$b_{i=2}$$ {#x}"
    changed = outside(text, lambda around: re.sub(r"\{[^}]*\}|\[x\]\(y\)", "-", around))
    assert changed == r"a - $\sum_{i=1}^{N} [x](y)$ `$a$ -` $$b_{i=2}$$ -"


@pytest.mark.unit
@pytest.mark.parametrize(("tex", "long"), [("w = 2.00", False), (r"\hat{y} = " + " + ".join("abcdefghijklmnop"), True)])
def test_a_formula_that_may_be_wider_than_a_phone_can_scroll_in_its_sentence(tex, long):
    made = maths.convert(rf'<p>a <span class="arithmatex">\({tex}\)</span></p>', "a.md", [])
    assert ('<span class="formula-long" tabindex="0"><math' in made) is long


@pytest.mark.unit
@pytest.mark.parametrize("tex", [r"\frac{1}{2", r"\nosuch{x}", r"x^", r"\begin{cases} x", r"\left( x"])
def test_tex_that_cannot_be_read_is_an_error(tex):
    with pytest.raises(ValueError, match=r"\S"):
        maths.mathml(tex, False)


@pytest.mark.unit
def test_the_font_still_has_its_table_for_maths():
    font = (ROOT / "docs/assets/fonts/stix-two-math-400.woff2").read_bytes()
    assert len(font) < 115_000
    assert font[:4] == b"wOF2"
    assert 31 in tables(font)  # MATH, in the list of known tags of WOFF2


def tables(font: bytes) -> set[int]:
    """The known tags in a WOFF2 file's directory."""
    place, found = 48, set()
    for _ in range(int.from_bytes(font[12:14])):
        flags = font[place]
        tag, version = flags & 0x3F, flags >> 6
        found.add(tag)
        place += 1 + 4 * (tag == 63)
        for _ in range(1 + (version != 3 if tag in (10, 11) else version != 0)):  # lengths, seven bits a byte
            while font[place] & 0x80:
                place += 1
            place += 1
    return found


def test_a_process_that_made_a_formula_ends():
    """The engine's thread kept some from ending, for ever."""
    script = "from snippets._site.pages.maths import mathml\nprint(mathml('x', False))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, timeout=120, check=True)
    assert b"<math" in done.stdout
