"""`pytest --shard K/N`: the shares are the whole, none twice; what is wrong or empty ends as it should."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .shards import FIXTURES, Share, divided

HERE = Path(__file__).parent
FILES = {
    "test_a.py": ["", "", "unit"],
    "test_b.py": ["unit"],
    "deep/test_c.py": ["weekly", ""],
}
costs = st.dictionaries(st.text("abc/", min_size=1, max_size=5), st.floats(0.01, 100), max_size=20)


@pytest.mark.unit
@given(costs, st.integers(1, 6))
def test_every_file_is_in_one_share_and_no_share_outweighs_another_by_more_than_a_file(
    given_costs: dict[str, float], count: int
) -> None:
    shares = divided(given_costs, count)
    assert len(shares) == count
    assert sorted(name for share in shares for name in share) == sorted(given_costs)
    assert divided(dict(reversed(given_costs.items())), count) == shares
    sums = [sum(given_costs[name] for name in share) for share in shares]
    assert max(sums) - min(sums) <= max(given_costs.values(), default=0) + 1e-9


@pytest.mark.unit
def test_the_fixtures_that_say_what_a_test_costs_exist() -> None:
    written = "".join(path.read_text("utf-8") for path in HERE.rglob("*.py"))
    assert [name for name in FIXTURES if name != "tmp_path" and f"\ndef {name}(" not in written] == []


@pytest.mark.unit
@pytest.mark.parametrize("share", ["0/2", "3/2", "1", "1/0", "a/b", "-1/2", "1/2/3", " 1/2", "¹/2"])
def test_a_share_that_cannot_be_is_refused(share: str) -> None:
    with pytest.raises(pytest.exit.Exception, match=f"--shard {share}: write K/N with 1 ≤ K ≤ N") as told:
        Share.of(share)
    assert told.value.returncode == 2


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three test files below this project's conftest; their tests are named after file and mark."""
    for name, marks in FILES.items():
        (tmp_path / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        tests = (f"@pytest.mark.{mark or 'plain'}\ndef test_{n}():\n    pass\n" for n, mark in enumerate(marks))
        (tmp_path / "tests" / name).write_text("\n\n".join(["import pytest", *tests]), "utf-8")
    for name in ("conftest.py", "day.py", "once.py", "shards.py"):
        shutil.copy(HERE / name, tmp_path / "tests" / name)
    settings = (HERE.parent / "pyproject.toml").read_text("utf-8")
    (tmp_path / "pyproject.toml").write_text(settings.replace("markers = [", 'markers = [\n"plain",'), "utf-8")
    return tmp_path


def run(project: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run pytest there."""
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def passed(done: "subprocess.CompletedProcess[str]") -> list[str]:
    """The tests that passed; none failed."""
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if "PASSED" in line]
    return sorted(word.removeprefix("tests/") for line in lines for word in line.split() if "::" in word)


def test_each_test_runs_in_one_share_alone(project: Path) -> None:
    shares = [passed(run(project, "--shard", share)) for share in ("1/2", "2/2")]
    assert shares == [
        ["test_a.py::test_0", "test_a.py::test_1", "test_a.py::test_2"],
        ["deep/test_c.py::test_1", "test_b.py::test_0"],
    ]
    done = run(project, "--shard", "3/2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Exit: --shard 3/2: write K/N with 1 ≤ K ≤ N\n"


def test_an_empty_share_of_a_selection_is_well_with_workers_too_and_an_empty_selection_is_not(project: Path) -> None:
    assert passed(run(project, "--shard", "4/4", "-n", "2")) == []
    assert "deep/test_c.py::test_0" in passed(run(project, "--shard", "1/1", "--weekly"))
    assert run(project, "--shard", "1/4", "-n", "1", "-k", "none").returncode == pytest.ExitCode.NO_TESTS_COLLECTED
