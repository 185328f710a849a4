"""The size of an MP3 stream is known before it is encoded."""

import numpy as np
import pytest

from rhapsode.audio.grid import stream_samples
from rhapsode.audio.mp3_kind import mp3_kind
from rhapsode.audio.mp3_size import mp3_stream_bytes
from rhapsode.audio.output_formats import OUTPUT_FORMATS
from rhapsode.audio.stream_encoders import open_encoder


@pytest.mark.parametrize("name", [name for name, made in OUTPUT_FORMATS.items() if made.codec == "mp3"])
@pytest.mark.parametrize("frames", [1, 2, 3, 24, 25, 26, 74, 100, 123, 500])
def test_it_is_what_the_encoder_gives(name: str, frames: int) -> None:
    """To the byte, at every rate, wherever LAME pads a frame."""
    output_format = OUTPUT_FORMATS[name]
    sample_count = stream_samples(frames) * output_format.sample_rate_hz // 44_100
    encoder = open_encoder(output_format)
    content = encoder.encode(np.zeros(stream_samples(frames), np.int16)) + encoder.finish()
    assert mp3_stream_bytes(sample_count, mp3_kind(output_format)) == len(content)
