"""Voices that the original makes of recordings. Source: its operation add_voice."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from rhapsode.engines.elevenlabs.settings import PREFIX, ElevenLabsSettings
from rhapsode.engines.elevenlabs.voices import CLONE_MARK, spoken_languages
from rhapsode.engines.remote.exchange import Connections, RefusedError, SetbackError, read_json
from rhapsode.engines.remote.voice_ids import voice_id_of
from rhapsode.studio.errors import EngineFailed, EngineUnavailable, RhapsodeError, VoiceRefused
from rhapsode.studio.voice import Voice

_ENGINE = "elevenlabs"
_WALL_S = 300.0
_KEY_REFUSALS = frozenset({401, 403})
_REFUSALS = frozenset({400, 404, 405, 413, 415, 422})


@dataclass(frozen=True, slots=True)
class CloneOrder:
    """What a voice is made of; the fields are the arguments of `CloningEngine.clone`."""

    name: str
    samples: Sequence[Path]
    description: str
    labels: Mapping[str, str]
    remove_background_noise: bool


def clone_voice(settings: ElevenLabsSettings, headers: Mapping[str, str], order: CloneOrder) -> Voice:
    """Have a voice made, by one request that is never repeated: another would make another voice.

    Raises: VoiceRefused; EngineUnavailable; EngineFailed.
    """
    url = f"{settings.base_url}/voices/add"
    try:
        with _opened(order.samples) as files, contextlib.closing(Connections(settings, headers)) as server:
            answer = server.upload(url, _fields(order), files, timeout_s=_WALL_S)
    except SetbackError as error:
        raise EngineUnavailable(_sentence(settings, f"can't be used: {error}")) from error
    except RefusedError as error:
        raise _refusal(settings, error) from error
    return _voice(settings, order, _made_id(settings, answer.content))


@contextlib.contextmanager
def _opened(paths: Sequence[Path]) -> Iterator[list[tuple[str, BinaryIO]]]:
    with contextlib.ExitStack() as stack:
        yield [(path.name, stack.enter_context(path.open("rb"))) for path in paths]


def _fields(order: CloneOrder) -> dict[str, str]:
    return {
        "name": order.name,
        # By this it is left out where the account's voices are listed, which everybody here sees.
        "description": f"{order.description} {CLONE_MARK}".strip(),
        "labels": json.dumps(dict(order.labels)),
        "remove_background_noise": json.dumps(order.remove_background_noise),
    }


def _refusal(settings: ElevenLabsSettings, error: RefusedError) -> RhapsodeError:
    status, said = error.status, error.said
    if status in _KEY_REFUSALS:
        return EngineFailed(_sentence(settings, f"doesn't clone with this key ({said}): see to {PREFIX}KEY"))
    if status in _REFUSALS:
        return VoiceRefused(_sentence(settings, f"makes no voice of these recordings: {said or status}"))
    return EngineUnavailable(_sentence(settings, f"can't be used: {error}"))


def _made_id(settings: ElevenLabsSettings, content: bytes) -> str:
    """Source: schema AddVoiceIVCResponseModel."""
    try:
        answer: Any = read_json(content)
    except ValueError:
        answer = None
    voice_id = answer.get("voice_id") if isinstance(answer, dict) else None
    if not isinstance(voice_id, str) or not voice_id:
        raise EngineFailed(_sentence(settings, "didn't say which voice it made"))
    if answer.get("requires_verification") is True:
        raise VoiceRefused(
            _sentence(settings, f"wants the voice {voice_id} to be verified there before it speaks")
        )
    return voice_id


def _voice(settings: ElevenLabsSettings, order: CloneOrder, voice_id: str) -> Voice:
    language, languages = spoken_languages(order.labels)
    return Voice(
        voice_id=voice_id_of(_ENGINE, voice_id),
        name=order.name,
        engine=_ENGINE,
        language=language,
        languages=languages,
        description=order.description,
        labels=order.labels,
        speaker=voice_id,
        commercial_use=settings.commercial_use,
        category="cloned",
    )


def _sentence(settings: ElevenLabsSettings, what: str) -> str:
    return settings.sentence(_ENGINE, what)
