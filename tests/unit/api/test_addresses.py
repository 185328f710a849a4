"""Addresses begin with the public one, and paths are seen without its path."""

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from rhapsode.api.addresses import Addresses, BelowPrefix
from rhapsode.api.loggable import loggable


def seen(prefix: str, path: str) -> tuple[str, str]:
    """(path, root path) that the application is given."""
    found: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        found.append(scope)

    nothing: Any = None
    scope = {"type": "http", "path": path, "root_path": ""}
    asyncio.run(BelowPrefix(app, prefix)(scope, nothing, nothing))
    return found[0]["path"], found[0]["root_path"]


def test_an_address_begins_with_the_public_one() -> None:
    """Whether that has a path or not."""
    assert Addresses("http://[::1]:8000").of("/docs") == "http://[::1]:8000/docs"
    assert Addresses("http://[::1]:8000").prefix == ""
    below = Addresses("https://example.org/a/b")
    assert (below.of("/docs"), below.prefix) == ("https://example.org/a/b/docs", "/a/b")


@pytest.mark.parametrize(
    ("path", "inner"),
    [
        ("/a/v1/voices", "/v1/voices"),
        ("/v1/voices", "/v1/voices"),
        ("/a", "/"),
        ("/a/", "/"),
        ("/ab/v1", "/ab/v1"),
        ("/a/a/rhapsode/v1/commands/keys", "/rhapsode/v1/commands/keys"),
    ],
)
def test_a_path_is_seen_without_the_prefix(path: str, inner: str) -> None:
    """However often it is there, so that nothing behind can find it again."""
    assert seen("/a", path) == (inner, "/a")
    assert seen("", path) == (path, "")


def test_the_log_has_no_tokens() -> None:
    """Of players and of links; all else of a path is there."""
    assert loggable("/player/abc/audio") == "/player/.../audio"
    assert loggable("/player/static/player.js") == "/player/static/player.js"
    shared = "/rhapsode/v1/shared/default/feed/XYZ"
    assert loggable(f"{shared}/abc/feed.xml") == f"{shared}/.../feed.xml"
    assert loggable(f"{shared}/abc") == f"{shared}/..."
    assert loggable(f"//narration{shared}/abc/feed.xml") == f"//narration{shared}/.../feed.xml"
    assert loggable("/narration/player/abc/audio") == "/narration/player/.../audio"
    assert loggable("/v1/voices") == "/v1/voices"
