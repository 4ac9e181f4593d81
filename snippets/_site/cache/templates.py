"""The theme's templates: their byte code, cached from build to build, and a quick list of its files."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from jinja2.bccache import Bucket, BytecodeCache
from mkdocs.theme import Theme

from snippets._engine.project.files import write_if_possible
from snippets._engine.project.tree import Tree

from . import keys

_NAV, _PART = "partials/nav.html", "{{ item.render(nav_item, path, 1) }}"
_SEAL = hashlib.sha256().digest_size


class SealedBytecodeCache(BytecodeCache):
    """Like Jinja's own cache of files, which trips over a damaged one: here a hash stands before the code."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket, or leave it empty."""
        try:
            data = self._path(bucket).read_bytes()
        except OSError:
            return
        if hashlib.sha256(data[_SEAL:]).digest() == data[:_SEAL]:
            bucket.bytecode_from_string(data[_SEAL:])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a compiled template."""
        data = bucket.bytecode_to_string()
        write_if_possible(self._path(bucket), hashlib.sha256(data).digest() + data)

    def _path(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.bin"


class _Loader(FileSystemLoader):
    """Lists no file of a folder whose name begins with a dot: MkDocs drops Material's 14,000 icons one by one.

    Lets each part of the navigation be rendered once for many pages.
    """

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """A template's text; the navigation's asks `nav_part` for each of its parts, see `layout.NavParts`."""
        source, path, is_current = super().get_source(environment, template)
        if template == _NAV and "nav_part" in environment.globals:
            source = source.replace(_PART, "{{ nav_part(item.render, nav_item, path, page) }}")
        return source, path, is_current

    def list_templates(self) -> list[str]:
        found = set()
        for base in self.searchpath:
            for folder, folders, files in os.walk(base):
                folders[:] = [name for name in folders if not name.startswith(".")]
                found |= {Path(folder, name).relative_to(base).as_posix() for name in files}
        return sorted(found)


def speed_up(theme: Theme, tree: Tree) -> None:
    """Let the environments of a theme cache what they compile, and list no files that no site contains."""
    make = theme.get_env

    def get_env() -> Environment:
        env = make()
        env.loader = _Loader(theme.dirs)
        if keys.enabled():
            env.bytecode_cache = SealedBytecodeCache(tree.root / ".cache" / "site" / "templates")
        return env

    theme.get_env = get_env  # type: ignore[method-assign]
