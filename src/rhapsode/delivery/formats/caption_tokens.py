"""What captions are made of: words with the punctuation around them, each with its time. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise

from rhapsode.delivery.formats.timed_chapter import TimedChapter
from rhapsode.text.characters import cut_before
from rhapsode.text.pauses import without_breaks
from rhapsode.text.sentences import list_sentences

NARROW_WIDTH, WIDE_WIDTH, SPACE_WIDTH = 2, 5, 2
LINE_WIDTH = 84
"""A line has 42 narrow characters, or 16 wide ones."""

_CLAUSE_END = re.compile(r"[,;:–—…、，；：][\"'’”»)\]」』）]*\Z")  # noqa: RUF001 -- these are the marks
_NOT_FIRST = frozenset("々ーゝヽぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ・％")  # noqa: RUF001 -- and these
_CLOSING, _OPENING = frozenset({"Pe", "Pf", "Po", "Pd"}), frozenset({"Ps", "Pi"})


class Ending(IntEnum):
    """What ends with a token."""

    WORD = 0
    CLAUSE = 1
    SENTENCE = 2
    PARAGRAPH = 3


@dataclass(frozen=True, slots=True)
class Token:
    """What is never torn apart: a word with the punctuation around it, or a character of a script without spaces.

    spaced: whether a space stands before it.    width: in the units of LINE_WIDTH, at most a line.
    start_sample, end_sample: when it is heard, at 44.1 kHz.
    """

    text: str
    spaced: bool
    width: int
    start_sample: int
    end_sample: int
    ending: Ending = Ending.WORD


def list_tokens(chapter: TimedChapter, *, language: str) -> list[Token]:
    """All of a chapter that is heard, in order; sentences that aren't are left out, as are tags that ask for silence.

    language: BCP 47 tag of the text.
    """
    text = without_breaks(chapter.text)
    tokens: list[Token] = []
    hearing = _Hearing(chapter)
    for start, end in _paragraphs(text):
        sentences = list_sentences(text[start:end], language=language)
        heard = [
            token
            for first, last in sentences
            for token in _sentence_tokens(text, start + first, start + last, hearing)
        ]
        if heard:
            tokens += [*heard[:-1], replace(heard[-1], ending=Ending.PARAGRAPH)]
    return tokens


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in re.finditer(r"[^\n]+", text))


class _Hearing:
    """When stretches of a chapter's text are heard; asked for in their order."""

    def __init__(self, chapter: TimedChapter) -> None:
        self._chapter = chapter
        self._place = 0

    def find(self, start: int, end: int) -> tuple[int, int] | None:
        """When the words in these code points are heard; None where there are none."""
        words = self._chapter.words
        while self._place < len(words) and words[self._place].end <= start:
            self._place += 1
        last = self._place
        while last < len(words) and words[last].start < end:
            last += 1
        if last == self._place:
            return None
        first_character = max(start, words[self._place].start)
        last_character = min(end, words[last - 1].end) - 1
        return int(self._chapter.starts[first_character]), int(self._chapter.ends[last_character])


def _sentence_tokens(text: str, start: int, end: int, hearing: _Hearing) -> Iterator[Token]:
    """The tokens of a sentence: what has no sound is joined to its neighbour before it, or else behind it."""
    joined: list[Token] = []
    unheard = ""
    for spaced, first, last in _stretches(text, start, end):
        heard = hearing.find(first, last)
        written = text[first:last]
        if heard is not None:
            joined.append(_token(f"{unheard}{written}", spaced, *heard))
            unheard = ""
        elif joined:
            before = joined[-1]
            both = f"{before.text} {written}" if spaced else f"{before.text}{written}"
            joined[-1] = _token(both, before.spaced, before.start_sample, before.end_sample)
        else:
            unheard += f"{written} "
    pieces = [piece for token in joined for piece in _within_a_line(token)]
    yield from pieces[:-1]
    if pieces:
        yield replace(pieces[-1], ending=Ending.SENTENCE)


def _token(text: str, spaced: bool, start_sample: int, end_sample: int) -> Token:
    ending = Ending.CLAUSE if _CLAUSE_END.search(text) else Ending.WORD
    return Token(text, spaced, text_width(text), start_sample, end_sample, ending)


def _stretches(text: str, start: int, end: int) -> Iterator[tuple[bool, int, int]]:
    """Where a line may be broken: (whether a space precedes, first, last) of each stretch of a sentence."""
    for match in re.finditer(r"\S+", text[start:end]):
        first, last = start + match.start(), start + match.end()
        spaced = text[first - 1 : first].isspace()
        for place in range(first + 1, last):
            if not text[place].isascii() and _may_break(text[place - 1], text[place]):
                yield spaced, first, place
                spaced, first = False, place
        yield spaced, first, last


def _may_break(before: str, behind: str) -> bool:
    """Whether a line may end between two characters, of which at least one is of a script without spaces."""
    if not (_is_unspaced(before) or _is_unspaced(behind)) or behind in _NOT_FIRST:
        return False
    closes, opens = unicodedata.category(behind), unicodedata.category(before)
    return closes not in _CLOSING and opens not in _OPENING and not closes.startswith("M")


@lru_cache(4096)
def _is_unspaced(character: str) -> bool:
    """Whether it is wide, and not of Hangul, which has spaces between words."""
    is_hangul = "\uac00" <= character <= "\ud7a3" or "\u1100" <= character <= "\u11ff"
    return _width_of(character) == WIDE_WIDTH and not is_hangul


def text_width(text: str) -> int:
    """How wide a text is, in the units of LINE_WIDTH."""
    return NARROW_WIDTH * len(text) if text.isascii() else sum(map(_width_of, text))


@lru_cache(4096)
def _width_of(character: str) -> int:
    if unicodedata.category(character).startswith("M"):
        return 0
    return WIDE_WIDTH if unicodedata.east_asian_width(character) in ("W", "F") else NARROW_WIDTH


def _within_a_line(token: Token) -> Sequence[Token]:
    """A token that is wider than a line as several that aren't, sharing its time by their lengths."""
    if token.width <= LINE_WIDTH:
        return [token]
    cuts = [0]
    while cuts[-1] < len(token.text):
        # No character is wider than a wide one, so this many fit.
        limit = LINE_WIDTH // (NARROW_WIDTH if token.text[cuts[-1] :].isascii() else WIDE_WIDTH)
        rest = token.text[cuts[-1] :]
        cuts.append(cuts[-1] + (len(rest) if len(rest) <= limit else cut_before(rest, limit)))
    duration = token.end_sample - token.start_sample
    moments = [token.start_sample + duration * cut // len(token.text) for cut in cuts]
    return [
        Token(
            token.text[first:last].strip(),
            token.spaced and first == 0,
            text_width(token.text[first:last].strip()),
            moments[ordinal],
            moments[ordinal + 1],
            token.ending if last == len(token.text) else Ending.WORD,
        )
        for ordinal, (first, last) in enumerate(pairwise(cuts))
    ]
