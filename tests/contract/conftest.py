"""Servers and clients. A test that any response breaks the contract in fails at its end."""

import contextlib
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from elevenlabs import AsyncElevenLabs, ElevenLabs

from rhapsode.access.keys import find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.api import known_callers
from rhapsode.cli.running_server import RunningServer
from rhapsode.storage.directory import ServerAddress

from .asking import NO_AUTHORITIES, raw_http
from .journeys import Narrated, narrated
from .probing import probed
from .running import LiveServer, in_new_workspaces, running_server


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server for all tests, because starting one takes longer than most of them."""
    with running_server(tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture
def server(shared_server: LiveServer) -> Iterator[LiveServer]:
    """A server with nothing in its two workspaces. All its responses are as the contract has them."""
    yield from in_new_workspaces(shared_server)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[LiveServer]:
    """A server of its own for a test that harms it. All its responses are as the contract has them."""
    with running_server(tmp_path / "data") as running:
        yield running
    assert not running.violations, "\n".join(running.violations)


@pytest.fixture(scope="session")
def unharmed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Another, whose packs no test harms and that has little in it: for tests of all that is stored."""
    with running_server(tmp_path_factory.mktemp("unharmed")) as running:
        yield running


@pytest.fixture
def commands(server: LiveServer) -> Iterator[RunningServer]:
    """What commands ask of the server."""
    rule = AccessRule(partial(find_owner, server.records), command_token="secret token")
    with probed(server, rule) as url, RunningServer(ServerAddress(url, "secret token")) as running:
        yield running


@pytest.fixture
def key_memory_s(monkeypatch: pytest.MonkeyPatch) -> float:
    """For how many seconds a key that was found is remembered: a tenth of what it usually is."""
    monkeypatch.setattr(known_callers, "KEY_MEMORY_S", 0.2)
    return known_callers.KEY_MEMORY_S


@pytest.fixture(scope="module")
def tides(shared_server: LiveServer) -> Iterator[Narrated]:
    """A server with a project that was converted, for all tests of a module: they only read it."""
    for server in in_new_workspaces(shared_server):
        with (
            raw_http(server.url, server.key) as http,
            contextlib.closing(_sdk(server.url, server.key)) as clients,
        ):
            client = next(clients)
            yield Narrated(server, client, http, *narrated(client))


def _sdk(url: str, key: str) -> Generator[ElevenLabs]:
    # With a client of its own, which is the SDK's usual one, because the SDK never closes that.
    with httpx.Client(timeout=60, follow_redirects=True, verify=NO_AUTHORITIES) as connections:
        yield ElevenLabs(base_url=url, api_key=key, httpx_client=connections)


@pytest.fixture
def client(server: LiveServer) -> Iterator[ElevenLabs]:
    """The official SDK."""
    yield from _sdk(server.url, server.key)


@pytest.fixture
def other_client(server: LiveServer) -> Iterator[ElevenLabs]:
    """The official SDK with the key of another workspace."""
    yield from _sdk(server.url, server.other_key)


@pytest.fixture
def async_client(server: LiveServer) -> AsyncElevenLabs:
    """The official SDK, asynchronous, for one `asyncio.run`: no connection outlives the request it was made for."""
    connections = httpx.AsyncClient(
        timeout=60, limits=httpx.Limits(max_keepalive_connections=0), verify=NO_AUTHORITIES
    )
    return AsyncElevenLabs(base_url=server.url, api_key=server.key, httpx_client=connections)


@pytest.fixture
def http(server: LiveServer) -> Iterator[httpx.Client]:
    """Raw HTTP, with a key."""
    with raw_http(server.url, server.key) as client:
        yield client


@pytest.fixture
def other_http(server: LiveServer) -> Iterator[httpx.Client]:
    """Raw HTTP with the key of another workspace."""
    with raw_http(server.url, server.other_key) as client:
        yield client


@pytest.fixture
def anonymous(server: LiveServer) -> Iterator[httpx.Client]:
    """Raw HTTP without a key."""
    with raw_http(server.url) as client:
        yield client
