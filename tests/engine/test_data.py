"""The images that a chapter finds where it looks for MNIST."""

import gzip
import struct
from pathlib import Path

import pytest

from snippets._engine.chapters import data
from snippets._engine.project.errors import RunError

pytestmark = pytest.mark.unit


def images(count: int) -> bytes:
    """A file of that many black images."""
    return struct.pack(">iiii", 0x803, count, 28, 28) + bytes(28 * 28 * count)


def labels(count: int) -> bytes:
    """A file of that many zeros."""
    return struct.pack(">ii", 0x801, count) + bytes(count)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with MNIST/raw: two packed files, two plain ones."""
    raw = tmp_path / "source" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in zip(data.FILES, (images(6), labels(6), images(2), labels(2)), strict=True):
        if name.startswith("train"):
            (raw / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (raw / name).write_bytes(content)
    return tmp_path / "source"


def test_embedded_digits_are_written_in_mnists_format(tmp_path: Path) -> None:
    assert data.provide(tmp_path, None) == data.EMBEDDED
    raw = tmp_path / "data" / "MNIST" / "raw"
    assert {file.name for file in raw.iterdir()} == set(data.FILES)
    train, train_labels, test, test_labels = ((raw / name).read_bytes() for name in data.FILES)
    assert struct.unpack(">iiii", train[:16]) == (0x803, 1438, 28, 28)
    assert struct.unpack(">ii", train_labels[:8]) == (0x801, 1438)
    assert struct.unpack(">iiii", test[:16]) == (0x803, 359, 28, 28)
    assert len(test) == 16 + 359 * 28 * 28
    assert set(test_labels[8:]) == set(range(10))
    first = train[16 : 16 + 28 * 28]
    assert max(first) <= 255
    assert not any(first[:56])  # a frame of two pixels
    assert not any(first[-56:])


def test_real_images_are_copied_or_unpacked(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert data.provide(folder, source) == "MNIST: 6 train / 2 test"
    raw = folder / "data" / "MNIST" / "raw"
    assert (raw / data.FILES[0]).read_bytes() == images(6)
    assert (raw / data.FILES[3]).read_bytes() == labels(2)


def test_other_images_of_that_number_have_another_fingerprint_packed_or_not(source: Path) -> None:
    first, packed = data.fingerprint(source), source / "MNIST" / "raw" / f"{data.FILES[0]}.gz"
    packed.with_suffix("").write_bytes(images(6))
    packed.unlink()
    assert data.fingerprint(source) == first
    packed.with_suffix("").write_bytes(images(6)[:-1] + b"x")
    assert data.described(source) == "MNIST: 6 train / 2 test"
    assert data.fingerprint(source) != first


def test_chapter_that_writes_to_its_data_leaves_the_source_alone(source: Path, tmp_path: Path) -> None:
    data.provide(tmp_path / "run", source)
    copy = tmp_path / "run" / "data" / "MNIST" / "raw" / data.FILES[2]
    with copy.open("r+b") as file:
        file.write(b"changed")
    assert (source / "MNIST" / "raw" / data.FILES[2]).read_bytes() == images(2)


def test_missing_file_of_the_source_is_named(source: Path, tmp_path: Path) -> None:
    missing = source / "MNIST" / "raw" / data.FILES[3]
    missing.unlink()
    with pytest.raises(RunError) as caught:
        data.provide(tmp_path / "run", source)
    assert str(caught.value) == f"{missing}: no such file; --data names a folder that holds MNIST/raw"
