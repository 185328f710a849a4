"""Check finds every change, mending brings records back, and a healthy directory raises no alarm."""

import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.postgres import sqlite_only
from tests.rounds import rounds

from rhapsode.storage import projects, schema, segments, snapshots
from rhapsode.storage.check import (
    CheckReport,
    adopt_unknown_packs,
    check_storage,
    rebuild_segments,
)
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import ClosedPack, list_pack_ids, pack_key, read_index
from rhapsode.storage.records import Records, list_workspaces
from rhapsode.studio.ids import TakeId
from rhapsode.studio.limits import BLOCK_BYTES
from rhapsode.studio.project import Take, TakePart
from rhapsode.studio.snapshot import ChapterSnapshot, FileHead

from .stored import (
    FOREIGN,
    WORKSPACE,
    commit,
    keep_snapshot,
    key_of,
    make_chapter,
    make_project,
    make_project_snapshot,
    read_all,
    records_path,
    rows_of,
    want,
    write_pack,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def snapshot(records: Records, blobs: LocalBlobs) -> ChapterSnapshot:
    """A healthy directory: two workspaces, packs of all kinds, takes, a cover and snapshots."""
    commit(records, write_pack(blobs, {key_of("cover"): b"png" * 50}, "image"))
    cover = FileHead(b"before after", 6, key_of("cover"))
    snapshot = keep_snapshot(records, blobs, ["one", "two", "three"], head=cover)
    other = keep_snapshot(records, blobs, ["four"])
    commit(records, write_pack(blobs, {key_of("long"): random.Random(5).randbytes(2 * BLOCK_BYTES + 7)}))
    commit(records, write_pack(blobs, {key_of("one"): b"theirs"}, workspace_id=FOREIGN))
    project, chapter = make_project(cover_key=key_of("cover")), make_chapter("Text 0")
    take = Take(TakeId("take"), key_of("source"), (TakePart(0, 6, key_of(key_of("one"))),))
    with records.write(WORKSPACE) as tx:
        projects.save_project(tx, project)
        projects.save_chapters(tx, project.project_id, [chapter])
        projects.set_takes(tx, [(chapter.blocks[0].nodes[0].node_id, take)])
        snapshots.insert_project_snapshot(tx, make_project_snapshot(snapshot, other, head=cover))
    return snapshot


def problems(records: Records, blobs: LocalBlobs) -> str:
    return "\n".join(check_storage(records, blobs).problems)


def path_of(blobs: LocalBlobs, pack_id: str) -> Path:
    return blobs.path(pack_key(pack_id))


def pack_of(records: Records, key: bytes) -> str:
    with records.read(WORKSPACE) as tx:
        return segments.find_segments(tx, [key])[key].location.pack_id


def alter(records: Records, statement: str) -> None:
    with records.write(WORKSPACE) as tx:
        assert tx.connection.exec_driver_sql(statement).rowcount > 0


def without_records(records: Records, *tables: sa.Table) -> None:
    """Delete all rows of tables, as nobody can who heeds the foreign keys."""
    with records.write(WORKSPACE) as tx:
        tx.connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table in tables:
            tx.connection.execute(table.delete())


def test_a_healthy_directory_has_no_problems(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot
) -> None:
    """All packs, segments and snapshots are counted, nothing is reported, and progress ends at the end."""
    want(records, "conversion", [key_of("not yet")])
    seen: list[tuple[int, int]] = []

    report = check_storage(records, blobs, on_progress=lambda done, total: seen.append((done, total)))

    total = sum(size_bytes for _, size_bytes in list_pack_ids(blobs))
    assert report == CheckReport(7, 11, total, 3, ())
    assert seen[-1] == (total, total)
    assert len(seen) == 7


def test_an_empty_directory_has_no_problems(records: Records, blobs: LocalBlobs) -> None:
    """Nothing stored is nothing wrong."""
    assert check_storage(records, blobs) == CheckReport(0, 0, 0, 0, ())


BITS = rounds(60, 200)


def test_flipped_bits_are_found(records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot) -> None:
    """A single changed bit at any place of any pack is found, and the segment that it hit is named."""
    rng, named = random.Random(200), 0
    packs = [read_index(blobs, pack_id) for pack_id, _ in list_pack_ids(blobs)]
    # Their ids are others each time, but the same bits are to be flipped.
    packs.sort(key=lambda pack: pack.size_bytes)
    for number in range(BITS):
        pack = packs[number % len(packs)]
        bit = rng.randrange(pack.size_bytes * 8)
        content = path_of(blobs, pack.pack_id).read_bytes()
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        path_of(blobs, pack.pack_id).write_bytes(flipped)

        found = problems(records, blobs)

        assert pack.pack_id in found, (pack.pack_id, bit)
        for segment in pack.segments:
            hit = 0 <= bit // 8 - segment.location.offset < segment.location.size_bytes
            named += hit
            assert (f"They are segment {segment.key.hex()}" in found) == hit
        path_of(blobs, pack.pack_id).write_bytes(content)

    assert named > BITS / 10
    assert problems(records, blobs) == ""


ROTTEN = rounds(50, 500)


def test_bits_that_rot_in_many_packs_are_all_found(records: Records, blobs: LocalBlobs) -> None:
    """One flipped bit in each of them: each is named, none beside them, and with the bits back nothing is."""
    rng = random.Random(500)
    made = [write_pack(blobs, {key_of(number): rng.randbytes(2_000)}) for number in range(2 * ROTTEN)]
    for pack in made:
        commit(records, pack)
    whole = {pack.pack_id: path_of(blobs, pack.pack_id).read_bytes() for pack in made[:ROTTEN]}
    for pack_id, content in whole.items():
        flipped = bytearray(content)
        flipped[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        path_of(blobs, pack_id).write_bytes(flipped)

    found = problems(records, blobs)

    assert {pack.pack_id for pack in made if pack.pack_id in found} == set(whole)
    for pack_id, content in whole.items():
        path_of(blobs, pack_id).write_bytes(content)
    assert problems(records, blobs) == ""


def test_a_missing_pack_is_found(records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot) -> None:
    """A pack whose file is gone is named, also when it was to be deleted but is in use again."""
    pack_id = pack_of(records, key_of("one"))
    blobs.delete(pack_key(pack_id))

    assert problems(records, blobs) == f"Pack {pack_id} is missing."
    alter(records, "UPDATE packs SET retired_at_ms = 5")
    assert problems(records, blobs) == f"Pack {pack_id} is missing."


def test_a_retired_pack_may_be_gone(records: Records, blobs: LocalBlobs) -> None:
    """Clean-up deletes the file first; a crash before it deletes the record is no damage."""
    pack = write_pack(blobs, {key_of(1): b"x"})
    with records.write(WORKSPACE) as tx:
        segments.record_pack(tx, pack)
    blobs.delete(pack_key(pack.pack_id))

    assert problems(records, blobs) == f"Pack {pack.pack_id} is missing."
    alter(records, "UPDATE packs SET retired_at_ms = 5")
    assert problems(records, blobs) == ""


def test_packs_that_come_and_go_meanwhile_are_no_damage(records: Records, blobs: LocalBlobs) -> None:
    """While a server works, a pack that is new since the beginning and one that clean-up deletes raise no alarm."""
    # Packs are read in the order of their names, and the one that goes is the second.
    packs = [write_pack(blobs, {key_of(number): b"x"}) for number in (1, 2)]
    first, second = sorted(packs, key=lambda pack: pack.pack_id)
    commit(records, first)
    with records.write(WORKSPACE) as tx:
        segments.record_pack(tx, second)
    alter(records, f"UPDATE packs SET retired_at_ms = 5 WHERE pack_id = '{second.pack_id}'")

    def work(_done: int, _total: int) -> None:
        blobs.delete(pack_key(second.pack_id))
        commit(records, write_pack(blobs, {key_of(3): b"new"}))

    assert check_storage(records, blobs, on_progress=work).problems == ()


class Vanishing(LocalBlobs):
    """A store whose packs are deleted while they are read."""

    def read(self, key: str, offset: int, size_bytes: int) -> bytes:
        if offset:
            self.delete(key)
        return super().read(key, offset, size_bytes)


def test_a_pack_that_goes_while_it_is_read_is_no_damage(records: Records, blobs: LocalBlobs) -> None:
    """Clean-up may delete it between two reads; the check goes on to the next."""
    for number in (1, 2):
        pack = write_pack(blobs, {key_of(number): b"x"})
        with records.write(WORKSPACE) as tx:
            segments.record_pack(tx, pack)
        alter(records, f"UPDATE packs SET retired_at_ms = 5 WHERE pack_id = '{pack.pack_id}'")
    seen: list[int] = []

    report = check_storage(
        records, Vanishing(blobs.path("any").parent), on_progress=lambda done, _: seen.append(done)
    )

    assert report.problems == ()
    assert (report.pack_count, len(seen)) == (2, 2)


@pytest.mark.parametrize("size_bytes", [0, 10, 40, 200, -1, -40])
def test_a_truncated_pack_is_found(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, size_bytes: int
) -> None:
    """A pack that was cut off anywhere is named."""
    pack_id = pack_of(records, key_of("one"))
    content = path_of(blobs, pack_id).read_bytes()
    path_of(blobs, pack_id).write_bytes(content[:size_bytes])

    assert pack_id in problems(records, blobs)


def test_a_pack_with_something_behind_it_is_found(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot
) -> None:
    """An added byte is a change as well."""
    pack_id = pack_of(records, key_of("one"))
    with path_of(blobs, pack_id).open("ab") as file:
        file.write(b"!")

    assert pack_id in problems(records, blobs)


def test_a_pack_that_the_disk_does_not_give_is_found(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the disk is reported with the pack's name, and the check goes on."""

    class BadDisk(LocalBlobs):
        def read(self, key: str, offset: int, size_bytes: int) -> bytes:
            if key == pack_key(bad):
                raise OSError(5, "Input/output error")
            return super().read(key, offset, size_bytes)

    bad = pack_of(records, key_of("one"))
    report = check_storage(records, BadDisk(blobs.path(pack_key(bad)).parents[2]))

    assert report.problems == (f"Pack {bad} can't be read: [Errno 5] Input/output error.",)
    assert report.segment_count == 11


SEGMENT = "of segment"
PACK = "The record of pack"
LACKS = "lacks 1 of its segments"
CHANGES = {
    "UPDATE segments SET offset_bytes = offset_bytes + 1 WHERE key = :one": SEGMENT,
    "UPDATE segments SET size_bytes = size_bytes - 1 WHERE key = :one": SEGMENT,
    "UPDATE segments SET crc32 = crc32 + 1 WHERE key = :one": SEGMENT,
    "UPDATE segments SET block_crcs = x'00000000' WHERE key = :one": SEGMENT,
    "UPDATE segments SET frame_count = 8 WHERE key = :one": SEGMENT,
    "UPDATE segments SET encoding = 'wav' WHERE key = :one": SEGMENT,
    "UPDATE segments SET sample_count = 5 WHERE key = :one": SEGMENT,
    "UPDATE segments SET speech_key = NULL WHERE key = :one": SEGMENT,
    "UPDATE segments SET kind = 'speech' WHERE key = :one": SEGMENT,
    "UPDATE segments SET alignment = x'00' WHERE key = :speech": SEGMENT,
    "UPDATE segments SET media_type = 'text/html' WHERE kind = 'image'": SEGMENT,
    "UPDATE segments SET key = zeroblob(32) WHERE key = :one": SEGMENT,
    "UPDATE segments SET pack_id = (SELECT pack_id FROM segments WHERE key = :four) WHERE key = :one": SEGMENT,
    "UPDATE segments SET pack_id = (SELECT pack_id FROM segments WHERE key = :four) "
    "WHERE workspace_id = 'foreign'": "a foreign pack",
    "UPDATE segments SET pack_id = NULL WHERE key = :one": LACKS,
    "DELETE FROM segment_references WHERE owner_id = :snapshot "
    "AND segment_id = (SELECT segment_id FROM segments WHERE key = :one)": LACKS,
    "UPDATE packs SET kind = 'image' WHERE kind = 'audio'": PACK,
    "UPDATE packs SET size_bytes = 5 WHERE kind = 'audio'": PACK,
    "UPDATE packs SET workspace_id = 'default' WHERE workspace_id = 'foreign'": PACK,
    "UPDATE chapter_snapshots SET name = 'Other'": "differs from its checksum",
    "UPDATE chapter_snapshots SET file_size_bytes = 5": "differs from its checksum",
    "UPDATE chapter_snapshots SET cover_offset = 5 WHERE cover_offset IS NOT NULL": "differs from its checksum",
    "UPDATE project_snapshots SET frame_count = 5": "differs from its checksum",
    "DELETE FROM project_snapshot_chapters WHERE ordinal = 1": "differs from its checksum",
}


def spelled(statement: str, snapshot: ChapterSnapshot) -> str:
    """A statement with its names of segments and of the snapshot as SQL has them."""
    keys = {"one": key_of("one"), "speech": key_of(key_of("one")), "four": key_of("four")}
    for name, key in keys.items():
        statement = statement.replace(f":{name}", f"x'{key.hex()}'")
    return statement.replace(":snapshot", f"'{snapshot.chapter_snapshot_id}'")


@sqlite_only
@pytest.mark.parametrize(("statement", "expected"), CHANGES.items())
def test_a_changed_record_is_found(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, statement: str, expected: str
) -> None:
    """What somebody has changed in the database is reported."""
    alter(records, spelled(statement, snapshot))

    assert expected in problems(records, blobs)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: content[:-1],
        lambda content: b"!" + content,
    ],
)
@pytest.mark.parametrize("column", ["head", "document", "digest"])
def test_changed_bytes_of_a_snapshot_are_found(
    records: Records,
    blobs: LocalBlobs,
    snapshot: ChapterSnapshot,
    column: str,
    change: Callable[[bytes], bytes],
) -> None:
    """A changed byte in what a snapshot keeps is reported with its id and the chapter's name."""
    table = schema.chapter_snapshots
    mine = table.c.chapter_snapshot_id == snapshot.chapter_snapshot_id
    with records.write(WORKSPACE) as tx:
        content = tx.connection.execute(sa.select(table.c[column]).where(mine)).scalar_one()
        tx.connection.execute(table.update().where(mine).values({column: change(content)}))

    assert problems(records, blobs) == (
        f"Snapshot {snapshot.chapter_snapshot_id} of chapter “The Harbour” differs from its checksum."
    )


@sqlite_only
def test_a_database_that_is_damaged_does_not_stop_the_check(
    tmp_path: Path, records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot
) -> None:
    """Damage in the database is a problem among others, and the packs are checked all the same."""
    bad = pack_of(records, key_of("one"))
    path_of(blobs, bad).write_bytes(b"")
    want(records, "conversion", map(key_of, range(5000)))
    records.close()
    content = bytearray(records_path(tmp_path).read_bytes())
    for page in range(200, 250):
        content[page * 4096 : page * 4096 + 4096] = bytes(4096)
    records_path(tmp_path).write_bytes(content)
    records = Records.open_sqlite(records_path(tmp_path))

    report = check_storage(records, blobs)

    assert report.problems[0].startswith("The records: ")
    assert any(bad in problem for problem in report.problems)
    records.close()


# Mending

CHANGING = ("segment_id", "used_at_ms")


def segment_rows(records: Records) -> list[dict[str, object]]:
    rows = rows_of(records, schema.segments, without=CHANGING)
    return sorted(rows, key=lambda row: (str(row["workspace_id"]), row["key"]))


def reference_keys(records: Records) -> set[tuple[str, bytes]]:
    keys = {row["segment_id"]: row["key"] for row in rows_of(records, schema.segments)}
    return {(row["owner_id"], keys[row["segment_id"]]) for row in rows_of(records, schema.segment_references)}


@sqlite_only
def test_lost_records_of_segments_are_rebuilt(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot
) -> None:
    """Without any row of segments, packs and references, everything comes back as it was from the packs."""
    rows, owned = segment_rows(records), reference_keys(records)
    packs = rows_of(records, schema.packs, without=["created_at_ms"])
    without_records(records, schema.segment_references, schema.segments, schema.packs)
    assert problems(records, blobs) != ""

    assert rebuild_segments(records, blobs) == len(rows) == 11

    assert segment_rows(records) == rows
    assert reference_keys(records) == owned
    assert rows_of(records, schema.packs, without=["created_at_ms"]) == packs
    assert problems(records, blobs) == ""
    assert rebuild_segments(records, blobs) == 0


@sqlite_only
def test_references_to_lost_rows_never_meet_new_ones(
    tmp_path: Path, records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot
) -> None:
    """Rows that are made anew have other numbers: references that were left over mustn't fit them by chance."""
    rows, owned = segment_rows(records), reference_keys(records)
    records.close()
    other = sqlite3.connect(records_path(tmp_path))
    other.execute("DELETE FROM segments")
    other.commit()
    other.close()
    records = Records.open_sqlite(records_path(tmp_path))
    assert "missing" in problems(records, blobs)

    rebuild_segments(records, blobs)

    assert segment_rows(records) == rows
    assert reference_keys(records) == owned
    assert problems(records, blobs) == ""
    records.close()


def test_rebuilding_a_new_database_makes_its_workspaces(
    tmp_path: Path, records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot
) -> None:
    """Where the whole database is lost, the packs still say whose segments they hold."""
    rows = segment_rows(records)
    empty = Records.open_sqlite(tmp_path / "new.sqlite3")

    assert rebuild_segments(empty, blobs) == 11

    assert segment_rows(empty) == rows
    assert set(list_workspaces(empty)) == {WORKSPACE, FOREIGN}
    assert read_all(empty, blobs, [key_of("long")]) == read_all(records, blobs, [key_of("long")])
    empty.close()


@sqlite_only
@pytest.mark.parametrize("statement", [s for s, expected in CHANGES.items() if expected == SEGMENT])
def test_wrong_records_are_mended(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot, statement: str
) -> None:
    """A record that disagrees with its pack is what the pack says after a rebuild."""
    rows, owned = segment_rows(records), reference_keys(records)
    alter(records, spelled(statement, snapshot))

    rebuild_segments(records, blobs)

    assert problems(records, blobs) == ""
    assert segment_rows(records) == rows
    assert reference_keys(records) == owned


@sqlite_only
def test_the_pack_that_was_first_stays_first(records: Records, blobs: LocalBlobs) -> None:
    """Of two packs with bytes for one key, a rebuild takes the one that was recorded first."""
    made = [write_pack(blobs, {key_of("same"): content}) for content in (b"first", b"other", b"third")]
    order = sorted(made, key=lambda pack: pack.pack_id, reverse=True)
    for pack in order:
        commit(records, pack)
        with records.write(WORKSPACE) as tx:
            tx.connection.execute(
                schema.packs.update().values(created_at_ms=schema.packs.c.created_at_ms - 5)
            )
    before = read_all(records, blobs, [key_of("same")])
    without_records(records, schema.segments)

    assert rebuild_segments(records, blobs) == 1

    assert read_all(records, blobs, [key_of("same")]) == before
    assert pack_of(records, key_of("same")) == order[0].pack_id


@sqlite_only
def test_a_damaged_pack_does_not_stop_a_rebuild(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot
) -> None:
    """What can be read comes back; the rest is reported by the check."""
    bad = pack_of(records, key_of("long"))
    path_of(blobs, bad).write_bytes(b"")
    without_records(records, schema.segment_references, schema.segments, schema.packs)

    assert rebuild_segments(records, blobs) == 10

    assert problems(records, blobs) == f"Pack {bad}: it is shorter than an empty pack."


def test_a_pack_that_was_never_committed_is_adopted(records: Records, blobs: LocalBlobs) -> None:
    """What a process had finished when it was killed need not be made again; wanted rows are filled."""
    want(records, "conversion", [key_of(1), key_of(3)])
    known = write_pack(blobs, {key_of(2): b"two"})
    commit(records, known)
    pack = write_pack(blobs, {key_of(1): b"one", key_of(2): b"again"})

    assert adopt_unknown_packs(records, blobs) == 1

    assert read_all(records, blobs, map(key_of, (1, 2, 3))) == {key_of(1): b"one", key_of(2): b"two"}
    assert pack_of(records, key_of(1)) == pack.pack_id
    with records.read(WORKSPACE) as tx:
        assert set(segments.find_owned_segments(tx, "conversion")) == {key_of(1)}
    assert adopt_unknown_packs(records, blobs) == 0


def test_packs_of_an_unknown_workspace_are_adopted(records: Records, blobs: LocalBlobs) -> None:
    """The pack's own index says whose it is."""
    write_pack(blobs, {key_of(1): b"theirs"}, workspace_id=FOREIGN)

    assert adopt_unknown_packs(records, blobs) == 1

    assert read_all(records, blobs, [key_of(1)]) == {}
    assert set(list_workspaces(records)) == {WORKSPACE, FOREIGN}


def test_an_unreadable_pack_is_not_adopted(records: Records, blobs: LocalBlobs) -> None:
    """A file that only looks like a pack is passed over at every start."""
    pack = write_pack(blobs, {key_of(1): b"one"})
    path_of(blobs, pack.pack_id).write_bytes(b"")

    assert adopt_unknown_packs(records, blobs) == 0
    assert rows_of(records, schema.packs) == []


@sqlite_only
def test_a_damaged_snapshot_names_nothing_in_a_rebuild(
    records: Records, blobs: LocalBlobs, snapshot: ChapterSnapshot
) -> None:
    """A document that can't be read is passed over, and the others' references come back."""
    owned = reference_keys(records)
    table = schema.chapter_snapshots
    mine = table.c.chapter_snapshot_id == snapshot.chapter_snapshot_id
    with records.write(WORKSPACE) as tx:
        tx.connection.execute(table.update().where(mine).values(document=b"?"))
    without_records(records, schema.segment_references)

    rebuild_segments(records, blobs)

    assert reference_keys(records) == {
        (owner_id, key) for owner_id, key in owned if owner_id != snapshot.chapter_snapshot_id
    }


def test_a_pack_value_can_be_compared(blobs: LocalBlobs) -> None:
    """Reading an index gives the very value that writing the pack gave."""
    pack = write_pack(blobs, {key_of(1): b"one"})

    read: ClosedPack = read_index(blobs, pack.pack_id)

    assert read == pack
    assert read != replace(pack, kind="image")
