"""Ogg Opus of several encoders as one stream, which every decoder takes for that of one.

A packet says how it differs from what was heard before, and an encoder takes for granted that this was nothing at
all. A decoder that has heard something gets the first tenth of a second wrong, and few players begin anew where one
stream follows another in a file. So an encoder is given silence first, which isn't sent, and last, which is: for
both sides, all begins with the same silence.
Sources: RFC 3533 (Ogg), RFC 6716 (Opus), RFC 7845 (Ogg Opus).
"""

import struct
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from rhapsode.audio.encode import Samples, resampled_length
from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.ogg import seal_page, take_pages
from rhapsode.audio.opus_stream import OPUS_RATE_HZ

_LEAD_MS, _TAIL_MS = 200, 60
_LEAD_SAMPLES = _LEAD_MS * OPUS_RATE_HZ // 1_000
_HEAD_PAGES = 2
"""OpusHead and OpusTags, each on pages of its own (RFC 7845, section 3); the tags are short."""

_FIRST_PAGE = 0x02
_PAGE_HEAD = struct.Struct("<4sBBqIIIB")
_SERIAL = slice(14, 18)
_SEGMENT_COUNT = 26
_MAX_SEGMENTS, _MAX_LACE = 255, 255
_PRE_SKIP = slice(10, 12)


def between_silences(samples_44100: Samples) -> Samples:
    """What is encoded for a sound, mono int16 of shape (n,), so that an `OpusJoiner` can join it."""
    lead, tail = (ms * SAMPLE_RATE_HZ // 1_000 for ms in (_LEAD_MS, _TAIL_MS))
    return np.pad(samples_44100, (lead, tail))


class OpusJoiner:
    """Files of sounds `between_silences`, one after the other, as one without an end. Not thread-safe."""

    def __init__(self) -> None:
        self._serial = 0
        self._page_count = 0
        self._sample_count = 0

    def join(self, content: bytes) -> tuple[bytes, int]:
        """The next bytes of the file, for those of a whole one, and how many samples at 44.1 kHz they last."""
        pages = take_pages(bytearray(content))
        packets = list(_packets(pages[_HEAD_PAGES:]))
        heads = b""
        if self._page_count == 0:
            self._serial = int.from_bytes(pages[0][_SERIAL], "little")
            heads = b"".join(self._page([packet]) for packet in _heads(pages[:_HEAD_PAGES]))
            lasts = _samples(packets) - _LEAD_SAMPLES
        else:
            packets = _without_lead(packets)
            lasts = _samples(packets)
        sound = b"".join(map(self._page, _pages_of(packets)))
        return heads + sound, resampled_length(lasts, from_hz=OPUS_RATE_HZ, to_hz=SAMPLE_RATE_HZ)

    def _page(self, packets: Sequence[bytes]) -> bytes:
        """The next page, with whole packets. Source: RFC 3533, section 6."""
        is_sound = self._page_count >= _HEAD_PAGES
        self._sample_count += _samples(packets) if is_sound else 0
        laces = b"".join(map(_laces, packets))
        head = _PAGE_HEAD.pack(
            b"OggS",
            0,
            0 if self._page_count else _FIRST_PAGE,
            self._sample_count,
            self._serial,
            self._page_count,
            0,
            len(laces),
        )
        self._page_count += 1
        return seal_page(bytearray(head + laces + b"".join(packets)), serial=self._serial)


def _heads(pages: Iterable[bytearray]) -> Iterator[bytes]:
    """OpusHead, which says that the lead isn't heard, and OpusTags."""
    head, tags = _packets(pages)
    skipped = int.from_bytes(head[_PRE_SKIP], "little") + _LEAD_SAMPLES
    yield head[: _PRE_SKIP.start] + skipped.to_bytes(2, "little") + head[_PRE_SKIP.stop :]
    yield tags


def _packets(pages: Iterable[bytearray]) -> Iterator[bytes]:
    """All packets that end on these pages."""
    packet = b""
    for page in pages:
        first = _SEGMENT_COUNT + 1
        at = first + page[_SEGMENT_COUNT]
        for lace in page[first:at]:
            packet += page[at : at + lace]
            at += lace
            if lace < _MAX_LACE:
                yield packet
                packet = b""


def _without_lead(packets: list[bytes]) -> list[bytes]:
    skipped = 0
    for number, packet in enumerate(packets):
        if skipped >= _LEAD_SAMPLES:
            return packets[number:]
        skipped += _packet_samples(packet)
    return []


def _pages_of(packets: Iterable[bytes]) -> Iterator[list[bytes]]:
    """As many packets for each page as have room."""
    page: list[bytes] = []
    count = 0
    for packet in packets:
        laces = len(_laces(packet))
        if count + laces > _MAX_SEGMENTS:
            yield page
            page, count = [], 0
        page.append(packet)
        count += laces
    if page:
        yield page


def _laces(packet: bytes) -> bytes:
    whole, rest = divmod(len(packet), _MAX_LACE)
    return bytes([_MAX_LACE] * whole + [rest])


def _samples(packets: Iterable[bytes]) -> int:
    return sum(map(_packet_samples, packets))


def _packet_samples(packet: bytes) -> int:
    """How long a packet lasts at 48 kHz. Source: RFC 6716, section 3.1."""
    config, count_code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = 120 << (config & 3)
    return frame * (packet[1] & 63 if count_code == 3 else min(2, count_code + 1))
