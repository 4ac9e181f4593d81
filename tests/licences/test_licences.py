"""Everything that is installed is pinned and its licence known, and none of the licences stands in our way."""

import csv
import os
import re

import pytest
import yaml

from .closure import ELSEWHERE, Package, closure, roots
from .write import CONSTRAINTS, LICENCES, ROOT, constraints, licences, project

pytestmark = pytest.mark.unit

#: What these licences ask for, and why that is no hindrance: code MIT, text CC BY 4.0.
ACCEPTED = {
    **dict.fromkeys(("MIT", "MIT-CMU", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Zlib", "BSL-1.0"), "a notice in copies"),
    **dict.fromkeys(("0BSD", "CC0-1.0"), "nothing"),
    **dict.fromkeys(("Apache-2.0", "PSF-2.0", "W3C-20150513"), "a notice in copies"),
    "Apache-2.0 WITH LLVM-exception": "less than Apache-2.0",
    "MPL-2.0": "changes of its own files under it; none is changed",
    "MPL-1.1": "changes of its own files under it; none is changed",
    **dict.fromkeys(("OFL-1.1", "Bitstream-Vera"), "its text beside the font; not sold by itself"),
    "CC-BY-4.0": "credit, which is given where it is shown",
    "CC-BY-SA-3.0": "credit and the same licence for the pictures themselves, which stand apart",
}


@pytest.fixture(scope="module")
def packages() -> dict[str, Package]:
    return closure(project())


@pytest.fixture(scope="module")
def listed() -> dict[str, dict[str, str]]:
    """The list of licences, by name."""
    with LICENCES.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def pins() -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)$", CONSTRAINTS.read_text("utf-8"), re.MULTILINE))


def test_every_requirement_is_pinned_and_the_constraints_say_the_same() -> None:
    for lines in roots(project()).values():
        for requirement in lines:
            assert re.fullmatch(r"==[\d.]+", str(requirement.specifier)), requirement
            assert pins()[requirement.name.lower()] == str(requirement.specifier).removeprefix("==")
    (needed,) = re.findall(r'requires = \["setuptools==([\d.]+)"\]', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert pins()["setuptools"] == needed


def test_every_package_that_comes_along_is_pinned_and_listed(packages, listed) -> None:
    # Without PIP_CONSTRAINT newer ones may have come along, with requirements of their own: those are not ours to list.
    constrained = bool(os.environ.get("PIP_CONSTRAINT"))
    known = {name for name, package in packages.items() if package.version == pins().get(name)}
    if constrained or known == set(packages) - set(ELSEWHERE):
        expected = {name for name, package in packages.items() if package.version} - set(ELSEWHERE)
        cuda = {name for name in expected if re.match(r"nvidia-|cuda-|triton$", name)}  # torch's wheel pins them
        assert expected - cuda == set(pins())
        assert set(packages) - cuda == {name for name, row in listed.items() if row["used for"] != "content"}
        if not cuda:
            assert LICENCES.read_text("utf-8") == licences(packages)
            assert CONSTRAINTS.read_text("utf-8") == constraints(packages)
    for name in known:
        assert (listed[name]["version"], listed[name]["licence"]) in (
            (packages[name].version, packages[name].licence),
            ("", packages[name].licence),
        ), name
    assert {requirement.name.lower() for lines in roots(project()).values() for requirement in lines} <= known


def test_every_licence_is_one_that_was_accepted(listed) -> None:
    assert len(listed) > 100
    for name, row in listed.items():
        words = re.split(r" (?:AND|OR) ", row["licence"].replace("(", "").replace(")", ""))
        assert set(words) <= set(ACCEPTED), name
        assert row["version"] or row["note"], name


@pytest.mark.parametrize(
    "word", ["GPL-3.0-only", "AGPL-3.0", "LGPL-2.1-only", "SSPL-1.0", "CC-BY-NC-4.0", "", "UNKNOWN"]
)
def test_others_are_not(word: str) -> None:
    assert word not in ACCEPTED


def test_every_installation_of_a_workflow_is_held_to_the_constraints() -> None:
    seen = 0
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        workflow = yaml.safe_load(path.read_text("utf-8"))
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                if "pip install" not in step.get("run", ""):
                    continue
                variables = workflow.get("env", {}) | job.get("env", {}) | step.get("env", {})
                past = step["name"] == "Go past the pins"
                assert variables["PIP_CONSTRAINT"] == (
                    "" if past else "${{ github.workspace }}/.github/constraints.txt"
                )
                seen += 1
    assert seen >= 5
