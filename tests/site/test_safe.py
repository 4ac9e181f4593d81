"""What a page lets a browser do: its Content-Security-Policy, and that nothing on the site goes round it."""

import base64
import hashlib
import re
from urllib.parse import urlsplit

import pytest

from snippets._engine.project.tree import LANGUAGES
from snippets._site.build.policy import policy, with_policy

PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)
HEAD = '<html><head><meta charset="utf-8"><title>a</title>{}</head><body>{}</body></html>'
ADDRESSES = {"src", "href", "action", "formaction", "data", "poster", "srcset", "xlink:href", "ping", "background"}


def source(text: str) -> str:
    """How a policy names a script or a style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def directives(html: str) -> dict[str, list[str]]:
    """The policy that a page carries."""
    (content,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
    return {name: sources for name, *sources in (part.split() for part in content.split("; "))}


# How it is made


@pytest.mark.unit
def test_scripts_have_hashes_and_data_has_none():
    scripts = '<script>a()</script><script src="b.js"></script><script type="application/json">{}</script>'
    found = directives(with_policy(HEAD.format(scripts, "<article>b</article><script>c()</script>")))
    assert found["script-src"] == ["'self'", source("a()"), source("c()")]


@pytest.mark.unit
@pytest.mark.parametrize("text", ["<script>x()</script>", "</article><script>x()</script><article>"])
def test_a_script_in_the_text_has_none(text):
    found = directives(with_policy(HEAD.format("", f"<article>{text}</article><script>c()</script>")))
    assert found["script-src"] == ["'self'", source("c()")]


@pytest.mark.unit
def test_styles_have_hashes_where_there_are_any():
    assert directives(with_policy(HEAD.format("", "")))["style-src"] == ["'self'"]
    body = """<td style="text-align: right;">1</td><td style="text-align: right;">2</td><mi style='a:"b"'>x</mi>"""
    found = directives(with_policy(HEAD.format("<style>p{}</style>", body)))["style-src"]
    assert found == ["'self'", "'unsafe-hashes'", source("p{}"), source("text-align: right;"), source('a:"b"')]


@pytest.mark.unit
def test_nothing_stands_before_it_but_the_encoding():
    head = with_policy(HEAD.format("<script>a()</script>", "")).partition('<meta http-equiv="Content')[0]
    assert head == '<html><head><meta charset="utf-8">'
    with pytest.raises(ValueError, match="without <meta charset>"):
        with_policy("<html><head></head></html>")


@pytest.mark.unit
def test_everything_that_is_not_named_is_forbidden():
    parts = policy("").split("; ")
    assert parts[0] == "default-src 'none'"
    for name in ("object-src", "base-uri", "form-action"):
        assert f"{name} 'none'" in parts
    assert not re.search(r"unsafe-inline|unsafe-eval|https?:|\*|blob:", " ".join(parts))


# What the site has


def pages(site, lang: str) -> list[str]:
    """The addresses of a language's pages."""
    files = [path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*.html")]
    return [name.removesuffix("index.html") for name in sorted(files) if name.startswith("en/") == (lang == "en")]


@both
def test_every_page_carries_a_policy_for_its_own_scripts_only(site, lang):
    assert {f"{PREFIX[lang]}404.html", f"{PREFIX[lang]}glossary/", PREFIX[lang]} <= set(pages(site, lang))
    for address in pages(site, lang):
        page = site.html(address)
        found = directives(page.source)
        kinds = [e.attrs.get("http-equiv", e.tag) for e in page.elements]
        assert kinds.index("Content-Security-Policy") < min(kinds.index("script"), kinds.index("link")), address
        scripts = [e for e in page.of_tag("script") if "src" not in e.attrs and "type" not in e.attrs]
        assert found["script-src"] == ["'self'", *dict.fromkeys(source(e.text) for e in scripts)], address
        assert [e.tag for e in page.article.inside if e.tag in ("script", "iframe", "object", "embed")] == []
        assert not {"'unsafe-inline'", "'unsafe-eval'"} & {word for words in found.values() for word in words}


@both
def test_no_page_handles_events_in_its_html_or_loads_from_another_host(site, lang):
    wrong = []
    for address in pages(site, lang):
        for element in site.html(address).elements:
            for name, value in element.attrs.items():
                if name.startswith("on") or name == "srcdoc":
                    wrong.append((address, name, value))
                loads = element.tag not in ("a", "link") or element.attrs.get("rel") not in (None, "canonical")
                parts = urlsplit(value.strip()) if name in ADDRESSES else urlsplit("")
                if parts.scheme in ("javascript", "vbscript", "data") or (
                    loads and element.tag != "a" and parts.netloc
                ):
                    wrong.append((address, name, value))
    assert wrong == []


def test_no_picture_and_no_style_holds_a_script_or_another_host(site):
    pictures = sorted(site.folder.rglob("*.svg"))
    assert len(pictures) > 20
    known = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/1998/Math/MathML"}
    for path in [*pictures, *site.folder.rglob("*.css")]:
        text = path.read_text("utf-8")
        assert not re.search(r"<script|<foreignObject|\son\w+=|javascript:|@import|<!ENTITY", text), path
        hosts = re.findall(r"(?:href|src)=[\"']?([a-z]+:[^\"' >]*)|url\([\"']?(https?:[^)]*)", text)
        assert not [u for pair in hosts for u in pair if u and u not in known and not u.startswith("data:image/")], path
