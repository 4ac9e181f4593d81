"""Measures a first search in a course of 30 chapters and 4 pages of errors. See README.md."""

import argparse
import functools
import gzip
import http.server
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS, ERROR_PAGES = 30, 4
MESSAGES = 26
"""Sections of a page of errors; each shows one."""
NEW = 0.15
"""Of a made chapter's words so many are new ones."""
RUN = 6
"""So many words stay together. With both numbers a made chapter adds some more bytes than a real one; both are told."""
LANGUAGES = {"vi": ("", "dao ham"), "en": ("en/", "derivative")}
"""Where a language stands, and what is typed."""
PHONE = {"latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8, "offline": False}
_WORD = re.compile(r"<[^<>]*>|&\w+;|[^\W\d_]+|.", re.DOTALL)
# The time from the first key to the first hit, and to the one that only the whole index brings.
WATCH = """() => {
  const box = document.querySelector("[data-md-component=search-query]")
  box.addEventListener("keydown", () => { self.begun ??= performance.now() })
  new MutationObserver(() => {
    if (document.querySelector(".md-search-result__item a")) self.found ??= performance.now() - self.begun
  }).observe(document.querySelector(".md-search-result__list"), { childList: true })
}"""

Json = dict[str, Any]


class Course:
    """The index of a built site, grown: each added chapter says what a real one says, mixed, with new words."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder / "search"
        self._random = random.Random(seed)
        self._first = json.loads((self._folder / "search_index.json").read_text("utf-8"))
        self._rest = json.loads((self._folder / "search_rest.json").read_text("utf-8"))
        self._syllables = sorted(set(re.findall(r"[^\W\d_]{2,}", json.dumps(self._first, ensure_ascii=False))))

    def grow(self) -> str:
        """Write the files of the grown course in place of the real ones; gives how much a chapter adds to the first."""
        sections: dict[str, list[Json]] = {}
        for entry in self._first["docs"]:
            sections.setdefault(entry["location"].split("#")[0], []).append(entry)
        real = [page for page in sections if page.count("/") == 2 and not page.startswith("start/")]
        for number in range(len(real), CHAPTERS):
            self._add(sections[real[number % len(real)]], f"made/chapter_{number}/", errors=False)
        for number in range(ERROR_PAGES):
            shown = [entry for page in real for entry in sections[page] if "<pre>" in entry["text"]]
            self._add(self._random.choices(shown, k=MESSAGES), f"errors/page_{number}/", errors=True)
        made = [f"made/chapter_{number}/" for number in range(len(real), CHAPTERS)]
        added = [sum(map(self._cost, pages)) / len(pages) for pages in (real, made)]
        for name, data in (("search_index", self._first), ("search_rest", self._rest)):
            (self._folder / f"{name}.json").write_bytes(_json(data))
        return "a chapter adds {:.0f} bytes to the first answers, a made one {:.0f}".format(*added)

    def _cost(self, page: str) -> int:
        """The bytes that a page adds to the first answers."""
        others = [entry for entry in self._first["docs"] if entry["location"].split("#")[0] != page]
        sizes = [len(gzip.compress(_json({**self._first, "docs": docs}))) for docs in (self._first["docs"], others)]
        return sizes[0] - sizes[1]

    def _add(self, sections: list[Json], page: str, *, errors: bool) -> None:
        for number, section in enumerate(sections):
            old = section["location"]
            where = page + (f"#message-{number}" if errors and number else "#".join(["", *old.split("#")[1:]]))
            made = {key: self._other(section[key]) for key in ("title", "text", "names")}
            self._first["docs"].append({**section, **made, "location": where})
            if old in self._rest:
                self._rest[where] = self._other(self._rest[old])

    def _other(self, text: str) -> str:
        """A text of the same length and build, a few words together in another order, some of them new."""
        parts = _WORD.findall(text)
        places = [i for i, part in enumerate(parts) if part[0].isalpha()]
        words = [self._new() if self._random.random() < NEW else parts[i] for i in places]
        runs = [words[i : i + RUN] for i in range(0, len(words), RUN)]
        self._random.shuffle(runs)
        for i, word in zip(places, (word for run in runs for word in run), strict=True):
            parts[i] = word
        return "".join(parts)

    def _new(self) -> str:
        one, other = self._random.sample(self._syllables, 2)
        return one if self._random.random() < 0.5 else one[:3] + other[-3:]


def _json(data: Json) -> bytes:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Sends everything packed, and remembers how much that was."""

    sent: list[tuple[str, int]]

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        body = gzip.compress(path.read_bytes(), 6)
        self.sent.append((self.path, len(body)))
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError):  # the page was closed
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """The address of a folder, and what was sent from it."""
    sent: list[tuple[str, int]] = []
    handler = type("Handler", (_Handler,), {"sent": sent})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", sent
        server.shutdown()


def first_search(page: Page, query: str, sent: list[tuple[str, int]], phone: bool) -> tuple[float, int, int]:
    """Milliseconds from the first key to the first hit; bytes up to then, and until all is there."""
    if phone:
        session = page.context.new_cdp_session(page)
        session.send("Network.emulateNetworkConditions", PHONE)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.evaluate(WATCH)
    sent.clear()
    with page.expect_response("**/search_rest.json", timeout=60_000):
        page.locator("[data-md-component=search-query]").focus() if phone else page.keyboard.press("/")
        page.locator("[data-md-component=search-query]").press_sequentially(query)
        page.locator(".md-search-result__item a").first.wait_for(timeout=60_000)
    total = sum(size for _, size in sent)
    before = sum(size for name, size in sent if not name.endswith("search_rest.json"))
    return page.evaluate("self.found"), before, total


def measure(browser: Browser, folder: Path) -> Iterator[str]:
    """The rows of the table."""
    with served(folder) as (address, sent):
        for lang, (prefix, query) in LANGUAGES.items():
            for device in ("desktop", "phone"):
                times = []
                for _ in range(3):
                    with browser.new_context() as context:
                        page = context.new_page()
                        page.goto(f"{address}{prefix}glossary/", wait_until="networkidle")
                        time, before, total = first_search(page, query, sent, device == "phone")
                        times.append(time)
                low, middle, high = sorted(times)
                sizes = f"{before / 1000:.0f} | {total / 1000:.0f}"
                yield f"| {lang} | {device} | {middle:.0f} ({low:.0f}–{high:.0f}) | {sizes} |"


def main() -> None:
    """Build, grow, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, help="a built site, which stays as it is; without it, one is built")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Path(folder, "site")
        if options.site:
            shutil.copytree(options.site, site)
        else:
            subprocess.run([sys.executable, "-m", "mkdocs", "build", "-q", "-d", str(site)], cwd=ROOT, check=True)
        for lang, (prefix, _) in LANGUAGES.items():
            print(f"{lang}: {Course(site / prefix, options.seed).grow()}")
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--headless", "--no-sandbox"])
        print("| language | device | first hit, ms | KB until then | KB in all |\n|---|---|---|---|---|")
        for row in measure(browser, site):
            print(row, flush=True)
        browser.close()


if __name__ == "__main__":
    main()
