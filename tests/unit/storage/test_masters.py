"""Masters that nobody has made anything of for long lose their sound, and nothing else."""

from pathlib import Path

import pytest

from rhapsode.storage import schema, segments
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.check import check_storage, rebuild_segments
from rhapsode.storage.cleanup import CleanupPolicy, CleanupReport, clean_up
from rhapsode.storage.damage import list_damaged_packs, write_again
from rhapsode.storage.disk_usage import measure_disk
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.masters import drop_masters, find_dropped
from rhapsode.storage.packed import DroppedSound
from rhapsode.storage.packs import list_pack_ids, read_index
from rhapsode.storage.records import Records
from rhapsode.storage.retention import RetentionChange, list_retentions, set_retention
from rhapsode.storage.speaking import begin_speaking, end_speaking
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import WorkspaceId, new_id

from .stored import (
    DAY_MS,
    WORKSPACE,
    commit,
    grow_older,
    key_of,
    read_all,
    rows_of,
    want,
    write_pack,
)

KEPT_DAYS = 5
KEYS = [key_of(number) for number in range(4)]
CONTENTS = {key: bytes([number]) * 500 for number, key in enumerate(KEYS)}


def keep_masters(records: Records, days: int | None = KEPT_DAYS) -> None:
    set_retention(records, RetentionChange(WORKSPACE, "masters", days))


def keep_speech(records: Records, blobs: LocalBlobs, owner_id: str = "a snapshot") -> None:
    """Speech that somebody refers to for its alignment, as a snapshot does."""
    want(records, owner_id, KEYS, "speech")
    commit(records, write_pack(blobs, CONTENTS, "speech"))


def run(records: Records, blobs: Blobs, *, download_began_ms_ago: int | None = None) -> CleanupReport:
    with records.read(WORKSPACE) as tx:
        now_ms = tx.now_ms + 1
    began = None if download_began_ms_ago is None else now_ms - download_began_ms_ago
    return clean_up(records, blobs, CleanupPolicy(), now_ms=now_ms, oldest_download_at_ms=began)


def alignments(records: Records) -> dict[bytes, bytes | None]:
    with records.read(WORKSPACE) as tx:
        return {key: s.alignment for key, s in segments.find_known_segments(tx, KEYS).items()}


def dropped(records: Records) -> set[bytes]:
    with records.read(WORKSPACE) as tx:
        return {*find_dropped(tx, KEYS)}


def test_a_master_goes_when_nothing_was_made_of_it_for_as_long_as_it_is_kept(
    records: Records, blobs: LocalBlobs
) -> None:
    """Not a day before; its alignment and its length stay, a reader has a day, and then its bytes are gone."""
    keep_speech(records, blobs)
    before = alignments(records)
    (pack_id,) = [pack_id for pack_id, _ in list_pack_ids(blobs)]
    keep_masters(records)
    grow_older(records, KEPT_DAYS * DAY_MS - DAY_MS // 2)
    assert run(records, blobs).dropped_masters == 0
    assert read_all(records, blobs, KEYS) == CONTENTS
    grow_older(records, DAY_MS)

    assert run(records, blobs).dropped_masters == len(KEYS)
    assert alignments(records) == before
    assert read_all(records, blobs, KEYS) == {}
    assert pack_id in dict(list_pack_ids(blobs))
    assert check_storage(records, blobs).problems == ()
    grow_older(records, DAY_MS)
    run(records, blobs)

    assert pack_id not in dict(list_pack_ids(blobs))
    assert sum(size_bytes for _, size_bytes in list_pack_ids(blobs)) < 2000
    assert alignments(records) == before
    assert check_storage(records, blobs).problems == ()
    assert run(records, blobs).dropped_masters == 0


def test_every_master_is_kept_unless_somebody_says_otherwise(records: Records, blobs: LocalBlobs) -> None:
    """For ever, and for ever again from the moment that is said."""
    keep_speech(records, blobs)
    grow_older(records, 400 * DAY_MS)
    assert run(records, blobs).dropped_masters == 0
    keep_masters(records)
    keep_masters(records, None)

    assert run(records, blobs).dropped_masters == 0
    assert [(kept.history_days, kept.masters_days) for kept in list_retentions(records)] == [(None, None)]
    with pytest.raises(InvalidInput, match="no workspace"):
        set_retention(records, RetentionChange(WorkspaceId("nowhere"), "masters", 3))


def test_work_under_way_keeps_its_masters(records: Records, blobs: LocalBlobs) -> None:
    """What an export or a text under way needs stays; when that ends, its days begin anew."""
    keep_speech(records, blobs)
    keep_masters(records)
    grow_older(records, 2 * KEPT_DAYS * DAY_MS)
    work_id = new_id()
    with records.write(WORKSPACE) as tx:
        begin_speaking(tx, work_id, {"speech": KEYS[:2]})

    assert run(records, blobs).dropped_masters == 2
    assert dropped(records) == {*KEYS[2:]}
    with records.write(WORKSPACE) as tx:
        end_speaking(tx, work_id)
    assert run(records, blobs).dropped_masters == 0
    grow_older(records, (KEPT_DAYS + 1) * DAY_MS)
    assert run(records, blobs).dropped_masters == 2


def test_work_that_begins_meanwhile_keeps_its_masters(records: Records, blobs: LocalBlobs) -> None:
    """What is due when it is looked for and needed when it is dropped stays."""
    keep_speech(records, blobs)
    keep_masters(records)
    grow_older(records, 2 * KEPT_DAYS * DAY_MS)

    class Slow(LocalBlobs):
        """Between the question and the answer somebody begins to speak."""

        def put(self, key: str, source: Path) -> None:
            with records.write(WORKSPACE) as tx:
                begin_speaking(tx, new_id(), {"speech": KEYS[:1]})
            super().put(key, source)

    with records.read(WORKSPACE) as tx:
        now_ms = tx.now_ms
    slow = Slow(blobs.path("packs").parent)
    assert drop_masters(records, slow, WORKSPACE, now_ms=now_ms) == len(KEYS) - 1

    assert read_all(records, blobs, KEYS) == {KEYS[0]: CONTENTS[KEYS[0]]}
    assert check_storage(records, blobs).problems == ()


def test_a_download_under_way_keeps_what_was_there_when_it_began(records: Records, blobs: LocalBlobs) -> None:
    """However long it takes."""
    keep_speech(records, blobs)
    keep_masters(records)
    grow_older(records, KEPT_DAYS * DAY_MS + DAY_MS)

    assert run(records, blobs, download_began_ms_ago=2 * DAY_MS).dropped_masters == 0
    assert run(records, blobs).dropped_masters == len(KEYS)


def test_dropped_speech_gets_the_bytes_back_that_it_had_and_no_others(
    records: Records, blobs: LocalBlobs
) -> None:
    """Spoken again byte for byte it is whole; what differs stays outside, and the alignment stays with either."""
    keep_speech(records, blobs)
    before = alignments(records)
    keep_masters(records)
    grow_older(records, (KEPT_DAYS + 1) * DAY_MS)
    run(records, blobs)
    with records.read(WORKSPACE) as tx:
        sound = find_dropped(tx, KEYS)[KEYS[1]]
    assert isinstance(sound, DroppedSound)
    assert sound.is_content(CONTENTS[KEYS[1]])
    assert not sound.is_content(bytes(500))

    assert commit(records, write_pack(blobs, {KEYS[0]: b"other", KEYS[1]: CONTENTS[KEYS[1]]}, "speech")) == 1

    assert read_all(records, blobs, KEYS) == {KEYS[1]: CONTENTS[KEYS[1]]}
    assert dropped(records) == {KEYS[0], *KEYS[2:]}
    assert alignments(records) == before
    assert check_storage(records, blobs).problems == ()


def test_the_pack_of_dropped_masters_stays_for_work_that_makes_it_again(
    records: Records, blobs: LocalBlobs
) -> None:
    """Whoever speaks the same again puts the same pack, which clean-up must not delete before it is committed."""
    keep_speech(records, blobs)
    (pack_id,) = [pack_id for pack_id, _ in list_pack_ids(blobs)]
    keep_masters(records)
    grow_older(records, (KEPT_DAYS + 1) * DAY_MS)
    run(records, blobs)
    with records.write(WORKSPACE) as tx:
        begin_speaking(tx, new_id(), {"speech": KEYS[:1]})
    again = write_pack(blobs, CONTENTS, "speech")
    assert again.pack_id == pack_id
    grow_older(records, 2 * DAY_MS)

    run(records, blobs)
    commit(records, again)

    assert pack_id in dict(list_pack_ids(blobs))
    assert read_all(records, blobs, KEYS)[KEYS[0]] == CONTENTS[KEYS[0]]
    assert check_storage(records, blobs).problems == ()


def test_records_are_rebuilt_with_dropped_masters(records: Records, blobs: LocalBlobs) -> None:
    """From packs alone: those with a sound have it, and the others their alignment and what is known of it."""
    keep_speech(records, blobs)
    keep_masters(records)
    grow_older(records, (KEPT_DAYS + 1) * DAY_MS)
    run(records, blobs)
    grow_older(records, DAY_MS)
    run(records, blobs)
    commit(records, write_pack(blobs, {KEYS[3]: CONTENTS[KEYS[3]]}, "speech"))
    without = ("segment_id", "used_at_ms", "pack_id", "offset_bytes")
    before = sorted(rows_of(records, schema.segments, without=without), key=lambda row: row["key"])
    with records.write(WORKSPACE) as tx:
        for table in (schema.segment_references, schema.segments, schema.packs):
            tx.connection.execute(table.delete())

    assert rebuild_segments(records, blobs) >= len(KEYS)

    assert sorted(rows_of(records, schema.segments, without=without), key=lambda row: row["key"]) == before
    assert read_all(records, blobs, KEYS) == {KEYS[3]: CONTENTS[KEYS[3]]}
    assert check_storage(records, blobs).problems == ()


def test_a_pack_of_dropped_masters_that_is_lost_is_written_again(records: Records, blobs: LocalBlobs) -> None:
    """The records know all that it had, so nothing has to be spoken and it is the same file."""
    keep_speech(records, blobs)
    keep_masters(records)
    grow_older(records, (KEPT_DAYS + 1) * DAY_MS)
    run(records, blobs)
    pack_id = rows_of(records, schema.segments)[0]["pack_id"]
    assert {s.location.size_bytes for s in read_index(blobs, pack_id).segments} == {0}
    path = blobs.path(f"packs/{pack_id[:2]}/{pack_id}.pack")
    content = path.read_bytes()
    path.write_bytes(content[:-40] + bytes(40))

    (damaged,) = list_damaged_packs(records, blobs, WORKSPACE, on_progress=lambda _: None)
    assert damaged.lost == frozenset()
    write_again(records, blobs, WORKSPACE, damaged, {})

    assert path.read_bytes() == content
    assert check_storage(records, blobs).problems == ()


def test_packs_of_dropped_masters_are_merged(records: Records, blobs: LocalBlobs) -> None:
    """Small ones become one, in which each segment says what it said."""
    keep_masters(records)
    for key in KEYS:
        want(records, "a snapshot", [key], "speech")
        commit(records, write_pack(blobs, {key: CONTENTS[key]}, "speech"))
        grow_older(records, (KEPT_DAYS + 1) * DAY_MS)
        run(records, blobs)
    before, knew = alignments(records), rows_of(records, schema.segments, without=["pack_id", "offset_bytes"])
    with records.read(WORKSPACE) as tx:
        now_ms = tx.now_ms
    policy = CleanupPolicy(small_pack_count=3)

    assert clean_up(records, blobs, policy, now_ms=now_ms).rewritten_packs == len(KEYS)

    assert len({row["pack_id"] for row in rows_of(records, schema.segments)}) == 1
    assert rows_of(records, schema.segments, without=["pack_id", "offset_bytes"]) == knew
    assert alignments(records) == before
    assert check_storage(records, blobs).problems == ()


def test_it_is_said_how_much_the_next_clean_up_drops(records: Records, blobs: LocalBlobs) -> None:
    """As due before, as dead weight of packs afterwards, and not at all when these are gone."""
    keep_speech(records, blobs)
    grow_older(records, (KEPT_DAYS + 1) * DAY_MS)
    assert measure_disk(records, blobs).reclaimable_bytes == 0
    keep_masters(records)
    size_bytes = sum(map(len, CONTENTS.values()))

    (workspace,) = measure_disk(records, blobs).workspaces
    assert (workspace.due_master_bytes, workspace.dead_bytes) == (size_bytes, 0)
    run(records, blobs)
    (workspace,) = measure_disk(records, blobs).workspaces
    assert (workspace.due_master_bytes, workspace.dead_bytes) == (0, size_bytes)
    grow_older(records, DAY_MS)
    run(records, blobs)
    assert measure_disk(records, blobs).reclaimable_bytes == 0
