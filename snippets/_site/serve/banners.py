"""What `mkdocs serve` tells on the pages themselves: findings, runs, and builds that failed."""

import html
import re
from collections.abc import Iterable, Sequence

from snippets._engine.project.errors import Finding
from snippets._engine.project.tree import LANGUAGES

_WORDS = {
    "vi": {
        "label": "Bản xem trước",
        "error": "Cần sửa:",
        "warning": "Trước khi xuất bản:",
        "note": "Nên biết",
        "running": "Đang chạy lại mã của chương này; trang sẽ tự cập nhật khi chạy xong.",
    },
    "en": {
        "label": "Preview",
        "error": "To be mended:",
        "warning": "Before publishing:",
        "note": "Good to know",
        "running": "The code of this chapter is running again; the page follows when it has ended.",
    },
}
_CODE = re.compile(r"`([^`]+)`")
_TEST = re.compile(r"tests/snippets/(?P<part>.+)/test_(?P<name>[^/]+)\.py")
_COMMAND = re.compile(r"((?:run|then|is): )(python -m [^;,]+)")


def pages_of(finding: Finding) -> tuple[tuple[str, str], ...] | None:
    """The language and src_uri of the pages that a finding is about; None when it is about all of them."""
    path = finding.path
    for lang in LANGUAGES:
        if path.startswith(f"docs/{lang}/"):
            return ((lang, path.removeprefix(f"docs/{lang}/")),)
    for folder in ("snippets", "docs/notebooks", "docs/agreed"):
        if path.startswith(f"{folder}/"):
            stem = path.removeprefix(f"{folder}/").rsplit("/", 1)
            name = "/".join([*stem[:-1], stem[-1].partition(".")[0]])
            return tuple((lang, f"{name}.md") for lang in LANGUAGES)
    if test := _TEST.fullmatch(path):
        return tuple((lang, f"{test['part']}/{test['name']}.md") for lang in LANGUAGES)
    return None


def banner(found: Sequence[Finding], lang: str, *, running: bool) -> str:
    """The banner of a page, empty when there is nothing to tell."""
    words = _WORDS[lang]
    parts = [f'<p class="preview-running" role="status">{words["running"]}</p>'] if running else []
    for severity in ("error", "warning"):
        some = [finding for finding in found if finding.severity == severity]
        if some:
            parts.append(f'<p class="preview-{severity}">{words[severity]}</p>{_items(some)}')
    notes = [finding for finding in found if finding.severity == "note"]
    if notes:
        parts.append(f"<details><summary>{words['note']} ({len(notes)})</summary>{_items(notes)}</details>")
    if not parts:
        return ""
    return (
        f'<aside class="preview" aria-label="{words["label"]}" data-search-exclude="true">\n'
        + "\n".join(parts)
        + "\n</aside>\n"
    )


def _items(found: Iterable[Finding]) -> str:
    return "<ul>" + "".join(f"<li>{_marked(finding)}</li>" for finding in found) + "</ul>"


def _marked(finding: Finding) -> str:
    where, rest = finding.path if finding.line is None else f"{finding.path}:{finding.line}", str(finding)
    text = html.escape(rest.removeprefix(where), quote=False)
    text = _COMMAND.sub(r"\1<code>\2</code>", _CODE.sub(r"<code>\1</code>", text))
    return f"<code>{html.escape(where, quote=False)}</code>{text}"


def error_page(text: str, styles: str) -> str:
    """The page that stands for every page while the last build failed."""
    return f"""<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Chưa dựng được trang · The build failed</title>
<style>{styles}</style>
</head>
<body class="preview-failed">
<main>
<h1>Chưa dựng được trang</h1>
<p>Trang sẽ tự hiện lại ngay khi lỗi dưới đây được sửa và lưu.</p>
<pre>{html.escape(text, quote=False)}</pre>
<p lang="en"><strong>The build failed.</strong> The page comes back by itself as soon as this is mended and saved.</p>
</main>
</body>
</html>
"""
