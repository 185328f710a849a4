"""Where the speech behind a file lies: what making the same sound in another encoding has to know of segments.

As in storage.places, owners are asked about one by one, and nothing is read of what isn't needed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.packed import SegmentLocation
from rhapsode.storage.places import location_of
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import DataDamaged


@dataclass(frozen=True, slots=True)
class SpeechPlaces:
    """What an owner refers to and exists.

    speech: where it lies, by its key; nothing of what was dropped.
    masterings: in words, by the key of the audio; none where it was left alone.
    """

    speech: Mapping[bytes, SegmentLocation]
    masterings: Mapping[bytes, str]


def find_speech_places(tx: Transaction, owner_id: str) -> SpeechPlaces:
    """The speech of an owner, and how its audio was mastered."""
    segment = schema.segments.c
    rows = tx.connection.execute(
        sa.select(
            segment.key,
            segment.kind,
            segment.mastering,
            segment.pack_id,
            segment.offset_bytes,
            segment.size_bytes,
            segment.block_crcs,
            segment.dropped_bytes,
        ).where(*_owned(tx, owner_id), segment.pack_id.is_not(None))
    ).all()
    return SpeechPlaces(
        speech={
            row.key: location_of(row) for row in rows if row.kind == "speech" and row.dropped_bytes is None
        },
        masterings={row.key: row.mastering for row in rows if row.mastering is not None},
    )


def find_speech_pack_ends(tx: Transaction, owner_ids: Iterable[str]) -> dict[str, int]:
    """Every pack that speech of these owners is in, and the byte where the last of it ends.

    Raises: DataDamaged, when speech that they refer to isn't stored any more.
    """
    segment = schema.segments.c
    end_byte = sa.func.max(segment.offset_bytes + segment.size_bytes)
    ends: dict[str, int] = {}
    for owner_id in owner_ids:
        rows = tx.connection.execute(
            sa.select(segment.pack_id, segment.kind, end_byte)
            .where(*_owned(tx, owner_id))
            .group_by(segment.pack_id, segment.kind)
        )
        for pack_id, kind, end in rows:
            if kind != "speech":
                continue
            if pack_id is None:
                msg = f"Stored speech of {owner_id} is missing. Speak it again."
                raise DataDamaged(msg)
            ends[pack_id] = max(end, ends.get(pack_id, 0))
    return ends


def _owned(tx: Transaction, owner_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    reference, segment = schema.segment_references.c, schema.segments.c
    return (
        reference.owner_id == owner_id,
        reference.segment_id == segment.segment_id,
        segment.workspace_id == tx.workspace_id,
    )
