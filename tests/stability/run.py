"""Runs `python -m snippets check` in every setting of settings.py and tells where it was alarmed without a cause."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from settings import Setting, settings

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """The table on standard output; status 1 where a check failed or a setting had no effect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chapters", nargs="*", metavar="PART/CHAPTER", help="default: all")
    parser.add_argument("--data", help="a folder that holds MNIST/raw, to check the mnist records too")
    parser.add_argument("--once", action="store_true", help="each setting once")
    options = parser.parse_args()
    arguments = [*options.chapters, *(["--data", options.data] if options.data else [])]
    alarms = 0
    print("| setting | times | seconds each | compared | alarms |\n| --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        known = settings(Path(folder))
        for setting in known:
            alarms += _row(setting, arguments, Path(folder) / "report.md", 1 if options.once else setting.times)
    if not any(setting.name == "Vietnamese locale" for setting in known):
        print(
            "\nNot tried: a Vietnamese locale; localedef could not make vi_VN.UTF-8 (Debian: apt-get install locales)"
        )
        alarms += 1
    print(f"\n{alarms} false alarms" if alarms else "\nno false alarm")
    return int(alarms > 0)


def _row(setting: Setting, arguments: list[str], report: Path, times: int) -> int:
    seconds, alarms, compared = 0.0, [], set()
    for _ in range(times):
        began = time.perf_counter()
        status, said, told = _check(setting, arguments, report)
        seconds += time.perf_counter() - began
        compared |= {
            line.partition(": ")[2].split(" (")[0] for line in said.splitlines() if line.startswith("compared")
        }
        if status:
            alarms += [line for line in said.splitlines() if line.startswith(("error", "warning"))] or [said[-500:]]
        elif setting.proof and setting.proof not in told:
            alarms.append(f"the setting had no effect: the report lacks `{setting.proof}`")
    how = ", ".join(sorted(compared))
    print(f"| {setting.name} | {times} | {seconds / times:.0f} | {how} | {len(alarms)} |", flush=True)
    for line in dict.fromkeys(alarms):
        print(f"  {line}", file=sys.stderr)
    return len(alarms)


def _check(setting: Setting, arguments: list[str], report: Path) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "snippets", "check", *arguments, "--report", str(report)]
    report.unlink(missing_ok=True)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **setting.variables},
        umask=setting.umask,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout, report.read_text("utf-8") if report.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
