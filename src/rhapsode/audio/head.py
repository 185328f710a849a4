"""The head of a chapter's file: all that comes before its segments."""

from collections.abc import Sequence
from dataclasses import dataclass

from rhapsode.audio.encoding import SAMPLE_BYTES, Encoding
from rhapsode.audio.grid import stream_samples
from rhapsode.audio.id3 import id3_before_cover
from rhapsode.audio.info_frame import info_frame, open_info_frame
from rhapsode.audio.tags import CoverShape, Mark, Tags
from rhapsode.audio.wav import endless_wav_header, wav_header


@dataclass(frozen=True, slots=True)
class Head:
    """`before_cover`, then the cover's bytes, then `after_cover`.

    The cover is the same in every chapter, so it isn't copied into each chapter's head.
    cover_bytes: size of the cover; 0 where the head has none.
    """

    before_cover: bytes
    cover_bytes: int
    after_cover: bytes

    @property
    def size_bytes(self) -> int:
        """Bytes of the whole head, the cover included."""
        return len(self.before_cover) + self.cover_bytes + len(self.after_cover)


def mp3_head(
    tags: Tags,
    encoding: Encoding,
    *,
    frames: int,
    stream_bytes: int,
    marks: Sequence[Mark] = (),
    cover: CoverShape | None = None,
) -> Head:
    """ID3 and the Info frame for joined segments of `frames` frames in `stream_bytes` bytes."""
    return Head(
        id3_before_cover(tags, marks=marks, cover=cover),
        0 if cover is None else cover.size_bytes,
        info_frame(encoding, frames=frames, stream_bytes=stream_bytes),
    )


def wav_head(tags: Tags, *, frames: int) -> Head:
    """The head for joined PCM segments of `frames` frames, the last cut by `Encoding.end_cut_bytes`."""
    return Head(wav_header(tags, data_bytes=stream_samples(frames) * SAMPLE_BYTES), 0, b"")


def bare_head(encoding: Encoding, *, frame_count: int, stream_bytes: int) -> bytes:
    """What comes before so much of joined segments that has no tags: players know its length, and trim it exactly."""
    if encoding.bitrate_kbps is None:
        return wav_header(None, data_bytes=stream_bytes)
    return info_frame(encoding, frames=frame_count, stream_bytes=stream_bytes)


def open_head(encoding: Encoding) -> bytes:
    """The same of a stream whose end nobody knows yet: see `open_info_frame` and `endless_wav_header`."""
    return endless_wav_header() if encoding.bitrate_kbps is None else open_info_frame(encoding)
