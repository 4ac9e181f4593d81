"""The facts that start/setup states."""

import torch


def test_the_version_is_the_installed_one(chapter):
    assert chapter.text("version") == f"torch: {torch.__version__.split('+')[0]}\n"


def test_the_cpu_variant_sees_no_gpu(chapter):
    assert chapter.value("device", "has_gpu") is False
    assert chapter.value("device", "device") == "cpu"


def test_multiplying_by_the_identity_changes_nothing(chapter):
    assert chapter.value("compute", "a") == [[1.0, 2.0], [3.0, 4.0]]
    assert chapter.value("compute", "a @ b") == [[1.0, 2.0], [3.0, 4.0]]
    assert chapter.text("compute").endswith("sum: 10.0\n")
