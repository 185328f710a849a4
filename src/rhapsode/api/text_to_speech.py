"""Text-to-speech: convert and stream, with and without timestamps."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from rhapsode.api.alignment_models import character_alignment, spoken_alignment
from rhapsode.api.context import KeyOf, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.speech_request import rules_finder, speak_request
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
from rhapsode.api.text_to_speech_models import AudioWithTimestamps, SpeechBody, SpeechQuery
from rhapsode.api.timed_audio import timed_audio
from rhapsode.authoring.voice_edits import get_voice_edits
from rhapsode.rendering.speak import IsWanted

_TIMED: dict[int | str, dict[str, Any]] = {200: {"model": AudioWithTimestamps}}

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/v1/text-to-speech/{voice_id}",
    tags=["text-to-speech"],
    route_class=JsonRoute,
    strict_content_type=False,
)


def _speaking(*, streamed: bool) -> Callable[..., Coroutine[Any, Any, Spoken]]:
    async def speak_it(
        voice_id: str,
        body: SpeechBody,
        query: Annotated[SpeechQuery, Query()],
        request: Request,
        services: ServicesOf,
        workspace_id: WorkspaceOf,
        key_id: KeyOf,
    ) -> Spoken:
        def work(is_wanted: IsWanted) -> Spoken:
            wanted = speak_request(
                body,
                voice_id=voice_id,
                output_format=query.output_format,
                streamed=streamed,
                request_id=request.state.request_id,
                find_rules=rules_finder(services.records, workspace_id),
                edits=get_voice_edits(services.records, workspace_id),
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


@router.post("", summary="Text to speech", response_class=Response, responses=AUDIO_RESPONSES)
def text_to_speech_full(request: Request, spoken: SpokenWhole) -> Response:
    """The audio of a text."""
    return audio_response(request, spoken)


@router.post(
    "/stream", summary="Text to speech streaming", response_class=Response, responses=AUDIO_RESPONSES
)
def text_to_speech_stream(request: Request, spoken: SpokenToStream) -> Response:
    """The audio of a text; the same bytes as without `/stream`."""
    return audio_response(request, spoken)


@router.post(
    "/with-timestamps",
    summary="Text to speech with timestamps",
    response_class=Response,
    responses=_TIMED,
)
def text_to_speech_full_with_timestamps(request: Request, spoken: SpokenWhole) -> Response:
    """The audio of a text, and when each of its characters is heard."""
    content = timed_audio(
        spoken.audio.iterate_audio(),
        character_alignment(spoken.alignment),
        spoken_alignment(spoken.spoken_alignment),
    )
    return json_response(request, spoken, JSON, content)


@router.post(
    "/stream/with-timestamps",
    summary="Text to speech streaming with timestamps",
    response_class=JsonLinesResponse,
    responses=_TIMED,
)
def text_to_speech_stream_with_timestamps(request: Request, spoken: SpokenToStream) -> Response:
    """A line of JSON for each part of a text. Times are from the beginning of the whole audio."""
    return json_response(request, spoken, JSON_LINES, _lines(spoken))


def _lines(spoken: Spoken) -> Iterator[bytes]:
    for blocks, written, heard in spoken.iterate_parts():
        yield from timed_audio(blocks, character_alignment([written]), spoken_alignment([heard]))
        # The last line too: the JavaScript SDK loses one that doesn't end.
        yield b"\n"
