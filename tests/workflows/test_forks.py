"""What a pull request from a fork can reach: shown from the workflows' text and by running their conditions."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.y*ml"))
HOOK = ROOT / ".github" / "runner" / "only-gpu.sh"
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)

#: Every expression in the workflows. None holds anything that the writer of a pull request chooses: no title, body,
#: branch or commit message. `inputs.chapters` comes from a maintainer and reaches a script as a variable.
EXPRESSIONS = {
    "check.yml": {
        "github.ref",
        "github.workspace",
        "vars.TORCH_INDEX_URL",
        "matrix.python",
        "matrix.shard",
        "matrix.system",
        "join(needs.*.result, ' ')",
    },
    "deploy.yml": {"github.workspace", "vars.TORCH_INDEX_URL", "github.token", "runner.temp"},
    "gpu.yml": {
        "!github.event.repository.fork && "
        "(github.ref == 'refs/heads/main' || github.event_name == 'workflow_dispatch')",
        "github.workspace",
        "inputs.chapters",
        "!cancelled()",
    },
    "preview.yml": {"github.ref", "github.workspace"},
    "record.yml": {
        "github.ref",
        "github.workspace",
        "matrix.torch",
        "matrix.way",
        "matrix.torch == 'next' && vars.NEXT_TORCH_INDEX_URL || vars.TORCH_INDEX_URL",
        "!cancelled()",
    },
    "weekly.yml": {"github.ref", "github.workspace", "vars.TORCH_INDEX_URL", "matrix.shard"},
}


def load(path: Path) -> dict[str, Any]:
    """A workflow; YAML reads the bare key `on` as True, so it is put right."""
    workflow = yaml.safe_load(path.read_text("utf-8"))
    workflow["on"] = workflow.pop(True)
    return workflow


def leaves(part: Any, *place: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value of a workflow with its place."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from leaves(value, *place, str(key))
    elif isinstance(part, list):
        for value in part:
            yield from leaves(value, *place)
    else:
        yield place, part


@each_file
def test_every_expression_is_known(path: Path) -> None:
    found = set(re.findall(r"\$\{\{ *(.*?) *\}\}", path.read_text("utf-8")))
    assert found == EXPRESSIONS[path.name]
    conditions = {value for place, value in leaves(load(path)) if place[-1] == "if" and "${{" not in str(value)}
    assert conditions <= {"always()", "matrix.torch == 'next'"}


@each_file
def test_no_event_lends_a_stranger_the_rights_of_the_repository(path: Path) -> None:
    lending = {"pull_request_target", "workflow_run", "issue_comment", "issues", "pull_request_review", "discussion"}
    assert not set(load(path)["on"]) & (lending | {"repository_dispatch", "workflow_call", "pull_request_comment"})


@each_file
def test_no_secret_is_named_and_the_token_stands_in_one_step(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\bsecrets\b", text)
    holders = [place for place, value in leaves(load(path)) if "github.token" in str(value)]
    assert holders == ([("jobs", "publish", "steps", "env", "TOKEN")] if path.name == "deploy.yml" else [])
    assert not re.search(r"GITHUB_TOKEN|environment:|id-token|write-all|permissions: *write", text)


def test_what_answers_to_a_pull_request_may_only_clone_and_runs_on_machines_of_github() -> None:
    answering = [path.name for path in FILES if "pull_request" in load(path)["on"]]
    assert answering == ["check.yml", "preview.yml"]
    workflows = [load(FOLDER / name) for name in answering]
    assert [workflow["permissions"] for workflow in workflows] == [{}, {}]
    for job in (job for workflow in workflows for job in workflow["jobs"].values()):
        assert job["permissions"] in ({}, {"contents": "read"})
        machines = job["strategy"]["matrix"]["system"] if "matrix.system" in job["runs-on"] else [job["runs-on"]]
        assert all(re.fullmatch(r"(ubuntu|macos|windows)-[\d.]+", machine) for machine in machines)
        assert not {"environment", "secrets", "container", "services"} & set(job)


@each_file
def test_nothing_that_one_run_leaves_behind_is_taken_up_by_another(path: Path) -> None:
    # No cache at all, and the one artifact that is taken up was made by the same run.
    workflow = load(path)
    words = [str(value) for place, value in leaves(workflow) if place[-1] in ("uses", "cache", "run")]
    assert not [word for word in words if re.search(r"actions/cache|\bcache\b", word)]
    taken = [step for job in workflow["jobs"].values() for step in job["steps"] if "download-artifact" in str(step)]
    assert [step["with"] for step in taken] == ([{"name": "site", "path": "site"}] if path.name == "deploy.yml" else [])
    if path.name == "check.yml":
        assert "upload-artifact" not in path.read_text("utf-8")


# Who gets the machine with the GPU


def holds(condition: str, event: dict[str, Any]) -> bool:
    """The value of a condition in an event; it knows !, &&, ||, == and names."""
    text = re.sub(r"'[^']*'|[a-z_]+(?:\.[a-z_]+)+", lambda word: _value(word[0], event), condition)
    text = text.replace("&&", " and ").replace("||", " or ").replace("!", " not ")
    assert re.fullmatch(r"(?:True|False|None|and|or|not|==|'[^']*'|[\s()])+", text), text
    return bool(eval(text))


def _value(word: str, event: dict[str, Any]) -> str:
    if word.startswith("'"):
        return word
    found: Any = {"github": event}
    for name in word.split("."):
        found = (found or {}).get(name)
    return repr(found)


@pytest.mark.parametrize(
    ("name", "ref", "fork", "runs"),
    [
        ("push", "refs/heads/main", False, True),
        ("workflow_dispatch", "refs/heads/cuda", False, True),
        ("push", "refs/heads/main", True, False),
        ("workflow_dispatch", "refs/heads/main", True, False),
        ("push", "refs/heads/other", False, False),
        ("pull_request", "refs/pull/7/merge", False, False),
    ],
)
def test_the_gpu_job_runs_for(name: str, ref: str, fork: bool, runs: bool) -> None:
    event = {"event_name": name, "ref": ref, "event": {"repository": {"fork": fork}}}
    conditions = [
        job["if"].removeprefix("${{ ").removesuffix(" }}") for job in load(FOLDER / "gpu.yml")["jobs"].values()
    ]
    assert [holds(condition, event) for condition in conditions] == [runs]


@pytest.mark.parametrize(
    ("name", "workflow", "runs"),
    [
        ("push", "owner/site/.github/workflows/gpu.yml@refs/heads/main", True),
        ("workflow_dispatch", "owner/site/.github/workflows/gpu.yml@refs/heads/main", True),
        ("workflow_dispatch", "owner/site/.github/workflows/gpu.yml@refs/heads/cuda", True),
        ("push", "owner/site/.github/workflows/gpu.yml@refs/heads/cuda", False),
        ("pull_request", "owner/site/.github/workflows/check.yml@refs/pull/7/merge", False),
        ("pull_request", "owner/site/.github/workflows/gpu.yml@refs/pull/7/merge", False),
        ("pull_request", "owner/site/.github/workflows/gpu.yml@refs/heads/main", False),
        ("pull_request_target", "owner/site/.github/workflows/gpu.yml@refs/heads/main", False),
        ("push", "owner/site/.github/workflows/gpu.yml@refs/pull/7/merge", False),
        ("push", "stranger/site/.github/workflows/gpu.yml@refs/heads/main", False),
        ("push", "owner/site/.github/workflows/own.yml@refs/heads/main", False),
        ("push", "owner/site/.github/workflows/own.yml@owner/site/.github/workflows/gpu.yml@refs/heads/main", False),
        ("push", "", False),
        ("", "owner/site/.github/workflows/gpu.yml@refs/heads/main", False),
    ],
)
def test_the_machine_itself_takes(name: str, workflow: str, runs: bool) -> None:
    words = {"GITHUB_EVENT_NAME": name, "GITHUB_WORKFLOW_REF": workflow, "GITHUB_REPOSITORY": "owner/site"}
    environment = {key: value for key, value in words.items() if value} | {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(["bash", "-e", HOOK], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is runs, done.stderr
    assert runs or done.stderr.startswith("::error::This machine runs nothing but the workflow gpu")


def test_the_workflow_says_what_no_workflow_can_forbid() -> None:
    said = (FOLDER / "gpu.yml").read_text("utf-8")
    assert ".github/runner/only-gpu.sh before each job" in said
    assert "approval" in said
    assert "ACTIONS_RUNNER_HOOK_JOB_STARTED" in HOOK.read_text("utf-8")
