"""Databases of fleets, with the tables of the job engine."""

import tempfile
from pathlib import Path

from tests.conformance.fleet_members import DATABASE, fleet_member
from tests.conformance.runner_child import FileSteps
from tests.postgres import PostgresServer


def put_database(root: Path, postgres: PostgresServer) -> None:
    """Give a folder's fleet a database of its own, whose address is as short as people may write it."""
    url = postgres.new_copy(_make_tables).replace("postgresql+psycopg://", "postgres://")
    (root / DATABASE).write_text(url)


def _make_tables(url: str) -> None:
    """Have a runner make them that has nothing else to do."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / DATABASE).write_text(url)
        runner = fleet_member(root, "first", [])
        runner.start(FileSteps(root), ())
        runner.stop()
