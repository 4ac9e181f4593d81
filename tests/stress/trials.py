"""What is done around a kill of each command, and what must hold afterwards."""

import random
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from ground import CHAPTERS, Ground, opens, settled
from kills import Killed, Visitor, kill, starter

from snippets._site.cache import page_cache as cache


class Trial:
    """A command that can be killed again and again."""

    name = ""
    edits = False
    """Whether the chapters are edited when, or before, it is killed."""

    def __init__(self, ground: Ground, log: Path, temporary: Path) -> None:
        self.ground = ground
        self.log = log
        self.temporary = temporary

    def prepare(self, chance: random.Random) -> None:
        """Bring the tree to a state to start from."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """What is killed."""
        return self.ground.snippets(self.name)

    def last(self) -> float:
        """The seconds that it takes undisturbed."""
        began = time.monotonic()
        done = self.ground.done(self.command())
        if done.returncode:
            raise RuntimeError(f"{self.name} ended with {done.returncode}: {done.stderr}")
        return time.monotonic() - began

    def kill(self, moment: float, child: random.Random | None) -> Killed:
        """Start it and kill it."""
        return kill(starter(self.ground, self.command(), self.log, self.temporary), self.log, moment, child)

    def findings(self, killed: Killed) -> Iterator[str]:
        """Everything that is not as it must be."""
        yield from self._of_the_kill(killed)
        yield from self._of_the_tree()
        yield from self._of_the_status()
        yield from self._of_the_next()
        yield from self._strays()

    def _of_the_kill(self, killed: Killed) -> Iterator[str]:
        for line in killed.left:
            yield f"a process is left: {line}"
        if killed.victim not in ("command", "child", ""):
            yield f"{killed.victim}: {killed.said[-500:]}"
        if killed.victim == "child" and "Traceback" in killed.said:
            yield f"a traceback: {killed.said[-800:]}"
        if killed.victim == "" and killed.status:
            yield f"it ended by itself with {killed.status}: {killed.said[-500:]}"

    def _edited(self) -> bool:
        return self.edits

    def _of_the_tree(self) -> Iterator[str]:
        now = self.ground.files()
        for name, data in self.ground.wanted_sources(edited=self._edited()).items():
            if now.get(name) != data:
                yield f"{name} is {'not as it was' if name in now else 'gone'}"
        for name in CHAPTERS:
            if why := opens(self.ground.tree, name):
                yield f"the record of {name} does not open: {why}"
        for path in (self.ground.tree.root / ".cache").rglob("*.json"):
            if not path.name.startswith(".") and not cache.read(path):
                yield f"{path.name} of the page cache is broken"

    def _new(self, name: str) -> bool | None:
        """Whether a record is that of the present code; None when it is neither that nor an old one."""
        data = self.ground.recorded().get(name)
        if data is not None and settled(data) == settled(self.ground.records[self._edited()][name]):
            return True
        return False if data in (None, self.ground.records[False][name]) else None

    def _of_the_status(self) -> Iterator[str]:
        done = self.ground.done(self.ground.snippets("status"))
        if done.returncode:
            yield f"status ended with {done.returncode}: {done.stderr}"
        said = [line for line in done.stdout.splitlines() if line.startswith(("error", "warning"))]
        said = [line for line in said if line not in self.ground.status]
        for name in CHAPTERS:
            about = [line for line in said if f"docs/notebooks/{name}.ipynb" in line]
            new = self._new(name)
            if new is None:
                yield f"the record of {name} is neither the old nor the new one"
            elif new == bool(about):
                yield f"the record of {name} is {'new' if new else 'old'}, but status says {about}"
            said = [line for line in said if line not in about]
        if said:
            yield f"status says {said}"

    def _of_the_next(self) -> Iterator[str]:
        done = self.ground.done(self.ground.snippets("record"))
        if done.returncode:
            yield f"the next record ended with {done.returncode}: {done.stderr}"
        for name in CHAPTERS:
            if not self._new(name):
                yield f"the next record of {name} is another than that of an undisturbed run"

    def _site(self) -> Iterator[str]:
        """The next build, from the state that the reference was built from."""
        self.ground.restore(edited=False, recorded=False)
        done = self.ground.done(self.ground.mkdocs("build"))
        if done.returncode:
            yield f"the next build ended with {done.returncode}: {done.stderr[-500:]}"
        built = self.ground.built()
        for name in sorted(built.keys() | self.ground.site.keys()):
            if built.get(name) != self.ground.site.get(name):
                yield f"the next build's {name} is not that of an undisturbed build"

    def _strays(self) -> Iterator[str]:
        known = {*self.ground.sources, *(f"docs/notebooks/{name}.ipynb" for name in CHAPTERS)}
        for name in sorted(self.ground.files().keys() - known):
            yield f"{name} is left in the tree"
            (self.ground.tree.root / name).unlink()
        for path in (self.ground.tree.root / ".cache").rglob(".*"):
            if path.is_file():
                yield f"{path.relative_to(self.ground.tree.root)} is left in the page cache"
                path.unlink()


class Record(Trial):
    """From no record, or from records that are stale."""

    name = "record"
    edits = True

    def prepare(self, chance: random.Random) -> None:
        self.ground.restore(edited=True, recorded=chance.choice([None, False]))


class Check(Trial):
    """From records that are right, which it must leave alone."""

    name = "check"

    def prepare(self, chance: random.Random) -> None:
        self.ground.restore(edited=False, recorded=False)

    def _of_the_next(self) -> Iterator[str]:
        done = self.ground.done(self.ground.snippets("check"))
        if done.returncode:
            yield f"the next check ended with {done.returncode}: {done.stdout} {done.stderr}"
        if self.ground.recorded() != self.ground.records[False]:
            yield "a check changed a record"


class Build(Trial):
    """With an empty cache, a full one, or what the last kill left."""

    name = "build"

    def prepare(self, chance: random.Random) -> None:
        self.ground.restore(edited=False, recorded=False)
        if chance.random() < 0.5:
            shutil.rmtree(self.ground.tree.root / ".cache", ignore_errors=True)

    def command(self) -> list[str]:
        return self.ground.mkdocs("build")

    def _of_the_next(self) -> Iterator[str]:
        yield from self._site()


class Serve(Build):
    """While somebody reads a page, saves both chapters and waits for their outputs."""

    name = "serve"
    host = ""

    def prepare(self, chance: random.Random) -> None:
        super().prepare(chance)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.host = f"127.0.0.1:{free.getsockname()[1]}"

    def command(self) -> list[str]:
        return self.ground.mkdocs("serve", "-a", self.host)

    def last(self) -> float:
        began = time.monotonic()
        process = starter(self.ground, self.command(), self.log, self.temporary)("undisturbed")
        visitor = Visitor(self.ground, f"http://{self.host}/")
        visitor.start()
        finished = visitor.finished(120)
        seconds = time.monotonic() - began
        process.kill()
        process.wait()
        visitor.stop()
        if not finished:
            raise RuntimeError(f"serve never showed the edit: {self.log.read_text('utf-8')[-2000:]}")
        return seconds

    def kill(self, moment: float, child: random.Random | None) -> Killed:
        visitor = Visitor(self.ground, f"http://{self.host}/")
        visitor.start()
        start = starter(self.ground, self.command(), self.log, self.temporary)
        try:
            return kill(start, self.log, moment, child, serves=True)
        finally:
            visitor.stop()

    def _edited(self) -> bool:
        path = self.ground.tree.snippet(CHAPTERS[0])
        return path.read_bytes() != self.ground.sources[self.ground.tree.relative(path)]

    def _of_the_next(self) -> Iterator[str]:
        yield from Trial._of_the_next(self)
        yield from self._site()
