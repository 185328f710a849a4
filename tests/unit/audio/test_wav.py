import io
import struct
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from rhapsode.audio.encode import encode_segment
from rhapsode.audio.encoding import PCM
from rhapsode.audio.tags import Tags
from rhapsode.audio.wav import crc32_of_cut_end, wav_header

SAMPLES = np.arange(-500, 500).astype("<i2")


def test_a_wav_file_is_read_back() -> None:
    """Header and samples make a file whose every sample libsndfile reads."""

    content = wav_header(Tags("T"), data_bytes=SAMPLES.nbytes) + SAMPLES.tobytes()
    samples, rate_hz = soundfile.read(io.BytesIO(content), dtype="int16")
    assert rate_hz == 44_100
    assert np.array_equal(samples, SAMPLES)


def test_sizes_are_exact() -> None:
    """The RIFF size counts every byte after it, and the data chunk is the last."""

    header = wav_header(Tags("odd"), data_bytes=2000)
    assert struct.unpack("<I", header[4:8])[0] == len(header) + 2000 - 8
    assert header[-8:] == b"data" + struct.pack("<I", 2000)


@pytest.mark.parametrize("title", ["even", "odd", "Größe", "A\0B"])
def test_words_are_read_back(title: str) -> None:
    """Title, book and author are found by FFmpeg, whatever their length in bytes."""

    tags = Tags(title, book="The Book", author="The Author")
    content = wav_header(tags, data_bytes=SAMPLES.nbytes) + SAMPLES.tobytes()
    with av.open(io.BytesIO(content), mode="r") as container:
        metadata = container.metadata
        decoded = [frame.samples for frame in container.decode(audio=0)]

    assert metadata == {"title": title.replace("\0", ""), "album": "The Book", "artist": "The Author"}
    assert sum(decoded) == SAMPLES.size


@pytest.mark.parametrize("beyond", [False, True])
def test_a_file_beyond_4_gib_is_rf64(tmp_path: Path, *, beyond: bool) -> None:
    """The last RIFF file ends at 4 GiB; one sample more and it is RF64, and both are read to their length."""

    chunks = len(wav_header(Tags("T"), data_bytes=2)) - 8
    data_bytes = (2**32 - 1 - chunks) // 2 * 2 + (2 if beyond else 0)
    header = wav_header(Tags("T"), data_bytes=data_bytes)
    path = tmp_path / "long.wav"
    with path.open("wb") as file:  # Sparse: no disk is used for the silence.
        file.write(header)
        file.truncate(len(header) + data_bytes)

    assert header[:4] == (b"RF64" if beyond else b"RIFF")
    assert soundfile.info(path).frames == data_bytes // 2
    with av.open(path) as container:
        assert container.streams.audio[0].duration == data_bytes // 2


def test_an_rf64_file_says_its_sizes_in_64_bits() -> None:
    """RF64 keeps the sizes in its first chunk, and the old places say so."""

    header = wav_header(Tags("T"), data_bytes=2**33)
    assert header[4:8] == header[-4:] == b"\xff" * 4
    assert header[12:20] == b"ds64" + struct.pack("<I", 28)
    riff_bytes, data_bytes, samples, table = struct.unpack("<QQQI", header[20:48])
    assert (riff_bytes, data_bytes, samples, table) == (len(header) + 2**33 - 8, 2**33, 2**32, 0)


@given(st.lists(st.integers(-32_768, 32_767), max_size=3000))
@settings(deadline=None)
def test_the_checksum_of_a_cut_piece_needs_no_reading(values: list[int]) -> None:
    """The CRC-32 of a PCM piece gives that of the piece without its last frame of zeros."""

    piece = encode_segment(np.array(values, np.int16), PCM)
    assert crc32_of_cut_end(zlib.crc32(piece)) == zlib.crc32(piece[: -PCM.end_cut_bytes])
