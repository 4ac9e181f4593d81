"""The folder that `mkdocs serve` shows: what did not change is not written again."""

import os
from pathlib import Path

import pytest
from mkdocs import utils

from snippets._site.serve.site_folder import SiteFolder

pytestmark = pytest.mark.unit
LONG_AGO = 10**9


def write(path: Path, content: bytes) -> bool:
    """Whether MkDocs' function really wrote."""
    if path.exists():
        os.utime(path, ns=(LONG_AGO, LONG_AGO))
    utils.write_file(content, str(path))
    assert path.read_bytes() == content
    return path.stat().st_mtime_ns != LONG_AGO


def test_a_page_is_written_when_it_changed_or_is_gone(tmp_path):
    folder, path, before = SiteFolder(), tmp_path / "part" / "index.html", utils.write_file
    folder.begin()
    try:
        assert write(path, b"one")
        assert not write(path, b"one")
        assert write(path, b"two")
        path.unlink()
        assert write(path, b"two")
        assert not write(path, b"two")
    finally:
        folder.forget()
    assert utils.write_file is before
    folder.begin()
    assert write(path, b"two"), "after a build that failed nobody knows what stands there"
    folder.forget()
