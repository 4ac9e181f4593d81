"""From a saved file to a changed page in Chromium: `mkdocs serve` of this project and of mkdocs-jupyter."""

import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import ours
import peers
import project
import tree as growing
from playwright.sync_api import Page, sync_playwright

from snippets._engine.project.tree import Tree

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
EDITED = "basics/autograd"
_PAGES = 60
_PATIENCE = 60
_OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_LOOK = """
const look = () => {
  const [where, mark] = JSON.parse(sessionStorage.sought || "[]");
  if (!where || ![...document.querySelectorAll(where)].some(found => found.textContent.includes(mark))) return;
  delete sessionStorage.sought;
  requestAnimationFrame(() => { sessionStorage.painted = Date.now(); });
};
new MutationObserver(look).observe(document, { childList: true, subtree: true });
"""
_TEXT, _OUTPUT, _PEER_OUTPUT = "article", "article .cell-output", "article .jp-OutputArea-output"
Times = Mapping[str, Sequence[float]]


def table(folder: Path, root: Path, environment: Mapping[str, str], saves: int, *, with_peers: bool) -> str:
    """Save one chapter again and again, and look each time until its page shows it.

    Args:
        folder: where projects may be written.
        root: this project.
        environment: of every command.
        saves: how often each kind of edit is made; a third as often beside mkdocs-jupyter.
        with_peers: look at mkdocs-jupyter too.
    """
    if not shutil.which(CHROMIUM):
        return f"Not measured: no Chromium at {CHROMIUM}; set CHROMIUM to its path."
    tree = ours.copy(folder / "served", root)
    growing.extend(tree, (_PAGES - sum(len(tree.pages(lang)) for lang in tree.languages)) // len(tree.languages))
    count = sum(len(tree.pages(lang)) for lang in tree.languages)
    others = peers.of(tree, folder / "served-peers", environment) if with_peers else None  # before anything is edited
    times = dict(_ours(tree, environment, saves))
    record = json.loads(tree.record(EDITED).read_text("utf-8"))
    own = sum(cell["metadata"]["snippets"]["seconds"] for cell in record["cells"])
    if others:
        times |= _peers(others, max(saves // 3, 1))
    head = f"{count} pages and the glossary, in both languages; {EDITED} is saved; its cells last took {own:.2f} s."
    return f"{head}\n\n{_rows(times)}"


def _ours(tree: Tree, environment: Mapping[str, str], saves: int) -> Times:
    sentence = partial(project.edit_sentence, tree, EDITED)
    with _chromium() as page, _serving(tree.root, environment) as address:
        return {
            "a sentence, Vietnamese": _saved(page, f"{address}{EDITED}/", _TEXT, saves, sentence),
            "a sentence, English": _saved(page, f"{address}en/{EDITED}/", _TEXT, saves, partial(sentence, lang="en")),
            "a cell": _saved(page, f"{address}{EDITED}/", _OUTPUT, saves, partial(project.edit_cell, tree, EDITED)),
        }


def _peers(others: peers.Peers, saves: int) -> Times:
    others.jupyter()  # fills its cache
    with _chromium() as page, _serving(others.root, others.environment) as address:
        return {
            f"mkdocs-jupyter, one language: {title}": _saved(
                page, f"{address}{EDITED}/", where, saves, lambda mark, kind=kind: others.edit(EDITED, kind, mark)
            )
            for title, kind, where in (("a sentence", "markdown", _TEXT), ("a cell", "code", _PEER_OUTPUT))
        }


def _saved(page: Page, address: str, where: str, saves: int, edit: Callable[[str], object]) -> Sequence[float]:
    """Seconds from each save to the moment the page paints it, on the clock of the page."""
    page.add_init_script(_LOOK)
    page.goto(address)
    times = []
    for turn in range(saves):
        page.wait_for_timeout(3000)  # what the last save left to do is done
        mark = f"again {'a' * (turn + 1)}"
        page.evaluate(
            "sought => { delete sessionStorage.painted; sessionStorage.sought = JSON.stringify(sought) }", [where, mark]
        )
        edit(mark)
        saved = time.time()
        page.wait_for_function("sessionStorage.painted", timeout=_PATIENCE * 1000)
        times.append(page.evaluate("Number(sessionStorage.painted)") / 1000 - saved)
    return times


@contextlib.contextmanager
def _chromium() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=_OPTIONS)
        try:
            yield chromium.new_page()
        finally:
            chromium.close()


@contextlib.contextmanager
def _serving(root: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """A running `mkdocs serve`; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    with (root / ".benchmark.log").open("w+b") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "-a", host],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(process, f"http://{host}/", root / ".benchmark.log")
            yield f"http://{host}/"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _wait(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.2)
    raise RuntimeError(f"mkdocs serve did not answer\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _rows(times: Times) -> str:
    lines = ["| seconds from save to page | median | quickest | slowest | saves |", "|---|--:|--:|--:|--:|"]
    for title, found in times.items():
        figures = (statistics.median(found), min(found), max(found))
        lines.append(f"| {title} | {' | '.join(f'{value:.2f}' for value in figures)} | {len(found)} |")
    return "\n".join(lines)
