"""An engine for each test, ended after it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rhapsode.engines.espeak import EspeakEngine
from rhapsode.engines.registry import get_voice
from rhapsode.studio.voice import Voice

DATA = Path(__file__).parents[3] / "data" / "engines"


@pytest.fixture
def engine() -> Iterator[EspeakEngine]:
    engine = EspeakEngine()
    yield engine
    engine.close()


@pytest.fixture
def alder() -> Voice:
    return get_voice("espeak_alder")


@pytest.fixture(scope="session")
def data() -> Path:
    return DATA
