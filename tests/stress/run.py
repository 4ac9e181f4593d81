"""Kills each command at random moments and tells what was not well afterwards."""

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from ground import Ground
from trials import Build, Check, Record, Serve, Trial

TRIALS = (Record, Check, Build, Serve)


def main() -> int:
    """The table on standard output; status 1 on any finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="kills of each command (default: 50)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments and victims (default: 0)")
    parser.add_argument("--only", choices=[trial.name for trial in TRIALS], help="one command")
    options = parser.parse_args()
    findings = 0
    print("| command | undisturbed, s | kills | of children | ended before | findings | left in /tmp |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory(prefix="stress-") as folder:
        temporary = Path(folder) / "tmp"
        temporary.mkdir()
        ground = Ground.make(Path(folder) / "tree")
        for kind in TRIALS:
            if options.only in (None, kind.name):
                trial = kind(ground, Path(folder) / "log", temporary)
                findings += _row(trial, options.times, random.Random(f"{kind.name} {options.seed}"))
    print(f"\n{findings} findings" if findings else "\nno finding")
    return int(findings > 0)


def _row(trial: Trial, times: int, chance: random.Random) -> int:
    seconds = _undisturbed(trial, chance)
    victims: list[str] = []
    findings = early = left = 0
    while len(victims) < times:
        trial.prepare(chance)
        moment, child = chance.uniform(0, seconds), chance if chance.random() < 1 / 3 else None
        killed = trial.kill(moment, child)
        for finding in trial.findings(killed):
            findings += 1
            told = f"{trial.name}, kill {len(victims) + 1} ({killed.victim or 'none'}) at {moment:.2f} s"
            print(f"  {told}: {finding}", file=sys.stderr, flush=True)
        if killed.victim:
            victims.append(killed.victim)
        else:
            early += 1
        if sys.stderr.isatty():
            print(f"\r{trial.name}: {len(victims)} of {times} ", end="", file=sys.stderr, flush=True)
        left += len(list(trial.temporary.iterdir()))
        for path in trial.temporary.iterdir():
            shutil.rmtree(path, ignore_errors=True)
            path.unlink(missing_ok=True) if path.is_file() else None
    cells = [trial.name, f"{seconds:.1f}", len(victims), victims.count("child"), early, findings, left]
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    return findings


def _undisturbed(trial: Trial, chance: random.Random) -> float:
    """The median time of three runs."""
    found = []
    for _ in range(3):
        trial.prepare(chance)
        found.append(trial.last())
    return sorted(found)[1]


if __name__ == "__main__":
    began = time.monotonic()
    status = main()
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(status)
