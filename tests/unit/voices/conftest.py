"""A place to install voices into."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.voice_shelf import Shelf, new_shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """Nothing is installed yet, but for the engine."""
    with new_shelf(tmp_path) as shelf:
        yield shelf
