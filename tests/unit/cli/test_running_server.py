"""Errors of a server, as they come out of a command."""

from collections.abc import Iterator

import httpx
import pytest

from rhapsode.cli.running_server import RunningServer, error_of
from rhapsode.storage.directory import ServerAddress
from rhapsode.studio import errors
from rhapsode.studio.errors import RhapsodeError, ServerGone


def kinds(kind: type[RhapsodeError] = RhapsodeError) -> Iterator[type[RhapsodeError]]:
    """The whole tree of errors that have a code of their own."""
    if kind.__module__ == errors.__name__ and "code" in vars(kind):
        yield kind
    for below in kind.__subclasses__():
        yield from kinds(below)


@pytest.mark.parametrize("kind", list(kinds()))
def test_an_error_comes_back_as_itself(kind: type[RhapsodeError]) -> None:
    """By its code, an error is of a class with that code again, and says the same."""
    detail = {"type": "any", "code": kind.code, "message": "Something is wrong.", "status": "any"}

    error = error_of(httpx.Response(400, json={"detail": detail}))

    assert error.code == kind.code
    assert str(error) == "Something is wrong."


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"detail": "Not Found"}', b'{"detail": [{"msg": "no"}]}']
)
def test_other_answers_are_told_as_they_are(body: bytes) -> None:
    """What isn't one of our errors is quoted."""
    error = error_of(httpx.Response(502, content=body))

    assert str(error) == f"The server answered something unexpected: {body.decode()}"


def test_nobody_there() -> None:
    """A server that has gone is an error of ours, not one of the HTTP client's."""
    with RunningServer(ServerAddress("http://127.0.0.1:9", "token")) as server, pytest.raises(ServerGone):
        server.people.list_api_keys("default")
