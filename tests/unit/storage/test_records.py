"""Records on SQLite: what is acknowledged stays, and what goes wrong has a name."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.postgres import sqlite_only
from tests.rounds import rounds

from rhapsode.storage import schema
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.records import Records, Transaction, list_workspaces
from rhapsode.storage.sqlite import can_damage_wal
from rhapsode.storage.sqlite_database import SqliteDatabase
from rhapsode.studio.errors import DataDamaged, DataDirectoryInUse, DataDirectoryRefused, StorageFull

from .stored import FOREIGN, WORKSPACE, everything, key_of, records_path, rows_of, want


def pragma(tx: Transaction, name: str) -> object:
    return tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@sqlite_only
def test_commits_are_durable(records: Records) -> None:
    """The writer waits for the disk at each commit, in a write-ahead log, and heeds foreign keys."""
    with records.write(WORKSPACE) as tx:
        assert pragma(tx, "journal_mode") == "wal"
        assert pragma(tx, "synchronous") == 2
        assert pragma(tx, "foreign_keys") == 1


@sqlite_only
def test_readers_never_checkpoint(records: Records) -> None:
    """Only one connection moves the log into the database."""
    with records.read(WORKSPACE) as tx:
        assert pragma(tx, "wal_autocheckpoint") == 0
        assert pragma(tx, "query_only") == 1


def test_one_connection_writes_and_checkpoints(tmp_path: Path) -> None:
    """However many threads there are, only one connection can move the log into the database."""
    checkpointing: list[bool] = []

    def note(connection: sqlite3.Connection, _record: object) -> None:
        checkpointing.append(connection.execute("PRAGMA wal_autocheckpoint").fetchone()[0] > 0)

    def use(records: Records) -> None:
        for _ in range(5):
            with records.read(WORKSPACE), records.write(WORKSPACE) as tx:
                add_audit_entry(tx, actor="x", action="y", object_id="z")

    database = SqliteDatabase(records_path(tmp_path))
    records = Records(database)
    records.migrate()
    for engine in (database._writer, database._reader):
        sa.event.listen(engine, "connect", note)
        engine.dispose()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(use, [records] * 8))
    records.close()

    assert sum(checkpointing) == 1
    assert len(checkpointing) > 2


@pytest.mark.parametrize(
    ("version", "can"),
    [
        ((3, 40, 1), True),
        ((3, 44, 6), False),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_versions_with_the_wal_reset_bug(version: tuple[int, ...], can: bool) -> None:
    """It was mended in 3.51.3, and in two older lines."""
    assert can_damage_wal(version) == can


def test_errors_show_no_values(records: Records) -> None:
    """They are logged, and values are texts and secrets."""
    with pytest.raises(sa.exc.IntegrityError) as caught, records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.workspaces.insert().values(workspace_id=WORKSPACE, name="wsec_1"))
    assert "wsec_1" not in str(caught.value)


def test_closing_empties_the_log(tmp_path: Path) -> None:
    """After a close the database is one file, which can be copied by itself."""
    records = Records.open_sqlite(records_path(tmp_path))
    with records.read(WORKSPACE), records.write(WORKSPACE) as tx:
        add_audit_entry(tx, actor="x", action="y", object_id="z")
    records.close()

    assert [path.name for path in tmp_path.iterdir()] == [records_path(tmp_path).name]


def test_any_path_will_do(tmp_path: Path) -> None:
    """Characters that mean something in a URL or a format mean nothing in a path."""
    path = tmp_path / "50 % of a?b#c" / "réc.sqlite3"
    path.parent.mkdir()

    records = Records.open_sqlite(path)

    assert list_workspaces(records) == [WORKSPACE]
    assert path.is_file()
    records.close()


@sqlite_only
def test_a_file_that_is_no_database_is_damage(tmp_path: Path) -> None:
    """Bytes of something else are called damaged and left alone."""
    path = records_path(tmp_path)
    path.write_bytes(b"not a database, but long enough to be one " * 100)

    with pytest.raises(DataDamaged, match="records are damaged"):
        Records.open_sqlite(path)

    assert path.read_bytes().startswith(b"not a database")


@sqlite_only
def test_a_file_that_can_not_be_opened_is_refused(tmp_path: Path) -> None:
    """A directory in the place of the file is a matter of the directory, said with its path."""
    records_path(tmp_path).mkdir()

    with pytest.raises(DataDirectoryRefused, match=r"records\.sqlite3"):
        Records.open_sqlite(records_path(tmp_path))


@sqlite_only
def test_another_program_that_keeps_the_lock_is_named(tmp_path: Path, records: Records) -> None:
    """Whoever waits in vain for a foreign writer is told that it is a matter of waiting."""
    with records.write(WORKSPACE) as tx:
        tx.connection.exec_driver_sql("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(records_path(tmp_path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(DataDirectoryInUse), records.write(WORKSPACE):
        pass
    other.execute("ROLLBACK")
    other.close()
    want(records, "owner", [key_of(1)])

    assert len(rows_of(records, schema.segments)) == 1


@sqlite_only
def test_a_full_database_keeps_nothing_of_the_step(records: Records) -> None:
    """When no page is left the whole transaction is undone, and the next one that fits succeeds."""
    with records.write(WORKSPACE) as tx:
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")

    with pytest.raises(StorageFull, match="nothing of the last step was kept"):
        want(records, "owner", (key_of(i) for i in range(5000)))

    assert rows_of(records, schema.segments) == []
    want(records, "owner", [key_of(1)])
    assert len(rows_of(records, schema.segments)) == 1


LIMITED = """
import resource, signal, sys
from pathlib import Path
from rhapsode.storage.records import Records, DEFAULT_WORKSPACE_ID
from rhapsode.storage.segments import want_segments
from rhapsode.studio.errors import StorageFull

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
records = Records.open_sqlite(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
kept = 0
try:
    while True:
        with records.write(DEFAULT_WORKSPACE_ID) as tx:
            want_segments(tx, "owner", {"audio": [(kept * 100 + i).to_bytes(32, "big") for i in range(100)]})
        kept += 1
except StorageFull:
    print(kept * 100)
"""


@sqlite_only
@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
def test_a_file_that_may_not_grow_is_full_storage(tmp_path: Path) -> None:
    """A quota is told as full storage, and exactly the transactions before it are there."""
    command = [sys.executable, "-c", LIMITED, str(records_path(tmp_path))]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)

    records = Records.open_sqlite(records_path(tmp_path))
    assert len(rows_of(records, schema.segments)) == int(ran.stdout) > 0
    assert records.find_damage() == []
    records.close()


@sqlite_only
def test_damage_inside_the_file_is_found(tmp_path: Path) -> None:
    """A page of zeros is damage: it is reported, and reading it says so."""
    records = Records.open_sqlite(records_path(tmp_path))
    want(records, "owner", (key_of(i) for i in range(2000)))
    records.close()
    content = bytearray(records_path(tmp_path).read_bytes())
    # The tables' first pages come first, and what they have grown to behind them.
    middle = len(content) // 4096 * 2 // 3
    for page in range(middle, middle + 30):
        content[page * 4096 : page * 4096 + 4096] = bytes(4096)
    records_path(tmp_path).write_bytes(content)

    records = Records.open_sqlite(records_path(tmp_path))

    assert records.find_damage() != []
    with pytest.raises(DataDamaged):
        everything(records)
    records.close()


@sqlite_only
def test_rows_that_refer_to_nothing_are_damage(tmp_path: Path, records: Records) -> None:
    """What somebody has deleted behind the back of the foreign keys is found."""
    want(records, "owner", [key_of(1)])
    assert records.find_damage() == []
    with sqlite3.connect(records_path(tmp_path)) as other:
        other.execute("DELETE FROM segments")
    other.close()

    assert records.find_damage() == ["rows of segment_references refer to rows of segments that are missing"]


def test_a_workspace_that_is_unknown_holds_nothing(records: Records) -> None:
    """Nothing can be written into a workspace that wasn't made."""
    with pytest.raises(sa.exc.IntegrityError), records.write(FOREIGN) as tx:
        add_audit_entry(tx, actor="x", action="y", object_id="z")

    assert list_workspaces(records) == [WORKSPACE]


WRITER = """
import sys
from pathlib import Path
from rhapsode.storage.records import Records, DEFAULT_WORKSPACE_ID
from rhapsode.storage.audit import add_audit_entry
from rhapsode.studio.ids import new_id

records = Records.open_sqlite(Path(sys.argv[1]))
while True:
    pair = new_id()
    with records.write(DEFAULT_WORKSPACE_ID) as tx:
        add_audit_entry(tx, actor="first", action="written", object_id=pair)
        add_audit_entry(tx, actor="second", action="written", object_id=pair)
    print(pair, flush=True)
"""


KILLS = rounds(4, 10)


@sqlite_only
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """A writer killed at random moments has lost no transaction that it had told of, and halved none."""
    path, acknowledged, rng = records_path(tmp_path), set(), random.Random(11)
    for _ in range(KILLS):
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        for _ in range(rng.randrange(1, 100)):
            acknowledged.add(child.stdout.readline().strip())
        time.sleep(rng.uniform(0, 0.01))
        child.send_signal(signal.SIGKILL)
        acknowledged |= {line.strip() for line in child.stdout if line.endswith("\n")}
        child.stdout.close()
        child.wait()

    records = Records.open_sqlite(path)
    found = [(row["object_id"], row["actor"]) for row in rows_of(records, schema.audit_log)]
    assert records.find_damage() == []
    records.close()

    first = {pair for pair, actor in found if actor == "first"}
    assert first == {pair for pair, actor in found if actor == "second"}
    assert acknowledged <= first
    assert len(first - acknowledged) <= KILLS
    assert len(acknowledged) > 10 * KILLS
