"""What several tests of documents need."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CORPUS = ROOT.parent / "shared" / "corpus"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of small documents beside their expected blocks."""
    return ROOT / "tests" / "data" / "documents"


@pytest.fixture(scope="session")
def corpus() -> Callable[[str], Path]:
    """Find a document of the corpus of real books; skip where it is missing, but fail in CI."""

    def find(name: str) -> Path:
        path = CORPUS / name
        if not path.exists():
            if os.environ.get("CI"):
                pytest.fail(f"the corpus is missing {name}")
            pytest.skip(f"the corpus of real documents is not beside this checkout: {name}")
        return path

    return find
