"""Any text as XML can hold it."""

import re
from html import escape

# Source: XML 1.0, production 2 (Char).
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def allowed(text: str, *, instead: str = "") -> str:
    """A text without the characters that no XML file can hold, escaped or not; names of chapters may have them."""
    return _NO_CHARACTER.sub(instead, text)


def escaped(text: str) -> str:
    """A text as markup, in elements and in attributes."""
    return escape(allowed(text))
