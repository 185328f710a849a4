"""From espeak's events to the place of every character in the sound. Values in, values out.

A WORD event says where a word of the text begins and at which sample. Words that espeak runs together
("was the", "well-known": 5 to 7 of 100) have one event for all; they are told apart by their phonemes
(`phonemes.py`). Inside a word the characters share its phonemes evenly, which follows the long and the
short sounds better than even time. What follows a word, spaces and punctuation, has the pause after it.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from rhapsode.engines.espeak.phonemes import first_phonemes, is_pause

PhonemesOf = Callable[[str], Sequence[str]]
Spans = Mapping[tuple[int, int], str]
_PhonemesBetween = Callable[[int, int], Sequence[str]]
_JOINERS = "'\u2019.,\u00ad\u200c\u200d"


class Event(NamedTuple):
    """A WORD event (`phoneme` is empty) or a PHONEME event.

    sample: where it is heard.    character: index in the text of the word it belongs to, from 0.
    length: characters of the word; 0 for a phoneme, and sometimes for a word.
    """

    phoneme: str
    sample: int
    character: int
    length: int


class Stretch(NamedTuple):
    """The text from one WORD event to the next, and the phonemes heard in it.

    sounds: phonemes with the sample at which each begins, pauses included.
    """

    start: int
    end: int
    start_sample: int
    end_sample: int
    sounds: Sequence[tuple[str, int]]


class _Knot(NamedTuple):
    """At this place in the text, between or inside characters, this sample is heard."""

    place: float
    sample: int


def character_boundaries(
    text: str,
    events: Sequence[Event],
    *,
    sample_count: int,
    phonemes_of: PhonemesOf,
    said: Spans = MappingProxyType({}),
) -> list[int]:
    """Return len(text) + 1 samples that never decrease, from 0 to `sample_count`.

    phonemes_of: the phonemes of a word spoken by itself; asked only for words that run together.
    said: the stretches of the text that are said otherwise than they are spelled, with what to ask instead. Each is
    one word, whatever it consists of.
    """
    shape = _with_whole_words(text, said)

    def phonemes_between(start: int, end: int) -> Sequence[str]:
        return phonemes_of(said.get((start, end), text[start:end]))

    knots = [_Knot(0, 0)]
    for stretch in stretches(text, events, sample_count=sample_count):
        knots += _knots(shape, stretch, phonemes_between)
    knots.append(_Knot(len(text), sample_count))
    places = [knot.place for knot in knots]
    boundaries = [0]
    for place in range(1, len(text)):
        index = bisect_right(places, place)
        sample = _between(knots[index - 1], knots[index], place)
        boundaries.append(min(max(sample, boundaries[-1]), sample_count))
    return [*boundaries, sample_count] if text else [sample_count]


def _with_whole_words(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + "x" * (end - start) + text[end:]
    return text


def _between(before: _Knot, after: _Knot, place: float) -> int:
    share = (place - before.place) / (after.place - before.place)
    return round(before.sample + share * (after.sample - before.sample))


def stretches(text: str, events: Sequence[Event], *, sample_count: int) -> list[Stretch]:
    """Cut the text at the WORD events that lead forward, each with the phonemes up to the next.

    Events that step back, and those for the further words of one expression ("1859" is five, the later
    ones one character on with the same length), give their phonemes to the stretch they came in.
    """
    starts: list[Event] = []
    sounds: list[list[tuple[str, int]]] = []
    for event in events:
        if event.phoneme:
            if sounds:
                sounds[-1].append((event.phoneme, event.sample))
        elif event.character < len(text) and _leads_forward(event, starts):
            starts.append(event)
            sounds.append([])
    ends = [*starts, Event("", sample_count, len(text), 0)][1:]
    return [
        Stretch(start.character, end.character, start.sample, end.sample, heard)
        for start, end, heard in zip(starts, ends, sounds, strict=True)
    ]


def _leads_forward(event: Event, starts: Sequence[Event]) -> bool:
    if not starts:
        return event.character >= 0
    last = starts[-1]
    continues = event.character == last.character + 1 and event.length == last.length > 1
    return event.character > last.character and event.sample >= last.sample and not continues


def words_between(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans of the words in text[start:end]; where there is none, of its first character.

    A word is letters, marks and digits; an apostrophe, a full stop or a comma joins what it stands between.
    """
    words: list[tuple[int, int]] = []
    for index in range(start, end):
        if not _is_of_a_word(text[index]):
            continue
        last_end = words[-1][1] if words else start
        joined = words and (last_end == index or (last_end == index - 1 and text[last_end] in _JOINERS))
        if joined:
            words[-1] = (words[-1][0], index + 1)
        else:
            words.append((index, index + 1))
    return words or [(start, start + 1)]


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _knots(text: str, stretch: Stretch, phonemes_between: _PhonemesBetween) -> list[_Knot]:
    words = words_between(text, stretch.start, stretch.end)
    knots = [_Knot(stretch.start, stretch.start_sample)]
    for (start, end), (first, last) in zip(
        words, _sounds_of_words(words, stretch, phonemes_between), strict=True
    ):
        samples = _samples(stretch, first, last)
        count = max(len(samples) - 1, 1)
        knots += (_Knot(start + (end - start) * i / count, sample) for i, sample in enumerate(samples))
    return knots


def _samples(stretch: Stretch, first: int, last: int) -> list[int]:
    """Return where the sounds `first` to `last` begin and where the last ends, inside the stretch."""
    begins = [sample for _, sample in stretch.sounds] + [stretch.end_sample]
    samples = begins[first : last + 1]
    if first == 0:
        samples[0] = stretch.start_sample
    return [min(max(sample, stretch.start_sample), stretch.end_sample) for sample in samples]


def _sounds_of_words(
    words: Sequence[tuple[int, int]], stretch: Stretch, phonemes_between: _PhonemesBetween
) -> list[tuple[int, int]]:
    """Return for each word the range of the stretch's sounds that are its own, without pauses at its ends."""
    voiced = [index for index, (name, _) in enumerate(stretch.sounds) if not is_pause(name)]
    heard = [stretch.sounds[index][0] for index in voiced]
    firsts = [0]
    if len(words) > 1:
        firsts = first_phonemes(heard, [phonemes_between(start, end) for start, end in words])
    ranges = []
    for first, after in zip(firsts, [*firsts[1:], len(voiced)], strict=True):
        if first < after:
            ranges.append((voiced[first], voiced[after - 1] + 1))
        else:
            silent = voiced[first] if first < len(voiced) else (voiced[-1] + 1 if voiced else 0)
            ranges.append((silent, silent))
    return ranges
