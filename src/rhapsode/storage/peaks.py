"""The peaks of segments: behind their measurements, or where these are older beside them, once somebody has asked."""

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.packed import SegmentLocation
from rhapsode.storage.places import location_of
from rhapsode.storage.records import Transaction


class StoredAudio(NamedTuple):
    """Audio of speech, and what is known of how it looks.

    measurements: as `audio.measurements` packs them.    peaks: as `audio.peaks` does, of audio that has none there.
    """

    location: SegmentLocation
    encoding: str
    frame_count: int
    measurements: bytes | None
    peaks: bytes | None


def find_stored_audio(tx: Transaction, owner_id: str) -> dict[bytes, StoredAudio]:
    """The audio with speech in it that an owner refers to and whose bytes exist, by its key, in one query."""
    reference, segment = schema.segment_references.c, schema.segments.c
    rows = tx.connection.execute(
        sa.select(
            segment.key,
            segment.kind,
            segment.speech_key,
            segment.pack_id,
            segment.offset_bytes,
            segment.size_bytes,
            segment.block_crcs,
            segment.encoding,
            segment.frame_count,
            segment.measurements,
            segment.peaks,
        )
        .join(schema.segment_references, reference.segment_id == segment.segment_id)
        .where(
            segment.workspace_id == tx.workspace_id,
            reference.owner_id == owner_id,
            segment.pack_id.is_not(None),
        )
    )
    # Chosen here: asked for a kind, SQLite would walk through all segments of the workspace.
    return {
        row.key: StoredAudio(location_of(row), row.encoding, row.frame_count, row.measurements, row.peaks)
        for row in rows
        if row.kind == "audio" and row.speech_key is not None
    }


def keep_peaks(tx: Transaction, peaks: Mapping[bytes, bytes]) -> None:
    """Keep the packed peaks of segments that have none, by their keys."""
    segment = schema.segments.c
    rows = [{"b_key": key, "b_peaks": content} for key, content in peaks.items()]
    if rows:
        tx.connection.execute(
            schema.segments.update()
            .where(segment.workspace_id == tx.workspace_id, segment.key == sa.bindparam("b_key"))
            .values(peaks=sa.bindparam("b_peaks")),
            rows,
        )
