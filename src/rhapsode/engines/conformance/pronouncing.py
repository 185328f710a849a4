"""Words that are read with other sounds than they spell, by an engine that heeds them."""

# ruff: noqa: RUF001 -- phonemes are meant

import re

import numpy as np

from rhapsode.engines.conformance.speaking import check_speech
from rhapsode.engines.conformance.subject import AnySpeech, Check, Speaker, expect
from rhapsode.engines.engine import EngineTraits, Speech
from rhapsode.studio.pronunciation import Pronunciation

_WORD = "tomato"
_SPELLED = (f"A {_WORD}.", f"({_WORD})", f"“{_WORD},” she said; {_WORD}’s [[x]] {_WORD}. then", _WORD)
_NONSENSE = ("", "?", "\x01", "]] [[", "ˈ" * 200, "təˈmɑːtoʊ" * 300)


def pronunciations_change_the_sound(speaker: Speaker) -> None:
    """And no place is lost: the times are those of the text as it is spelled."""
    for text in _SPELLED:
        spelled = speaker.speak(text)
        said = speaker.speak(text, pronunciations=_pronounced(text, _WORD, "bəˈnɑːnə"))
        expect(
            not np.array_equal(said.samples, spelled.samples),
            f"A pronunciation changes nothing of {text!r}.",
        )
        check_speech(speaker, said, text)


def the_rest_of_a_text_is_spoken_as_before(speaker: Speaker) -> None:
    """A word with a pronunciation takes its own time, and what stands before it sounds the same."""
    text = f"The boat is late. A {_WORD} fell."
    spelled = speaker.speak(text)
    longer = speaker.speak(text, pronunciations=_pronounced(text, _WORD, "təˈmɑːtoʊtəˈmɑːtoʊ"))
    start, end = text.index(_WORD), text.index(" fell")
    moved = abs(_boundary(longer, start) - _boundary(spelled, start))
    expect(moved <= _samples(spelled, 0.03), "A pronunciation moves what stands before it.")
    before, after = (_boundary(speech, end) - _boundary(speech, start) for speech in (spelled, longer))
    expect(after > 1.5 * before, "A word that is pronounced twice as long takes no more time.")


def markup_is_not_obeyed_beside_pronunciations(speaker: Speaker) -> None:
    """What somebody writes between double brackets is read as it is without any pronunciation."""
    text = "A tide and [[h@l'oU]] and [[ more."
    spelled = speaker.speak(text)
    said = speaker.speak(text, pronunciations=_pronounced(text, "tide", "taɪd"))
    change = abs(said.samples.size - spelled.samples.size)
    expect(change < 0.02 * spelled.samples.size, "Markup is read otherwise beside a pronunciation.")


def no_pronunciation_breaks_the_engine(speaker: Speaker) -> None:
    """Nonsense is left out, and what is long is spoken."""
    text = f"A {_WORD}."
    for phonemes in _NONSENSE:
        said = speaker.speak(text, pronunciations=_pronounced(text, _WORD, phonemes))
        check_speech(speaker, said, text)
        expect(bool(said.samples.any()), f"With the pronunciation {phonemes[:20]!r} nothing is heard.")


def _pronounced(text: str, word: str, phonemes: str) -> list[Pronunciation]:
    """That pronunciation wherever the word stands."""
    return [
        Pronunciation(found.start(), found.end(), phonemes) for found in re.finditer(re.escape(word), text)
    ]


def _boundary(speech: AnySpeech, index: int) -> int:
    assert isinstance(speech, Speech)
    return speech.alignment.boundaries[index]


def _samples(speech: AnySpeech, seconds: float) -> float:
    return speech.sample_rate_hz * seconds


def _pronounces(traits: EngineTraits) -> bool:
    return traits.pronounces


def _pronounces_and_is_timed(traits: EngineTraits) -> bool:
    return traits.pronounces and traits.is_timed


CHECKS = (
    Check(pronunciations_change_the_sound, _pronounces),
    Check(the_rest_of_a_text_is_spoken_as_before, _pronounces_and_is_timed),
    Check(markup_is_not_obeyed_beside_pronunciations, _pronounces),
    Check(no_pronunciation_breaks_the_engine, _pronounces),
)
