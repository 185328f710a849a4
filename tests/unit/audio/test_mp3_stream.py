import io
from collections.abc import Callable
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from mutagen.mp3 import MP3, BitrateMode
from numpy.typing import NDArray

from rhapsode.audio.encode import EncodingFailed
from rhapsode.audio.info_frame import open_info_frame
from rhapsode.audio.mp3_kind import Mp3Kind
from rhapsode.audio.mp3_stream import Mp3Encoder, mp3_frames, mp3_stream_head

Tone = Callable[[float, int], NDArray[np.int16]]
Decode = Callable[[bytes, str], NDArray[np.float64]]

KINDS = [Mp3Kind(32, 22_050), Mp3Kind(48, 24_000), Mp3Kind(32, 44_100), Mp3Kind(128, 44_100)]


def _file(kind: Mp3Kind, samples: NDArray[np.int16]) -> bytes:
    encoder = Mp3Encoder(kind)
    stream = encoder.encode(samples) + encoder.finish()
    return mp3_stream_head(samples.size, kind, stream_bytes=len(stream)) + stream


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("sample_count", [100, 575, 576, 577, 627, 1151, 1152, 1153, 1255, 30_000])
def test_decoders_trim_to_any_length(tone: Tone, decode: Decode, kind: Mp3Kind, sample_count: int) -> None:
    """FFmpeg and mpg123 decode exactly the samples that were encoded, and mutagen reads that length."""

    content = _file(kind, tone(440, sample_count))
    found: Any = MP3(io.BytesIO(content)).info  # type: ignore[no-untyped-call]

    assert decode(content, "mp3").size == sample_count
    assert soundfile.info(io.BytesIO(content)).frames == sample_count
    assert found.length == pytest.approx(sample_count / kind.sample_rate_hz, abs=1e-6)
    assert (found.sample_rate, found.channels) == (kind.sample_rate_hz, 1)
    assert found.bitrate_mode == BitrateMode.CBR


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_players_find_the_middle(tone: Tone, kind: Mp3Kind) -> None:
    """mpg123 seeks to a sample and reads from there what it reads when it plays through.

    Only while it hasn't the bytes that the first frames reach back for, it may give something else.
    """

    content = _file(kind, tone(440, 200_000))
    whole, _ = soundfile.read(io.BytesIO(content), dtype="float64")
    with soundfile.SoundFile(io.BytesIO(content)) as file:
        file.seek(123_456)
        part = file.read(12_000, dtype="float64")

    settled = part[7000:]
    assert np.abs(settled - whole[130_456:135_456]).max() < 0.001
    assert settled.std() > 0.2


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_an_empty_sound_is_a_stream_of_no_time(kind: Mp3Kind) -> None:
    """Nothing encoded is nothing decoded."""

    content = _file(kind, np.zeros(0, np.int16))
    assert soundfile.info(io.BytesIO(content)).frames == 0


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_stream_of_unknown_length_begins_where_its_sound_does(
    tone: Tone, decode: Decode, kind: Mp3Kind
) -> None:
    """FFmpeg decodes the samples of the finished file, and behind them what it can't know to be padding."""

    samples = tone(440, 30_000)
    whole = _file(kind, samples)
    head = open_info_frame(kind)
    stream = whole[len(head) :]
    expected, decoded = decode(whole, "mp3"), _decoded_as_it_comes(head + stream)

    assert mp3_stream_head(samples.size, kind, stream_bytes=len(stream)) + stream == whole
    assert np.abs(decoded[: expected.size] - expected).max() < 1e-6
    assert 0 < decoded.size - expected.size < 2 * 1152
    assert soundfile.info(io.BytesIO(head + stream)).samplerate == kind.sample_rate_hz


def _decoded_as_it_comes(content: bytes) -> NDArray[np.float64]:
    """Without `decode`'s look at the log, where FFmpeg says that the file may be growing."""
    with av.open(io.BytesIO(content), "r") as opened:
        frames = [frame.to_ndarray().reshape(-1) for frame in opened.decode(audio=0)]
    return np.concatenate(frames).astype(np.float64)


def test_frames_hold_delay_sound_and_padding() -> None:
    """At 44.1 kHz a stream has the grid's frames; smaller frames hold less, so there is one more beyond."""

    assert [mp3_frames(count, Mp3Kind(128, 44_100)) for count in (0, 1, 1152, 1153)] == [1, 2, 2, 3]
    assert [mp3_frames(count, Mp3Kind(32, 22_050)) for count in (0, 1, 576, 577)] == [2, 3, 3, 4]


def test_a_stream_of_another_length_is_refused(tone: Tone) -> None:
    """Where LAME answers with another bit rate than it was asked for, nothing is finished."""

    encoder = Mp3Encoder(Mp3Kind(100, 44_100))
    encoder.encode(tone(440, 5000))
    with pytest.raises(EncodingFailed, match="are not 6 frames"):
        encoder.finish()
