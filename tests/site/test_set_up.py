"""The messages that the set-up page quotes and no cell can raise everywhere: said again here, word for word."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from snippets._engine.project.tree import LANGUAGES, Tree

TREE = Tree(Path(__file__).resolve().parents[2])
PAGES = {lang: TREE.page(lang, "start/setup").read_text("utf-8") for lang in LANGUAGES}
WITHOUT_SETTINGS = {**os.environ, "PIP_CONFIG_FILE": os.devnull}


def errors(*words: object, folder: Path) -> list[str]:
    """The lines that a Python of its own leaves on stderr."""
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(command, cwd=folder, env=WITHOUT_SETTINGS, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return done.stderr.strip().splitlines()


@pytest.mark.unit
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_error_has_a_heading_that_is_its_message(lang: str) -> None:
    errors_of_page = PAGES[lang].partition("{#errors}")[2]
    assert re.findall(r"^### `(.+)` \{#", errors_of_page, re.MULTILINE) == [
        "No matching distribution found for torch",
        "No module named 'torch'",
        "module 'torch' has no attribute 'tensor'",
        "operator torchvision::nms does not exist",
        "Torch not compiled with CUDA enabled",
    ]


def test_pip_finds_no_wheel_for_another_python(tmp_path: Path) -> None:
    pytest.importorskip("pip")
    (tmp_path / "torch-2.13.0-cp27-cp27m-win_amd64.whl").touch()
    command = ["-m", "pip", "--isolated", "download", "--no-index", "--find-links", ".", "torch"]
    said = errors(*command, folder=tmp_path)
    assert said[0].startswith("ERROR: ")
    assert [lang for lang in LANGUAGES if "\n".join(["```{.text .no-copy}", *said, "```"]) not in PAGES[lang]] == []


def test_a_file_called_torch_that_imports_torch_imports_itself(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("import torch\ntorch.tensor([1.0])\n", "utf-8")
    said = errors("torch.py", folder=tmp_path)[-1]
    quoted = said if sys.version_info < (3, 13) else "consider renaming"
    assert quoted in said
    assert [lang for lang in LANGUAGES if quoted not in PAGES[lang]] == []


def test_a_cpu_build_has_no_gpu_to_give() -> None:
    torch = pytest.importorskip("torch")
    if torch.version.cuda is not None:
        pytest.skip("torch was compiled with CUDA here")
    with pytest.raises(AssertionError) as raised:
        torch.zeros(1, device="cuda")
    assert [lang for lang in LANGUAGES if f"\nAssertionError: {raised.value}\n" not in PAGES[lang]] == []
