"""Kokoro itself, wherever RHAPSODE_TEST_VOICES names a folder that has it."""

import os
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.voice_graphs import need_engine

from rhapsode.engines.engine import Speech
from rhapsode.studio.voice import Voice, VoiceSettings

if TYPE_CHECKING:
    from rhapsode.engines.kokoro import KokoroEngine

TEXT = "The old house stands by the river, and nobody lives there any more."


@pytest.fixture(scope="module")
def files() -> Mapping[str, Path]:
    """Of any release: the model's name begins with `kokoro`, and that of its styles with `voices`."""
    need_engine("kokoro")
    folder = os.environ.get("RHAPSODE_TEST_VOICES")
    if not folder:
        pytest.skip("RHAPSODE_TEST_VOICES names no folder of voices")
    models, styles = sorted(Path(folder).rglob("kokoro*.onnx")), sorted(Path(folder).rglob("voices*.bin"))
    if not models or not styles:
        pytest.skip(f"there is no Kokoro in {folder}")
    return {"model": models[0], "styles": styles[0]}


@pytest.fixture(scope="module")
def engine() -> "Iterator[KokoroEngine]":
    """Which loads the model once."""
    need_engine("kokoro")
    from rhapsode.engines.kokoro import KokoroEngine

    engine = KokoroEngine()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def heart(engine: "KokoroEngine", files: Mapping[str, Path]) -> Voice:
    """An American voice."""
    return next(voice for voice in engine.read_voices(files) if voice.language == "en-US")


@pytest.mark.slow
def test_it_speaks_and_every_word_has_its_time(
    engine: "KokoroEngine", files: Mapping[str, Path], heart: Voice
) -> None:
    """Between 40 ms and a second, with sound in it; and what it said once it says again."""
    said = [
        engine.synthesize(TEXT, voice=heart, language="en-US", settings=VoiceSettings(), files=files)
        for _ in range(2)
    ]
    speech = said[0]
    assert isinstance(speech, Speech)
    boundaries = speech.alignment.boundaries
    loudest = np.abs(speech.samples.astype(np.int32)).max()
    starts = [0, *(place + 1 for place, character in enumerate(TEXT) if character == " "), len(TEXT) + 1]

    for start, following in pairwise(starts):
        sound = speech.samples[boundaries[start] : boundaries[following - 1]]
        assert 0.04 < sound.size / speech.sample_rate_hz < 1
        assert np.abs(sound.astype(np.int32)).max() > loudest / 20
    assert np.array_equal(speech.samples, said[1].samples)
