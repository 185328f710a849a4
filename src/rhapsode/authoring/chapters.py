"""Make, change and delete chapters, as clients of the wire ask for it."""

from collections.abc import Sequence
from dataclasses import replace

from rhapsode.authoring.checks import check_blocks, check_chapter_count, checked_name
from rhapsode.authoring.content import SentBlock, revise, with_voices
from rhapsode.authoring.filling import check_made, single_chapter_blocks
from rhapsode.authoring.locks import check_locks
from rhapsode.authoring.voices import accepted_voices
from rhapsode.storage import chapters, conversions, projects
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.document import Document
from rhapsode.studio.ids import ChapterId, ProjectId, WorkspaceId, new_id
from rhapsode.studio.project import Block, Chapter, Project
from rhapsode.voices.catalogue import open_catalogue

_ACTOR = "api"
_NAME = "The chapter's name"


def create_chapter(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    *,
    name: str,
    document: Document | None = None,
) -> ChapterId:
    """Put a chapter behind the others: an empty one, or all of a document that is narrated.

    Raises: ProjectNotFound; ProjectCreating; InvalidInput.
    """
    chapter = Chapter(ChapterId(new_id()), checked_name(name, what=_NAME), ())
    with records.write(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        check_made(tx, project_id)
        check_chapter_count(chapters.count_chapters(tx, project_id) + 1)
        if document is not None:
            chapter = replace(chapter, blocks=single_chapter_blocks(project, document))
        chapters.append_chapter(tx, project_id, chapter)
        add_audit_entry(tx, actor=_ACTOR, action="chapter.created", object_id=chapter.chapter_id)
    return chapter.chapter_id


def check_new_chapter(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, *, name: str
) -> None:
    """Refuse what no document makes good, before one is read. Raises: as create_chapter."""
    checked_name(name, what=_NAME)
    with records.read(workspace_id) as tx:
        projects.get_project(tx, project_id)
        check_made(tx, project_id)
        check_chapter_count(chapters.count_chapters(tx, project_id) + 1)


def update_chapter(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    chapter_id: ChapterId,
    *,
    name: str | None = None,
    content: Sequence[SentBlock] | None = None,
) -> None:
    """Rename a chapter, replace its content, or both; None leaves either as it is.

    Raises: ProjectNotFound; ProjectCreating; ChapterNotFound; InvalidInput, TextTooLong, with what can't be used;
    UnknownVoice, unless the chapter or the project has that voice already; BlockLocked.
    """
    if content is not None:
        check_blocks(content)
    with records.write(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        check_made(tx, project_id)
        before = chapters.get_chapter(tx, project_id, chapter_id)
        after = replace(
            before,
            name=before.name if name is None else checked_name(name, what=_NAME),
            blocks=before.blocks if content is None else _revised(tx, before, content, project),
        )
        check_locks([before], [after])
        if after != before:
            chapters.update_chapter(tx, replace(after, revision=before.revision + 1))
            add_audit_entry(tx, actor=_ACTOR, action="chapter.updated", object_id=chapter_id)


def _revised(
    tx: Transaction, before: Chapter, content: Sequence[SentBlock], project: Project
) -> tuple[Block, ...]:
    known = {project.voice_of(block.kind, node.voice_id) for block in before.blocks for node in block.nodes}
    known |= {project.default_title_voice_id, project.default_paragraph_voice_id}
    wanted = {node.voice_id for block in content for node in block.nodes}
    accepted = accepted_voices(wanted, open_catalogue(tx), known=known)
    return revise(before.blocks, with_voices(content, accepted), project)


def delete_chapter(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, chapter_id: ChapterId
) -> None:
    """Mark a chapter as deleted, which clean-up purges after a day, and cancel conversions of it alone.

    Raises: ProjectNotFound; ChapterNotFound; BlockLocked, when one of its blocks is.
    """
    with records.write(workspace_id) as tx:
        projects.get_project(tx, project_id)
        check_locks([chapters.get_chapter(tx, project_id, chapter_id)])
        chapters.delete_chapter(tx, project_id, chapter_id)
        for conversion in conversions.list_unfinished_conversions(tx, project_id):
            if conversion.chapter_id == chapter_id:
                conversions.finish_conversion(tx, conversion.conversion_id, "cancelled")
        add_audit_entry(tx, actor=_ACTOR, action="chapter.deleted", object_id=chapter_id)


def mute_chapter(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    chapter_id: ChapterId,
    *,
    muted: bool,
) -> None:
    """Leave a chapter out of its project's audio from the next conversion on, or let it in again.

    Raises: ProjectNotFound; ChapterNotFound.
    """
    with records.write(workspace_id) as tx:
        projects.get_project(tx, project_id)
        chapters.set_muted(tx, project_id, chapter_id, muted=muted)
        action = "chapter.muted" if muted else "chapter.unmuted"
        add_audit_entry(tx, actor=_ACTOR, action=action, object_id=chapter_id)


def list_muted_chapters(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId
) -> list[ChapterId]:
    """The chapters that are muted, in order. Raises: ProjectNotFound."""
    with records.read(workspace_id) as tx:
        projects.get_project(tx, project_id)
        return chapters.list_muted_chapter_ids(tx, project_id)
