"""Text-to-dialogue: convert and stream, with and without timestamps."""

import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from rhapsode.api.alignment_models import CharacterAlignment
from rhapsode.api.dialogue_request import dialogue_request
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.room import NEEDS_ROOM
from rhapsode.api.speech_request import Form
from rhapsode.api.speech_responses import (
    AUDIO_RESPONSES,
    JSON,
    JSON_LINES,
    STREAMED,
    STREAMED_TIMED,
    WHOLE,
    WHOLE_TIMED,
    CallerOf,
    JsonLinesResponse,
    audio_response,
    json_response,
)
from rhapsode.api.spoken import Spoken
from rhapsode.api.text_to_dialogue_models import DialogueBody, DialogueWithTimestamps
from rhapsode.api.timed_audio import More, TimedLineWriter, TimedWriter
from rhapsode.api.voice_segments import place_lines, voice_segments

_TIMED: dict[int | str, dict[str, Any]] = {200: {"model": DialogueWithTimestamps}}

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/v1/text-to-dialogue",
    tags=["text-to-dialogue"],
    route_class=JsonRoute,
    strict_content_type=False,
    dependencies=[NEEDS_ROOM],
)


def _spoken(form: Form) -> Callable[..., Coroutine[Any, Any, Spoken]]:
    async def speak(body: DialogueBody, caller: CallerOf) -> Spoken:
        return await caller.speak(form, lambda asking: dialogue_request(body, asking))

    return speak


@router.post("", summary="Text to dialogue", response_class=Response, responses=AUDIO_RESPONSES)
async def text_to_dialogue(request: Request, spoken: Annotated[Spoken, Depends(_spoken(WHOLE))]) -> Response:
    """The audio of a dialogue: its lines one after the other, each in its voice, sent as they are made."""
    return audio_response(request, spoken)


@router.post(
    "/stream", summary="Text to dialogue streaming", response_class=Response, responses=AUDIO_RESPONSES
)
async def text_to_dialogue_stream(
    request: Request, spoken: Annotated[Spoken, Depends(_spoken(STREAMED))]
) -> Response:
    """The audio of a dialogue; the same bytes as without `/stream`."""
    return audio_response(request, spoken)


@router.post(
    "/with-timestamps",
    summary="Text to dialogue with timestamps",
    response_class=Response,
    responses=_TIMED,
)
async def text_to_dialogue_full_with_timestamps(
    request: Request, body: DialogueBody, spoken: Annotated[Spoken, Depends(_spoken(WHOLE_TIMED))]
) -> Response:
    """The audio of a dialogue, when each of its characters is heard, and who says it."""
    return json_response(request, spoken, JSON, TimedWriter(spoken.stream.head, _segments(body)))


@router.post(
    "/stream/with-timestamps",
    summary="Text to dialogue streaming with timestamps",
    response_class=JsonLinesResponse,
    responses=_TIMED,
)
async def text_to_dialogue_stream_with_timestamps(
    request: Request, body: DialogueBody, spoken: Annotated[Spoken, Depends(_spoken(STREAMED_TIMED))]
) -> Response:
    """A line of JSON for each part of a dialogue, as it is made, and for each pause between two of its lines.

    Times are from the beginning of the whole audio, indices of characters from the part's own.
    """
    return json_response(request, spoken, JSON_LINES, TimedLineWriter(spoken.stream.head, _segments(body)))


def _segments(body: DialogueBody) -> More:
    placed = place_lines(body.inputs)

    def segments(alignment: CharacterAlignment, first_character: int) -> bytes:
        found = voice_segments(placed, alignment, first_character=first_character)
        return b',"voice_segments":' + json.dumps([segment.model_dump() for segment in found]).encode()

    return segments
