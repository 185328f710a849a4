import pytest

from rhapsode.audio.encoding import ENCODINGS, FRAME_SAMPLES, QUALITY_ENCODINGS, SAMPLE_RATE_HZ


@pytest.mark.parametrize(
    ("quality", "name"),
    [
        ("standard", "mp3_44100_128"),
        ("high", "mp3_44100_192"),
        ("ultra", "mp3_44100_192"),
        ("ultra_lossless", "pcm_44100"),
    ],
)
def test_a_quality_chooses_an_encoding(quality: str, name: str) -> None:
    """Each of the wire's quality presets is stored in the encoding that its documentation names."""

    assert QUALITY_ENCODINGS[quality] is ENCODINGS[name]


def test_all_encodings_share_one_time() -> None:
    """Every encoding has the same rate, so that one alignment is true for all of them."""

    assert {encoding.sample_rate_hz for encoding in ENCODINGS.values()} == {SAMPLE_RATE_HZ}


def test_only_pcm_is_cut_at_the_end() -> None:
    """A WAV file leaves out one frame of 16-bit samples; an MP3 file leaves that to its decoder."""

    cuts = {name: encoding.end_cut_bytes for name, encoding in ENCODINGS.items()}
    assert cuts == {"mp3_44100_128": 0, "mp3_44100_192": 0, "pcm_44100": 2 * FRAME_SAMPLES}
