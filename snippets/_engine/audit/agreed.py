"""`agree`: declare that sections say the same in both languages."""

from pathlib import Path

from ..pages.page import Page, read
from ..project.errors import PageError
from ..project.files import write_whole
from ..project.tree import Tree
from ..records.library import Library
from . import parity


def agree(tree: Tree, src_uri: str, section: str = "") -> Path:
    """Write the hashes of a page's sections, or of one of them, as they are now.

    Raises:
        PageError: a page cannot be read, has no such section, or is not parallel to the other language's.
    """
    vi, en = (read(Library(tree), lang, src_uri) for lang in tree.languages)
    differences = parity.differences(vi, en, parity.exceptions(tree))
    if differences:
        first = differences[0]
        raise PageError(first.path, first.line, first.message, first.fix)
    ids = [s.id for s in vi.sections]
    if section and section not in ids:
        raise PageError(vi.path, None, f"no section #{section}", f"there are: {', '.join(ids)}")
    table = parity.agreed(tree, src_uri)
    kept = {name: table[name] for name in ids if name in table}
    kept |= {name: _hashes(vi, en, name) for name in ids if section in ("", name)}
    path = parity.agreed_path(tree, src_uri)
    write_whole(path, _toml({name: kept[name] for name in ids if name in kept}))
    return path


def _hashes(vi: Page, en: Page, section: str) -> dict[str, str]:
    return {"vi": vi.by_id[section].hash, "en": en.by_id[section].hash}


def _toml(table: dict[str, dict[str, str]]) -> str:
    lines = ["# Written by `python -m snippets agree`: the sections as they were last declared equal.", ""]
    lines += [f'{name} = {{ vi = "{at["vi"]}", en = "{at["en"]}" }}' for name, at in table.items()]
    return "\n".join(lines) + "\n"
