"""The real application with a few routes more, which do what no route of ours should ever do."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from rhapsode.access.keys import find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.server import create_app
from rhapsode.studio import errors
from rhapsode.studio.errors import DataDamaged, RhapsodeError

from .running import LiveServer, serving

router = APIRouter(prefix="/v1/probe", route_class=JsonRoute)


class Order(BaseModel):
    """Something with rules."""

    text: str
    count: int = 1


@router.post("")
def take_order(order: Order) -> Order:
    """Say the same."""
    return order


@router.post("/many")
def take_orders(orders: list[Order]) -> int:
    """Say how many there were."""
    return len(orders)


@router.post("/form")
def take_form(name: Annotated[str, Form()], document: Annotated[UploadFile, File()]) -> int:
    """Say how many bytes there were."""
    return len(document.file.read())


@router.api_route("/errors/{name}", methods=["GET", "POST"])
def fail(name: str) -> None:
    """Raise an error of ours, or of Python."""
    error = getattr(errors, name, None) or ZeroDivisionError
    raise error("The cellar is flooded.")


@router.get("/silent")
def fail_without_words() -> None:
    """Raise an error that says nothing."""
    raise RhapsodeError


@router.get("/half")
def break_off() -> StreamingResponse:
    """Send a little, then find out that the rest is damaged."""

    def content() -> Iterator[bytes]:
        yield b"the first half"
        msg = "The second half is damaged."
        raise DataDamaged(msg)

    return StreamingResponse(content(), headers={"content-length": "28"})


@contextlib.contextmanager
def probed(server: LiveServer, access: AccessRule | None = None, **services: object) -> Iterator[str]:
    """Serve the application of a server once more, with these routes; its address.

    access: None for the usual rule.    services: those that it has others of.
    """
    rule = access or AccessRule(partial(find_owner, server.records))
    app = create_app(replace(server.services, **services), access=rule)  # type: ignore[arg-type]
    app.include_router(router)
    with serving(app) as url:
        yield url
