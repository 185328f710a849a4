"""Migrations make exactly the tables of schema.py, whole or not at all."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from rhapsode.storage import migration, schema
from rhapsode.storage.records import Records
from rhapsode.studio.errors import DataDirectoryRefused

from .stored import records_path

OBJECTS = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a database that was just opened for the first time."""
    Records.open_sqlite(records_path(tmp_path)).close()
    connection = sqlite3.connect(records_path(tmp_path))
    yield connection
    connection.close()


def objects_of(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Each table and index as the lines that made it; the order of a table's constraints means nothing."""
    return {name: _normal(sql) for name, sql in connection.execute(OBJECTS)}


def _normal(sql: str) -> tuple[str, ...]:
    lines = [re.sub(r"\s+", " ", line).strip().rstrip(",") for line in sql.splitlines()]
    columns = [line for line in lines if not line.startswith("CONSTRAINT")]
    return (*columns, *sorted(line for line in lines if line.startswith("CONSTRAINT")))


def test_a_migrated_database_is_what_the_schema_says(tmp_path: Path, migrated: sqlite3.Connection) -> None:
    """Alembic finds no difference between the two, types included."""
    engine = sa.create_engine(f"sqlite:///{records_path(tmp_path)}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, schema.metadata)
    engine.dispose()

    assert differences == []


def test_what_alembic_does_not_compare_is_the_same_too(migrated: sqlite3.Connection) -> None:
    """Order of columns, partial indexes, cascades and tables without rowid are those of schema.py."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        schema.metadata.create_all(connection)
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        created = objects_of(raw)
    engine.dispose()

    found = objects_of(migrated)

    assert found == created
    without_rowid = {name for name, sql in found.items() if any("WITHOUT ROWID" in line for line in sql)}
    assert without_rowid == {"segment_references", "project_snapshot_chapters"}
    assert {name for name, sql in found.items() if " WHERE " in sql[0]} == {
        "ix_chapters_deleted",
        "ix_conversions_unfinished",
        "uq_projects_workspace_id_origin",
    }


def test_every_table_names_its_workspace() -> None:
    """Each row belongs to a workspace; a reference belongs to that of its segment."""
    without = {table.name for table in schema.metadata.sorted_tables if "workspace_id" not in table.c}

    assert without == {"segment_references"}


def test_the_revision_of_the_schema_is_the_last_migration(migrated: sqlite3.Connection) -> None:
    """The number in schema.py, by which a database is known to be up to date, is that of the newest script."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        scripts = ScriptDirectory.from_config(migration.migration_config(connection))
    engine.dispose()

    assert scripts.get_heads() == [schema.REVISION]
    assert migrated.execute("SELECT version_num FROM alembic_version").fetchall() == [(schema.REVISION,)]


def test_opening_what_is_up_to_date_loads_no_alembic(tmp_path: Path, migrated: sqlite3.Connection) -> None:
    """A command on an existing directory doesn't wait for the import of the migration tool."""
    program = (
        "import sys; from pathlib import Path; from rhapsode.storage.records import Records\n"
        "Records.open_sqlite(Path(sys.argv[1])).close(); print('alembic' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(records_path(tmp_path))],
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.strip() == "False"


def test_records_of_a_newer_version_are_refused(tmp_path: Path, migrated: sqlite3.Connection) -> None:
    """A revision that no script here makes is refused, and the file stays as it was."""
    migrated.execute("UPDATE alembic_version SET version_num = '9999'")
    migrated.execute("ALTER TABLE projects ADD COLUMN mood TEXT")
    migrated.execute("DELETE FROM workspaces")
    migrated.commit()
    before = list(migrated.iterdump())

    with pytest.raises(DataDirectoryRefused, match="newer version"):
        Records.open_sqlite(records_path(tmp_path))

    assert list(migrated.iterdump()) == before


KILLED = """
import os, signal, sys
from pathlib import Path
import sqlalchemy as sa
from alembic import command
from rhapsode.storage.records import Records

path, nth = Path(sys.argv[1]), 0
while True:
    nth += 1
    pid = os.fork()
    if pid == 0:
        count = 0

        @sa.event.listens_for(sa.Engine, "before_cursor_execute")
        def kill(*_):
            global count
            count += 1
            if count == nth:
                os.kill(os.getpid(), signal.SIGKILL)

        Records.open_sqlite(path.with_name(f"{nth}.sqlite3")).close()
        os._exit(0)
    if os.waitpid(pid, 0)[1] == 0:
        print(nth - 1)
        break
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_a_killed_migration_leaves_the_old_or_the_new_schema(
    tmp_path: Path, migrated: sqlite3.Connection
) -> None:
    """Whichever statement of the first opening is the last, all tables are there or none, and opening goes on."""
    command = [sys.executable, "-c", KILLED, str(tmp_path / "x.sqlite3")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    whole, seen = objects_of(migrated), set()

    kills = int(ran.stdout)
    for nth in range(1, kills + 1):
        path = tmp_path / f"{nth}.sqlite3"
        killed = sqlite3.connect(path)
        found = objects_of(killed)
        killed.close()
        assert found in ({}, whole), nth
        seen.add(len(found))
        Records.open_sqlite(path).close()
        mended = sqlite3.connect(path)
        assert objects_of(mended) == whole
        mended.close()

    assert kills > len(whole)
    assert seen == {0, len(whole)}
