"""The English ending 's: it follows the sounds of the word, and espeak would spell it out behind mnemonics."""

import re
from collections.abc import Sequence

from rhapsode.studio.pronunciation import Pronunciation

_ENDING = re.compile(r"['\u2019][sS](?!\w)")
_SIBILANTS = ("s", "z", "\u0283", "\u0292", "\u02a7", "\u02a4")
_VOICELESS = ("p", "t", "k", "f", "\u03b8")


def with_endings(
    text: str, pronunciations: Sequence[Pronunciation], *, language: str
) -> tuple[Pronunciation, ...]:
    """The pronunciations, in English with the 's that follows them in the text: "Ida's" where "Ida" has a rule."""
    if not language.startswith("en"):
        return tuple(pronunciations)
    return tuple(_with_ending(text, each) for each in pronunciations)


def _with_ending(text: str, pronunciation: Pronunciation) -> Pronunciation:
    ending = _ENDING.match(text, pronunciation.end)
    if ending is None:
        return pronunciation
    sounds = pronunciation.phonemes.rstrip("/] ")
    return Pronunciation(pronunciation.start, ending.end(), sounds + _ending_of(sounds))


def _ending_of(sounds: str) -> str:
    if sounds.endswith(_SIBILANTS):
        return "\u026az"
    return "s" if sounds.endswith(_VOICELESS) else "z"
