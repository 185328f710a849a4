import io
from collections.abc import Callable

import mutagen.flac
import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rhapsode.audio.encode import (
    EncodingFailed,
    encode_pause,
    encode_segment,
    from_flac,
    lame_encoder,
    to_44100,
    to_flac,
)
from rhapsode.audio.encoding import ENCODINGS, MP3_128, MP3_192, PCM, Encoding
from rhapsode.audio.frames import count_frames
from rhapsode.audio.grid import segment_frames, stream_samples
from rhapsode.audio.info_frame import info_frame
from rhapsode.audio.mp3_kind import mp3_kind
from rhapsode.studio.errors import DataDamaged

Tone = Callable[[float, int], NDArray[np.int16]]
Decode = Callable[[bytes], NDArray[np.float64]]


@given(
    sample_count=st.integers(0, 5000),
    sample_rate_hz=st.sampled_from([8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000]),
)
@settings(max_examples=60, deadline=None)
def test_resampling_gives_a_predictable_length(sample_count: int, sample_rate_hz: int) -> None:
    """n samples become the nearest whole number of samples that last as long."""

    samples = np.full(sample_count, 1000, np.int16)
    exact = sample_count * 44_100 / sample_rate_hz

    resampled = to_44100(samples, sample_rate_hz)

    assert resampled.dtype == np.int16
    assert abs(resampled.size - exact) <= 0.5


def test_resampling_gives_the_same_samples_every_time() -> None:
    """Nothing random is mixed in, though the resampler would dither by itself."""

    quiet = np.random.default_rng(0).integers(-3, 4, 22_050).astype(np.int16)
    assert len({to_44100(quiet, 24_000).tobytes() for _ in range(20)}) == 1


@pytest.mark.parametrize("sample_rate_hz", [8_000, 16_000, 22_050, 24_000, 48_000])
@pytest.mark.parametrize("sample_count", [1, 36_863, 36_864, 36_865, 100_003])
def test_resampling_by_rounds_is_resampling(sample_count: int, sample_rate_hz: int) -> None:
    """Bit by bit what the resampler makes of all samples at once, rounded: the rounds are heard nowhere."""

    samples = np.random.default_rng(0).integers(-32_768, 32_768, sample_count).astype(np.int16)
    floats = soxr.resample(samples.astype(np.float32), sample_rate_hz, 44_100, quality="HQ")
    at_once = np.clip(np.rint(floats), -32_768, 32_767).astype(np.int16)

    resampled = to_44100(samples, sample_rate_hz)

    common = min(at_once.size, resampled.size)
    assert common >= resampled.size - 1
    assert np.array_equal(resampled[:common], at_once[:common])


@pytest.mark.parametrize("sample_count", [36_864, 100_000])
def test_encoding_by_rounds_is_encoding(tone: Tone, sample_count: int) -> None:
    """Byte by byte what LAME makes of all samples at once."""

    samples = tone(300, sample_count)
    encoder = lame_encoder(sample_rate_hz=44_100, bitrate_kbps=128)
    at_once = bytes(encoder.encode(samples.tobytes())) + bytes(encoder.flush())
    assert encode_segment(samples, MP3_128) == at_once


def test_resampling_keeps_the_sound() -> None:
    """A sine at 24 kHz is the same sine at 44.1 kHz, to 0.1 % of its height, away from its ends."""

    def sine(rate_hz: int) -> NDArray[np.float64]:
        return 20_000 * np.sin(2 * np.pi * 440 * np.arange(rate_hz) / rate_hz)

    resampled = to_44100(sine(24_000).astype(np.int16), 24_000)

    inner = slice(1000, -1000)
    assert np.abs(resampled.astype(np.float64) - sine(44_100))[inner].max() < 20


def test_resampling_clips_instead_of_wrapping() -> None:
    """A square wave at full scale overshoots when it is resampled; it must not jump to the other side."""

    square = np.repeat(np.tile([32_767, -32_768], 50), 50).astype(np.int16)

    resampled = to_44100(square, 22_050)

    assert resampled[110:190].min() < -30_000
    assert resampled[110:190].max() < 0


@pytest.mark.parametrize("encoding", [MP3_128, MP3_192])
@pytest.mark.parametrize("sample_count", [0, 1, 575, 576, 1151, 1152, 1153, 2303, 2304, 2305, 30_011])
def test_mp3_frames_are_those_of_the_grid(tone: Tone, sample_count: int, encoding: Encoding) -> None:
    """A segment has exactly the frames that the grid reckons with, however its length falls on the grid."""

    content = encode_segment(tone(300, sample_count), encoding)
    assert count_frames(content, mp3_kind(encoding)) == segment_frames(sample_count)


@given(sample_count=st.integers(0, 40_000), seed=st.integers(0, 2**32 - 1), loudness=st.integers(0, 32_767))
@settings(max_examples=40, deadline=None)
def test_any_sound_keeps_to_the_grid(sample_count: int, seed: int, loudness: int) -> None:
    """The number of frames depends on the length alone, from silence to noise at full scale."""

    noise = np.random.default_rng(seed).integers(-loudness, loudness + 1, sample_count).astype(np.int16)
    content = encode_segment(noise, MP3_128)
    assert count_frames(content, mp3_kind(MP3_128)) == segment_frames(sample_count)


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=lambda encoding: encoding.name)
def test_encoding_is_deterministic(tone: Tone, encoding: Encoding) -> None:
    """The same samples give the same bytes, whatever was encoded in between."""

    first = encode_segment(tone(500, 30_000), encoding)
    encode_segment(tone(700, 9000), encoding)
    assert encode_segment(tone(500, 30_000), encoding) == first


def test_a_stream_has_no_info_frame_of_its_own(tone: Tone) -> None:
    """A tag within joined streams would be played or would end the file for some players."""

    content = encode_segment(tone(500, 30_000), MP3_128)
    assert b"Info" not in content
    assert b"Xing" not in content


def test_pcm_is_the_samples_and_then_zeros(tone: Tone) -> None:
    """A PCM segment fills its frames, little-endian, and ends with at least one frame of zeros."""

    samples = tone(500, 2304)
    stored = np.frombuffer(encode_segment(samples, PCM), "<i2")

    assert stored.size == segment_frames(2304) * 1152
    assert np.array_equal(stored[:2304], samples)
    assert not stored[2304:].any()
    assert stored[2304:].size >= PCM.end_cut_bytes // 2


@pytest.mark.parametrize("encoding", [MP3_128, MP3_192])
def test_a_pause_is_exactly_silent_between_sounds(tone: Tone, decode: Decode, encoding: Encoding) -> None:
    """Between two loud segments a pause decodes to zeros, without a click or a tail of either."""

    loud = encode_segment(tone(440, 11_520), encoding)
    stream = loud + encode_pause(8, encoding) + loud
    first = segment_frames(11_520)
    content = info_frame(encoding, frames=2 * first + 8, stream_bytes=len(stream)) + stream

    samples = decode(content)

    # What the next segment's first frame decodes to begins one decoder's delay before the segment itself.
    assert not samples[first * 1152 : (first + 8) * 1152 - 1105].any()
    assert samples[:11_520].std() > 0.2
    assert samples[(first + 8) * 1152 :][:11_520].std() > 0.2


def test_a_pause_has_the_frames_it_was_asked_for() -> None:
    """A pause of K frames has K, in every encoding."""

    assert count_frames(encode_pause(5, MP3_128), mp3_kind(MP3_128)) == 5
    assert len(encode_pause(5, PCM)) == 5 * 1152 * 2


@pytest.mark.parametrize("encoding", [MP3_128, MP3_192])
def test_a_joined_segment_sounds_as_it_does_alone(tone: Tone, decode: Decode, encoding: Encoding) -> None:
    """Nothing of its neighbours (bit reservoir, overlap) reaches into a segment: it decodes to the same."""

    middle = encode_segment(tone(700, 20_000), encoding)
    frames = segment_frames(20_000)

    def play(before: list[bytes], before_frames: int) -> NDArray[np.float64]:
        stream = b"".join([*before, middle, *before])
        total = frames + 2 * before_frames
        samples = decode(info_frame(encoding, frames=total, stream_bytes=len(stream)) + stream)
        assert samples.size == stream_samples(total)
        return samples[before_frames * 1152 :][:20_000]

    alone = play([], 0)
    neighbour = encode_segment(tone(3000, 30_000), encoding)
    joined = play([neighbour], segment_frames(30_000))

    # The same to less than half a step of 16 bits.
    assert np.abs(joined - alone).max() < 0.5 / 32_768


def test_a_stream_that_leaves_the_grid_is_refused(tone: Tone) -> None:
    """Where LAME answers with another bit rate than it was asked for, nothing is stored."""

    impossible = Encoding("mp3_44100_100", "mp3", "audio/mpeg", 100)
    with pytest.raises(EncodingFailed, match="another rate"):
        encode_segment(tone(440, 5000), impossible)


@given(st.lists(st.integers(-32_768, 32_767), min_size=1, max_size=300), st.sampled_from([22_050, 24_000]))
@settings(deadline=None)
def test_flac_gives_back_every_sample(values: list[int], sample_rate_hz: int) -> None:
    """Speech kept as FLAC comes back as it was, with its rate."""

    samples = np.array(values, np.int16)
    unpacked, rate_hz = from_flac(to_flac(samples, sample_rate_hz))
    assert np.array_equal(unpacked, samples)
    assert rate_hz == sample_rate_hz


def test_flac_is_deterministic_and_smaller(tone: Tone) -> None:
    """The same speech gives the same FLAC bytes, fewer than its samples have."""

    samples = tone(200, 44_100)
    assert to_flac(samples, 22_050) == to_flac(samples, 22_050)
    assert len(to_flac(samples, 22_050)) < samples.nbytes


@pytest.mark.parametrize("kept", [0, 3, 2000])
def test_damaged_flac_is_told(tone: Tone, kept: int) -> None:
    """Bytes that are cut short or of another kind are reported as damaged."""

    with pytest.raises(DataDamaged):
        from_flac(to_flac(tone(200, 44_100), 22_050)[:kept])


@pytest.mark.parametrize("sample_rate_hz", [8000, 22_050, 48_000])
def test_speech_without_samples_is_kept_too(sample_rate_hz: int) -> None:
    """A text that makes no sound is a file of no samples, which still knows its rate."""

    content = to_flac(np.zeros(0, np.int16), sample_rate_hz)
    samples, rate_hz = from_flac(content)

    assert (samples.size, rate_hz) == (0, sample_rate_hz)
    assert mutagen.flac.FLAC(io.BytesIO(content)).info.sample_rate == sample_rate_hz  # type: ignore[no-untyped-call]


def test_a_file_cut_behind_its_head_is_not_taken_for_an_empty_one(tone: Tone) -> None:
    """42 bytes of a longer file are damage, for their head counts samples."""

    with pytest.raises(DataDamaged):
        from_flac(to_flac(tone(200, 44_100), 22_050)[:42])
