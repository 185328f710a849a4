"""One request to a server and what comes back, with every way in which that can go wrong told apart."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO

import httpx

from rhapsode import __version__
from rhapsode.engines.remote.settings import RemoteSettings

MAX_SPEECH_BYTES = 64 * 2**20
"""What is read of one answer; 2,000 characters are spoken in three minutes, which are 17 MB at 48 kHz."""

_CONNECT_S = 5.0
_LOOK_UP_S = 5.0
_IDLE_S = 20.0
"""Connections that nobody uses are closed before servers and proxies do, which is mostly after 30 s or more."""

_MAX_TOLD_CHARACTERS = 200
_MOMENTARY = frozenset({408, 409, 425, 500, 502, 503, 504, 529})
_REFUSING = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came with status 200, to the last byte."""

    content: bytes
    media_type: str


class SetbackError(Exception):
    """A request came to nothing, and another may not. Its text says why.

    reason: in our own words, for everybody who may see how the server is.
    details: what the system or the server said, which may have names, paths or a key in it; for whoever asked.
    is_repeatable: whether it is made again at once; what took too long isn't, as the server may still work on it.
    wait_s: how long the server asks not to be asked; None where it didn't say.
    is_refusal: the server works, and has too much to do.
    """

    def __init__(
        self,
        reason: str,
        *,
        details: str = "",
        is_repeatable: bool = True,
        wait_s: float | None = None,
        is_refusal: bool = False,
    ) -> None:
        super().__init__(f"{reason}: {details}" if details else reason)
        self.reason = reason
        self.is_repeatable = is_repeatable
        self.wait_s = wait_s
        self.is_refusal = is_refusal


class RefusedError(Exception):
    """The server doesn't do it, however often it is asked. said: its own words, if it had any."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"status {status}: {said}" if said else f"status {status}")
        self.status = status
        self.said = said


class Connections:
    """Connections to one server, which are kept open for what comes next. Thread-safe.

    They aren't guarded as those to addresses of clients are: the operator has named it.
    """

    def __init__(self, settings: RemoteSettings, headers: Mapping[str, str]) -> None:
        self._timeout_s = settings.timeout_s
        self._client = httpx.Client(
            headers={"User-Agent": f"Rhapsode/{__version__}", "Accept-Encoding": "identity", **headers},
            limits=httpx.Limits(
                max_connections=settings.concurrency,
                max_keepalive_connections=settings.concurrency,
                keepalive_expiry=_IDLE_S,
            ),
        )

    def post(self, url: str, body: Mapping[str, Any]) -> Answer:
        """Send JSON. Raises: SetbackError; RefusedError."""
        return self._ask("POST", url, self._timeout_s, json=dict(body))

    def upload(
        self, url: str, fields: Mapping[str, str], files: Sequence[tuple[str, BinaryIO]], *, timeout_s: float
    ) -> Answer:
        """Send a form with files, each with its name. Raises: SetbackError; RefusedError."""
        return self._ask("POST", url, timeout_s, data=fields, files=[("files", each) for each in files])

    def get(self, url: str) -> Answer:
        """What is there at once or not at all. Raises: SetbackError; RefusedError."""
        return self._ask("GET", url, min(_LOOK_UP_S, self._timeout_s))

    def close(self) -> None:
        """Close all of them."""
        self._client.close()

    def _ask(self, method: str, url: str, timeout_s: float, **sent: Any) -> Answer:
        until_s = time.monotonic() + timeout_s
        timeout = httpx.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s))
        try:
            with self._client.stream(method, url, timeout=timeout, **sent) as response:
                content = _read(response, until_s)
                if self._client.is_closed:
                    # It was still connecting when all were closed, and nobody else knows this one.
                    response.extensions["network_stream"].close()
        except httpx.TimeoutException as error:
            # Nothing was sent where there was no connection.
            is_connecting = isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout))
            raise SetbackError(_TOO_SLOW, is_repeatable=is_connecting) from error
        except httpx.RemoteProtocolError as error:
            raise SetbackError("it broke off its answer") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise SetbackError("no connection to it holds", details=_words_of(error)) from error
        except httpx.HTTPError as error:
            raise RefusedError(0, _words_of(error)) from error
        _check_status(response, content)
        return Answer(content, response.headers.get("content-type", "").partition(";")[0].strip().lower())


_TOO_SLOW = "it took too long to answer"


def _words_of(error: Exception) -> str:
    return str(error) or type(error).__name__


def _read(response: httpx.Response, until_s: float) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        # A few bytes of it may be gigabytes.
        raise RefusedError(response.status_code, "it sent packed bytes, which nobody asked for")
    chunks, size_bytes = [], 0
    for chunk in response.iter_raw():
        chunks.append(chunk)
        size_bytes += len(chunk)
        if size_bytes > MAX_SPEECH_BYTES:
            raise RefusedError(response.status_code, "it sent more than any text sounds like")
        if time.monotonic() > until_s:
            raise SetbackError(_TOO_SLOW, is_repeatable=False)
    return b"".join(chunks)


def _check_status(response: httpx.Response, content: bytes) -> None:
    status = response.status_code
    if status == httpx.codes.OK:
        return
    said = told_by(content)
    if status == httpx.codes.TOO_MANY_REQUESTS or status in _MOMENTARY:
        raise SetbackError(
            f"it answered with status {status}",
            details=said,
            wait_s=_wait_s(response.headers.get("retry-after", "")) if status in _REFUSING else None,
            is_refusal=status == httpx.codes.TOO_MANY_REQUESTS,
        )
    raise RefusedError(status, said)


def _wait_s(said: str) -> float | None:
    """Seconds of a Retry-After, which may be a number or a date. Source: RFC 9110, section 10.2.3."""
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except ValueError:
        return None


def read_json(content: bytes) -> Any:
    """What a server has sent. Raises: ValueError, when it is no JSON, or more nested than anything that is meant."""
    try:
        return json.loads(content)
    except RecursionError as error:
        msg = "it is nested too deeply"
        raise ValueError(msg) from error


def told_by(content: bytes) -> str:
    """The sentence in an error's body, in the shapes that speech servers have; of a page in HTML, nothing."""
    try:
        found = read_json(content)
    except ValueError:
        text = content[: 4 * _MAX_TOLD_CHARACTERS].decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else _shortened(text)
    for name in ("error", "detail", "message"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    return _shortened(found if isinstance(found, str) else json.dumps(found, ensure_ascii=False))


def _shortened(text: str) -> str:
    """On one line, and without what a terminal would obey."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(shown.split()).rstrip(".")
    return line if len(line) <= _MAX_TOLD_CHARACTERS else f"{line[:_MAX_TOLD_CHARACTERS]}…"
