"""What reports ask of segments: how loud audio is, and what seems wrong with speech. No sound is read."""

from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction


@dataclass(frozen=True, slots=True)
class MeasuredSegments:
    """What an owner's segments say, by their keys; those that say nothing aren't there.

    measurements: of audio, as `audio.measurements` packs them.    flaws: of speech, the worst first.
    """

    measurements: dict[bytes, bytes]
    flaws: dict[bytes, tuple[str, ...]]


def find_measured(tx: Transaction, owner_id: str) -> MeasuredSegments:
    """All that is known of the segments that an owner refers to, in one query."""
    reference, segment = schema.segment_references.c, schema.segments.c
    rows = tx.connection.execute(
        sa.select(segment.key, segment.measurements, segment.flaws)
        .join(schema.segment_references, reference.segment_id == segment.segment_id)
        .where(
            segment.workspace_id == tx.workspace_id,
            reference.owner_id == owner_id,
            sa.or_(segment.measurements.is_not(None), segment.flaws.is_not(None)),
        )
    ).all()
    return MeasuredSegments(
        measurements={row.key: row.measurements for row in rows if row.measurements is not None},
        flaws={row.key: tuple(row.flaws.split(",")) for row in rows if row.flaws},
    )
