"""How many bytes an MP3 stream will have, known before it is encoded."""

from rhapsode.audio.mp3_kind import Mp3Kind
from rhapsode.audio.mp3_stream import mp3_frames


def mp3_stream_bytes(sample_count: int, kind: Mp3Kind) -> int:
    """All that a new `Mp3Encoder` gives for so many samples, to the byte.

    A frame has a fractional length, so LAME pads some by a byte: as soon as the frames so far would be too short
    by a whole one, the first not counted (lame 3.100, encoder.c, slot_lag).
    """
    frames = mp3_frames(sample_count, kind)
    size_by_rate = kind.version.frame_samples * kind.bitrate_kbps * 1000 // 8
    whole, fraction = divmod(size_by_rate, kind.sample_rate_hz)
    return frames * whole + -(-(frames - 1) * fraction // kind.sample_rate_hz)
