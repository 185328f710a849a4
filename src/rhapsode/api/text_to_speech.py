"""Text-to-speech: convert and stream, with and without timestamps."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.requests import ClientDisconnect

from rhapsode.api.alignment_models import character_alignment
from rhapsode.api.byte_routes import bytes_response
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.own_threads import OwnThreads
from rhapsode.api.speech_request import speak_request
from rhapsode.api.spoken import Spoken, speak
from rhapsode.api.text_to_speech_models import AudioWithTimestamps, SpeechBody, SpeechQuery
from rhapsode.api.timed_audio import timed_audio
from rhapsode.rendering.speak import IsWanted, Withdrawn

_JSON = "application/json"
_JSON_LINES = "application/x-ndjson"
_AUDIO: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The audio, in the format that was asked for.",
        "content": {"audio/mpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_TIMED: dict[int | str, dict[str, Any]] = {200: {"model": AudioWithTimestamps}}

# Who waits for speech waits for processes, which are few, and stands in the queue of `rendering.turns`: there a short
# text goes before long ones, which it doesn't while it waits for a thread. So there are many, which cost next to
# nothing while they wait.
_SPEAKING = OwnThreads("speaking", 128)

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
    ) -> Spoken:
        def work(is_wanted: IsWanted) -> Spoken:
            wanted = speak_request(
                body,
                voice_id=voice_id,
                output_format=query.output_format,
                streamed=streamed,
                request_id=request.state.request_id,
            )
            return speak(services, workspace_id, wanted, keep=query.enable_logging, is_wanted=is_wanted)

        try:
            return await _SPEAKING.run_for(request, work)
        except Withdrawn:
            raise ClientDisconnect from None

    return speak_it


SpokenWhole = Annotated[Spoken, Depends(_speaking(streamed=False))]
SpokenToStream = Annotated[Spoken, Depends(_speaking(streamed=True))]


@router.post("", summary="Text to speech", response_class=Response, responses=_AUDIO)
def text_to_speech_full(request: Request, spoken: SpokenWhole) -> Response:
    """The audio of a text."""
    return _audio_response(request, spoken)


@router.post("/stream", summary="Text to speech streaming", response_class=Response, responses=_AUDIO)
def text_to_speech_stream(request: Request, spoken: SpokenToStream) -> Response:
    """The audio of a text; the same bytes as without `/stream`."""
    return _audio_response(request, spoken)


@router.post(
    "/with-timestamps",
    summary="Text to speech with timestamps",
    response_class=Response,
    responses=_TIMED,
)
def text_to_speech_full_with_timestamps(request: Request, spoken: SpokenWhole) -> Response:
    """The audio of a text, and when each of its characters is heard."""
    content = timed_audio(spoken.audio.iterate_audio(), character_alignment(spoken.alignment))
    return _json_response(request, spoken, _JSON, content)


@router.post(
    "/stream/with-timestamps",
    summary="Text to speech streaming with timestamps",
    response_class=Response,
    responses=_TIMED,
)
def text_to_speech_stream_with_timestamps(request: Request, spoken: SpokenToStream) -> Response:
    """A line of JSON for each part of a text. Times are from the beginning of the whole audio."""
    return _json_response(request, spoken, _JSON_LINES, _lines(spoken))


def _lines(spoken: Spoken) -> Iterator[bytes]:
    for blocks, aligned in spoken.iterate_parts():
        yield from timed_audio(blocks, character_alignment([aligned]))
        # The last line too: the JavaScript SDK loses one that doesn't end.
        yield b"\n"


def _audio_response(request: Request, spoken: Spoken) -> Response:
    response = bytes_response(
        request,
        size_bytes=spoken.audio.size_bytes,
        media_type=spoken.output_format.media_type,
        filename=None,
        content=spoken.audio.iterate_audio(),
    )
    response.headers.update(spoken.headers)
    return response


def _json_response(request: Request, spoken: Spoken, media_type: str, content: Iterator[bytes]) -> Response:
    response = bytes_response(request, size_bytes=None, media_type=media_type, filename=None, content=content)
    response.headers.update(spoken.headers)
    return response
