"""The engine `piper`: voices that were installed, spoken in a child process."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from pydantic_settings import SettingsConfigDict

from rhapsode.engines.engine import EngineTraits, Speech
from rhapsode.engines.neural.engine import NeuralEngine, need_packages
from rhapsode.engines.neural.settings import NeuralSettings
from rhapsode.engines.neural.speaker import PREPARES
from rhapsode.engines.piper.config import read_config
from rhapsode.engines.piper.voices import list_voices_of
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import VoiceRefused
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings

need_packages("piper", "onnx", "onnxruntime", "piper")


class PiperSettings(NeuralSettings):
    """RHAPSODE_PIPER_DEVICE and RHAPSODE_PIPER_IDLE_S."""

    model_config = SettingsConfigDict(env_prefix="RHAPSODE_PIPER_")


class PiperEngine(NeuralEngine):
    """Voices of Piper, each in its own language. The same request and seed give the same bytes in any process.

    Of the settings it heeds `speed`, which divides the voice's durations, and `stability`: at 0.5 chance has the part
    in a voice that whoever trained it has chosen, at 1 none, at 0 that which it had in the recordings. Piper has
    nothing that `similarity_boost`, `style` or `use_speaker_boost` could mean.
    """

    name = "piper"
    backend = "rhapsode.engines.piper.speaking"
    described = "A Piper voice is a model (.onnx) and its config (.onnx.json)"
    roles = ("model", "config")

    def __init__(self) -> None:
        super().__init__(PiperSettings.read())

    @property
    def traits(self) -> EngineTraits:
        """Constant. What a GPU adds up in another order each time is not the same to the last bit."""
        return EngineTraits(
            self.name,
            "1",
            reproducible=self._settings.device == "cpu",
            max_characters=MAX_SEGMENT_CHARACTERS,
            heeded_settings=("speed", "stability"),
            pronounces=True,
            has_seeds=True,
            unit="sentence",
            prepares=PREPARES,
            has_files=True,
        )

    def read_voices(self, files: Mapping[str, Path]) -> Sequence[Voice]:
        """See `FileEngine.read_voices`: of a `model` (.onnx) and its `config` (.onnx.json), a voice for each speaker.

        The model is looked at in a child process, which loads it as it does to speak.
        """
        self._check_roles(files)
        voices = list_voices_of(read_config(files["config"]), _digest(files))
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
        seed: int = 0,
    ) -> Speech:
        """See `Engine.synthesize`. A text with nothing to say is some milliseconds of silence."""
        request = self._request(text, voice, language, settings, pronunciations, files, seed)
        answer = self._speaker.ask(request)
        samples = np.frombuffer(answer.pcm, dtype="<i2").astype(np.int16, copy=False)
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
        seed: int = 0,
    ) -> None:
        """See `PreparingEngine.prepare`."""
        self._speaker.begin(self._request(text, voice, language, settings, pronunciations, files, seed))


def _digest(files: Mapping[str, Path]) -> str:
    digest = hashlib.sha256()
    for role in PiperEngine.roles:
        try:
            with files[role].open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            msg = f"The {role} {files[role].name} can't be read: {error.strerror}"
            raise VoiceRefused(msg) from error
    return digest.hexdigest()
