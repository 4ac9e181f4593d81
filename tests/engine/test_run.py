"""What a run of a chapter gives: every trap that was met once."""

import base64
import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from snippets._engine.chapters import cells
from snippets._engine.chapters.results import ChapterRun
from snippets._engine.run.scheduler import run

Run = Callable[..., ChapterRun]
WAYS = ("fork", "spawn")


def text(result: ChapterRun, cell: str) -> str:
    """All that a cell wrote and showed."""
    return "".join(output.text for output in result.cell(cell).outputs)


def gone(pid: int, seconds: float = 5.0) -> bool:
    """Whether a process ends within some seconds (a zombie counts as gone)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(") ")[2].startswith("Z"):
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_output_of_python_and_of_c_stay_in_order(run_code: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    result = run_code("""\
        # %% order
        import ctypes, os, subprocess, sys
        print("python 1")
        ctypes.CDLL(None).puts(b"c")
        print("python 2", end="")
        os.system("echo shell")
        subprocess.run([sys.executable, "-c", "print('child')"])
        os.write(1, b"descriptor\\n")
        sys.stderr.write("error 1\\n")
        os.system("echo error 2 >&2")
        print("đạo hàm")
        "result"
        """)
    assert result.failure is None
    assert [(o.kind, o.source, o.text) for o in result.cell("order").outputs] == [
        ("text", "stdout", "python 1\nc\npython 2shell\nchild\ndescriptor\n"),
        ("text", "stderr", "error 1\nerror 2\n"),
        ("text", "stdout", "đạo hàm\n"),
        ("text", "result", "'result'\n"),
    ]


def test_text_is_normalised_as_a_terminal_shows_it(run_code: Run) -> None:
    result = run_code("""\
        # %% text
        import sys, warnings
        print("10%\\r50%\\r100%\\r")
        print("a\\r\\nb")
        print(object())
        print([object(), "at 0x7f"])
        warnings.warn("mind this")
        sys.stderr.write("5 of 10\\r10 of 10")
        print(sys.stdout.isatty(), "\\ud800")
        # %% result
        object
        # %% empty
        x = None
        x
        """)
    assert text(result, "text") == (
        "100%\na\nb\n<object object at 0x7f0000000000>\n[<object object at 0x7f0000000000>, 'at 0x7f']\n"
        "UserWarning: mind this\n10 of 10"
        "False ?\n"
    )
    assert [o.source for o in result.cell("text").outputs] == ["stdout", "stderr", "stdout"]
    assert text(result, "result") == "object\n"
    assert result.cell("empty").outputs == ()


def test_nothing_is_to_be_read_from_the_terminal(run_code: Run) -> None:
    result = run_code("# %% read\nimport sys\nprint(repr(sys.stdin.read()))\n")
    assert text(result, "read") == "''\n"


@pytest.fixture(scope="module")
def drawn() -> list[ChapterRun]:
    """A chapter that draws, run twice, with a backend in the environment that would lose its figures."""
    code = """\
        # %% unshown
        import matplotlib.pyplot as plt
        plt.plot([1, 3, 2]);
        # %% nothing
        x = 1
        # %% two
        for points in ([1, 2], [2, 1]):
            plt.figure()
            plt.plot(points, marker="o")
            plt.show()
            print("drawn")
        # %% style
        plt.rcParams["lines.linewidth"] = 9
        """
    chapter = cells.parse(dedent(code), name="part/code", path="snippets/part/code.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "agg")
        return [run([chapter])["part/code"] for _ in range(2)]


def test_figure_that_is_not_shown_is_kept_and_does_not_leak(drawn: list[ChapterRun]) -> None:
    first = drawn[0]
    assert first.failure is None
    assert [(o.kind, o.source) for o in first.cell("unshown").outputs] == [("figure", "display")]
    assert first.cell("nothing").outputs == ()
    assert [(o.kind, o.text[:6]) for o in first.cell("two").outputs if o.kind == "text"] == [("text", "drawn\n")] * 2
    assert [o.kind for o in first.cell("two").outputs] == ["figure", "text", "figure", "text"]


def test_same_data_gives_the_same_bytes(drawn: list[ChapterRun]) -> None:
    first, second = ([o.text for c in r.cells for o in c.outputs if o.kind == "figure"] for r in drawn)
    assert first == second
    assert len(first) == 3
    assert all(svg.lstrip().startswith("<?xml") for svg in first)


def test_figures_are_transparent_in_the_inks_and_carry_no_date(drawn: list[ChapterRun]) -> None:
    from snippets._engine.chapters import figures

    svg = drawn[0].cell("unshown").outputs[0].text
    assert figures.CYCLE[0] in svg
    assert figures.INK in svg
    assert "dc:" not in svg
    assert "background" not in svg
    assert figures.dark(svg).count(figures.DARK[figures.CYCLE[0]]) == svg.count(figures.CYCLE[0])
    width, height = figures.size(svg)
    assert 300 < width < 900
    assert 200 < height < 700


def test_a_figure_has_a_png_of_its_size_on_white_beside_it(drawn: list[ChapterRun]) -> None:
    from matplotlib.image import imread

    from snippets._engine.chapters import figures

    output = drawn[0].cell("unshown").outputs[0]
    pixels = imread(io.BytesIO(base64.b64decode(output.png)), "png")
    width, height = figures.size(output.text)  # in CSS pixels, 96 an inch
    assert pixels.shape[1] == pytest.approx(width * figures.PNG_DPI / 96, abs=3)
    assert pixels.shape[0] == pytest.approx(height * figures.PNG_DPI / 96, abs=3)
    assert pixels[0, 0].tolist()[:3] == [1, 1, 1]
    assert pixels.min() < 0.5  # something is drawn
    assert len(output.png) < 15_000
    assert output.plain == "<Figure size 640x480 with 1 Axes>"
    assert [o.png for c in drawn[1].cells for o in c.outputs if o.kind == "text"] == ["", ""]


def test_drawing_the_png_warns_no_second_time(run_code: Run) -> None:
    code = """\
        # %% draw
        import warnings
        import matplotlib.pyplot as plt
        warnings.simplefilter("always")
        title = plt.title("\u65e5")
        """
    stderr, figure = run_code(code).cells[0].outputs
    assert stderr.text.count("Glyph 26085") == 3  # as many as drawing the SVG alone gives
    assert figure.png


def test_chapters_do_not_see_each_other(run_code: Run) -> None:
    names = [f"part/{letter}" for letter in "abc"]
    code = """\
        # %% look
        import os, random, sys
        print("name" in globals(), os.environ.get("LEFT"), "left" in sys.path, sorted(os.listdir()))
        print(os.getcwd() == os.environ["PWD"], __name__)
        # %% leave
        name = random.random()
        os.environ["LEFT"] = "x"
        sys.path.append("left")
        open("left.txt", "w").close()
        """
    chapters = [cells.parse(dedent(code), name=name, path=f"snippets/{name}.py") for name in names]
    results = run(chapters, jobs=1, values={name: {"leave": ["name"]} for name in names})
    assert list(results) == names
    assert {text(r, "look") for r in results.values()} == {"False None False []\nTrue __main__\n"}
    assert len({r.cell("leave").values["name"] for r in results.values()}) == 3
    assert not Path("left.txt").exists()


def test_namespace_holds_only_what_the_chapter_bound(run_code: Run) -> None:
    result = run_code("""\
        # %% first
        import types
        ours = [n for n, v in globals().items() if isinstance(v, types.ModuleType) and n[:2] != "__"]
        print(ours)
        # %% second
        import os as system
        _hidden = 1
        ours = 2
        del types
        """)
    assert text(result, "first") == "['types']\n"
    assert [c.names for c in result.cells] == [("ours", "types"), ("system",)]


@pytest.mark.parametrize("way", WAYS)
def test_another_environment_that_is_active_changes_nothing(
    way: str, run_code: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IPython would warn, in the first cell's output, and import from there."""
    packages = tmp_path / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    packages.mkdir(parents=True)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    monkeypatch.setenv("SNIPPETS_WAY", way)
    result = run_code(f"""\
        # %% look
        import sys
        print({str(packages)!r} in sys.path)
        """)
    assert text(result, "look") == "False\n"


def test_cells_share_a_main_module_whose_classes_can_be_pickled(run_code: Run) -> None:
    result = run_code("""\
        # %% define
        import multiprocessing, pickle
        class Point:
            def __init__(self, x):
                self.x = x
        def show(point):
            print("worker", point.x)
        # %% use
        print(pickle.loads(pickle.dumps(Point(3))).x, __name__)
        worker = multiprocessing.get_context("fork").Process(target=show, args=(Point(4),))
        worker.start()
        worker.join()
        """)
    assert result.failure is None
    assert text(result, "use") == "3 __main__\nworker 4\n"


def test_values_are_taken_right_after_their_cell_and_disturb_nothing(run_code: Run) -> None:
    code = """\
        # %% one
        import random
        import numpy as np
        random.seed(1)
        np.random.seed(1)
        x = [1, 2]
        # %% two
        print(random.random(), np.random.rand())
        x.append(3)
        """
    asked = {
        "one": ["x", "random.random()", "np.random.rand(2).shape", "print('heard')", "nothing", "{1: 2}", "1 / 0"],
        "two": ["len(x)", "object()"],
    }
    result = run_code(code, values=asked)
    assert result.cell("one").values["x"] == [1, 2]
    assert result.cell("one").values["np.random.rand(2).shape"] == [2]
    assert result.cell("one").values["print('heard')"] is None
    assert result.cell("one").wrong_values == {
        "nothing": "NameError: name 'nothing' is not defined",
        "{1: 2}": "NotJsonError: a value must be a number, text, None or a list of them, not dict",
        "1 / 0": "ZeroDivisionError: division by zero",
    }
    assert result.cell("two").values == {"len(x)": 3}
    assert text(result, "two") == text(run_code(code), "two")


def test_displayed_object_is_kept_as_text_never_as_html(run_code: Run) -> None:
    result = run_code("""\
        # %% show
        from IPython.display import HTML, display
        display(HTML("<b>x</b>"))
        display({"a": 1})
        """)
    assert [(o.kind, o.source, o.text) for o in result.cell("show").outputs] == [
        ("text", "display", "<IPython.core.display.HTML object>\n"),
        ("text", "display", "{'a': 1}\n"),
    ]


# Promises


BROKEN = {
    "here": ("raise ValueError('no\\nmore')", 5, "raised ValueError: no", "ValueError"),
    "in a function of another cell": (
        "broken(0)\nx = 1\ny = 2",
        5,
        "raised ZeroDivisionError: division by zero",
        "ZeroDivisionError",
    ),
    "in a function of its own": (
        "def inner():\n    return 1 / 0\n\n\ninner()",
        6,
        "raised ZeroDivisionError: division by zero",
        "ZeroDivisionError",
    ),
    "after comments": ("x = 1\n# vi: a\n# en: a\nint('x')", 8, "raised ValueError: invalid literal", "ValueError"),
    "of text that is no Python": ("x = 1\nexec('return x')", 6, "raised SyntaxError: 'return' outside", "SyntaxError"),
}


@pytest.fixture(scope="module")
def broken() -> dict[str, ChapterRun]:
    """A run for each cell of `BROKEN`."""
    texts = {
        f"part/c{n}": f"# %% first\ndef broken(x):\n    return 1 / x\n# %% bad\n{code}\n# %% after\nprint(1)\n"
        for n, (code, *_) in enumerate(BROKEN.values())
    }
    results = run([cells.parse(text, name=name, path=f"snippets/{name}.py") for name, text in texts.items()])
    return dict(zip(BROKEN, results.values(), strict=True))


@pytest.mark.parametrize("case", BROKEN)
def test_cell_that_raises_is_told_with_its_statement(case: str, broken: dict[str, ChapterRun]) -> None:
    _, line, message, kind = BROKEN[case]
    result = broken[case]
    assert result.failure is not None
    assert str(result.failure).startswith(f"{result.chapter.path}:{line}: cell `bad` {message}")
    assert "\n" not in str(result.failure)
    assert result.failure.fix == f'mend it, or declare raises="{kind}" on the cell'
    assert [c.name for c in result.cells] == ["first", "bad"]


def test_cell_that_must_raise_and_does_not_is_told(run_code: Run) -> None:
    result = run_code('# %% bad raises="ValueError"\nx = 1\n')
    assert str(result.failure) == (
        'snippets/part/code.py:1: cell `bad` declares raises="ValueError" but raised nothing; remove it'
    )


def test_cell_that_raises_another_type_is_told(run_code: Run) -> None:
    result = run_code('# %% bad raises="ValueError"\nx = 1\n{}["a"]\n')
    assert str(result.failure) == (
        "snippets/part/code.py:3: cell `bad` declares raises=\"ValueError\" but raised KeyError: 'a'; "
        'mend it, or write raises="KeyError"'
    )


def test_declared_error_is_an_output_and_the_chapter_goes_on(run_code: Run) -> None:
    raised = {
        "bare": ("raise ValueError", "ValueError: "),
        "lines": ("raise RuntimeError('two\\nlines at 0x7f0123456789')", "RuntimeError: two\nlines at 0x7f0000000000"),
        "exit": ("import sys\nsys.exit(3)", "SystemExit: 3"),
        "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt: "),
        "syntax": ("exec('return 1')", "SyntaxError: 'return' outside function (<string>, line 1)"),
    }
    result = run_code(
        "".join(f'# %% {n} raises="{e.partition(":")[0]}"\nprint(1)\n{c}\n' for n, (c, e) in raised.items())
        + "# %% after\nprint(2)\n"
    )
    assert result.failure is None
    for name, (_, error) in raised.items():
        assert [(o.kind, o.text) for o in result.cell(name).outputs] == [("text", "1\n"), ("error", error)]
    assert text(result, "after") == "2\n"


# Runs that end badly


def test_no_traceback_is_laid_out_for_an_error_that_is_told_in_one_line(run_code: Run) -> None:
    """IPython would do it for its history, which nobody reads: longer than the chapters' own work."""
    result = run_code("""\
        # %% watch
        from IPython.core.ultratb import VerboseTB
        calls = []
        VerboseTB.structured_traceback = lambda *args, **options: calls.append(1) or []

        # %% bad raises="ZeroDivisionError"
        1 / 0

        # %% told
        print(calls)
        """)
    assert result.failure is None
    assert text(result, "told") == "[]\n"


ELSEWHERE = {
    "event loop": (
        "import asyncio\nasync def main():\n    return 3\nprint(1)\nasyncio.run(main())",
        9,
        "raised RuntimeError: asyncio.run() cannot be called from a running event loop; a notebook runs an event loop",
    ),
    "event loop of its own": (
        "import asyncio\nloop = asyncio.new_event_loop()\nloop.run_until_complete(asyncio.sleep(0))",
        7,
        "raised RuntimeError: Cannot run the event loop while another loop is running; a notebook runs an event loop",
    ),
    "file of the script": ("print(__file__)", 5, "raised NameError: name '__file__' is not defined; a notebook has no"),
    "question": ("input('name? ')", 5, "raised EOFError: EOF when reading a line; nobody answers `input()` in a run"),
    "bytes": (
        "import sys\nsys.stdout.buffer.write(b'x')",
        6,
        "raised AttributeError: 'Stream' object has no attribute 'buffer'; a script's `sys.stdout` has `buffer`, a",
    ),
    "command line": (
        "import argparse\nargparse.ArgumentParser().parse_args()",
        6,
        "raised SystemExit: 2; a notebook has a command line of its own: give the arguments, as in `parse_args([])`",
    ),
}
CPU = 'a chapter runs on the CPU: choose with `device = "cuda" if torch.cuda.is_available() else "cpu"`'
NOWHERE = {
    "display": ("display(3)", "NameError", "a script has no `display`: write `from IPython.display import display`"),
    "IPython": ("get_ipython()", "NameError", "a script has no IPython: leave it out"),
    "last result": ("3\nprint(_)", "NameError", "mend it"),
    "earlier input": ("In[0]", "NameError", "mend it"),
    "file of the repository": ("open('docs/x.csv')", "FileNotFoundError", "a run starts in a folder without the"),
    "GPU": ("raise RuntimeError('No CUDA GPUs are available')", "RuntimeError", CPU),
    "torch without CUDA": ("raise AssertionError('Torch not compiled with CUDA enabled')", "AssertionError", CPU),
    "package": ("import nothing_like_it", "ModuleNotFoundError", "a chapter has what pyproject.toml installs as `run`"),
    "end": ("exit()", "SystemExit", "a script ends here, and the cells below never run: leave it out"),
    "loop that runs": ("import asyncio\nasyncio.create_task(asyncio.sleep(0))", "RuntimeError", "mend it"),
}


@pytest.fixture(scope="module")
def not_everywhere() -> dict[str, ChapterRun]:
    """A run for each cell of `ELSEWHERE`, with its error declared and without, and for each of `NOWHERE`."""
    texts = {}
    for case, (code, _, message) in ELSEWHERE.items():
        texts[case] = f"# %% first\nx = 1\n\n# %% bad\n{code}\n"
        texts[f"{case}, declared"] = texts[case].replace("bad", f'bad raises="{message.split()[1][:-1]}"')
    texts |= {case: f"# %% bad\n{code}\n" for case, (code, *_) in NOWHERE.items()}
    results = run([cells.parse(text, name=f"part/c{n}", path="c.py") for n, text in enumerate(texts.values())])
    return dict(zip(texts, results.values(), strict=True))


@pytest.mark.parametrize("declared", ["", ", declared"])
@pytest.mark.parametrize("case", ELSEWHERE)
def test_what_works_in_a_script_alone_is_told_also_where_the_error_is_declared(
    case: str, declared: str, not_everywhere: dict[str, ChapterRun]
) -> None:
    _, line, message = ELSEWHERE[case]
    said = str(not_everywhere[case + declared].failure)
    assert said.startswith(f"c.py:{line}: cell `bad` {message}")
    assert "declare raises" not in said


@pytest.mark.parametrize("case", NOWHERE)
def test_what_a_script_lacks_a_cell_lacks_and_is_told_what_to_do(
    case: str, not_everywhere: dict[str, ChapterRun]
) -> None:
    _, kind, advice = NOWHERE[case]
    failure = not_everywhere[case].failure
    assert failure is not None
    assert failure.message.startswith(f"cell `bad` raised {kind}")
    assert failure.fix.startswith(advice)
    assert failure.fix.endswith(f'or declare raises="{kind}" on the cell')


def test_cell_that_names_a_base_class_or_another_name_of_its_error_is_told_the_own_name() -> None:
    codes = {
        "LookupError": ("{}[1]", 'a base class of what it raised: KeyError: 1; mend it, or write raises="KeyError"'),
        "Exception": ("{}[1]", 'a base class of what it raised: KeyError: 1; mend it, or write raises="KeyError"'),
        "IOError": (
            "raise OSError(5)",
            'another name of what it raised: OSError: 5; mend it, or write raises="OSError"',
        ),
    }
    texts = [f'# %% bad raises="{declared}"\n{code}\n' for declared, (code, _) in codes.items()]
    results = run([cells.parse(text, name=f"part/c{n}", path="c.py") for n, text in enumerate(texts)])
    assert [str(result.failure) for result in results.values()] == [
        f'c.py:2: cell `bad` declares raises="{declared}", {message}' for declared, (_, message) in codes.items()
    ]


# Outputs that come late, or in another form


def test_what_threads_write_after_the_last_cell_is_its_output(run_code: Run) -> None:
    result = run_code("""\
        # %% start
        import threading, time
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor(1)
        def late(what):
            time.sleep(0.3)
            print(what)
        pool.submit(late, "of a pool")
        # %% last
        threading.Thread(target=late, args=("of a thread",)).start()
        threading.Thread(target=time.sleep, args=(99,), daemon=True).start()
        print("end")
        """)
    assert result.failure is None
    assert sorted(text(result, "last").splitlines()) == ["end", "of a pool", "of a thread"]


def test_what_goes_to_the_first_streams_of_the_process_is_kept_in_order(run_code: Run) -> None:
    result = run_code("""\
        # %% write
        import sys
        print("1")
        sys.__stdout__.write("2\\n")
        print("3")
        print("4", file=sys.__stdout__)
        """)
    assert text(result, "write") == "1\n2\n3\n4\n"


def test_bar_that_is_drawn_between_prints_is_its_last_frame(run_code: Run) -> None:
    """As tqdm draws it, which reads TQDM_… of its environment and takes any text for true."""
    result = run_code("""\
        # %% bar
        import os, sys
        print("TQDM_DISABLE" in os.environ, "COLUMNS" in os.environ)
        print("before", file=sys.stderr)
        for i in range(3):
            sys.stderr.write(f"\\r{i}/2 [00:00<00:00, 9.{i}it/s]")
            print("step", i)
        print(file=sys.stderr)
        """)
    assert [(o.source, o.text) for o in result.cell("bar").outputs] == [
        ("stdout", "False False\n"),
        ("stderr", "before\n"),
        ("stdout", "step 0\nstep 1\nstep 2\n"),
        ("stderr", "2/2 [00:00<00:00, 9.2it/s]\n"),
    ]


def test_what_is_shown_and_not_kept_is_remembered_with_its_line(run_code: Run) -> None:
    result = run_code("""\
        # %% rich
        from IPython.display import HTML, Image, Markdown, display
        x = 1
        display(HTML("<b>x</b>"))
        display({"a": 1})
        Markdown("**x**")
        # %% drawn
        import matplotlib.pyplot as plt
        plt.rcParams["svg.fonttype"] = "none"
        plt.plot([1, 2])
        plt.title("t");
        # %% linked
        plt.rcParams["svg.fonttype"] = "path"
        plt.plot([1, 2])
        plt.title("t", url="https://example.org");
        """)
    assert [(r.kind, r.line, r.text) for cell in result.cells for r in cell.remarks] == [
        ("dropped", 3, "HTML"),
        ("dropped", 5, "Markdown"),
        ("refused", 4, "<text>"),
        ("refused", 3, "<a>"),
    ]


def test_too_much_text_stops_the_chapter(run_code: Run) -> None:
    for code in (
        "for i in range(10**6):\n    print('x' * 999)",
        "import os\nos.system('head -c 2000000 /dev/zero')",
        "'x' * 1_500_000",
        "try:\n    print('x' * 1_500_000)\nexcept BaseException:\n    pass",
    ):
        result = run_code(f"# %% first\nprint(1)\n# %% loud\n{code}\n")
        assert str(result.failure) == "snippets/part/code.py:3: cell `loud` writes more than 1,000,000 characters"
        assert [c.name for c in result.cells] == ["first"]


@pytest.mark.parametrize("way", WAYS)
def test_cell_that_never_ends_is_ended(way: str, run_code: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNIPPETS_WAY", way)
    monkeypatch.setenv("SNIPPETS_DEADLINE", "6")
    started = time.monotonic()
    result = run_code(
        "# %% first\nprint(1)\n# %% loop\nimport time\nprint('turning')\nwhile True:\n    time.sleep(9)\n"
    )
    assert str(result.failure) == (
        "snippets/part/code.py:6: cell `loop` did not end within 6 s; the last that it wrote: 1 | turning"
    )
    assert text(result, "first") == "1\n"
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("way", WAYS)
def test_chapter_whose_process_dies_is_told_with_the_cell(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNIPPETS_WAY", way)
    leave = "; leave out what ends it, such as os._exit: no cell below would run"
    deaths = {
        "os._exit(3)": ("the process left with status 3", leave),
        "os._exit(0)": ("the process left with status 0", leave),
        "os.kill(os.getpid(), 11)": ("the process died with signal 11 (SIGSEGV)", ""),
        "print(2)": ("", ""),
    }
    texts = [f"# %% first\nimport os\nprint(1)\n# %% dies\n{code}\n# %% after\nprint(3)\n" for code in deaths]
    chapters = [cells.parse(text, name=f"part/c{n}", path=f"snippets/part/c{n}.py") for n, text in enumerate(texts)]
    results = list(run(chapters).values())
    assert [str(r.failure) for r in results[:3]] == [
        f"snippets/part/c{n}.py:5: cell `dies`: {why}; the last that it wrote: 1{fix}"
        for n, (why, fix) in enumerate(list(deaths.values())[:3])
    ]
    assert results[3].failure is None
    assert [[c.name for c in r.cells] for r in results] == [["first"]] * 3 + [["first", "dies", "after"]]
    assert {text(r, "first") for r in results} == {"1\n"}


@pytest.mark.parametrize("way", WAYS)
def test_process_left_behind_is_gone_afterwards(way: str, run_code: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNIPPETS_WAY", way)
    result = run_code(
        "# %% leave\nimport subprocess\nchild = subprocess.Popen(['sleep', '300'])\n", values={"leave": ["child.pid"]}
    )
    assert result.failure is None
    pid = result.cell("leave").values["child.pid"]
    assert isinstance(pid, int)
    assert gone(pid)


def test_progress_names_each_cell_and_the_end_of_each_chapter(run_code: Run) -> None:
    seen: list[tuple[str, str]] = []
    run_code("# %% a\nx = 1\n# %% b\ny = 1\n", progress=lambda chapter, cell: seen.append((chapter, cell)))
    assert seen == [("part/code", "a"), ("part/code", "b"), ("part/code", "")]


def test_no_chapters_are_no_run() -> None:
    assert run([]) == {}


# The other way


def comparable(result: ChapterRun) -> list[Any]:
    """All of a run that does not differ by nature."""
    return [[(c.name, c.outputs, c.values, c.wrong_values, c.names) for c in result.cells], result.environment]


def test_fresh_process_gives_what_a_forked_one_gives(run_code: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """\
        # %% text
        import os, sys, warnings
        print("a", os.environ["CUDA_VISIBLE_DEVICES"] == "", os.environ["OMP_NUM_THREADS"])
        os.system("echo b; echo c >&2")
        warnings.warn("w", DeprecationWarning)
        sys.path[0], __name__, sys.argv[0]
        # %% figure
        import matplotlib.pyplot as plt
        import numpy as np
        np.random.seed(0)
        plt.plot(np.random.rand(5))
        # %% error raises="ZeroDivisionError"
        1 / 0
        """
    results = []
    for way in WAYS:
        monkeypatch.setenv("SNIPPETS_WAY", way)
        results.append(run_code(code, values={"figure": ["np.random.rand(2)", "missing"]}, reseed=True))
    assert results[0].failure is None
    assert comparable(results[0]) == comparable(results[1])
    assert text(results[0], "text").startswith("a True 1\nb\n")
    assert [o.kind for o in results[0].cell("figure").outputs] == ["text", "figure"]


def test_fresh_processes_run_side_by_side_and_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNIPPETS_WAY", "spawn")
    chapters = [
        cells.parse(f"# %% one\nprint({n})\n", name=f"part/c{n}", path=f"snippets/part/c{n}.py") for n in range(3)
    ]
    results = run(chapters, jobs=2)
    assert [text(r, "one") for r in results.values()] == ["0\n", "1\n", "2\n"]


# With torch


TORCH = """\
# %% facts
import os
import torch
threads = torch.get_num_threads()
seed = torch.initial_seed()
print(torch.cuda.is_available(), repr(os.environ.get("CUDA_VISIBLE_DEVICES")), threads)
# %% numbers
torch.manual_seed(0)
x = torch.rand(3)
# %% after
print(torch.rand(1).item())
# %% digits
from torchvision import datasets, transforms
train = datasets.MNIST("data", download=True, transform=transforms.ToTensor())
test = datasets.MNIST("data", train=False)
image, label = train[0]
print(len(train), len(test), tuple(image.shape), image.max().item() <= 1, label)
"""


@pytest.fixture(scope="module")
def with_torch() -> list[ChapterRun]:
    """A chapter with torch and torchvision, run as for a record; and its first cells, run as for a check."""
    asked = {"facts": ["seed"], "numbers": ["x", "x.sum()", "torch.rand(2).shape", "x > 2", "x.dtype"]}
    whole, part = TORCH, TORCH.partition("# %% digits")[0]
    runs = []
    for code, values, reseed in ((whole, asked, False), (part, {"facts": ["seed"]}, True)):
        chapter = cells.parse(code, name="part/code", path="snippets/part/code.py")
        runs.append(run([chapter], values={"part/code": values}, reseed=reseed)["part/code"])
    return runs


def test_torch_runs_on_one_thread_and_sees_no_gpu(with_torch: list[ChapterRun]) -> None:
    assert with_torch[0].failure is None
    assert text(with_torch[0], "facts") == "False '' 1\n"
    environment = with_torch[0].environment
    assert environment["threads"] == 1
    assert environment["versions"]["torch"].startswith("2.")
    assert environment["capability"]
    assert environment["device"] == environment["cpu"]


def test_runner_sets_no_seed_but_a_check_sets_another_every_time(with_torch: list[ChapterRun]) -> None:
    recorded, checked = (r.cell("facts").values["seed"] for r in with_torch)
    assert recorded >= 2**32  # torch's own, of 64 random bits
    assert checked < 2**31


def test_values_of_tensors_are_their_numbers_and_leave_the_generator_alone(with_torch: list[ChapterRun]) -> None:
    first, second = with_torch
    assert first.cell("numbers").values["x"] == [0.4962566, 0.7682218, 0.08847743]
    assert first.cell("numbers").values["x.sum()"] == 1.3529558
    assert first.cell("numbers").values["x > 2"] == [False, False, False]
    assert list(first.cell("numbers").wrong_values) == ["x.dtype"]
    assert text(first, "after") == text(second, "after") == "0.13203048706054688\n"


def test_digits_of_scikit_learn_stand_where_mnist_is_looked_for(with_torch: list[ChapterRun]) -> None:
    assert with_torch[0].data == "scikit-learn's 8×8 digits as 28×28"
    assert text(with_torch[0], "digits") == "1438 359 (1, 28, 28) True 0\n"


def test_data_is_named_only_for_the_chapters_that_use_it() -> None:
    codes = {"part/plain": "# %% one\nx = 1\n", "part/digits": "# %% one\nMNIST = 1\n"}
    chapters = [cells.parse(code, name=name, path=f"snippets/{name}.py") for name, code in codes.items()]
    assert {name: r.data for name, r in run(chapters).items()} == {
        "part/plain": "",
        "part/digits": "scikit-learn's 8×8 digits as 28×28",
    }


def test_number_of_threads_can_be_set(run_code: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNIPPETS_THREADS", "2")
    result = run_code("# %% one\nimport os\nprint(os.environ['OMP_NUM_THREADS'])\n")
    assert text(result, "one") == "2\n"
    assert result.environment["threads"] == 2


def test_nothing_is_left_in_the_folder_for_temporary_files(
    run_code: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run_code("# %% one\nopen('left.txt', 'w').close()\n")
    assert os.listdir(tmp_path) == []
