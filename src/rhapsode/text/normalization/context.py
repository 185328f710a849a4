"""What stands beside something in a text, never looked at from further away than a word or two."""

import re

_LAST_WORD = re.compile(r"([^\W_]+)[.,’']?\s+$")
_ATTRIBUTE = re.compile(r"(?:^|\s)an?\s$", re.IGNORECASE)
_NOUN = re.compile(
    r"[\s-](?!(?:and|or|but|to|in|for|on|at|of|from|by|per|a|an|the|each|is|was|if|as|than)\b)[a-z]{3}"
)
_NEXT_SENTENCE = re.compile(r"\s*+(?:[\"'”’)\]]|$)|\s+[\"'“‘(]?[A-Z]")  # noqa: RUF001
_REACH = 24


def word_before(text: str, place: int) -> str:
    """The word before a place, when nothing but space, or one mark and space, is between; else nothing."""
    match = _LAST_WORD.search(text[max(0, place - _REACH) : place])
    return match[1] if match else ""


def ends_sentence(text: str, place: int) -> bool:
    """Whether the text ends here, or what follows looks like another sentence."""
    return _NEXT_SENTENCE.match(text, place) is not None


def is_attribute(text: str, start: int, end: int) -> bool:
    """In English, whether a quantity describes what follows: a $5 bill, a 10 km run."""
    before = text[max(0, start - 4) : start]
    return _ATTRIBUTE.search(before) is not None and _NOUN.match(text, end) is not None
