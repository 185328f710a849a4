"""Queries on segments and packs.

A segment's row is made when a plan first wants it and filled when its bytes are committed. References are
inserted before anybody asks what exists, and their foreign key keeps clean-up from taking the row away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.packs import ClosedPack, PackedSegment, SegmentKind, SegmentLocation, pack_key
from rhapsode.storage.places import location_of
from rhapsode.storage.records import Transaction, check_alone
from rhapsode.storage.references import add_references
from rhapsode.storage.rows import chunks, insert_or_ignore

SEGMENT_KINDS: tuple[SegmentKind, ...] = ("speech", "audio", "image", "document", "file")


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """A segment whose bytes exist, or speech whose sound was dropped.

    crc32: of all its bytes.    meta: as in the pack's index (docs/storage.md): sample_rate_hz, sample_count,
    alignment, flaws, dropped_bytes and dropped_crc32 of speech; frame_count, encoding, speech_key, mastering,
    measurements and packet_sizes of audio; media_type of all others.
    """

    key: bytes
    kind: str
    location: SegmentLocation
    crc32: int
    sample_rate_hz: int | None = None
    sample_count: int | None = None
    alignment: bytes | None = None
    frame_count: int | None = None
    encoding: str | None = None
    speech_key: bytes | None = None
    media_type: str | None = None
    mastering: str | None = None
    measurements: bytes | None = None
    flaws: str | None = None
    packet_sizes: bytes | None = None
    dropped_bytes: int | None = None
    dropped_crc32: int | None = None

    @property
    def is_dropped(self) -> bool:
        """Whether all of it but the sound is known."""
        return self.dropped_bytes is not None


def want_segments(tx: Transaction, owner_id: str, keys_by_kind: Mapping[str, Iterable[bytes]]) -> None:
    """Make rows for keys nobody wanted before, and let `owner_id` refer to all of them."""
    for kind, keys in keys_by_kind.items():
        wanted = list(dict.fromkeys(keys))
        _insert_wanted(tx, kind, wanted)
        add_references(tx, ((owner_id, key) for key in wanted))


def find_wanted(tx: Transaction, owner_id: str, keys: Iterable[bytes]) -> set[bytes]:
    """Those of the keys that an owner refers to already, whether their bytes exist or not."""
    reference, segment = schema.segment_references.c, schema.segments.c
    found: set[bytes] = set()
    for chunk in chunks(list(dict.fromkeys(keys))):
        found |= set(
            tx.connection.execute(
                sa.select(segment.key)
                .join(schema.segment_references, reference.segment_id == segment.segment_id)
                .where(
                    segment.workspace_id == tx.workspace_id,
                    segment.key.in_(chunk),
                    reference.owner_id == owner_id,
                )
            ).scalars()
        )
    return found


def _insert_wanted(tx: Transaction, kind: str, keys: Sequence[bytes]) -> None:
    rows = [
        {"workspace_id": tx.workspace_id, "key": key, "kind": kind, "used_at_ms": tx.now_ms} for key in keys
    ]
    if rows:
        tx.connection.execute(insert_or_ignore(tx.connection, schema.segments), rows)


def find_segments(tx: Transaction, keys: Iterable[bytes]) -> dict[bytes, StoredSegment]:
    """Those of the keys whose bytes exist."""
    found = find_known_segments(tx, keys)
    return {key: segment for key, segment in found.items() if not segment.is_dropped}


def find_known_segments(tx: Transaction, keys: Iterable[bytes]) -> dict[bytes, StoredSegment]:
    """The same, with speech whose sound was dropped: how long it lasts is known, and its alignment."""
    found: dict[bytes, StoredSegment] = {}
    for chunk in chunks(list(dict.fromkeys(keys))):
        rows = tx.connection.execute(_existing(tx).where(schema.segments.c.key.in_(chunk)))
        found |= {row.key: _stored(row) for row in rows}
    return found


def find_owned_segments(
    tx: Transaction, owner_id: str, *, kind: SegmentKind | None = None
) -> dict[bytes, StoredSegment]:
    """All existing segments that an owner refers to, dropped speech too, in one query.

    kind: the only one to look for; None for all.
    """
    reference = schema.segment_references.c
    rows = tx.connection.execute(
        _existing(tx)
        .join(schema.segment_references, reference.segment_id == schema.segments.c.segment_id)
        .where(reference.owner_id == owner_id)
    )
    # Chosen here: asked for a kind, SQLite would walk through all segments of the workspace.
    return {row.key: _stored(row) for row in rows if kind in (None, row.kind)}


def list_segments_in(tx: Transaction, pack_id: str) -> list[StoredSegment]:
    """All segments that are in a pack, in their order."""
    segment = schema.segments.c
    rows = tx.connection.execute(
        _existing(tx).where(segment.pack_id == pack_id).order_by(segment.offset_bytes)
    )
    return [_stored(row) for row in rows]


def find_existing_keys(tx: Transaction, owner_id: str) -> set[bytes]:
    """Keys of all segments that an owner refers to and whose bytes exist: of no dropped speech."""
    reference, segment = schema.segment_references.c, schema.segments.c
    rows = tx.connection.execute(
        sa.select(segment.key, segment.dropped_bytes)
        .join(schema.segment_references, reference.segment_id == segment.segment_id)
        .where(
            segment.workspace_id == tx.workspace_id,
            segment.pack_id.is_not(None),
            reference.owner_id == owner_id,
        )
    )
    # Left out here: asked to, SQLite would walk through all segments of the workspace.
    return {key for key, dropped_bytes in rows if dropped_bytes is None}


def has_all_alignments(tx: Transaction, owner_id: str) -> bool:
    """Whether all speech that an owner refers to exists with its alignment, of which nothing is read."""
    reference, segment = schema.segment_references.c, schema.segments.c
    lost = sa.and_(segment.kind == "speech", segment.alignment.is_(None))
    return not tx.connection.execute(
        # Counted and not searched for: a search would begin with all segments of the workspace.
        sa.select(sa.func.count().filter(lost))
        .join_from(schema.segment_references, schema.segments, reference.segment_id == segment.segment_id)
        .where(segment.workspace_id == tx.workspace_id, reference.owner_id == owner_id)
    ).scalar_one()


def find_encoded(
    tx: Transaction, speech_keys: Iterable[bytes], encoding: str, *, mastering: str | None = None
) -> dict[bytes, bytes]:
    """For each speech that was ever encoded this way, the key of that audio (the oldest, so that it is stable).

    mastering: the same of all; None finds only what was left as it is.
    A newer recipe of the encoder has other keys; what was encoded before stays good.
    """
    found: dict[bytes, bytes] = {}
    segment = schema.segments.c
    for chunk in chunks(list(dict.fromkeys(speech_keys))):
        rows = tx.connection.execute(
            sa.select(segment.speech_key, segment.key)
            .where(
                segment.workspace_id == tx.workspace_id,
                segment.speech_key.in_(chunk),
                segment.encoding == encoding,
                segment.mastering.is_not_distinct_from(mastering),
                segment.pack_id.is_not(None),
            )
            .order_by(segment.segment_id.desc())
        )
        found |= {row.speech_key: row.key for row in rows}
    return found


@dataclass(frozen=True, slots=True)
class OwnedAudio:
    """How much of the audio an owner refers to exists."""

    wanted_count: int
    existing_count: int
    frame_count: int


def measure_owned_audio(tx: Transaction, owner_id: str) -> OwnedAudio:
    """Count an owner's audio segments and add up the frames of those that exist."""
    reference, segment = schema.segment_references.c, schema.segments.c
    row = tx.connection.execute(
        sa.select(
            sa.func.count(),
            sa.func.count(segment.pack_id),
            sa.func.coalesce(sa.func.sum(segment.frame_count), 0),
        )
        .join_from(schema.segment_references, schema.segments, reference.segment_id == segment.segment_id)
        .where(
            segment.workspace_id == tx.workspace_id, reference.owner_id == owner_id, segment.kind == "audio"
        )
    ).one()
    return OwnedAudio(*row)


def _existing(tx: Transaction) -> sa.Select[Any]:
    return sa.select(schema.segments).where(
        schema.segments.c.workspace_id == tx.workspace_id, schema.segments.c.pack_id.is_not(None)
    )


def _stored(row: sa.Row[Any]) -> StoredSegment:
    return StoredSegment(
        key=row.key,
        kind=row.kind,
        location=location_of(row),
        crc32=row.crc32,
        sample_rate_hz=row.sample_rate_hz,
        sample_count=row.sample_count,
        alignment=row.alignment,
        frame_count=row.frame_count,
        encoding=row.encoding,
        speech_key=row.speech_key,
        media_type=row.media_type,
        mastering=row.mastering,
        measurements=row.measurements,
        flaws=row.flaws,
        packet_sizes=row.packet_sizes,
        dropped_bytes=row.dropped_bytes,
        dropped_crc32=row.dropped_crc32,
    )


def record_pack(tx: Transaction, pack: ClosedPack) -> None:
    """Record that a pack exists, without its segments; one that was about to be deleted stays."""
    tx.connection.execute(
        insert_or_ignore(tx.connection, schema.packs),
        {
            "pack_id": pack.pack_id,
            "workspace_id": tx.workspace_id,
            "kind": pack.kind,
            "size_bytes": pack.size_bytes,
            "payload_bytes": sum(segment.location.size_bytes for segment in pack.segments),
            "created_at_ms": tx.now_ms,
        },
    )
    tx.connection.execute(
        schema.packs.update()
        .where(
            schema.packs.c.workspace_id == tx.workspace_id,
            schema.packs.c.pack_id == pack.pack_id,
            schema.packs.c.retired_at_ms.is_not(None),
        )
        .values(retired_at_ms=None)
    )


def is_recorded(tx: Transaction, pack_id: str) -> bool:
    """Whether the records have a pack."""
    pack = schema.packs.c
    query = sa.select(pack.pack_id).where(pack.workspace_id == tx.workspace_id, pack.pack_id == pack_id)
    return tx.connection.execute(query).first() is not None


def delete_pack(tx: Transaction, blobs: Blobs, pack_id: str) -> None:
    """Delete a pack that nothing is in, its file first: a kill in between leaves a row, which the next run deletes.

    Raises: as `Records.write` does, where others may have written it again meanwhile; ObjectStoreFailed.
    """
    check_alone(tx)
    blobs.delete(pack_key(pack_id))
    pack = schema.packs.c
    tx.connection.execute(
        schema.packs.delete().where(pack.workspace_id == tx.workspace_id, pack.pack_id == pack_id)
    )


def commit_pack(tx: Transaction, pack: ClosedPack) -> int:
    """Record a closed pack; return how many of its segments didn't exist before.

    The first committed bytes of a key stay; later ones are dead weight in their pack. Dropped speech gets the bytes
    back that it had, and no others.
    """
    _insert_wanted(tx, pack.kind, [segment.key for segment in pack.segments])
    return fill_wanted(tx, pack)


def fill_wanted(tx: Transaction, pack: ClosedPack) -> int:
    """Record a pack for those of its segments alone that somebody waits for; return how many they are."""
    record_pack(tx, pack)
    segment = schema.segments.c
    had_the_same = sa.and_(
        segment.dropped_bytes == sa.bindparam("b_size_bytes"),
        segment.dropped_crc32 == sa.bindparam("b_crc32"),
    )
    return _place(tx, pack.segments, sa.or_(segment.pack_id.is_(None), had_the_same))


def move_segments(
    tx: Transaction,
    pack: ClosedPack,
    *,
    origins: Mapping[bytes, str],
    only: sa.ColumnElement[bool] | None = None,
) -> int:
    """Let segments be where a recorded pack has them now; return how many it were.

    A segment that is elsewhere by now, or gone, is left alone.
    origins: by key, the pack each was copied from.    only: a condition on `segments`; None for none.
    """
    is_there = schema.segments.c.pack_id == sa.bindparam("b_origin")
    return _place(
        tx,
        pack.segments,
        is_there if only is None else sa.and_(is_there, only),
        [{"b_origin": origins[segment.key]} for segment in pack.segments],
    )


def correct_segments(tx: Transaction, pack: ClosedPack) -> None:
    """Let the records of segments in a pack say what the pack says."""
    _place(tx, pack.segments, schema.segments.c.pack_id == pack.pack_id)


def _place(
    tx: Transaction,
    packed: Sequence[PackedSegment],
    only: sa.ColumnElement[bool],
    parameters: Sequence[Mapping[str, Any]] | None = None,
) -> int:
    """Fill the rows of packed segments, where `only` holds; return how many it were."""
    rows = [_packed_row(segment) for segment in packed]
    if parameters is not None:
        rows = [row | dict(more) for row, more in zip(rows, parameters, strict=True)]
    return tx.connection.execute(
        schema.segments.update()
        .where(
            schema.segments.c.workspace_id == tx.workspace_id,
            schema.segments.c.key == sa.bindparam("b_key"),
            only,
        )
        .values({name: sa.bindparam(f"b_{name}") for name in PACKED_COLUMNS}),
        rows,
    ).rowcount


PACKED_COLUMNS = (
    "kind",
    "pack_id",
    "offset_bytes",
    "size_bytes",
    "crc32",
    "block_crcs",
    "sample_rate_hz",
    "sample_count",
    "alignment",
    "frame_count",
    "encoding",
    "speech_key",
    "media_type",
    "mastering",
    "measurements",
    "flaws",
    "packet_sizes",
    "dropped_bytes",
    "dropped_crc32",
)


def packed_values(segment: PackedSegment) -> dict[str, Any]:
    """What a pack says of one of its segments, by the names of the columns, which are all named."""
    values = segment.meta.as_columns() | {
        "kind": segment.kind,
        "pack_id": segment.location.pack_id,
        "offset_bytes": segment.location.offset,
        "size_bytes": segment.location.size_bytes,
        "crc32": segment.crc32,
        "block_crcs": b"".join(crc.to_bytes(4, "little") for crc in segment.location.block_crcs),
    }
    return {name: values.get(name) for name in PACKED_COLUMNS}


def _packed_row(segment: PackedSegment) -> dict[str, Any]:
    return {f"b_{name}": value for name, value in packed_values(segment).items()} | {"b_key": segment.key}
