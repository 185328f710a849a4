"""Queries on speech that something seems wrong with, as the current takes of a project have it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.chapters import of_project
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import in_few
from rhapsode.storage.take_parts import parts_from_json
from rhapsode.studio.ids import BlockId, ChapterId, NodeId, ProjectId, TakeId
from rhapsode.studio.project import TakePart


@dataclass(frozen=True, slots=True)
class FlawedPassage:
    """A part of a node's current take.

    text: what stands there now, which may have been edited since.    flaws: names of audio.flaws.FLAWS, at least one.
    take_made_at_ms: Unix milliseconds.
    """

    chapter_id: ChapterId
    block_id: BlockId
    node_id: NodeId
    text: str
    flaws: tuple[str, ...]
    take_id: TakeId
    take_made_at_ms: int


def list_flawed_passages(
    tx: Transaction, project_id: ProjectId, chapter_id: ChapterId | None = None
) -> list[FlawedPassage]:
    """Those of the narrated blocks of a project's narrated chapters, or of one chapter, in reading order."""
    chapter, block, node = schema.chapters.c, schema.blocks.c, schema.nodes.c
    take, reference, segment = schema.takes.c, schema.segment_references.c, schema.segments.c
    wanted = chapter.narrated if chapter_id is None else chapter.chapter_id == chapter_id
    rows = tx.connection.execute(
        sa.select(
            chapter.chapter_id,
            block.block_id,
            node.node_id,
            node.text,
            take.take_id,
            take.parts,
            take.created_at_ms,
            segment.key,
            segment.flaws,
            chapter.ordinal.label("chapter_ordinal"),
            block.ordinal.label("block_ordinal"),
            node.ordinal.label("node_ordinal"),
        )
        .join_from(schema.chapters, schema.blocks, block.chapter_id == chapter.chapter_id)
        .join(schema.nodes, node.block_id == block.block_id)
        .join(schema.takes, take.take_id == node.current_take_id)
        .join(schema.segment_references, reference.owner_id == take.take_id)
        .join(schema.segments, segment.segment_id == reference.segment_id)
        .where(
            of_project(tx, project_id),
            wanted,
            block.narrated,
            segment.workspace_id == tx.workspace_id,
            segment.flaws.is_not(None),
        )
    )
    return [_passage(row) for row in sorted(rows, key=_place)]


def find_flaws(
    tx: Transaction, chapter_id: ChapterId, only: Collection[BlockId] | None = None
) -> dict[BlockId, set[str]]:
    """What seems wrong with the current takes of the blocks of a chapter; of those alone of which anything does.

    only: the blocks that are asked for; None for all.
    """
    block, node, segment = schema.blocks.c, schema.nodes.c, schema.segments.c
    take, reference = schema.takes.c, schema.segment_references.c
    query = (
        sa.select(block.block_id, segment.flaws)
        .distinct()
        .join_from(schema.blocks, schema.nodes, node.block_id == block.block_id)
        .join(schema.takes, take.take_id == node.current_take_id)
        .join(schema.segment_references, reference.owner_id == take.take_id)
        .join(schema.segments, segment.segment_id == reference.segment_id)
        .where(
            block.workspace_id == tx.workspace_id,
            block.chapter_id == chapter_id,
            segment.workspace_id == tx.workspace_id,
            segment.flaws.is_not(None),
        )
    )
    if only is not None:
        query = query.where(in_few(tx.connection, block.block_id, only))
    found: dict[BlockId, set[str]] = {}
    for block_id, flaws in tx.connection.execute(query):
        found.setdefault(BlockId(block_id), set()).update(flaws.split(","))
    return found


def _place(row: Any) -> tuple[int, int, int, int]:
    """Where a part stands in its project: takes don't say in records what order their speech is in."""
    return row.chapter_ordinal, row.block_ordinal, row.node_ordinal, _part_of(row).start


def _passage(row: Any) -> FlawedPassage:
    part = _part_of(row)
    return FlawedPassage(
        chapter_id=ChapterId(row.chapter_id),
        block_id=BlockId(row.block_id),
        node_id=NodeId(row.node_id),
        text=row.text[part.start : part.end],
        flaws=tuple(row.flaws.split(",")),
        take_id=TakeId(row.take_id),
        take_made_at_ms=row.created_at_ms,
    )


def _part_of(row: Any) -> TakePart:
    """The first part that a segment is the speech of: what a node says twice is spoken once."""
    return next(part for part in parts_from_json(row.parts) if part.speech_key == row.key)
