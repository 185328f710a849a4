"""From espeak's events to the place of every character in the sound. Values in, values out.

A WORD event says where a word of the text begins and at which sample. Words that espeak runs together
("was the", "well-known": 5 to 7 of 100) have one event for all; they are told apart by their phonemes
(`phonemes.py`). Inside a word the characters share its phonemes evenly, which follows the long and the
short sounds better than even time. What follows a word, spaces and punctuation, has the pause after it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple

from rhapsode.engines.espeak.phonemes import first_phonemes, is_pause

PhonemesOf = Callable[[str], Sequence[str]]
Spans = Mapping[tuple[int, int], str]
_PhonemesBetween = Callable[[int, int], Sequence[str]]

# Letters and digits, and a joiner between two of them.
_WORD = "[^\\W_]+(?:['\u2019.,\u00ad\u200c\u200d][^\\W_]+)*"
_WORDS = re.compile(_WORD)
_ONE_WORD = re.compile(f"({_WORD})[\\W_]*")
# Outside are Latin letters and the punctuation of books, so most texts have none of these.
_PERHAPS_MARKS = re.compile("[\u0300-\u1fff\u2070-\U0010ffff]")

Event = tuple[str, int, int, int]
"""A PHONEME event, or a WORD event, whose phoneme is empty: the phoneme, `sample`, `character`, `length`.

sample: where it is heard.    character: index in the text of the word it belongs to, from 0.
length: characters of the word; 0 for a phoneme, and sometimes for a word.
A book has a million of them, so they are plain tuples: one with names takes ten times as long to make.
"""


class Stretch(NamedTuple):
    """The text from one WORD event to the next, and the phonemes heard in it.

    phonemes: pauses included.    begins: the sample at which each of them begins.
    """

    start: int
    end: int
    start_sample: int
    end_sample: int
    phonemes: list[str]
    begins: list[int]


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
    letters = as_letters(text, said)

    def phonemes_between(start: int, end: int) -> Sequence[str]:
        return phonemes_of(said.get((start, end), text[start:end]))

    boundaries: list[int] = []
    for stretch in stretches(text, events, sample_count=sample_count):
        if len(boundaries) < stretch.start:
            boundaries += _shared(0, stretch.start, [0, stretch.start_sample])
        boundaries += _in_stretch(stretch, letters, phonemes_between)
    boundaries = boundaries or _shared(0, len(text), [0, sample_count])
    return _rising([0, *boundaries[1:], sample_count]) if text else [sample_count]


def _rising(boundaries: list[int]) -> list[int]:
    """The same without a step back, and none behind the last."""
    if boundaries == sorted(boundaries):
        return boundaries
    return [min(sample, boundaries[-1]) for sample in accumulate(boundaries, max)]


def as_letters(text: str, spans: Iterable[tuple[int, int]] = ()) -> str:
    """The text with a letter in place of each mark, and of each character in the spans, which are words."""
    for start, end in spans:
        text = text[:start] + "x" * (end - start) + text[end:]
    perhaps_marks = set(_PERHAPS_MARKS.findall(text))
    for mark in (character for character in perhaps_marks if unicodedata.category(character).startswith("M")):
        text = text.replace(mark, "x")
    return text


def stretches(text: str, events: Iterable[Event], *, sample_count: int) -> Iterator[Stretch]:
    """Cut the text at the WORD events that lead forward, each with the phonemes up to the next.

    Events that step back, and those for the further words of one expression ("1859" is five, the later
    ones one character on with the same length), give their phonemes to the stretch they came in.
    """
    start: Event | None = None
    phonemes: list[str] = []
    begins: list[int] = []
    for event in events:
        phoneme, sample, character, _ = event
        if phoneme:
            phonemes.append(phoneme)
            begins.append(sample)
        elif character < len(text) and _leads_forward(event, start):
            if start is not None:
                yield Stretch(start[2], character, start[1], sample, phonemes, begins)
            start, phonemes, begins = event, [], []
    if start is not None:
        yield Stretch(start[2], len(text), start[1], sample_count, phonemes, begins)


def _leads_forward(event: Event, last: Event | None) -> bool:
    _, sample, character, length = event
    if last is None:
        return character >= 0
    _, last_sample, last_character, last_length = last
    continues = character == last_character + 1 and length == last_length > 1
    return character > last_character and sample >= last_sample and not continues


def words_between(letters: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans of the words in letters[start:end]; where there is none, of its first character.

    A word is letters and digits; an apostrophe, a full stop or a comma joins what it stands between.
    letters: a text as `as_letters` returns it.
    """
    one = _ONE_WORD.fullmatch(letters, start, end)
    if one:
        return [one.span(1)]
    return [word.span() for word in _WORDS.finditer(letters, start, end)] or [(start, start + 1)]


def _in_stretch(stretch: Stretch, letters: str, phonemes_between: _PhonemesBetween) -> list[int]:
    """Return where the characters of a stretch begin: those of its words, and what stands before and behind each."""
    place, end, sample, end_sample, phonemes, _ = stretch
    words = words_between(letters, place, end)
    ranges = _sounds_of_words(words, phonemes, phonemes_between)
    found: list[int] = []
    for (word_start, word_end), (first, last) in zip(words, ranges, strict=True):
        samples = _samples(stretch, first, last)
        # Of a word without a sound it is only known where it begins.
        heard_end = word_end if first < last else word_start
        if place < word_start:
            found += _shared(place, word_start, [sample, samples[0]])
        found += _shared(word_start, heard_end, samples)
        place, sample = heard_end, samples[-1]
    found += _shared(place, end, [sample, end_sample])
    return found


def _shared(start: int, end: int, samples: list[int]) -> list[int]:
    """Return where the characters of text[start:end] begin, which share evenly the sounds between `samples`."""
    length, count = end - start, len(samples) - 1
    if length == count:
        return samples[:-1]
    found = []
    for index in range(length):
        sound, rest = divmod(index * count, length)
        sample = samples[sound]
        if rest:
            # Not rest / length: that would round some halves of a sample the other way, and what is spoken anew
            # would differ from what has been kept.
            before, after = start + length * sound / count, start + length * (sound + 1) / count
            share = (start + index - before) / (after - before)
            sample = round(sample + share * (samples[sound + 1] - sample))
        found.append(sample)
    return found


def _samples(stretch: Stretch, first: int, last: int) -> list[int]:
    """Return where the sounds `first` to `last` begin and where the last ends, inside the stretch."""
    _, _, earliest, latest, _, begins = stretch
    samples = begins[first : last + 1]
    if last == len(begins):
        samples.append(latest)
    if first == 0:
        samples[0] = earliest
    if min(samples) < earliest or max(samples) > latest:
        samples = [min(max(sample, earliest), latest) for sample in samples]
    return samples


def _sounds_of_words(
    words: Sequence[tuple[int, int]], phonemes: Sequence[str], phonemes_between: _PhonemesBetween
) -> list[tuple[int, int]]:
    """Return for each word the range of the phonemes that are its own, without pauses at its ends."""
    if len(words) == 1:
        return [_without_pauses(phonemes)]
    voiced = [index for index, name in enumerate(phonemes) if not is_pause(name)]
    heard = [phonemes[index] for index in voiced]
    firsts = first_phonemes(heard, [phonemes_between(start, end) for start, end in words])
    ranges = []
    for first, after in zip(firsts, [*firsts[1:], len(voiced)], strict=True):
        if first < after:
            ranges.append((voiced[first], voiced[after - 1] + 1))
        else:
            silent = voiced[first] if first < len(voiced) else (voiced[-1] + 1 if voiced else 0)
            ranges.append((silent, silent))
    return ranges


def _without_pauses(phonemes: Sequence[str]) -> tuple[int, int]:
    first, last = 0, len(phonemes)
    while last and is_pause(phonemes[last - 1]):
        last -= 1
    while first < last and is_pause(phonemes[first]):
        first += 1
    return first, last
