"""With a second core both languages are built at once; the site and what the build says are the same as with one."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("serve_driver", Path(__file__).with_name("serve_driver.py"))
assert _spec is not None
assert _spec.loader is not None
serve_driver = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(serve_driver)

ROOT = Path(__file__).resolve().parents[2]
BUILD = [sys.executable, "-m", "mkdocs", "build", "--strict"]
CORES = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
COUNT_FORKS = "import os\nos.register_at_fork(after_in_parent=lambda: open(os.environ['FORKS'], 'a').write('x'))\n"
pytestmark = pytest.mark.skipif(len(CORES) < 2, reason="needs Linux and two cores")


@pytest.fixture
def build(tmp_path):
    """Builds a tree strictly on some cores; gives the exit code, what was said, and the files with their bytes."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(COUNT_FORKS, "utf-8")

    def run(tree, cores: int):
        folder, forks = tmp_path / f"site{cores}", tmp_path / f"forks{cores}"
        paths = os.pathsep.join([str(tmp_path / "hook"), str(ROOT)])
        variables = {"PYTHONPATH": paths, "FORKS": str(forks), "NO_MKDOCS_2_WARNING": "1", "SNIPPETS_CACHE": "0"}
        done = subprocess.run(
            ["taskset", "--cpu-list", ",".join(map(str, CORES[:cores])), *BUILD, "--site-dir", str(folder)],
            cwd=tree.root,
            env=os.environ | variables,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert forks.exists() == (cores > 1)
        said = re.sub(r"in [\d.]+ seconds", "", done.stderr).replace(str(folder), "SITE")
        files = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        return done.returncode, said, files

    return run


def test_the_same_files_words_and_count_of_warnings(build, tmp_path):
    tree = serve_driver.make_tree(tmp_path / "tree")
    for lang, link in (("vi", "one.md"), ("en", "two.md")):
        serve_driver.edit(tree.docs(lang) / "index.md", "{#home}\n", f"{{#home}}\n\n[x]({link})\n")
    code, said, files = build(tree, 2)
    assert (code, said, files) == build(tree, 1)
    assert code == 1
    assert said.index("'one.md'") < said.index("'two.md'")
    assert Path("en/basics/tiny/index.html") in files


def test_an_error_of_the_second_language_is_told_once_and_as_with_one_core(build, tmp_path):
    tree = serve_driver.make_tree(tmp_path / "tree")
    serve_driver.edit(tree.docs("en") / "index.md", "{#home}\n", "{#home}\n\n$\\frac{1$ and $$\\nothing$$\n")
    code, said, _ = build(tree, 2)
    assert (code, said) == build(tree, 1)[:2]
    assert code == 1
    assert said.count("docs/en/index.md:3:") == 1
    assert "Traceback" not in said


SCRIPT = """
import logging, os, sys, time
from snippets._site.build.parallel import ForkedPart, can_fork
assert can_fork()
log = logging.getLogger("mkdocs.part")
logging.basicConfig(format="%(levelname)s %(name)s %(message)s", stream=sys.stdout, level=logging.INFO)
part = ForkedPart(lambda: [log.warning("number %d", n) for n in range(2000)])
log.info("first")
assert part.join()
assert not ForkedPart(lambda: [log.warning("unsaid"), 1 / 0]).join()
assert not ForkedPart(lambda: os.kill(os.getpid(), 9)).join()
part = ForkedPart(lambda: time.sleep(60))
begin = time.monotonic()
part.kill()
assert time.monotonic() - begin < 30
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("no child is left")
"""


def test_what_a_part_logs_is_said_when_it_ends_and_only_if_all_went_well():
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0] == "INFO mkdocs.part first"
    assert said[1:2001] == [f"WARNING mkdocs.part number {n}" for n in range(2000)]
    assert said[2001:] == ["no child is left"]
