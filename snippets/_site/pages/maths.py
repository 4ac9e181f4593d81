"""Formulas as MathML, made while the site is built: a page needs no script to show them.

Temml (temml.min.js, from the npm package temml 0.13.5, licence beside it) runs in this process, in mini-racer's V8.
"""

import atexit
import html
import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files

from snippets._engine.pages.formulas import formulas
from snippets._engine.pages.lines import Line
from snippets._engine.project.errors import PageError

_MARKED = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
LONG = 30
"""A formula of more signs than this in a sentence may be wider than a phone, and no browser breaks its line."""
_RENDER = """function render(tex, display) {
  try { return [temml.renderToString(tex, { displayMode: display, throwOnError: true, annotate: false }), ""] }
  catch (error) { return ["", error.message] }
}"""


@cache
def _engine() -> Callable[[str, str, bool], list[str]]:
    from py_mini_racer import MiniRacer  # takes half a second: only for a site with formulas

    context = MiniRacer()
    atexit.register(
        context.close
    )  # V8 has a thread that keeps the process from ending when Python takes it apart first
    context.eval((files("snippets._site.pages") / "temml.min.js").read_text("utf-8"))
    context.eval(_RENDER)
    return context.call  # type: ignore[no-any-return]


@cache
def mathml(tex: str, display: bool) -> str:
    """A formula as MathML.

    Raises:
        ValueError: it is not TeX that Temml knows; says where.
    """
    found, wrong = _engine()("render", tex, display)
    if wrong:
        raise ValueError(" ".join(wrong.replace("\u0332", "").split()))
    return found


def convert(content: str, path: str, lines: Iterable[Line]) -> str:
    """A page's HTML with its formulas as MathML.

    Args:
        path: the page as messages name it.
        lines: of its source, to find where a wrong formula stands.

    Raises:
        PageError: a formula that cannot be read.
    """

    def one(match: re.Match[str]) -> str:
        tex, display = html.unescape(match[3]).strip(), match[2] == "["
        try:
            made = mathml(tex, display)
        except ValueError as exc:
            line = next((formula.line for formula in formulas(lines) if formula.gives(tex)), None)
            raise PageError(path, line, f"formula `{' '.join(tex.split())}`: {exc}", "mend it") from None
        if display:
            return f'<div class="formula" tabindex="0">{made}</div>'
        is_long = len(html.unescape(_TAG.sub("", made))) > LONG
        return f'<span class="formula-long" tabindex="0">{made}</span>' if is_long else made

    return _MARKED.sub(one, content)
