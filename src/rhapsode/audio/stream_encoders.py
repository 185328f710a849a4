"""Sound to the bytes of any output format, piece by piece, while it is still being made.

A file is `stream_head` and then what the encoder gives. However the sound is cut, the bytes are the same, and
decoded they last exactly as long as it: round(n * rate / 44100) samples at the format's rate.
"""

import io
from typing import Literal, Protocol

import soundfile

from rhapsode.audio.encode import Samples, resampled_length
from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.grid import stream_samples
from rhapsode.audio.info_frame import open_info_frame
from rhapsode.audio.mp3_kind import mp3_kind
from rhapsode.audio.mp3_stream import Mp3Encoder, mp3_stream_head
from rhapsode.audio.opus_stream import OpusEncoder
from rhapsode.audio.output_formats import OutputFormat
from rhapsode.audio.resample import StreamResampler
from rhapsode.audio.wav import wav_header


class StreamEncoder(Protocol):
    """One sound, encoded once from its beginning to its end. Not thread-safe."""

    def encode(self, samples_44100: Samples) -> bytes:
        """Take mono int16, shape (n,), and give the bytes that are ready, often none."""

    def finish(self) -> bytes:
        """The rest of the bytes; nothing may follow.

        Raises: EncodingFailed, when the encoder made something else than what the head will say.
        """


def open_encoder(output_format: OutputFormat) -> StreamEncoder:
    """An encoder of mono int16 at 44.1 kHz."""
    encoder = _open_at_own_rate(output_format)
    if output_format.sample_rate_hz == SAMPLE_RATE_HZ:
        return encoder
    return _Resampled(StreamResampler(output_format.sample_rate_hz), encoder)


def stream_head(output_format: OutputFormat, *, frame_count: int, stream_bytes: int) -> bytes:
    """What a file begins with, once its encoder has given all its bytes; b"" for formats without a head.

    frame_count: of the grid, 1 or more; the encoder was given `stream_samples(frame_count)` samples.
    stream_bytes: all that the encoder gave. A WAV file beyond 4 GiB becomes RF64.
    """
    match output_format.codec:
        case "mp3":
            sample_count = resampled_length(
                stream_samples(frame_count), from_hz=SAMPLE_RATE_HZ, to_hz=output_format.sample_rate_hz
            )
            return mp3_stream_head(sample_count, mp3_kind(output_format), stream_bytes=stream_bytes)
        case "wav":
            return wav_header(None, data_bytes=stream_bytes, sample_rate_hz=output_format.sample_rate_hz)
        case "pcm" | "ulaw" | "alaw" | "opus":
            return b""


def open_stream_head(output_format: OutputFormat) -> bytes:
    """What a stream begins with that is sent while it is made; not for WAV, whose head says how long it is.

    It is as large as `stream_head` of the whole, and a decoder that heeds it begins where the sound does.
    """
    assert output_format.codec != "wav"
    return open_info_frame(output_format) if output_format.codec == "mp3" else b""


def _open_at_own_rate(output_format: OutputFormat) -> StreamEncoder:
    match output_format.codec:
        case "mp3":
            return Mp3Encoder(mp3_kind(output_format))
        case "opus":
            assert output_format.bitrate_kbps is not None
            return OpusEncoder(output_format.bitrate_kbps)
        case "pcm" | "wav":
            return _Pcm()
        case "ulaw":
            return _G711("ULAW")
        case "alaw":
            return _G711("ALAW")


class _Resampled:
    """Samples go through the resampler first."""

    def __init__(self, resampler: StreamResampler, encoder: StreamEncoder) -> None:
        self._resampler = resampler
        self._encoder = encoder

    def encode(self, samples_44100: Samples) -> bytes:
        return self._encoder.encode(self._resampler.resample(samples_44100))

    def finish(self) -> bytes:
        return self._encoder.encode(self._resampler.finish()) + self._encoder.finish()


class _Pcm:
    """16-bit little-endian."""

    def encode(self, samples: Samples) -> bytes:
        return samples.astype("<i2").tobytes()

    def finish(self) -> bytes:
        return b""


class _G711:
    """A byte for each sample, by itself. Source: ITU-T G.711."""

    def __init__(self, law: Literal["ULAW", "ALAW"]) -> None:
        self._law = law

    def encode(self, samples: Samples) -> bytes:
        packed = io.BytesIO()
        soundfile.write(packed, samples, SAMPLE_RATE_HZ, format="RAW", subtype=self._law)
        return packed.getvalue()

    def finish(self) -> bytes:
        return b""
