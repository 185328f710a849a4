"""Text-to-speech: convert and stream, with and without timestamps."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from rhapsode.api.json_body import JsonRoute
from rhapsode.api.room import NEEDS_ROOM
from rhapsode.api.speech_request import Form, speak_request
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
from rhapsode.api.text_to_speech_models import AudioWithTimestamps, SpeechBody
from rhapsode.api.timed_audio import TimedLineWriter, TimedWriter

_TIMED: dict[int | str, dict[str, Any]] = {200: {"model": AudioWithTimestamps}}

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/v1/text-to-speech/{voice_id}",
    tags=["text-to-speech"],
    route_class=JsonRoute,
    strict_content_type=False,
    dependencies=[NEEDS_ROOM],
)


def _spoken(form: Form) -> Callable[..., Coroutine[Any, Any, Spoken]]:
    async def speak(voice_id: str, body: SpeechBody, caller: CallerOf) -> Spoken:
        return await caller.speak(form, lambda asking: speak_request(body, asking, voice_id=voice_id))

    return speak


@router.post("", summary="Text to speech", response_class=Response, responses=AUDIO_RESPONSES)
async def text_to_speech_full(
    request: Request, spoken: Annotated[Spoken, Depends(_spoken(WHOLE))]
) -> Response:
    """The audio of a text, sent as it is made."""
    return audio_response(request, spoken)


@router.post(
    "/stream", summary="Text to speech streaming", response_class=Response, responses=AUDIO_RESPONSES
)
async def text_to_speech_stream(
    request: Request, spoken: Annotated[Spoken, Depends(_spoken(STREAMED))]
) -> Response:
    """The audio of a text; the same bytes as without `/stream`."""
    return audio_response(request, spoken)


@router.post(
    "/with-timestamps",
    summary="Text to speech with timestamps",
    response_class=Response,
    responses=_TIMED,
)
async def text_to_speech_full_with_timestamps(
    request: Request, spoken: Annotated[Spoken, Depends(_spoken(WHOLE_TIMED))]
) -> Response:
    """The audio of a text, and when each of its characters is heard."""
    return json_response(request, spoken, JSON, TimedWriter(spoken.stream.head))


@router.post(
    "/stream/with-timestamps",
    summary="Text to speech streaming with timestamps",
    response_class=JsonLinesResponse,
    responses=_TIMED,
)
async def text_to_speech_stream_with_timestamps(
    request: Request, spoken: Annotated[Spoken, Depends(_spoken(STREAMED_TIMED))]
) -> Response:
    """A line of JSON for each part of a text, as it is made. Times are from the beginning of the whole audio."""
    return json_response(request, spoken, JSON_LINES, TimedLineWriter(spoken.stream.head))
