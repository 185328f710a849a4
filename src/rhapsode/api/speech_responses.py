"""What text-to-speech and text-to-dialogue have in common: who speaks for a request, and how it is answered."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from rhapsode.api.byte_routes import AUDIO_CONTENT, bytes_response
from rhapsode.api.own_threads import OwnThreads
from rhapsode.api.speech_headers import UnderWay, speech_headers
from rhapsode.api.spoken import Spoken
from rhapsode.rendering.speak import IsWanted, Withdrawn

JSON = "application/json"
JSON_LINES = "application/x-ndjson"
AUDIO_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The audio, in the format that was asked for.", "content": AUDIO_CONTENT}
}


class JsonLinesResponse(Response):
    """Names the type of a stream of JSON in the server's own description."""

    media_type = JSON_LINES


# Who waits for speech waits for processes, which are few, and stands in the queue of `rendering.turns`: there a short
# text goes before long ones, which it doesn't while it waits for a thread. So there are many, which cost next to
# nothing while they wait.
_THREADS = 128
_SPEAKING = OwnThreads("speaking", _THREADS)
_UNDER_WAY = UnderWay()


async def speak_for(request: Request, work: Callable[[IsWanted], Spoken]) -> Spoken:
    """Speak in a thread of its own, as long as the client waits. Raises: ClientDisconnect; what the work raises."""
    try:
        with _UNDER_WAY.one_more(request):
            return await _SPEAKING.run_for(request, work)
    except Withdrawn:
        raise ClientDisconnect from None


def audio_response(request: Request, spoken: Spoken) -> Response:
    """All of the audio."""
    response = bytes_response(
        request,
        size_bytes=spoken.audio.size_bytes,
        media_type=spoken.output_format.media_type,
        filename=None,
        content=spoken.audio.iterate_audio(),
    )
    response.headers.update(speech_headers(request, spoken, max_concurrent=_THREADS))
    return response


def json_response(request: Request, spoken: Spoken, media_type: str, content: Iterator[bytes]) -> Response:
    """JSON with the audio in it, written as it is read."""
    response = bytes_response(request, size_bytes=None, media_type=media_type, filename=None, content=content)
    response.headers.update(speech_headers(request, spoken, max_concurrent=_THREADS))
    return response
