"""The project's own site, built once a session, and its cache for trees that are nearly the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE_URL = "https://example.org/pytorch/"


def build(root: Path, folder: Path, *options: str, site_url: str = SITE_URL) -> "subprocess.CompletedProcess[str]":
    """What `mkdocs build` says and ends with."""
    environment = os.environ | {"SITE_URL": site_url, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder), *options]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, encoding="utf-8", check=False)


def build_strictly(folder: Path) -> None:
    """The site as it is published, with what the build said beside it: for `made_once("site", build_strictly)`."""
    done = build(ROOT, folder / "site", "--strict")
    assert done.returncode == 0, done.stderr
    (folder / "log").write_text(done.stderr, "utf-8")


def give_cache(root: Path, name: str = "") -> None:
    """Let a tree's build take what did not change from the project's own build; a part of the cache where named.

    The cache replaces its files and never writes into them, so that both trees can hold the same.
    """
    if (kept := ROOT / ".cache" / "site" / name).is_dir():
        linked(kept, root / ".cache" / "site" / name)


def linked(source: Path, target: Path) -> Path:
    """A copy of a folder whose files nobody writes into: the same files under other names."""
    return Path(shutil.copytree(source, target, copy_function=_link))


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)
