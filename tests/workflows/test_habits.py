"""What contributors are told and given: the hooks, the recipes, the template, and a tree that `check` has nothing
against."""

import configparser
import csv
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
import yaml

from snippets.__main__ import main
from snippets._engine.audit.audit import audit
from snippets._engine.project.tree import Tree
from snippets._site.build.words import WORDS

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
BOTH = {
    lang: (ROOT / ".github" / name).read_text("utf-8")
    for lang, name in {"en": "CONTRIBUTING.md", "vi": "CONTRIBUTING.vi.md"}.items()
}
RECIPES = BOTH["en"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WRITTEN_HERE = [
    path
    for path in (*(ROOT / ".github").rglob("*"), ROOT / ".pre-commit-config.yaml", ROOT / ".editorconfig")
    if path.is_file()
]


def test_no_page_or_record_has_anything_that_check_would_fail_on() -> None:
    assert [str(finding) for finding in audit(Tree(ROOT)) if finding.severity != "note"] == []


def test_every_hook_is_local_and_runs_what_the_tests_run() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    hooks = config["repos"][0]["hooks"]
    assert {(hook["language"], hook["pass_filenames"]) for hook in hooks} == {("system", False)}
    entries = [hook["entry"].removeprefix("python -m ") for hook in hooks]
    style = (ROOT / "tests" / "test_style.py").read_text("utf-8")
    commands = [[word.strip(' "') for word in found.split(",")] for found in re.findall(r"param\(\[(.*?)\]", style)]
    assert entries == [shlex.join(command) for command in commands] + ["pytest -q -m unit"]


@pytest.mark.parametrize("path", WRITTEN_HERE, ids=lambda path: path.name)
def test_no_path_of_a_machine_and_no_other_host_is_named(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.findall(r"(?<![\w.$}])/(?:tmp|work|root|home|opt|usr|Users)/", text) == []
    hosts = set(re.findall(r"[a-z]+://([^/\s>`]+)", text))
    assert hosts <= {"127.0.0.1:8000", "$owner.github.io"}
    assert re.findall(r"(?i)\b(?:test\.)?py[p]i\b|index-url +\S+\.\w+", text) == []


# The recipes


def commands() -> list[list[str]]:
    """The commands of the recipes, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", RECIPES, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def test_there_are_five_recipes() -> None:
    assert re.findall(r"^## \d\. (.*)$", RECIPES, re.MULTILINE) == [
        "Fix a word",
        "Change a cell",
        "Add a chapter",
        "Add a term",
        "Upgrade torch",
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"```(\w+)\n(.*?)```", id="blocks"),
        pytest.param(r"^(##) (\d\.)?", id="headings"),
        pytest.param(r"^(\||- |\*\*)", id="rows-points-and-bold-lines"),
        pytest.param(r"\]\(((?!CONTRIBUTING)[^)]+)\)|<(http[^>]+)>", id="links"),
    ],
)
def test_both_languages_have_the_same(pattern: str) -> None:
    found = {lang: re.findall(pattern, text, re.DOTALL | re.MULTILINE) for lang, text in BOTH.items()}
    assert found["en"] != []
    assert found["vi"] == found["en"]


def test_both_languages_name_the_same_files_commands_and_signs() -> None:
    prose = {lang: re.sub(r"```.*?```", "", text, flags=re.DOTALL) for lang, text in BOTH.items()}
    named = {lang: sorted(re.findall(r"`([^`\n]+)`", text)) for lang, text in prose.items()}
    assert named["en"] != []
    assert named["vi"] == named["en"]


@pytest.mark.parametrize(("lang", "other"), [("en", "CONTRIBUTING.vi.md"), ("vi", "CONTRIBUTING.md")])
def test_the_other_language_is_one_link_away_and_the_edit_link_comes_first_of_all(lang: str, other: str) -> None:
    top, _, rest = BOTH[lang].partition("\n\n**")
    assert f"({other})" in top
    first = rest.partition("\n\n")[0]
    assert re.sub(r"\s+", " ", first).count(WORDS[lang].mend) == 1
    assert "**Words only**" in first
    assert "```" not in first


def test_words_and_terms_need_no_torch_and_what_needs_the_tools_of_the_tests_says_so() -> None:
    install, *rest = [words for words in commands() if words[:3] == ["python", "-m", "pip"]]
    assert install == ["python", "-m", "pip", "install", "-e", "."]
    assert ["python", "-m", "pip", "install", "-e", ".[test]"] in rest
    recipes = {part[:1]: part for part in re.split(r"^## (?=\d\. )", RECIPES, flags=re.MULTILINE)[1:]}
    running = re.compile(r"^python -m (?:pytest|snippets (?:run|record|check|new))\b", re.MULTILINE)
    needing = [number for number, text in recipes.items() if running.search(text.partition("\n## ")[0])]
    assert [number for number, text in recipes.items() if "\n\nNeeds `[test]`." in text] == needing == ["2", "3", "5"]


OURS = [words[3:] for words in commands() if words[:3] == ["python", "-m", "snippets"]]


@pytest.mark.parametrize("words", list(dict.fromkeys(map(tuple, OURS))), ids=shlex.join)
def test_a_command_of_the_recipes_can_be_called_so(words: tuple[str, ...]) -> None:
    name, *arguments = words
    above = click.Context(main, obj=SimpleNamespace(root=None))
    main.commands[name].make_context(name, arguments, parent=above)


def test_the_recipes_use_every_command_and_no_unknown_program() -> None:
    assert {words[0] for words in OURS} == set(main.commands)
    programs = {words[0] for words in commands()}
    assert programs == {"python3", "source", "python", "mkdocs", "git", "pre-commit"}


def test_the_files_that_the_recipes_name_exist() -> None:
    named = set(re.findall(r"`((?:docs|snippets|tests)/[\w/.]+)`", RECIPES))
    assert "docs/notebooks" in named
    missing = sorted(name for name in named if not (ROOT / name).exists())
    assert missing in ([], ["docs/glossary.csv"])


def test_the_parts_that_the_recipes_name_have_titles() -> None:
    (listed,) = re.findall(r"has titles for \((.*?)\)", RECIPES)
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert [part for part in re.findall(r"`(\w+)`", listed) if f"\n        {part}:\n          vi: " not in text] == []


def test_the_term_of_the_recipes_has_a_field_for_every_column() -> None:
    (line,) = re.findall(r"```csv\n(.*)\n```", RECIPES)
    columns = "id,en,vi,keep_english,definition_en,definition_vi,variants_vi,first_used_in,mark"
    assert len(next(csv.reader([line]))) == len(columns.split(","))
    glossary = ROOT / "docs" / "glossary.csv"
    if glossary.is_file():
        assert glossary.read_text("utf-8").partition("\n")[0] == columns


# The template, the editor's settings, what is generated


def test_the_template_has_one_box_for_words_and_five_for_the_rest() -> None:
    template = (ROOT / ".github" / "PULL_REQUEST_TEMPLATE.md").read_text("utf-8")
    boxes = re.findall(r"^- \[ \] \*\*(.+?)\*\*", template, re.MULTILINE)
    rest = ["Both languages", "`python -m snippets check`", "Records", "Numbers", "Every new claim"]
    assert boxes == ["Words only", *rest]


def test_the_editor_is_told_what_the_tools_and_git_say() -> None:
    settings = configparser.ConfigParser()
    settings.read_string("[top]\n" + (ROOT / ".editorconfig").read_text("utf-8"))
    assert settings["*"]["end_of_line"] == "lf"
    assert "* text=auto eol=lf" in (ROOT / ".gitattributes").read_text("utf-8")
    assert settings["*.py"]["max_line_length"] == str(PROJECT["tool"]["ruff"]["line-length"])


@pytest.mark.parametrize("path", ["docs/notebooks/basics/autograd.ipynb", "docs/agreed/basics/autograd.toml"])
def test_what_the_tool_writes_is_marked_as_generated(path: str) -> None:
    command = ["git", "check-attr", "linguist-generated", path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("linguist-generated: set")
