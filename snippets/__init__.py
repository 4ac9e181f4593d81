"""The code that the site shows and runs: one file per chapter, and `_engine` and `_site` around it."""

# Every command and every build comes by here first. What follows is to be understood by any Python, however old.
import sys

OLDEST, NEWEST = (3, 11), (3, 13)
"""As pyproject.toml has them in `requires-python`; a pip older than 23.1 looks at that last."""

if not OLDEST <= tuple(sys.version_info[:2]) <= NEWEST:
    told = "pyproject.toml: needs Python 3.%d to 3.%d, but this is %d.%d; make .venv with one of those\n"
    sys.stderr.write(told % ((OLDEST[1], NEWEST[1]) + tuple(sys.version_info[:2])))  # noqa: RUF005
    sys.exit(2)
