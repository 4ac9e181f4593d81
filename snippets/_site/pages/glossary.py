"""The page of the glossary, and in other pages a link to it from each term's first use in a section.

It is a link with the definition as its title, which serves without a script; assets/javascripts/terms.js opens the
definition in place. <abbr> would serve the mouse alone.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from snippets._engine.project import exceptions
from snippets._engine.project.errors import SnippetsError
from snippets._engine.project.tree import Tree
from snippets._engine.terms import glossary
from snippets._engine.terms.entries import TOPICS, Term
from snippets._engine.terms.glossary import Glossary
from snippets._engine.terms.phrases import Finder

from ..build.languages import other_language

_TAGS = re.compile(r"(<!--.*?-->|<[^>]*>)", re.DOTALL)
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-z][a-z0-9]*)(?P<rest>[^>]*)>", re.IGNORECASE)
_SECTION = re.compile(r"h[12]")
"""What begins a section; under each of its subheadings the same terms again would make a page restless."""
NOT_LINKED = ("plain", "later")
"""The marks of terms too common for a link, and of those whose words a page uses in passing, before it teaches them."""
_NOT_PROSE = re.compile(r"a|code|pre|h[1-6]|summary|th|math|svg|script|style|button|label")
_NOT_PROSE_CLASS = re.compile(
    r'class="(?:[^"]*\s)?(?:admonition-title|provenance|versions|not-run|behind|arithmatex|frames)[\s"]'
)


@dataclass(frozen=True)
class Words:
    """What the page says around the terms."""

    title: str
    intro: str
    also: str
    topics: Mapping[str, str]


WORDS = {
    "vi": Words(
        "Thuật ngữ",
        "Mỗi thuật ngữ trên trang này có đúng một cách gọi. Tên tiếng Anh đứng bên cạnh để bạn tra tài liệu gốc. "
        "Có nơi dịch khác; những cách dịch ấy ghi ở dưới, nên gõ chúng vào ô tìm kiếm bạn vẫn tìm ra.",
        "Nơi khác còn viết:",
        {
            "tensor": "Tensor",
            "autograd": "Autograd và đạo hàm",
            "regression": "Mô hình và hồi quy",
            "classification": "Phân loại và mạng nơ-ron",
            "training": "Huấn luyện",
            "evaluation": "Đánh giá",
            "gpu": "GPU và tốc độ",
            "engineering": "Làm cho bền",
        },
    ),
    "en": Words(
        "Glossary",
        "Each term has one name on this site, and its Vietnamese name stands beside it.",
        "",
        {
            "tensor": "Tensors",
            "autograd": "Autograd and derivatives",
            "regression": "Models and regression",
            "classification": "Classification and neural networks",
            "training": "Training",
            "evaluation": "Evaluation",
            "gpu": "GPUs and speed",
            "engineering": "Made to last",
        },
    ),
}


def read(tree: Tree) -> Glossary:
    """The glossary; an empty one where it or its exceptions cannot be read, which is an error of the audit."""
    try:
        return glossary.load(tree, exceptions.read(tree).glossary)
    except SnippetsError:
        return Glossary("", ())


def page(terms: Glossary, lang: str) -> str:
    """The glossary as a page: every term under a heading with its id, so that search leads to it.

    Chapters come before it in a search for what both hold.
    """
    words = WORDS[lang]
    lines = ["---", "search: {boost: 0.3}", "---", "", f"# {words.title} {{#glossary}}", "", words.intro, ""]
    topic = ""
    for term in sorted(terms.terms, key=lambda term: TOPICS.index(term.topic)):
        if term.topic != topic:
            topic = term.topic
            lines += [f"## {words.topics[topic]} {{#topic-{topic}}}", ""]
        lines += _entry(term, lang, words)
    return "\n".join(lines)


def _entry(term: Term, lang: str, words: Words) -> Iterator[str]:
    other = other_language(lang)
    name, twin = term.names[lang], f'<span lang="{other}">{html.escape(term.names[other])}</span>'
    same = name == term.names[other]
    if lang == "vi":
        yield f"### {name}{'' if same else f' · {twin}'} {{#{term.id}}}"
    else:
        yield f"### {name} {{#{term.id}}}"
    yield ""
    yield html.escape(term.definitions[lang], quote=False)
    yield ""
    if lang == "vi" and term.variants:
        items = "".join(f"<li>{html.escape(variant)}</li>" for variant in term.variants)
        yield f'<div class="variants"><p>{words.also}</p><ul>{items}</ul></div>'
    elif lang == "en" and not same:
        yield f'<p class="glossary-twin" data-search-exclude>{twin}</p>'
    yield ""


@dataclass(frozen=True)
class Linker:
    """Links the terms of one language's pages."""

    terms: Mapping[str, Term]
    finder: Finder
    lang: str

    @classmethod
    def of(cls, terms: Glossary, lang: str) -> "Linker":
        """The linker for a language."""
        return cls(terms.by_id, terms.finder(lang), lang)

    def link(self, content: str, address: str) -> str:
        """Link the first use of each term in each section of a page.

        Args:
            content: the page's HTML.
            address: of the glossary, relative to the page.
        """
        seen: set[str] = set()
        inside, depth, out = "", 0, []
        for part in _TAGS.split(content):
            tag = _TAG.match(part)
            if tag is None:
                out.append(part if inside or part.startswith("<!--") else self._text(part, address, seen))
                continue
            out.append(part)
            name = tag["name"].lower()
            if not tag["close"] and _SECTION.fullmatch(name):
                seen.clear()
            if inside:
                depth += name == inside and (-1 if tag["close"] else 1)
                inside = inside if depth else ""
            elif not tag["close"] and (_NOT_PROSE.fullmatch(name) or _NOT_PROSE_CLASS.search(tag["rest"])):
                inside, depth = name, 1
        return "".join(out)

    def _text(self, text: str, address: str, seen: set[str]) -> str:
        out, done = [], 0
        for found in self.finder.find(text):
            term = self.terms.get(found.key)
            if term is None or term.mark in NOT_LINKED or term.id in seen:
                continue
            seen.add(term.id)
            out += [text[done : found.start], self._link(term, address, text[found.start : found.end])]
            done = found.end
        return "".join([*out, text[done:]])

    def _link(self, term: Term, address: str, text: str) -> str:
        title, english = html.escape(term.definitions[self.lang]), html.escape(term.names["en"])
        twin = f' data-en="{english}"' if self.lang == "vi" and term.names["vi"] != term.names["en"] else ""
        return f'<a class="term" href="{address}#{term.id}"{twin} title="{title}">{text}</a>'
