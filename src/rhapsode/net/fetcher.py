"""The guarded fetcher: all that the server asks other servers for, at addresses that its clients name.

Neither proxies nor other settings of the environment are heeded, but for SSL_CERT_FILE and SSL_CERT_DIR.
"""

import contextlib
import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import httpcore
import httpx
import structlog

from rhapsode import __version__
from rhapsode.net.addresses import AddressRule, Network
from rhapsode.net.decoding import ACCEPTED_ENCODING, read_decoded
from rhapsode.net.dialing import Deadline, Dialer, LookUp, Patience, look_up
from rhapsode.net.filenames import find_filename
from rhapsode.studio.errors import FetchFailed, FetchRefused, PostFailed
from rhapsode.studio.limits import (
    FETCH_WALL_S,
    MAX_FETCHED_BYTES,
    MAX_REDIRECTS,
    MAX_URL_CHARACTERS,
    POST_WALL_S,
)

_log = structlog.get_logger()
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_USER_AGENT = f"Rhapsode/{__version__}"
_CAUSES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpx.InvalidURL,
    OSError,
    ValueError,
    zlib.error,
)


_BROKEN_OFF = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    TimeoutError,
    ConnectionError,
    socket.gaierror,
    ssl.SSLError,
)
"""What another attempt may mend. Not all of OSError: whoever writes what came may find the disk full."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document as another server sent it.

    url: where it was in the end.    media_type: without parameters, in lower case; empty where nothing was said.
    filename: its last part alone; empty where there is none.
    """

    url: str
    content: bytes
    media_type: str
    filename: str


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer whose body is still to come. chunks: the body as it is sent, whatever it is encoded in."""

    status: int
    headers: httpx.Headers
    chunks: Iterator[bytes]


class Fetcher:
    """Fetches and posts, for any number of threads.

    allowed_networks: may be reached on any port; elsewhere only public addresses, on ports 80 and 443.
    """

    def __init__(self, allowed_networks: Sequence[Network] = (), *, look_up: LookUp = look_up) -> None:
        self._rule = AddressRule(tuple(allowed_networks))
        self._look_up = look_up

    def fetch(self, url: str) -> Fetched:
        """Get a document, at most 20 MB of it when it is decoded, in at most 30 seconds. Blocks.

        Raises: FetchRefused, with one message for every cause, so that nothing of the network can be learnt.
        """
        deadline = Deadline(FETCH_WALL_S)
        with _refusing():
            place = _parse(url)
            for _ in range(MAX_REDIRECTS + 1):
                answer = self._get(place, deadline)
                if isinstance(answer, Fetched):
                    return answer
                place = answer
            msg = "it redirects too often"
            raise ValueError(msg)

    @contextlib.contextmanager
    def stream(
        self, url: str, headers: Mapping[str, str], *, silence_s: float, wall_s: float
    ) -> Iterator[Streamed]:
        """Get something large that is read bit by bit, whatever its status; redirections are followed.

        silence_s: how long nothing may come.    wall_s: how long all of it may take.
        Raises: FetchRefused, where it may not be reached; FetchFailed, in the block too. Both say why: this is for
        what the server's owner has asked for.
        """
        patience = Patience(wall_s, silence_s)
        try:
            place = _parse(url)
            for _ in range(MAX_REDIRECTS + 1):
                with self._open("GET", place, patience, headers) as response:
                    said = httpx.Headers(response.headers)
                    if response.status not in _REDIRECTS:
                        yield Streamed(response.status, said, response.iter_stream())
                        return
                place = _parse(str(place.join(said["location"]) if "location" in said else ""))
            msg = "it redirects too often"
            raise ValueError(msg)
        except PermissionError as error:
            msg = f"{url} can't be reached: {error}. RHAPSODE_ALLOWED_NETWORKS allows networks that aren't public."
            raise FetchRefused(msg) from error
        except (httpx.InvalidURL, ValueError) as error:
            msg = f"{url} can't be reached: {error}."
            raise FetchRefused(msg) from error
        except _BROKEN_OFF as error:
            msg = f"{url} can't be reached: {str(error) or type(error).__name__}."
            raise FetchFailed(msg) from error

    def check(self, url: str) -> None:
        """See that an address that is to be kept could be reached now, without reaching for it. Blocks.

        Raises: FetchRefused.
        """
        with _refusing():
            place = _parse(url)
            self._dialer(Deadline(FETCH_WALL_S)).find_addresses(*_host_of(place))

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send something; the status that it was answered with. Blocks, for at most 15 seconds.

        The rest of the answer isn't read, and a redirection is an answer like any other.
        Raises: PostFailed, when there was no answer or the address may not be reached.
        """
        try:
            with self._open("POST", _parse(url), Deadline(POST_WALL_S), headers, body) as response:
                return response.status
        except _CAUSES as error:
            raise PostFailed(str(error) or type(error).__name__) from error

    def _get(self, place: httpx.URL, deadline: Deadline) -> Fetched | httpx.URL:
        """What is there, or where it is said to be."""
        headers = {"Accept": "*/*", "Accept-Encoding": ACCEPTED_ENCODING}
        with self._open("GET", place, deadline, headers) as response:
            said = httpx.Headers(response.headers)
            if response.status in _REDIRECTS:
                return _parse(str(place.join(said["location"]) if "location" in said else ""))
            if response.status != httpx.codes.OK:
                msg = f"it was answered with status {response.status}"
                raise ValueError(msg)
            content = read_decoded(
                response.iter_stream(),
                encoding=said.get("content-encoding", ""),
                limit_bytes=MAX_FETCHED_BYTES,
            )
        return Fetched(
            url=str(place),
            content=content,
            media_type=said.get("content-type", "").partition(";")[0].strip().lower(),
            filename=find_filename(said.get("content-disposition", ""), place.path),
        )

    @contextlib.contextmanager
    def _open(
        self,
        method: str,
        place: httpx.URL,
        deadline: Deadline,
        headers: Mapping[str, str],
        content: bytes | None = None,
    ) -> Iterator[httpcore.Response]:
        """A response of which only the head was read, on a connection that nothing else will use."""
        host, port = _host_of(place)
        url = httpcore.URL(scheme=place.raw_scheme, host=host.encode(), port=port, target=place.raw_path)
        sent = {"Host": place.netloc.decode("ascii"), "User-Agent": _USER_AGENT} | dict(headers)
        with (
            httpcore.ConnectionPool(self._ssl_context, network_backend=self._dialer(deadline)) as pool,
            pool.stream(method, url, headers=list(sent.items()), content=content) as response,
        ):
            yield response

    def _dialer(self, deadline: Deadline) -> Dialer:
        return Dialer(self._rule, self._look_up, deadline)

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()


def _parse(url: str) -> httpx.URL:
    """Raises: ValueError, httpx.InvalidURL, when it isn't of a kind that is fetched."""
    place = httpx.URL(url) if len(url) <= MAX_URL_CHARACTERS else httpx.URL()
    if place.scheme not in _DEFAULT_PORTS or not place.host or place.userinfo:
        msg = "this is no address of a page"
        raise ValueError(msg)
    return place


def _host_of(place: httpx.URL) -> tuple[str, int]:
    return place.raw_host.decode("ascii"), place.port or _DEFAULT_PORTS[place.scheme]


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Let the owner of the server read in the log what clients aren't told."""
    try:
        yield
    except _CAUSES as error:
        _log.info("fetch.refused", cause=str(error) or type(error).__name__)
        raise FetchRefused from None
