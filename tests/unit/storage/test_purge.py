"""A deleted workspace leaves nothing behind, and takes nothing of others along."""

from typing import Any

import pytest
import sqlalchemy as sa

from rhapsode.access.workspaces import delete_workspace
from rhapsode.storage import history, schema
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.mend import adopt_unknown_packs
from rhapsode.storage.packs import list_pack_ids
from rhapsode.storage.purge import is_of_workspaces
from rhapsode.storage.records import Records, ensure_workspace, list_workspaces
from rhapsode.storage.voice_files import voice_file_key
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import HistoryItemId, VoiceId, WorkspaceId, new_id

from .stored import FOREIGN, commit, everything, key_of, write_pack

GONE = WorkspaceId("gone")
OF_WORKSPACES = [table for table in schema.metadata.sorted_tables if is_of_workspaces(table)]
SHARED_FILE, OWN_FILE = key_of("shared voice"), key_of("own voice")


def fill(records: Records, blobs: LocalBlobs, workspace_id: WorkspaceId, number: int) -> None:
    """Put something into every table, and packs and files into the store."""
    with records.write(workspace_id) as tx:
        ensure_workspace(tx)
    commit(records, write_pack(blobs, {key_of(f"{workspace_id} audio"): b"audio"}, workspace_id=workspace_id))
    with records.write(workspace_id) as tx:
        history.insert_item(tx, history_item())
        for table in OF_WORKSPACES:
            own = sa.select(sa.func.count()).select_from(table)
            if "workspace_id" in table.c:
                own = own.where(table.c.workspace_id == workspace_id)
            elif number == 1:
                own = own.where(sa.false())
            if tx.connection.execute(own).scalar_one() == 0 or table.name == "segment_references":
                tx.connection.execute(table.insert(), row_of(tx.connection, table, workspace_id, number))


def history_item() -> HistoryItem:
    """One of a text of its own."""
    return HistoryItem(
        history_item_id=HistoryItemId(new_id()),
        request_id="request",
        voice_id=VoiceId("tone_low"),
        voice_name="Tone Low",
        model_id="rhapsode_v1",
        language="mul",
        text="It rained. Nobody came.",
        output_format="mp3_44100_128",
        created_at_ms=1_000_000,
    )


def row_of(
    connection: sa.Connection, table: sa.Table, workspace_id: WorkspaceId, number: int
) -> dict[str, Any]:
    """A row that refers to the others of its workspace."""
    row: dict[str, Any] = {}
    for column in table.columns:
        kind = column.type.python_type
        values = {str: workspace_id, bytes: key_of(workspace_id), int: number, bool: True, float: 0.5}
        row[column.name] = values[kind]
        for foreign in column.foreign_keys:
            parent = foreign.column
            own = sa.select(parent)
            if "workspace_id" in parent.table.c:
                own = own.where(parent.table.c.workspace_id == workspace_id)
            row[column.name] = connection.execute(own).scalars().first()
    for name in ("removed_at_ms", "deleted_at_ms", "disabled_at_ms"):
        row |= {name: None} if name in row and table.c[name].nullable else {}
    return row


def left_of(records: Records, workspace_id: WorkspaceId) -> dict[str, int]:
    """How many rows each table has of a workspace, where it has any."""
    rows = everything(records)
    counts = {
        table.name: sum(row["workspace_id"] == workspace_id for row in rows[table.name])
        for table in OF_WORKSPACES
        if table.name != "segment_references"
    }
    return {name: count for name, count in counts.items() if count}


@pytest.fixture
def filled(records: Records, blobs: LocalBlobs) -> LocalBlobs:
    """Two workspaces with something in every table; they share a voice's file, and one has another of its own."""
    fill(records, blobs, FOREIGN, 1)
    fill(records, blobs, GONE, 2)
    for digest, owners in ((SHARED_FILE, (FOREIGN, GONE)), (OWN_FILE, (GONE,))):
        source = blobs.temporary_directory() / digest.hex()
        source.write_bytes(digest)
        blobs.put(voice_file_key(digest.hex()), source)
        for owner in owners:
            with records.write(owner) as tx:
                values = {"digest": digest, "workspace_id": owner, "size_bytes": 32, "wanted_at_ms": 1}
                tx.connection.execute(schema.voice_blobs.insert(), values)
    return blobs


def test_every_table_is_filled(records: Records, filled: LocalBlobs) -> None:
    """Or the next tests would say nothing of a table that came later."""
    tables = {table.name for table in OF_WORKSPACES} - {"segment_references"}
    for workspace_id in (FOREIGN, GONE):
        assert set(left_of(records, workspace_id)) == tables
    assert len(everything(records)["segment_references"]) == 2


def test_nothing_is_left_of_a_deleted_workspace(records: Records, filled: LocalBlobs) -> None:
    """But a row without a name; and everything of another workspace is as it was."""
    before = everything(records)

    delete_workspace(records, filled, GONE, now=True)

    assert left_of(records, GONE) == {"workspaces": 1}
    (tombstone,) = (row for row in everything(records)["workspaces"] if row["workspace_id"] == GONE)
    assert (tombstone["name"], tombstone["link_secret"]) == ("", None)
    after = everything(records)
    for name, rows in before.items():
        if name in {table.name for table in OF_WORKSPACES} - {"segment_references"}:
            kept = [row for row in rows if row["workspace_id"] == FOREIGN]
            assert [row for row in after[name] if row["workspace_id"] == FOREIGN] == kept, name
    assert len(after["segment_references"]) == 1
    assert records.find_damage() == []


def test_bytes_go_that_are_nobody_else_s(records: Records, filled: LocalBlobs) -> None:
    """Packs and own files; a file that another workspace has voices of stays."""
    delete_workspace(records, filled, GONE, now=True)

    kept = {row["pack_id"] for row in everything(records)["packs"]}
    assert {pack_id for pack_id, _ in list_pack_ids(filled)} == kept
    files = {key for key, _ in filled.list_keys("voices/")}
    assert files == {voice_file_key(SHARED_FILE.hex())}


def test_a_text_of_a_deleted_workspace_is_not_in_the_index(records: Records, filled: LocalBlobs) -> None:
    """Which keeps three characters at a time, and no foreign key would take them along."""
    delete_workspace(records, filled, GONE, now=True)

    with records.read(FOREIGN) as tx:
        query = "SELECT count(*) FROM history_texts WHERE history_texts MATCH 'text : rained'"
        assert tx.connection.execute(sa.text(query)).scalar_one() == 1


def test_a_purge_that_was_cut_off_goes_on(records: Records, filled: LocalBlobs) -> None:
    """At the next clean-up, from wherever it had come to."""

    class Failing(LocalBlobs):
        def delete(self, key: str) -> None:
            raise OSError(key)

    broken = Failing(filled.temporary_directory().parent)
    with pytest.raises(OSError, match="/"):
        delete_workspace(records, broken, GONE, now=True)
    assert set(left_of(records, GONE)) >= {"packs", "workspaces"}

    clean_up(records, filled, CleanupPolicy(), now_ms=now_ms_of(records))

    assert left_of(records, GONE) == {"workspaces": 1}


def test_what_a_download_or_a_backup_reads_stays_until_it_ends(records: Records, filled: LocalBlobs) -> None:
    """Whoever began before a workspace was deleted finds its bytes."""
    now_ms, before = now_ms_of(records), dict(filled.list_keys(""))
    delete_workspace(records, filled, GONE)

    clean_up(records, filled, CleanupPolicy(), now_ms=now_ms_of(records), oldest_download_at_ms=now_ms)
    assert dict(filled.list_keys("")) == before
    clean_up(records, filled, CleanupPolicy(), now_ms=now_ms_of(records))
    assert left_of(records, GONE) == {"workspaces": 1}


def now_ms_of(records: Records) -> int:
    with records.read(FOREIGN) as tx:
        return tx.now_ms


def test_what_comes_to_light_later_is_nobody_s(records: Records, filled: LocalBlobs) -> None:
    """A pack that was being written meanwhile goes at the next start, and brings no workspace back."""
    delete_workspace(records, filled, GONE, now=True)
    write_pack(filled, {key_of("late"): b"late"}, workspace_id=GONE)
    with records.write(GONE) as tx:
        values = {"workspace_id": GONE, "level_key": key_of(1), "rms_db": -20.0, "peak_db": -3.0}
        tx.connection.execute(schema.voice_levels.insert(), values | {"created_at_ms": 1})

    adopt_unknown_packs(records, filled)
    clean_up(records, filled, CleanupPolicy(), now_ms=now_ms_of(records))

    assert len(list(list_pack_ids(filled))) == 1
    assert left_of(records, GONE) == {"workspaces": 1}
    assert GONE not in list_workspaces(records)
