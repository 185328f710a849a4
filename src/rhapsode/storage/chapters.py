"""Queries on chapters, and on what they are made of as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blocks import list_blocks, list_nodes, replace_blocks
from rhapsode.storage.records import Transaction
from rhapsode.storage.takes import delete_takes, note_change
from rhapsode.studio.document import Matter
from rhapsode.studio.errors import BlockNotFound, ChapterNotFound
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId
from rhapsode.studio.project import Block, Chapter, Node


def list_chapters(tx: Transaction, project_id: ProjectId) -> tuple[Chapter, ...]:
    """All chapters of a project with their blocks, nodes and current takes, in order."""
    return tuple(iterate_chapters(tx, project_id))


def iterate_chapters(tx: Transaction, project_id: ProjectId) -> Iterator[Chapter]:
    """The same one at a time: a book's text is never held whole."""
    rows = tx.connection.execute(
        sa.select(schema.chapters).where(of_project(tx, project_id)).order_by(schema.chapters.c.ordinal)
    ).all()
    return (_chapter(row, list_blocks(tx, row.chapter_id)) for row in rows)


def get_chapter(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> Chapter:
    """Raises ChapterNotFound when the project has no such chapter, or has deleted it."""
    return _chapter(_get_row(tx, project_id, chapter_id), list_blocks(tx, chapter_id))


def get_block(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId, block_id: BlockId) -> Block:
    """A block that is heard, as clients know it. Raises: ChapterNotFound; BlockNotFound."""
    check_chapter(tx, project_id, chapter_id)
    for block in list_blocks(tx, chapter_id, schema.blocks.c.block_id == block_id):
        if block.is_spoken:
            return block
    msg = f"There is no block {block_id}."
    raise BlockNotFound(msg)


def check_chapter(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> None:
    """See that a project has a chapter, without reading its text. Raises: ChapterNotFound."""
    _get_row(tx, project_id, chapter_id)


def get_outline(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> Chapter:
    """A chapter as if it had no text, which isn't read. Raises: ChapterNotFound."""
    return _chapter(_get_row(tx, project_id, chapter_id), ())


def _get_row(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> sa.Row[Any]:
    row = tx.connection.execute(
        sa.select(schema.chapters).where(
            of_project(tx, project_id), schema.chapters.c.chapter_id == chapter_id
        )
    ).first()
    if row is None:
        raise _not_found(chapter_id)
    return row


@dataclass(frozen=True, slots=True)
class ChapterPlace:
    """Where a chapter stands in its project. Numbers may be left out."""

    chapter_id: ChapterId
    ordinal: int
    narrated: bool


def list_places(tx: Transaction, project_id: ProjectId) -> list[ChapterPlace]:
    """All chapters of a project, in order."""
    chapter = schema.chapters.c
    rows = tx.connection.execute(
        sa.select(chapter.chapter_id, chapter.ordinal, chapter.narrated)
        .where(of_project(tx, project_id))
        .order_by(chapter.ordinal)
    )
    return [ChapterPlace(*row) for row in rows]


def set_ordinals(tx: Transaction, ordinals: Mapping[ChapterId, int]) -> None:
    """Put chapters elsewhere in their project."""
    for chapter_id, ordinal in ordinals.items():
        tx.connection.execute(_update(tx, chapter_id).values(ordinal=ordinal))


def count_chapters(tx: Transaction, project_id: ProjectId) -> int:
    """How many chapters a project has, those that aren't narrated included."""
    return tx.connection.execute(
        sa.select(sa.func.count()).select_from(schema.chapters).where(of_project(tx, project_id))
    ).scalar_one()


def of_project(tx: Transaction, project_id: ProjectId) -> sa.ColumnElement[bool]:
    """That a chapter is one of the project's, and not deleted."""
    chapter = schema.chapters.c
    return sa.and_(
        chapter.workspace_id == tx.workspace_id,
        chapter.project_id == project_id,
        chapter.deleted_at_ms.is_(None),
    )


def _chapter(row: sa.Row[Any], blocks: tuple[Block, ...]) -> Chapter:
    return Chapter(
        chapter_id=ChapterId(row.chapter_id),
        name=row.name,
        blocks=blocks,
        matter=Matter(row.matter),
        role=row.role,
        narrated=row.narrated,
        revision=row.revision,
        muted=row.muted,
    )


def save_chapters(tx: Transaction, project_id: ProjectId, chapters: Sequence[Chapter]) -> None:
    """Make these the project's chapters; those no longer named are marked as deleted.

    Blocks that are as stored are left alone, chapter by chapter; the others are written whole, and the nodes
    that stay, or move between these chapters or from one that is deleted, keep their takes.
    """
    stored = {chapter.chapter_id: chapter for chapter in list_chapters(tx, project_id)}
    changed = [c for c in chapters if c.chapter_id not in stored or stored[c.chapter_id].blocks != c.blocks]
    gone = [stored[each] for each in stored.keys() - {chapter.chapter_id for chapter in chapters}]
    for ordinal, chapter in enumerate(chapters):
        _save_chapter_row(tx, project_id, ordinal, chapter)
    replace_blocks(tx, [*changed, *_left_behind(gone, changed)])
    for chapter in gone:
        tx.connection.execute(_update(tx, chapter.chapter_id).values(deleted_at_ms=tx.now_ms))


def _left_behind(gone: Sequence[Chapter], changed: Sequence[Chapter]) -> Iterator[Chapter]:
    """Those of the chapters that go from which blocks have moved to others, with what they still have."""
    moved = {block.block_id for chapter in changed for block in chapter.blocks}
    for chapter in gone:
        left = tuple(block for block in chapter.blocks if block.block_id not in moved)
        if left != chapter.blocks:
            yield replace(chapter, blocks=left)


def append_chapter(tx: Transaction, project_id: ProjectId, chapter: Chapter) -> None:
    """Put a new chapter behind the others of its project, deleted ones too: they may be restored."""
    stored = schema.chapters.c
    last = tx.connection.execute(
        sa.select(sa.func.max(stored.ordinal)).where(
            stored.workspace_id == tx.workspace_id, stored.project_id == project_id
        )
    ).scalar_one()
    _save_chapter_row(tx, project_id, 0 if last is None else last + 1, chapter)
    replace_blocks(tx, [chapter])


def update_chapter(tx: Transaction, chapter: Chapter) -> None:
    """Replace a stored chapter's name, revision and blocks; nodes that stay keep their takes."""
    tx.connection.execute(
        _update(tx, chapter.chapter_id).values(name=chapter.name, revision=chapter.revision)
    )
    replace_blocks(tx, [chapter])


def update_node(tx: Transaction, chapter_id: ChapterId, stored: Node) -> None:
    """Replace the text and the voice of a node of a chapter, whose revision rises."""
    node = schema.nodes.c
    tx.connection.execute(
        schema.nodes.update()
        .where(node.workspace_id == tx.workspace_id, node.node_id == stored.node_id)
        .values(text=stored.text, voice_id=stored.voice_id)
    )
    raise_revision(tx, chapter_id)


def raise_revision(tx: Transaction, chapter_id: ChapterId) -> None:
    """Say that the text of a chapter was edited."""
    revision = schema.chapters.c.revision
    tx.connection.execute(_update(tx, chapter_id).values(revision=revision + 1))
    note_change(tx, [chapter_id])


def set_locked(tx: Transaction, block_id: BlockId, *, locked: bool) -> None:
    """Let a block stay what it is, or let it be edited again."""
    block = schema.blocks.c
    where = (block.workspace_id == tx.workspace_id, block.block_id == block_id)
    tx.connection.execute(schema.blocks.update().where(*where).values(locked=locked))
    note_change(tx, sa.select(block.chapter_id).where(*where))


def set_muted(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId, *, muted: bool) -> None:
    """Leave a chapter out of its project's audio, or let it in again. Raises ChapterNotFound."""
    changed = tx.connection.execute(
        _update(tx, chapter_id).where(of_project(tx, project_id)).values(muted=muted)
    )
    if changed.rowcount == 0:
        raise _not_found(chapter_id)


def list_muted_chapter_ids(tx: Transaction, project_id: ProjectId) -> list[ChapterId]:
    """The chapters of a project that are muted, in order."""
    chapter = schema.chapters.c
    rows = tx.connection.execute(
        sa.select(chapter.chapter_id)
        .where(of_project(tx, project_id), chapter.muted)
        .order_by(chapter.ordinal)
    )
    return list(rows.scalars())


def delete_chapter(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> None:
    """Mark a chapter as deleted. Raises ChapterNotFound."""
    changed = tx.connection.execute(
        _update(tx, chapter_id).where(of_project(tx, project_id)).values(deleted_at_ms=tx.now_ms)
    )
    if changed.rowcount == 0:
        raise _not_found(chapter_id)


def _not_found(chapter_id: ChapterId) -> ChapterNotFound:
    return ChapterNotFound(f"There is no chapter {chapter_id}.")


def _update(tx: Transaction, chapter_id: ChapterId) -> sa.Update:
    chapter = schema.chapters.c
    return schema.chapters.update().where(
        chapter.workspace_id == tx.workspace_id, chapter.chapter_id == chapter_id
    )


def _save_chapter_row(tx: Transaction, project_id: ProjectId, ordinal: int, chapter: Chapter) -> None:
    values = {
        "ordinal": ordinal,
        "name": chapter.name,
        "matter": chapter.matter,
        "role": chapter.role,
        "narrated": chapter.narrated,
        "revision": chapter.revision,
        "muted": chapter.muted,
        "deleted_at_ms": None,
    }
    changed = tx.connection.execute(_update(tx, chapter.chapter_id).values(values))
    if changed.rowcount == 0:
        identity = {
            "chapter_id": chapter.chapter_id,
            "workspace_id": tx.workspace_id,
            "project_id": project_id,
            "created_at_ms": tx.now_ms,
        }
        tx.connection.execute(schema.chapters.insert().values(identity | values))


def purge_chapters(tx: Transaction, *, before_ms: int) -> int:
    """Delete for good the chapters marked as deleted before a time, with their takes; return how many."""
    return _purge(tx, schema.chapters.c.deleted_at_ms < before_ms)


def purge_chapters_of(tx: Transaction, project_id: ProjectId) -> int:
    """Delete for good all chapters of a project, with their takes; return how many."""
    return _purge(tx, schema.chapters.c.project_id == project_id)


def _purge(tx: Transaction, wanted: sa.ColumnElement[bool]) -> int:
    chapter = schema.chapters.c
    where = (chapter.workspace_id == tx.workspace_id, wanted)
    chapter_ids = tx.connection.execute(sa.select(chapter.chapter_id).where(*where)).scalars().all()
    delete_takes(tx, list_nodes(tx, chapter_ids))
    tx.connection.execute(schema.chapters.delete().where(*where))
    return len(chapter_ids)
