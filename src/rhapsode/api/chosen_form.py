"""In which form an answer that never changes is sent: as it is or with gzip, or not at all, being known already.

Source: RFC 9110, sections 8.8.3 (ETag), 12.5.3 (Accept-Encoding), 13.1.2 (If-None-Match) and 15.4.5 (304).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fastapi import Request, Response
from isal import isal_zlib

from rhapsode.api.conditions import names_tag

_LEVEL = 2
"""Of ISA-L, 0 to 3: 500 MB/s, and a third of a snapshot is left; zlib's fastest leaves more, at a quarter of that."""
_GZIP_BITS = 31
_TAG_BYTES = 16
_WRITING = "1"
"""Raised when the same snapshot would be written as other bytes."""
_WEIGHT = re.compile(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)")


@dataclass(frozen=True, slots=True)
class ChosenForm:
    """How one answer is sent. etag: of these very bytes, so that of the compressed form is another one."""

    etag: str
    is_compressed: bool

    @property
    def headers(self) -> dict[str, str]:
        """What is said of it. It may be kept, if its owner asks each time: the key decides who may have it."""
        said = {"etag": self.etag, "vary": "Accept-Encoding", "cache-control": "private, no-cache"}
        return said | ({"content-encoding": "gzip"} if self.is_compressed else {})

    def find_unchanged(self, request: Request) -> Response | None:
        """304, where the client says that it has these bytes; None where it hasn't."""
        if not names_tag(request.headers.getlist("if-none-match"), self.etag):
            return None
        headers = {name: value for name, value in self.headers.items() if name != "content-encoding"}
        return Response(status_code=304, headers=headers)

    def encoded(self, content: Iterator[bytes]) -> Iterator[bytes]:
        """The bytes as they are sent."""
        return _compressed(content) if self.is_compressed else content


def choose_form(request: Request, digest: bytes) -> ChosenForm:
    """The form a client prefers. digest: of all that the answer is made of."""
    is_compressed = accepts_gzip(request.headers)
    name = f"{digest[:_TAG_BYTES].hex()}-{_WRITING}{'-gzip' if is_compressed else ''}"
    return ChosenForm(f'"{name}"', is_compressed)


def accepts_gzip(headers: Mapping[str, str]) -> bool:
    """Whether a client takes gzip; one that says nothing isn't sent any."""
    weights = dict(_weighed(headers.get("accept-encoding", "").lower().split(",")))
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weighed(codings: Iterable[str]) -> Iterator[tuple[str, float]]:
    for coding in codings:
        name, _, parameter = (part.strip() for part in coding.partition(";"))
        weight = _WEIGHT.fullmatch(parameter.replace(" ", ""))
        yield name, float(weight[1]) if weight else 1.0


def _compressed(content: Iterator[bytes]) -> Iterator[bytes]:
    """One gzip member, without a time in it: the same content gives the same bytes."""
    compressor = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _GZIP_BITS)
    for block in content:
        yield compressor.compress(block)
    yield compressor.flush()
