"""The engine `openai`: any server that has `/v1/audio/speech`, such as those that run on a GPU in the next room.

It doesn't say when it says what; the aligner finds that out.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rhapsode.engines.engine import EngineTraits, UntimedSpeech
from rhapsode.engines.remote.engine import SILENT_RATE_HZ, SILENT_SAMPLES, RemoteEngine
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings

if TYPE_CHECKING:
    from rhapsode.engines.openai.settings import OpenAiSettings
    from rhapsode.engines.remote.client import RemoteClient
    from rhapsode.engines.remote.exchange import Answer
    from rhapsode.engines.remote.remembered import RemoteVoice

_VERSION = "1"


class OpenAiEngine(RemoteEngine[UntimedSpeech, "OpenAiSettings"]):
    """Speech of another server, as it makes it. Of the settings only `speed` is heard."""

    name = "openai"

    @cached_property
    def traits(self) -> EngineTraits:
        """Constant. The model is part of the version: another one sounds otherwise."""
        settings = self._settings
        return EngineTraits(
            self.name,
            _VERSION if settings is None else f"{_VERSION}/{settings.model}",
            reproducible=False,
            max_characters=MAX_SEGMENT_CHARACTERS,
            heeded_settings=("speed",),
            unit="sentence" if settings is None else settings.unit,
            is_remote=True,
            prepares=1 if settings is None else settings.concurrency,
            is_timed=False,
        )

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),  # noqa: ARG002 -- the contract's
    ) -> UntimedSpeech:
        """See `Engine.synthesize`. Raises also: EngineUnavailable."""
        return self._spoken(text, voice, language, settings)

    def prepare(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),  # noqa: ARG002 -- the contract's
    ) -> None:
        """See `PreparingEngine.prepare`."""
        self._begin(text, voice, language, settings)

    def _find_settings(self) -> "OpenAiSettings | None":
        from rhapsode.engines.openai.settings import PREFIX, OpenAiSettings
        from rhapsode.engines.remote.settings import is_set

        return OpenAiSettings.read() if is_set(f"{PREFIX}URL") else None

    def _headers(self, settings: "OpenAiSettings") -> Mapping[str, str]:
        key = settings.shown_key
        return {} if key is None else {"Authorization": f"Bearer {key}"}

    def _list_remote_voices(self) -> Sequence["RemoteVoice"]:
        assert self._settings is not None
        return self._settings.voices or super()._list_remote_voices()

    def _ask_for_voices(self) -> Sequence["RemoteVoice"]:
        from rhapsode.engines.openai.voices import read_voices

        assert self._settings is not None
        return read_voices(self._client.look_up(f"{self._settings.base_url}/audio/voices"))

    def _ask(
        self,
        client: "RemoteClient",
        text: str,
        voice: Voice,
        language: str,  # noqa: ARG002 -- it finds that out by itself
        settings: VoiceSettings,
        seed: int,  # noqa: ARG002 -- it has none
    ) -> UntimedSpeech:
        own = self._settings
        assert own is not None
        body = {
            "model": own.model,
            "input": text,
            "voice": voice.speaker,
            "response_format": own.format,
            "speed": settings.speed,
        }
        return client.speak(f"{own.base_url}/audio/speech", body, characters=len(text), read=self._read)

    def _read(self, answer: "Answer") -> UntimedSpeech:
        from rhapsode.engines.remote.decoding import decode

        assert self._settings is not None
        samples, rate_hz = decode(answer, is_pcm=self._settings.format == "pcm")
        return UntimedSpeech(rate_hz, samples)

    def _silent(self, text: str) -> UntimedSpeech:  # noqa: ARG002 -- the contract's
        return UntimedSpeech(SILENT_RATE_HZ, np.zeros(SILENT_SAMPLES, np.int16))
