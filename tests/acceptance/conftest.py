"""A program of its own for each test, and books for it."""

from pathlib import Path

import pytest

from .program import TALE, Rhapsode

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rhapsode(tmp_path: Path) -> Rhapsode:
    """A program without any history."""
    return Rhapsode(tmp_path)


@pytest.fixture(scope="session")
def example() -> Path:
    """The example book, *The Lamp Keepers*."""
    return ROOT / "examples" / "the-lamp-keepers.epub"


@pytest.fixture
def tale(rhapsode: Rhapsode) -> Path:
    """A short book that can be edited."""
    return rhapsode.write("tale.md", TALE)
