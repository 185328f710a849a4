"""What takes up the disk: bytes of segments by who needs them, and all else beside them.

A segment that two projects refer to is there once. It is counted with neither as its own, with both as shared, and
once in all. What is needed by nobody, or dead weight in a pack, clean-up will free.
"""

import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.masters import find_due_before, is_due
from rhapsode.storage.records import Records, Transaction, list_workspaces
from rhapsode.studio.ids import WorkspaceId

_NO_PROJECT = ""
_REFERENCES, _SEGMENTS, _PACKS = schema.segment_references.c, schema.segments.c, schema.packs.c
Bytes = Mapping[str, int]
"""By the kind of segments: speech, audio, image, document, or file (of exports)."""


@dataclass(frozen=True, slots=True)
class PlaceUsage:
    """What a project needs, or the history of a workspace. own: alone.    shared: with somebody else."""

    name: str
    own_bytes: Bytes
    shared_bytes: Bytes
    project_id: str | None = None

    @property
    def own_in_all(self) -> int:
        """The sum of its own."""
        return sum(self.own_bytes.values())


@dataclass(frozen=True, slots=True)
class WorkspaceUsage:
    """What a workspace has in packs. All but what places share adds up to pack_bytes, with shared_bytes once.

    unused_bytes: what nobody refers to.    dead_bytes: what packs have beside segments of their own.
    index_bytes: by which packs describe themselves.
    due_master_bytes: of what places need, what the next clean-up drops (storage.masters).
    """

    workspace_id: WorkspaceId
    places: tuple[PlaceUsage, ...]
    shared_bytes: int
    unused_bytes: int
    dead_bytes: int
    index_bytes: int
    pack_bytes: int
    due_master_bytes: int = 0


@dataclass(frozen=True, slots=True)
class DiskUsage:
    """All of it. voice_bytes: files of voices.    copy_bytes: whole files in an object store.

    records_bytes: databases, and copies of them.    free_bytes: what the disk of the data directory has left.
    """

    workspaces: tuple[WorkspaceUsage, ...]
    voice_bytes: int
    copy_bytes: int
    records_bytes: int
    free_bytes: int

    @property
    def reclaimable_bytes(self) -> int:
        """What clean-up will free, in time."""
        return sum(w.unused_bytes + w.dead_bytes + w.due_master_bytes for w in self.workspaces)

    @property
    def total_bytes(self) -> int:
        """The sum of everything."""
        packs = sum(workspace.pack_bytes for workspace in self.workspaces)
        return packs + self.voice_bytes + self.copy_bytes + self.records_bytes


def measure_disk(records: Records, blobs: Blobs) -> DiskUsage:
    """Measure everything, from the records and the sizes of files."""
    workspaces = []
    for workspace_id in list_workspaces(records):
        with records.read(workspace_id) as tx:
            workspaces.append(measure_workspace(tx))
    return DiskUsage(
        tuple(workspaces),
        voice_bytes=sum(size_bytes for _, size_bytes in blobs.list_keys("voices/")),
        copy_bytes=sum(size_bytes for _, size_bytes in blobs.list_keys("files/")),
        records_bytes=records.size_bytes(),
        free_bytes=shutil.disk_usage(blobs.temporary_directory()).free,
    )


def measure_workspace(tx: Transaction) -> WorkspaceUsage:
    """What the transaction's workspace has in packs."""
    placed, counts = _placed(tx)
    own, shared = _bytes_of_places(tx, placed, counts)
    names = dict(
        tx.connection.execute(
            sa.select(schema.projects.c.project_id, schema.projects.c.name).where(
                schema.projects.c.workspace_id == tx.workspace_id
            )
        ).all()
    )
    pack_bytes, payload_bytes = _bytes_of_packs(tx)
    stored_bytes = _sum_of(tx, sa.true())
    places = (
        PlaceUsage(
            names.get(place, "history"), own[place], shared[place], None if place == _NO_PROJECT else place
        )
        for place in own
    )
    return WorkspaceUsage(
        tx.workspace_id,
        tuple(sorted(places, key=lambda place: -place.own_in_all)),
        shared_bytes=_sum_of(tx, _counted(counts, sa.column("place_count") > 1)),
        unused_bytes=_sum_of(tx, ~sa.exists().where(_REFERENCES.segment_id == _SEGMENTS.segment_id)),
        dead_bytes=payload_bytes - stored_bytes,
        index_bytes=pack_bytes - payload_bytes,
        pack_bytes=pack_bytes,
        due_master_bytes=_due_master_bytes(tx),
    )


def _due_master_bytes(tx: Transaction) -> int:
    before_ms = find_due_before(tx, now_ms=tx.now_ms)
    if before_ms is None:
        return 0
    is_needed = sa.exists().where(_REFERENCES.segment_id == _SEGMENTS.segment_id)
    return _sum_of(tx, sa.and_(is_due(before_ms), is_needed))


def _placed(tx: Transaction) -> tuple[sa.Subquery, sa.Subquery]:
    """Which place needs which segment, each pair once; and how many places need each."""
    owners = _owners(tx).subquery()
    place = sa.func.coalesce(owners.c.project_id, _NO_PROJECT).label("place")
    placed = (
        sa.select(_REFERENCES.segment_id, place)
        .join_from(schema.segment_references, schema.segments, _SEGMENTS.segment_id == _REFERENCES.segment_id)
        .outerjoin(owners, owners.c.owner_id == _REFERENCES.owner_id)
        .where(_SEGMENTS.workspace_id == tx.workspace_id)
        .distinct()
        .subquery()
    )
    counts = (
        sa.select(placed.c.segment_id, sa.func.count().label("place_count"))
        .group_by(placed.c.segment_id)
        .subquery()
    )
    return placed, counts


def _owners(tx: Transaction) -> sa.CompoundSelect[Any]:
    """Every owner that belongs to a project. All others are files of the history, or texts that are being spoken."""
    take, node, block, chapter = schema.takes, schema.nodes, schema.blocks, schema.chapters
    takes = (
        sa.select(take.c.take_id.label("owner_id"), chapter.c.project_id)
        .join_from(take, node, node.c.node_id == take.c.node_id)
        .join(block, block.c.block_id == node.c.block_id)
        .join(chapter, chapter.c.chapter_id == block.c.chapter_id)
        .where(take.c.workspace_id == tx.workspace_id)
    )
    others = (
        (schema.projects, "project_id"),
        (schema.conversions, "conversion_id"),
        (schema.exports, "export_id"),
        (schema.chapter_snapshots, "chapter_snapshot_id"),
        (schema.project_snapshots, "project_snapshot_id"),
    )
    return sa.union_all(
        takes,
        *(
            sa.select(table.c[key].label("owner_id"), table.c.project_id).where(
                table.c.workspace_id == tx.workspace_id
            )
            for table, key in others
        ),
    )


def _bytes_of_places(
    tx: Transaction, placed: sa.Subquery, counts: sa.Subquery
) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]]:
    """Bytes by place and kind: those that it needs alone, and those that others need too."""
    is_own = counts.c.place_count == 1
    rows = tx.connection.execute(
        sa.select(placed.c.place, _SEGMENTS.kind, is_own, sa.func.sum(_SEGMENTS.size_bytes))
        .join_from(placed, counts, counts.c.segment_id == placed.c.segment_id)
        .join(schema.segments, _SEGMENTS.segment_id == placed.c.segment_id)
        .where(_SEGMENTS.pack_id.is_not(None))
        .group_by(placed.c.place, _SEGMENTS.kind, is_own)
    )
    own: defaultdict[str, dict[str, int]] = defaultdict(dict)
    shared: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for place, kind, alone, size_bytes in rows:
        (own if alone else shared)[place][kind] = int(size_bytes)
        _ = own[place], shared[place]
    return own, shared


def _counted(counts: sa.Subquery, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return _SEGMENTS.segment_id.in_(sa.select(counts.c.segment_id).where(condition))


def _sum_of(tx: Transaction, condition: sa.ColumnElement[bool]) -> int:
    """Bytes of the segments that exist and fit."""
    total = sa.select(sa.func.coalesce(sa.func.sum(_SEGMENTS.size_bytes), 0)).where(
        _SEGMENTS.workspace_id == tx.workspace_id, _SEGMENTS.pack_id.is_not(None), condition
    )
    return int(tx.connection.execute(total).scalar_one())


def _bytes_of_packs(tx: Transaction) -> tuple[int, int]:
    """Of all packs of the workspace, and of the segments that were written into them."""
    sums = (sa.func.coalesce(sa.func.sum(column), 0) for column in (_PACKS.size_bytes, _PACKS.payload_bytes))
    row = tx.connection.execute(sa.select(*sums).where(_PACKS.workspace_id == tx.workspace_id)).one()
    return int(row[0]), int(row[1])
