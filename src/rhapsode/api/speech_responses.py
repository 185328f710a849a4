"""What text-to-speech and text-to-dialogue have in common: who speaks for a request, and how it is answered."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Protocol

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Send

from rhapsode.api.byte_routes import AUDIO_CONTENT
from rhapsode.api.context import KeyOf, ServicesOf, WorkspaceOf
from rhapsode.api.own_threads import OwnThreads
from rhapsode.api.speech_headers import UnderWay, speech_headers
from rhapsode.api.speech_listener import Listener, note_leaving
from rhapsode.api.speech_request import Asking, Form, rules_finder
from rhapsode.api.spoken import Speaker, Spoken, speak_to_the_end
from rhapsode.api.text_to_speech_models import SpeechQuery
from rhapsode.rendering.speak import Requested, Withdrawn
from rhapsode.rendering.streamed_part import StreamedPart
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.limits import BLOCK_BYTES
from rhapsode.voices.catalogue import read_catalogue

JSON = "application/json"
JSON_LINES = "application/x-ndjson"
AUDIO_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The audio, in the format that was asked for.", "content": AUDIO_CONTENT}
}

WHOLE, STREAMED = Form(), Form(streamed=True)
WHOLE_TIMED, STREAMED_TIMED = Form(timed=True), Form(streamed=True, timed=True)


class JsonLinesResponse(Response):
    """Names the type of a stream of JSON in the server's own description."""

    media_type = JSON_LINES


# Who waits for speech waits for processes, which are few, and stands in the queue of `rendering.turns`: there a short
# text goes before long ones, which it doesn't while it waits for a thread. So there are many, which cost next to
# nothing while they wait.
_THREADS = 128
_SPEAKING = OwnThreads("speaking", _THREADS)
_UNDER_WAY = UnderWay()
# What is read was written a moment ago, so it is in memory; base64 of it is what takes time.
_readers = ThreadPoolExecutor(2, thread_name_prefix="speech-reader")
_tasks: set[asyncio.Task[None]] = set()


class Writer(Protocol):
    """Writes an answer, part after part. Its iterators are read in threads."""

    def part(self, part: StreamedPart) -> Iterator[bytes]:
        """What the next part adds."""

    def end(self) -> Iterator[bytes]:
        """What stands behind the last part."""


class AudioWriter:
    """Nothing but audio. head: the bytes before the first part."""

    def __init__(self, head: bytes) -> None:
        self._head = head

    def part(self, part: StreamedPart) -> Iterator[bytes]:
        """The bytes of a part."""
        yield self._head
        self._head = b""
        yield from part.iterate_audio()

    def end(self) -> Iterator[bytes]:
        """Nothing."""
        return iter(())


class SpeechCaller:
    """Whose request for speech it is; a dependency of the routes."""

    def __init__(
        self,
        query: Annotated[SpeechQuery, Query()],
        request: Request,
        services: ServicesOf,
        workspace_id: WorkspaceOf,
        key_id: KeyOf,
    ) -> None:
        self._query = query
        self._request = request
        self._speaker = Speaker(services, workspace_id, key_id, query.enable_logging)

    async def speak(self, form: Form, requested: Callable[[Asking], Requested]) -> Spoken:
        """Have a text spoken; the result is there when the first of it can be heard.

        requested: says what is asked for, in a thread.    A client that leaves before it is begun has nothing spoken;
        one that leaves later has paid for it, and finds it in the history.
        Raises: ClientDisconnect; what `requested` raises; as `Speaker.speak` does.
        """
        stream = self._speaker.services.speaking.open_stream()
        listener, gone = Listener(stream), threading.Event()
        loop = asyncio.get_running_loop()
        over = _UNDER_WAY.enter(self._request)

        def when_over() -> None:
            # A loop that is closed has nobody left to tell how busy it is.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(over)

        def work() -> None:
            speak_to_the_end(
                self._speaker,
                stream,
                lambda: requested(self._asking(form)),
                lambda: not gone.is_set(),
                when_over=when_over,
            )

        task = asyncio.create_task(_SPEAKING.run(work))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
        await _wait_for_the_first(self._request, listener, gone)
        return Spoken(stream, listener)

    def _asking(self, form: Form) -> Asking:
        records, workspace_id = self._speaker.services.records, self._speaker.workspace_id
        return Asking(
            form=form,
            output_format=self._query.output_format,
            request_id=self._request.state.request_id,
            find_rules=rules_finder(records, workspace_id),
            catalogue=read_catalogue(records, workspace_id),
        )


async def _wait_for_the_first(request: Request, listener: Listener, gone: threading.Event) -> None:
    leaving = asyncio.create_task(note_leaving(request, gone))
    try:
        await listener.ready()
    except Withdrawn:
        raise ClientDisconnect from None
    except asyncio.CancelledError:
        # A server that ends, whose clients have left as well.
        gone.set()
        raise
    finally:
        leaving.cancel()
        await asyncio.wait([leaving])


CallerOf = Annotated[SpeechCaller, Depends()]


def audio_response(request: Request, spoken: Spoken) -> Response:
    """All of the audio."""
    return _SpeechResponse(
        request, spoken, AudioWriter(spoken.stream.head), spoken.media_type, spoken.stream.size_bytes
    )


def json_response(request: Request, spoken: Spoken, media_type: str, writer: Writer) -> Response:
    """JSON with the audio in it."""
    return _SpeechResponse(request, spoken, writer, media_type, None)


class _SpeechResponse(StreamingResponse):
    """Sends each part of a text as soon as it is there. size_bytes: of a body of which it is known."""

    def __init__(
        self, request: Request, spoken: Spoken, writer: Writer, media_type: str, size_bytes: int | None
    ) -> None:
        headers = speech_headers(request, spoken, max_concurrent=_THREADS)
        length = {} if size_bytes is None else {"content-length": str(size_bytes)}
        # The type as a header: Starlette would add a charset to some.
        super().__init__(
            _blocks(spoken.listener, writer), headers={"content-type": media_type, **headers, **length}
        )

    async def stream_response(self, send: Send) -> None:
        """Send everything; after an error, the response isn't ended, which makes the server close the connection."""
        with contextlib.suppress(RhapsodeError):
            await super().stream_response(send)


async def _blocks(listener: Listener, writer: Writer) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()

    async def read(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
        while block := await loop.run_in_executor(_readers, _joined, pieces):
            yield block

    async for part in listener.parts():
        async for block in read(writer.part(part)):
            yield block
    async for block in read(writer.end()):
        yield block


def _joined(pieces: Iterator[bytes]) -> bytes:
    """The next pieces as one, of about BLOCK_BYTES."""
    block = bytearray()
    for piece in pieces:
        block += piece
        if len(block) >= BLOCK_BYTES:
            break
    return bytes(block)
