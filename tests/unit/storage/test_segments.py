"""Segments: wanted, committed, found, let go of and moved."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from rhapsode.storage import references, schema, segments
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import AudioMeta, PackWriter, SegmentKind, SpeechMeta
from rhapsode.storage.records import Records
from rhapsode.storage.segments import OwnedAudio, StoredSegment
from rhapsode.studio.limits import BLOCK_BYTES

from .stored import (
    DAY_MS,
    ENCODING,
    WORKSPACE,
    commit,
    grow_older,
    key_of,
    meta_of,
    read_all,
    rows_of,
    want,
    write_pack,
)


def find(records: Records, *names: object) -> dict[bytes, StoredSegment]:
    with records.read(WORKSPACE) as tx:
        return segments.find_segments(tx, (key_of(name) for name in names))


def owned(records: Records, owner_id: str) -> set[bytes]:
    with records.read(WORKSPACE) as tx:
        keys = segments.find_existing_keys(tx, owner_id)
        assert keys == set(segments.find_owned_segments(tx, owner_id))
        return keys


def drop(records: Records, *owner_ids: str) -> None:
    with records.write(WORKSPACE) as tx:
        references.drop_references(tx, owner_ids)


def test_a_wanted_segment_does_not_exist_yet(records: Records) -> None:
    """Wanting makes a row and a reference, once for each key, and nothing that could be read."""
    want(records, "first", [key_of(1), key_of(2), key_of(1)])
    want(records, "second", [key_of(2)])

    assert [row["key"] for row in rows_of(records, schema.segments)] == [key_of(1), key_of(2)]
    assert len(rows_of(records, schema.segment_references)) == 3
    assert find(records, 1, 2) == {}
    assert owned(records, "first") == set()


@pytest.mark.parametrize("kind", ["speech", "audio", "image"])
def test_a_committed_segment_is_found_as_it_was_packed(
    records: Records, blobs: LocalBlobs, kind: SegmentKind
) -> None:
    """All that the pack says of a segment comes back from the records, and leads to its bytes."""
    content = bytes(range(256)) * (BLOCK_BYTES // 128)
    pack = write_pack(blobs, {key_of(1): content, key_of(2): b""}, kind)
    want(records, "owner", [key_of(1)], kind)

    assert commit(records, pack) == 2

    for packed in pack.segments:
        expected = StoredSegment(packed.key, kind, packed.location, packed.crc32, **packed.meta.as_columns())
        with records.read(WORKSPACE) as tx:
            assert segments.find_segments(tx, [packed.key]) == {packed.key: expected}
    assert read_all(records, blobs, [key_of(1), key_of(2)]) == {key_of(1): content, key_of(2): b""}
    assert owned(records, "owner") == {key_of(1)}


def test_the_first_committed_bytes_stay(records: Records, blobs: LocalBlobs) -> None:
    """A second pack with the same key changes nothing of it and adds only what is new."""
    first = write_pack(blobs, {key_of(1): b"first"})
    second = write_pack(blobs, {key_of(1): b"other bytes", key_of(2): b"new"})

    assert commit(records, first) == 1
    assert commit(records, second) == 1
    assert commit(records, second) == 0

    assert read_all(records, blobs, [key_of(1), key_of(2)]) == {key_of(1): b"first", key_of(2): b"new"}
    assert len(rows_of(records, schema.packs)) == 2


def test_a_committed_pack_has_its_sizes(records: Records, blobs: LocalBlobs) -> None:
    """The record of a pack knows the file's size and that of the segments in it."""
    pack = write_pack(blobs, {key_of(1): b"12345", key_of(2): b"678"})
    commit(records, pack)

    (row,) = rows_of(records, schema.packs)

    assert (row["pack_id"], row["size_bytes"], row["payload_bytes"]) == (pack.pack_id, pack.size_bytes, 8)
    assert row["retired_at_ms"] is None


def test_a_pack_that_comes_back_is_retired_no_more(records: Records, blobs: LocalBlobs) -> None:
    """Committing a pack that was about to be deleted keeps it: its day begins anew when it dies again."""
    pack = write_pack(blobs, {key_of(1): b"12345"})
    commit(records, pack)
    with records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.packs.update().values(retired_at_ms=5))

    commit(records, pack)

    assert [row["retired_at_ms"] for row in rows_of(records, schema.packs)] == [None]


def test_a_novel_of_keys_is_found(records: Records, blobs: LocalBlobs) -> None:
    """Questions about more keys than fit a statement are answered whole."""
    contents = {key_of(number): str(number).encode() for number in range(2500)}
    want(records, "owner", contents)
    commit(records, write_pack(blobs, contents))

    with records.read(WORKSPACE) as tx:
        assert set(segments.find_segments(tx, contents)) == set(contents)
        assert set(segments.find_owned_segments(tx, "owner")) == set(contents)
        speech = [key_of(key) for key in contents]
        assert segments.find_encoded(tx, speech, ENCODING) == dict(zip(speech, contents, strict=True))


def test_the_oldest_encoding_of_a_speech_is_preferred(records: Records, blobs: LocalBlobs) -> None:
    """What was encoded first stays the answer, whatever a newer recipe has made since."""
    speech = key_of("speech")
    for name, encoding in ((1, ENCODING), (2, ENCODING), (3, "wav_44100")):
        writer = PackWriter(blobs.temporary_directory(), WORKSPACE, "audio")
        writer.append(key_of(name), b"x", AudioMeta(7, encoding, speech))
        pack = writer.close(blobs)
        assert pack is not None
        commit(records, pack)

    with records.read(WORKSPACE) as tx:
        assert segments.find_encoded(tx, [speech, key_of("none")], ENCODING) == {speech: key_of(1)}
        assert segments.find_encoded(tx, [speech], "mp3_44100_192") == {}


def test_only_audio_that_was_mastered_alike_is_found(records: Records, blobs: LocalBlobs) -> None:
    """What was left as it is and what was mastered are two encodings of the same speech."""
    speech = key_of("speech")
    writer = PackWriter(blobs.temporary_directory(), WORKSPACE, "audio")
    for name, mastering in ((1, None), (2, "gain +1.0 dB"), (3, "gain +2.0 dB")):
        writer.append(key_of(name), b"x", AudioMeta(7, ENCODING, speech, mastering))
    pack = writer.close(blobs)
    assert pack is not None
    commit(records, pack)

    with records.read(WORKSPACE) as tx:
        assert segments.find_segments(tx, [key_of(2)])[key_of(2)].mastering == "gain +1.0 dB"
        assert segments.find_encoded(tx, [speech], ENCODING) == {speech: key_of(1)}
        assert segments.find_encoded(tx, [speech], ENCODING, mastering="gain +2.0 dB") == {speech: key_of(3)}
        assert segments.find_encoded(tx, [speech], ENCODING, mastering="gain +3.0 dB") == {}


def test_an_owners_audio_is_measured(records: Records, blobs: LocalBlobs) -> None:
    """Wanted and existing audio is counted, speech is not, and an unknown owner has none."""
    want(records, "owner", [key_of(1), key_of(2), key_of(3)])
    want(records, "owner", [key_of("speech")], "speech")
    commit(records, write_pack(blobs, {key_of(1): b"x", key_of(2): b"y"}))

    with records.read(WORKSPACE) as tx:
        assert segments.measure_owned_audio(tx, "owner") == OwnedAudio(3, 2, 14)
        assert segments.measure_owned_audio(tx, "nobody") == OwnedAudio(0, 0, 0)


def test_references_are_to_rows_that_exist(records: Records) -> None:
    """A reference to an unknown key isn't made, one that stands is left alone."""
    want(records, "owner", [key_of(1)])

    with records.write(WORKSPACE) as tx:
        references.add_references(tx, [("owner", key_of(1)), ("other", key_of(1)), ("other", key_of(2))])
        references.add_references(tx, [])
        assert references.count_references(tx, "owner") == 1
        assert references.count_references(tx, "other") == 1


def test_dropping_an_owner_lets_go_of_its_segments_alone(records: Records, blobs: LocalBlobs) -> None:
    """The references of the owners named are gone; their segments, and no others, were used just now."""
    want(records, "first", [key_of(1), key_of(2)])
    want(records, "second", [key_of(2), key_of(3)])
    commit(records, write_pack(blobs, {key_of(n): b"x" for n in (1, 2, 3)}))
    grow_older(records, DAY_MS)

    drop(records, "first", "unknown")

    used = {row["key"]: row["used_at_ms"] for row in rows_of(records, schema.segments)}
    assert owned(records, "first") == set()
    assert owned(records, "second") == {key_of(2), key_of(3)}
    assert used[key_of(1)] == used[key_of(2)] > used[key_of(3)] + DAY_MS - 60_000


def test_many_owners_are_dropped_at_once(records: Records) -> None:
    """More owners than fit a statement go together."""
    with records.write(WORKSPACE) as tx:
        segments.want_segments(tx, "kept", {"audio": [key_of(1)]})
        references.add_references(tx, [(f"owner {number}", key_of(1)) for number in range(2000)])

    drop(records, *(f"owner {number}" for number in range(2000)))

    assert [row["owner_id"] for row in rows_of(records, schema.segment_references)] == ["kept"]


def test_a_segment_moves_only_from_where_it_was_copied(records: Records, blobs: LocalBlobs) -> None:
    """A move takes along what still is in the pack it was copied from, and nothing else."""
    old = write_pack(blobs, {key_of(1): b"one", key_of(2): b"two"})
    elsewhere = write_pack(blobs, {key_of(3): b"three"})
    commit(records, old)
    commit(records, elsewhere)
    new = write_pack(blobs, {key_of(n): content for n, content in ((1, b"one"), (3, b"three"), (4, b"four"))})

    with records.write(WORKSPACE) as tx:
        segments.record_pack(tx, new)
        segments.move_segments(tx, new, origins=dict.fromkeys(map(key_of, (1, 3, 4)), old.pack_id))

    found = find(records, 1, 2, 3, 4)
    places = {key: segment.location.pack_id for key, segment in found.items()}
    assert places == {
        key_of(1): new.pack_id,
        key_of(2): old.pack_id,
        key_of(3): elsewhere.pack_id,
    }
    assert read_all(records, blobs, places)[key_of(1)] == b"one"


def test_a_segment_that_is_referred_to_can_not_be_deleted(records: Records) -> None:
    """The foreign key holds on to the row, and lets it go with the last owner."""
    want(records, "owner", [key_of(1)])

    with pytest.raises(sa.exc.IntegrityError), records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.segments.delete())
    drop(records, "owner")
    with records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.segments.delete())

    assert rows_of(records, schema.segments) == []


def test_a_pack_with_segments_can_not_be_forgotten(records: Records, blobs: LocalBlobs) -> None:
    """The record of a pack stays as long as a segment lies in it."""
    commit(records, write_pack(blobs, {key_of(1): b"x"}))

    with pytest.raises(sa.exc.IntegrityError), records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.packs.delete())


def test_what_a_segment_carries_is_told_by_its_kind(blobs: LocalBlobs, tmp_path: Path) -> None:
    """Every column is named for every kind, so that a record can be compared with its pack as a whole."""
    for kind in segments.SEGMENT_KINDS:
        (packed,) = write_pack(blobs, {key_of(kind): b"x"}, kind).segments
        values = segments.packed_values(packed)

        assert set(values) == set(segments.PACKED_COLUMNS)
        given = {name for name, value in values.items() if value is not None}
        common = {"kind", "pack_id", "offset_bytes", "size_bytes", "crc32", "block_crcs"}
        carried = meta_of(kind, key_of(kind)).as_columns()
        assert given - common == {name for name, value in carried.items() if value is not None}
    assert isinstance(meta_of("speech", b""), SpeechMeta)


def test_what_an_owner_wants_is_known_before_it_exists(records: Records) -> None:
    """Its own keys among many, and nobody else's."""
    keys = [key_of(number) for number in range(2000)]
    with records.write(WORKSPACE) as tx:
        segments.want_segments(tx, "first", {"audio": keys[:3]})
        segments.want_segments(tx, "second", {"audio": keys[2:]})
        assert segments.find_wanted(tx, "first", keys) == set(keys[:3])
