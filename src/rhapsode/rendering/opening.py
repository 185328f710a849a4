"""How a single text begins: in parts that are short at first, so that somebody hears it soon."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from rhapsode.studio.errors import TextTooLong
from rhapsode.studio.limits import MAX_SPOKEN_CHARACTERS

_WHOLE_CHARACTERS = 200
"""A text up to here, about two sentences, is spoken as a whole: its end is soon there, too."""

_OPENING_CHARACTERS = (100, 200, 400, 800)
"""Of the first parts of a longer one. Each is spoken while the one before it is heard, by any engine that is twice as
fast as its sound."""

_SENTENCE_END = re.compile(r"""[.!?…。！？．؟।॥][\s"'’”»›」』)\]]*\Z|\n\s*\Z""")  # noqa: RUF001 -- these are the marks
_SPOKEN_PUNCTUATION = frozenset("#%&*/@\\_")
_SIGN_CHARACTERS = 6
"""Letters of the word that is said for a digit or a sign, and a space: "seven ", "slash "."""


def opening_of(text: str) -> Sequence[int]:
    """About how long its first parts are, in code points; nothing for a text that stays whole."""
    return () if len(text) <= _WHOLE_CHARACTERS else _OPENING_CHARACTERS


def ends_a_sentence(text: str) -> bool:
    """Whether a speaker would pause behind it, if something follows."""
    return _SENTENCE_END.search(text) is not None


def check_spoken_length(spoken_texts: Iterable[str]) -> None:
    """See that what is spoken for a text isn't far more than the text. Raises: TextTooLong."""
    length = sum(map(_said_length, spoken_texts))
    if length > MAX_SPOKEN_CHARACTERS:
        msg = (
            f"Numbers and signs make this text about {length} characters when it is read aloud, and one request "
            f"may have {MAX_SPOKEN_CHARACTERS} of them. Send it in several requests."
        )
        raise TextTooLong(msg)


def _said_length(text: str) -> int:
    counts = Counter(text)
    signs = sum(count for character, count in counts.items() if _is_sign(character))
    return len(text) + (_SIGN_CHARACTERS - 1) * signs


def _is_sign(character: str) -> bool:
    return unicodedata.category(character)[0] in "NS" or character in _SPOKEN_PUNCTUATION
