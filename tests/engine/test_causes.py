"""Why a cell gives something else in each run, as `check` tells it."""

import pytest

from snippets._engine.chapters import cells
from snippets._engine.chapters.results import CellRun, Output
from snippets._engine.diffs.causes import SEED, cure

pytestmark = pytest.mark.unit


def told(code: str, first: str, second: str, seeded_alike: bool = True) -> str:
    """The cure for a cell with that code that printed one text, then another."""
    chapter = cells.parse(f"# %% before\nx = 1\n# %% one\n{code}\n", name="part/code", path="snippets/part/code.py")
    one, other = (CellRun("one", (Output("text", "stdout", text),)) for text in (first, second))
    return cure(chapter, one, other, seeded_alike)


KINDS = {
    "address": ("print(hex(id(x)))", "0x7f12", "0x7f34", "an object's place in memory"),
    "set": ("print({'a', 'b'})", "{'a', 'b'}", "{'b', 'a'}", "the order of a set"),
    "set of lines": ("for n in names:\n    print(n)", "a\nb\n", "b\na\n", "the order of a set"),
    "threads": ("from threading import Thread", "a\nb\n", "b\na\n", "the order in which threads or processes come"),
    "folder": ("print(os.listdir())", "['a', 'b']", "['b', 'a']", "the order of a folder's files"),
    "hash": ("print(hash('a'))", "-123", "456", "the hash of a text"),
    "temporary file": ("print(name)", "/tmp/abc/x.pt\n", "/tmp/def/x.pt\n", "the path of a temporary folder"),
    "duration": ("print(time.perf_counter() - start)", "0.1234", "0.2345", "a duration"),
    "date": (
        "print(datetime.now())",
        "2026-11-20 10:11:12.5",
        "2026-11-21 07:08:09.1",
        "the date or the time of the day",
    ),
    "process": ("print(os.getpid())", "123", "456", "the number of a process or thread"),
    "generator": ("print(np.random.default_rng().random())", "0.1", "0.2", "an unseeded generator of NumPy"),
    "system": ("print(uuid.uuid4())", "a1", "b2", "numbers of the system"),
    "memory": ("print(tracemalloc.get_traced_memory())", "123", "456", "how much memory is in use"),
}


@pytest.mark.parametrize(("code", "first", "second", "cause"), KINDS.values(), ids=KINDS.keys())
def test_likely_cause(code: str, first: str, second: str, cause: str) -> None:
    said = told(code, first, second)
    assert said.startswith(f"likely for {cause}")
    assert ": " in said.removeprefix("likely for ")


def test_only_a_seed_is_called_one() -> None:
    assert told("print(torch.rand(1))", "0.1", "0.2", seeded_alike=False) == SEED
    assert told("print(x)", "0.1", "0.2").startswith("no seed is to blame")


def test_cause_may_stand_in_an_earlier_cell() -> None:
    chapter = cells.parse("# %% a\nh = hash('x')\n# %% b\nprint(h)\n", name="p/c", path="snippets/p/c.py")
    runs = [CellRun("b", (Output("text", "stdout", text),)) for text in ("1", "2")]
    assert cure(chapter, *runs, seeded_alike=True).startswith("likely for the hash of a text")
