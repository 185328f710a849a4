"""Where a text may be cut without tearing a visible character apart."""

import unicodedata
from itertools import takewhile

_ZERO_WIDTH_JOINER = "\u200d"
_MAX_STEPS = 64


def cut_before(text: str, index: int) -> int:
    """The last place at or before `index`, but not 0, where no character is torn apart.

    A base and its combining marks, the parts of a joined emoji, both halves of a flag or of a surrogate pair
    stay together. Where there is no such place near (only marks, for instance), `index` itself.
    """
    steps = range(index, max(0, index - _MAX_STEPS), -1)
    return next((place for place in steps if not _is_inside(text, place)), index)


def beginning_of(text: str, max_characters: int) -> str:
    """As much of a text as a person knows it by, in one line of at most so many code points."""
    line = " ".join(text.split())
    if len(line) <= max_characters:
        return line
    return line[: cut_before(line, max_characters - 1)].rstrip() + "…"


def _is_inside(text: str, index: int) -> bool:
    if not 0 < index < len(text):
        return False
    before, behind = text[index - 1], text[index]
    return (
        unicodedata.category(behind).startswith("M")
        or _ZERO_WIDTH_JOINER in (before, behind)
        or _is_skin_tone(behind)
        or (_is_high_surrogate(before) and _is_low_surrogate(behind))
        or (_is_flag_half(behind) and _flag_halves_before(text, index) % 2 == 1)
    )


def _is_skin_tone(character: str) -> bool:
    return "\U0001f3fb" <= character <= "\U0001f3ff"


def _is_high_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udbff"


def _is_low_surrogate(character: str) -> bool:
    return "\udc00" <= character <= "\udfff"


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_halves_before(text: str, index: int) -> int:
    nearby = reversed(text[max(0, index - _MAX_STEPS) : index])
    return sum(1 for _ in takewhile(_is_flag_half, nearby))
