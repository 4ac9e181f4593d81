"""Text that people type into tables and lists, and what it looks like when nothing in it is there by accident."""

import re
import unicodedata

_SPACES = re.compile(r"[\s\u200b\u2060\ufeff]+")
_UNSEEN = re.compile(r"[\u0000-\u0008\u000e-\u001f\u007f\u00ad\u200c-\u200f\u202a-\u202e]")


def tidy(text: str) -> str:
    """Composed letters (NFC), single plain spaces, none at the ends, no sign that cannot be seen."""
    return _SPACES.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFC", text))).strip()


def untidy(text: str) -> str:
    """What a text has that `tidy` takes away, in words; empty for one that is tidy."""
    if text == tidy(text):
        return ""
    if not unicodedata.is_normalized("NFC", text):
        return "letters not in Unicode's composed form (NFC)"
    if text != text.strip():
        return "a space at its beginning or end"
    return "a space too many, a line break, or a sign that cannot be seen"
