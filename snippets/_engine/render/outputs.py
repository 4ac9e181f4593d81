"""Recorded outputs as Markdown: text, errors, figures in a light and a dark copy, and a tab for each variant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..chapters import figures
from ..chapters.cells import Cell, Chapter
from ..chapters.frames import split
from ..chapters.results import CellRun, Output
from ..project.tree import Tree
from ..records.record import Record, command
from ..records.stale import stale_reason
from . import addresses
from .frames import explorable
from .markup import block, escaped, fence, indented
from .provenance import provenance
from .words import WORDS, data_label


@dataclass(frozen=True)
class Asset:
    """A file that the page needs beside it."""

    uri: str
    """Relative to the language's root."""
    content: bytes


@dataclass(frozen=True)
class Written:
    """An output, to be looked for on the rendered page."""

    kind: str
    cell: str
    alts: tuple[str, ...] = ()
    """Of a figure, or of each frame."""


@dataclass
class Outputs:
    """Writes the outputs of one page's cells, and gathers the figures that the page needs."""

    lang: str
    src_uri: str
    has_versions: bool = False
    assets: dict[str, Asset] = field(default_factory=dict)
    written: list[Written] = field(default_factory=list)

    def show(
        self,
        cell: Cell,
        chapter: Chapter,
        record: Record,
        variants: Mapping[str, tuple[Record, str]],
        tree: Tree,
        alt: str,
    ) -> list[str]:
        """The outputs of a chapter's cell, with those of other variants in tabs behind them.

        Args:
            variants: each with its record and the alt text of its figures.
        """
        own = self._of(record, cell.name, alt)
        gives = {name: other for name, other in variants.items() if _outputs(other[0], cell)}
        if not gives or not own:
            return own
        data = "mnist" in {record.variant, *gives}
        tabs = [f'=== "{_label(record, self.lang, data)}"', "", *indented(own, "    "), ""]
        for name, (other, its_alt) in gives.items():
            aged = not_run(self.lang, "old", other.chapter, name) if stale_reason(other, chapter, tree) else []
            lines = [*aged, "", *self._of(other, cell.name, its_alt)]
            tabs += [f'=== "{_label(other, self.lang, data)}"', "", *indented(lines, "    "), ""]
        return tabs

    def explorable(self, cell: Cell, record: Record, alts: Sequence[str], name: str) -> list[str]:
        """The frames of a cell, then what belongs under all of them.

        Args:
            alts: the alt text of each frame.
            name: as of `frames.explorable`.
        """
        shown, below = split(cell, record.by_name[cell.name].outputs)
        place = record.chapter, record.variant, cell.name

        def images(number: int, svg: str, alt: str) -> list[str]:
            return self._images(place, number, svg, alt)

        about = [f'data-cell="{record.chapter}#{cell.name}"', f'data-variant="{record.variant}"', 'data-kind="frames"']
        inside = explorable(cell, record.chapter, shown, alts, name, images)
        out = block(f"div.cell-output[{' '.join(about)}]", *inside, depth=7)
        self.written.append(Written("frames", f"{record.chapter}#{cell.name}", tuple(alts)))
        for output in below:
            out += ["", *self._one(output, record.by_name[cell.name], record, "", 0)]
        return [*out, "", *provenance(record, cell.name, self.lang, self.src_uri, self.has_versions)]

    def _of(self, record: Record, cell: str, alt: str) -> list[str]:
        run = record.by_name[cell]
        out: list[str] = []
        number = 0
        for output in run.outputs:
            number += output.kind == "figure"
            out += ["", *self._one(output, run, record, alt, number)]
        if run.outputs:
            out += ["", *provenance(record, cell, self.lang, self.src_uri, self.has_versions)]
        return out

    def _one(self, output: Output, run: CellRun, record: Record, alt: str, number: int) -> list[str]:
        about = [f'data-cell="{record.chapter}#{run.name}"', f'data-variant="{record.variant}"']
        about.append(f'data-kind="{output.kind}"')
        alts = (alt,) if output.kind == "figure" else ()
        self.written.append(Written(output.kind, f"{record.chapter}#{run.name}", alts))
        if output.kind != "figure":
            return fence([".text", ".cell-output", ".no-copy", *about], as_on_a_terminal(output.text))
        images = self._images((record.chapter, record.variant, run.name), number, output.text, alt)
        return block(f"div.cell-output[{' '.join(about)}]", *images)

    def _images(self, place: tuple[str, str, str], number: int, svg: str, alt: str) -> list[str]:
        copies = (("light", svg), ("dark", figures.dark(svg)))
        return [self._image(addresses.figure(*place, number, scheme), scheme, copy, alt) for scheme, copy in copies]

    def _image(self, uri: str, scheme: str, svg: str, alt: str) -> str:
        self.assets[uri] = Asset(uri, svg.encode())
        width, height = figures.size(svg)
        size = f' width="{width}" height="{height}"' if width else ""
        link = addresses.relative(uri, self.src_uri)
        return f'![{escaped(alt)}]({link}#only-{scheme}){{ loading="lazy"{size} }}'


def as_on_a_terminal(text: str) -> str:
    """The text of an output with its tabs as spaces, to the stops of a terminal: Markdown has others."""
    return text.rstrip("\n").expandtabs(8)


def not_run(lang: str, why: str, chapter: str, variant: str = "cpu") -> list[str]:
    """What stands in place of, or above, an output that is not this code's: a sentence and the command."""
    return block("p.not-run", f"{WORDS[lang][why]} `{command(chapter, variant)}`")


def _outputs(record: Record, cell: Cell) -> bool:
    return cell.name in record.by_name and bool(record.by_name[cell.name].outputs)


def _label(record: Record, lang: str, data: bool) -> str:
    """A GPU by its name and the day; real images by their number; the CPU by its data where others' stand beside."""
    match record.variant:
        case "cuda":
            return escaped(f"{record.device} · {record.recorded}")
        case "mnist":
            return escaped(data_label(record.data))
    return WORDS[lang]["embedded"] if data else "CPU"
