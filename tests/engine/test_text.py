"""Text as it is recorded: what a terminal shows."""

import pytest

from snippets._engine.chapters.values import normalised, redraws, to_json

pytestmark = pytest.mark.unit
UP, ERASE = "\x1b[A", "\x1b[K"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10%\r50%\r100%\n", "100%\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("abcdef\rxy", "xycdef"),
        ("  0%|    | 0/3\r100%|####| 3/3\ndone\n", "100%|####| 3/3\ndone\n"),
        ("bar\r   \rafter\n", "after\n"),
        ("spaces stay  \nbar\rBAR\n", "spaces stay  \nBAR\n"),
        (f"outer 0\n\rinner 0{UP}\router 1\n\rinner 1{UP}\n\n", "outer 1\ninner 1\n"),
        (f"one\ntwo\n{UP}{ERASE}new\n", "one\nnew\n"),
        ("a long line\r\x1b[2Kshort\n", "short\n"),
        ("abc\b\bX\n", "aXc\n"),
        (f"{UP}{UP}{UP}first\n", "first\n"),
        ("a\x1b[5Cb\n", "a     b\n"),
        ("\x1b[?25l1\r2\x1b[?25h\n", "2\n"),
        ("old\nlines\n\x1b[2J\x1b[Hnew", "new"),
        ("red \x1b[31mX\x1b[0m\n", "red ␛[31mX␛[0m\n"),
    ],
)
def test_text_that_is_drawn_again_is_what_a_terminal_leaves(text: str, expected: str) -> None:
    assert normalised(text) == expected


def test_only_what_goes_back_over_itself_redraws() -> None:
    assert redraws("plain\r\nwith \x1b[31mcolour\x1b[0m\n") == -1
    assert redraws("a\rb") == redraws("a\bb") == redraws(f"a{UP}") == 1


def test_values_and_outputs_have_the_same_addresses() -> None:
    said = f"{object()} and {[object()]}"
    assert to_json([said]) == [normalised(said)]
    assert "at 0x7f0000000000" in normalised(said)
