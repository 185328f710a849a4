"""A data directory's records and blobs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import open_records

from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import Records

from .stored import records_path


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """New records."""
    records = open_records(records_path(tmp_path))
    yield records
    records.close()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    """New blobs beside them."""
    return LocalBlobs(tmp_path / "blobs")
