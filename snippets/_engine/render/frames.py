"""An explorable figure as Markdown: its sliders, and each frame with its name, its picture and what was printed for it.

Without a script all frames stand in order; assets/javascripts/frames.js shows one at a time and moves the sliders.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from ..chapters import frames
from ..chapters.cells import Cell, Chapter
from ..chapters.frames import Frame
from ..chapters.results import Output
from ..pages.directives import CellUse
from ..pages.page import Page
from ..project.errors import CellError, PageError
from ..records.record import command
from .markup import block, escaped, fence, read_as_markup

#: Writes the copies of a figure as images, given its number, its SVG and its alt text.
Images = Callable[[int, str, str], list[str]]

_NOT_SEARCHED = 'data-search-exclude="true"'
"""Two dozen numbers say little to whoever searches. The theme heeds it where no element of the same tag is inside."""


def explorable(
    cell: Cell, chapter: str, shown: Sequence[Frame], alts: Sequence[str], name: str, images: Images
) -> list[str]:
    """The sliders and frames of a cell.

    Args:
        alts: the alt text of each frame.
        name: what the address of a frame begins with, and the ids of the sliders; ends in `:` where this is not the
            first showing on the page, whose frames have no address.
        images: makes the pictures.
    """
    paper = frames.on_paper(shown)
    inside = [line for variable, values in frames.axes(shown).items() for line in _slider(variable, values, name)]
    for number, (frame, alt) in enumerate(zip(shown, alts, strict=True)):
        classes = ".frames__shown" * (number == 0) + ".frames__paper" * (number in paper)
        about = [f'id="{name}:{frame.state}"'] * (not name.endswith(":"))
        about += [*(f'data-{variable}="{value}"' for variable, value in frame.values), _NOT_SEARCHED]
        inside += block(
            f"figure{classes}[{' '.join(about)}]", *_frame(frame, images(number + 1, frame.figure.text, alt)), depth=5
        )
    about = [f'data-cell="{chapter}#{cell.name}"', f'data-slider="{" ".join(frames.variables(cell))}"']
    return block(f"div.frames[{' '.join(about)}]", *inside, depth=6)


def _slider(variable: str, values: Sequence[object], name: str) -> list[str]:
    """A slider over the places of a variable's values; what it says is the value."""
    first = escaped(f"{variable} = {values[0]}")
    place = f'id="{name}:{variable}" type="range" min="0" max="{len(values) - 1}" step="1" value="0" autocomplete="off"'
    label = f'<label for="{name}:{variable}">{escaped(variable)}</label>'
    value = f'<span class="frames__value">{first}</span>'
    return block(f"p.frames__bar[{_NOT_SEARCHED}]", f'{label} <input {place} aria-valuetext="{first}"> {value}')


def _frame(frame: Frame, pictures: Iterable[str]) -> Iterator[str]:
    yield from block("figcaption", escaped(frame.label))
    yield from ("", *pictures, "")
    for output in frame.texts:
        yield from ("", *fence([".text", ".no-copy"], output.text.rstrip("\n")))


def checked(cell: Cell, chapter: Chapter, outputs: Sequence[Output]) -> None:
    """Refuse recorded frames that cannot be shown.

    Raises:
        CellError: at the cell's line.
    """
    if what := frames.breach(cell, outputs):
        told = frames.finding(chapter.path, cell, what, how_to_mend(chapter.name))
        raise CellError(told.path, told.line, told.message, told.fix)


def how_to_mend(chapter: str) -> str:
    """How frames in a record are mended."""
    return f"mend it, then run: {command(chapter)}"


def alt_texts(template: str, shown: Iterable[Frame], path: str, line: int) -> list[str]:
    """The alt text of each frame, from the one that the page gives with the frames' names in braces.

    Raises:
        PageError: it cannot be read, or a value in it would be read as markup.
    """
    return [_alt_text(template, frame, path, line) for frame in shown]


def _alt_text(template: str, frame: Frame, path: str, line: int) -> str:
    try:
        text = frames.alt_text(template, frame)
    except ValueError as exc:
        raise PageError(path, line, f"alt text of frame `{frame.label}`: {exc}", "mend it") from None
    for name, value in frame.values:
        if f"{{{name}" in template and (sign := read_as_markup(str(value))):
            message = f"alt text of frame `{frame.label}`: the {sign!r} in it would be read as markup"
            raise PageError(path, line, message, f"leave out {{{name}}}")
    return text


def with_frames(chapters: Iterable[Chapter], pages: Sequence[Page]) -> Sequence[Page]:
    """The pages, none of which shows an explorable figure of these chapters without its frames.

    Raises:
        PageError: one does.
    """
    by_name = {chapter.name: chapter.by_name for chapter in chapters}
    for page in pages:
        for use in page.cells:
            cell = by_name.get(use.chapter, {}).get(use.cell)
            if cell is not None and (error := refused(use, cell, page.path)):
                raise error
    return pages


def refused(use: CellUse, cell: Cell, path: str) -> PageError | None:
    """What to say of a directive that shows an explorable figure without its frames; None of any other."""
    if use.show != "code" or not frames.variables(cell):
        return None
    where = f"snippets/{use.chapter}.py:{cell.line}"
    message = f'show="code" of cell `{cell.name}`, an explorable figure (slider="{cell.options["slider"]}" in {where})'
    return PageError(path, use.line, message, "show its frames too, or remove the slider")
