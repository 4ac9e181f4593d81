"""The workflows: what the linters say, what they may do, and what their scripts do when they are run here."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from snippets._engine.chapters.environment import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)

#: The only actions in use, by hash. A newer hash comes from the action's own release page, never from memory.
ACTIONS = {
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/setup-python": ("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "actions/upload-artifact": ("043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
}


def load(name: str) -> dict[str, Any]:
    """A workflow; YAML reads the bare key `on` as True, so it is put right."""
    workflow = yaml.safe_load((FOLDER / name).read_text("utf-8"))
    workflow["on"] = workflow.pop(True)
    return workflow


def steps(workflow: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step with the name of its job."""
    for name, job in workflow["jobs"].items():
        yield from ((name, step) for step in job["steps"])


def script(workflow: str, job: str, named: str) -> str:
    """What a step runs; exactly one step's name begins so."""
    (step,) = (s for j, s in steps(load(workflow)) if j == job and s.get("name", "").startswith(named))
    return str(step["run"])


def bash(code: str, folder: Path, **environment: object) -> subprocess.CompletedProcess[str]:
    """Run a script as a runner on Linux does."""
    words = {key: str(value) for key, value in environment.items()}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT")}
    shell = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", code]
    return subprocess.run(shell, cwd=folder, env=kept | words, capture_output=True, text=True, check=False)


def zizmor(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run zizmor without a network; with --no-ignores nothing can be silenced in the files."""
    program = Path(sysconfig.get_path("scripts")) / "zizmor"
    options = ["--offline", "--no-config", "--no-ignores", "--no-progress", "--strict-collection", "--persona=pedantic"]
    command = [program, *options, *arguments]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


def schema(*paths: Path, of: str = "workflows") -> subprocess.CompletedProcess[str]:
    """Hold files against a schema of GitHub's, as check-jsonschema carries it."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.github-{of}"]
    return subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, check=False)


# What the linters say


@pytest.mark.unit
def test_zizmor_finds_nothing() -> None:
    done = zizmor(ROOT / ".github", ROOT / ".pre-commit-config.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in FILES if path.name not in done.stderr] == []


def test_zizmor_finds_what_it_should(tmp_path: Path) -> None:
    spoilt = tmp_path / "gpu.yml"
    spoilt.write_text((FOLDER / "gpu.yml").read_text("utf-8").replace("  push:", "  pull_request_target:\n  push:"))
    done = zizmor(spoilt)
    assert done.returncode != 0
    assert "dangerous-triggers" in done.stdout


def test_the_workflows_follow_the_schema_of_github() -> None:
    done = schema(*FILES)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_issue_forms_follow_the_schemas_of_github() -> None:
    forms = ROOT / ".github" / "ISSUE_TEMPLATE"
    done = [schema(*sorted(set(forms.iterdir()) - {forms / "config.yml"}), of="issue-forms")]
    done.append(schema(forms / "config.yml", of="issue-config"))
    assert [(said.returncode, said.stdout + said.stderr) for said in done if said.returncode] == []


def test_the_schema_refuses_what_it_should(tmp_path: Path) -> None:
    spoilt = tmp_path / "check.yml"
    spoilt.write_text((FOLDER / "check.yml").read_text("utf-8").replace("runs-on:", "run-on:"))
    assert schema(spoilt).returncode != 0


# What they may do


@pytest.mark.unit
def test_there_are_these_six() -> None:
    names = [path.stem for path in FILES]
    assert names == ["check", "deploy", "gpu", "preview", "record", "weekly"]


@pytest.mark.unit
@each_file
def test_only_known_actions_are_used_each_by_its_hash_and_version(path: Path) -> None:
    used = re.findall(r"uses: *(.*)", path.read_text("utf-8"))
    known = {f"{name}@{digest} # {version}" for name, (digest, version) in ACTIONS.items()}
    assert used != []
    assert set(used) <= known


@pytest.mark.unit
@each_file
def test_every_job_ends_in_time_and_says_what_it_may(path: Path) -> None:
    workflow = load(path.name)
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow
    for job in workflow["jobs"].values():
        assert 0 < job["timeout-minutes"] <= 60
        assert set(job["permissions"]) <= {"contents"}


@pytest.mark.unit
def test_one_job_of_deploy_may_write_and_nothing_of_the_repository_runs_in_it() -> None:
    writers = [
        (path.name, name)
        for path in FILES
        for name, job in load(path.name)["jobs"].items()
        if "write" in job["permissions"].values()
    ]
    assert writers == [("deploy.yml", "publish")]
    publish = [step for job, step in steps(load("deploy.yml")) if job == "publish"]
    assert [step.get("uses", "run").partition("@")[0] for step in publish] == ["actions/download-artifact", "run"]


@pytest.mark.unit
@each_file
def test_no_clone_keeps_its_credentials(path: Path) -> None:
    clones = [s for _, s in steps(load(path.name)) if s.get("uses", "").startswith("actions/checkout@")]
    assert clones != []
    assert [clone["with"] for clone in clones] == [{"persist-credentials": False}] * len(clones)


@pytest.mark.unit
@each_file
def test_nothing_is_pasted_into_a_script(path: Path) -> None:
    assert [step["run"] for _, step in steps(load(path.name)) if "${{" in step.get("run", "")] == []


@pytest.mark.unit
def test_only_check_and_preview_answer_to_pull_requests_and_never_with_the_rights_of_the_repository() -> None:
    triggers = {path.name: set(load(path.name)["on"]) for path in FILES}
    assert triggers == {
        "check.yml": {"pull_request", "push"},
        "deploy.yml": {"push"},
        "gpu.yml": {"push", "workflow_dispatch"},
        "preview.yml": {"pull_request"},
        "record.yml": {"schedule", "workflow_dispatch"},
        "weekly.yml": {"schedule", "workflow_dispatch"},
    }


@pytest.mark.unit
def test_the_gpu_machine_runs_nothing_of_a_fork() -> None:
    workflow = load("gpu.yml")
    assert workflow["on"]["push"]["branches"] == ["main"]
    for job in workflow["jobs"].values():
        assert "self-hosted" in job["runs-on"]
        assert job["if"].startswith("${{ !github.event.repository.fork && (")
        assert job["if"].endswith(") }}")
    elsewhere = [path.name for path in FILES if path.name != "gpu.yml" and "self-hosted" in path.read_text("utf-8")]
    assert elsewhere == []


@pytest.mark.unit
def test_only_main_is_deployed_and_only_after_check_and_build() -> None:
    workflow = load("deploy.yml")
    assert workflow["on"]["push"] == {"branches": ["main"]}
    assert workflow["jobs"]["publish"]["needs"] == "build"
    assert "if" not in workflow["jobs"]["publish"]
    build = [step for job, step in steps(workflow) if job == "build"]
    assert not [step for step in build if "if" in step or "continue-on-error" in step]
    runs = [step["run"] for step in build if "run" in step]
    assert runs.index("python -m snippets check --require-variants") < runs.index("python -m mkdocs build --strict")


@pytest.mark.unit
def test_no_failure_is_passed_over() -> None:
    assert [path.name for path in FILES if "continue-on-error" in path.read_text("utf-8")] == []


# What check and weekly run


@pytest.mark.unit
@pytest.mark.parametrize(
    ("name", "options", "environment"), [("check.yml", "", {}), ("weekly.yml", " --weekly", {"BARE": "all"})]
)
def test_a_share_is_the_readme_s_test_command_to_the_letter(
    name: str, options: str, environment: dict[str, str]
) -> None:
    _, _, after = (ROOT / "README.md").read_text("utf-8").partition("<!-- .ci/run takes")
    command = after.partition("```sh\n")[2].partition("\n```")[0]
    assert "pytest" in command
    wanted = f'{command}{options} --shard "$SHARD"'
    (found,) = (step for job, step in steps(load(name)) if job == "tests" and step.get("run") == wanted)
    assert found["env"] == {"REQUIRE_BROWSER": "1", "SHARD": "${{ matrix.shard }}", **environment}


@pytest.mark.unit
@pytest.mark.parametrize(("name", "job"), [("check.yml", "tests"), ("check.yml", "chapters"), ("weekly.yml", "tests")])
def test_the_shares_of_a_job_are_the_whole(name: str, job: str) -> None:
    shares = load(name)["jobs"][job]["strategy"]["matrix"]["shard"]
    assert shares == [f"{number}/{len(shares)}" for number in range(1, len(shares) + 1)]


@pytest.mark.unit
def test_check_runs_every_chapter_again_share_by_share() -> None:
    (step,) = (
        step for job, step in steps(load("check.yml")) if job == "chapters" and "snippets" in step.get("run", "")
    )
    assert step["run"] == 'python -m snippets check --shard "$SHARD"'
    assert step["env"] == {"SHARD": "${{ matrix.shard }}"}


@pytest.mark.unit
def test_check_covers_every_python_that_may_be_used() -> None:
    jobs = load("check.yml")["jobs"]
    low, high = map(int, re.findall(r"3\.(\d+)", re.search(r"requires-python = (.*)", _project())[1]))  # type: ignore[index]
    assert jobs["tests"]["strategy"]["matrix"]["python"] == [f"3.{minor}" for minor in range(low, high)]
    assert [name.partition("-")[0] for name in jobs["engine"]["strategy"]["matrix"]["system"]] == ["macos", "windows"]
    assert script("check.yml", "engine", "The engine").endswith("pytest -n auto tests/engine")


def _project() -> str:
    return (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.unit
def test_the_gate_waits_for_every_other_job() -> None:
    jobs = load("check.yml")["jobs"]
    assert set(jobs["all-green"]["needs"]) == set(jobs) - {"all-green"}
    assert jobs["all-green"]["if"] == "always()"


@pytest.mark.parametrize(
    ("results", "status"),
    [("success success", 0), ("success failure", 1), ("skipped success", 1), ("cancelled success", 1)],
)
def test_the_gate_opens_only_when_all_succeeded(results: str, status: int, tmp_path: Path) -> None:
    assert bash(script("check.yml", "all-green", "Every job"), tmp_path, RESULTS=results).returncode == status


# What preview keeps


@pytest.mark.unit
def test_the_preview_is_the_strict_build_kept_whole_and_without_torch() -> None:
    runs = [step.get("run") for _, step in steps(load("preview.yml")) if "run" in step][:2]
    assert runs == ["python -m pip install -e .", "python -m mkdocs build --strict"]
    (kept,) = (s for _, s in steps(load("preview.yml")) if "upload-artifact" in s.get("uses", ""))
    assert {"name": "preview", "path": "site", "if-no-files-found": "error"}.items() <= kept["with"].items()


def test_whoever_opens_the_preview_is_told_how(tmp_path: Path) -> None:
    code = script("preview.yml", "site", "Say how")
    assert bash(code, tmp_path, GITHUB_STEP_SUMMARY="summary.md").returncode == 0
    summary = (tmp_path / "summary.md").read_text("utf-8")
    commands = summary.partition("```sh\n")[2].partition("```")[0].splitlines()
    assert [words.split()[0] for words in commands] == ["unzip", "python3"]
    assert all("preview" in words for words in commands)
    assert commands[1].split()[-1] == summary.rstrip(">\n").rpartition(":")[2]  # the port of the address


# What weekly asks of others


@pytest.mark.unit
def test_the_links_that_leave_the_site_are_asked_for_in_a_build_of_their_own() -> None:
    build, ask = [step["run"] for job, step in steps(load("weekly.yml")) if job == "links" and "run" in step][1:]
    assert build == "env -u GITHUB_REPOSITORY python -m mkdocs build"
    assert ask == "python tests/links/outer.py site"
    assert (ROOT / ask.split()[1]).is_file()


# What record reports


def test_the_week_runs_both_ways_and_the_next_torch() -> None:
    (job,) = load("record.yml")["jobs"].values()
    ran = [(row["torch"], row["way"]) for row in job["strategy"]["matrix"]["include"]]
    assert ran == [("pinned", "fork"), ("pinned", "spawn"), ("next", "fork")]
    assert job["env"]["SNIPPETS_WAY"] == "${{ matrix.way }}"
    assert job["strategy"]["fail-fast"] is False


def test_the_next_versions_are_of_all_that_a_record_names() -> None:
    (step,) = (s for _, s in steps(load("record.yml")) if s.get("name") == "Go past the pins")
    assert set(step["run"].split()[6:]) == set(PACKAGES)


def test_the_check_itself_fails_the_step_and_writes_what_is_kept() -> None:
    (step,) = (s for _, s in steps(load("record.yml")) if "snippets check" in s.get("run", ""))
    assert step["run"] == "python -m snippets check --report report.md"  # no pipe that could hide its status
    (kept,) = (s for _, s in steps(load("record.yml")) if "upload-artifact" in s.get("uses", ""))
    assert kept["with"]["path"] == "report.md"


@pytest.mark.parametrize(
    ("report", "shown"),
    [
        pytest.param("# Records\n", "next torch, fork\n\n# Records\n", id="as-it-is"),
        pytest.param(None, "next torch, fork: check ended before it could report\n", id="none"),
    ],
)
def test_the_report_is_shown_on_the_run_s_page(report: str | None, shown: str, tmp_path: Path) -> None:
    if report is not None:
        (tmp_path / "report.md").write_text(report, "utf-8")
    code = script("record.yml", "again", "Show the report")
    done = bash(code, tmp_path, WHAT="next torch, fork", GITHUB_STEP_SUMMARY="summary.md")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "summary.md").read_text("utf-8") == shown


# What deploy makes and pushes


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        pytest.param("Owner/pytorch", "https://owner.github.io/pytorch/", id="project"),
        pytest.param("Owner/owner.github.io", "https://owner.github.io/", id="owner-s-own-site"),
    ],
)
def test_the_address_follows_the_repository(repository: str, address: str, tmp_path: Path) -> None:
    done = bash(
        script("deploy.yml", "build", "Address"),
        tmp_path,
        GITHUB_REPOSITORY=repository,
        GITHUB_REPOSITORY_OWNER=repository.partition("/")[0],
        GITHUB_ENV="environment",
    )
    assert done.returncode == 0, done.stderr
    written = dict(line.split("=") for line in (tmp_path / "environment").read_text("utf-8").splitlines())
    assert written["SITE_URL"] == address
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", written["CHECKED_ON"])
    assert written.keys() == {"SITE_URL", "CHECKED_ON"}


def test_the_site_is_given_the_zip_of_the_folder_that_was_built_before_it(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "temp").mkdir()
    program = tmp_path / "bin" / "python"
    build = f'[ "$2" != mkdocs ] && exec {sys.executable} "$@"; mkdir "$6"; echo "$OFFLINE $*" > "$6/index.html"'
    program.write_text(f"#!/bin/sh\n{build}\n", "utf-8")
    program.chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    done = bash(script("deploy.yml", "build", "Build the folder"), tmp_path, PATH=path, RUNNER_TEMP=tmp_path / "temp")
    assert done.returncode == 0, done.stderr
    names = [step.get("name", "") for _, step in steps(load("deploy.yml"))]
    assert names.index("Address and day") < names.index("Build the folder to read without a network, and zip it")
    assert names.index("Build the folder to read without a network, and zip it") < names.index("Build")
    (step,) = (step for _, step in steps(load("deploy.yml")) if step.get("name") == "Build")
    given = step["env"]["OFFLINE_ZIP"].replace("${{ runner.temp }}", str(tmp_path / "temp"))
    with zipfile.ZipFile(given) as archive:
        assert archive.read("pytorch-offline/index.html").startswith(b"1 -m mkdocs build --strict --site-dir")


def test_the_site_arrives_on_gh_pages_as_one_commit_whatever_was_there(tmp_path: Path) -> None:
    remote = tmp_path / "owner" / "site.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    for word in ("first", "second"):
        folder = tmp_path / word
        (folder / "site" / "en").mkdir(parents=True)
        (folder / "site" / "index.html").write_text(word, "utf-8")
        (folder / "site" / "en" / "index.html").write_text(word, "utf-8")
        (folder / "site" / ".gitignore").write_text("*\n", "utf-8")
        done = bash(
            script("deploy.yml", "publish", "Push one"),
            folder,
            GITHUB_SERVER_URL=tmp_path.as_uri(),
            GITHUB_REPOSITORY="owner/site",
            GITHUB_SHA=word,
            TOKEN="a-secret",
        )
        assert done.returncode == 0, done.stderr
        assert "a-secret" not in done.stdout + done.stderr

    def git(*words: str) -> str:
        command = ["git", "--git-dir", str(remote), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert git("show", "gh-pages:en/index.html") == "second"
    assert ".nojekyll" in git("ls-tree", "--name-only", "gh-pages").split()
    assert git("log", "--format=%s", "gh-pages") == "Site of second\n"
    assert "a-secret" not in git("config", "--list")


# What gpu records


@pytest.mark.parametrize(
    ("asked", "recorded"),
    [
        pytest.param("", ["basics/tensors", "training/loop"], id="those-that-have-a-cuda-record"),
        pytest.param("beyond/amp  basics/autograd", ["beyond/amp", "basics/autograd"], id="those-asked-for"),
        pytest.param("$(touch spoilt); --root", ["$(touch", "spoilt);", "--root"], id="nothing-is-run-from-the-answer"),
    ],
)
def test_the_gpu_records_these_chapters(asked: str, recorded: list[str], tmp_path: Path) -> None:
    records = tmp_path / "docs" / "notebooks"
    for name in ("basics/tensors.ipynb", "basics/tensors.cuda.ipynb", "training/loop.cuda.ipynb", "beyond/amp.ipynb"):
        (records / name).parent.mkdir(parents=True, exist_ok=True)
        (records / name).write_text("{}", "utf-8")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "docs"], cwd=tmp_path, check=True)
    fake = tmp_path / ".venv" / "bin" / "python"
    fake.parent.mkdir(parents=True)
    fake.write_text('#!/bin/sh\n[ "$1" = -c ] || printf "%s\\n" "$@" > arguments\n', "utf-8")
    fake.chmod(0o755)
    done = bash(script("gpu.yml", "cuda", "Run the cuda"), tmp_path, CHAPTERS=asked)
    assert done.returncode == 0, done.stderr
    arguments = (tmp_path / "arguments").read_text("utf-8").splitlines()
    assert arguments == ["-m", "snippets", "record", "--variant", "cuda", "--force", "--", *recorded]
    assert not (tmp_path / "spoilt").exists()


def test_a_cuda_record_that_changed_stops_the_gpu_job(tmp_path: Path) -> None:
    record = tmp_path / "docs" / "notebooks" / "a.cuda.ipynb"
    record.parent.mkdir(parents=True)
    record.write_text("{}\n", "utf-8")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "docs"], ["commit", "-q", "-m", "a"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    code = script("gpu.yml", "cuda", "A record that changed")
    assert bash(code, tmp_path, GITHUB_STEP_SUMMARY="summary.md").returncode == 0
    record.write_text('{"other": 1}\n', "utf-8")
    assert bash(code, tmp_path, GITHUB_STEP_SUMMARY="summary.md").returncode == 1
    assert "a.cuda.ipynb" in (tmp_path / "summary.md").read_text("utf-8")
