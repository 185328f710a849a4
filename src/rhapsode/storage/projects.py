"""Queries on projects, chapters, blocks, nodes and takes."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import chunks, insert_or_ignore
from rhapsode.storage.segments import add_references, drop_references
from rhapsode.studio.document import BlockKind, Matter
from rhapsode.studio.errors import NotFound
from rhapsode.studio.ids import BlockId, ChapterId, NodeId, ProjectId, TakeId, VoiceId
from rhapsode.studio.project import Block, Chapter, Node, Project, QualityPreset, Take, TakePart

_PROJECT_COLUMNS = (
    "project_id",
    "name",
    "created_at_ms",
    "title",
    "author",
    "description",
    "language",
    "isbn_number",
    "quality_preset",
    "default_title_voice_id",
    "default_paragraph_voice_id",
    "cover_key",
    "origin",
)


def save_project(tx: Transaction, project: Project) -> None:
    """Insert the project, or replace all its fields but its time of creation."""
    values = {name: getattr(project, name) for name in _PROJECT_COLUMNS}
    changed = tx.connection.execute(
        schema.projects.update()
        .where(
            schema.projects.c.workspace_id == tx.workspace_id,
            schema.projects.c.project_id == project.project_id,
        )
        .values({name: value for name, value in values.items() if name != "created_at_ms"})
    )
    if changed.rowcount == 0:
        tx.connection.execute(schema.projects.insert().values(workspace_id=tx.workspace_id, **values))
    drop_references(tx, [project.project_id])
    if project.cover_key is not None:
        add_references(tx, [(project.project_id, project.cover_key)])


def get_project(tx: Transaction, project_id: ProjectId) -> Project:
    """Raises NotFound when the workspace has no such project, or has deleted it."""
    row = tx.connection.execute(_living(tx).where(schema.projects.c.project_id == project_id)).first()
    if row is None:
        msg = f"There is no project {project_id}."
        raise NotFound(msg)
    return _project(row)


def find_project_by_origin(tx: Transaction, origin: str) -> Project | None:
    """The project that the command line made from this place."""
    row = tx.connection.execute(_living(tx).where(schema.projects.c.origin == origin)).first()
    return None if row is None else _project(row)


def _living(tx: Transaction) -> sa.Select[Any]:
    return sa.select(*(schema.projects.c[name] for name in _PROJECT_COLUMNS)).where(
        schema.projects.c.workspace_id == tx.workspace_id, schema.projects.c.deleted_at_ms.is_(None)
    )


def _project(row: sa.Row[Any]) -> Project:
    values = dict(row._mapping)
    return Project(**values | {"quality_preset": QualityPreset(values["quality_preset"])})


def list_chapters(tx: Transaction, project_id: ProjectId) -> tuple[Chapter, ...]:
    """All chapters of a project with their blocks, nodes and current takes, in order."""
    chapter = schema.chapters.c
    rows = tx.connection.execute(
        sa.select(schema.chapters)
        .where(
            chapter.workspace_id == tx.workspace_id,
            chapter.project_id == project_id,
            chapter.deleted_at_ms.is_(None),
        )
        .order_by(chapter.ordinal)
    ).all()
    blocks = _blocks_by_chapter(tx, project_id)
    return tuple(
        Chapter(
            chapter_id=ChapterId(row.chapter_id),
            name=row.name,
            blocks=tuple(blocks[row.chapter_id]),
            matter=Matter(row.matter),
            role=row.role,
            narrated=row.narrated,
            revision=row.revision,
        )
        for row in rows
    )


def _blocks_by_chapter(tx: Transaction, project_id: ProjectId) -> dict[str, list[Block]]:
    nodes = _nodes_by_block(tx, project_id)
    block, chapter = schema.blocks.c, schema.chapters.c
    rows = tx.connection.execute(
        sa.select(schema.blocks)
        .join(schema.chapters, chapter.chapter_id == block.chapter_id)
        .where(block.workspace_id == tx.workspace_id, chapter.project_id == project_id)
        .order_by(block.chapter_id, block.ordinal)
    )
    found: dict[str, list[Block]] = defaultdict(list)
    for row in rows:
        found[row.chapter_id].append(
            Block(
                block_id=BlockId(row.block_id),
                kind=BlockKind(row.kind),
                sub_type=row.sub_type,
                nodes=tuple(nodes[row.block_id]),
                language=row.language,
                narrated=row.narrated,
            )
        )
    return found


def _nodes_by_block(tx: Transaction, project_id: ProjectId) -> dict[str, list[Node]]:
    node, block, chapter, take = schema.nodes.c, schema.blocks.c, schema.chapters.c, schema.takes.c
    rows = tx.connection.execute(
        sa.select(schema.nodes, take.take_id, take.source_key, take.parts)
        .join(schema.blocks, block.block_id == node.block_id)
        .join(schema.chapters, chapter.chapter_id == block.chapter_id)
        .outerjoin(schema.takes, take.take_id == node.current_take_id)
        .where(node.workspace_id == tx.workspace_id, chapter.project_id == project_id)
        .order_by(node.block_id, node.ordinal)
    )
    found: dict[str, list[Node]] = defaultdict(list)
    for row in rows:
        found[row.block_id].append(
            Node(
                node_id=NodeId(row.node_id),
                text=row.text,
                voice_id=None if row.voice_id is None else VoiceId(row.voice_id),
                take=None if row.take_id is None else _take(row),
            )
        )
    return found


def _take(row: sa.Row[Any]) -> Take:
    parts = tuple(TakePart(start, end, bytes.fromhex(key)) for start, end, key in json.loads(row.parts))
    return Take(TakeId(row.take_id), row.source_key, parts)


def find_takes(tx: Transaction, node_ids: Sequence[NodeId]) -> dict[tuple[NodeId, bytes], Take]:
    """All takes of some nodes, the newest for each (node, source key)."""
    take = schema.takes.c
    found: dict[tuple[NodeId, bytes], Take] = {}
    for chunk in chunks(node_ids):
        rows = tx.connection.execute(
            sa.select(schema.takes)
            .where(take.workspace_id == tx.workspace_id, take.node_id.in_(chunk))
            .order_by(take.take_id)
        )
        found |= {(NodeId(row.node_id), row.source_key): _take(row) for row in rows}
    return found


def save_chapters(tx: Transaction, project_id: ProjectId, chapters: Sequence[Chapter]) -> None:
    """Make these the project's chapters; those no longer named are marked as deleted.

    Chapters whose blocks are as stored are left alone; the others are written whole, and the nodes that
    stay keep their takes.
    """
    stored = {chapter.chapter_id: chapter for chapter in list_chapters(tx, project_id)}
    for ordinal, chapter in enumerate(chapters):
        _save_chapter_row(tx, project_id, ordinal, chapter)
        before = stored.pop(chapter.chapter_id, None)
        if before is None or before.blocks != chapter.blocks:
            _replace_blocks(tx, chapter, () if before is None else before.blocks)
    for chapter_id in stored:
        tx.connection.execute(
            schema.chapters.update()
            .where(
                schema.chapters.c.workspace_id == tx.workspace_id, schema.chapters.c.chapter_id == chapter_id
            )
            .values(deleted_at_ms=tx.now_ms)
        )


def purge_chapters(tx: Transaction, *, before_ms: int) -> int:
    """Delete for good the chapters marked as deleted before a time, with their takes; return how many."""
    chapter, block, node = schema.chapters.c, schema.blocks.c, schema.nodes.c
    where = (chapter.workspace_id == tx.workspace_id, chapter.deleted_at_ms < before_ms)
    node_ids = (
        tx.connection.execute(
            sa.select(node.node_id)
            .join_from(schema.nodes, schema.blocks, block.block_id == node.block_id)
            .join(schema.chapters, chapter.chapter_id == block.chapter_id)
            .where(*where)
        )
        .scalars()
        .all()
    )
    _delete_takes(tx, node_ids)
    return tx.connection.execute(schema.chapters.delete().where(*where)).rowcount


def _save_chapter_row(tx: Transaction, project_id: ProjectId, ordinal: int, chapter: Chapter) -> None:
    values = {
        "ordinal": ordinal,
        "name": chapter.name,
        "matter": chapter.matter,
        "role": chapter.role,
        "narrated": chapter.narrated,
        "revision": chapter.revision,
    }
    changed = tx.connection.execute(
        schema.chapters.update()
        .where(
            schema.chapters.c.workspace_id == tx.workspace_id,
            schema.chapters.c.chapter_id == chapter.chapter_id,
        )
        .values(values)
    )
    if changed.rowcount == 0:
        tx.connection.execute(
            schema.chapters.insert().values(
                chapter_id=chapter.chapter_id,
                workspace_id=tx.workspace_id,
                project_id=project_id,
                created_at_ms=tx.now_ms,
                **values,
            )
        )


def _replace_blocks(tx: Transaction, chapter: Chapter, before: Sequence[Block]) -> None:
    kept_nodes = {node.node_id for block in chapter.blocks for node in block.nodes}
    gone = [node.node_id for block in before for node in block.nodes if node.node_id not in kept_nodes]
    _delete_takes(tx, gone)
    kept_takes = _take_rows(tx, [n.node_id for b in before for n in b.nodes if n.node_id in kept_nodes])
    tx.connection.execute(
        schema.blocks.delete().where(
            schema.blocks.c.workspace_id == tx.workspace_id, schema.blocks.c.chapter_id == chapter.chapter_id
        )
    )
    _insert(tx, schema.blocks, [_block_row(tx, chapter, i, block) for i, block in enumerate(chapter.blocks)])
    _insert(
        tx,
        schema.nodes,
        [
            _node_row(tx, block, ordinal, node)
            for block in chapter.blocks
            for ordinal, node in enumerate(block.nodes)
        ],
    )
    _insert(tx, schema.takes, kept_takes)


def _delete_takes(tx: Transaction, node_ids: Sequence[NodeId]) -> None:
    for chunk in chunks(node_ids):
        where = (schema.takes.c.workspace_id == tx.workspace_id, schema.takes.c.node_id.in_(chunk))
        takes = tx.connection.execute(sa.select(schema.takes.c.take_id).where(*where)).scalars().all()
        drop_references(tx, takes)
        tx.connection.execute(schema.takes.delete().where(*where))


def _take_rows(tx: Transaction, node_ids: Sequence[NodeId]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for chunk in chunks(node_ids):
        found = tx.connection.execute(
            sa.select(schema.takes).where(
                schema.takes.c.workspace_id == tx.workspace_id, schema.takes.c.node_id.in_(chunk)
            )
        )
        rows += [dict(row) for row in found.mappings()]
    return rows


def _block_row(tx: Transaction, chapter: Chapter, ordinal: int, block: Block) -> dict[str, Any]:
    return {
        "block_id": block.block_id,
        "workspace_id": tx.workspace_id,
        "chapter_id": chapter.chapter_id,
        "ordinal": ordinal,
        "kind": block.kind,
        "sub_type": block.sub_type,
        "language": block.language,
        "narrated": block.narrated,
    }


def _node_row(tx: Transaction, block: Block, ordinal: int, node: Node) -> dict[str, Any]:
    return {
        "node_id": node.node_id,
        "workspace_id": tx.workspace_id,
        "block_id": block.block_id,
        "ordinal": ordinal,
        "text": node.text,
        "voice_id": node.voice_id,
        "current_take_id": None if node.take is None else node.take.take_id,
    }


def set_takes(tx: Transaction, takes: Iterable[tuple[NodeId, Take]]) -> None:
    """Make each take its node's current one, inserting those that are new; deleted nodes are passed over."""
    wanted = dict(takes)
    living = _living_nodes(tx, list(wanted))
    rows = [_take_row(tx, node_id, take) for node_id, take in wanted.items() if node_id in living]
    if not rows:
        return
    tx.connection.execute(insert_or_ignore(tx, schema.takes), rows)
    add_references(
        tx, ((row["take_id"], part.speech_key) for row in rows for part in wanted[row["node_id"]].parts)
    )
    tx.connection.execute(
        schema.nodes.update()
        .where(
            schema.nodes.c.workspace_id == tx.workspace_id,
            schema.nodes.c.node_id == sa.bindparam("b_node_id"),
        )
        .values(current_take_id=sa.bindparam("b_take_id")),
        [{"b_node_id": row["node_id"], "b_take_id": row["take_id"]} for row in rows],
    )


def _take_row(tx: Transaction, node_id: NodeId, take: Take) -> dict[str, Any]:
    return {
        "take_id": take.take_id,
        "workspace_id": tx.workspace_id,
        "node_id": node_id,
        "source_key": take.source_key,
        "parts": json.dumps([[part.start, part.end, part.speech_key.hex()] for part in take.parts]),
        "created_at_ms": tx.now_ms,
    }


def _living_nodes(tx: Transaction, node_ids: Sequence[NodeId]) -> set[str]:
    living: set[str] = set()
    for chunk in chunks(node_ids):
        living |= set(
            tx.connection.execute(
                sa.select(schema.nodes.c.node_id).where(
                    schema.nodes.c.workspace_id == tx.workspace_id, schema.nodes.c.node_id.in_(chunk)
                )
            ).scalars()
        )
    return living


def _insert(tx: Transaction, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        tx.connection.execute(table.insert(), rows)
