"""An engine for each test, ended after it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rhapsode.engines.espeak import EspeakEngine
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import engine_catalogue

DATA = Path(__file__).parents[3] / "data" / "engines"


@pytest.fixture
def engine() -> Iterator[EspeakEngine]:
    engine = EspeakEngine()
    yield engine
    engine.close()


@pytest.fixture
def alder() -> Voice:
    return engine_catalogue().get("espeak_alder")


@pytest.fixture(scope="session")
def data() -> Path:
    return DATA
