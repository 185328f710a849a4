"""What several tests of documents need."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of small documents beside their expected blocks."""
    return ROOT / "tests" / "data" / "documents"
