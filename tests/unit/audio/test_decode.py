"""Any audio file as samples."""

import io
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from rhapsode.audio.decode import DECODED_RATE_HZ, decode_file
from rhapsode.studio.errors import InvalidAudio

Samples = NDArray[np.int16]
Tone = Callable[[float, int], Samples]
RATE_HZ = 48_000
SECONDS = 2
KINDS = {
    "mp3": "libmp3lame",
    "wav": "pcm_s16le",
    "flac": "flac",
    "ogg": "libopus",
    "ipod": "aac",
    "webm": "libopus",
    "matroska": "aac",
    "adts": "aac",
    "aiff": "pcm_s16be",
    "au": "pcm_s16be",
    "caf": "pcm_s16le",
    "w64": "pcm_s16le",
}


def encoded(samples: Samples, container: str, codec: str) -> bytes:
    """A file of two equal channels."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=RATE_HZ)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "stereo"
        frame = av.AudioFrame.from_ndarray(np.repeat(samples, 2)[None], format="s16", layout="stereo")
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler(
            stream.format, "stereo", RATE_HZ, stream.codec_context.frame_size or None
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return file.getvalue()


def decoded(folder: Path, content: bytes, *, max_s: int = 100) -> Samples:
    source, target = folder / "source", folder / "samples"
    source.write_bytes(content)
    target.touch()
    count = decode_file(source, target, max_s=max_s)
    samples = np.fromfile(target, "<i2")
    assert samples.size == count
    return samples


@pytest.mark.parametrize("container", KINDS)
def test_every_common_container_is_read(tmp_path: Path, tone: Tone, container: str) -> None:
    """Its sound at 16 kHz in one channel, as long as it was but for what a codec adds, and as high."""
    samples = decoded(tmp_path, encoded(tone(440.0, SECONDS * RATE_HZ), container, KINDS[container]))

    spectrum = np.abs(np.fft.rfft(samples[:DECODED_RATE_HZ].astype(float)))
    # The tone was made for 44.1 kHz.
    assert np.argmax(spectrum) == pytest.approx(440 * RATE_HZ / 44_100, abs=2)
    assert samples.size == pytest.approx(SECONDS * DECODED_RATE_HZ, abs=0.06 * DECODED_RATE_HZ)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"The harbour was quiet. " * 100,
        np.random.default_rng(1).bytes(50_000),
        b"\x89PNG\r\n\x1a\n" + bytes(500),
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
    ],
)
def test_what_is_no_audio_is_refused(tmp_path: Path, content: bytes) -> None:
    """With one sentence for whoever sent it."""
    with pytest.raises(InvalidAudio, match="audio"):
        decoded(tmp_path, content)


def test_no_list_of_files_is_followed(tmp_path: Path, tone: Tone) -> None:
    """FFmpeg reads playlists too, and would open what they name: files of this machine, and addresses."""
    secret = tmp_path / "secret.wav"
    secret.write_bytes(encoded(tone(440.0, RATE_HZ), "wav", "pcm_s16le"))
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n"

    for content in (playlist, f"ffconcat version 1.0\nfile '{secret.name}'\n"):
        with pytest.raises(InvalidAudio):
            decoded(tmp_path, content.encode())


def test_a_file_that_is_too_long_is_refused_before_its_end(tmp_path: Path, tone: Tone) -> None:
    """The limit is exact, and what is behind it isn't written."""
    content = encoded(tone(440.0, SECONDS * RATE_HZ), "flac", "flac")

    assert decoded(tmp_path, content, max_s=SECONDS).size == SECONDS * DECODED_RATE_HZ
    with pytest.raises(InvalidAudio, match="longer"):
        decoded(tmp_path, content, max_s=SECONDS - 1)
    assert (tmp_path / "samples").stat().st_size < 4 * DECODED_RATE_HZ * SECONDS


def test_a_damaged_file_is_read_as_far_as_it_can_be(tmp_path: Path, tone: Tone) -> None:
    """A hole in an MP3 costs its frames, and no more."""
    content = bytearray(encoded(tone(440.0, SECONDS * RATE_HZ), "mp3", "libmp3lame"))
    middle = len(content) // 2
    content[middle : middle + 500] = bytes(500)

    assert decoded(tmp_path, bytes(content)).size > 0.8 * SECONDS * DECODED_RATE_HZ
