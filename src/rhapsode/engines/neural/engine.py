"""What every engine with local neural voices does; its kinds say which files voices are, and what is heeded."""

import contextlib
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from rhapsode.engines.espeak.endings import with_endings
from rhapsode.engines.neural.messages import NeuralRequest
from rhapsode.engines.neural.settings import NeuralSettings
from rhapsode.engines.neural.speaker import NeuralSpeaker
from rhapsode.engines.texts import check_length, check_whole_characters
from rhapsode.studio.errors import UnknownLanguage, UnknownVoice, VoiceRefused
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings


class NeuralEngine:
    """An engine whose voices are files, and are spoken in a child process.

    name: of the engine.    backend: the module that the child loads them with.    described: what the files are.
    roles: what each of them is to the engine.
    """

    name: ClassVar[str]
    backend: ClassVar[str]
    described: ClassVar[str]
    roles: ClassVar[tuple[str, ...]]

    def __init__(self, settings: NeuralSettings) -> None:
        self._settings = settings
        self._speaker = self._new_speaker()

    @property
    def process_id(self) -> int | None:
        """The child's number, while there is one."""
        return self._speaker.process_id

    def list_voices(self) -> Sequence[Voice]:
        """None: all of them are installed."""
        return ()

    def close(self) -> None:
        """End the child. A later `synthesize` starts another."""
        self._speaker.close()

    def _new_speaker(self) -> NeuralSpeaker:
        return NeuralSpeaker(self.name, self.backend, self._settings)

    def _check_loadable(self, files: Mapping[str, Path]) -> None:
        """Load files as it is done to speak, in a child of their own: one that has them may have older ones.

        Raises: VoiceRefused; EngineFailed.
        """
        with contextlib.closing(self._new_speaker()) as checking:
            checking.ask(NeuralRequest("check", self._paths(files)))

    def _request(
        self,
        text: str,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation],
        files: Mapping[str, Path],
        seed: int = 0,
    ) -> NeuralRequest:
        """What the child is asked. Raises: UnknownVoice; UnknownLanguage; TextRefused; VoiceRefused."""
        if voice.engine != self.name:
            msg = f"{self.name} has no voice {voice.voice_id!r}"
            raise UnknownVoice(msg)
        if language not in voice.languages:
            msg = f"{voice.name} does not speak {language!r}"
            raise UnknownLanguage(msg)
        check_length(text, engine=self.name, max_characters=MAX_SEGMENT_CHARACTERS)
        check_whole_characters(text)
        return NeuralRequest(
            "speak",
            self._paths(files),
            text=text,
            language=language,
            speaker=voice.speaker,
            speed=settings.speed,
            stability=settings.stability,
            seed=seed,
            pronunciations=with_endings(text, pronunciations, language=language),
        )

    def _check_roles(self, files: Mapping[str, Path]) -> None:
        missing = next((role for role in self.roles if role not in files), None)
        if missing is not None:
            msg = f"{self.described}; missing is the {missing}"
            raise VoiceRefused(msg)

    def _paths(self, files: Mapping[str, Path]) -> tuple[tuple[str, str], ...]:
        """Absolute: espeak-ng makes the child stand elsewhere. Raises: VoiceRefused."""
        self._check_roles(files)
        return tuple((role, str(files[role].absolute())) for role in self.roles)


def need_packages(extra: str, *packages: str) -> None:
    """Raises: ModuleNotFoundError, where an extra of ours isn't installed. Nothing of it is imported."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            msg = f"the extra `{extra}` is not installed"
            raise ModuleNotFoundError(msg, name=package)
