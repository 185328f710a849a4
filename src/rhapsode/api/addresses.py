"""Addresses as clients can open them: all absolute ones begin with what this server is called by its users.

That is RHAPSODE_PUBLIC_URL, or where the server listens. What a request calls it, its Host header, is no source:
whoever sends the request chooses that.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

PLAYERS_PATH = "/player/"
METRICS_PATH = "/metrics"

SHARED_PATH = "/rhapsode/v1/shared"
"""Below it, the token that opens a thing is in its path."""

SIGN_IN_PATH = "/rhapsode/v1/sign-in"
"""Below it, somebody who isn't signed in yet comes to be."""

LINK_PATH = "/rhapsode/v1/session/link"
"""Where the page shows what a sign-in link has in it."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """url: where clients reach the server; http or https, without a slash at its end."""

    url: str

    @property
    def prefix(self) -> str:
        """The path below which the server is reached, as in `/narration`; empty where that is the root."""
        return urlsplit(self.url).path

    @property
    def is_secure(self) -> bool:
        """Whether clients reach the server over TLS."""
        return urlsplit(self.url).scheme == "https"

    def of(self, path: str) -> str:
        """The absolute address of a path of this server, which begins with a slash."""
        return self.url + path


class BelowPrefix:
    """Answer below the public address's path too, whether a proxy takes it off or leaves it on.

    Routes see paths without it, and in `root_path` what addresses that name no host have to begin with.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the same on without the prefix."""
        if scope["type"] in ("http", "websocket") and self._prefix:
            path = scope["path"]
            # As often as it is there: the framework would take off a second one behind the check of the key.
            while f"{path}/".startswith(f"{self._prefix}/"):
                path = path.removeprefix(self._prefix)
            scope = {**scope, "path": path or "/", "root_path": self._prefix}
        await self._app(scope, receive, send)
