"""What was made before: how long segments are, how speech was encoded, what a project was last converted to."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import chunks
from rhapsode.studio.ids import ProjectId


@dataclass(frozen=True, slots=True)
class Length:
    """Of audio in frames, of speech in samples at its own rate."""

    frame_count: int | None
    sample_count: int | None
    sample_rate_hz: int | None


def find_lengths(tx: Transaction, keys: Iterable[bytes]) -> dict[bytes, Length]:
    """Those of the keys whose bytes exist, with their lengths."""
    segment = schema.segments.c
    found: dict[bytes, Length] = {}
    for chunk in chunks(list(dict.fromkeys(keys))):
        rows = tx.connection.execute(
            sa.select(segment.key, segment.frame_count, segment.sample_count, segment.sample_rate_hz).where(
                segment.workspace_id == tx.workspace_id,
                segment.key.in_(chunk),
                segment.pack_id.is_not(None),
                segment.dropped_bytes.is_(None),
            )
        )
        found |= {key: Length(*length) for key, *length in rows}
    return found


@dataclass(frozen=True, slots=True)
class EncodedForm:
    """How speech was mastered (None: left as it is) and encoded. Source: columns of `segments`."""

    encoding: str
    mastering: str | None


def find_encoded_forms(tx: Transaction, speech_keys: Iterable[bytes]) -> dict[bytes, set[EncodedForm]]:
    """In which forms audio of each speech exists."""
    segment = schema.segments.c
    found: dict[bytes, set[EncodedForm]] = {}
    for chunk in chunks(list(dict.fromkeys(speech_keys))):
        rows = tx.connection.execute(
            sa.select(segment.speech_key, segment.encoding, segment.mastering).where(
                segment.workspace_id == tx.workspace_id,
                segment.speech_key.in_(chunk),
                segment.pack_id.is_not(None),
            )
        )
        for row in rows:
            found.setdefault(row.speech_key, set()).add(EncodedForm(row.encoding, row.mastering))
    return found


def find_last_plan_digest(tx: Transaction, project_id: ProjectId) -> bytes | None:
    """The digest of the last conversion of the whole project that has succeeded."""
    conversion = schema.conversions.c
    return tx.connection.execute(
        sa.select(conversion.plan_digest)
        .where(
            conversion.workspace_id == tx.workspace_id,
            conversion.project_id == project_id,
            conversion.chapter_id.is_(None),
            conversion.state == "succeeded",
        )
        .order_by(conversion.conversion_id.desc())
        .limit(1)
    ).scalar_one_or_none()
