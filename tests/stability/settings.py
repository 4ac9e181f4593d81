"""What a reader's machine may set otherwise than ours, and `check` must not be alarmed by."""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Setting:
    """An environment to run `check` in."""

    name: str
    variables: dict[str, str] = field(default_factory=dict)
    umask: int = -1
    """-1 leaves it."""
    times: int = 1
    proof: str = ""
    """What the report's table of environments must show, so that a setting without effect is noticed."""


def settings(locales: Path) -> list[Setting]:
    """All of them; those that change how numbers are computed three times each.

    `locales` is an empty folder, into which a Vietnamese locale is compiled.
    """
    found = [
        Setting("as the records", times=3),
        Setting("2 threads", {"SNIPPETS_THREADS": "2"}, times=3, proof="| threads | 1 | 2 |"),
        Setting("no vector instructions", {"ATEN_CPU_CAPABILITY": "default"}, times=3, proof="| capability |"),
        Setting(
            "MKL and oneDNN held to AVX2",
            {"MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"},
            times=3,
            proof="| ONEDNN_MAX_CPU_ISA | none | AVX2 |",
        ),
        *(Setting(f"PYTHONHASHSEED={seed}", {"PYTHONHASHSEED": seed}) for seed in ("0", "1", "4242")),
        Setting("C locale", {"LC_ALL": "C", "LANG": "C", "LANGUAGE": "C"}),
        Setting("time zone UTC+14", {"TZ": "Pacific/Kiritimati"}),
        Setting("time zone UTC-11", {"TZ": "Pacific/Pago_Pago"}),
        Setting("umask 077", umask=0o077),
        Setting("started by spawn", {"SNIPPETS_WAY": "spawn"}),
    ]
    compiled = _vietnamese(locales)
    if compiled:
        found.append(Setting("Vietnamese locale", {"LC_ALL": "vi_VN.UTF-8", "LANG": "vi_VN.UTF-8"} | compiled))
    return found


def _vietnamese(folder: Path) -> dict[str, str]:
    """The variables that make vi_VN.UTF-8 known, compiled here where the machine has only its source."""
    if not shutil.which("localedef"):
        return {}
    command = ["localedef", "-i", "vi_VN", "-f", "UTF-8", str(folder / "vi_VN.UTF-8")]
    made = subprocess.run(command, capture_output=True, check=False).returncode == 0
    return {"LOCPATH": str(folder)} if made else {}
