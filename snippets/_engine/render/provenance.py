"""Where an output comes from: the quiet line under it, and the page's one table of versions."""

from ..chapters.environment import public
from ..records.record import Record
from . import addresses
from .markup import escaped
from .words import WORDS, data_name


def provenance(record: Record, cell: str, lang: str, src_uri: str, has_versions: bool) -> list[str]:
    """The line under outputs: torch, device, day, a variant's data; links to the code, its tests and the versions."""
    words = WORDS[lang]
    source = f"{addresses.relative(addresses.source_page(record.chapter), src_uri)}#{addresses.cell_id(cell)}"
    test = addresses.relative(addresses.test(record.chapter), src_uri)
    links = [f"[{words['code']}]({source})", f"[{words['test']}]({test})"]
    if has_versions:
        links.append(f"[{words['versions']}](#versions)")
    data = " ".join(f'{key}="{_quoted(value)}"' for key, value in attributes(record).items())
    return [
        f"//// html | details.provenance[{data}]",
        "///// html | summary",
        escaped(summary(record, lang)),
        "/////",  # no empty line behind it: in a tab inside a fold, Markdown would read what follows as code
        " · ".join(links),
        "////",
    ]


def attributes(record: Record) -> dict[str, str]:
    """Torch, device, day and data as the line's `data-` attributes."""
    about = {"torch": record.torch, "device": record.device, "recorded": record.recorded, "dataset": record.data}
    return {f"data-{key}": value for key, value in about.items() if value}


def summary(record: Record, lang: str) -> str:
    """The same in one quiet line."""
    device = "CPU" if record.variant != "cuda" else record.device
    data = data_name(record.data, lang) if record.variant != "cpu" else ""
    return " · ".join(part for part in ("torch " + record.torch, device, record.recorded, data) if part)


def _quoted(text: str) -> str:
    return text.replace('"', "'")


def reader_links(chapter: str, lang: str, notebook: str, repository: str) -> list[str]:
    """Links to the chapter as a notebook in the reader's language: the file, and Colab when the repository is known.

    Args:
        notebook: the file, as the place of the links sees it.
        repository: owner/name; empty where nobody knows it.
    """
    words = WORDS[lang]
    links = [f"[{words['download']}]({notebook})"]
    if repository:
        links.append(f"[{words['colab']}]({addresses.colab(repository, lang, chapter)})")
    return links


def versions_table(record: Record, lang: str, src_uri: str, repository: str) -> list[str]:
    """The table of everything a chapter ran on, with the id `versions`."""
    words, environment = WORDS[lang], record.environment
    notebook = addresses.relative(addresses.reader_notebook(record.chapter), src_uri)
    recorded = addresses.relative(addresses.published(record.path), src_uri)
    rows = [("Python", environment["python"])]
    rows += [(name, public(version)) for name, version in environment["versions"].items() if version]
    rows += [
        (words["device"], escaped(record.device)),
        (words["capability"], environment["capability"]),
        (words["threads"], str(environment["threads"])),
        (words["data"], escaped(data_name(record.data, lang))),
        (words["seconds"], f"{sum(cell.seconds for cell in record.cells):.1f} s"),
        (words["recorded"], record.recorded),
        (words["reader"], " · ".join(reader_links(record.chapter, lang, notebook, repository))),
        (words["record"], f"[{words['notebook']}]({recorded})"),
    ]
    lines = [f"| {words['item']} | {words['value']} |", "| --- | --- |"]
    lines += [f"| {item} | {value} |" for item, value in rows if value]
    return ["/// html | div#versions.versions", *lines, "///"]
