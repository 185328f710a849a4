"""The lines of a paragraph as one text: divided words made whole, note marks taken out."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rhapsode.documents import omissions
from rhapsode.documents.cleaning import NOTE_MARK, tidy
from rhapsode.documents.omissions import Tally
from rhapsode.documents.pdf.lines import LOWERED, RAISED
from rhapsode.documents.pdf.words import HYPHEN

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LAST_WORD = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)-$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_RAISED = re.compile(f"(.?){RAISED}([^{LOWERED}]*){LOWERED}")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}$")  # units of measure are shorter
_LETTER_ALONE = re.compile(r"(?:^|\W)[^\W\d_]?$")
_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[*†‡§]+)[\])]?")
_EXPONENTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_STOPS = ".,;:!?)]”’\"'»"


class Vocabulary:
    """The whole words of a document, which tell whether a hyphen at a line's end belongs to its word."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._words = Counter(word.casefold() for line in lines for word in _WORD.findall(line))

    def joined(self, before: str, after: str) -> str:
        """Two lines as one; `before` ends with a hyphen."""
        stem = before.rstrip(f"-{HYPHEN}")
        first = _FIRST_WORD.match(after)
        last = _LAST_WORD.search(f"{stem}-")
        if first is None or last is None or not after[0].islower():
            return f"{stem}-{after}"
        whole, divided = f"{last[1]}{first[0]}".casefold(), f"{last[1]}-{first[0]}".casefold()
        return f"{stem}-{after}" if self._words[divided] > self._words[whole] else f"{stem}{after}"


def text_of(lines: Sequence[str], vocabulary: Vocabulary) -> str:
    """The lines of a paragraph in one, still with the signs for raised numbers."""
    text = lines[0].strip()
    for line in lines[1:]:
        following = line.strip()
        if text.endswith((HYPHEN, "-")) and len(text) > 1 and not text[-2].isspace():
            text = vocabulary.joined(text, following)
        else:
            text = f"{text}\n{following}"
    return text.replace(HYPHEN, "-")


def without_marks(text: str, notes: set[str], tally: Tally) -> str:
    """A paragraph's text as it is read: marks of notes are out, exponents are exponents.

    notes: the numbers and signs that the notes on its pages begin with.
    """
    if RAISED not in text:
        return tidy(text)

    def resolved(match: re.Match[str]) -> str:
        before, raised = match[1], match[2]
        if _is_mark(text[: match.end(1)].rstrip(), raised, notes):
            tally.add(omissions.NOTE_REFERENCE)
            return f"{before}{NOTE_MARK}"
        return before + (raised.translate(_EXPONENTS) if raised.isdecimal() else raised)

    return tidy(_RAISED.sub(resolved, text))


def note_text(text: str) -> str:
    """A note's text, its number in front."""
    return tidy(text.replace(RAISED, "").replace(LOWERED, " "))


def _is_mark(before: str, raised: str, notes: set[str]) -> bool:
    """Whether a raised number is that of a note and not an exponent, which stands behind a letter or a unit."""
    if not _MARK.fullmatch(raised):
        return False
    if before[-1:] in set(_STOPS) or _LONG_WORD.search(before):
        return True
    return raised.strip("[]()") in notes and not _LETTER_ALONE.search(before)
