"""A small tree, a real `mkdocs serve` of it, and what it answers."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from snippets._engine.project.tree import Tree

ROOT = Path(__file__).resolve().parents[2]
CODE = '# %% sum\ntotal = 1 + 2\nprint("total:", total)\n\n# %% twice\nprint("twice:", 2 * total)\n'
PAGE = """# {title} {{#tiny}}

{sentence}

::: cell #sum

::: cell #twice

{value} {{{{= #sum.total }}}}.
"""
HOOK = """from pathlib import Path

def on_post_build(config):
    with Path(__file__).with_name("built.log").open("a") as log:
        log.write(config.theme["language"] + "\\n")
"""
WORDS = {
    "vi": {"title": "Chương nhỏ", "sentence": "Câu đầu tiên.", "value": "Tổng bằng"},
    "en": {"title": "A small chapter", "sentence": "The first sentence.", "value": "The total is"},
}
CHAPTERS = ("basics/tiny", "basics/other")


def make_tree(root: Path) -> Tree:
    """Two chapters that need no torch, the project's own theme and configuration."""
    tree = Tree(root)
    shutil.copytree(ROOT / "docs" / "overrides", root / "docs" / "overrides")
    shutil.copytree(ROOT / "docs" / "assets", root / "docs" / "assets")
    nav = "nav:\n  - home: index.md\n  - basics:\n" + "".join(f"      - {name}.md\n" for name in CHAPTERS)
    text = re.sub(r"^nav:\n(?:[ -].*\n)+", nav, (ROOT / "mkdocs.yml").read_text("utf-8"), flags=re.MULTILINE)
    write(root / "mkdocs.yml", re.sub(r"^ +notebook_views:.*\n", "", text, flags=re.MULTILINE))
    for lang in tree.languages:
        write(tree.docs(lang) / "index.md", "# Home {#home}\n")
        for name in CHAPTERS:
            write(tree.page(lang, name), PAGE.format(**WORDS[lang]))
    for name in CHAPTERS:
        write(tree.snippet(name), CODE)
        write(tree.test(name), "")
    return tree


def log_builds(tree: Tree) -> None:
    """Let every build of a language be noted, for `Server.built`: of messages that repeat MkDocs logs one."""
    config = tree.root / "mkdocs.yml"
    write(config, f"{config.read_text('utf-8')}hooks: [hook.py]\n")
    write(tree.root / "hook.py", HOOK)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def edit(path: Path, old: str, new: str) -> None:
    """Save a file with a text's first occurrence replaced."""
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), "utf-8")


@dataclass
class Server:
    """A running `mkdocs serve`."""

    tree: Tree
    process: "subprocess.Popen[bytes]"
    address: str
    log: Path

    @classmethod
    def start(cls, tree: Tree, log: Path, status: int = 200, **environment: str) -> "Server":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            host = f"127.0.0.1:{free.getsockname()[1]}"
        variables = {name: value for name, value in os.environ.items() if name != "SITE_URL"}
        variables |= {"NO_MKDOCS_2_WARNING": "1", "PYTHONUNBUFFERED": "1", **environment}
        paths = [environment.get("PYTHONPATH", ""), str(ROOT), os.environ.get("PYTHONPATH", "")]
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "mkdocs", "serve", "-a", host],
                cwd=tree.root,
                env=variables,
                stdout=out,
                stderr=out,
            )
        server = cls(tree, process, f"http://{host}/", log)
        try:
            server.wait_for("", lambda answer: answer.status == status, 60)
        except BaseException:
            process.kill()
            raise
        return server

    def get(self, path: str) -> "Answer":
        try:
            with urllib.request.urlopen(self.address + path, timeout=20) as answer:
                return Answer(answer.status, answer.read().decode())
        except urllib.error.HTTPError as exc:
            with exc:
                return Answer(exc.code, exc.read().decode())
        except OSError as exc:
            return Answer(0, str(exc))

    def wait_for(self, path: str, shows: "Callable[[Answer], bool]", seconds: float = 30.0) -> "Answer":
        """The first answer that satisfies; fails with the last one."""
        end = time.monotonic() + seconds
        while True:
            answer = self.get(path)
            if shows(answer):
                return answer
            assert self.process.poll() is None, f"the server ended:\n{self.said()}"
            assert time.monotonic() < end, f"{path}: {answer.status}\n{answer.article}\n{self.said()[-3000:]}"
            time.sleep(0.1)

    def shows(self, path: str, *texts: str) -> "Answer":
        """Wait until a page shows all the texts."""
        return self.wait_for(path, lambda answer: all(text in answer.text for text in texts))

    def reloads(self, path: str) -> "threading.Event":
        """Open a page and wait for its next version as its script does; set when it would load itself again."""
        epoch, number = re.findall(r"livereload\((\d+), (\d+)\)", self.get(path).html)[0]
        reloaded = threading.Event()
        request = urllib.request.Request(f"{self.address}livereload/{epoch}/{number}")
        request.add_header("Referer", self.address + path)

        def poll() -> None:
            with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=70) as answer:
                if int(answer.read()) > int(epoch):
                    reloaded.set()

        threading.Thread(target=poll, daemon=True).start()
        return reloaded

    def built(self) -> list[str]:
        """The languages that were built so far, in order."""
        return (self.tree.root / "built.log").read_text("utf-8").split()

    def said(self) -> str:
        return self.log.read_text("utf-8", errors="replace")

    def stop(self) -> int:
        """Ctrl-C."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


@dataclass(frozen=True)
class Answer:
    """What a request got."""

    status: int
    html: str

    @property
    def article(self) -> str:
        """The part of a page that is its own."""
        match = re.search(r"<article.*?</article>", self.html, re.DOTALL)
        return match[0] if match else self.html

    @property
    def text(self) -> str:
        """The words of the article."""
        return " ".join(re.sub(r"<[^>]+>", "", self.article).split()).replace("&quot;", '"').replace("&amp;", "&")
