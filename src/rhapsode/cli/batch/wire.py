"""Requests to a server on another machine, over its public API, repeated until it is back after an outage."""

import contextlib
import itertools
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from rhapsode import __version__
from rhapsode.cli.stopping import Stopped
from rhapsode.engines.remote.exchange import told_by
from rhapsode.studio.errors import (
    InvalidInput,
    NotFound,
    ObjectStoreFailed,
    RecordsUnavailable,
    RhapsodeError,
    ServerGone,
    StorageFull,
)
from rhapsode.studio.limits import MAX_OUTAGE_S

T = TypeVar("T")
_TIMEOUT = httpx.Timeout(120, connect=10)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 60.0
_MOMENTARY = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOMENTARY_CODES = frozenset(
    {
        "concurrent_limit_exceeded",
        "rate_limit_exceeded",
        "system_busy",
        ObjectStoreFailed.code,
        RecordsUnavailable.code,
    }
)
"""A form is answered 400 for these, so that clients which lose its fields don't send it again; this one doesn't."""

_REDIRECTS = frozenset({302, 303, 307, 308})


class Setback(Exception):
    """A request came to nothing that anybody knows of, and another may not. wait_s: as the server asks."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class Wire:
    """One server. For several threads; `stop` ends all that wait.

    url: of the server, as in "https://books.example.org".    patience_s: how long an outage may last.
    """

    def __init__(
        self, url: str, key: str, stop: threading.Event, *, patience_s: float = MAX_OUTAGE_S
    ) -> None:
        self.url = url.rstrip("/")
        if (
            urlsplit(url).scheme not in ("http", "https")
            or not urlsplit(url).hostname
            or urlsplit(url).username
        ):
            msg = f"--server {url} is no address of a server, as https://books.example.org is."
            raise InvalidInput(msg)
        self._headers = {"xi-api-key": key}
        self._stop = stop
        self._patience_s = patience_s
        self._http = httpx.Client(
            headers={"user-agent": f"Rhapsode/{__version__}", "accept-encoding": "identity"}, timeout=_TIMEOUT
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def ask(self, method: str, path: str, **arguments: Any) -> Any:
        """What a request that may be repeated is answered with, read from JSON; None without a body.

        Raises: NotFound; StorageFull, there; RhapsodeError, with what the server says; ServerGone; Stopped.
        """
        return self._patiently(lambda: self.ask_once(method, path, **arguments))

    def ask_once(self, method: str, path: str, **arguments: Any) -> Any:
        """The same of a request that is not repeated. Raises: Setback, and what `ask` raises."""
        response = self._send(method, path, **arguments)
        try:
            return response.json() if response.content else None
        except ValueError as error:
            # Such as the page of a network that wants somebody to sign in first.
            msg = "it answers with something else than JSON"
            raise Setback(msg) from error

    def open(self, path: str, params: Mapping[str, str], headers: Mapping[str, str]) -> httpx.Response:
        """An answer whose body is still to come. Raises: what `ask` raises."""
        return self._patiently(
            lambda: self._send("GET", path, params=params, headers=dict(headers), stream=True)
        )

    def wait(self, wait_s: float) -> None:
        """Let time pass. Raises: Stopped."""
        if self._stop.wait(wait_s):
            raise Stopped

    def wait_after(self, setback: Setback, attempt: int, since_s: float) -> None:
        """Wait until another attempt may be made. since_s: when the first one was, by time.monotonic.

        Raises: ServerGone, when the server was away for too long; Stopped.
        """
        if time.monotonic() - since_s > self._patience_s:
            msg = f"{self.url} can't be reached: {setback}. What is done is kept, so run the command again later."
            raise ServerGone(msg) from setback
        # A server that asks for no pause at all gets one nevertheless, or it would be asked all the time.
        wait_s = max(_FIRST_WAIT_S * 2 ** min(attempt, 10), setback.wait_s or 0.0)
        self.wait(min(wait_s, _LONGEST_WAIT_S))

    def _patiently(self, ask: Callable[[], T]) -> T:
        since_s = time.monotonic()
        for attempt in itertools.count():
            try:
                return ask()
            except Setback as setback:
                self.wait_after(setback, attempt, since_s)
        raise AssertionError

    def _send(self, method: str, path: str, *, stream: bool = False, **arguments: Any) -> httpx.Response:
        """An answer that isn't an error. Raises: Setback; NotFound; StorageFull; RhapsodeError; Stopped."""
        if self._stop.is_set():
            raise Stopped
        headers = dict(arguments.pop("headers", {}))
        place = self.url + path
        try:
            response = self._sent(method, place, headers | self._headers, stream, arguments)
            if response.status_code in _REDIRECTS and stream:
                # The files of some servers lie elsewhere, where nobody has any business with the key.
                response.close()
                arguments.pop("params", None)
                place = urljoin(place, response.headers.get("location", ""))
                response = self._sent(method, place, headers, stream, arguments)
            if not response.is_success:
                raise _error_of(response, response.read())
        except httpx.TransportError as error:
            raise Setback(str(error) or type(error).__name__) from error
        return response

    def _sent(
        self, method: str, url: str, headers: Mapping[str, str], stream: bool, arguments: Mapping[str, Any]
    ) -> httpx.Response:
        return self._http.send(
            self._http.build_request(method, url, headers=headers, **arguments), stream=stream
        )


def _error_of(response: httpx.Response, content: bytes) -> Exception:
    status, said, code = response.status_code, told_by(content), _code_of(content)
    if code == StorageFull.code:
        return StorageFull(said)
    if status in _MOMENTARY or code in _MOMENTARY_CODES:
        wait_s = None
        with contextlib.suppress(ValueError):
            wait_s = max(0.0, float(response.headers.get("retry-after", "")))
        return Setback(f"it answers with status {status}{': ' if said else ''}{said}", wait_s)
    if status == httpx.codes.NOT_FOUND:
        return NotFound(said)
    if status == httpx.codes.UNAUTHORIZED:
        return InvalidInput(f"The server refuses the key in RHAPSODE_API_KEY: {said or 'it has none'}.")
    return RhapsodeError(said or f"The server answers with status {status}.")


def _code_of(content: bytes) -> str:
    """What the server calls an error; "" where it isn't said as its API says it."""
    try:
        return str(json.loads(content)["detail"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""
