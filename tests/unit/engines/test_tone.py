"""The engine that is exact."""

import numpy as np

from rhapsode.engines.tone import CHARACTER_SAMPLES, SAMPLE_RATE_HZ, ToneEngine
from rhapsode.studio.voice import Voice, VoiceSettings

ENGINE = ToneEngine()
LOW, HIGH = ENGINE.list_voices()


def tone(text: str, voice: Voice = LOW) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return ENGINE.synthesize(text, voice=voice, language="mul", settings=VoiceSettings()).samples


def pitch_hz(sound: np.ndarray[tuple[int], np.dtype[np.int16]]) -> float:
    return float(np.count_nonzero(np.diff(np.signbit(sound))) / 2 / len(sound) * SAMPLE_RATE_HZ)


def test_each_character_takes_exactly_its_samples() -> None:
    """Boundaries are multiples of one length, and the last is the end."""
    speech = ENGINE.synthesize("Hi 好", voice=LOW, language="mul", settings=VoiceSettings())

    assert speech.alignment.boundaries == tuple(CHARACTER_SAMPLES * i for i in range(5))
    assert len(speech.samples) == 4 * CHARACTER_SAMPLES


def test_space_is_silent_and_the_rest_is_not() -> None:
    """Exactly the characters that are whitespace are zeros."""
    parts = tone("a b\nc").reshape(5, -1)

    assert [bool(part.any()) for part in parts] == [True, False, True, False, True]


def test_a_text_is_its_characters_one_after_the_other() -> None:
    """What a character sounds like does not depend on its neighbours."""
    assert np.array_equal(tone("ab c"), np.concatenate([tone(c) for c in "ab c"]))


def test_the_pitch_depends_on_character_and_voice() -> None:
    """Six letters on is half an octave higher, and the high voice is two octaves above the low one."""
    assert 1.3 < pitch_hz(tone("~")) / pitch_hz(tone("x")) < 1.6
    assert 3.5 < pitch_hz(tone("x", HIGH)) / pitch_hz(tone("x")) < 4.5


def test_tones_begin_and_end_at_zero() -> None:
    """Joined tones do not click."""
    sound = tone("k")

    assert sound[0] == sound[-1] == 0
    assert 7_000 < abs(sound).max() <= 8_000


def test_no_text_is_no_sound() -> None:
    """An empty text has no samples and one boundary."""
    assert len(tone("")) == 0
