"""Which phonemes belong to which words of a text. Values in, values out.

espeak-ng tells the phonemes of a text twice: as voices were trained on them, without places, and as events with the
place of each word. They differ in little, so the ones are laid upon the others. What espeak runs together ("was the")
has one event; it is told apart by what its words sound like alone.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rhapsode.engines.espeak.timing import Event, as_letters, stretches, words_between
from rhapsode.engines.phonemes.cuts import first_sounds
from rhapsode.engines.phonemes.overlay import lay_upon
from rhapsode.engines.phonemes.phonemes import Phonemes, Span

SoundsOf = Callable[[str], str]
"""The phonemes of a word that is spoken alone."""

_SOUND = re.compile(r"[^\s.,:;!?]")


class _Word(NamedTuple):
    """A word of the text: its characters, and where its phonemes begin and end."""

    start: int
    end: int
    first: int
    after: int


def place_symbols(text: str, symbols: str, events: Sequence[Event], sounds_of: SoundsOf) -> Phonemes:
    """Give each symbol its stretch of the text; a word without a sound belongs to what stands around it.

    symbols: the phonemes of the text, with spaces and punctuation among them.
    events: of the same text, phonemes in IPA.    sounds_of: asked only for words that run together.
    """
    events = [event for event in events if event[0] or event[3]]
    heard = "".join(phoneme for phoneme, *_ in events)
    sounds = [found.start() for found in _SOUND.finditer(symbols)]
    places = lay_upon(heard, "".join(symbols[i] for i in sounds))
    words = []
    for word in _words(text, events, heard, sounds_of):
        first, after = places[word.first], places[word.after]
        if first < after:
            words.append(word._replace(first=sounds[first], after=sounds[after - 1] + 1))
    return Phonemes(symbols, _spans(words, character_count=len(text), symbol_count=len(symbols)))


def _spans(words: Sequence[_Word], *, character_count: int, symbol_count: int) -> list[Span]:
    """The stretch of each symbol. first, after: of each word here counted in symbols."""
    spans: list[Span] = []
    ended = 0
    for start, end, first, after in words:
        spans += [(ended, start)] * (first - len(spans))
        spans += [(start, end)] * (after - len(spans))
        ended = end
    return spans + [(ended, character_count)] * (symbol_count - len(spans))


def _words(text: str, events: Sequence[Event], heard: str, sounds_of: SoundsOf) -> Iterator[_Word]:
    """The words of the text, in order, with their phonemes in `heard`."""
    letters = as_letters(text)
    for stretch in stretches(text, _counted(events), sample_count=len(heard)):
        words = words_between(letters, stretch.start, stretch.end)
        first, after = stretch.start_sample, stretch.end_sample
        firsts = [first]
        if len(words) > 1:
            alone = [sounds_of(text[start:end]) for start, end in words]
            firsts = [first + place for place in first_sounds(heard[first:after], alone)]
        for (start, end), begin, end_place in zip(words, firsts, [*firsts[1:], after], strict=True):
            yield _Word(start, end, begin, end_place)


def _counted(events: Sequence[Event]) -> Iterator[Event]:
    """The events with the number of symbols before each in place of its sample."""
    count = 0
    for phoneme, _, character, length in events:
        yield phoneme, count, character, length
        count += len(phoneme)
