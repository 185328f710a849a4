"""Which projects have a voice: those that would miss it."""

from collections.abc import Iterable

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import in_values
from rhapsode.studio.ids import VoiceId


def list_projects_with(tx: Transaction, voice_ids: Iterable[VoiceId]) -> list[str]:
    """The names of the workspace's projects that any of these voices reads, wholly or in part, by name."""
    wanted = list(voice_ids)
    project, chapter, block, node = (
        table.c for table in (schema.projects, schema.chapters, schema.blocks, schema.nodes)
    )
    says_something = sa.exists().where(
        chapter.project_id == project.project_id,
        chapter.deleted_at_ms.is_(None),
        block.chapter_id == chapter.chapter_id,
        node.block_id == block.block_id,
        in_values(tx.connection, node.voice_id, wanted),
    )
    query = (
        sa.select(project.name)
        .where(
            project.workspace_id == tx.workspace_id,
            project.deleted_at_ms.is_(None),
            sa.or_(
                in_values(tx.connection, project.default_title_voice_id, wanted),
                in_values(tx.connection, project.default_paragraph_voice_id, wanted),
                says_something,
            ),
        )
        .order_by(project.name, project.project_id)
    )
    return list(tx.connection.execute(query).scalars())


def list_voices_of(tx: Transaction, project_id: str) -> list[VoiceId]:
    """Who reads a project as it is now: its voices and those that its narrated blocks name."""
    project, chapter, block, node = (
        table.c for table in (schema.projects, schema.chapters, schema.blocks, schema.nodes)
    )
    own = (project.workspace_id == tx.workspace_id, project.project_id == project_id)
    named = (
        sa.select(node.voice_id)
        .join_from(schema.nodes, schema.blocks, block.block_id == node.block_id)
        .join(schema.chapters, chapter.chapter_id == block.chapter_id)
        .where(
            node.workspace_id == tx.workspace_id,
            chapter.project_id == project_id,
            chapter.deleted_at_ms.is_(None),
            block.narrated,
            node.voice_id.is_not(None),
        )
    )
    defaults = (project.default_title_voice_id, project.default_paragraph_voice_id)
    query = sa.union(*(sa.select(column).where(*own) for column in defaults), named)
    return sorted(tx.connection.execute(query).scalars())
