"""Pronunciation: how words are to be read that a voice would read wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rhapsode.studio.ids import DictionaryId, DictionaryVersionId

Alphabet = Literal["ipa", "cmu-arpabet"]

_ALPHABETS: Mapping[str, Alphabet] = {
    "ipa": "ipa",
    "cmu": "cmu-arpabet",
    "arpabet": "cmu-arpabet",
    "cmu-arpabet": "cmu-arpabet",
}


def find_alphabet(name: str) -> Alphabet | None:
    """The alphabet of that name, whatever its case; lexicons write "x-" before what isn't registered (PLS 4.1)."""
    return _ALPHABETS.get(name.strip().lower().removeprefix("x-"))


@dataclass(frozen=True, slots=True)
class AliasRule:
    """What stands in a text is read as another text.

    word_boundaries: only where it neither begins nor ends inside a word, which letters and digits make.
    Source: schema PronunciationDictionaryAliasRuleRequestModel.
    """

    string_to_replace: str
    alias: str
    case_sensitive: bool = True
    word_boundaries: bool = True


@dataclass(frozen=True, slots=True)
class PhonemeRule:
    """What stands in a text is read with these sounds, by engines that can.

    Source: schema PronunciationDictionaryPhonemeRuleRequestModel.
    """

    string_to_replace: str
    phoneme: str
    alphabet: Alphabet
    case_sensitive: bool = True
    word_boundaries: bool = True


PronunciationRule = AliasRule | PhonemeRule


@dataclass(frozen=True, slots=True)
class DictionaryLocator:
    """Which dictionary is in force. version_id None stands for the latest whenever something is spoken.

    Source: schema PronunciationDictionaryVersionLocatorRequestModel.
    """

    dictionary_id: DictionaryId
    version_id: DictionaryVersionId | None = None


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """The code points `start` to `end` of a spoken text are read as `phonemes`, in IPA."""

    start: int
    end: int
    phonemes: str
