"""The WebSocket that takes a text bit by bit and answers with its sound: who may open it, and how it ends."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import cast

import structlog
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from rhapsode.api.context import Services
from rhapsode.api.key_check import Admit
from rhapsode.api.speech_request import Asking, Form, rules_finder, speak_request
from rhapsode.api.stream_input_conversation import THREADS, Conversation, Payer, next_message, send_text
from rhapsode.api.stream_input_messages import parse_query
from rhapsode.api.stream_input_models import FINAL, StreamInputMessage, StreamInputQuery
from rhapsode.api.text_to_speech_models import SpeechBody
from rhapsode.api.websockets import WebSocketRefused, end_websocket, refused_for
from rhapsode.rendering.live_session import LiveSession
from rhapsode.rendering.turns import Withdrawn
from rhapsode.storage.retention import keeps_history
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import (
    LIVE_KEY_WAIT_S,
    MAX_LIVE_SESSIONS,
    MAX_LIVE_SESSIONS_OF_WORKSPACE,
    MAX_SPEAK_CHARACTERS,
)
from rhapsode.telemetry.metrics import ERRORS
from rhapsode.text.arriving import ArrivingText
from rhapsode.voices.catalogue import read_catalogue

log = structlog.get_logger()
router = APIRouter()
_FAREWELL_S = 10


class _Places:
    """How many are open. For one event loop."""

    def __init__(self) -> None:
        self._counts: Counter[WorkspaceId] = Counter()

    @contextlib.contextmanager
    def take(self, workspace_id: WorkspaceId) -> Iterator[None]:
        """Have a place until the end of the block. Raises: WebSocketRefused."""
        if (
            self._counts.total() >= MAX_LIVE_SESSIONS
            or self._counts[workspace_id] >= MAX_LIVE_SESSIONS_OF_WORKSPACE
        ):
            msg = "Too many of these connections are open. Close one, or send the text as a request."
            raise WebSocketRefused(msg, code="system_busy", http_status=503)
        self._counts[workspace_id] += 1
        try:
            yield
        finally:
            self._counts[workspace_id] -= 1
            if not self._counts[workspace_id]:
                del self._counts[workspace_id]


_PLACES = _Places()


@router.websocket("/v1/text-to-speech/{voice_id}/stream-input")
async def stream_input(websocket: WebSocket, voice_id: str) -> None:
    """Speak a text while it comes. Source: the WebSocket of that path in the original's documentation."""
    await websocket.accept()
    try:
        await _converse(websocket, voice_id)
        return
    except (WebSocketDisconnect, Withdrawn):
        return
    except WebSocketRefused as error:
        refused = error
    except RhapsodeError as error:
        refused = refused_for(error)
    except Exception as error:
        ERRORS.add(1, "internal_error", type(error).__name__)
        log.error("websocket_failed", exc_info=error)
        msg = "Something went wrong in the server; its log says what, beside the id that `detail` has."
        refused = WebSocketRefused(msg, code="internal_error", http_status=500)
    with contextlib.suppress(WebSocketDisconnect, TimeoutError):
        async with asyncio.timeout(_FAREWELL_S):
            await end_websocket(websocket, websocket.send, refused)


async def _converse(websocket: WebSocket, voice_id: str) -> None:
    query = parse_query(websocket.query_params)
    first = await _admitted(websocket, query)
    state = websocket.state
    services = cast("Services", websocket.app.state.services)
    payer = Payer(services.records, state.workspace_id, state.key_id)
    with _PLACES.take(payer.workspace_id):
        session = await THREADS.run(partial(_open, websocket, services, voice_id, query, first))
        try:
            text = ArrivingText(
                language=session.language,
                max_characters=MAX_SPEAK_CHARACTERS,
                schedule=first.schedule,
                at_once=query.auto_mode,
            )
            talk = Conversation(websocket, session, text, payer, inactivity_s=query.inactivity_timeout)
            talk.take_in(first)
            await talk.hold()
        finally:
            # What was spoken until then is kept, however it ends.
            await THREADS.run(session.finish)
        await send_text(websocket, FINAL)
        await websocket.close()


async def _admitted(websocket: WebSocket, query: StreamInputQuery) -> StreamInputMessage:
    """The first message of a client that has shown a key, in it or before.

    Raises: WebSocketDisconnect; WebSocketRefused; InvalidInput.
    """
    admit = cast("Admit | None", websocket.state.admit)
    wait_s = query.inactivity_timeout if admit is None else LIVE_KEY_WAIT_S
    try:
        async with asyncio.timeout(wait_s):
            first = await next_message(websocket)
    except TimeoutError:
        msg = f"No first message has come in {wait_s} seconds."
        raise WebSocketRefused(msg, code="input_timeout_exceeded", http_status=400) from None
    refusal = None if admit is None else await admit(first.key)
    if refusal is not None:
        raise WebSocketRefused.of(refusal)
    return first


def _open(
    websocket: WebSocket,
    services: Services,
    voice_id: str,
    query: StreamInputQuery,
    first: StreamInputMessage,
) -> LiveSession:
    workspace_id: WorkspaceId = websocket.state.workspace_id
    body = SpeechBody(
        text="",
        model_id=query.model_id,
        language_code=query.language_code,
        voice_settings=first.voice_settings,
        pronunciation_dictionary_locators=first.pronunciation_dictionary_locators,
        apply_text_normalization=query.apply_text_normalization,
    )
    asking = Asking(
        form=Form(streamed=True),
        output_format=query.output_format,
        request_id=websocket.state.request_id,
        find_rules=rules_finder(services.records, workspace_id),
        catalogue=read_catalogue(services.records, workspace_id),
    )
    request = speak_request(body, asking, voice_id=voice_id)
    keep = query.enable_logging and keeps_history(services.records, workspace_id)
    return services.live_speaking.open(workspace_id, request, keep=keep)
