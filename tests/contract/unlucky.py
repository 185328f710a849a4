"""A server whose answers get lost behind it, and the official SDK, which asks again then."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import httpx
from elevenlabs import ElevenLabs
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.factories import Studio

from rhapsode.access.keys import create_api_key, find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.api.context import Services
from rhapsode.api.server import create_app

from .asking import NO_AUTHORITIES
from .running import serving


class Unlucky:
    """A proxy that loses the first answer to each convert, once it was carried out, and says 503 instead.

    when_lost: called with the path before the client hears of it.    attempts: by path.
    """

    def __init__(self, app: ASGIApp, when_lost: Callable[[str], None]) -> None:
        self._app = app
        self._when_lost = when_lost
        self.attempts: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer too if it isn't the first."""
        if scope["type"] != "http" or not scope["path"].endswith("/convert"):
            await self._app(scope, receive, send)
            return
        self.attempts[scope["path"]] += 1
        if self.attempts[scope["path"]] > 1:
            await self._app(scope, receive, send)
            return

        async def lose(message: Message) -> None:
            if message["type"] == "http.response.start":
                assert message["status"] == 200

        await self._app(scope, receive, lose)
        await run_in_threadpool(self._when_lost, scope["path"])
        headers = {"retry-after-ms": "10"}
        await JSONResponse({"detail": "Bad luck."}, 503, headers)(scope, receive, send)


@contextlib.contextmanager
def serving_unlucky(
    services: Services, studio: Studio, when_lost: Callable[[str], None] = lambda _: None
) -> Iterator[tuple[ElevenLabs, Unlucky]]:
    """The official SDK behind such a proxy.

    services: of a server, whose records are another's here.
    studio: in which what is asked for waits until somebody runs it.    when_lost: see Unlucky.
    """
    services = replace(
        services,
        records=studio.records,
        blobs=studio.blobs,
        rendering=studio.rendering,
        wake=lambda: None,
    )
    proxy = Unlucky(create_app(services, access=AccessRule(partial(find_owner, studio.records))), when_lost)
    secret = create_api_key(studio.records, studio.workspace_id, name="tests").secret
    with serving(proxy) as url, httpx.Client(timeout=60, verify=NO_AUTHORITIES) as connection:
        yield ElevenLabs(base_url=url, api_key=secret, httpx_client=connection), proxy
