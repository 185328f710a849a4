"""How large a picture is in pixels, by what its file says in its beginning; nothing is decoded."""

from typing import NamedTuple

_JPEG_START = b"\xff\xd8"
_PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_PNG_END = 24
# Frame headers; among them are DHT, JPG and DAC, which are something else.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_SCAN = 0xDA
_FRAME_BYTES = 9


class PictureSize(NamedTuple):
    """In pixels."""

    width: int
    height: int


def find_picture_size(content: bytes) -> PictureSize | None:
    """The size of a JPEG or PNG; None for anything else, and for one that doesn't say it.

    Source: ITU-T T.81, annex B; ISO/IEC 15948, section 11.2.1.
    """
    if content.startswith(_PNG_START) and len(content) >= _PNG_END:
        return PictureSize(int.from_bytes(content[16:20]), int.from_bytes(content[20:24]))
    return _find_jpeg_size(content) if content.startswith(_JPEG_START) else None


def _find_jpeg_size(content: bytes) -> PictureSize | None:
    position = len(_JPEG_START)
    while position + _FRAME_BYTES <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xFF:
            # Before a marker there may be any number of these.
            position += 1
        elif marker in _FRAMES:
            height, width = content[position + 5 : position + 7], content[position + 7 : position + 9]
            return PictureSize(int.from_bytes(width), int.from_bytes(height))
        elif marker == _SCAN:
            return None
        else:
            length = 0 if marker in _WITHOUT_LENGTH else int.from_bytes(content[position + 2 : position + 4])
            position += 2 + length
    return None
