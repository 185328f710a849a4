import io
from itertools import accumulate

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from rhapsode.audio.encode import Samples
from rhapsode.audio.grid import segment_frames
from rhapsode.audio.joined_opus import OpusJoiner
from rhapsode.audio.joined_streams import encode_joinable, joined_samples
from rhapsode.audio.output_formats import get_output_format
from rhapsode.audio.stream_encoders import open_stream_head

SOUNDS = ((440, 30_000), (660, 20_011), (880, 52_345), (550, 7_000))


def tone(frequency_hz: int, sample_count: int) -> Samples:
    sound = 8_000 * np.sin(2 * np.pi * frequency_hz * np.arange(sample_count) / 44_100)
    return sound.astype(np.int16)


def joined(name: str) -> tuple[bytes, list[int]]:
    """The bytes of all sounds, and where each begins and the last one ends, in samples at 44.1 kHz."""
    output_format, opus = get_output_format(name), OpusJoiner()
    content, lengths = open_stream_head(output_format), []
    for frequency_hz, sample_count in SOUNDS:
        frame_count = segment_frames(sample_count)
        piece = encode_joinable(tone(frequency_hz, sample_count), output_format, frame_count=frame_count)
        length = joined_samples(frame_count, output_format)
        if output_format.codec == "opus":
            piece, length = opus.join(piece)
        content += piece
        lengths.append(length)
    return content, list(accumulate(lengths, initial=0))


def decoded(content: bytes, container: str) -> tuple[NDArray[np.float64], int]:
    with av.open(io.BytesIO(content), mode="r", format=container) as file:
        frames = list(file.decode(audio=0))
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    return samples / (32_768 if samples.dtype == np.int16 else 1), frames[0].sample_rate


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("mp3_44100_128", "mp3"),
        ("mp3_44100_32", "mp3"),
        ("mp3_22050_32", "mp3"),
        ("mp3_24000_48", "mp3"),
        ("opus_48000_32", "ogg"),
        ("opus_48000_64", "ogg"),
        ("opus_48000_192", "ogg"),
        ("pcm_44100", "s16le"),
    ],
)
def test_each_sound_begins_where_it_should(name: str, container: str) -> None:
    """At full strength from its first period on, behind what MP3 and Opus make of silence."""
    content, begins = joined(name)
    samples, rate_hz = decoded(content, container)

    for (frequency_hz, sample_count), begin in zip(SOUNDS, begins, strict=False):
        start = round(begin * rate_hz / 44_100)
        period = round(rate_hz / frequency_hz)
        assert np.abs(samples[start : start + period]).max() == pytest.approx(8_000 / 32_768, rel=0.15)
        length = round(sample_count * rate_hz / 44_100)
        middle = np.arange(start + 600, start + length - 600)
        expected = (
            8_000 / 32_768 * np.sin(2 * np.pi * frequency_hz * (middle - begin * rate_hz / 44_100) / rate_hz)
        )
        assert np.sqrt(np.mean((samples[middle] - expected) ** 2)) < 0.02
        if start:
            assert np.abs(samples[start - rate_hz // 50 : start - rate_hz // 100]).max() < 0.02


@pytest.mark.parametrize("name", ["pcm_8000", "pcm_44100", "ulaw_8000", "mp3_22050_32", "mp3_44100_192"])
def test_it_lasts_as_long_as_it_is_said_to(name: str) -> None:
    """By its bytes, of which there are as many for each second."""
    output_format = get_output_format(name)
    frame_count = segment_frames(30_000)
    content = encode_joinable(tone(440, 30_000), output_format, frame_count=frame_count)
    bytes_per_s = {
        "pcm": 2 * output_format.sample_rate_hz,
        "ulaw": output_format.sample_rate_hz,
        "mp3": (output_format.bitrate_kbps or 0) * 125,
    }[output_format.codec]

    assert len(content) / bytes_per_s == pytest.approx(
        joined_samples(frame_count, output_format) / 44_100, abs=2e-4
    )


def test_opus_is_one_ogg_stream() -> None:
    """One head, pages that are counted on, and positions that never go back."""
    content, _ = joined("opus_48000_64")
    pages = content.split(b"OggS")[1:]

    assert [int.from_bytes(page[14:18], "little") for page in pages] == list(range(len(pages)))
    assert len({page[10:14] for page in pages}) == 1
    assert [page[1] for page in pages] == [2] + [0] * (len(pages) - 1)
    positions = [int.from_bytes(page[2:10], "little") for page in pages]
    assert positions == sorted(positions)
    assert content.count(b"OpusHead") == content.count(b"OpusTags") == 1
