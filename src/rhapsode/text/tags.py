"""Audio tags: directions such as `[laughs]` or `[in a whisper]`, which aren't read aloud by what understands them."""

import re

_MAX_TAG_CHARACTERS = 60
# Words and nothing else: "[1]" is a note and "[p. 12]" a place, which any voice reads.
_TAG = re.compile(rf"\[[^\W\d_](?:[^\W\d_]|[ ,'’-]){{0,{_MAX_TAG_CHARACTERS - 1}}}\]")


def find_tags(text: str) -> list[tuple[int, int]]:
    """The ranges of code points that are audio tags, brackets included, in order and apart."""
    return [match.span() for match in _TAG.finditer(text)] if "[" in text else []
