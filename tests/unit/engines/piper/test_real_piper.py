"""Published voices of Piper, wherever RHAPSODE_TEST_VOICES names a folder that has some."""

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.voice_graphs import need_engine

from rhapsode.audio.flaws import find_flaws
from rhapsode.engines.piper import PiperEngine
from rhapsode.studio.voice import VoiceSettings

pytestmark = pytest.mark.slow

TEXTS = {
    "de": "Die Boote kamen vor dem Regen herein. Niemand hatte sie gezählt, und niemand fragte danach.",
    "en": "The boats came in before the rain. Nobody had counted them, and nobody asked.",
    "fr": "Les bateaux sont rentrés avant la pluie. Personne ne les avait comptés.",
}


def real_models() -> list[Path]:
    """The models of the folder that have a config beside them."""
    folder = os.environ.get("RHAPSODE_TEST_VOICES")
    found = sorted(Path(folder).glob("**/*.onnx")) if folder else []
    return [path for path in found if path.with_name(f"{path.name}.json").exists()]


@pytest.fixture
def engine() -> Iterator[PiperEngine]:
    """Closed at the end."""
    need_engine("piper")
    engine = PiperEngine()
    yield engine
    engine.close()


def test_published_voices_speak(engine: PiperEngine) -> None:
    """All of them: nothing seems wrong with what is heard, and every word has its time."""
    models = real_models()
    if not models:
        pytest.skip("RHAPSODE_TEST_VOICES names no folder of Piper voices")
    for model in models:
        files = {"model": model, "config": model.with_name(f"{model.name}.json")}
        voice = engine.read_voices(files)[0]
        text = TEXTS.get(voice.language.split("-")[0], TEXTS["en"])
        asked = {"voice": voice, "language": voice.language, "settings": VoiceSettings(), "files": files}
        speech = engine.synthesize(text, **asked)  # type: ignore[arg-type] # its keywords
        again = engine.synthesize(text, **asked)  # type: ignore[arg-type] # its keywords
        boundaries = speech.alignment.boundaries
        words = [place for place in range(1, len(text)) if text[place - 1] == " "]

        assert find_flaws(speech.samples, speech.sample_rate_hz, text) == (), model
        assert all(boundaries[first] < boundaries[second] for first, second in pairwise(words)), model
        assert boundaries[-1] == speech.samples.size
        assert np.array_equal(speech.samples, again.samples), model
