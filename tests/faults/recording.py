"""What a program did to its files, as shim.c wrote it down."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEAD = struct.Struct("<B3xIqII")


@dataclass(frozen=True, slots=True)
class Call:
    """One call that succeeded. end: where the recording goes on behind it.

    what: o(pen), w(rite), s(ync), t(runcate), r(ename), u(nlink) or m(kdir).
    handle: of the open file that it is about, where it isn't about names.
    offset: of a write; the new size of a truncation; the flags of an opening.
    path, content: a name, and the bytes of a write or the new name of a renaming.
    """

    what: str
    handle: int
    offset: int
    path: str
    content: bytes
    end: int


def read_calls(log: Path) -> Iterator[Call]:
    """All of them, in the order in which they were made."""
    recording = log.read_bytes()
    place = 0
    while place < len(recording):
        what, handle, offset, first_size, second_size = _HEAD.unpack_from(recording, place)
        place += _HEAD.size
        first = recording[place : place + first_size]
        second = recording[place + first_size : place + first_size + second_size]
        place += first_size + second_size
        is_write = chr(what) == "w"
        yield Call(
            chr(what),
            handle,
            offset,
            "" if is_write else first.decode(),
            first if is_write else second,
            place,
        )
