"""What of a cell cannot reach a reader: code that only `check` can run, figures and forms that no page shows."""

import ast
from collections.abc import Iterator

from ..chapters.cells import Cell, Chapter
from ..chapters.results import ChapterRun
from ..project.errors import Finding

LARGEST = 500_000
"""Bytes of a figure's SVG: its reader may be on a phone, and each page shows several."""
_OURS = ("snippets", "tests", "docs")
_ARGUMENTS = "reads `sys.argv`, which is the kernel's own in a notebook", "write the values into the cell"
_AT_EXIT = "calls `atexit.register`: what runs after the last cell is no cell's output", "call it in a cell"


def not_portable(chapter: Chapter) -> list[Finding]:
    """What no cell may ask for, each with its line and what to do instead."""
    sets_arguments = any(_is_argv(node, ast.Store) for cell in chapter.cells for node in ast.walk(ast.parse(cell.code)))
    return [
        Finding("cell", chapter.path, cell.file_line(line), f"cell `{cell.name}` {message}", fix)
        for cell in chapter.cells
        for line, message, fix in sorted(set(_found(cell)))
        if not (sets_arguments and (message, fix) == _ARGUMENTS)
    ]


def _found(cell: Cell) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(ast.parse(cell.code)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for name in _imported(node):
                if name.startswith(".") or name.partition(".")[0] in _OURS:
                    yield node.lineno, f"imports `{name}`, which no reader has", "write what it needs into a cell"
                elif name == "sys.argv":
                    yield node.lineno, *_ARGUMENTS
        elif isinstance(node, ast.Attribute) and _is_argv(node, ast.Load):
            yield node.lineno, *_ARGUMENTS
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "atexit.register":
            yield node.lineno, *_AT_EXIT


def _is_argv(node: ast.AST, context: type[ast.expr_context]) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.ctx, context) and ast.unparse(node) == "sys.argv"


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{'.' * node.level}{node.module or ''}.{alias.name}".replace("..", ".") for alias in node.names]


def refused(result: ChapterRun) -> list[Finding]:
    """The figures that may stand on no page, each with the reason."""
    message = "shows a figure that is refused: it holds {}, which no drawing of matplotlib's holds by default"
    fix = 'draw it plainly: text as paths (svg.fonttype "path"), no links, nothing from elsewhere'
    return [*_remarks(result, "refused", "run", message, fix), *_oversized(result)]


def _oversized(result: ChapterRun) -> Iterator[Finding]:
    """Figures too heavy for a page; those of an explorable one have a limit of their own (chapters/frames.py)."""
    fix = "draw fewer points, or with rasterized=True"
    for run in result.cells:
        cell = result.chapter.by_name[run.name]
        for output in run.outputs:
            size = len(output.text.encode()) if output.kind == "figure" and output.frame is None else 0
            if size > LARGEST:
                message = f"cell `{cell.name}` draws a figure of {size:,} bytes, at most {LARGEST:,} go on a page"
                yield Finding("run", result.chapter.path, cell.line, message, fix)


def dropped(result: ChapterRun) -> list[Finding]:
    """What cells showed in a form that is not kept."""
    message = "shows {}, which is not kept: the page shows its text, as `print` would"
    return _remarks(result, "dropped", "dropped", message, "")


def _remarks(result: ChapterRun, which: str, kind: str, message: str, fix: str) -> list[Finding]:
    chapter = result.chapter
    return [
        Finding(
            kind, chapter.path, cell.file_line(remark.line), f"cell `{cell.name}` {message.format(remark.text)}", fix
        )
        for run in result.cells
        for cell in [chapter.by_name[run.name]]
        for remark in run.remarks
        if remark.kind == which
    ]
