"""The images a chapter finds in data/MNIST/raw of its working directory.

By default scikit-learn's 1,797 handwritten digits of 8×8 pixels, written as 28×28 in MNIST's file format, so that a
chapter's `datasets.MNIST("data", download=True)` is the reader's own line and works offline. Real images come from a
folder laid out as torchvision lays it out.
"""

import gzip
import hashlib
import importlib.util
import re
import struct
from functools import cache
from pathlib import Path
from typing import IO, cast

from ..project.errors import RunError

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
EMBEDDED = "scikit-learn's 8×8 digits as 28×28"
#: How a record names images from a folder, as `provide` does.
MNIST = re.compile(r"(?P<name>MNIST\S*): (?P<train>[\d,]+) train / (?P<test>[\d,]+) test")
_ROWS = range(0, 64, 8)


def provide(folder: Path, source: Path | None) -> str:
    """Put data/MNIST/raw into a folder; the name of the data as a record states it.

    Args:
        source: a folder that holds MNIST/raw, or None for the embedded digits.

    Raises:
        RunError: the source lacks a file.
    """
    raw = folder / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    if source is None:
        for name, content in _embedded().items():
            (raw / name).write_bytes(content)
        return EMBEDDED
    for name in FILES:
        with _opened(source, name) as file:
            (raw / name).write_bytes(file.read())
    return described(source)


def described(source: Path) -> str:
    """The name of the images in a folder that holds MNIST/raw, as a record states it.

    Raises:
        RunError: it lacks a file.
    """
    train, _, test, _ = (_count(source, name) for name in FILES)
    part = f"-{(train + test) // 1000}k" if 1000 <= train + test < 70_000 else ""  # a part of it says so
    return f"MNIST{part}: {train:,} train / {test:,} test"


def fingerprint(source: Path) -> str:
    """A hash of the images and labels in a folder that holds MNIST/raw, packed or not: other images have another.

    Raises:
        RunError: it lacks a file.
    """
    found = hashlib.sha256()
    for name in FILES:
        with _opened(source, name) as file:
            found.update(file.read())
    return found.hexdigest()[:16]


def _opened(source: Path, name: str) -> IO[bytes]:
    plain = source / "MNIST" / "raw" / name
    packed = plain.with_name(f"{name}.gz")
    if plain.is_file():
        return plain.open("rb")
    if packed.is_file():
        return cast(IO[bytes], gzip.open(packed))
    raise RunError(str(plain), None, "no such file", "--data names a folder that holds MNIST/raw")


def _count(source: Path, name: str) -> int:
    """How many images or labels a file says that it holds."""
    with _opened(source, name) as file:
        return int(struct.unpack(">i", file.read(8)[4:])[0])


@cache
def _embedded() -> dict[str, bytes]:
    """Every fifth digit is held out; each 8×8 image is scaled by three and framed by two pixels of black."""
    digits = _digits()
    train = [digit for number, digit in enumerate(digits) if number % 5 != 4]
    held_out = digits[4::5]
    files: list[bytes] = []
    for part in (train, held_out):
        files.append(_idx(b"".join(_framed(pixels) for pixels, _ in part), len(part), 28, 28))
        files.append(_idx(bytes(label for _, label in part), len(part)))
    return dict(zip(FILES, files, strict=True))


def _digits() -> list[tuple[list[int], int]]:
    """The 64 numbers from 0 to 16 of each digit, and which digit it is.

    Read without importing scikit-learn, which takes longer than many a chapter.
    """
    package = importlib.util.find_spec("sklearn")
    folders = package.submodule_search_locations if package else None
    if not folders:
        fix = 'run: python -m pip install -e ".[run]"'
        raise RunError("pyproject.toml", None, "the embedded digits are scikit-learn's, not installed here", fix)
    packed = Path(folders[0], "datasets", "data", "digits.csv.gz").read_bytes()
    rows = [[int(float(cell)) for cell in row.split(b",")] for row in gzip.decompress(packed).split()]
    return [(row[:-1], row[-1]) for row in rows]


def _framed(pixels: list[int]) -> bytes:
    edge, rows = bytes(2), [bytes(round(n * 255 / 16) for n in pixels[i : i + 8] for _ in range(3)) for i in _ROWS]
    return bytes(56) + b"".join((edge + row + edge) * 3 for row in rows) + bytes(56)


def _idx(content: bytes, *shape: int) -> bytes:
    return struct.pack(f">BBBB{len(shape)}i", 0, 0, 8, len(shape), *shape) + content
