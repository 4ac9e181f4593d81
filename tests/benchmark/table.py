"""Costs as Markdown: a row a tool, a column a step."""

from measure import Cost

COLUMNS = ("everything cold", "nothing changed", "one cell edited", "one sentence edited")
Row = dict[str, Cost | None]
_ROWS = {
    "this project": "this project: both languages, a process a chapter",
    "`record` alone": "`record` alone",
    "mkdocs-jupyter": "mkdocs-jupyter, execute: true: one language, a kernel a chapter",
    "markdown-exec": "markdown-exec: one language, all code in one process",
    "mkdocs-gallery": "mkdocs-gallery: one language, all code in one process",
    "a kernel a chapter": "a kernel a chapter (nbclient), no pages",
    "floor": "floor: all code in one process, no pages, no figures",
}


def table(rows: dict[str, Row]) -> str:
    """The Markdown of one comparison."""
    lines = ["| CPU / wall | " + " | ".join(COLUMNS) + " |", "|---|" + "--:|" * len(COLUMNS)]
    for row, title in _ROWS.items():
        if row in rows:
            cells = (cell(rows[row].get(column)) for column in COLUMNS)
            lines.append(f"| {title} | " + " | ".join(cells) + " |")
    for row, other, title in (
        ("this project", "mkdocs-jupyter", "this project / mkdocs-jupyter"),
        ("this project", "markdown-exec", "this project / markdown-exec"),
        ("this project", "mkdocs-gallery", "this project / mkdocs-gallery"),
        ("`record` alone", "a kernel a chapter", "`record` / a kernel a chapter"),
        ("`record` alone", "floor", "`record` / floor"),
    ):
        if row in rows and other in rows:
            ratios = (_ratio(rows[row].get(column), rows[other].get(column)) for column in COLUMNS)
            lines.append(f"| ratio: {title} | " + " | ".join(ratios) + " |")
    return "\n".join(lines)


def cell(cost: Cost | None) -> str:
    """CPU / wall."""
    return f"{cost.cpu:.2f} / {cost.wall:.2f}" if cost else ""


def _ratio(cost: Cost | None, other: Cost | None) -> str:
    return f"{cost.cpu / other.cpu:.2f} / {cost.wall / other.wall:.2f}" if cost and other else ""
