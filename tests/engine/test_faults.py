"""What happens when things break: one clear line, nothing lost or half written, no process left behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from snippets._engine.child import worker
from snippets._engine.project.files import write_whole
from snippets._engine.project.tree import Tree
from snippets._engine.records import record as records
from snippets._engine.run import interpreter as machine

ROOT = Path(__file__).resolve().parents[2]
Processes = Callable[[str], list[str]]
Wait = Callable[..., bool]

PAGE = "# {title} {{#one}}\n\n::: cell #slow\n"
SLOW = """# %% slow
import subprocess, time
subprocess.Popen(["setsid", "sleep", "{seconds}"])
time.sleep({seconds})
"""
QUICK = '# %% slow\nprint("sum:", 1 + 2)\n'


def make_tree(root: Path, code: str, chapters: tuple[str, ...] = ("demo/one",)) -> Tree:
    """A small tree whose chapters all have the same code."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "mkdocs.yml").write_text("site_name: demo\n", "utf-8")
    tree = Tree(root)
    for name in chapters:
        for path, text in (
            (tree.snippet(name), code),
            *((tree.page(lang, name), PAGE.format(title=lang)) for lang in tree.languages),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return tree


def command(tree: Tree, *arguments: str) -> list[str]:
    """The command line, for that tree."""
    return [sys.executable, "-m", "snippets", *arguments, "--root", str(tree.root)]


@pytest.mark.skipif(sys.platform != "linux", reason="the forking way")
@pytest.mark.parametrize("victim", ["command", "supervisor"])
def test_kill_9_leaves_no_process_and_the_next_run_works(
    tmp_path: Path, victim: str, processes: Processes, wait_until: Wait
) -> None:
    seconds = f"98{os.getpid() % 10000:04}{'1' if victim == 'command' else '2'}"
    tree = make_tree(tmp_path / "tree", SLOW.format(seconds=seconds))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    running = subprocess.Popen(
        command(tree, "record"),
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert wait_until(lambda: processes(f"sleep {seconds}"))
    if victim == "command":
        running.kill()
    else:
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
    _, said = running.communicate(timeout=20)
    if victim == "supervisor":
        assert "the process that starts the chapters died" in said
        assert running.returncode == 1
    assert wait_until(lambda: not processes(f"sleep {seconds}")), processes(f"sleep {seconds}")
    assert wait_until(lambda: not list(temporary.iterdir())), "the chapters' folders"
    assert not tree.record("demo/one").exists()
    tree.snippet("demo/one").write_text(QUICK, "utf-8")
    again = subprocess.run(command(tree, "record"), cwd=ROOT, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert records.load(tree, "demo/one") is not None


@pytest.mark.skipif(sys.platform != "linux", reason="the forking way")
def test_a_killed_caller_whose_output_pipe_is_noticed_first_leaves_no_process(
    tmp_path: Path, processes: Processes, wait_until: Wait
) -> None:
    seconds, closed = f"94{os.getpid() % 10000:04}", tmp_path / "closed"
    start, wait = (
        f'import subprocess; subprocess.Popen(["setsid", "sleep", "{seconds}"])',
        f"import pathlib, time\nwhile not pathlib.Path({str(closed)!r}).exists():\n    time.sleep(0.01)",
    )
    codes = {"start": start, "wait": wait, "end": "x = 1"}
    todo = [{"name": name, "code": code, "raises": "", "slider": ""} for name, code in codes.items()]
    (tmp_path / "run" / "work").mkdir(parents=True)  # of a killed caller the folder around is taken away
    job = worker.Job("demo/one", todo, [], str(tmp_path / "run" / "work"))
    with subprocess.Popen(
        machine.interpreter("child.supervisor", "1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert parent.stderr is not None
        parent.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        parent.stdin.flush()
        while b'"wait"' not in (line := parent.stdout.readline()):
            assert line, parent.stderr.read()
        assert processes(f"sleep {seconds}")
        parent.stdout.close()  # and standard input stays open
        closed.touch()
        said = parent.stderr.read()
        assert parent.wait(20) == 0
    assert b"Traceback" not in said
    assert wait_until(lambda: not processes(f"sleep {seconds}"))


def test_ctrl_c_ends_a_record_and_leaves_no_process(tmp_path: Path, processes: Processes, wait_until: Wait) -> None:
    seconds = f"97{os.getpid() % 10000:04}"
    tree = make_tree(tmp_path / "tree", SLOW.format(seconds=seconds))
    for name in ("record", "check"):
        running = subprocess.Popen(
            command(tree, name), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert wait_until(lambda: processes(f"sleep {seconds}"))
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=20)
        assert running.returncode == 1
        assert "Traceback" not in said
        assert wait_until(lambda: not processes(f"sleep {seconds}"))
        assert not tree.record("demo/one").exists()


def test_two_records_at_once_both_end_well(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", QUICK, ("demo/one", "demo/two"))
    both = [
        subprocess.Popen(command(tree, "record"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for running in both:
        _, said = running.communicate(timeout=60)
        assert running.returncode == 0, said.decode()
    assert {p.name for p in tree.records.rglob("*") if p.is_file()} == {"one.ipynb", "two.ipynb"}
    assert records.load(tree, "demo/two") is not None


def test_a_full_disk_keeps_the_old_record_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = make_tree(tmp_path / "tree", QUICK)
    assert subprocess.run(command(tree, "record"), cwd=ROOT, capture_output=True, check=False).returncode == 0
    before = tree.record("demo/one").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tree.record("demo/one"), "half")
    assert tree.record("demo/one").read_bytes() == before
    assert [p.name for p in tree.record("demo/one").parent.iterdir()] == ["one.ipynb"]


@pytest.mark.skipif(
    shutil.which("mount") is None or os.name != "posix" or os.geteuid() != 0, reason="mounts a small tmpfs"
)
def test_record_on_a_really_full_disk(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", QUICK)
    tree.records.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(tree.records)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("may not mount here")
    try:
        (tree.records / "demo").mkdir()
        (tree.records / "filler").write_bytes(b"x" * 4096)
        done = subprocess.run(command(tree, "record"), cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr
        assert list((tree.records / "demo").iterdir()) == []
    finally:
        subprocess.run(["umount", str(tree.records)], check=True)


def test_spaces_and_vietnamese_letters_in_the_path_and_crlf_files(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "thư mục của tôi", QUICK)
    for path in (tree.snippet("demo/one"), tree.page("vi", "demo/one"), tree.page("en", "demo/one")):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    done = subprocess.run(command(tree, "record"), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    crlf = tree.record("demo/one").read_bytes()
    tree.snippet("demo/one").write_text(QUICK, "utf-8")
    again = subprocess.run(command(tree, "record"), cwd=ROOT, capture_output=True, text=True, check=False)
    assert "0 written, 0 ran and gave the same, 1 fresh" in again.stdout
    assert tree.record("demo/one").read_bytes() == crlf


@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "C.UTF-8"}]
)
def test_a_locale_that_is_not_utf_8_changes_nothing(tmp_path: Path, environment: dict[str, str]) -> None:
    tree = make_tree(tmp_path / "cây", '# %% slow\nprint("đạo hàm")\n')
    done = subprocess.run(
        command(tree, "run", "demo/one"), cwd=ROOT, capture_output=True, check=False, env=os.environ | environment
    )
    assert done.returncode == 0, done.stderr
    done = subprocess.run(
        command(tree, "record"), cwd=ROOT, capture_output=True, check=False, env=os.environ | environment
    )
    assert done.returncode == 0, done.stderr
    record = records.load(tree, "demo/one")
    assert record is not None
    assert record.cells[0].outputs[0].text == "đạo hàm\n"


def test_one_core_is_enough(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", QUICK, ("demo/one", "demo/two", "demo/three"))
    pinned = command(tree, "record", "--jobs", "1")
    if hasattr(os, "sched_setaffinity"):
        pinned = ["taskset", "-c", "0", *pinned]
    done = subprocess.run(pinned, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "3 written" in done.stdout
