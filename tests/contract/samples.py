"""Requests as the samples of an API reference send them, header by header, in eight languages."""

import gzip
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlsplit

OWN_HEADERS: Mapping[str, Sequence[tuple[str, str]]] = {
    "Python, requests": [
        ("User-Agent", "python-requests/2.32.3"),
        ("Accept-Encoding", "gzip, deflate"),
        ("Accept", "*/*"),
        ("Connection", "keep-alive"),
    ],
    "JavaScript, fetch": [
        ("accept", "*/*"),
        ("accept-language", "*"),
        ("sec-fetch-mode", "cors"),
        ("user-agent", "node"),
        ("accept-encoding", "gzip, deflate"),
        ("connection", "keep-alive"),
    ],
    "Go, net/http": [("User-Agent", "Go-http-client/1.1"), ("Accept-Encoding", "gzip")],
    "Ruby, Net::HTTP": [
        ("Accept-Encoding", "gzip;q=1.0,deflate;q=0.6,identity;q=0.3"),
        ("Accept", "*/*"),
        ("User-Agent", "Ruby"),
        ("Connection", "close"),
    ],
    "Java, Unirest": [
        ("accept-encoding", "gzip"),
        ("user-agent", "unirest-java/3.1.00"),
        ("Connection", "Keep-Alive"),
    ],
    "PHP, Guzzle": [("User-Agent", "GuzzleHttp/7")],
    "C#, RestSharp": [
        ("Accept", "application/json, text/json, text/x-json, text/javascript, application/xml, text/xml"),
        ("User-Agent", "RestSharp/112.1.0.0"),
        ("Accept-Encoding", "gzip, deflate, br"),
    ],
    "Swift, URLSession": [
        ("Accept", "*/*"),
        ("User-Agent", "Narrator/1 CFNetwork/1568.300.101 Darwin/24.2.0"),
        ("Accept-Language", "en-GB,en;q=0.9"),
        ("Accept-Encoding", "gzip, deflate"),
        ("Connection", "keep-alive"),
    ],
}
"""What each client sends of its own accord."""

BODIES: Mapping[str, tuple[Sequence[tuple[str, str]], bytes | None]] = {
    "nothing": ([], None),
    "an empty body": ([("Content-Length", "0")], None),
    "an empty form": ([("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "0")], None),
    "a type without a body": ([("Content-Type", "application/json"), ("Content-Length", "0")], None),
    "an empty object": ([("Content-Type", "application/json"), ("Content-Length", "2")], b"{}"),
    "an object without a type": ([("Content-Length", "2")], b"{}"),
}
"""How clients send a POST that has nothing to say."""


class Answer(NamedTuple):
    """What came back; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def send(
    url: str, method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes | None = None
) -> Answer:
    """Send these headers, in this order, and `Host`; nothing else."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=60)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        content = response.read()
        if found.get("content-encoding") == "gzip":
            # All that name it read it.
            content = gzip.decompress(content)
        return Answer(response.status, found, content)
    finally:
        connection.close()
