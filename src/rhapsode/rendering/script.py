"""What a request to speak one text comes down to: who reads it, in which parts, and what an engine is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rhapsode.audio.output_formats import get_output_format
from rhapsode.engines.languages import resolve_language
from rhapsode.engines.premade import find_premade
from rhapsode.engines.registry import get_engine, get_voice
from rhapsode.rendering.draft import Reading, SpeechRequest, heeded_settings, speech_request, split_text
from rhapsode.studio.errors import EmptyText, TextTooLong
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.studio.limits import MAX_SPEAK_CHARACTERS
from rhapsode.studio.voice import Voice, VoiceSettings
from rhapsode.text.spoken import speakable


@dataclass(frozen=True, slots=True)
class SpeakRequest:
    """One text to speak.

    text: 1 to MAX_SPEAK_CHARACTERS code points, not all of them space.
    voice_id: also the id of a premade voice of the original.    output_format: of audio.output_formats.
    model_id: as the client named it; it decides nothing.    request_id: kept with the item.
    language: a BCP 47 tag; None for the voice's own.
    Source: operation text_to_speech_full.
    """

    text: str
    voice_id: VoiceId
    output_format: str
    model_id: str
    request_id: str
    settings: VoiceSettings = field(default_factory=VoiceSettings)
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ScriptPart:
    """A stretch of the text; `spans` and `speech_key` are those of SnapshotPart."""

    text: str
    spans: tuple[int, ...]
    speech_key: bytes


@dataclass(frozen=True, slots=True)
class Script:
    """A text in the parts that it is spoken in, which together are all of it.

    voice_id, voice_name: as the client knows the voice.    requests: by speech key.
    """

    voice_id: VoiceId
    voice_name: str
    language: str
    parts: tuple[ScriptPart, ...]
    requests: Mapping[bytes, SpeechRequest]

    @property
    def speech_keys(self) -> list[bytes]:
        """Of its parts, in order."""
        return [part.speech_key for part in self.parts]


def plan_script(workspace_id: WorkspaceId, request: SpeakRequest) -> Script:
    """Split a text as a project's paragraph is split, under the same keys, so that both share their speech.

    Raises: EmptyText; TextTooLong; UnknownOutputFormat; UnknownVoice; UnknownLanguage.
    """
    _check(request)
    reading = _reading(request)
    parts, requests = [], {}
    for part in split_text(request.text, reading, workspace_id):
        text = request.text[part.start : part.end]
        parts.append(ScriptPart(text, part.spans, part.speech_key))
        requests[part.speech_key] = speech_request(text, part.speech_key, reading)
    voice_id, voice_name = _known_as(request.voice_id, reading.voice)
    return Script(voice_id, voice_name, reading.language, tuple(parts), requests)


def _check(request: SpeakRequest) -> None:
    get_output_format(request.output_format)
    if len(request.text) > MAX_SPEAK_CHARACTERS:
        msg = f"A text may have {MAX_SPEAK_CHARACTERS} characters, and this one has {len(request.text)}."
        raise TextTooLong(msg)
    if not speakable(request.text)[0].strip():
        msg = "The text is empty."
        raise EmptyText(msg)


def _reading(request: SpeakRequest) -> Reading:
    voice = get_voice(request.voice_id)
    traits = get_engine(voice.engine).traits
    language = resolve_language(request.language or voice.language, voice)
    return Reading(voice, language, traits, heeded_settings(traits, request.settings))


def _known_as(asked: VoiceId, voice: Voice) -> tuple[VoiceId, str]:
    """A client that speaks with a premade voice looks for its items under that voice."""
    premade = find_premade(asked)
    return (voice.voice_id, voice.name) if premade is None else (premade.voice_id, premade.name)
