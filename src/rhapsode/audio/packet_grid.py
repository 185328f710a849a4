"""The grids of AAC and Opus: how many packets a sound takes among others, and where it is heard.

A file begins at the first sample that isn't the codec's delay, which its container says is not heard. From there, the
sound whose first packet is number p (from 0) is heard from sample p * frame_samples on, at the encoding's own rate;
and a file of n packets lasts n * frame_samples less the delay, as one of MP3 does (audio.grid).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

from rhapsode.audio.encode import resampled_length
from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ, Encoding
from rhapsode.audio.tags import Mark


@dataclass(frozen=True, slots=True)
class CodecGrid:
    """How a codec treats sounds that are joined.

    delay_samples: by which a decoder gives a sound later than the encoder was given it, at the encoding's own rate.
    lead_frames: silent ones before a sound, which are thrown away.    tail_frames: silent ones behind it, kept.
    """

    delay_samples: int
    lead_frames: int
    tail_frames: int


_GRIDS: dict[Literal["aac", "opus"], CodecGrid] = {
    "aac": CodecGrid(delay_samples=1024, lead_frames=0, tail_frames=0),
    "opus": CodecGrid(delay_samples=312, lead_frames=10, tail_frames=3),
}


def codec_grid(encoding: Encoding) -> CodecGrid:
    """Of an encoding of packets."""
    assert encoding.packets is not None
    return _GRIDS[encoding.packets]


def packet_count(sample_count_44100: int, encoding: Encoding) -> int:
    """Packets that a sound of so many samples at 44.1 kHz takes, at least 1."""
    grid = codec_grid(encoding)
    length = resampled_length(sample_count_44100, from_hz=SAMPLE_RATE_HZ, to_hz=encoding.sample_rate_hz)
    return -(-(length + grid.delay_samples) // encoding.frame_samples) + grid.tail_frames


def pause_packets(frame_count: int, encoding: Encoding) -> int:
    """Packets of a pause that has so many frames on the grid of 1,152 samples, at least 1.

    It is as long to the nearest packet, with the silence that the sound before it ends with.
    """
    length = frame_count * FRAME_SAMPLES * encoding.sample_rate_hz
    unit = SAMPLE_RATE_HZ * encoding.frame_samples
    return max(1, (2 * length + unit) // (2 * unit) - codec_grid(encoding).tail_frames)


def packets_last(packet_total: int, encoding: Encoding) -> int:
    """Samples that a file of so many packets, 1 or more, lasts, at the encoding's own rate."""
    return packet_total * encoding.frame_samples - codec_grid(encoding).delay_samples


def packet_start_44100(packet: int, encoding: Encoding) -> int:
    """Where the sound that begins with a packet is heard, in samples at 44.1 kHz; an exact half is rounded up."""
    return resampled_length(
        packet * encoding.frame_samples, from_hz=encoding.sample_rate_hz, to_hz=SAMPLE_RATE_HZ
    )


def packet_marks(titles: Sequence[str], packet_counts: Sequence[int], encoding: Encoding) -> list[Mark]:
    """The marks of chapters that have so many packets each, one behind the other, in samples at 44.1 kHz."""
    starts = [packet_start_44100(packet, encoding) for packet in accumulate(packet_counts, initial=0)]
    last = packets_last(sum(packet_counts), encoding)
    end = resampled_length(last, from_hz=encoding.sample_rate_hz, to_hz=SAMPLE_RATE_HZ)
    bounds = pairwise([*starts[:-1], end])
    return [Mark(title, *bound) for title, bound in zip(titles, bounds, strict=True)]
