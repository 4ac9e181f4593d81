"""Text as it is recorded: what a terminal shows of it, the same in every run."""

import re

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")
_REDRAWS = re.compile(r"[\r\b]|\x1b\[[0-9;?]*[A-HJKfhlsu]")
_STEP = re.compile(r"\x1b\[(?P<numbers>[0-9;?]*)(?P<move>[A-Za-z])|(?P<control>[\n\r\b])|[^\n\r\b\x1b]+|\x1b")
_WIDEST = 2000
_KEPT = "\t\n\r"
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in _KEPT}
_PICTURES |= {0x7F: "\u2421", **dict.fromkeys(range(0x80, 0xA0), "\ufffd")}


def normalised(text: str) -> str:
    """Text as it is recorded: redrawn lines as a terminal leaves them, addresses replaced by a fixed one, line ends
    `\\n`, UTF-8, control characters as pictures."""
    whole = text.encode("utf-8", "replace").decode().replace("\r\n", "\n")
    if redraws(whole):
        whole = _Screen().after(whole)
    return visible(_ADDRESS.sub("at 0x7f0000000000", whole))


def redraws(text: str) -> bool:
    """Whether text goes back over what it wrote, as a progress bar does."""
    return _REDRAWS.search(text) is not None


def visible(text: str) -> str:
    """Text whose control characters can be seen (␛ for an escape), so that no terminal, page or notebook obeys them."""
    return text.translate(_PICTURES)


class _Screen:
    """The lines of a terminal, as wide and high as it needs to be."""

    def __init__(self) -> None:
        self._lines: list[list[str]] = [[]]
        self._redrawn: set[int] = set()
        self._row = self._column = 0

    def after(self, text: str) -> str:
        """What stands there once the text was written."""
        for step in _STEP.finditer(text):
            if step["move"]:
                self._move(step["move"], step["numbers"])
            elif step["control"] == "\n":
                self._row, self._column = self._row + 1, 0
                if self._row == len(self._lines):
                    self._lines.append([])
            elif step["control"]:
                self._redrawn.add(self._row)
                self._column = 0 if step["control"] == "\r" else max(0, self._column - 1)
            else:
                self._write(step[0])
        lines = ("".join(line) for line in self._lines)
        return "\n".join(line.rstrip() if row in self._redrawn else line for row, line in enumerate(lines))

    def _write(self, text: str) -> None:
        line = self._lines[self._row]
        line.extend(" " * (self._column - len(line)))
        line[self._column : self._column + len(text)] = text
        self._column += len(text)

    def _move(self, move: str, numbers: str) -> None:
        """Cursor moves and erasing; colours and what else a terminal does not show as characters leave no trace."""
        first = numbers.partition(";")[0]
        count = int(first) if first.isdigit() else 0
        way = max(count, 1)
        line = self._lines[self._row]
        self._redrawn.add(self._row)
        match move:
            case "A" | "F":
                self._row = max(0, self._row - way)
            case "B" | "E":
                self._row = min(len(self._lines) - 1, self._row + way)
            case "C":
                self._column = min(_WIDEST, self._column + way)
            case "D":
                self._column = max(0, self._column - way)
            case "G":
                self._column = min(_WIDEST, way - 1)
            case "K" if count == 0:
                del line[self._column :]
            case "K":
                line[: len(line) if count == 2 else self._column + 1] = [] if count == 2 else " " * (self._column + 1)
            case "J":
                self._lines[self._row + 1 :] = []
                del line[self._column if count == 0 else 0 :]
            case _:
                return
        self._column = 0 if move in "EF" else self._column
        self._redrawn.add(self._row)
