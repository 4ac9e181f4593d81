"""Asks for every address outside the site that its built pages link to: `python tests/links/outer.py site`.

Exit status 1 when one does not answer well, or when allowed.toml allows what no page links to; 2 for a wrong call.
"""

import argparse
import http.client
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

HERE = Path(__file__).resolve().parent
HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; weekly link check)", "Accept": "*/*"}
PAUSES = (2.0, 10.0, 30.0)
"""Seconds before each further try."""
PASSING = {408, 425, 429, 500, 502, 503, 504}
"""Statuses that may be another one the next time."""


class _Links(HTMLParser):
    """The addresses that a page links to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = (dict(attrs).get("href") or "").strip()
        if tag in ("a", "area") and href.lower().startswith(("http:", "https:")):
            self.found.append(href.partition("#")[0])


def links(site: Path) -> dict[str, list[str]]:
    """The outer addresses, without their fragments, each with the pages that link to it."""
    found: dict[str, list[str]] = {}
    for path in sorted(site.rglob("*.html")):
        page = _Links()
        page.feed(path.read_text("utf-8"))
        for address in dict.fromkeys(page.found):
            found.setdefault(address, []).append(path.relative_to(site).as_posix())
    return found


def fault(address: str, pauses: Sequence[float] = PAUSES, timeout: float = 30) -> str:
    """What is wrong with an address, after as many further tries as there are pauses; empty when it answers well."""
    said = ""
    for pause in (0.0, *pauses):
        time.sleep(pause)
        try:
            request = urllib.request.Request(quote(address, safe="%/:=&?~#+!$,;'@()*[]"), headers=HEADERS)
            with urllib.request.urlopen(request, timeout=timeout):
                return ""
        except urllib.error.HTTPError as exc:
            said = f"{exc.code} {exc.reason}"
            if exc.code not in PASSING:
                break
        except (OSError, http.client.HTTPException, ValueError) as exc:
            said = str(getattr(exc, "reason", exc)) or type(exc).__name__
    return said


def allowed(path: Path) -> dict[str, str]:
    """What may fail, each with its reason.

    Raises:
        ValueError: an entry lacks one of both, or has anything else.
    """
    entries = tomllib.loads(path.read_text("utf-8")).get("allowed", [])
    for number, entry in enumerate(entries, 1):
        if entry.keys() != {"address", "reason"} or not all(entry.values()):
            raise ValueError(f"entry {number} needs an address and a reason, and has {', '.join(entry)}")
    return {entry["address"]: entry["reason"] for entry in entries}


def report(found: Mapping[str, list[str]], faults: Mapping[str, str], may_fail: Mapping[str, str]) -> Iterator[str]:
    """What stands in the way of status 0, a line each.

    Args:
        found: as `links` gives it.
        faults: what is wrong with an address, by address; without those that answer well.
        may_fail: as `allowed` gives it.
    """
    for address, said in faults.items():
        if not address.startswith(tuple(may_fail)):
            pages = ", ".join(found[address][:3])
            more = f" and {len(found[address]) - 3} more" if len(found[address]) > 3 else ""
            yield f"{address}: {said}; linked from {pages}{more}; mend the link, or allow it in allowed.toml"
    for entry in may_fail:
        if not any(address.startswith(entry) for address in found):
            yield f"allowed.toml: no page links to {entry}; remove the entry"


def main(words: Sequence[str] | None = None) -> int:
    """Ask for all of them; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path, help="the folder that `mkdocs build` wrote")
    site = parser.parse_args(words).site
    if not (site / "index.html").is_file():
        parser.error(f"{site} holds no index.html; run: mkdocs build")
    try:
        may_fail = allowed(HERE / "allowed.toml")
    except ValueError as exc:  # TOML's own errors are of this type
        parser.error(f"allowed.toml: {exc}")
    found = links(site)
    with ThreadPoolExecutor(8) as threads:
        answers = dict(zip(found, threads.map(fault, found), strict=True))
    for address, said in answers.items():
        print(f"{said or 'well'}: {address}")
    problems = list(report(found, {address: said for address, said in answers.items() if said}, may_fail))
    print(f"\n{len(found)} addresses, {len(problems)} problems", *problems, sep="\n")
    return 1 if problems or not found else 0


if __name__ == "__main__":
    sys.exit(main())
