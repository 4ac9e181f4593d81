"""Writes projects like this one around given chapters: pages in both languages, nav, tests; nothing is run."""

import csv
import random
import re
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from snippets._engine.audit import declared
from snippets._engine.chapters import cells
from snippets._engine.chapters.cells import Cell
from snippets._engine.project.tree import Tree

ROOT = Path(__file__).resolve().parents[2]
_SHARED = ("docs/overrides", "docs/assets", "docs/glossary.csv", "pyproject.toml")
_WORDS = {
    "vi": {
        "home": "Trang chủ",
        "title": "Chương {number}",
        "goals": "Sau chương này",
        "step": "Bước {number}",
        "alt": "Hình vẽ của bước {number}",
        "value": "Kết quả của bước này là",
        "note": "Ghi chú",
        "summary": "Tóm tắt",
    },
    "en": {
        "home": "Home",
        "title": "Chapter {number}",
        "goals": "After this chapter",
        "step": "Step {number}",
        "alt": "The picture of step {number}",
        "value": "The result of this step is",
        "note": "Note",
        "summary": "Summary",
    },
}
_SENTENCES = {
    "vi": (
        "Trước khi chạy, bạn hãy thử đoán xem dòng cuối in ra gì, rồi so với kết quả bên dưới.",
        "Mỗi bước chỉ thêm một ý, nên bạn có thể dừng lại ở bất cứ đâu rồi đọc tiếp sau.",
        "Ta viết $y = ax + b$, với $a$ và $b$ là hai số cần tìm.",
        "Nếu kết quả khác điều bạn nghĩ, hãy đọc lại mã từ trên xuống: chương trình làm đúng những gì được viết ra.",
        "Đoạn này dùng lại tên đã có từ bước trước, nên bạn cần chạy các bước theo thứ tự.",
        "Khi sửa một con số trong mã, bạn sẽ thấy những dòng sau đổi theo.",
        "Công thức $\\frac{1}{n} \\sum_{i=1}^{n} x_i$ cho trung bình của $n$ số.",
        "Cách làm này ngắn, dễ đọc, và đủ nhanh cho những bài đầu tiên.",
        "Bạn **không** cần nhớ tên mọi hàm; chỉ cần biết *tìm ở đâu* khi cần.",
        "Ở bước sau ta dùng kết quả này, vì vậy nó được đặt tên.",
    ),
    "en": (
        "Before you run it, try to guess what the last line prints, then compare with the result below.",
        "Each step adds one idea, so you can stop anywhere and read on later.",
        "We write $y = ax + b$, where $a$ and $b$ are the two numbers to find.",
        "If the result is not what you thought, read the code again from the top: it does what is written.",
        "This part uses names from the step before, so run the steps in order.",
        "Change one number in the code and you will see the lines after it change too.",
        "The formula $\\frac{1}{n} \\sum_{i=1}^{n} x_i$ gives the mean of $n$ numbers.",
        "This way is short, easy to read, and fast enough for the first exercises.",
        "You do **not** need to know every function by heart; just know *where to look*.",
        "The next step uses this result, which is why it has a name.",
    ),
}


def write(root: Path, chapters: Mapping[str, str]) -> Tree:
    """A project of these chapters, by name, which needs nothing but their records.

    Args:
        chapters: the code of each, in percent format; a cell that has a figure calls `plt.show`; the page cites the
            value of every name `answer`.
    """
    tree = Tree(root)
    for name in _SHARED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, root / name)
    _put(root / "mkdocs.yml", _config(chapters))
    for lang in tree.languages:
        listed = "".join(f"- {term}\n" for term in _terms(lang))
        _put(tree.docs(lang) / "index.md", f"# {_WORDS[lang]['home']} {{#home}}\n\n{_SENTENCES[lang][1]}\n\n{listed}")
    _add(tree, chapters)
    declared.agree(tree, "index.md")
    return tree


def extend(tree: Tree, part: str, chapters: Mapping[str, str]) -> None:
    """Add a part of such chapters to a project that has none of that name in its nav."""
    path = tree.root / "mkdocs.yml"
    listed = "".join(f"      - {name}.md\n" for name in chapters)
    _put(path, path.read_text("utf-8").replace("  - glossary.md\n", f"  - {part}:\n{listed}  - glossary.md\n"))
    _add(tree, chapters)


def _add(tree: Tree, chapters: Mapping[str, str]) -> None:
    for name, code in chapters.items():
        _put(tree.snippet(name), code)
        _put(tree.test(name), "")
        for lang in tree.languages:
            _put(tree.page(lang, name), _page(name, code, lang))
        declared.agree(tree, f"{name}.md")


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", newline="\n")


def _config(chapters: Mapping[str, str]) -> str:
    """This project's, with another nav."""
    parts: dict[str, list[str]] = {}
    for name in chapters:
        parts.setdefault(name.partition("/")[0], []).append(name)
    nav = ["nav:", "  - home: index.md"]
    for part, names in parts.items():
        nav += [f"  - {part}:", *(f"      - {name}.md" for name in names)]
    text = re.sub(r"^ +notebook_views:.*\n", "", (ROOT / "mkdocs.yml").read_text("utf-8"), flags=re.MULTILINE)
    return re.sub(r"^nav:\n(?:[ -].*\n)+", "\n".join([*nav, "  - glossary.md", ""]), text, flags=re.MULTILINE)


@cache
def _terms(lang: str) -> list[str]:
    """The glossary's terms that some page must use."""
    with (ROOT / "docs" / "glossary.csv").open(encoding="utf-8", newline="") as file:
        return [row[lang] for row in csv.DictReader(file) if not row["mark"]]


def _page(name: str, code: str, lang: str) -> str:
    """Around each cell a heading and some sentences: others in each chapter, the same in both languages."""
    words, chance = _WORDS[lang], random.Random(name)
    own = name.partition("/")[2].replace("_", "-")

    def said(count: int) -> str:
        return " ".join(_SENTENCES[lang][number] for number in chance.sample(range(len(_SENTENCES[lang])), count))

    title = words["title"].format(number=chance.randrange(100))
    lines = [f"# {title} {{#{own}}}", "", said(3), ""]
    lines += [f"## {words['goals']} {{#goals}}", "", *(f"- {said(1)}" for _ in range(3)), ""]
    for number, cell in enumerate(cells.parse(code, name=name, path=name).cells, 1):
        step = words["step"].format(number=number)
        lines += [
            f"## {step} {{#step-{cell.name}}}",
            "",
            said(3),
            "",
            _shown(cell, words["alt"].format(number=number)),
            "",
            said(2),
            "",
        ]
        if re.search(r"^answer = ", cell.code, re.MULTILINE):
            lines += [f"{words['value']} {{{{= #{cell.name}.answer }}}}.", ""]
    terms = ", ".join(_terms(lang)[number] for number in chance.sample(range(len(_terms(lang))), 5))
    lines += [f'!!! note "{words["note"]}"', "", f"    {said(2)}", ""]
    return "\n".join([*lines, f"## {words['summary']} {{#summary}}", "", said(4), "", f"{terms}.", ""])


def _shown(cell: Cell, alt: str) -> str:
    return f"::: cell #{cell.name}" + (f' alt="{alt}"' if "plt.show" in cell.code else "")


def edit_cell(tree: Tree, chapter: str, mark: str) -> None:
    """Add a line to the first cell of a chapter."""
    path = tree.snippet(chapter)
    first, second, rest = path.read_text("utf-8").split("# %%", 2)
    path.write_text(f'{first}# %%{second.rstrip()}\nprint("{mark}")\n\n# %%{rest}', "utf-8")


def edit_sentence(tree: Tree, chapter: str, mark: str, lang: str = "vi") -> None:
    """Add a sentence below the title of a chapter."""
    path = tree.page(lang, chapter)
    text = path.read_text("utf-8")
    head, title, rest = re.split(r"^(# .*\n)", text, maxsplit=1, flags=re.MULTILINE)
    path.write_text(f"{head}{title}\n{mark}.\n{rest}", "utf-8")
