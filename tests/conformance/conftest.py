"""What tests of contracts share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, with its files outside of pytest's folders: it may run as a user who can't read those."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        postgres_server(Path(folder)) as server,
    ):
        yield server
