"""Finding the links that leave the site, and asking for them: here of a server of our own, no network."""

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from . import outer

pytestmark = pytest.mark.unit

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize(
    ("html", "found"),
    [
        pytest.param('<a href="https://a.example/b">', ["https://a.example/b"], id="https"),
        pytest.param("<a class=x href='http://a.example' rel=y>", ["http://a.example"], id="http"),
        pytest.param("<A HREF=HTTPS://a.example/>", ["HTTPS://a.example/"], id="upper-case"),
        pytest.param('<a href="https://a.example/?b=1&amp;c=2">', ["https://a.example/?b=1&c=2"], id="escaped"),
        pytest.param('<a href="https://a.example/b#c"><a href="https://a.example/b#d">', ["https://a.example/b"],
                     id="one-address-two-fragments"),
        pytest.param('<a href="../a/"><a href="httpx"><a href="#b"><a href="mailto:a@b.c"><a>', [], id="not-outer"),
        pytest.param('<link href="https://a.example"><code>&lt;a href="https://b.example"&gt;</code>', [],
                     id="nothing-to-click"),
    ],
)  # fmt: skip
def test_the_links_of_a_page(html: str, found: list[str], tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(html, "utf-8")
    assert list(outer.links(tmp_path)) == found


def test_an_address_is_told_with_every_page_that_links_to_it(tmp_path: Path) -> None:
    for name in ("index.html", "en/index.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text('<a href="https://a.example"></a>' * 2, "utf-8")
    assert outer.links(tmp_path) == {"https://a.example": ["en/index.html", "index.html"]}


@pytest.fixture
def server() -> Iterator[tuple[str, Counter[str]]]:
    """A server's address, and how often each path was asked for."""
    asked: Counter[str] = Counter()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the server's own name for it
            asked[self.path] += 1
            status = {"/gone": 404, "/moved": 302, "/down": 503, "/flaky": 503 if asked[self.path] < 3 else 200}
            self.send_response(status.get(self.path, 200))
            self.send_header("Location", "/well")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as made:
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}", asked
        made.shutdown()


@pytest.mark.parametrize(
    ("path", "said", "times"),
    [
        pytest.param("/well", "", 1, id="well"),
        pytest.param("/moved", "", 1, id="redirected"),
        pytest.param("/flaky", "", 3, id="well-at-the-third-try"),
        pytest.param("/down", "503 Service Unavailable", 4, id="down"),
        pytest.param("/gone", "404 Not Found", 1, id="gone-needs-no-second-try"),
    ],
)
def test_what_an_address_answers(path: str, said: str, times: int, server: tuple[str, Counter[str]]) -> None:
    address, asked = server
    assert outer.fault(address + path, pauses=(0, 0, 0)) == said
    assert asked[path] == times


def test_letters_beyond_ascii_reach_the_server_as_a_browser_sends_them(server: tuple[str, Counter[str]]) -> None:
    address, asked = server
    assert outer.fault(f"{address}/đạo_hàm?q=%20a") == ""
    assert list(asked) == ["/%C4%91%E1%BA%A1o_h%C3%A0m?q=%20a"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "http://[/", "http:///nowhere", "http://a.example:port/"])
def test_an_address_that_leads_nowhere_is_a_fault_and_no_traceback(address: str) -> None:
    assert outer.fault(address, pauses=()) != ""


FOUND = {"https://a.example/b": ["index.html"], "https://c.example": ["1", "2", "3", "4", "5"]}


@pytest.mark.parametrize(
    ("faults", "may_fail", "said"),
    [
        pytest.param({}, {}, [], id="all-is-well"),
        pytest.param({"https://a.example/b": "404 Gone"}, {}, ["a.example/b: 404 Gone; linked from index.html;"],
                     id="a-fault"),
        pytest.param({"https://c.example": "timed out"}, {}, ["linked from 1, 2, 3 and 2 more"], id="many-pages"),
        pytest.param({"https://a.example/b": "403 Forbidden"}, {"https://a.example/": "no programs"}, [], id="allowed"),
        pytest.param({}, {"https://a.example/": "no programs"}, [], id="allowed-and-well"),
        pytest.param({}, {"https://d.example/": "no programs"}, ["no page links to https://d.example/"], id="idle"),
    ],
)  # fmt: skip
def test_what_is_reported(faults: dict[str, str], may_fail: dict[str, str], said: list[str]) -> None:
    lines = list(outer.report(FOUND, faults, may_fail))
    assert len(lines) == len(said)
    assert all(part in line for part, line in zip(said, lines, strict=True))


def test_the_list_of_what_may_fail_can_be_read_and_gives_reasons(tmp_path: Path) -> None:
    outer.allowed(HERE / "allowed.toml")
    (tmp_path / "some.toml").write_text('[[allowed]]\naddress = "https://a.example"\nreason = ""\n', "utf-8")
    with pytest.raises(ValueError, match="entry 1 needs an address and a reason"):
        outer.allowed(tmp_path / "some.toml")


def test_a_folder_that_is_no_site_is_a_wrong_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        outer.main([str(tmp_path)])
    assert left.value.code == 2
    assert "run: mkdocs build" in capsys.readouterr().err


@pytest.mark.parametrize(("path", "status"), [("/well", 0), ("/gone", 1)])
def test_the_status_tells_whether_all_is_well(
    path: str,
    status: int,
    server: tuple[str, Counter[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outer, "HERE", tmp_path)
    (tmp_path / "allowed.toml").touch()
    (tmp_path / "index.html").write_text(f'<a href="{server[0]}{path}">', "utf-8")
    assert outer.main([str(tmp_path)]) == status
    assert f"1 addresses, {status} problems" in capsys.readouterr().out
