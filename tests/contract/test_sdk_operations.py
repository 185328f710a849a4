"""Every operation of the contract is called through the official Python SDK, by both of its clients."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from elevenlabs import AsyncElevenLabs, ElevenLabs
from tests.factories import need_espeak

from .asking import NO_AUTHORITIES
from .belongings import serving_a_page
from .given import Given, make_given
from .published import operation_ids, operation_of
from .running import LiveServer, in_new_workspaces
from .sdk_operations import CALLS, SPOKEN

_TIMEOUT_S = 60

# The quick part has tests of every operation too, and most of them go through the SDK.
pytestmark = pytest.mark.slow

Answered = list[tuple[str | None, int]]
"""(operation id, status) of each response that a client got."""


@pytest.fixture(scope="module")
def server(shared_server: LiveServer) -> Iterator[LiveServer]:
    """A server for all tests here. The asynchronous client has the other workspace."""
    yield from in_new_workspaces(shared_server)


@pytest.fixture(scope="module")
def page_url() -> Iterator[str]:
    """The address of an article."""
    with serving_a_page() as url:
        yield url


@pytest.fixture(scope="module")
def given(server: LiveServer, page_url: str) -> Given:
    """What the synchronous client is given."""
    return make_given(server.url, server.key, page_url)


@pytest.fixture(scope="module")
def other_given(server: LiveServer, page_url: str) -> Given:
    """What the asynchronous client is given."""
    return make_given(server.url, server.other_key, page_url)


def test_the_table_has_every_operation() -> None:
    """Each operation of the contract is a call, and each call is one of them."""
    published = operation_ids()
    if published:
        assert set(CALLS) == published


@pytest.mark.parametrize("operation_id", CALLS)
def test_the_synchronous_client_calls_it(server: LiveServer, given: Given, operation_id: str) -> None:
    """It reaches that operation, once, which does it, and what comes back is something."""
    answered: Answered = []
    _need_what(operation_id)

    def note(response: httpx.Response) -> None:
        answered.append(
            (operation_of(response.request.method, response.request.url.path), response.status_code)
        )

    with httpx.Client(
        timeout=_TIMEOUT_S, event_hooks={"response": [note]}, verify=NO_AUTHORITIES
    ) as connections:
        client = ElevenLabs(base_url=server.url, api_key=server.key, httpx_client=connections)
        value = CALLS[operation_id](client, given)
        value = list(value) if inspect.isgenerator(value) else value

    assert answered == [(operation_id if operation_ids() else None, 200)]
    assert is_something(operation_id, value)


@pytest.mark.parametrize("operation_id", CALLS)
def test_the_asynchronous_client_calls_it(server: LiveServer, other_given: Given, operation_id: str) -> None:
    """As the synchronous one."""
    answered: Answered = []
    _need_what(operation_id)

    async def note(response: httpx.Response) -> None:
        answered.append(
            (operation_of(response.request.method, response.request.url.path), response.status_code)
        )

    async def call() -> Any:
        async with httpx.AsyncClient(
            timeout=_TIMEOUT_S, event_hooks={"response": [note]}, verify=NO_AUTHORITIES
        ) as connections:
            client = AsyncElevenLabs(base_url=server.url, api_key=server.other_key, httpx_client=connections)
            value = CALLS[operation_id](client, other_given)
            if isinstance(value, AsyncIterator):
                return [part async for part in value]
            return await value

    value = asyncio.run(call())

    assert answered == [(operation_id if operation_ids() else None, 200)]
    assert is_something(operation_id, value)


def _need_what(operation_id: str) -> None:
    if operation_id == "forced_alignment":
        need_espeak()


def is_something(operation_id: str, value: Any) -> bool:
    """Whether a value has content: bytes of a kind, parts that are the whole text, or a model with fields."""
    if not isinstance(value, list):
        return bool(value.model_dump())
    if value and isinstance(value[0], bytes):
        return b"".join(value).startswith((b"ID3", b"\xff\xfb", b"PK\x03\x04", b"<?xml"))
    if operation_id == "text_to_speech_stream_with_timestamps":
        return "".join("".join(part.alignment.characters) for part in value) == SPOKEN
    return bool(value) and all(part.model_dump() for part in value)
