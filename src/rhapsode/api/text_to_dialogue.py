"""Text-to-dialogue: convert and stream, with and without timestamps."""

import json
from collections.abc import Callable, Coroutine, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from rhapsode.api.alignment_models import CharacterAlignment, character_alignment, spoken_alignment
from rhapsode.api.context import KeyOf, ServicesOf, WorkspaceOf
from rhapsode.api.dialogue_request import dialogue_request
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.speech_request import rules_finder
from rhapsode.api.speech_responses import (
    AUDIO_RESPONSES,
    JSON,
    JSON_LINES,
    JsonLinesResponse,
    audio_response,
    json_response,
    speak_for,
)
from rhapsode.api.spoken import Spoken, speak
from rhapsode.api.text_to_dialogue_models import DialogueBody, DialogueWithTimestamps
from rhapsode.api.text_to_speech_models import SpeechQuery
from rhapsode.api.timed_audio import timed_audio
from rhapsode.api.voice_segments import PlacedLines, place_lines, voice_segments
from rhapsode.authoring.voice_edits import get_voice_edits
from rhapsode.rendering.speak import IsWanted

_TIMED: dict[int | str, dict[str, Any]] = {200: {"model": DialogueWithTimestamps}}

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/v1/text-to-dialogue",
    tags=["text-to-dialogue"],
    route_class=JsonRoute,
    strict_content_type=False,
)


def _speaking(*, streamed: bool) -> Callable[..., Coroutine[Any, Any, Spoken]]:
    async def speak_it(
        body: DialogueBody,
        query: Annotated[SpeechQuery, Query()],
        request: Request,
        services: ServicesOf,
        workspace_id: WorkspaceOf,
        key_id: KeyOf,
    ) -> Spoken:
        def work(is_wanted: IsWanted) -> Spoken:
            wanted = dialogue_request(
                body,
                output_format=query.output_format,
                streamed=streamed,
                request_id=request.state.request_id,
                find_rules=rules_finder(services.records, workspace_id),
                deleted=get_voice_edits(services.records, workspace_id).deleted,
            )
            return speak(
                services,
                workspace_id,
                wanted,
                key_id=key_id,
                keep=query.enable_logging,
                is_wanted=is_wanted,
            )

        return await speak_for(request, work)

    return speak_it


SpokenWhole = Annotated[Spoken, Depends(_speaking(streamed=False))]
SpokenToStream = Annotated[Spoken, Depends(_speaking(streamed=True))]


@router.post("", summary="Text to dialogue", response_class=Response, responses=AUDIO_RESPONSES)
def text_to_dialogue(request: Request, spoken: SpokenWhole) -> Response:
    """The audio of a dialogue: its lines one after the other, each in its voice."""
    return audio_response(request, spoken)


@router.post(
    "/stream", summary="Text to dialogue streaming", response_class=Response, responses=AUDIO_RESPONSES
)
def text_to_dialogue_stream(request: Request, spoken: SpokenToStream) -> Response:
    """The audio of a dialogue; the same bytes as without `/stream`."""
    return audio_response(request, spoken)


@router.post(
    "/with-timestamps",
    summary="Text to dialogue with timestamps",
    response_class=Response,
    responses=_TIMED,
)
def text_to_dialogue_full_with_timestamps(
    request: Request, body: DialogueBody, spoken: SpokenWhole
) -> Response:
    """The audio of a dialogue, when each of its characters is heard, and who says it."""
    alignment = character_alignment(spoken.alignment)
    content = timed_audio(
        spoken.audio.iterate_audio(),
        alignment,
        spoken_alignment(spoken.spoken_alignment),
        more=_segments(place_lines(body.inputs), alignment),
    )
    return json_response(request, spoken, JSON, content)


@router.post(
    "/stream/with-timestamps",
    summary="Text to dialogue streaming with timestamps",
    response_class=JsonLinesResponse,
    responses=_TIMED,
)
def text_to_dialogue_stream_with_timestamps(
    request: Request, body: DialogueBody, spoken: SpokenToStream
) -> Response:
    """A line of JSON for each part of a dialogue, and for each pause between two of its lines.

    Times are from the beginning of the whole audio, indices of characters from the part's own.
    """
    return json_response(request, spoken, JSON_LINES, _lines(spoken, place_lines(body.inputs)))


def _lines(spoken: Spoken, placed: PlacedLines) -> Iterator[bytes]:
    first_character = 0
    for blocks, written, heard in spoken.iterate_parts():
        alignment = character_alignment([written])
        segments = _segments(placed, alignment, first_character=first_character)
        yield from timed_audio(blocks, alignment, spoken_alignment([heard]), more=segments)
        # The last line too: the JavaScript SDK loses one that doesn't end.
        yield b"\n"
        first_character += len(written.text)


def _segments(placed: PlacedLines, alignment: CharacterAlignment, *, first_character: int = 0) -> bytes:
    found = voice_segments(placed, alignment, first_character=first_character)
    return b',"voice_segments":' + json.dumps([segment.model_dump() for segment in found]).encode()
