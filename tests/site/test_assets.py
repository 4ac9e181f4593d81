"""Every font, script, style and picture that the site publishes has a line in the list of licences."""

import csv
from fnmatch import fnmatch

import pytest

from snippets._engine.project.tree import LANGUAGES

from .conftest import ROOT

PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)


@both
def test_every_published_asset_is_listed_and_every_line_is_of_use(site, lang):
    with (ROOT / "tests" / "licences" / "assets.csv").open(encoding="utf-8", newline="") as file:
        patterns = {pattern for row in csv.DictReader(file) for pattern in row["files"].split()}
    start = site.folder / PREFIX[lang]
    published = [p.relative_to(start).as_posix() for p in (start / "assets").rglob("*") if p.is_file()]
    assert [name for name in published if not any(fnmatch(name, pattern) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(fnmatch(name, pattern) for name in published)] == []


@both
def test_only_the_search_scripts_that_are_loaded_are_published(site, lang):
    folder = site.folder / PREFIX[lang] / "assets" / "javascripts" / "lunr"
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == [
        "min/lunr.stemmer.support.min.js",
        "min/lunr.vi.min.js",
    ]
