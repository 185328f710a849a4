import functools
import gc
import io
import struct
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from rhapsode.audio.grid import stream_samples
from rhapsode.audio.output_formats import OUTPUT_FORMATS, OutputFormat, get_output_format
from rhapsode.audio.stream_encoders import open_encoder, stream_head

Samples = NDArray[np.int16]
Sound = NDArray[np.float64]
Tone = Callable[[float, int], Samples]
Decode = Callable[[bytes, str], Sound]

FRAMES = 98
"""Frames of a test sound: 2.5 s, and at most rates no whole number of samples."""

every_format = pytest.mark.parametrize("fmt", OUTPUT_FORMATS.values(), ids=lambda fmt: fmt.name)


def _formats(*names: str) -> list[OutputFormat]:
    return [get_output_format(name) for name in names]


def _stream(fmt: OutputFormat, pieces: Iterable[Samples]) -> bytes:
    encoder = open_encoder(fmt)
    return b"".join([*(encoder.encode(piece) for piece in pieces), encoder.finish()])


def _file(fmt: OutputFormat, samples: Samples) -> bytes:
    """The file of a sound on the grid, given to the encoder in parts as they are stored."""
    stream = _stream(fmt, np.split(samples, range(1152 * 7, samples.size, 1152 * 7)))
    return stream_head(fmt, frame_count=samples.size // 1152 + 1, stream_bytes=len(stream)) + stream


def _heard(fmt: OutputFormat, content: bytes, decode: Decode) -> Sound:
    """What FFmpeg makes of it, where there is anything to decode."""
    if fmt.codec == "pcm":
        return np.frombuffer(content, "<i2") / 32_768
    if fmt.codec in ("ulaw", "alaw"):
        return _decode_g711(content, "mulaw" if fmt.codec == "ulaw" else "alaw")
    return decode(content, "ogg" if fmt.codec == "opus" else fmt.codec)


def _decode_g711(content: bytes, file_format: str) -> Sound:
    with av.open(io.BytesIO(content), mode="r", format=file_format) as container:
        return np.concatenate([frame.to_ndarray()[0] / 32_768 for frame in container.decode(audio=0)])


def _length(fmt: OutputFormat, frames: int) -> int:
    return round(stream_samples(frames) * fmt.sample_rate_hz / 44_100)


@every_format
def test_a_sound_lasts_what_the_grid_says(tone: Tone, decode: Decode, fmt: OutputFormat) -> None:
    """A file of F frames decodes to exactly (F - 1) * 1152 samples, or as many at its rate as last as long."""

    content = _file(fmt, tone(440, stream_samples(FRAMES)))
    assert _heard(fmt, content, decode).size == _length(fmt, FRAMES)


@pytest.mark.parametrize("frames", [2, 3, 4, 7])
@every_format
def test_short_sounds_are_exact_too(tone: Tone, decode: Decode, fmt: OutputFormat, frames: int) -> None:
    """A sound of one grid frame, 26 ms, comes out whole, as do those a little longer."""

    content = _file(fmt, tone(440, stream_samples(frames)))
    assert _heard(fmt, content, decode).size == _length(fmt, frames)


@pytest.mark.parametrize(
    "fmt",
    _formats("mp3_22050_32", "mp3_24000_48", "mp3_44100_64", "opus_48000_64", "wav_8000", "wav_48000"),
    ids=lambda fmt: fmt.name,
)
def test_another_decoder_agrees(tone: Tone, fmt: OutputFormat) -> None:
    """libsndfile, with mpg123 and libopus in it, finds the same rate and length."""

    found = soundfile.info(io.BytesIO(_file(fmt, tone(440, stream_samples(FRAMES)))))
    assert (found.frames, found.samplerate, found.channels) == (_length(fmt, FRAMES), fmt.sample_rate_hz, 1)


@functools.cache
def _burst(rate_hz: int, sample_count: int, start_s: float) -> Sound:
    """24 ms of many tones that begin at `start_s`, as heard at the given rate: no two places are alike."""
    random = np.random.default_rng(3)
    times = np.arange(sample_count) / rate_hz - start_s
    tones = sum(
        np.sin(2 * np.pi * frequency_hz * times + phase)
        for frequency_hz, phase in zip(random.uniform(250, 3200, 16), random.uniform(0, 7, 16), strict=True)
    )
    window = np.where((times > 0) & (times < 0.024), np.sin(np.pi * times / 0.024) ** 2, 0)
    return np.asarray(0.1 * tones * window)


@every_format
def test_a_sound_stays_at_its_time(decode: Decode, fmt: OutputFormat) -> None:
    """Bursts at the very beginning, in between and at the end are heard to the sample when they were made."""

    starts_s = (0.0, 0.71123, 1.5, stream_samples(FRAMES) / 44_100 - 0.024)
    made = sum(_burst(44_100, stream_samples(FRAMES), start_s) for start_s in starts_s)
    content = _file(fmt, np.rint(made * 32_767).astype(np.int16))

    heard = _heard(fmt, content, decode)

    reach = fmt.sample_rate_hz // 250
    for start_s in starts_s:
        expected = _burst(fmt.sample_rate_hz, heard.size, start_s)
        places = np.flatnonzero(expected)
        energy = np.sum(expected**2)
        likeness = {
            shift: float(expected[places] @ np.take(heard, places + shift, mode="wrap") / energy)
            for shift in range(-reach, reach + 1)
        }
        assert max(likeness, key=lambda shift: likeness[shift]) == 0
        assert likeness[0] > 0.8


@every_format
def test_cutting_changes_no_byte(tone: Tone, fmt: OutputFormat) -> None:
    """Whole, by frames or in pieces of any size, empty ones too: the bytes are the same."""

    samples = tone(300, stream_samples(FRAMES))
    odd_places = np.sort(np.random.default_rng(2).integers(0, samples.size, 40))

    whole = _stream(fmt, [samples])

    assert _stream(fmt, np.split(samples, FRAMES - 1)) == whole
    assert _stream(fmt, np.split(samples, [0, 1, 1, *odd_places])) == whole


@every_format
def test_an_empty_sound_is_a_whole_file(fmt: OutputFormat) -> None:
    """Without a sample there is still a file where the format has a head, and it is heard as nothing."""

    content = _file(fmt, np.zeros(0, np.int16))

    assert content == _file(fmt, np.zeros(0, np.int16))
    if fmt.codec in ("mp3", "opus", "wav"):
        assert soundfile.info(io.BytesIO(content)).frames == 0
    else:
        assert content == b""


@every_format
def test_bytes_come_while_the_sound_is_made(tone: Tone, fmt: OutputFormat) -> None:
    """After six seconds of sound, at least four of them have been given."""

    encoder = open_encoder(fmt)
    pieces = np.split(tone(200, 44_100 * 6), 60)

    before = sum(len(encoder.encode(piece)) for piece in pieces)

    assert before > len(encoder.finish()) * 2


@pytest.mark.parametrize(
    "fmt", [fmt for fmt in OUTPUT_FORMATS.values() if fmt.bitrate_kbps], ids=lambda fmt: fmt.name
)
def test_the_bit_rate_is_what_the_name_says(tone: Tone, fmt: OutputFormat) -> None:
    """MP3 is constant to the frame; Opus, which varies, comes within a tenth."""

    samples = tone(250, stream_samples(400))
    sent_kbps = len(_stream(fmt, [samples])) * 8 / 1000 / (samples.size / 44_100)

    assert sent_kbps == pytest.approx(fmt.bitrate_kbps, rel=0.01 if fmt.codec == "mp3" else 0.1)


@pytest.mark.parametrize(
    "fmt", _formats("opus_48000_32", "mp3_44100_128", "ulaw_8000"), ids=lambda fmt: fmt.name
)
def test_encoders_side_by_side_do_not_meet(tone: Tone, fmt: OutputFormat) -> None:
    """Four at once, each in its thread, give what each gives alone."""

    sounds = [tone(200 + 90 * number, stream_samples(FRAMES)) for number in range(4)]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda samples: _file(fmt, samples), sounds))

    assert together == [_file(fmt, samples) for samples in sounds]


@every_format
def test_an_encoder_may_be_left_halfway(tone: Tone, fmt: OutputFormat) -> None:
    """When the listener leaves, an encoder is dropped without an end, and nobody complains."""

    encoder = open_encoder(fmt)
    encoder.encode(tone(440, 50_000))
    del encoder
    gc.collect()


@pytest.mark.parametrize(("name", "silence"), [("ulaw_8000", 0xFF), ("alaw_8000", 0xD5)])
def test_telephone_sound_is_near_the_samples(tone: Tone, decode: Decode, name: str, silence: int) -> None:
    """G.711 is off by at most half a step, which is a 32nd of a sample's height; silence has its own code."""

    fmt = get_output_format(name)
    samples = tone(440, stream_samples(FRAMES)) * 2
    exact = np.frombuffer(_file(get_output_format("pcm_8000"), samples), "<i2") / 32_768
    error = np.abs(_heard(fmt, _file(fmt, samples), decode) - exact)

    assert (error <= np.abs(exact) / 32 + 8 / 32_768).all()
    assert set(_file(fmt, np.zeros(1152, np.int16))) == {silence}


@pytest.mark.parametrize("fmt", _formats("wav_8000", "wav_44100"), ids=lambda fmt: fmt.name)
def test_a_wav_head_counts_every_byte(fmt: OutputFormat, tone: Tone) -> None:
    """The head is 44 bytes, and its two sizes are those of the file."""

    content = _file(fmt, tone(440, stream_samples(FRAMES)))
    assert content[:4] == b"RIFF"
    assert struct.unpack("<I", content[4:8])[0] == len(content) - 8
    assert content[36:44] == b"data" + struct.pack("<I", len(content) - 44)


def test_a_wav_file_beyond_4_gib_says_its_size_in_64_bits() -> None:
    """A sound of 27 hours makes an RF64 file, whose head still counts every byte."""

    frames = 3_750_000
    data_bytes = stream_samples(frames) * 2
    head = stream_head(get_output_format("wav_44100"), frame_count=frames, stream_bytes=data_bytes)

    assert head[:4] == b"RF64"
    assert struct.unpack("<QQ", head[20:36]) == (len(head) + data_bytes - 8, data_bytes)
