"""docs/agreed: at which hashes the sections of both languages were last declared equal; read, compared, written."""

import tomllib
from pathlib import Path

from ..pages.page import Page, Section, read_page
from ..project import exceptions
from ..project.errors import Finding, PageError
from ..project.files import write_whole
from ..project.tree import Tree
from ..records.library import Library
from . import parity

Hashes = dict[str, dict[str, str]]
"""By section id and language."""


def read(tree: Tree, src_uri: str) -> Hashes:
    """The hashes that a page's sections were declared equal at; none without a file.

    Raises:
        PageError: the file cannot be read.
    """
    path = _path(tree, src_uri)
    fix = f"remove it, then: python -m snippets agree {src_uri.removesuffix('.md')}"
    try:
        data: Hashes = tomllib.loads(text(tree, src_uri))
    except tomllib.TOMLDecodeError as exc:
        raise PageError(tree.relative(path), None, f"not TOML: {exc}", fix) from None
    for name, hashes in data.items():
        if not isinstance(hashes, dict):
            raise PageError(tree.relative(path), None, f"section {name} has no hashes", fix)
    return data


def text(tree: Tree, src_uri: str) -> str:
    """The same as it stands in its file; empty without one.

    Raises:
        PageError: the file cannot be read.
    """
    path = _path(tree, src_uri)
    return tree.text(path) if path.is_file() else ""


def behind(vi: Page, en: Page, agreed: Hashes) -> list[Finding]:
    """The sections whose other language changed since both were declared equal."""
    if not agreed:
        fix = f"compare them, then: python -m snippets agree {vi.src_uri.removesuffix('.md')}"
        return [Finding("behind", en.path, None, "was never declared equal to the other language's page", fix)]
    findings = []
    for section in vi.sections:
        twin = en.by_id.get(section.id)
        if twin is not None and any(line.strip() for line in (*section.text, *twin.text)):
            findings += _behind(vi, en, section, twin, agreed.get(section.id, {}))
    return findings


def _behind(vi: Page, en: Page, section: Section, twin: Section, base: dict[str, str]) -> list[Finding]:
    moved = [lang for lang, s in (("vi", section), ("en", twin)) if base.get(lang) != s.hash]
    if not moved:
        return []
    page, late, lang = (vi, section, "vi") if moved == ["en"] else (en, twin, "en" if moved == ["vi"] else "")
    if not base:
        what = "was never declared equal to the other language's"
    elif not lang:
        what = "changed in both languages since they were declared equal"
    else:
        what = f"is behind: the `{moved[0]}` version changed since both were declared equal"
    target = f"{vi.src_uri.removesuffix('.md')}#{late.id}"
    fix = f"{'mend it' if lang else 'compare them'}, then: python -m snippets agree {target}"
    return [Finding("behind", page.path, late.line, f"section #{late.id} {what}", fix, late.id, lang)]


def agree(tree: Tree, src_uri: str, section: str = "") -> Path:
    """Write the hashes of a page's sections, or of one of them, as they are now.

    Raises:
        PageError: a page cannot be read, has no such section, or is not parallel to the other language's;
            docs/exceptions.toml cannot be read.
    """
    vi, en = (read_page(Library(tree), lang, src_uri) for lang in tree.languages)
    meant = exceptions.read(tree).differences(src_uri)
    differences = parity.differences(vi, en, meant)
    if differences:
        first = differences[0]
        raise PageError(first.path, first.line, first.message, first.fix)
    ids = [s.id for s in vi.sections]
    if section and section not in ids:
        raise PageError(vi.path, None, f"no section #{section}", f"there are: {', '.join(ids)}")
    agreed = read(tree, src_uri)
    kept = {name: agreed[name] for name in ids if name in agreed}
    kept |= {name: _hashes(vi, en, name) for name in ids if section in ("", name)}
    path = _path(tree, src_uri)
    write_whole(path, _toml({name: kept[name] for name in ids if name in kept}))
    return path


def _hashes(vi: Page, en: Page, section: str) -> dict[str, str]:
    return {"vi": vi.by_id[section].hash, "en": en.by_id[section].hash}


def _toml(table: Hashes) -> str:
    lines = ["# Written by `python -m snippets agree`: the sections as they were last declared equal.", ""]
    lines += [f'{name} = {{ vi = "{at["vi"]}", en = "{at["en"]}" }}' for name, at in table.items()]
    return "\n".join(lines) + "\n"


def _path(tree: Tree, src_uri: str) -> Path:
    return tree.agreed(src_uri.removesuffix(".md"))
