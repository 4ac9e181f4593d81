"""What somebody meets who reports a fault or opens the project in a container: forms, template, badge, devcontainer."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from snippets._engine.render import addresses

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
FORMS = {
    path.name: yaml.safe_load(path.read_text("utf-8"))
    for path in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    if path.name != "config.yml"
}
README = (ROOT / "README.md").read_text("utf-8")
CONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))


def shown(form: dict[str, Any]) -> list[str]:
    """Every text of a form that somebody chooses by or is asked."""
    parts = [part["attributes"] for part in form["body"] if part["type"] != "markdown"]
    options = [option for part in parts for option in part.get("options", [])]
    return [form["name"], form["description"], *(part["label"] for part in parts), *options]


def test_there_are_these_forms() -> None:
    assert sorted(FORMS) == ["idea.yml", "unclear-sentence.yml", "wrong-number.yml"]


@pytest.mark.parametrize("name", FORMS)
def test_each_text_of_a_form_stands_in_both_languages(name: str) -> None:
    assert [text for text in shown(FORMS[name]) if len(text.split(" · ")) != 2] == []


@pytest.mark.parametrize("page", ["https://a.example/en/", ""])
def test_the_foot_of_a_page_fills_in_fields_that_its_form_has(page: str) -> None:
    asked = parse_qs(urlsplit(addresses.fault_form("owner/name", page, "2.0")).query)
    form = FORMS[asked.pop("template")[0]]
    fields = {part["id"]: part["type"] for part in form["body"] if "id" in part}
    assert {fields.get(name) for name in asked} == {"input"}


def test_the_badge_and_its_link_are_of_a_workflow_of_whichever_fork_is_looked_at() -> None:
    (badge,) = re.findall(r"^\[!\[check\]\((\S+)\)\]\((\S+)\)$", README, re.MULTILINE)
    for address in badge:
        workflow = re.match(r"\.\./\.\./actions/workflows/([\w.]+)", address)  # from /OWNER/NAME/blob/main/README.md
        assert workflow is not None
        assert (ROOT / ".github" / "workflows" / workflow[1]).is_file()


def test_the_container_does_the_readme_s_first_command() -> None:
    command = README.partition("```sh\n")[2].partition("\n```")[0]
    assert f"{CONTAINER['postCreateCommand']} && {CONTAINER['postAttachCommand']}" == command


def test_the_container_has_a_python_that_the_project_runs_on_and_shows_the_site() -> None:
    python = re.search(r"/python:(3\.\d+)-\w+$", CONTAINER["image"])
    assert python is not None
    assert python[1] in re.findall(r'"(3\.\d+)"', (ROOT / ".github" / "workflows" / "check.yml").read_text("utf-8"))
    assert CONTAINER["forwardPorts"] == [8000]
    assert list(CONTAINER["portsAttributes"]) == ["8000"]
