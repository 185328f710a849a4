"""What only Postgres can do wrong: several processes, a database that goes away, and its own rules."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from tests.postgres import PostgresServer
from tests.unit.storage import stored

from rhapsode.storage import members, schema
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import list_pack_ids, pack_key
from rhapsode.storage.records import (
    DEFAULT_WORKSPACE_ID,
    Records,
    Transaction,
    ensure_workspace,
    exclude_others,
)
from rhapsode.studio.errors import DataDirectoryRefused, InvalidInput, RecordsUnavailable
from rhapsode.studio.ids import WorkspaceId

AWAY = WorkspaceId("away")


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    """The address of new records."""
    return postgres.new_records()


@pytest.fixture
def open_records(url: str) -> Iterator[Callable[[], Records]]:
    """Open the same records as another process would."""
    opened: list[Records] = []

    def open_more() -> Records:
        opened.append(Records.open_postgres(url))
        return opened[-1]

    yield open_more
    for records in opened:
        records.close()


def note(tx: Transaction, text: str) -> None:
    add_audit_entry(tx, actor="test", action="noted", object_id=text)


def count_notes(records: Records) -> int:
    log = schema.audit_log.c
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        query = sa.select(sa.func.count()).where(log.workspace_id == tx.workspace_id)
        return tx.connection.execute(query).scalar_one()


def test_a_migrated_database_is_what_the_schema_says(url: str) -> None:
    """Alembic finds no difference between the two, types included."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, schema.metadata)
    engine.dispose()

    assert differences == []


def test_two_who_open_an_empty_database_at_once_make_one(postgres: PostgresServer) -> None:
    """Both find all tables and the default workspace."""
    url = postgres.new_database()
    opened: list[Records] = []
    threads = [threading.Thread(target=lambda: opened.append(Records.open_postgres(url))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [count_notes(records) for records in opened] == [0, 0]
    for records in opened:
        records.close()


@pytest.mark.parametrize("revision", ["0007", "9999"])
def test_records_of_another_version_are_not_opened(url: str, revision: str) -> None:
    """An older one is migrated only when that is asked for: processes of that version may be running."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :new"), {"new": revision})
    engine.dispose()

    with pytest.raises(DataDirectoryRefused, match="migrate" if revision == "0007" else "newer"):
        Records.open_postgres(url)


def test_errors_quote_no_rows(open_records: Callable[[], Records]) -> None:
    """They are logged with their causes, and rows are texts and secrets."""
    with pytest.raises(sa.exc.IntegrityError) as caught, open_records().write(DEFAULT_WORKSPACE_ID) as tx:
        tx.connection.execute(schema.workspaces.insert().values(workspace_id="wsec_1", name=None))
    assert "wsec_1" not in f"{caught.value} {caught.value.__cause__!r}"


def test_transactions_of_a_workspace_follow_one_another(open_records: Callable[[], Records]) -> None:
    """What one process has read stays so until its transaction ends: each sees what the one before has written."""
    processes = [open_records() for _ in range(4)]

    def count_up(records: Records) -> None:
        for _ in range(5):
            with records.write(DEFAULT_WORKSPACE_ID) as tx:
                log = schema.audit_log.c
                count = tx.connection.execute(
                    sa.select(sa.func.count()).where(log.workspace_id == tx.workspace_id)
                ).scalar_one()
                note(tx, f"{count:04}")

    threads = [threading.Thread(target=count_up, args=(records,)) for records in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with processes[0].read(DEFAULT_WORKSPACE_ID) as tx:
        noted = tx.connection.execute(sa.select(schema.audit_log.c.object_id)).scalars().all()
    assert sorted(noted) == [f"{count:04}" for count in range(20)]


def test_workspaces_do_not_wait_for_each_other(open_records: Callable[[], Records]) -> None:
    """One that has much to write keeps no other one from writing, but what both share is written in turn."""
    one, other = open_records(), open_records()
    with other.write(AWAY) as tx:
        ensure_workspace(tx)
    shared = threading.Event()

    def share() -> None:
        with other.write(AWAY) as tx:
            exclude_others(tx, "what both have")
            shared.set()

    with one.write(DEFAULT_WORKSPACE_ID) as first:
        with other.write(AWAY) as tx:
            note(tx, "meanwhile")
        exclude_others(first, "what both have")
        thread = threading.Thread(target=share)
        thread.start()
        assert not shared.wait(0.3)
    thread.join()
    assert shared.is_set()


def test_a_process_is_known_to_live_while_many_wait_for_a_workspace(
    url: str, open_records: Callable[[], Records]
) -> None:
    """Those who wait have all connections for writing but those for what is common."""
    one, other = open_records(), open_records()
    with contextlib.ExitStack() as waiting, one.write(DEFAULT_WORKSPACE_ID):
        for _ in range(4):
            thread = threading.Thread(target=lambda: note_in(other, "waited"))
            waiting.callback(thread.join)
            thread.start()
        wait_for_waiters(url, 4)
        assert members.beat(other, members.Member("here", "server", "here:1", "1.0"))
    assert count_notes(one) == 4


def note_in(records: Records, text: str) -> None:
    with records.write(DEFAULT_WORKSPACE_ID) as tx:
        note(tx, text)


def wait_for_waiters(url: str, count: int) -> None:
    """Until so many connections wait for a lock."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
    )
    with engine.connect() as connection:
        while connection.exec_driver_sql(query).scalar_one() < count:
            time.sleep(0.02)
    engine.dispose()


def test_a_clock_that_is_set_makes_nobody_dead(
    open_records: Callable[[], Records], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What time it is was said by the database, and has passed since then."""
    records = open_records()
    assert members.beat(records, members.Member("here", "server", "here:1", "1.0"))
    real_ns = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real_ns() + 3_600_000_000_000)
    assert members.list_dead(records) == []


def test_a_text_that_can_not_be_kept_is_refused(open_records: Callable[[], Records]) -> None:
    """NUL is the only character that has no place in the texts of Postgres."""
    records = open_records()
    with pytest.raises(InvalidInput, match="NUL"), records.write(DEFAULT_WORKSPACE_ID) as tx:
        note(tx, "a\0b")


def note_across_a_kill(records: Records, server: PostgresServer) -> None:
    """Lose the database in the middle of a transaction."""
    with records.write(DEFAULT_WORKSPACE_ID) as tx:
        note(tx, "lost")
        server.kill()
        note(tx, "never")


def test_a_restart_is_waited_for_and_a_broken_transaction_told(postgres: PostgresServer) -> None:
    """Records open before and after are the same; what runs meanwhile is RecordsUnavailable, with nothing kept."""
    records = Records.open_postgres(postgres.new_records())
    starter = threading.Timer(0.5, postgres.start)
    try:
        with pytest.raises(RecordsUnavailable):
            note_across_a_kill(records, postgres)
    finally:
        starter.start()
    with records.write(DEFAULT_WORKSPACE_ID) as tx:
        note(tx, "kept")
    starter.join()

    assert count_notes(records) == 1
    postgres.stop()
    try:
        began_s = time.monotonic()
        with pytest.raises(RecordsUnavailable, match="reached"):
            count_notes(records)
        assert time.monotonic() - began_s < 60
    finally:
        postgres.start()
    records.close()


class Interrupted(LocalBlobs):
    """Blobs whose reader loses its transaction, as one that stands still for too long does."""

    def __init__(self, root: Path, url: str) -> None:
        super().__init__(root)
        self._database = sa.create_engine(url, poolclass=sa.NullPool)

    def read(self, key: str, offset: int, size_bytes: int) -> bytes:
        """See `Blobs.read`."""
        with self._database.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state = 'idle in transaction'"
            )
        return super().read(key, offset, size_bytes)


def test_who_has_lost_its_transaction_deletes_no_pack(
    url: str, open_records: Callable[[], Records], tmp_path: Path
) -> None:
    """Others aren't kept from it any more: somebody may just have made a damaged pack whole, and committed it."""
    records, blobs = open_records(), Interrupted(tmp_path / "blobs", url)
    pack = stored.write_pack(blobs, {stored.key_of(1): b"one"})
    stored.commit(records, pack)
    policy = CleanupPolicy(unused_segment_ms=0, retired_pack_ms=0)
    later_ms = time.time_ns() // 1_000_000 + stored.DAY_MS
    clean_up(records, blobs, policy, now_ms=later_ms)
    blobs.path(pack_key(pack.pack_id)).write_bytes(b"damaged")
    with pytest.raises(RecordsUnavailable):
        clean_up(records, blobs, policy, now_ms=later_ms + 1)

    assert [pack_id for pack_id, _ in list_pack_ids(blobs)] == [pack.pack_id]
    assert clean_up(records, LocalBlobs(tmp_path / "blobs"), policy, now_ms=later_ms + 1).deleted_packs == 1


def test_who_stands_still_in_a_transaction_is_put_out(url: str) -> None:
    """The database ends a transaction in which nothing happens: a stopped process locks nobody out for ever."""
    records = Records.open_postgres(url)
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        said = {
            name: tx.connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in (
                "idle_in_transaction_session_timeout",
                "transaction_isolation",
                "transaction_read_only",
            )
        }
    records.close()

    assert said == {
        "idle_in_transaction_session_timeout": "20s",
        "transaction_isolation": "repeatable read",
        "transaction_read_only": "on",
    }


@pytest.mark.parametrize("address", ["postgresql://nobody@127.0.0.1:1/none"])
def test_a_database_that_is_not_there_is_told_in_a_sentence(address: str) -> None:
    """Without its password, which stands in the address."""
    with pytest.raises(RecordsUnavailable, match="can't be opened") as caught:
        Records.open_postgres(address)

    assert isinstance(caught.value.__cause__.__cause__.orig, psycopg.OperationalError)  # type: ignore[union-attr]
