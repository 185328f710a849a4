"""The engine `tone`: exact and instant, for tests and for measuring everything else."""

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rhapsode.engines.engine import EngineTraits, Speech
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.engines.texts import check_length
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings

SAMPLE_RATE_HZ = 22_050
CHARACTER_SAMPLES = 1_323
"""Samples of one character: 60 ms, about the pace of speech. The settings change nothing."""

_LOWEST_HZ = {VoiceId("tone_low"): 110.0, VoiceId("tone_high"): 440.0}
_PITCHES = 24
_AMPLITUDE = 8_000
_EDGE_SAMPLES = 110

_VOICES = tuple(
    Voice(
        voice_id=voice_id,
        name=name,
        engine="tone",
        language=ANY_LANGUAGE,
        languages=(ANY_LANGUAGE,),
        description="A beep for each character; for trying things out.",
        labels={"gender": "neutral", "age": "none", "accent": "none", "description": "beeps"},
        commercial_use="yes",
    )
    for voice_id, name in zip(_LOWEST_HZ, ("Tone Low", "Tone High"), strict=True)
)


class ToneEngine:
    """Each character is a tone of exactly `CHARACTER_SAMPLES`, its pitch the character's; a space is silent.

    It speaks every language, and no setting changes a byte.
    """

    @property
    def traits(self) -> EngineTraits:
        """Constant."""
        return EngineTraits("tone", "1", reproducible=True, max_characters=MAX_SEGMENT_CHARACTERS)

    def list_voices(self) -> Sequence[Voice]:
        """Return the low voice, then the high one."""
        return _VOICES

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,  # noqa: ARG002 -- the contract's
        settings: VoiceSettings,  # noqa: ARG002 -- the contract's
        pronunciations: Sequence[Pronunciation] = (),  # noqa: ARG002 -- the contract's
    ) -> Speech:
        """See `Engine.synthesize`."""
        lowest_hz = _LOWEST_HZ.get(voice.voice_id)
        if lowest_hz is None:
            msg = f"tone has no voice {voice.voice_id!r}"
            raise UnknownVoice(msg)
        check_length(text, engine="tone", max_characters=MAX_SEGMENT_CHARACTERS)
        tones = [_sound(character, lowest_hz) for character in text]
        boundaries = range(0, CHARACTER_SAMPLES * (len(text) + 1), CHARACTER_SAMPLES)
        return Speech(SAMPLE_RATE_HZ, _joined(tones), Alignment(tuple(boundaries)))

    def close(self) -> None:
        """Nothing is held."""


def _joined(tones: Sequence[NDArray[np.int16]]) -> NDArray[np.int16]:
    return np.concatenate(tones) if tones else np.zeros(0, dtype=np.int16)


def _sound(character: str, lowest_hz: float) -> NDArray[np.int16]:
    return _silence() if character.isspace() else _tone(ord(character) % _PITCHES, lowest_hz)


def _silence() -> NDArray[np.int16]:
    return np.zeros(CHARACTER_SAMPLES, dtype=np.int16)


@functools.cache
def _tone(semitones: int, lowest_hz: float) -> NDArray[np.int16]:
    """Return a triangle wave that fades in and out, in whole numbers: the same on every processor."""
    step = round(lowest_hz * 2 ** (semitones / 12) * 2**16 / SAMPLE_RATE_HZ)
    phase = (np.arange(CHARACTER_SAMPLES, dtype=np.int64) * step) % 2**16
    wave = np.abs(phase - 2**15) - 2**14
    edge = np.minimum(np.arange(CHARACTER_SAMPLES), _EDGE_SAMPLES)
    fade = np.minimum(edge, edge[::-1])
    return (wave * fade * _AMPLITUDE // (2**14 * _EDGE_SAMPLES)).astype(np.int16)
