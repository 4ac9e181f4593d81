"""Every package that an installation of this project brings, on each supported Python and system, with its licence."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

#: (sys_platform, platform_system, os_name, platform_machine)
SYSTEMS = (
    ("linux", "Linux", "posix", "x86_64"),
    ("darwin", "Darwin", "posix", "arm64"),
    ("win32", "Windows", "nt", "AMD64"),
)
#: Packages that are not installed everywhere, so perhaps not where this list is made: licence, when they come.
ELSEWHERE = {
    "appnope": ("BSD-2-Clause", "on macOS only"),
    "colorama": ("BSD-3-Clause", "on Windows only"),
}
#: Licences that a package's metadata do not say, or not wholly.
READ_BY_HAND = {
    "axe-playwright-python": "MIT AND MPL-2.0",  # it carries axe-core, which tests run; the site has none of it
}
_EXACT = {
    "apache 2.0": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd-3-clause": "BSD-3-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit": "MIT",
    "mit license": "MIT",
    "mpl-2.0": "MPL-2.0",
    "python software foundation license": "PSF-2.0",  # matplotlib's own is worded after it
}


@dataclass
class Package:
    """A package of the closure."""

    name: str
    groups: set[str] = field(default_factory=set)
    """Those of pyproject.toml that bring it: site, run, test."""
    installed: Distribution | None = None

    @property
    def version(self) -> str:
        """The public version that is installed here; empty where none is."""
        return self.installed.version.partition("+")[0] if self.installed else ""

    @property
    def licence(self) -> str:
        """Its SPDX expression; empty when nobody knows."""
        if self.name in READ_BY_HAND:
            return READ_BY_HAND[self.name]
        return _licence(self.installed) if self.installed else ELSEWHERE.get(self.name, ("", ""))[0]


def roots(project: Mapping[str, object]) -> dict[str, list[Requirement]]:
    """The direct requirements of pyproject.toml's `[project]`, by group."""
    own = canonicalize_name(str(project["name"]))
    groups = {"site": project["dependencies"], **project["optional-dependencies"]}  # type: ignore[dict-item]
    read = {group: [Requirement(line) for line in lines] for group, lines in groups.items()}  # type: ignore[union-attr]
    return {group: [r for r in lines if canonicalize_name(r.name) != own] for group, lines in read.items()}


def closure(project: Mapping[str, object], pythons: Iterable[str] = ("3.11", "3.12", "3.13")) -> dict[str, Package]:
    """All packages by name, found through the requirements of those that are installed here."""
    found: dict[str, Package] = {}
    for python in pythons:
        for system in SYSTEMS:
            about = dict(zip(("sys_platform", "platform_system", "os_name", "platform_machine"), system, strict=True))
            about |= {"python_version": python, "python_full_version": f"{python}.0"}
            environment = {**default_environment(), **about}
            for group, lines in roots(project).items():
                done: set[str] = set()
                todo = list(lines)
                while todo:
                    requirement = todo.pop()
                    if str(requirement) not in done:
                        done.add(str(requirement))
                        todo += _add(requirement, group, environment, found)
    return found


def _add(
    requirement: Requirement, group: str, environment: Mapping[str, str], found: dict[str, Package]
) -> list[Requirement]:
    name = canonicalize_name(requirement.name)
    installed, further = _installed(name)
    found.setdefault(name, Package(name, installed=installed)).groups.add(group)
    extras = requirement.extras or {""}
    return [r for r in further if not r.marker or any(r.marker.evaluate({**environment, "extra": e}) for e in extras)]


@cache
def _installed(name: str) -> tuple[Distribution | None, tuple[Requirement, ...]]:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None, ()
    return found, tuple(map(Requirement, found.requires or []))


def _licence(installed: Distribution) -> str:
    metadata = installed.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = [c.rpartition(" :: ")[2] for c in metadata.get_all("Classifier", []) if c.startswith("License ::")]
    said = [str(metadata.get("License") or ""), *classifiers, *_texts(installed)]
    found = (_EXACT.get(text.strip().lower()) or _from_text(text) for text in said)
    return next((licence for licence in found if licence), "")


def _texts(installed: Distribution) -> list[str]:
    names = [f for f in installed.files or [] if re.search(r"(?i)licen[cs]e|copying", f.name)]
    paths = [Path(str(installed.locate_file(name))) for name in names]
    return [path.read_text("utf-8", "replace") for path in paths if path.is_file()]


def _from_text(text: str) -> str:
    words = " ".join(text.split())
    if "Permission is hereby granted, free of charge" in words:
        return "MIT"
    if "Redistribution and use in source and binary forms" in words:
        return "BSD-3-Clause" if re.search(r"(?i)neither the names? ", words) else "BSD-2-Clause"
    if "Permission to use, copy, modify, and/or distribute" in words:
        return "ISC"
    if "Apache License" in words and "Version 2.0" in words:
        return "Apache-2.0"
    return "MPL-2.0" if "Mozilla Public License" in words and "2.0" in words else ""
