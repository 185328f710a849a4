"""Find text that is no text: halves of surrogate pairs, which JSON can spell and UTF-8 can't.

The framework lets them through, and they would come out as errors of whatever first wants to write them down.
"""

import re

_SURROGATE = re.compile(
    rb"\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?P<second>\\u[dD][c-fC-F][0-9a-fA-F]{2})?|[c-fC-F])"
)
_BACKSLASH = ord("\\")


def has_half_character(body: bytes) -> bool:
    """Whether JSON in UTF-8 spells a surrogate without the other one of its pair. Pure; it isn't parsed for that."""
    position = 0
    while found := _SURROGATE.search(body, position):
        if _is_escaped(body, found.start()):
            position = found.start() + 2
        elif found["second"] is None:
            return True
        else:
            position = found.end()
    return False


def _is_escaped(body: bytes, at: int) -> bool:
    """Whether the backslash there is itself text: an odd number of them stands before it."""
    start = at
    while start > 0 and body[start - 1] == _BACKSLASH:
        start -= 1
    return (at - start) % 2 == 1
