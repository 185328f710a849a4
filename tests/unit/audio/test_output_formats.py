import pytest

from rhapsode.audio.output_formats import OUTPUT_FORMATS, get_output_format
from rhapsode.studio.errors import UnknownOutputFormat

NAMES_OF_THE_WIRE = """
alaw_8000 ulaw_8000
mp3_22050_32 mp3_24000_48 mp3_44100_32 mp3_44100_64 mp3_44100_96 mp3_44100_128 mp3_44100_192
opus_48000_32 opus_48000_64 opus_48000_96 opus_48000_128 opus_48000_192
pcm_8000 pcm_16000 pcm_22050 pcm_24000 pcm_32000 pcm_44100 pcm_48000
wav_8000 wav_16000 wav_22050 wav_24000 wav_32000 wav_44100 wav_48000
"""


def test_every_format_of_the_wire_is_there_and_no_other() -> None:
    """The names are the enum of the operation."""

    assert sorted(OUTPUT_FORMATS) == sorted(NAMES_OF_THE_WIRE.split())


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_a_name_says_what_it_stands_for(name: str) -> None:
    """The parts of a name are codec, rate and, where there is one, bit rate."""

    found = get_output_format(name)
    parts = [found.codec, str(found.sample_rate_hz)]
    if found.bitrate_kbps is not None:
        parts.append(str(found.bitrate_kbps))

    assert "_".join(parts) == found.name == name
    assert (found.bitrate_kbps is not None) == (found.codec in ("mp3", "opus"))


@pytest.mark.parametrize(
    ("name", "extension", "media_type"),
    [
        ("mp3_44100_128", "mp3", "audio/mpeg"),
        ("opus_48000_64", "opus", "audio/ogg"),
        ("pcm_16000", "pcm", "audio/pcm"),
        ("wav_22050", "wav", "audio/wav"),
        ("ulaw_8000", "ul", "audio/basic"),
        ("alaw_8000", "al", "audio/basic"),
    ],
)
def test_files_have_the_names_that_players_know(name: str, extension: str, media_type: str) -> None:
    """Each codec has its extension and media type."""

    found = get_output_format(name)
    assert (found.extension, found.media_type) == (extension, media_type)


@pytest.mark.parametrize("name", ["", "mp3", "MP3_44100_128", "mp3_44100_256", "pcm_11025", "default"])
def test_an_unknown_format_is_refused_with_those_there_are(name: str) -> None:
    """Who asks for another format learns which there are."""

    with pytest.raises(UnknownOutputFormat, match=r"one of: .*mp3_44100_128.*ulaw_8000") as refusal:
        get_output_format(name)
    assert refusal.value.code == "invalid_output_format"
