"""Boxes of which MP4 files consist. Source: ISO/IEC 14496-12, section 4.2."""

import struct

MAX_U32 = 2**32 - 1


def box(name: str, *content: bytes) -> bytes:
    """A box: its size and its name, then what is in it."""
    return box_header(name, sum(map(len, content))) + b"".join(content)


def box_header(name: str, content_bytes: int) -> bytes:
    """What a box of so many bytes begins with; one beyond 4 GiB says its size in 64 bits."""
    code = name.encode("latin-1")
    if content_bytes + 8 <= MAX_U32:
        return struct.pack(">I4s", content_bytes + 8, code)
    return struct.pack(">I4sQ", 1, code, content_bytes + 16)


def full_box(name: str, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box whose content begins with a version and flags."""
    return box(name, struct.pack(">I", version << 24 | flags), *content)


def timed_box(name: str, layout: str, *numbers: int, rest: bytes = b"", flags: int = 0) -> bytes:
    """A full box of numbers some of which are times: in 64 bits, and of version 1, where 32 are too few.

    layout: as `struct` has it, T standing for a time.    rest: what follows the numbers.
    """
    is_wide = max(numbers) > MAX_U32
    packed = struct.pack(">" + layout.replace("T", "Q" if is_wide else "I"), *numbers)
    return full_box(name, packed, rest, version=int(is_wide), flags=flags)


def cut_utf8(text: str, max_bytes: int) -> bytes:
    """A text in UTF-8 that ends with a whole character, without zeros, at which readers stop."""
    content = text.replace("\0", "").encode("utf-8", errors="replace")
    return content[:max_bytes].decode("utf-8", errors="ignore").encode()
