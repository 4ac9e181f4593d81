"""The first minutes: what MkDocs and the commands say when they start, and when they cannot."""

import errno
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import snippets
from snippets._site.port import AddressError, refuse_unusable

ROOT = Path(__file__).resolve().parents[2]
TAKE = "mkdocs serve -a localhost:"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens at."""
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        yield somebody.getsockname()[1]


def why_not(host: str, port: int) -> str:
    """What is said of an address that cannot be served from."""
    with pytest.raises(AddressError) as caught:
        refuse_unusable(host, port)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.unit
def test_a_port_in_use_is_told_with_another_to_take(taken: int) -> None:
    free = taken + 1 if taken < 65535 else 8001
    said = f"is in use, perhaps by another `mkdocs serve`; end that, or take another port: {TAKE}{free}"
    assert why_not("127.0.0.1", taken) == f"127.0.0.1:{taken} {said}"
    assert why_not("localhost", taken) == f"localhost:{taken} {said}"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        pytest.param(
            "192.0.2.1", 8000, f"192.0.2.1:8000 is no address of this machine; take its own: {TAKE}8001", id="v4"
        ),
        pytest.param("2001:db8::1", 8000, "[2001:db8::1]:8000 ", id="v6"),
        pytest.param("127.0.0.1", 99999, f"127.0.0.1:99999: ports go from 0 to 65535; try: {TAKE}8001", id="high"),
        pytest.param("127.0.0.1", -1, f"127.0.0.1:-1: ports go from 0 to 65535; try: {TAKE}8001", id="negative"),
        pytest.param("nowhere.invalid", 8000, "nowhere.invalid:8000 cannot be opened: ", id="unknown name"),
    ],
)
def test_an_address_that_cannot_be_had_is_told(host: str, port: int, said: str) -> None:
    assert why_not(host, port).startswith(said)


@pytest.mark.unit
def test_a_port_that_only_root_may_open_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("snippets._site.port.socket.socket.bind", refuse)
    assert why_not("127.0.0.1", 80) == (
        f"127.0.0.1:80 may not be opened by this user, as ports below 1024 seldom may; take a higher one: {TAKE}8001"
    )


@pytest.mark.unit
def test_an_address_that_is_free_is_left_free() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    refuse_unusable("127.0.0.1", port)
    refuse_unusable("127.0.0.1", port)


@pytest.mark.parametrize("options", [(), ("--strict",), ("--clean",)], ids=["plain", "strict", "clean"])
def test_serve_looks_at_its_address_before_it_builds(options: tuple[str, ...], taken: int) -> None:
    command = [sys.executable, "-m", "mkdocs", "serve", "-a", f"127.0.0.1:{taken}", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "Building documentation..." not in line]
    assert done.returncode == 2
    assert [line.partition(" is in use")[0] for line in said] == [f"127.0.0.1:{taken}"]


@pytest.mark.parametrize("address", ["abc", "abc:8000", "127.0.0.1:", "127.0.0.1:8x", ":8000", "example.com:80"])
def test_an_address_that_is_none_is_told_in_one_line(address: str) -> None:
    command = [sys.executable, "-m", "mkdocs", "serve", "-a", address]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    told = f"{address} is no address, expected localhost:PORT or IP:PORT; try: {TAKE}8000\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


def test_a_build_says_where_it_builds_and_once_how_long_it_took(site) -> None:
    said = [re.sub(r"^INFO +-  ", "", line) for line in site.log.splitlines() if line.strip()]
    folder = site.folder
    assert [re.sub(r"[\d.]+ seconds", "… seconds", line) for line in said if "Cleaning" not in line] == [
        f"Building documentation to directory: {folder}",
        f"Building documentation to directory: {folder / 'en'}",
        "Documentation built in … seconds",
    ]


@pytest.mark.unit
def test_the_versions_of_python_are_those_that_pip_goes_by() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (_, oldest), (major, newest) = snippets.OLDEST, snippets.NEWEST
    assert project["requires-python"] == f">={major}.{oldest},<{major}.{newest + 1}"


@pytest.mark.unit
@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 14), (4, 0)], ids=str)
@pytest.mark.parametrize("starts", ["snippets.__main__", "snippets._site.quiet"], ids=["command", "build"])
def test_another_python_is_named_before_anything_else(version: tuple[int, int], starts: str) -> None:
    code = f"import sys; sys.version_info = {(*version, 1, 'final', 0)}; import {starts}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    told = f"needs Python 3.11 to 3.13, but this is {version[0]}.{version[1]}; make .venv with one of those"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"pyproject.toml: {told}\n")


@pytest.mark.unit
def test_what_old_pythons_read_first_is_written_for_them() -> None:
    """No f-string, no annotation, no `:=`: what a Python of 2010 would stumble over before it could say so."""
    text = (ROOT / "snippets" / "__init__.py").read_text("utf-8")
    assert not re.search(r"\bf[\"']|:=|->|^\w+ *: *\w+ *=", text, re.MULTILINE)
    assert text.isascii()  # Python 2 reads nothing else without being told
