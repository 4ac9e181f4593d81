"""The record of a run: a plain executed notebook, the only place an output is stored.

Its notebook metadata hold, under `snippets`, what it ran on and the hash of the code; each code cell holds its hash,
values and seconds, on the wall and of the processor.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from ..chapters import figures, frames
from ..chapters.environment import ENVIRONMENT, public
from ..chapters.results import CellRun, ChapterRun, Output
from ..project.errors import Finding, RecordError
from ..project.files import write_whole
from ..project.tree import Tree

FORMAT = 4
"""The major version of nbformat."""
_SVG, _PNG = "image/svg+xml", "image/png"


@dataclass(frozen=True)
class Record:
    """What a chapter gave when it was last recorded."""

    chapter: str
    variant: str
    path: str
    """The notebook, relative to the root."""
    hash: str
    environment: dict[str, Any]
    data: str
    data_hash: str
    """Of its images; empty where they come with a package, in old records, and where there are none."""
    recorded: str
    """The date, UTC, as 2026-11-20."""
    cells: tuple[CellRun, ...]
    cell_hashes: dict[str, str]

    @cached_property
    def by_name(self) -> dict[str, CellRun]:
        """The cells by name."""
        return {cell.name: cell for cell in self.cells}

    @property
    def torch(self) -> str:
        """The public version of torch: 2.13.0, not 2.13.0+cpu."""
        return public(self.environment["versions"]["torch"])

    @property
    def device(self) -> str:
        """The name of the device it ran on."""
        return str(self.environment["device"])

    def names_after(self, cell: str) -> set[str]:
        """The names bound once a cell has run."""
        names: set[str] = set()
        for run in self.cells:
            names.update(run.names)
            if run.name == cell:
                break
        return names


def load(tree: Tree, chapter: str, variant: str = "cpu") -> Record | None:
    """The record of a chapter, None when there is none.

    Raises:
        RecordError: the file is truncated, not JSON, of another nbformat, or not a record; it holds a figure that
            matplotlib did not draw.
    """
    path = tree.record(chapter, variant)
    name = tree.relative(path)
    fix = f"run: {command(chapter, variant)}"
    try:
        notebook = json.loads(path.read_bytes())
        if (form := notebook.get("nbformat", FORMAT)) != FORMAT:  # another program saved it
            raise RecordError(name, 1, f"a notebook of nbformat {form}, expected {FORMAT}", fix)
        return _checked(_from_notebook(notebook, name), fix)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise RecordError(name, None, f"cannot be read: {exc.strerror}") from None
    except ValueError as exc:
        line = getattr(exc, "lineno", 1)
        raise RecordError(name, line, f"not JSON, expected an executed notebook: {exc}", fix) from None
    except (KeyError, TypeError, AttributeError) as exc:
        raise RecordError(name, 1, f"a notebook, but no record of ours: {exc!r} is missing or wrong", fix) from None


def _checked(record: Record, fix: str) -> Record:
    for cell in record.cells:
        for output in cell.outputs:
            if output.kind == "figure" and (strange := figures.foreign(output.text)):
                message = f"the figure of cell `{cell.name}` holds {strange}, which matplotlib does not draw"
                raise RecordError(record.path, 1, message, fix)
            if output.png and not figures.is_png(output.png):
                raise RecordError(record.path, 1, f"what stands as the PNG of cell `{cell.name}` is none", fix)
    return record


def command(chapter: str, variant: str = "cpu") -> str:
    """The command that records a chapter."""
    return f"python -m snippets record {chapter}" + ("" if variant == "cpu" else f" --variant {variant}")


def _from_notebook(notebook: dict[str, Any], path: str) -> Record:
    meta = notebook["metadata"]["snippets"]
    environment = {key: meta["environment"][key] for key in ENVIRONMENT}
    environment["versions"]["torch"]  # a record without it is none
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return Record(
        meta["chapter"],
        meta["variant"],
        path,
        meta["hash"],
        environment,
        meta["data"],
        meta.get("data_hash", ""),
        meta["recorded"],
        tuple(_cell_from(cell) for cell in cells),
        {cell["id"]: cell["metadata"]["snippets"]["hash"] for cell in cells},
    )


def _cell_from(cell: dict[str, Any]) -> CellRun:
    meta = cell["metadata"]["snippets"]
    outputs = tuple(_output_from(output) for output in cell["outputs"])
    seconds = float(meta["seconds"]), float(meta["cpu_seconds"])
    return CellRun(cell["id"], outputs, dict(meta["values"]), {}, tuple(meta["names"]), *seconds)


def _output_from(output: dict[str, Any]) -> Output:
    match output["output_type"]:
        case "stream":
            return Output("text", output["name"], _joined(output["text"]))
        case "error":
            return Output("error", "error", f"{output['ename']}: {output['evalue']}")
        case kind:
            source = "result" if kind == "execute_result" else "display"
            known = {_SVG, _PNG, "text/plain"} if _SVG in output["data"] else {"text/plain"}
            if strange := set(output["data"]) - known:
                raise KeyError(*strange)
            if _SVG in output["data"]:
                frame = output["metadata"].get("snippets", {}).get("frame")
                if not isinstance(frame, dict | None):
                    raise TypeError("frame")
                png, plain = (_joined(output["data"].get(mime, "")) for mime in (_PNG, "text/plain"))
                return Output("figure", source, _joined(output["data"][_SVG]), frame, "".join(png.split()), plain)
            return Output("text", source, _joined(output["data"]["text/plain"]) + "\n")


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def to_notebook(run: ChapterRun, variant: str, recorded: str) -> dict[str, Any]:
    """The notebook (nbformat 4.5) of a whole run."""
    chapter = run.chapter
    cells = []
    for number, (cell, ran) in enumerate(zip(chapter.cells, run.cells, strict=True), 1):
        meta: dict[str, Any] = {
            "hash": cell.hash,
            "names": list(ran.names),
            "seconds": ran.seconds,
            "cpu_seconds": ran.cpu_seconds,
            "values": ran.values,
        }
        tags = {"tags": ["raises-exception"]} if cell.raises else {}
        cells.append(
            {
                "cell_type": "code",
                "execution_count": number,
                "id": cell.name,
                "metadata": {**tags, "snippets": meta},
                "outputs": [output_to_notebook(output, number) for output in ran.outputs],
                "source": split_lines(cell.code),
            }
        )
    language = {"name": "python", "version": run.environment["python"]}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {
        "chapter": chapter.name,
        "data": run.data,
        "environment": run.environment,
        "hash": chapter.hash,
        "recorded": recorded,
        "variant": variant,
    }
    about |= {"data_hash": run.data_hash} if run.data_hash else {}
    metadata = {"kernelspec": kernel, "language_info": language, "snippets": about}
    return {"cells": cells, "metadata": metadata, "nbformat": FORMAT, "nbformat_minor": 5}


def output_to_notebook(output: Output, number: int) -> dict[str, Any]:
    """An output as nbformat has it; `number` is its cell's execution count."""
    if output.kind == "error":
        kind, _, message = output.text.partition(": ")
        return {"ename": kind, "evalue": message, "output_type": "error", "traceback": [output.text]}
    if output.source in ("stdout", "stderr"):
        return {"name": output.source, "output_type": "stream", "text": split_lines(output.text)}
    data = _figure(output) if output.kind == "figure" else {"text/plain": split_lines(output.text.removesuffix("\n"))}
    shown: dict[str, Any] = {"data": data, "metadata": {}, "output_type": "display_data"}
    if output.frame is not None:
        shown["metadata"] = {"snippets": {"frame": output.frame}}
    if output.source == "result":
        shown |= {"execution_count": number, "output_type": "execute_result"}
    return shown


def _figure(output: Output) -> dict[str, Any]:
    """A figure in all its forms, of which a notebook's reader gets the best that is safe to show."""
    beside = {_PNG: output.png, "text/plain": split_lines(output.plain)}
    return {_SVG: split_lines(output.text)} | {mime: form for mime, form in beside.items() if form}


def split_lines(text: str) -> list[str]:
    """Text as notebooks keep it, one string a line: a changed output is a small diff."""
    return text.splitlines(keepends=True) if "\r" not in text else [text]


def write(tree: Tree, run: ChapterRun, variant: str) -> Path:
    """Write the record of a whole run, at once or not at all.

    Raises:
        OSError: the file cannot be written; the old record is as it was.
    """
    path = tree.record(run.chapter.name, variant)
    write_whole(path, _text(to_notebook(run, variant, today())))
    return path


def lacks(record: Record, run: ChapterRun) -> bool:
    """Whether a record has no hash of its data or no PNG of a figure, and a run which gave the same has one."""
    if run.data_hash and not record.data_hash:
        return True
    pairs = zip(record.cells, run.cells, strict=True)
    return any(b.png and not a.png for old, new in pairs for a, b in zip(old.outputs, new.outputs, strict=False))


def add_lacking(tree: Tree, run: ChapterRun, variant: str) -> Path:
    """Add to a record what it lacks of a run that gave the same (see `lacks`); nothing else of it changes.

    Raises:
        OSError: the file cannot be written; the old record is as it was.
    """
    path = tree.record(run.chapter.name, variant)
    notebook = json.loads(path.read_bytes())
    if run.data_hash:
        notebook["metadata"]["snippets"]["data_hash"] = run.data_hash
    for cell in notebook["cells"]:
        for old, new in zip(cell["outputs"], run.cell(cell["id"]).outputs, strict=False):
            if new.png and _SVG in old.get("data", {}):
                old["data"] = _figure(new) | old["data"]
    write_whole(path, _text(notebook))
    return path


def _text(notebook: dict[str, Any]) -> str:
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n"


def too_large(run: ChapterRun, variant: str) -> list[Finding]:
    """Whether the record of a run with frames would be larger than any may be."""
    explorable = [cell for cell in run.chapter.cells if frames.variables(cell)]
    size = len(_text(to_notebook(run, variant, today())).encode()) if explorable else 0
    return [frames.finding(run.chapter.path, explorable[0], frames.oversized(size))] if frames.oversized(size) else []


def today() -> str:
    """The date in UTC."""
    return datetime.now(UTC).date().isoformat()
