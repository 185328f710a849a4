"""FLAC as a stream: the head first, then frames, in constant memory.

The head doesn't say what only the end would tell: the checksum of all samples, and the largest and smallest frame.
0 stands for each, as RFC 9639 (section 8.2) has it; each frame has a checksum of its own.
Source: RFC 9639.
"""

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
import numpy as np
from av import AudioCodecContext, AudioFrame

from rhapsode.audio.encode import Samples
from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.vorbis_comments import Comment, vorbis_comments

_STREAM_INFO, _VORBIS_COMMENT, _PICTURE = 0, 4, 6
_LAST_BLOCK = 0x80
_MAX_BLOCK_BYTES = 2**24 - 1
_BLOCK_SAMPLES = 4_608
_CHANNELS, _BITS = 1, 16
_LEVEL = "5"


def flac_head(sample_count: int, comments: Sequence[Comment], picture: bytes | None) -> bytes:
    """All before the first frame of a mono file of 16 bits at 44.1 kHz.

    picture: as `picture_block` makes it; one that is too large for the format is left out.
    """
    blocks = [(_STREAM_INFO, _stream_info(sample_count)), (_VORBIS_COMMENT, vorbis_comments(comments))]
    if picture is not None:
        blocks.append((_PICTURE, picture))
    fitting = [(kind, content) for kind, content in blocks if len(content) <= _MAX_BLOCK_BYTES]
    last = len(fitting) - 1
    return b"fLaC" + b"".join(
        struct.pack(">I", (kind | (_LAST_BLOCK if ordinal == last else 0)) << 24 | len(content)) + content
        for ordinal, (kind, content) in enumerate(fitting)
    )


def _stream_info(sample_count: int) -> bytes:
    properties = SAMPLE_RATE_HZ << 44 | (_CHANNELS - 1) << 41 | (_BITS - 1) << 36 | sample_count
    return struct.pack(">HH6xQ16x", _BLOCK_SAMPLES, _BLOCK_SAMPLES, properties)


class FlacEncoder:
    """Makes the frames of one file. However the sound is cut, they are the same. Not thread-safe."""

    def __init__(self) -> None:
        context = av.CodecContext.create("flac", "w")
        assert isinstance(context, AudioCodecContext)
        context.sample_rate = SAMPLE_RATE_HZ
        context.time_base = Fraction(1, SAMPLE_RATE_HZ)
        context.layout = "mono"
        context.format = "s16"
        context.options = {"compression_level": _LEVEL, "frame_size": str(_BLOCK_SAMPLES)}
        context.thread_count = 1
        context.open()
        self._context = context
        self._held = np.zeros(0, np.int16)
        self._sample_count = 0

    def encode(self, samples: Samples) -> bytes:
        """Take mono int16, shape (n,), and give the frames that are ready."""
        held = np.concatenate([self._held, samples])
        whole = held.size - held.size % _BLOCK_SAMPLES
        self._held = held[whole:]
        return b"".join(self._frames(held[:whole]))

    def finish(self) -> bytes:
        """The rest of the frames."""
        frames = [*self._frames(self._held), *map(bytes, self._context.encode(None))]
        return b"".join(frames)

    def _frames(self, samples: Samples) -> Iterator[bytes]:
        for start in range(0, samples.size, _BLOCK_SAMPLES):
            block = samples[np.newaxis, start : start + _BLOCK_SAMPLES]
            frame = AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate = SAMPLE_RATE_HZ
            frame.pts = self._sample_count
            self._sample_count += block.size
            yield from map(bytes, self._context.encode(frame))
