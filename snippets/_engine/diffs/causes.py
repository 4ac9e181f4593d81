"""Why a cell gives something else in each run, and what to do about it."""

import re
from collections.abc import Iterable

from ..chapters.cells import Chapter
from ..chapters.results import CellRun

SEED = "seed the generator, as in torch.manual_seed(0)"
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FOLDER = re.compile(r"(?:/tmp|/private|/var/folders|[A-Z]:\\Users\\[^\\]+\\AppData)[/\\][^\s'\"]*")
_ITEM = re.compile(r"[^\s,;:(){}\[\]]+")
_PLACES = "an object's place in memory", "show what it holds, not where it lies"
_ORDER = "the order of a set", "write sorted(…) around it"
_WORKERS = "the order in which threads or processes come to an end", "gather what they give, and print it in order"
_FOLDERS = "the path of a temporary folder", "show the file's name alone"
_BY_CODE = (
    (r"default_rng\(\)", "an unseeded generator of NumPy", "write np.random.default_rng(0)"),
    (r"\b(?:Random|RandomState)\(\)|\.seed\(\)", "an unseeded generator", "give it a number"),
    (r"\b(?:uuid[14]|secrets|urandom|SystemRandom)\b", "numbers of the system, which no seed fixes", "write them down"),
    (r"\bhash\(", "the hash of a text, another in each process", "use zlib.crc32 or hashlib"),
    (r"\bid\(|data_ptr\(", *_PLACES),
    (r"\bgetpid\(|\.pid\b|\bget_ident\(|\bnative_id\b", "the number of a process or thread", "leave it out"),
    (r"\bmk[ds]temp\b|TemporaryDirectory|NamedTemporaryFile|gettempdir|\bgetcwd\(|Path\.cwd", *_FOLDERS),
    (r"\b(?:listdir|scandir|iterdir|r?glob|walk)\(", "the order of a folder's files", "write sorted(…) around it"),
    (
        r"\b(?:perf_counter|process_time|monotonic|thread_time|timeit|Timer|elapsed_time)(?:_ns)?\b|\btime\.time",
        "a duration",
        'leave it out, or declare volatile="true" on the cell',
    ),
    (
        r"\b(?:datetime|strftime|ctime|asctime|localtime|gmtime|today)\b|\btime\.time",
        "the date or the time of the day",
        "write a fixed one into the cell",
    ),
    (
        r"\b(?:getrusage|tracemalloc|psutil|memory_info|getsizeof|max_memory_allocated)\b",
        "how much memory is in use",
        'leave it out, or declare volatile="true" on the cell',
    ),
    (r"\b(?:threading|Thread|ThreadPool\w*|ProcessPool\w*|Pool|multiprocessing|as_completed|num_workers)\b", *_WORKERS),
    (r"\bset\(|\bfrozenset\(|\{[^{}:]+,[^{}:]+\}", *_ORDER),
)
"""What in the code makes it likely, the cause, the cure."""


def cure(chapter: Chapter, first: CellRun, second: CellRun, seeded_alike: bool) -> str:
    """The likely cause of a difference between two runs of a cell, and what to do.

    Args:
        seeded_alike: whether the two differ although every generator began with the same number.
    """
    if not seeded_alike:
        return SEED
    cause, mend = _by_text(chapter, first, second) or _by_code(chapter, first.name) or ("", "")
    if not cause:
        return "no seed is to blame: leave out what is of this run alone (times, addresses, the order of a set)"
    return f"likely for {cause}: {mend}"


def _by_text(chapter: Chapter, first: CellRun, second: CellRun) -> tuple[str, str] | None:
    a, b = _said(first), _said(second)
    if _HEX.sub("·", a) == _HEX.sub("·", b):
        return _PLACES
    if _FOLDER.sub("·", a) == _FOLDER.sub("·", b):
        return _FOLDERS
    if sorted(_ITEM.findall(a)) == sorted(_ITEM.findall(b)):
        code = _by_code(chapter, first.name)
        return code if code and "order" in code[0] else _ORDER
    return None


def _by_code(chapter: Chapter, cell: str) -> tuple[str, str] | None:
    """By what stands in the cell, or in those before it."""
    names = [c.name for c in chapter.cells]
    before = chapter.cells[: names.index(cell)]
    for codes in ([chapter.by_name[cell].code], [c.code for c in before]):
        for pattern, cause, mend in _BY_CODE:
            if any(re.search(pattern, code) for code in codes):
                return cause, mend
    return None


def _said(run: CellRun) -> str:
    values: Iterable[str] = (str(run.values[key]) for key in sorted(run.values))
    return "\n".join([*(output.text for output in run.outputs if output.kind != "figure"), *values])
