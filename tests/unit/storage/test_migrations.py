"""Migrations make exactly the tables of schema.py, whole or not at all."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from tests.postgres import sqlite_only
from tests.rounds import rounds

from rhapsode.storage import migration, schema
from rhapsode.storage.records import Records
from rhapsode.storage.sqlite import sqlite_engine
from rhapsode.studio.errors import DataDirectoryRefused

from .stored import WORKSPACE, records_path

FULL_TEXT = "history_texts"
OBJECTS = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a database that was just opened for the first time."""
    Records.open_sqlite(records_path(tmp_path)).close()
    connection = sqlite3.connect(records_path(tmp_path))
    yield connection
    connection.close()


def objects_of(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Each table as its columns and constraints, in no order, and each index as what made it."""
    return {name: _normal(re.sub(r"\s+", " ", sql)) for name, sql in connection.execute(OBJECTS)}


def contents_of(connection: sqlite3.Connection) -> list[object]:
    """Every row of every table, and what the tables are."""
    tables = [name for name, sql in connection.execute(OBJECTS) if sql.startswith("CREATE TABLE")]
    rows = [connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables]
    return [connection.execute("SELECT * FROM sqlite_master").fetchall(), rows]


def _normal(sql: str) -> tuple[str, ...]:
    match = re.fullmatch(r"(CREATE TABLE \w+) ?\((.*)\)(.*)", sql)
    if match is None:
        return (sql,)
    items = [item.strip() for item in re.split(r",(?![^(]*\))", match[2])]
    columns = [item for item in items if not item.startswith("CONSTRAINT")]
    constraints = sorted(item for item in items if item.startswith("CONSTRAINT"))
    return (match[1] + match[3], *columns, *constraints)


@sqlite_only
def test_a_migrated_database_is_what_the_schema_says(tmp_path: Path, migrated: sqlite3.Connection) -> None:
    """Alembic finds no difference between the two, types included; the next test looks at what it can't know."""
    engine = sa.create_engine(f"sqlite:///{records_path(tmp_path)}")
    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": lambda name, *_: not str(name).startswith(FULL_TEXT)}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, schema.metadata)
    engine.dispose()

    assert differences == []


@sqlite_only
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
    assert {name for name in without_rowid if not name.startswith(FULL_TEXT)} == {
        "history_files",
        "key_usage",
        "project_snapshot_chapters",
        "link_revocations",
        "segment_references",
        "voice_blobs",
        "voice_edits",
        "voice_levels",
        "voice_paces",
        "voice_files",
        "whole_files",
    }
    assert {name for name, sql in found.items() if " WHERE " in sql[0]} == {
        "ix_callbacks_due",
        "ix_chapters_deleted",
        "ix_creations_unfinished",
        "ix_conversions_unfinished",
        "uq_projects_workspace_id_origin",
    }


def test_every_table_names_its_workspace() -> None:
    """Each row belongs to a workspace, but who works on them; a reference belongs to that of its segment."""
    without = {table.name for table in schema.metadata.sorted_tables if "workspace_id" not in table.c}

    assert without == {"segment_references", "installation", "members", "leases"}


@sqlite_only
def test_the_revision_of_the_schema_is_the_last_migration(migrated: sqlite3.Connection) -> None:
    """The number in schema.py, by which a database is known to be up to date, is that of the newest script."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        scripts = ScriptDirectory.from_config(migration.migration_config(connection))
    engine.dispose()

    assert scripts.get_heads() == [schema.REVISION]
    assert migrated.execute("SELECT version_num FROM alembic_version").fetchall() == [(schema.REVISION,)]


@sqlite_only
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


@sqlite_only
def test_records_of_a_newer_version_are_refused(tmp_path: Path, migrated: sqlite3.Connection) -> None:
    """A revision that no script here makes is refused, and the file stays as it was."""
    migrated.execute("UPDATE alembic_version SET version_num = '9999'")
    migrated.execute("ALTER TABLE projects ADD COLUMN mood TEXT")
    migrated.execute("DELETE FROM workspaces")
    migrated.commit()
    before = contents_of(migrated)

    with pytest.raises(DataDirectoryRefused, match="newer version"):
        Records.open_sqlite(records_path(tmp_path))

    assert contents_of(migrated) == before


FIRST_REVISION = "0001"


def fill(connection: sa.Connection) -> dict[str, dict[str, object]]:
    """Put a row into each table of a database; the rows, which refer to each other, by table."""
    tables = sa.MetaData()
    tables.reflect(connection)
    rows = {
        table.name: {column.name: _some_value(column) for column in table.columns}
        for table in tables.sorted_tables
        if not table.name.startswith("alembic")
    }
    for name, row in rows.items():
        connection.execute(tables.tables[name].insert(), row)
    return rows


def _some_value(column: sa.Column[object]) -> object:
    kind = column.type.python_type
    return {str: "some", bytes: b"some", int: 1, bool: True}[kind]


@sqlite_only
def test_a_database_of_the_first_version_keeps_all_it_holds(tmp_path: Path) -> None:
    """A row in each of its tables is the same row afterwards, with what is new at its default."""
    engine = sqlite_engine(records_path(tmp_path), writes=True)
    with engine.begin() as connection:
        command.upgrade(migration.migration_config(connection), FIRST_REVISION)
        before = fill(connection)
    engine.dispose()

    records = Records.open_sqlite(records_path(tmp_path))
    with records.read(WORKSPACE) as tx:
        after = {
            name: [
                dict(row._mapping)
                for row in tx.connection.execute(schema.metadata.tables[name].select())
                if name != "workspaces" or row.workspace_id == "some"
            ]
            for name in before
        }
    damage = records.find_damage()
    records.close()

    before["projects"]["details"] = "{}"
    before["conversions"] |= dict.fromkeys(
        ("chapter_id", "key_id", "paid_character_count", "error_source_key")
    )
    before["chapters"] |= {"muted": False, "content_id": None}
    before["segments"] |= {"mastering": None, "measurements": None, "flaws": None, "packet_sizes": None}
    before["segments"] |= dict.fromkeys(("dropped_bytes", "dropped_crc32", "changed_at_ms", "peaks"))
    before["projects"]["document_key"] = None
    before["workspaces"] |= {"link_secret": None, "history_days": None, "masters_days": None}
    before["workspaces"] |= dict.fromkeys(("link_secret", "disabled_at_ms", "deleted_at_ms", "purged_at_ms"))
    before["audit_log"] |= dict.fromkeys(("user_id", "key_id", "address", "detail"))
    before["blocks"]["locked"] = False
    before["takes"]["source"] = None
    assert len(before) > 15
    assert after == {name: [row] for name, row in before.items()}
    assert damage == []


RACHEL = "21m00Tcm4TlvDq8ikWAM"


@sqlite_only
@pytest.mark.parametrize("is_spoken", [True, False])
def test_who_has_read_for_a_premade_voice_goes_on(tmp_path: Path, is_spoken: bool) -> None:
    """Whatever is installed now; a project that nobody has spoken yet has whoever is nearest then."""
    engine = sqlite_engine(records_path(tmp_path), writes=True)
    with engine.begin() as connection:
        command.upgrade(migration.migration_config(connection), FIRST_REVISION)
        fill(connection)
        command.upgrade(migration.migration_config(connection), "0006")
        for statement in (
            f"UPDATE projects SET default_paragraph_voice_id = '{RACHEL}', language = 'en-GB', details = '{{}}'",
            "UPDATE blocks SET kind = 'paragraph', language = 'de'",
            "UPDATE nodes SET voice_id = NULL",
            "UPDATE takes SET node_id = 'some'" if is_spoken else "DELETE FROM takes",
        ):
            connection.execute(sa.text(statement))
    engine.dispose()

    records = Records.open_sqlite(records_path(tmp_path))
    with records.read(WORKSPACE) as tx:
        details = tx.connection.execute(sa.select(schema.projects.c.details)).scalar_one()
    records.close()

    readers = {f"{RACHEL}/en": "espeak_hazel", f"{RACHEL}/de": "espeak_hazel"}
    assert json.loads(details) == ({"readers": readers} if is_spoken else {})


KILLED = """
import os, signal, sys
from pathlib import Path
import sqlalchemy as sa
from alembic import command
from rhapsode.storage.records import Records

path, every, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
count = 0

@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def kill(*_):
    global count
    count += 1
    if count == nth:
        os.kill(os.getpid(), signal.SIGKILL)

nth = 0
Records.open_sqlite(path).close()
total, count = count, 0
for nth in sorted({*range(1, total, every), *range(total - last, total + 1)}):
    pid = os.fork()
    if pid == 0:
        Records.open_sqlite(path.with_name(f"{nth}.sqlite3")).close()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    print(nth)
"""


EVERY = rounds(9, 1)
"""Of the statements of a migration one is the last."""

LAST = 12
"""So many statements at the end are each the last: the commit is among them."""

AGAIN = 18
"""Of those that were left empty one is opened again."""


@sqlite_only
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_a_killed_migration_leaves_the_old_or_the_new_schema(
    tmp_path: Path, migrated: sqlite3.Connection
) -> None:
    """Whichever statement of the first opening is the last, all tables are there or none, and opening goes on."""
    command = [sys.executable, "-c", KILLED, str(tmp_path / "x.sqlite3"), str(EVERY), str(LAST)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    whole, seen = objects_of(migrated), set()

    kills = [int(line) for line in ran.stdout.split()]
    for number, nth in enumerate(kills):
        path = tmp_path / f"{nth}.sqlite3"
        killed = sqlite3.connect(path)
        found = objects_of(killed)
        killed.close()
        assert found in ({}, whole), nth
        seen.add(len(found))
        # All that are alike are opened alike, and each from nothing takes as long as the first.
        if found or number % AGAIN == 0:
            Records.open_sqlite(path).close()
            mended = sqlite3.connect(path)
            assert objects_of(mended) == whole
            mended.close()

    assert kills[-1] > len(whole)
    assert seen == {0, len(whole)}


_FIRST_SHARED = 8
"""From this migration on, processes of the version before go on beside the new one."""


def _shape_of(connection: sa.Connection) -> dict[str, dict[str, tuple[str, bool]]]:
    found = sa.inspect(connection)
    return {
        table: {
            column["name"]: (str(column["type"]), column["nullable"]) for column in found.get_columns(table)
        }
        for table in found.get_table_names()
    }


def test_migrations_only_add_where_others_go_on_meanwhile() -> None:
    """A process of the version before finds all that it knows, and may leave out what it doesn't know of."""
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        config = migration.migration_config(connection)
        command.upgrade(config, f"{_FIRST_SHARED - 1:04}")
        before = _shape_of(connection)
        for number in range(_FIRST_SHARED, int(schema.REVISION) + 1):
            command.upgrade(config, f"{number:04}")
            after = _shape_of(connection)
            for table, columns in before.items():
                assert columns.items() <= after[table].items(), (number, table)
                added = [c for c in sa.inspect(connection).get_columns(table) if c["name"] not in columns]
                assert all(c["nullable"] or c["default"] is not None for c in added), (number, table)
            before = after
    engine.dispose()
