"""docs/agreed: at which hashes the sections of both languages were last declared equal; read, compared, written."""

import re
from pathlib import Path

from ..pages.page import Page, Section, read_page
from ..project import exceptions
from ..project.errors import Finding, PageError
from ..project.files import parse_toml, write_whole
from ..project.tree import Tree
from ..records.library import Library
from . import parity

Hashes = dict[str, dict[str, str]]
"""By section id and language."""


def read(tree: Tree, src_uri: str) -> Hashes:
    """The hashes that a page's sections were declared equal at; none without a file.

    Raises:
        PageError: the file cannot be read, or is not what `agree` writes.
    """
    path = _path(tree, src_uri)
    fix = f"remove it, then: python -m snippets agree {src_uri.removesuffix('.md')}"
    written, name = text(tree, src_uri), tree.relative(path)
    data: Hashes = parse_toml(written, name, fix)
    for section, hashes in data.items():
        if not isinstance(hashes, dict) or not all(isinstance(at, str) for at in hashes.values()):
            lines = enumerate(written.split("\n"), 1)
            line = next((n for n, text in lines if re.match(rf"[\s\[\"']*{re.escape(section)}\b", text)), 1)
            message = f"section {section} has no hashes"
            raise PageError(name, line, f'{message}, expected {section} = {{ vi = "…", en = "…" }}', fix)
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
        return [Finding("behind", en.path, 1, "was never declared equal to the other language's page", fix)]
    findings = []
    for section in vi.sections:
        twin = en.by_id.get(section.id)
        if twin is not None and any(line.text.strip() for line in (*section.lines, *twin.lines)):
            findings += _behind(vi, en, section, twin, agreed.get(section.id, {}))
    return findings


def _behind(vi: Page, en: Page, section: Section, twin: Section, base: dict[str, str]) -> list[Finding]:
    moved = [lang for lang, s in (("vi", section), ("en", twin)) if base.get(lang) not in (s.hash, s.old_hash)]
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
    return [Finding("behind", page.path, late.line, f"{_called(page, late)} {what}", fix, late.id, lang)]


def _called(page: Page, section: Section) -> str:
    """A section by its id, and in words where it has no heading to be found by."""
    titled = any(other.level == 1 for other in page.sections)
    words = (
        f" ({'what stands before the title' if titled and not section.level else 'the text before the first heading'})"
    )
    return f"section #{section.id}{words if section.level < 2 else ''}"


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
