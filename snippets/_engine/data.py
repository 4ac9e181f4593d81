"""The images a chapter finds in data/MNIST/raw of its working directory.

By default scikit-learn's 1,797 handwritten digits of 8×8 pixels, written as 28×28 in MNIST's file format, so that a
chapter's `datasets.MNIST("data", download=True)` is the reader's own line and works offline. Real images come from a
folder laid out as torchvision lays it out.
"""

import gzip
import shutil
import struct
from functools import cache
from pathlib import Path
from typing import Any

from .errors import RunError

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
EMBEDDED = "scikit-learn's 8×8 digits as 28×28"


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
        _copy(source / "MNIST" / "raw" / name, raw / name)
    train, test = (_count(raw / name) for name in (FILES[0], FILES[2]))
    part = f"-{(train + test) // 1000}k" if 1000 <= train + test < 70_000 else ""  # a part of it says so
    return f"MNIST{part}: {train:,} train / {test:,} test"


def _copy(source: Path, target: Path) -> None:
    packed = source.with_name(source.name + ".gz")
    if source.is_file():
        shutil.copyfile(source, target)
    elif packed.is_file():
        target.write_bytes(gzip.decompress(packed.read_bytes()))
    else:
        raise RunError(str(source), None, "no such file", "--data names a folder that holds MNIST/raw")


def _count(images: Path) -> int:
    with images.open("rb") as file:
        return int(struct.unpack(">i", file.read(8)[4:])[0])


@cache
def _embedded() -> dict[str, bytes]:
    """Every fifth digit is held out; each 8×8 image is scaled by three and framed by two pixels of black."""
    import numpy as np
    from sklearn.datasets import load_digits

    digits = load_digits()
    images: Any = np.zeros((len(digits.images), 28, 28), dtype=np.uint8)
    images[:, 2:26, 2:26] = np.kron(digits.images * 255 / 16, np.ones((1, 3, 3))).round()
    labels = digits.target.astype(np.uint8)
    held_out = np.arange(len(labels)) % 5 == 4
    parts = (images[~held_out], labels[~held_out], images[held_out], labels[held_out])
    return {name: _idx(array) for name, array in zip(FILES, parts, strict=True)}


def _idx(array: Any) -> bytes:
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim) + b"".join(struct.pack(">i", n) for n in array.shape)
    return header + bytes(array.tobytes())
