"""What running a chapter gives: the outputs and values of its cells, and why it is not whole."""

from dataclasses import dataclass, field
from typing import Any, Literal

from ..project.errors import Finding
from .cells import Chapter
from .values import Json

Kind = Literal["text", "figure", "error"]


@dataclass(frozen=True)
class Output:
    """One output of a cell."""

    kind: Kind
    source: str
    """stdout, stderr, result, display or error."""
    text: str
    """The text; for a figure its SVG; for an error `Type: message`."""
    frame: dict[str, Json] | None = None
    """What names a figure that is a frame of an explorable one (frames.py): `{"lr": 0.05}`."""
    png: str = field(default="", compare=False)
    """A figure as a PNG in base64: notebooks show it where they do not trust an SVG. Never compared."""
    plain: str = field(default="", compare=False)
    """What Jupyter calls a figure where no picture can be shown: `<Figure size 640x480 with 1 Axes>`."""


@dataclass(frozen=True)
class Remark:
    """Something that a cell showed and no record keeps."""

    kind: Literal["refused", "dropped"]
    """A figure that may not stand on a page, or a richer form of what is kept as text."""
    line: int
    """The line of the cell's code."""
    text: str
    """Why a figure is refused, or which form was dropped."""


@dataclass(frozen=True)
class CellRun:
    """What one cell gave."""

    name: str
    outputs: tuple[Output, ...]
    values: dict[str, Json] = field(default_factory=dict)
    wrong_values: dict[str, str] = field(default_factory=dict)
    """Expressions that failed, with the error."""
    names: tuple[str, ...] = ()
    """The names that the cell bound for the first time."""
    seconds: float = 0.0
    """On the wall."""
    cpu_seconds: float = 0.0
    """Of all processors, those of the child processes that have ended included."""
    remarks: tuple["Remark", ...] = field(default=(), compare=False)
    """What it showed that is not kept."""


@dataclass(frozen=True)
class ChapterRun:
    """What one chapter gave; `failure` says why it is not whole."""

    chapter: Chapter
    cells: tuple[CellRun, ...]
    environment: dict[str, Any]
    data: str
    failure: Finding | None = None
    data_hash: str = ""
    """Of images from a folder, as `data.fingerprint`; empty for those that come with a package, and for none."""

    def cell(self, name: str) -> CellRun:
        """The run of a cell."""
        return next(cell for cell in self.cells if cell.name == name)
