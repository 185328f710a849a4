"""MP3 as one continuous stream at any rate, and the Info frame that makes its length exact."""

import numpy as np

from rhapsode.audio.encode import EncodingFailed, Samples, lame_encoder
from rhapsode.audio.info_frame import LAME_DELAY_SAMPLES, LAME_PADDING_SAMPLES, info_frame
from rhapsode.audio.mp3_kind import Mp3Kind


class Mp3Encoder:
    """A `StreamEncoder` of samples at the stream's own rate. Its frames come cut at any byte."""

    def __init__(self, kind: Mp3Kind) -> None:
        self._kind = kind
        self._lame = lame_encoder(sample_rate_hz=kind.sample_rate_hz, bitrate_kbps=kind.bitrate_kbps)
        self._sample_count = 0
        self._stream_bytes = 0

    def encode(self, samples: Samples) -> bytes:
        """Take mono int16, shape (n,), and give the bytes that are ready."""
        self._sample_count += samples.size
        return self._count(self._lame.encode(samples.tobytes()))

    def finish(self) -> bytes:
        """The rest of the stream.

        Raises: EncodingFailed, when the stream isn't as long as its Info frame will say.
        """
        # LAME refuses to end a stream that it was given nothing for, not even no samples.
        content = self.encode(np.zeros(0, np.int16)) + self._count(self._lame.flush())
        self._check_size()
        return content

    def _count(self, content: bytearray) -> bytes:
        self._stream_bytes += len(content)
        return bytes(content)

    def _check_size(self) -> None:
        """At a constant bit rate the bytes tell the frames: padding keeps them within one byte of exact."""
        kind = self._kind
        frames = mp3_frames(self._sample_count, kind)
        bits_by_rate = frames * kind.version.frame_samples * kind.bitrate_kbps * 1000
        if abs(8 * self._stream_bytes * kind.sample_rate_hz - bits_by_rate) >= 8 * kind.sample_rate_hz:
            msg = f"the encoder returned {self._stream_bytes} bytes, which are not {frames} frames"
            raise EncodingFailed(msg)


def mp3_frames(sample_count: int, kind: Mp3Kind) -> int:
    """Frames of LAME's stream of so many samples at the stream's rate.

    It begins `LAME_DELAY_SAMPLES` late and ends with the frame that holds the 576th sample after the sound.
    """
    longer = LAME_DELAY_SAMPLES + sample_count + LAME_PADDING_SAMPLES
    return -(-longer // kind.version.frame_samples)


def mp3_stream_head(sample_count: int, kind: Mp3Kind, *, stream_bytes: int) -> bytes:
    """The Info frame by which decoders trim the stream of an `Mp3Encoder` to exactly `sample_count` samples."""
    frames = mp3_frames(sample_count, kind)
    padding_samples = frames * kind.version.frame_samples - LAME_DELAY_SAMPLES - sample_count
    return info_frame(kind, frames=frames, stream_bytes=stream_bytes, padding_samples=padding_samples)
