"""Which part of a file a request asks for.

Source: RFC 9110, sections 14.1.2 (byte ranges), 14.2 (Range) and 15.5.17 (416).
"""

import re
from dataclasses import dataclass

_UNIT = "bytes"
# With an end to the digits: a longer number is no place in any file, and is ignored like all that can't be read.
_RANGE = re.compile(r"([0-9]{0,20})-([0-9]{0,20})")


class RangeNotSatisfiable(Exception):
    """The file has nothing of what was asked for."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From byte `start` to before byte `end`: at least one."""

    start: int
    end: int

    @property
    def size_bytes(self) -> int:
        """Bytes of it."""
        return self.end - self.start

    def content_range(self, size_bytes: int) -> str:
        """What an answer says of itself. size_bytes: of the whole file."""
        return f"{_UNIT} {self.start}-{self.end - 1}/{size_bytes}"


def find_range(header: str | None, size_bytes: int) -> ByteRange | None:
    """The one stretch that a Range header asks for; None where the whole file is the answer.

    That is also for units other than bytes, for what isn't understood, and for several ranges at once, for whose
    answer few clients have a use and whose making others have abused: a server may ignore each of them.
    Raises: RangeNotSatisfiable.
    """
    unit, equals, listed = (header or "").partition("=")
    # Elements of a list may be empty.
    ranges = [each for part in listed.split(",") if (each := part.strip(" \t"))]
    if not equals or unit.lower() != _UNIT or len(ranges) != 1:
        return None
    match = _RANGE.fullmatch(ranges[0])
    return None if match is None else _placed(match[1], match[2], size_bytes)


def _placed(first: str, last: str, size_bytes: int) -> ByteRange | None:
    if not first:
        return _last_bytes(int(last), size_bytes) if last else None
    if last and int(last) < int(first):
        return None
    if int(first) >= size_bytes:
        raise RangeNotSatisfiable
    return ByteRange(int(first), min(int(last) + 1, size_bytes) if last else size_bytes)


def _last_bytes(count: int, size_bytes: int) -> ByteRange:
    if not count or not size_bytes:
        raise RangeNotSatisfiable
    return ByteRange(max(0, size_bytes - count), size_bytes)


def unsatisfied_range(size_bytes: int) -> str:
    """What an answer of 416 says in place of a range: how long the file is."""
    return f"{_UNIT} */{size_bytes}"
