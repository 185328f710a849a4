"""A child that speaks with the odd voices."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rhapsode.engines.neural.settings import NeuralSettings
from rhapsode.engines.neural.speaker import NeuralSpeaker

ROOT = Path(__file__).parents[4]
Start = Callable[..., NeuralSpeaker]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a speaker, which is closed when the test has ended."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    speakers = []

    def start(*, wall_s: float = 60.0, idle_s: float = 300.0) -> NeuralSpeaker:
        settings = NeuralSettings(idle_s=idle_s)
        speakers.append(NeuralSpeaker("odd", "tests.unit.engines.neural.odd_voices", settings, wall_s=wall_s))
        return speakers[-1]

    yield start
    for speaker in speakers:
        speaker.close()
