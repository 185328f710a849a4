"""How much there is of something in all workspaces together, in queries that an index answers in milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records


@dataclass(frozen=True, slots=True)
class Totals:
    """What waits and what is stored.

    conversions: unfinished ones, by state.    workspace_count: of how many workspaces these are.
    oldest_age_s: since the oldest of them was asked for; 0 where there is none.    pack_bytes: by kind.
    """

    conversions: Mapping[str, int]
    workspace_count: int
    oldest_age_s: float
    pack_bytes: Mapping[str, int]


def measure_totals(records: Records) -> Totals:
    """Count all of it at one moment."""
    conversion, pack = schema.conversions.c, schema.packs.c
    unfinished = conversion.finished_at_ms.is_(None)
    by_state = sa.select(conversion.state, sa.func.count()).where(unfinished).group_by(conversion.state)
    overall = sa.select(
        sa.func.count(conversion.workspace_id.distinct()), sa.func.min(conversion.created_at_ms)
    ).where(unfinished)
    by_kind = sa.select(pack.kind, sa.func.sum(pack.size_bytes)).group_by(pack.kind)
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        workspace_count, oldest_at_ms = tx.connection.execute(overall).one()
        return Totals(
            conversions={str(state): int(count) for state, count in tx.connection.execute(by_state)},
            workspace_count=workspace_count,
            oldest_age_s=0.0 if oldest_at_ms is None else max(0, tx.now_ms - oldest_at_ms) / 1000,
            pack_bytes={str(kind): int(size) for kind, size in tx.connection.execute(by_kind)},
        )
