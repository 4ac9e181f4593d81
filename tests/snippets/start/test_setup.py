"""The facts that start/setup states."""

import importlib.metadata

import torch


def test_the_versions_are_the_installed_ones(chapter):
    assert [line.split() for line in chapter.text("version").splitlines()] == [
        ["torch:", torch.__version__.split("+")[0]],
        ["torchvision:", importlib.metadata.version("torchvision").split("+")[0]],
    ]


def test_the_cpu_variant_sees_no_gpu(chapter):
    assert chapter.value("device", "has_gpu") is False
    assert chapter.value("device", "device.type") == "cpu"


def test_multiplying_by_the_identity_changes_nothing(chapter):
    assert chapter.value("compute", "a") == [[1.0, 2.0], [3.0, 4.0]]
    assert chapter.value("compute", "a @ b") == [[1.0, 2.0], [3.0, 4.0]]
    assert chapter.text("compute").endswith("sum: 10.0\n")


def test_a_python_without_packages_has_no_torch(chapter):
    assert chapter.text("no-module") == "ModuleNotFoundError: No module named 'torch'\n"


def test_a_file_of_ones_own_called_torch_hides_pytorch(chapter):
    assert chapter.text("own-torch-py") == "AttributeError: module 'torch' has no attribute 'tensor'\n"


def test_torchvision_without_its_compiled_part_misses_nms(chapter):
    assert chapter.text("mixed-builds") == "RuntimeError: operator torchvision::nms does not exist\n"
