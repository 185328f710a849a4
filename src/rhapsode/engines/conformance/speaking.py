"""What an engine returns: samples, and where in them each character is."""

# ruff: noqa: RUF001 -- odd characters are meant

import numpy as np

from rhapsode.engines.conformance.subject import (
    SENTENCE,
    AnySpeech,
    Check,
    Speaker,
    expect,
    expect_same,
    shortened,
)
from rhapsode.engines.engine import EngineTraits, Speech, UntimedSpeech
from rhapsode.studio.alignment import Alignment

TEXTS = (
    "Good morning.",
    "a",
    " ",
    "—",
    "?!… — *",
    "It was the first of the two: “one”, and then another…",
    "<b>bold</b> &amp; [[h@l'oU]] <break time='3s'/>",
    "Line one,\nline two.\n\nAnd\ttabs.",
    "Ça et là, naïve café; e\u0301te\u0301 Z\u0351\u036b\u0343a\u0328lgo",
    "𝒜 😀 👩‍👩‍👧 🇳🇴 好 \u200b ﷺ \ufeff",
    "שלום עולם, مرحبا بالعالم \u202eabc\u202c",
    "bell \x07, escape \x1b[31m, nul \x00, delete \x7f, next line \x85",
    "1859, $12.50, 3/4, well-known, I've, 00000000000000000000000000000001",
)
"""Odd, and each of them in some book."""

_SILENT_PEAK = 33
"""Below -60 dB of full scale nobody hears anything."""

_UNTOLD_ENERGY = 0.01
"""How much of what is heard may be where no character is: the end of an echo."""


def odd_texts_are_spoken(speaker: Speaker) -> None:
    """Each with samples, and where the engine tells times, with a place for every character."""
    for text in TEXTS:
        check_speech(speaker, speaker.speak(text), text)


def a_text_without_spaces_is_spoken(speaker: Speaker) -> None:
    """As long as the engine takes: nothing in it says where it could be cut."""
    text = shortened("abcdefghij" * 200, speaker.traits)
    check_speech(speaker, speaker.speak(text), text)


def a_text_of_nothing_is_silent(speaker: Speaker) -> None:
    """White space has no sound, whatever its length."""
    for text in (" ", "\n\n \t"):
        speech = speaker.speak(text)
        check_speech(speaker, speech, text)
        expect(_peak(speech) < _SILENT_PEAK, f"Something is heard of {text!r}.")


def every_word_takes_time(speaker: Speaker) -> None:
    """And all that is heard is where some character is."""
    speech = speaker.speak(SENTENCE)
    expect(_peak(speech) >= _SILENT_PEAK, "Nothing is heard of a sentence.")
    assert isinstance(speech, Speech)
    boundaries, start = speech.alignment.boundaries, 0
    for word in SENTENCE.split():
        start = SENTENCE.index(word, start)
        spent = boundaries[start + len(word)] - boundaries[start]
        expect(spent > 0, f"The word {word!r} takes no time.")


def every_voice_speaks(speaker: Speaker) -> None:
    """No voice is silent, and no two sound the same."""
    sounds = {voice.voice_id: speaker.speak("Good morning.", voice=voice) for voice in speaker.voices}
    for voice_id, speech in sounds.items():
        expect(_peak(speech) >= _SILENT_PEAK, f"The voice {voice_id} is silent.")
    distinct = {speech.samples.tobytes() for speech in sounds.values()}
    expect(len(distinct) == len(sounds), "Two voices sound the same.")


def every_speed_is_spoken(speaker: Speaker) -> None:
    """Both ends of the wire's range; an engine that heeds the speed takes longer for the slower."""
    text = "Good morning, everybody."
    slow, fast = speaker.speak(text, speed=0.7), speaker.speak(text, speed=1.2)
    for speech in (slow, fast):
        check_speech(speaker, speech, text)
    if "speed" in speaker.traits.heeded_settings:
        expect(
            slow.samples.size > fast.samples.size, "At 0.7 of its speed the voice is no slower than at 1.2."
        )


def the_longest_text_is_spoken(speaker: Speaker) -> None:
    """All of `max_characters`."""
    text = shortened("word " * speaker.traits.max_characters, speaker.traits)
    check_speech(speaker, speaker.speak(text), text)


def a_closed_engine_starts_again(speaker: Speaker) -> None:
    """Closing twice is safe, also before anything was spoken; what is spoken afterwards is what was before."""
    speaker.engine.close()
    before = speaker.speak(SENTENCE)
    speaker.engine.close()
    speaker.engine.close()
    after = speaker.speak(SENTENCE)
    expect_same(speaker, before, after, sentence="A closed engine speaks otherwise.")


def check_speech(speaker: Speaker, speech: AnySpeech, text: str) -> None:
    """See that speech is 16-bit in one dimension and, where its engine tells times, aligned with its text."""
    samples = speech.samples
    expect(samples.dtype == np.int16 and samples.ndim == 1, f"The samples of {text!r} aren't 16-bit mono.")
    expect(samples.size > 0, f"There is no sample of {text!r}; silence has some, too.")
    expect(
        8_000 <= speech.sample_rate_hz <= 48_000,
        f"{speech.sample_rate_hz} Hz isn't between 8,000 and 48,000.",
    )
    if isinstance(speech, Speech):
        _check_alignment(speech, text)
    else:
        expect(isinstance(speech, UntimedSpeech), "What an engine returns is Speech, or UntimedSpeech.")
        expect(not speaker.traits.is_timed, "An engine whose traits say is_timed returns Speech.")


def _check_alignment(speech: Speech, text: str) -> None:
    alignment: Alignment = speech.alignment
    first, last = alignment.boundaries[0], alignment.boundaries[-1]
    expect(
        alignment.character_count == len(text),
        f"The alignment has {alignment.character_count} characters, and {text!r} has {len(text)}.",
    )
    expect(first == 0, f"The alignment of {text!r} begins at sample {first}, not at 0.")
    expect(
        0 < last <= speech.samples.size,
        f"The alignment of {text!r} ends at {last} of {speech.samples.size} samples.",
    )
    untold, told = _energy(speech.samples[last:]), _energy(speech.samples)
    expect(untold <= _UNTOLD_ENERGY * told, f"Something is heard behind the last character of {text!r}.")


def _energy(samples: "np.ndarray[tuple[int], np.dtype[np.int16]]") -> float:
    return float(np.square(samples.astype(np.float64)).sum())


def _peak(speech: AnySpeech) -> int:
    return int(np.abs(speech.samples.astype(np.int32)).max(initial=0))


def _is_timed(traits: EngineTraits) -> bool:
    return traits.is_timed


CHECKS = (
    Check(odd_texts_are_spoken),
    Check(a_text_without_spaces_is_spoken),
    Check(a_text_of_nothing_is_silent),
    Check(every_word_takes_time, _is_timed),
    Check(every_voice_speaks),
    Check(every_speed_is_spoken),
    Check(the_longest_text_is_spoken),
    Check(a_closed_engine_starts_again),
)
