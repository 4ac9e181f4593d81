"""A section of the nav holds pages of any folder: every list of pages goes by the nav, none by the folders."""

import importlib.util
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest

from snippets._engine.project.tree import LANGUAGES

_spec = importlib.util.spec_from_file_location("serve_driver", Path(__file__).with_name("serve_driver.py"))
assert _spec is not None
assert _spec.loader is not None
serve_driver = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(serve_driver)

#: The pages of each section, in order; of models/ and training/ some stand in the section `inside`.
SECTIONS = {
    "models": ["models/linear", "models/softmax"],
    "inside": ["models/layers", "training/depth"],
    "training": ["training/images", "models/large"],
}
TITLES = {
    "vi": {"models": "Mô hình", "inside": "Bên trong mạng", "training": "Huấn luyện"},
    "en": {"models": "Models", "inside": "Inside a network", "training": "Training"},
}
PREFIX = {"vi": "", "en": "en/"}
ORDER = [page for pages in SECTIONS.values() for page in pages]
SITE_URL = "https://example.org/"
both = pytest.mark.parametrize("lang", LANGUAGES)
every_page = pytest.mark.parametrize("page", ORDER)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Pages without code, built strictly in both languages."""
    root = tmp_path_factory.mktemp("nav")
    tree = serve_driver.make_tree(root / "tree")
    for name in serve_driver.CHAPTERS:
        for path in (tree.snippet(name), tree.test(name), *(tree.page(lang, name) for lang in LANGUAGES)):
            path.unlink()
    sections = "".join(f"  - {name}:\n" + "".join(f"      - {p}.md\n" for p in SECTIONS[name]) for name in SECTIONS)
    config = tree.root / "mkdocs.yml"
    nav = f"nav:\n  - home: index.md\n{sections}  - glossary.md\n"
    serve_driver.write(config, re.sub(r"^nav:\n(?:[ -].*\n)+", nav, config.read_text("utf-8"), flags=re.MULTILINE))
    glossary = (serve_driver.ROOT / "docs" / "glossary.csv").read_text("utf-8")
    serve_driver.write(tree.root / "docs" / "glossary.csv", glossary)
    for lang in LANGUAGES:
        serve_driver.write(tree.docs(lang) / "index.md", "---\ntemplate: home.html\n---\n\n# Home {#home}\n")
        for page in ORDER:
            serve_driver.write(tree.page(lang, page), f"# {title(lang, page)} {{#{Path(page).name}}}\n\nA line.\n")
    environment = os.environ | {"SITE_URL": SITE_URL, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(serve_driver.ROOT)}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(root / "site")]
    done = subprocess.run(command, cwd=tree.root, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return root / "site"


def title(lang: str, page: str) -> str:
    return f"{lang} {page}"


def address(lang: str, page: str) -> str:
    return f"{SITE_URL}{PREFIX[lang]}{page}/"


def html(site: Path, lang: str, page: str) -> str:
    return (site / PREFIX[lang] / page / "index.html").read_text("utf-8")


def part_of(source: str, start: str, end: str) -> str:
    return source.partition(start)[2].partition(end)[0]


def sections_of(source: str, here: str) -> dict[str, tuple[bool, list[str]]]:
    """The sections in a page's navigation: whether the page stands in it, and the addresses of its pages."""
    found = {}
    for text in re.split(r'<li class="(?=[^"]*md-nav__item--section)', part_of(source, "md-nav--primary", "<main"))[1:]:
        classes, _, rest = text.partition('"')
        name = part_of(rest, 'md-ellipsis">', "</span>").strip()
        links = [urljoin(here, link) for link in re.findall(r'<a href="([^"#]*)" class="md-nav__link', rest)]
        pages = [link for link in links if not link.endswith("/glossary/")]
        found[unescape(name)] = "md-nav__item--active" in classes, pages
    return found


@both
@every_page
def test_the_navigation_opens_the_section_of_the_nav(site, lang, page):
    expected = {
        TITLES[lang][name]: (page in pages, [address(lang, one) for one in pages]) for name, pages in SECTIONS.items()
    }
    assert sections_of(html(site, lang, page), address(lang, page)) == expected


@both
@every_page
def test_the_pages_before_and_after_are_those_of_the_nav(site, lang, page):
    source, number = html(site, lang, page), ORDER.index(page)
    around = {"prev": ORDER[number - 1] if number else "", "next": [*ORDER, "glossary"][number + 1]}
    for way, other in around.items():
        link = re.search(rf'<a href="([^"]*)" class="md-footer__link md-footer__link--{way}"', source)
        assert link, f"{page} has no page {way}"
        assert urljoin(address(lang, page), link[1]) == (address(lang, other) if other else SITE_URL + PREFIX[lang])


@both
def test_the_home_page_lists_each_section_with_its_pages(site, lang):
    listed = part_of(html(site, lang, ""), '<nav class="chapters"', "</nav>")
    found = {
        unescape(part_of(section, "<h3>", "</h3>")): [
            urljoin(SITE_URL + PREFIX[lang], link) for link in re.findall(r'href="([^"]*)"', section)
        ]
        for section in listed.split("<section>")[1:]
    }
    found = {name: [link for link in links if not link.endswith("/glossary/")] for name, links in found.items()}
    assert found == {TITLES[lang][name]: [address(lang, one) for one in pages] for name, pages in SECTIONS.items()}


@both
def test_llms_txt_lists_each_section_with_its_pages(site, lang):
    text = (site / PREFIX[lang] / "llms.txt").read_text("utf-8")
    for name, pages in SECTIONS.items():
        section = part_of(text, f"## {TITLES[lang][name]}\n", "\n## ")
        entries = re.findall(r"^- \[(.*?)\]\((\S*)index\.md\)", section, re.MULTILINE)
        assert entries == [(title(lang, page), address(lang, page)) for page in pages]


@every_page
def test_the_language_switch_leads_to_the_same_page(site, page):
    for lang in LANGUAGES:
        switch = part_of(html(site, lang, page), '<nav class="languages"', "</nav>")
        found = {urljoin(address(lang, page), link) for link in re.findall(r'<a href="([^"]*)"', switch)}
        assert found == {address(other, page) for other in LANGUAGES}
