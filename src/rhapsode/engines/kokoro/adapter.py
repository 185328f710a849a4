"""The engine `kokoro`: voices that were installed, spoken in a child process."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from pydantic_settings import SettingsConfigDict

from rhapsode.engines.engine import EngineTraits, Speech, UntimedSpeech
from rhapsode.engines.kokoro.styles import Styles
from rhapsode.engines.kokoro.voices import list_voices_of
from rhapsode.engines.neural.engine import NeuralEngine, need_packages
from rhapsode.engines.neural.settings import NeuralSettings
from rhapsode.engines.neural.speaker import PREPARES
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import VoiceRefused
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings

need_packages("kokoro", "espeakng_loader", "kokoro_onnx", "onnx", "onnxruntime")


class KokoroSettings(NeuralSettings):
    """RHAPSODE_KOKORO_DEVICE and RHAPSODE_KOKORO_IDLE_S."""

    model_config = SettingsConfigDict(env_prefix="RHAPSODE_KOKORO_")


class KokoroEngine(NeuralEngine):
    """Voices of Kokoro, each in its own language. The same request gives the same bytes in any process.

    Of the settings it heeds `speed`. Chance has a part in its breath alone, so it has no seeds: another one would be
    no other reading. Some exports of the model don't tell their durations; the aligner finds what these say when.
    """

    name = "kokoro"
    backend = "rhapsode.engines.kokoro.speaking"
    described = "Kokoro is a model (.onnx) and its styles (.bin, .npz)"
    roles = ("model", "styles")

    def __init__(self) -> None:
        super().__init__(KokoroSettings.read())

    @property
    def traits(self) -> EngineTraits:
        """Constant. What a GPU adds up in another order each time is not the same to the last bit."""
        return EngineTraits(
            self.name,
            "1",
            reproducible=self._settings.device == "cpu",
            max_characters=MAX_SEGMENT_CHARACTERS,
            heeded_settings=("speed",),
            pronounces=True,
            unit="sentence",
            prepares=PREPARES,
            has_files=True,
            is_timed=False,
        )

    def read_voices(self, files: Mapping[str, Path]) -> Sequence[Voice]:
        """See `FileEngine.read_voices`: of a `model` (.onnx) and its `styles` (.bin), a voice for each style.

        The model is looked at in a child process, which loads it as it does to speak.
        """
        self._check_roles(files)
        voices = list_voices_of(Styles(files["styles"]).names)
        if not voices:
            msg = f"The styles {files['styles'].name} have no voice of a language that Kokoro speaks here"
            raise VoiceRefused(msg)
        self._check_loadable(files)
        return voices

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
        files: Mapping[str, Path] = MappingProxyType({}),
    ) -> Speech | UntimedSpeech:
        """See `UntimedEngine.synthesize`. A text with nothing to say is some milliseconds of silence."""
        answer = self._speaker.ask(self._request(text, voice, language, settings, pronunciations, files))
        samples = np.frombuffer(answer.pcm, dtype="<i2").astype(np.int16, copy=False)
        if not answer.boundaries:
            return UntimedSpeech(answer.sample_rate_hz, samples)
        return Speech(answer.sample_rate_hz, samples, Alignment(tuple(answer.boundaries)))

    def prepare(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
        files: Mapping[str, Path] = MappingProxyType({}),
    ) -> None:
        """See `PreparingEngine.prepare`."""
        self._speaker.begin(self._request(text, voice, language, settings, pronunciations, files))
