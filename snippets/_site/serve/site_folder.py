"""The folder that `mkdocs serve` shows: from build to build only what changed is written, and what is gone is removed.

MkDocs empties the folder before each build and copies everything anew.
"""

import os
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from mkdocs import utils
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel

from snippets._engine.project.files import stamp

from ..search.index import FIRST, REST

_clean, _write = utils.clean_directory, utils.write_file
_WRITTEN_BY_OTHERS = ("sitemap.xml.gz", FIRST, REST)


class SiteFolder:
    """What stands in the folders of all languages."""

    def __init__(self) -> None:
        self._written: dict[str, object] = {}
        self._files: Files | None = None

    def begin(self) -> None:
        """Directly before MkDocs empties the folder, for which it has no hook: let it do nothing this once.

        Until the end of the build it writes a page only if that changed, too.
        """

        def leave(directory: str) -> None:
            utils.clean_directory = _clean

        utils.clean_directory = leave
        utils.write_file = self._write

    def take(self, files: Files) -> None:
        """Copy of these files, when MkDocs comes to it, only those that changed."""
        self._files = files
        files.copy_static_files = partial(self._copy, files)  # type: ignore[method-assign]

    def end(self, config: MkDocsConfig) -> None:
        """After the build: remove what it did not make."""
        utils.write_file = _write
        if self._files is None:
            return
        made = {
            os.path.normpath(file.abs_dest_path)
            for file in self._files
            if file.inclusion.value >= InclusionLevel.DRAFT.value
        }
        names = (*config.theme.static_templates, *config.extra_templates, *_WRITTEN_BY_OTHERS)
        made |= {os.path.normpath(os.path.join(config.site_dir, name)) for name in names}
        for folder, folders, there in os.walk(config.site_dir):
            if folder == config.site_dir:  # what is hidden is another language's
                folders[:] = [name for name in folders if not name.startswith(".")]
            for path in (os.path.join(folder, name) for name in there):
                if path not in made:
                    os.unlink(path)
                    self._written.pop(path, None)

    def forget(self) -> None:
        """After a build that failed: nobody knows what stands in the folders."""
        utils.clean_directory, utils.write_file = _clean, _write
        self._written.clear()

    def _write(self, content: bytes, output_path: str) -> None:
        if self._is_new(output_path, sha256(content).digest()):
            _write(content, output_path)

    def _is_new(self, path: str, state: object) -> bool:
        """Whether a file is not there, or not in this state; from now on it counts as if it were."""
        path = os.path.normpath(path)
        if self._written.get(path) == state and os.path.isfile(path):
            return False
        self._written[path] = state
        return True

    def _copy(
        self,
        files: Files,
        dirty: bool = False,
        *,
        inclusion: Callable[[InclusionLevel], bool] = InclusionLevel.is_included,
    ) -> None:
        for file in files:
            if file.is_documentation_page() or not inclusion(file.inclusion):
                continue
            if self._is_new(file.abs_dest_path, _state(file)):
                file.copy_file(dirty)


def _state(file: File) -> object:
    content: Any = file._content
    if content is not None:
        return sha256(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content).digest()
    assert file.abs_src_path is not None, "a file has a content or a source"
    return file.abs_src_path, stamp(Path(file.abs_src_path))
