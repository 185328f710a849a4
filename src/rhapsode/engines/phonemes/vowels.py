"""A text whose vowels have been written into it, and where its characters were. Values in, values out.

Arabic is written without most of its vowels, and a voice that is fed phonemes needs them.
"""

from collections.abc import Sequence
from itertools import islice

from rhapsode.engines.phonemes.phonemes import Phonemes

# From fathatan to sukun: what is written into a text, or replaced in it.
_VOWELS = frozenset(map(chr, range(0x064B, 0x0653)))


def places_of_original(original: str, vowelled: str) -> list[int]:
    """For each character of `vowelled`, and for its end, the index of the original character that it stands for.

    The two differ in vowels, and in space at the ends. A vowel belongs to the letter before it.
    """
    start = len(original) - len(original.lstrip())
    letters = (place for place in range(start, len(original)) if original[place] not in _VOWELS)
    places: list[int] = []
    for character in vowelled:
        places += [places[-1] if places else start] if character in _VOWELS else islice(letters, 1)
    return [*places, *[len(original)] * (len(vowelled) + 1 - len(places))]


def in_original(phonemes: Phonemes, places: Sequence[int]) -> Phonemes:
    """Phonemes of a vowelled text with the spans of the original."""
    return Phonemes(phonemes.symbols, [(places[start], places[end]) for start, end in phonemes.spans])
