"""An Ogg Opus file of joined packets (audio.packets), page by page, with tags, cover and chapter marks.

Sources: RFC 3533 (Ogg), RFC 7845 (Ogg Opus), the Ogg Vorbis comment specification, and the proposals of its readers
for pictures (METADATA_BLOCK_PICTURE) and chapters (CHAPTERxxx).
"""

import base64
import struct
from collections.abc import Iterable, Iterator, Sequence

from rhapsode.audio.encoding import OPUS_48
from rhapsode.audio.ogg import seal_page
from rhapsode.audio.packet_grid import codec_grid
from rhapsode.audio.vorbis_comments import vorbis_comments

_SERIAL = int.from_bytes(b"rhps", "little")
_PAGE_HEAD = struct.Struct("<4sBBqIIIB")
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_NO_PACKET_ENDS = -1
_MAX_LACES, _MAX_LACE_BYTES = 255, 255
_PAGE_PACKETS = 40
"""Less than a second, as RFC 7845 asks for. However large packets are, so many have room."""


class OggOpusWriter:
    """Makes the pages of one file, in order. Not thread-safe."""

    def __init__(self) -> None:
        self._page_count = 0
        self._samples = 0
        self._held: list[bytes] = []

    def head(self, comments: Sequence[tuple[str, str]], picture: bytes | None) -> bytes:
        """The pages before the sound. comments: names and values.    picture: a block as FLAC has it."""
        if picture is not None:
            comments = [*comments, ("METADATA_BLOCK_PICTURE", base64.b64encode(picture).decode("ascii"))]
        tags = b"OpusTags" + vorbis_comments(comments)
        return self._page(_laces(len(_ID_HEADER)), _ID_HEADER, 0, _FIRST) + b"".join(self._tag_pages(tags))

    def _tag_pages(self, tags: bytes) -> Iterator[bytes]:
        """One packet on as many pages as it takes: it begins and ends on a page."""
        laces, start = _laces(len(tags)), 0
        for first in range(0, len(laces), _MAX_LACES):
            page = laces[first : first + _MAX_LACES]
            ends = first + _MAX_LACES >= len(laces)
            content = tags[start : start + sum(page)]
            start += len(content)
            yield self._page(page, content, 0 if ends else _NO_PACKET_ENDS, _CONTINUED if first else 0)

    def write(self, packets: Iterable[bytes]) -> bytes:
        """The pages that are full with these packets, each of 960 samples; what isn't is held back."""
        pages = []
        for packet in packets:
            self._held.append(packet)
            # The last packet of a file must be on a page that says so: one is always held.
            if len(self._held) > _PAGE_PACKETS:
                pages.append(self._sound_page(self._held[:_PAGE_PACKETS], 0))
                del self._held[:_PAGE_PACKETS]
        return b"".join(pages)

    def finish(self) -> bytes:
        """The last page. At least one packet was written."""
        return self._sound_page(self._held, _LAST)

    def _sound_page(self, packets: Sequence[bytes], flags: int) -> bytes:
        self._samples += len(packets) * OPUS_48.frame_samples
        laces = b"".join(_laces(len(packet)) for packet in packets)
        return self._page(laces, b"".join(packets), self._samples, flags)

    def _page(self, laces: bytes, content: bytes, position: int, flags: int) -> bytes:
        """Source: RFC 3533, section 6."""
        head = _PAGE_HEAD.pack(b"OggS", 0, flags, position, _SERIAL, self._page_count, 0, len(laces))
        self._page_count += 1
        return seal_page(bytearray(head + laces + content), serial=_SERIAL)


def _laces(size_bytes: int) -> bytes:
    whole, rest = divmod(size_bytes, _MAX_LACE_BYTES)
    return bytes([_MAX_LACE_BYTES]) * whole + bytes([rest])


_CHANNELS, _NO_GAIN, _MONO_OR_STEREO = 1, 0, 0
_ID_HEADER = struct.pack(
    "<8sBBHIhB",
    b"OpusHead",
    1,
    _CHANNELS,
    codec_grid(OPUS_48).delay_samples,
    OPUS_48.sample_rate_hz,
    _NO_GAIN,
    _MONO_OR_STEREO,
)
