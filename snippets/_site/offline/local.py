"""A page as a disk needs it, made from the page that a host serves.

The cache keeps the pages of the host: builds of either kind share them.
"""

import posixpath
import re

from snippets._engine.render import addresses

from ..build import policy

MARK = "data-offline"
"""On `html`. Read by assets/javascripts/finder.js."""
_HREF = re.compile(
    r"""(?P<before><(?:a|area|link)\b(?:[^<>"']|"[^"]*"|'[^']*')*?\shref=)(?P<quote>["'])(?P<url>[^"']*)(?P=quote)""",
    re.IGNORECASE,
)
_URL = re.compile(r"(?P<path>[^?#]*)(?P<rest>.*)", re.DOTALL)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|/", re.IGNORECASE)
_CANONICAL = re.compile(r'<link rel="canonical"[^<>]*>')
_TO_COLAB = rf'<a\b[^<>]*\shref="{re.escape(addresses.COLAB)}/[^"]*"[^<>]*>.*?</a>'
_COLAB = re.compile(rf"<li>{_TO_COLAB}</li>|(?: · )?{_TO_COLAB}", re.DOTALL)


def adapted(html: str) -> str:
    """A page whose links name files, without what only a host can follow or keep: policy, canonical address, Colab.

    A policy would be of no use: every file of a disk counts as another site, or as the same, as the browser likes.
    """
    html = _COLAB.sub("", _CANONICAL.sub("", policy.without_policy(html), count=1))
    html = html.replace("<html ", f"<html {MARK} ", 1)
    return _HREF.sub(lambda link: f"{link['before']}{link['quote']}{as_file(link['url'])}{link['quote']}", html)


def as_file(url: str) -> str:
    """A relative link with the name of its file: `../shapes/#rows` -> `../shapes/index.html#rows`."""
    parts = _URL.match(url)
    assert parts is not None, "it matches anything"
    path = parts["path"]
    if not path or _ELSEWHERE.match(path) or path.rpartition("/")[2] not in ("", ".", ".."):
        return url
    return f"{posixpath.join(path, 'index.html')}{parts['rest']}"
