"""Variants from end to end: recorded by the command line, shown beside the CPU's outputs, aged, mended, left alone.

No GPU is needed: a module `torch` of a few lines stands before the real one on PYTHONPATH and says that there is one.
"""

import os
import re
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from snippets.__main__ import main
from snippets._engine.audit.audit import audit
from snippets._engine.audit.declared import agree
from snippets._engine.copies.notebook import notebook
from snippets._engine.copies.plain import plain
from snippets._engine.project.tree import LANGUAGES, Tree
from snippets._engine.records.library import Library
from snippets._engine.records.record import load
from snippets._engine.render.markdown import expand

ROOT = Path(__file__).resolve().parents[2]
GPU = "Example RTX 9000 <Ada>"
TORCH = f"""
import os

class cuda:
    is_available = staticmethod(lambda: os.environ.get("CUDA_VISIBLE_DEVICES") != "")
    get_device_name = staticmethod(lambda: {GPU!r})

class backends:
    class cpu:
        get_cpu_capability = staticmethod(lambda: "AVX2")

set_num_threads = manual_seed = set_rng_state = lambda value: None
get_rng_state = lambda: None
"""
NAME = "basics/where"
SNIPPET = """\
# %% where
import torch

where = "GPU" if torch.cuda.is_available() else "CPU"
print("where:", where)

# %% total
total = 3
print("total:", total)
"""
PAGE = "# A {#a}\n\n::: cell #where\n\n::: cell #total\n\nx: {{= #total.total }} {{= #where.where }}\n"


class Project:
    """A tree of one chapter and the command line, with or without the machine that has a GPU."""

    def __init__(self, root: Path, fake: Path) -> None:
        self.tree = Tree(root)
        self._fake = fake
        self.write("mkdocs.yml", "")
        self.write("pyproject.toml", (ROOT / "pyproject.toml").read_text("utf-8"))
        self.write(f"snippets/{NAME}.py", SNIPPET)
        for lang in LANGUAGES:
            self.write(f"docs/{lang}/{NAME}.md", PAGE)
        agree(self.tree, f"{NAME}.md")

    def write(self, name: str, text: str) -> None:
        path = self.tree.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def call(self, *words: str, gpu: bool = False, status: int = 0, **variables: str) -> str:
        """What a command says; on the machine with a GPU if asked."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            if gpu:
                patch.setenv("PYTHONPATH", f"{self._fake}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
            done = CliRunner().invoke(main, ["--root", str(self.tree.root), *words])
        assert done.exit_code == status, done.output
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return done.output

    def page(self, lang: str) -> str:
        """The page as ordinary Markdown."""
        path = f"docs/{lang}/{NAME}.md"
        text = (self.tree.root / path).read_text("utf-8")
        return expand(text, lang=lang, src_uri=f"{NAME}.md", path=path, library=Library(self.tree)).markdown

    def bytes(self) -> dict[str, tuple[bytes, int]]:
        """Every record with its time."""
        paths = sorted((self.tree.root / "docs" / "notebooks").rglob("*"))
        return {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in paths if p.is_file()}


@pytest.fixture
def project(tree: Tree, tmp_path: Path) -> Project:
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "torch.py").write_text(TORCH, "utf-8")
    return Project(tree.root, fake)


def tabs(markdown: str) -> dict[str, str]:
    """What each tab of a page holds, by its label."""
    parts = re.split(r'^=== "(.*)"$', markdown, flags=re.MULTILINE)
    found: dict[str, str] = {}
    for label, text in zip(parts[1::2], parts[2::2], strict=True):
        found[label] = found.get(label, "") + text
    return found


def test_a_cuda_record_from_the_gpu_to_the_page_and_back(project: Project) -> None:
    project.call("record", gpu=True)
    cpu = project.bytes()
    assert list(cpu) == ["where.ipynb"]
    assert "wrote docs/notebooks/basics/where.cuda.ipynb\n" in project.call("record", "--variant", "cuda", gpu=True)
    record = load(project.tree, NAME, "cuda")
    assert record is not None
    assert (record.variant, record.device) == ("cuda", GPU)
    assert record.by_name["where"].outputs[0].text == "where: GPU\n"
    assert {name: kept for name, kept in project.bytes().items() if name in cpu} == cpu  # the CPU's is as it was

    label = "Example RTX 9000 &#60;Ada&#62;"
    for lang in LANGUAGES:
        page = project.page(lang)
        found = tabs(page)
        assert list(found) == ["CPU", f"{label} · {record.recorded}"]
        assert "where: CPU" in found["CPU"]
        assert "where: GPU" in found[f"{label} · {record.recorded}"]
        assert f'data-device="{GPU}" data-recorded="{record.recorded}"' in page
        assert f"torch 2.13.0 · {label} · {record.recorded}" in page
        assert ">CPU</span>" in page  # a value in a sentence is the CPU's
        assert "--variant cuda" not in page
    assert project.call("status") == "1 chapter, 0 findings\n"

    # The code moves on, on a machine without a GPU.
    project.write(f"snippets/{NAME}.py", SNIPPET.replace("total = 3", "total = 4"))
    before = project.bytes()["where.cuda.ipynb"]
    assert "1 written" in project.call("record")
    assert project.bytes()["where.cuda.ipynb"] == before
    aged = (
        "note: snippets/basics/where.py:7: docs/notebooks/basics/where.cuda.ipynb is aged, as the page says: cells "
        "changed since it was recorded: `total`; "
        "where such a machine is: python -m snippets record basics/where --variant cuda\n"
    )
    assert project.call("status") == aged + "1 chapter, 1 finding\n"
    said = project.call("check")
    assert "compared basics/where (cpu): exactly" in said
    assert "(cuda)" not in said
    assert aged in said
    assert project.bytes()["where.cuda.ipynb"] == before
    for lang, words in (("vi", "bản mã hoặc một bộ thư viện cũ hơn"), ("en", "an older version of the code")):
        assert words in project.page(lang)
        assert "`python -m snippets record basics/where --variant cuda`" in project.page(lang)
        assert f"torch 2.13.0 · {label} · {record.recorded}" in project.page(lang)

    # On the machine with a GPU one command mends it.
    project.call("record", "--variant", "cuda", gpu=True)
    assert project.call("status") == "1 chapter, 0 findings\n"
    assert "total: 4" in tabs(project.page("en"))[f"{label} · {record.recorded}"]
    assert "--variant cuda" not in project.page("vi")


def test_a_variant_of_other_versions_than_the_pinned_ones_has_aged(
    project: Project, by_hand: Callable[..., Path]
) -> None:
    said = {
        "where": {"outputs": [["text", "stdout", "where: GPU\n"]], "values": {"where": "GPU"}},
        "total": {"values": {"total": 3}},
    }
    old = {"torch": "2.12.0+cu130", "torchvision": "0.28.0", "numpy": "2.4.6", "matplotlib": "3.11.2"}
    by_hand(NAME, said)
    by_hand(NAME, said, variant="cuda", device=GPU, versions=old)
    (found,) = (str(finding) for finding in audit(project.tree) if finding.kind == "variant")
    assert (
        "where.cuda.ipynb is aged, as the page says: recorded with torch 2.12.0, but pyproject.toml pins 2.13.0"
        in found
    )
    for lang in LANGUAGES:
        assert "`python -m snippets record basics/where --variant cuda`" in project.page(lang)
        assert "torch 2.12.0 · Example" in project.page(lang)


# The mnist variant

IMAGES = """\
# %% where
from pathlib import Path

raw = Path("data", "MNIST", "raw")
train = (raw / "train-images-idx3-ubyte").read_bytes()
where = len(train)
print("bytes:", where)

# %% total
total = train[16:].count(0)
print("zeros:", total)
"""


def digits(folder: Path, train: int, test: int) -> Path:
    """Blank images with one pixel of ink each, in MNIST's format."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, count in (("train", train), ("t10k", test)):
        image = b"\xc8" + bytes(783)
        (raw / f"{name}-images-idx3-ubyte").write_bytes(struct.pack(">iiii", 2051, count, 28, 28) + image * count)
        (raw / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">ii", 2049, count) + bytes(count))
    return folder


def test_an_mnist_record_from_the_images_to_the_page_and_back(project: Project, tmp_path: Path) -> None:
    project.write(f"snippets/{NAME}.py", IMAGES)
    project.call("record")
    cpu = project.bytes()["where.ipynb"]
    data = digits(tmp_path / "real", 1200, 300)
    project.call("record", "--variant", "mnist", SNIPPETS_DATA=str(data))
    record = load(project.tree, NAME, "mnist")
    assert record is not None
    label = "MNIST-1k: 1,200 train / 300 test"
    assert (record.data, record.device) == (label, load(project.tree, NAME).device)  # type: ignore[union-attr]
    assert project.bytes()["where.ipynb"] == cpu
    shown = "MNIST-1k: 1,200 / 300"
    for lang, embedded, images in (
        ("vi", "Chữ số 8×8 của scikit-learn", "MNIST-1k: học 1200 ảnh, chấm 300 ảnh"),
        ("en", "8×8 digits of scikit-learn", "MNIST-1k: 1200 images to train, 300 to test"),
    ):
        page = project.page(lang)
        found = tabs(page)
        assert list(found) == [embedded, shown]
        assert "bytes: 940816" in found[shown]
        assert 'data-dataset="scikit-learn\'s 8×8 digits as 28×28"' in found[embedded]
        assert f'data-dataset="{label}"' in found[shown]
        assert f"torch 2.13.0 · CPU · {record.recorded} · {images}" in found[shown]
    assert project.call("status") == "1 chapter, 0 findings\n"

    # A page that asks for it shows and cites it first.
    page = "# A {#a}\n\n::: cell #where\n\nx: {{= #where.where }}\n\n::: cell #total\n\n::: versions\n"
    for lang in LANGUAGES:
        project.write(f"docs/{lang}/{NAME}.md", f"---\nvariant: mnist\n---\n{page}")
    agree(project.tree, f"{NAME}.md")
    assert project.call("status") == "1 chapter, 0 findings\n"
    for lang in LANGUAGES:
        assert next(iter(tabs(project.page(lang)))) == shown
        assert ">940816</span>" in project.page(lang)
        known = {"lang": lang, "src_uri": f"{NAME}.md", "path": "a.md", "library": Library(project.tree)}
        copy, reader = plain(page, **known), notebook(page, **known)  # type: ignore[arg-type]
        for text in (copy, reader):
            assert "bytes: 940816" in text
            assert "MNIST-1k" in text
            assert "x: 940816" in text

    # Without the images a check leaves it alone (test_checking.py compares it with them), and a record needs them.
    kept = project.bytes()
    assert "compared basics/where (mnist)" not in project.call("check", "--require-variants")
    said = project.call("record", "--variant", "mnist", "--data", str(tmp_path), "--force", status=1)
    assert said.endswith("train-images-idx3-ubyte: no such file; --data names a folder that holds MNIST/raw\n")
    assert project.bytes() == kept

    # Once the code has moved on, the page shows the default run and says so; what is published must not.
    project.write(f"snippets/{NAME}.py", IMAGES.replace("bytes:", "Bytes:"))
    said = project.call("record")
    shows, cites = ("".join(f"    docs/{lang}/{NAME}.md:{line}\n" for lang in LANGUAGES) for line in (6, 8))
    late = "  read again once recorded with --variant mnist, which these lines cite:\n"
    assert f"  cell `where`\n    - bytes: 1127408\n    + Bytes: 1127408\n  read again:\n{shows}{late}{cites}" in said
    assert "is older than the code" in project.call("check", "--require-variants", status=1)
    assert next(iter(tabs(project.page("vi")))) == "Chữ số 8×8 của scikit-learn"
    assert "`python -m snippets record basics/where --variant mnist`" in plain(page, **known)  # type: ignore[arg-type]


def test_no_image_of_mnist_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a clone")
    assert [name for name in listed.stdout.splitlines() if re.search(r"ubyte|\.npz$|\.parquet$|(^|/)data/", name)] == []
