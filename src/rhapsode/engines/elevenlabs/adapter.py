"""The engine `elevenlabs`: the original, or any server with the same API, Rhapsode's too.

It says when each character is heard. A text is sent without its neighbours, so that nothing but itself decides how it
sounds, and an edit has nothing else spoken again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from rhapsode.engines.engine import EngineTraits, Speech
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.engines.remote.engine import SILENT_RATE_HZ, SILENT_SAMPLES, RemoteEngine
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import VoiceRefused
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings

if TYPE_CHECKING:
    from rhapsode.engines.elevenlabs.settings import ElevenLabsSettings
    from rhapsode.engines.remote.client import RemoteClient
    from rhapsode.engines.remote.remembered import RemoteVoice

_VERSION = "1"
_HEEDED = ("stability", "similarity_boost", "style", "use_speaker_boost", "speed")
_WITHOUT_LANGUAGES = ("eleven_multilingual_v2", "eleven_monolingual_v1", "eleven_multilingual_v1")
"""Models that find the language out by themselves, and take none."""


class ElevenLabsEngine(RemoteEngine[Speech, "ElevenLabsSettings"]):
    """Speech of the original, with its own times. All settings of a voice are heard."""

    name = "elevenlabs"

    @cached_property
    def traits(self) -> EngineTraits:
        """Constant. The model is part of the version: another one sounds otherwise."""
        settings = self._settings
        return EngineTraits(
            self.name,
            _VERSION if settings is None else f"{_VERSION}/{settings.model}",
            reproducible=False,
            max_characters=MAX_SEGMENT_CHARACTERS,
            heeded_settings=_HEEDED,
            has_seeds=True,
            unit="node" if settings is None else settings.unit,
            is_remote=True,
            prepares=1 if settings is None else settings.concurrency,
            can_clone=settings is not None,
        )

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),  # noqa: ARG002 -- the contract's
        seed: int = 0,
    ) -> Speech:
        """See `SeededEngine.synthesize`. Raises also: EngineUnavailable."""
        return self._spoken(text, voice, language, settings, seed)

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

    def clone(
        self,
        name: str,
        samples: Sequence[Path],
        *,
        description: str = "",
        labels: Mapping[str, str] = MappingProxyType({}),
        remove_background_noise: bool = False,
    ) -> Voice:
        """See `CloningEngine.clone`. The account's owner answers for the consent of whoever is heard."""
        from rhapsode.engines.elevenlabs.cloning import CloneOrder, clone_voice

        settings = self._settings
        if settings is None:
            msg = f"{self.name} clones no voices without a key"
            raise VoiceRefused(msg)
        order = CloneOrder(name, samples, description, labels, remove_background_noise)
        return clone_voice(settings, self._headers(settings), order)

    def _find_settings(self) -> "ElevenLabsSettings | None":
        from rhapsode.engines.elevenlabs.settings import PREFIX, ElevenLabsSettings
        from rhapsode.engines.remote.settings import is_set

        return ElevenLabsSettings.read() if is_set(f"{PREFIX}KEY", f"{PREFIX}URL") else None

    def _headers(self, settings: "ElevenLabsSettings") -> Mapping[str, str]:
        key = settings.shown_key
        return {} if key is None else {"xi-api-key": key}

    def _ask_for_voices(self) -> Sequence["RemoteVoice"]:
        from rhapsode.engines.elevenlabs.voices import read_voices

        assert self._settings is not None
        content = self._client.look_up(f"{self._settings.base_url}/voices")
        return read_voices(content, prefix=f"{self.name}_")

    def _ask(
        self,
        client: "RemoteClient",
        text: str,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        seed: int,
    ) -> Speech:
        from rhapsode.engines.elevenlabs.speech import read_speech

        own = self._settings
        assert own is not None
        path = f"/text-to-speech/{quote(voice.speaker, safe='')}/with-timestamps?output_format={own.format}"
        return client.speak(
            own.base_url + path,
            _body(own.model, text, language, settings, seed),
            characters=len(text),
            read=partial(read_speech, text=text, sample_rate_hz=own.sample_rate_hz),
        )

    def _silent(self, text: str) -> Speech:
        steps = (SILENT_SAMPLES * place // max(len(text), 1) for place in range(len(text) + 1))
        return Speech(SILENT_RATE_HZ, np.zeros(SILENT_SAMPLES, np.int16), Alignment(tuple(steps)))


def _body(model: str, text: str, language: str, settings: VoiceSettings, seed: int) -> dict[str, Any]:
    body = {"text": text, "model_id": model, "voice_settings": asdict(settings), "seed": seed}
    takes_language = model not in _WITHOUT_LANGUAGES and language != ANY_LANGUAGE
    return body | ({"language_code": language.split("-")[0]} if takes_language else {})
