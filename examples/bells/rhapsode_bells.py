"""The engine `bells`: each word is the stroke of a bell, as long as the word."""

import os
import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rhapsode.engines.engine import EngineTraits, Speech
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import TextRefused, UnknownLanguage, UnknownVoice
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings

RATE_HZ = 22_050
MAX_CHARACTERS = 1_000
LANGUAGES = ("en-GB", "en-US")
PITCHES_HZ = {VoiceId("bells_tenor"): 220.0, VoiceId("bells_treble"): 660.0}
LOUDEST = 12_000

_TOKEN = re.compile(r"\w+|\W", re.ASCII)


class BellsEngine:
    """Reads English, a stroke for a word and silence for all else. Of the settings it heeds the speed.

    RHAPSODE_BELLS_CHARACTER_MS says how long a letter is at the usual speed, 60 where it isn't set.
    """

    def __init__(self) -> None:
        self._character_ms = float(os.environ.get("RHAPSODE_BELLS_CHARACTER_MS", "60"))

    @property
    def traits(self) -> EngineTraits:
        """Each sentence is spoken by itself, so that an edit costs no more than that."""
        return EngineTraits(
            name="bells",
            # What is set from outside and heard is part of the version: speech that exists is never mixed with it.
            version=f"1/{self._character_ms:g}",
            reproducible=True,
            max_characters=MAX_CHARACTERS,
            heeded_settings=("speed",),
            unit="sentence",
        )

    def list_voices(self) -> Sequence[Voice]:
        """The tenor, then the treble."""
        return tuple(
            Voice(
                voice_id=voice_id,
                name=voice_id.replace("_", " ").title(),
                engine="bells",
                language=LANGUAGES[0],
                languages=LANGUAGES,
                description="A bell for each word.",
                labels={"gender": "neutral", "age": "old", "accent": "none", "description": "bronze"},
                license="CC0-1.0",
                commercial_use="yes",
            )
            for voice_id in PITCHES_HZ
        )

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),  # noqa: ARG002 -- it doesn't claim to heed any
    ) -> Speech:
        """See `rhapsode.engines.engine.Engine.synthesize`."""
        if voice.voice_id not in PITCHES_HZ:
            msg = f"bells has no voice {voice.voice_id!r}"
            raise UnknownVoice(msg)
        if language not in LANGUAGES:
            msg = f"bells doesn't read {language!r}"
            raise UnknownLanguage(msg)
        if len(text) > MAX_CHARACTERS:
            msg = f"bells reads {MAX_CHARACTERS} characters at once, not {len(text)}"
            raise TextRefused(msg)
        length = round(self._character_ms / 1000 * RATE_HZ / settings.speed)
        pieces = [_sound(token, length, PITCHES_HZ[voice.voice_id]) for token in _tokens(text)]
        # Every character takes as many samples, so it is plain where each of them is.
        boundaries = tuple(range(0, length * len(text) + 1, length))
        return Speech(RATE_HZ, np.concatenate(pieces), Alignment(boundaries))

    def close(self) -> None:
        """Nothing is held: neither a process nor a model."""


def _tokens(text: str) -> Iterator[str]:
    """Words, and each character that is in none."""
    return (token[0] for token in _TOKEN.finditer(text))


def _sound(token: str, length: int, pitch_hz: float) -> NDArray[np.int16]:
    """A stroke that fades until the end of the word; silence for white space and marks."""
    count = length * len(token)
    if not token[0].isalnum():
        return np.zeros(count, np.int16)
    seconds = np.arange(count) / RATE_HZ
    fading = np.linspace(1, 0, count) ** 2
    # Letters change the pitch a little, so that two words don't sound the same.
    semitones = sum(map(ord, token)) % 12
    wave = np.sin(2 * np.pi * pitch_hz * 2 ** (semitones / 12) * seconds)
    return (LOUDEST * fading * wave).astype(np.int16)
