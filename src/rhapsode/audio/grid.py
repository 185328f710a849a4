"""The grid of 1152 samples on which everything that is stored begins.

A complete MP3 stream of a segment of N samples has K = ceil(N / 1152) + 1 frames. In a file of joined
streams, a segment whose first frame is number f (from 0, Info frame not counted) is heard from sample
f * 1152 on, and a file of K frames in all lasts (K - 1) * 1152 samples: the decoder's delay takes the rest.
PCM follows the same arithmetic, so that every time is true in every format: a segment holds K * 1152 samples,
its sound first, then at least 1152 zeros; and a file leaves out the last 1152 of them
(`Encoding.end_cut_bytes`).
"""

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ


def seconds_of(samples: int) -> float:
    """Samples as seconds, to the microsecond: so everything that people and programs are told has them."""
    return round(samples / SAMPLE_RATE_HZ, 6)


def segment_frames(sample_count: int) -> int:
    """Frames that a segment of `sample_count` samples takes, at least 1."""
    return -(-sample_count // FRAME_SAMPLES) + 1


def pause_frames(pause_ms: int) -> int:
    """Frames of a pause, to the nearest (26.1 ms each); 0 for a pause that is too short for any."""
    return (2 * pause_ms * SAMPLE_RATE_HZ + 1000 * FRAME_SAMPLES) // (2000 * FRAME_SAMPLES)


def stream_samples(frames: int) -> int:
    """Samples that a file of `frames` frames, 1 or more, lasts, and the most that so long a segment holds."""
    if frames < 1:
        msg = f"a stream has at least one frame, not {frames}"
        raise ValueError(msg)
    return (frames - 1) * FRAME_SAMPLES
