"""What a request to speak one text comes down to: who reads it, in which parts, and what an engine is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rhapsode.audio.grid import pause_frames
from rhapsode.audio.output_formats import get_output_format
from rhapsode.engines.languages import resolve_language
from rhapsode.engines.registry import get_engine
from rhapsode.rendering.draft import SpeechRequest, speech_request
from rhapsode.rendering.opening import check_spoken_length, opening_of
from rhapsode.rendering.reading import Reading, Suits, any_take, make_reading, split_suitably
from rhapsode.rendering.render_jobs import Sound
from rhapsode.studio.errors import EmptyText, TextTooLong
from rhapsode.studio.history import DialogueLine
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.studio.limits import MAX_SPEAK_CHARACTERS
from rhapsode.studio.pronunciation import PronunciationRule
from rhapsode.studio.voice import Voice, VoiceCategory, VoiceSettings
from rhapsode.text.spoken import speakable
from rhapsode.voices.catalogue import Catalogue
from rhapsode.voices.premade import find_premade

Normalization = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True)
class SpeakRequest:
    """One text to speak.

    text: 1 to MAX_SPEAK_CHARACTERS code points, not all of them space.
    voice_id: also the id of a premade voice of the original.    output_format: of audio.output_formats.
    model_id: as the client named it; it decides whether audio tags are read aloud.    request_id: kept with the item.
    language: a BCP 47 tag; None for the voice's own.
    rules: of pronunciation dictionaries, in their order.    normalization: whether numbers and the like are read in
      words of the language; `auto` is `on`.
    Source: operation text_to_speech_full.
    """

    text: str
    voice_id: VoiceId
    output_format: str
    model_id: str
    request_id: str
    settings: VoiceSettings = field(default_factory=VoiceSettings)
    language: str | None = None
    rules: tuple[PronunciationRule, ...] = ()
    normalization: Normalization = "auto"

    @property
    def character_count(self) -> int:
        """Code points that are paid for, were it not free."""
        return len(self.text)


@dataclass(frozen=True, slots=True)
class ScriptPart:
    """A stretch of the text; `spans`, `speech_key` and `spoken_text` are those of SnapshotPart.

    frame_count: of a pause, which has no speech, and of speech that was heard before with what is behind it; None for
      speech whose length only the engine knows.
    rest_frames: of silence behind new speech.
    """

    text: str
    spans: tuple[int, ...]
    speech_key: bytes | None
    frame_count: int | None = None
    spoken_text: str | None = None
    rest_frames: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """A text in the parts that it is spoken in, which together are all of it.

    voice_id, voice_name: as the client knows the voice.    requests: by speech key.    voices: of them, by id.
    lines: of a dialogue, whose first voice is the script's; a text of one voice has none.
    """

    voice_id: VoiceId
    voice_name: str
    language: str
    parts: tuple[ScriptPart, ...]
    requests: Mapping[bytes, SpeechRequest]
    voices: Mapping[VoiceId, Voice]
    lines: tuple[DialogueLine, ...] = ()

    @property
    def voice_category(self) -> VoiceCategory:
        """Where its voice comes from, as clients know that."""
        voice = self.voices.get(self.voice_id)
        return "premade" if voice is None else voice.category


def sound_of(part: ScriptPart) -> Sound:
    """What is heard of a part."""
    if part.speech_key is not None:
        return part.speech_key
    assert part.frame_count is not None
    return part.frame_count


def plan_script(
    workspace_id: WorkspaceId, request: SpeakRequest, catalogue: Catalogue, suits: Suits = any_take
) -> Script:
    """Split a text so that its first sentence is heard before the rest is spoken.

    A short one is whole, under the key that it has in a project's paragraph, so that both share their speech.
    Raises: EmptyText; TextTooLong; UnknownOutputFormat; UnknownVoice; UnknownLanguage.
    """
    _check(request)
    reading = _reading(request, catalogue)
    parts, requests = plan_parts(workspace_id, request.text, reading, suits)
    check_spoken_length(requests[part.speech_key].spoken_text for part in parts if part.speech_key)
    voice_id, voice_name = known_as(request.voice_id, reading.voice)
    voices = {reading.voice.voice_id: reading.voice}
    return Script(voice_id, voice_name, reading.language, tuple(parts), requests, voices)


def plan_parts(
    workspace_id: WorkspaceId, text: str, reading: Reading, suits: Suits = any_take
) -> tuple[list[ScriptPart], dict[bytes, SpeechRequest]]:
    """A text in the parts that it is spoken in, and what an engine is asked for each, by speech key.

    suits: which take it is, the first where none does.
    """
    parts: list[ScriptPart] = []
    requests: dict[bytes, SpeechRequest] = {}
    said = split_suitably(text, reading, workspace_id, suits, opening_characters=opening_of(text))
    for part in said:
        written = text[part.start : part.end]
        parts.append(
            ScriptPart(
                written,
                part.spans,
                part.speech_key,
                spoken_text=part.spoken_text,
                rest_frames=pause_frames(part.pause_ms),
            )
        )
        requests[part.speech_key] = speech_request(written, part, reading)
    return parts, requests


def _check(request: SpeakRequest) -> None:
    get_output_format(request.output_format)
    if len(request.text) > MAX_SPEAK_CHARACTERS:
        msg = f"A text may have {MAX_SPEAK_CHARACTERS} characters, and this one has {len(request.text)}."
        raise TextTooLong(msg)
    if not speakable(request.text)[0].strip():
        msg = "The text is empty."
        raise EmptyText(msg)


def _reading(request: SpeakRequest, catalogue: Catalogue) -> Reading:
    return read_by(
        catalogue.get_reader(request.voice_id, request.language),
        settings=request.settings,
        language=request.language,
        rules=request.rules,
        normalization=request.normalization,
        model_id=request.model_id,
    )


def read_by(
    voice: Voice,
    *,
    settings: VoiceSettings,
    language: str | None,
    rules: Sequence[PronunciationRule],
    normalization: Normalization,
    model_id: str,
) -> Reading:
    """How a voice reads a text; the arguments are the fields of SpeakRequest. Raises: UnknownLanguage."""
    asked = language or voice.language
    return make_reading(
        voice,
        get_engine(voice.engine).traits,
        resolve_language(asked, voice),
        settings=settings,
        rules=rules,
        normalization=normalization,
        model_id=model_id,
        written_in=asked,
    )


def known_as(asked: VoiceId, voice: Voice) -> tuple[VoiceId, str]:
    """The id and name of an item's voice: a client that speaks with a premade voice looks for its items under that.

    asked: as the client named it.    voice: which answers.
    """
    premade = find_premade(asked)
    return (voice.voice_id, voice.name) if premade is None else (premade.voice_id, premade.name)
