"""What every engine on another machine does; its kinds say how a text is asked for and what comes back."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from rhapsode.engines.engine import EngineTraits, Speech, UntimedSpeech
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.engines.remote.place import state_folder
from rhapsode.engines.remote.preparing import Preparing
from rhapsode.engines.remote.shared_state import SharedState
from rhapsode.engines.remote.status import RemoteStatus, status_of
from rhapsode.engines.remote.voice_ids import voice_id_of
from rhapsode.engines.texts import check_length, check_whole_characters
from rhapsode.studio.errors import UnknownLanguage, UnknownVoice
from rhapsode.studio.voice import Voice, VoiceSettings

if TYPE_CHECKING:
    from rhapsode.engines.remote.client import RemoteClient
    from rhapsode.engines.remote.remembered import RememberedVoices, RemoteVoice
    from rhapsode.engines.remote.settings import RemoteSettings

R = TypeVar("R", Speech, UntimedSpeech)
S = TypeVar("S", bound="RemoteSettings")

SILENT_RATE_HZ = 24_000
SILENT_SAMPLES = 2_400
"""What is heard of a text in which there is nothing to say."""


class RemoteEngine(ABC, Generic[R, S]):
    """A server that speaks. It is loaded, asked and listed only where the operator has named one.

    Nothing that takes long is imported before that: every process loads all engines.
    """

    name: str

    def close(self) -> None:
        """Close the connections, and forget what was prepared. Safe to call twice."""
        self._preparing.forget()
        if "_client" in self.__dict__:
            self._client.close()
            del self._client

    @property
    @abstractmethod
    def traits(self) -> EngineTraits:
        """Constant for the life of the process."""

    @abstractmethod
    def _find_settings(self) -> S | None:
        """What the operator has set; None where that is no server. Raises: InvalidInput."""

    @abstractmethod
    def _ask_for_voices(self) -> Sequence["RemoteVoice"]:
        """The voices that the server has. Raises: SetbackError; RefusedError; ValueError."""

    @abstractmethod
    def _headers(self, settings: S) -> Mapping[str, str]:
        """What every request says of who asks."""

    @abstractmethod
    def _ask(
        self,
        client: "RemoteClient",
        text: str,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        seed: int,
    ) -> R:
        """Have the server speak a text, in any thread. Raises: as `Engine.synthesize` does."""

    @abstractmethod
    def _silent(self, text: str) -> R:
        """A text in which there is nothing to say."""

    def list_voices(self) -> Sequence[Voice]:
        """See `Engine.list_voices`. None where no server is set, or it wasn't reached yet."""
        settings = self._settings
        if settings is None:
            return ()
        return tuple(
            Voice(
                voice_id=voice_id_of(self.name, voice.name),
                name=voice.title,
                engine=self.name,
                language=voice.language,
                languages=voice.languages,
                description=voice.description,
                labels=voice.labels,
                speaker=voice.name,
                commercial_use=settings.commercial_use,
            )
            for voice in self._list_remote_voices()
        )

    def _list_remote_voices(self) -> Sequence["RemoteVoice"]:
        """The voices that the server has, as far as that is known without waiting for it."""
        return self._remembered.list()

    def find_status(self) -> RemoteStatus | None:
        """How the server is, and what it was asked; None where none is set."""
        if self._settings is None:
            return None
        known = SharedState(state_folder(self.name, self._settings.url)).read()
        return status_of(known, self._settings.address)

    def _spoken(self, text: str, voice: Voice, language: str, settings: VoiceSettings, seed: int = 0) -> R:
        self._check(text, voice, language)
        if not _is_said(text):
            # Servers make an error of it, or a sound that nobody has written; and some would be paid for it.
            return self._silent(text)
        client = self._client
        return self._preparing.take(
            _name_of(text, voice, language, settings, seed),
            lambda: self._ask(client, text, voice, language, settings, seed),
        )

    def _begin(self, text: str, voice: Voice, language: str, settings: VoiceSettings) -> None:
        self._check(text, voice, language)
        if _is_said(text):
            # Not looked up by the thread: it may begin when this one is closed, and open another that nobody closes.
            client = self._client
            self._preparing.begin(
                _name_of(text, voice, language, settings, 0),
                lambda: self._ask(client, text, voice, language, settings, 0),
            )

    def _check(self, text: str, voice: Voice, language: str) -> None:
        if self._settings is None or voice.engine != self.name or not voice.speaker:
            msg = f"{self.name} has no voice {voice.voice_id!r}"
            raise UnknownVoice(msg)
        if language not in voice.languages and ANY_LANGUAGE not in voice.languages:
            msg = f"{voice.name} does not speak {language!r}"
            raise UnknownLanguage(msg)
        check_length(text, engine=self.name, max_characters=self.traits.max_characters)
        check_whole_characters(text)

    @cached_property
    def _settings(self) -> S | None:
        return self._find_settings()

    @cached_property
    def _client(self) -> "RemoteClient":
        from rhapsode.engines.remote.client import RemoteClient

        assert self._settings is not None
        folder = state_folder(self.name, self._settings.url)
        return RemoteClient(self.name, self._settings, folder, self._headers(self._settings))

    @cached_property
    def _remembered(self) -> "RememberedVoices":
        from rhapsode.engines.remote.remembered import RememberedVoices

        assert self._settings is not None
        return RememberedVoices(state_folder(self.name, self._settings.url), self._ask_for_voices)

    @cached_property
    def _preparing(self) -> Preparing[R]:
        return Preparing(self.traits.prepares)


def _is_said(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _name_of(
    text: str, voice: Voice, language: str, settings: VoiceSettings, seed: int
) -> tuple[object, ...]:
    return text, voice.speaker, language, tuple(asdict(settings).items()), seed
