"""A dialogue: lines of several voices, spoken one after the other as one text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from rhapsode.audio.grid import pause_frames
from rhapsode.audio.output_formats import get_output_format
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.opening import check_spoken_length
from rhapsode.rendering.pauses import LINE_MS
from rhapsode.rendering.reading import Reading, Suits, any_take
from rhapsode.rendering.script import Normalization, Script, ScriptPart, known_as, plan_parts, read_by
from rhapsode.studio.errors import EmptyText, TextTooLong
from rhapsode.studio.history import DialogueLine
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.studio.limits import MAX_SPEAK_CHARACTERS
from rhapsode.studio.models import DIALOGUE_MODEL_ID
from rhapsode.studio.pronunciation import PronunciationRule
from rhapsode.studio.voice import VoiceSettings
from rhapsode.text.spoken import speakable
from rhapsode.voices.catalogue import Catalogue

LINE_END = "\n"
"""What stands between two lines in the text of a dialogue, and is heard as the pause between them."""


@dataclass(frozen=True, slots=True)
class RequestedLine:
    """What one voice says; the fields are those of SpeakRequest. Source: schema DialogueInput."""

    text: str
    voice_id: VoiceId
    language: str | None = None


@dataclass(frozen=True, slots=True)
class DialogueRequest:
    """A dialogue to speak; the other fields are those of SpeakRequest.

    lines: 1 or more, together MAX_SPEAK_CHARACTERS code points at most, none of nothing but space.
    Source: operation text_to_dialogue.
    """

    lines: tuple[RequestedLine, ...]
    output_format: str
    model_id: str
    request_id: str
    settings: VoiceSettings = field(default_factory=VoiceSettings)
    rules: tuple[PronunciationRule, ...] = ()
    normalization: Normalization = "auto"

    @property
    def text(self) -> str:
        """All lines."""
        return LINE_END.join(line.text for line in self.lines)

    @property
    def character_count(self) -> int:
        """Code points that are paid for, were it not free."""
        return sum(len(line.text) for line in self.lines)


def plan_dialogue(
    workspace_id: WorkspaceId, request: DialogueRequest, catalogue: Catalogue, suits: Suits = any_take
) -> Script:
    """Split each line as a text of its own is split, under the same keys, with a pause between two.

    Raises: EmptyText; TextTooLong; UnknownOutputFormat; UnknownVoice; UnknownLanguage.
    """
    _check(request)
    readings = [_reading(line, request, catalogue) for line in request.lines]
    lines = [_line(line, reading) for line, reading in zip(request.lines, readings, strict=True)]
    parts: list[ScriptPart] = []
    requests: dict[bytes, SpeechRequest] = {}
    for line, reading in zip(request.lines, readings, strict=True):
        spoken, asked = plan_parts(workspace_id, line.text, reading, suits)
        parts += chain([_pause()] if parts else [], spoken)
        requests |= asked
    check_spoken_length(requests[part.speech_key].spoken_text for part in parts if part.speech_key)
    first = lines[0]
    voices = {reading.voice.voice_id: reading.voice for reading in readings}
    return Script(
        first.voice_id, first.voice_name, readings[0].language, tuple(parts), requests, voices, tuple(lines)
    )


def _check(request: DialogueRequest) -> None:
    get_output_format(request.output_format)
    if not request.lines:
        msg = "The dialogue has no lines."
        raise EmptyText(msg)
    if request.character_count > MAX_SPEAK_CHARACTERS:
        msg = f"A dialogue may have {MAX_SPEAK_CHARACTERS} characters, and this one has {request.character_count}."
        raise TextTooLong(msg)
    for number in _empty_lines(request):
        msg = f"Line {number} of the dialogue is empty."
        raise EmptyText(msg)


def _empty_lines(request: DialogueRequest) -> Iterator[int]:
    """Counted from 1."""
    for number, line in enumerate(request.lines, start=1):
        if not speakable(line.text)[0].strip():
            yield number


def _reading(line: RequestedLine, request: DialogueRequest, catalogue: Catalogue) -> Reading:
    return read_by(
        catalogue.get_reader(line.voice_id, line.language),
        settings=request.settings,
        language=line.language,
        rules=request.rules,
        normalization=request.normalization,
        # The tags of a dialogue are never read aloud, whatever model a client names.
        model_id=DIALOGUE_MODEL_ID,
    )


def _line(line: RequestedLine, reading: Reading) -> DialogueLine:
    voice_id, voice_name = known_as(line.voice_id, reading.voice)
    return DialogueLine(line.text, voice_id, voice_name)


def _pause() -> ScriptPart:
    return ScriptPart(LINE_END, (), None, frame_count=pause_frames(LINE_MS))
