"""Ogg pages: what of them must be written anew so that the same sound gives the same bytes.

Source: RFC 3533, section 6.
"""

import zlib

_SERIAL = slice(14, 18)
_GRANULE_POSITION = slice(6, 14)
_CRC = slice(22, 26)
_SEGMENT_COUNT = 26
_HEADER_BYTES = 27
_BITS_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def take_pages(content: bytearray) -> list[bytearray]:
    """Take every whole page out of `content`, which begins with one."""
    pages = []
    while (size_bytes := _page_bytes(content)) <= len(content):
        pages.append(content[:size_bytes])
        del content[:size_bytes]
    return pages


def seal_page(page: bytearray, *, serial: int, shorter_by_samples: int = 0) -> bytes:
    """The page with another serial number, ending earlier by so many samples, and its checksum."""
    page[_SERIAL] = serial.to_bytes(4, "little")
    position = int.from_bytes(page[_GRANULE_POSITION], "little") - shorter_by_samples
    page[_GRANULE_POSITION] = position.to_bytes(8, "little")
    page[_CRC] = bytes(4)
    page[_CRC] = _crc32(page).to_bytes(4, "little")
    return bytes(page)


def _page_bytes(content: bytearray) -> int:
    if len(content) < _HEADER_BYTES:
        return _HEADER_BYTES
    body = _HEADER_BYTES + content[_SEGMENT_COUNT]
    return body + sum(content[_HEADER_BYTES:body])


def _crc32(page: bytearray) -> int:
    """Ogg's CRC is zlib's with every bit order reversed, and without inverting before and after."""
    reflected = zlib.crc32(page.translate(_BITS_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{reflected:032b}"[::-1], 2)
