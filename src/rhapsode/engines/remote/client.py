"""Asks one server for speech: through the gate, again where that may help, and with a clear error at the end."""

import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from rhapsode.engines.remote.exchange import Answer, Connections, RefusedError, SetbackError
from rhapsode.engines.remote.gate import LONGEST_WAIT_S, Gate, ServerAwayError
from rhapsode.engines.remote.settings import RemoteSettings
from rhapsode.studio.errors import EngineFailed, EngineUnavailable, RhapsodeError, TextRefused, UnknownVoice

_ATTEMPTS = 4
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 4.0


class Sound(Protocol):
    """Whatever has come to be heard."""

    @property
    def sample_rate_hz(self) -> int:
        """Samples a second."""

    @property
    def samples(self) -> NDArray[np.int16]:
        """Mono."""


S = TypeVar("S", bound=Sound)


class RemoteClient:
    """One server, as one process asks it. Thread-safe.

    name: of the engine.    folder: of what all processes know of it.    headers: of every request.
    """

    def __init__(self, name: str, settings: RemoteSettings, folder: Path, headers: Mapping[str, str]) -> None:
        self._name = name
        self._settings = settings
        self._headers = headers
        self._gate = Gate(folder, settings)
        self._connections = Connections(settings, headers)
        self._is_closed = False

    def speak(self, url: str, body: Mapping[str, Any], *, characters: int, read: Callable[[Answer], S]) -> S:
        """Have a text spoken. read: makes sound of an answer; it raises ValueError where there is none in it.

        Raises: EngineUnavailable; EngineFailed; TextRefused; UnknownVoice.
        """
        answer = self._answer(url, body)
        try:
            sound = read(answer)
        except ValueError as error:
            self._gate.refused(0.0)
            raise EngineFailed(self._sentence(f"sent no speech: {error}")) from error
        audio_ms = round(1_000 * sound.samples.size / sound.sample_rate_hz)
        self._gate.answered(characters=characters, audio_ms=audio_ms)
        return sound

    def look_up(self, url: str) -> bytes:
        """Get something that costs nothing; without the gate, once. Raises: SetbackError; RefusedError."""
        connections = Connections(self._settings, self._headers)
        try:
            return connections.get(url).content
        finally:
            connections.close()

    def close(self) -> None:
        """Close its connections, for ever. What is being asked comes to nothing."""
        self._is_closed = True
        self._connections.close()

    def _answer(self, url: str, body: Mapping[str, Any]) -> Answer:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._gate.passed():
                    if self._is_closed:
                        raise EngineUnavailable(self._sentence("isn't asked any more"))
                    return self._connections.post(url, body)
            except ServerAwayError as error:
                raise EngineUnavailable(self._sentence(f"isn't asked for a while: {error}")) from error
            except RefusedError as error:
                raise self._refusal(error) from error
            except SetbackError as error:
                self._note(error)
                pause_s = None if self._is_closed else _pause_s(attempt, error)
                if pause_s is None:
                    raise EngineUnavailable(self._sentence(f"can't be used: {error}")) from error
            self._gate.repeated()
            time.sleep(pause_s)
        raise AssertionError

    def _note(self, error: SetbackError) -> None:
        if error.is_refusal or error.wait_s is not None:
            self._gate.refused(error.wait_s or 0.0)
        else:
            self._gate.failed(error.reason)

    def _refusal(self, error: RefusedError) -> RhapsodeError:
        """What a person can do about it."""
        self._gate.refused(0.0)
        prefix = str(self._settings.model_config["env_prefix"])
        if (error.status == 401 and "quota" not in error.said) or error.status == 403:
            return EngineFailed(self._sentence(f"refuses its key: see to {prefix}KEY"))
        if error.status in (400, 404, 422) and "voice" in error.said.lower():
            return UnknownVoice(self._sentence(f"has no such voice: {error}"))
        if error.status in (400, 413, 422):
            return TextRefused(self._sentence(f"doesn't speak this text: {error}"))
        if error.status in (404, 405) or 300 <= error.status < 400:
            return EngineFailed(self._sentence(f"isn't there ({error}): see to {prefix}URL"))
        return EngineFailed(self._sentence(f"refuses: {error}"))

    def _sentence(self, what: str) -> str:
        return self._settings.sentence(self._name, what)


def _jitter() -> float:
    """A part of a pause, so that those who failed together don't come again together."""
    return random.uniform(0.5, 1.0)  # noqa: S311 -- no secret


def _pause_s(attempt: int, error: SetbackError) -> float | None:
    """How long to wait before the next attempt; None where there is none."""
    if attempt == _ATTEMPTS or not error.is_repeatable:
        return None
    growing_s = min(_FIRST_PAUSE_S * 2 ** (attempt - 1), _LONGEST_PAUSE_S)
    pause_s = max(growing_s * _jitter(), error.wait_s or 0.0)
    return pause_s if pause_s <= LONGEST_WAIT_S else None
