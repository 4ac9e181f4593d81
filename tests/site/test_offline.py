"""The site as a folder and as an archive: what OFFLINE and OFFLINE_ZIP ask for, and what the builds then write."""

import os
import re
import subprocess
import sys
import zipfile
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from mkdocs.exceptions import PluginError

from snippets._engine.project.tree import LANGUAGES
from snippets._engine.render import addresses
from snippets._site.build.llms import PlainCopies
from snippets._site.build.policy import with_policy
from snippets._site.offline.asked import NotServedError, Offline, asked, refuse_other_commands
from snippets._site.offline.folder import adapt_copies
from snippets._site.offline.local import adapted, as_file

from .conftest import ROOT, build

PREFIX = {"vi": "", "en": "en/"}
both = pytest.mark.parametrize("lang", LANGUAGES)


# Links


@pytest.mark.unit
@pytest.mark.parametrize(
    ("url", "file"),
    [
        pytest.param("../shapes/", "../shapes/index.html", id="folder"),
        pytest.param("../shapes/#rows", "../shapes/index.html#rows", id="section"),
        pytest.param("../?h=a/#b/", "../index.html?h=a/#b/", id="query"),
        pytest.param(".", "./index.html", id="here"),
        pytest.param("../..", "../../index.html", id="above"),
        pytest.param("#rows/", "#rows/", id="section-of-this-page"),
        pytest.param("", "", id="empty"),
        pytest.param("tensors.ipynb", "tensors.ipynb", id="file"),
        pytest.param("../a.b/c..", "../a.b/c..", id="dots-in-a-name"),
        pytest.param("https://pytorch.org/", "https://pytorch.org/", id="other-site"),
        pytest.param("mailto:a@b.c/", "mailto:a@b.c/", id="mail"),
        pytest.param("//pytorch.org/", "//pytorch.org/", id="same-scheme"),
    ],
)
def test_a_link_to_a_folder_names_its_file(url, file):
    assert as_file(url) == file


@pytest.mark.unit
@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            '<a title="a > b" href="../x/">', '<a title="a > b" href="../x/index.html">', id="sign-in-a-title"
        ),
        pytest.param("<A\nHREF='../x/'>", "<A\nHREF='../x/index.html'>", id="otherwise-written"),
        pytest.param('<link rel="next" href="../x/">', '<link rel="next" href="../x/index.html">', id="link"),
        pytest.param('<a data-href="x/">', '<a data-href="x/">', id="no-link"),
        pytest.param('<p>href="x/" &lt;a href="x/"&gt;', '<p>href="x/" &lt;a href="x/"&gt;', id="text"),
        pytest.param('<a href="a.py">f</a> · <a href="{colab}">C</a>.', '<a href="a.py">f</a>.', id="colab"),
        pytest.param('<li><a href="{colab}" rel="x">C</a></li><li>a</li>', "<li>a</li>", id="colab-in-a-list"),
        pytest.param('<a href="https://colab.research.google.com/">C</a>', None, id="colab-in-a-text"),
        pytest.param('<link rel="canonical" href="https://a/b/">', "", id="canonical"),
    ],
)
def test_a_page_of_a_folder_has_what_a_disk_can_follow(before, after):
    before = before.replace("{colab}", addresses.colab("a/b", "vi", "basics/tensors"))
    assert adapted(before) == (before if after is None else after)


@pytest.mark.unit
def test_a_page_of_a_folder_has_no_policy_and_is_marked():
    page = '<html lang="vi"><meta charset="utf-8"><p style="color: red">'
    assert adapted(with_policy(page)) == page.replace("<html", "<html data-offline")


# What is asked for


@pytest.mark.unit
@pytest.mark.parametrize(("value", "folder"), [(None, False), ("", False), ("0", False), ("1", True)])
def test_one_asks_for_a_folder(value, folder):
    assert asked({} if value is None else {"OFFLINE": value}) == Offline(folder=folder)


@pytest.mark.unit
@pytest.mark.parametrize("value", ["yes", "true", "2", " 1"])
def test_another_value_is_told(value):
    with pytest.raises(PluginError, match=f"OFFLINE is `{value}`, expected 1"):
        asked({"OFFLINE": value})


@pytest.mark.unit
@pytest.mark.parametrize(
    ("command", "dirty", "said"),
    [
        pytest.param("serve", False, "is for `mkdocs build`, not for `mkdocs serve`", id="serve"),
        pytest.param("gh-deploy", False, "is for `mkdocs build`, not for `mkdocs gh-deploy`", id="deploy"),
        pytest.param("build", True, "leave out --dirty", id="dirty"),
    ],
)
def test_only_a_whole_build_writes_a_folder(command, dirty, said, capsys):
    with pytest.raises(NotServedError, match=said) as told:
        refuse_other_commands({"OFFLINE": "1"}, command, dirty=dirty)
    told.value.show()
    assert (told.value.exit_code, capsys.readouterr().err) == (2, f"{told.value.message}\n")
    refuse_other_commands({"OFFLINE": "0"}, command, dirty=dirty)


def zipped(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "/") + ".html", text)
    return path


FOLDER = '<!doctype html>\n<html data-offline lang="vi">'


@pytest.mark.unit
@pytest.mark.parametrize("names", [["index", "en_index"], ["site_index", "site_en_index"]], ids=["flat", "in-a-folder"])
def test_an_archive_of_a_folder_is_taken(names, tmp_path):
    path = zipped(tmp_path / "a b.zip", **dict.fromkeys(names, FOLDER))
    found = asked({"OFFLINE_ZIP": str(path)})
    assert found == Offline(archive=path, size=path.stat().st_size)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda path: None, "which does not exist", id="missing"),
        pytest.param(lambda path: path.mkdir(), "which is no zip archive", id="a-folder"),
        pytest.param(lambda path: path.write_text(FOLDER), "which is no zip archive", id="another-file"),
        pytest.param(lambda path: path.write_bytes(b""), "which is no zip archive", id="empty"),
        pytest.param(lambda path: zipped(path), "whose index.html is of no such folder", id="nothing-in-it"),
        pytest.param(lambda path: zipped(path, index='<html lang="vi">'), "is of no such folder", id="of-a-host"),
    ],
)
def test_what_is_no_such_archive_is_told_in_one_line(make, said, tmp_path):
    make(tmp_path / "site.zip")
    with pytest.raises(PluginError, match=said) as told:
        asked({"OFFLINE_ZIP": str(tmp_path / "site.zip")})
    assert "\n" not in str(told.value)
    assert "OFFLINE=1" in str(told.value)


@pytest.mark.unit
def test_an_archive_that_was_cut_short_is_told(tmp_path):
    path = zipped(tmp_path / "site.zip", index=FOLDER)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(PluginError, match="which is no zip archive"):
        asked({"OFFLINE_ZIP": str(path)})


@pytest.mark.unit
def test_a_folder_offers_no_archive_of_itself(tmp_path):
    with pytest.raises(PluginError, match="expected one of them"):
        asked({"OFFLINE": "1", "OFFLINE_ZIP": str(zipped(tmp_path / "site.zip", index=FOLDER))})


@pytest.mark.unit
@pytest.mark.parametrize(("size", "said"), [(6_398_528, "6,4"), (1_000, "0,1"), (123_456_789, "123,5")])
def test_the_size_of_an_archive_is_said_in_megabytes(size, said):
    assert Offline(archive=Path("x"), size=size).megabytes(",") == said


# What is built


def test_every_link_of_a_folder_leads_to_a_file_in_it(offline_folder):
    pages = {path.resolve(): path.read_text("utf-8") for path in offline_folder.rglob("*.html")}
    ids = {path: set(map(unescape, re.findall(r'\sid="([^"]+)"', text))) for path, text in pages.items()}
    wrong = []
    for path, text in pages.items():
        for url in set(map(unescape, re.findall(r'\s(?:href|src)="([^"]*)"', text))):
            parts = urlsplit(url)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            section = unquote(parts.fragment)
            if not target.is_file() or (section and target in ids and section not in ids[target]):
                wrong.append(f"{path.relative_to(offline_folder)}: {url}")
    assert len(pages) > 20
    assert wrong == []


def test_a_folder_has_nothing_that_only_a_host_can_use(offline_folder):
    names = {path.name for path in offline_folder.rglob("*")}
    assert names.isdisjoint({"404.html", "sitemap.xml", "sitemap.xml.gz", "search_rest.json", "workers", "lunr"})
    assert not [name for name in names if name.endswith(".map")]
    for path in [*offline_folder.rglob("*.html"), *offline_folder.rglob("index.md")]:
        text = path.read_text("utf-8")
        assert "Content-Security-Policy" not in text, path
        assert 'rel="canonical"' not in text, path
        assert addresses.COLAB not in text, path


@pytest.mark.unit
def test_a_plain_copy_of_a_folder_names_files_and_no_colab():
    colab = addresses.colab("a/b", "vi", "basics/tensors")
    copies = PlainCopies(by_page={"a.md": f"| [file](a.ipynb) · [Colab]({colab}) |\n[terms](../glossary/#a), `f(x)`"})
    adapt_copies(copies)
    assert copies.by_page == {"a.md": "| [file](a.ipynb) |\n[terms](../glossary/index.html#a), `f(x)`"}


@both
def test_the_lists_of_pages_in_a_folder_name_its_files(offline_folder, lang):
    root = offline_folder / PREFIX[lang]
    links = re.findall(r"\]\(([^()]*)\)", (root / "llms.txt").read_text("utf-8"))
    assert len(links) > 10
    assert [link for link in links if not (root / link).is_file()] == []


def test_a_site_built_after_a_folder_differs_by_the_offer_of_its_archive(offline_folder, site, tmp_path, monkeypatch):
    path = zipped(tmp_path / "any name.zip", index=FOLDER + "x" * 300_000)
    monkeypatch.setenv("OFFLINE_ZIP", str(path))
    done = build(ROOT, tmp_path / "site", "--strict")
    assert done.returncode == 0, done.stderr
    before, after = contents(site.folder), contents(tmp_path / "site")
    assert after.pop(addresses.OFFLINE) == path.read_bytes()
    for lang, size in (("vi", "0,3 MB"), ("en", "0.3 MB")):
        home = f"{PREFIX[lang]}index.html"
        offer = re.search(rb'\n *<p class="offline"><a href="([^"]*)".*</p>\n?', after[home])
        assert size in offer[0].decode()
        assert (tmp_path / "site" / PREFIX[lang] / offer[1].decode()).resolve() == tmp_path / "site" / addresses.OFFLINE
        after[home] = after[home].replace(offer[0], b"")
        assert after[home].split() == before.pop(home).split()
        del after[home]
    assert after == before


def contents(folder: Path) -> dict[str, bytes]:
    """What the files below a folder hold; of the zipped sitemap, which has the time in it, nothing."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.suffix != ".gz" else b""
        for path in folder.rglob("*")
        if path.is_file()
    }


@both
def test_a_site_without_an_archive_offers_none(site, lang):
    assert addresses.OFFLINE not in site.text(PREFIX[lang])


@pytest.mark.parametrize(
    ("command", "variables", "status", "said"),
    [
        pytest.param(["serve"], {"OFFLINE": "1"}, 2, "OFFLINE=1 is for `mkdocs build`", id="served"),
        pytest.param(["serve", "--clean"], {"OFFLINE": "1"}, 2, "OFFLINE=1 is for `mkdocs build`", id="served-clean"),
        pytest.param(["build"], {"OFFLINE_ZIP": "no/such.zip"}, 1, "which does not exist", id="no-archive"),
    ],
)
def test_a_wrong_call_ends_with_one_line_and_builds_nothing(command, variables, status, said, tmp_path):
    options = ["-a", "127.0.0.1:0"] if "serve" in command else ["-d", str(tmp_path / "site")]
    words = [sys.executable, "-m", "mkdocs", *command, *options]
    done = subprocess.run(words, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert done.returncode == status
    (line,) = (line for line in done.stderr.splitlines() if not line.endswith("Building documentation..."))
    assert said in line
    assert not (tmp_path / "site").exists()
