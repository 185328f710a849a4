"""JSON that clients send, read so that no body keeps the other requests waiting for long.

A thread alone doesn't do that: the parser of JSON never lets go of the interpreter, so what it is given is bounded.
"""

import json
import re
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from rhapsode.api.half_characters import has_half_character
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.limits import MAX_JSON_CONTAINERS

# Always halves: UTF-8 has no characters there, and the two halves of a pair written so aren't joined.
_RAW_SURROGATE = re.compile(b"\xed[\xa0-\xbf]")


class JsonRoute(APIRoute):
    """A route whose JSON body, where it takes one, is read by `read_json`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See APIRoute."""
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            return await handle(_JsonRequest(request.scope, request.receive))

        return handle_json


class _JsonRequest(Request):
    async def json(self) -> Any:
        """See Request. The framework asks for it where a route takes JSON, and nowhere else."""
        try:
            return await run_in_threadpool(read_json, await self.body())
        except InvalidInput as error:
            # Of all errors, the framework lets only this kind and those of the parser say what they have to say.
            raise HTTPException(400, str(error)) from None


def read_json(body: bytes) -> Any:
    """The value that a body is.

    Raises: ValueError, RecursionError, where it is no JSON; InvalidInput, where it has halves of characters, or so
    many objects and arrays that reading it would take too long.
    """
    check_container_count(body.count(b"{") + body.count(b"["), limit=MAX_JSON_CONTAINERS, what="The body")
    if _RAW_SURROGATE.search(body) or has_half_character(body):
        msg = "The body holds half of a character: a surrogate without the other one of its pair."
        raise InvalidInput(msg)
    return json.loads(body.decode("utf-8-sig"))


def check_container_count(count: int, *, limit: int, what: str) -> None:
    """Raises: InvalidInput. count: of the brackets that might begin objects or arrays; some may stand in texts."""
    if count > limit:
        msg = f"{what} has {count:,} opening brackets; at most {limit:,} are read."
        raise InvalidInput(msg)


def says_json(request: Request) -> bool:
    """Whether a body is JSON by its type; one without a type is. As the framework decides it."""
    stated = request.headers.get("content-type")
    if not stated:
        return True
    message = Message()
    message["content-type"] = stated
    subtype = message.get_content_subtype()
    is_json = subtype == "json" or subtype.endswith("+json")
    return message.get_content_maintype() == "application" and is_json
