"""Locked blocks: nothing that is edited or imported changes one, or takes it away. Only moving it is free."""

from collections.abc import Iterable

from rhapsode.storage import chapters, projects
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.records import Records
from rhapsode.studio.errors import BlockLocked
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId, WorkspaceId
from rhapsode.studio.project import Block, Chapter
from rhapsode.text.characters import beginning_of

_ACTOR = "api"
_SHOWN_CHARACTERS = 40


def lock_block(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    chapter_id: ChapterId,
    block_id: BlockId,
    *,
    locked: bool,
) -> None:
    """Lock a block, or unlock it; one that is so already stays so. The chapter's revision stays: no text has changed.

    Raises: ProjectNotFound; ChapterNotFound; BlockNotFound, also for a block that isn't heard.
    """
    with records.write(workspace_id) as tx:
        projects.get_project(tx, project_id)
        block = chapters.get_block(tx, project_id, chapter_id, block_id)
        if block.locked != locked:
            chapters.set_locked(tx, block_id, locked=locked)
            action = "block.locked" if locked else "block.unlocked"
            add_audit_entry(tx, actor=_ACTOR, action=action, object_id=block_id)


def check_locks(before: Iterable[Chapter], after: Iterable[Chapter] = ()) -> None:
    """See that each locked block is the same, in whatever place. Raises: BlockLocked, naming the first that isn't."""
    kept = {block.block_id: block for chapter in after for block in chapter.blocks}
    for block in (block for chapter in before for block in chapter.blocks):
        if block.locked and kept.get(block.block_id) != block:
            raise locked_error(block)


def locked_error(block: Block) -> BlockLocked:
    """What is said of a change to a locked block."""
    beginning = beginning_of(block.text, _SHOWN_CHARACTERS)
    return BlockLocked(
        f'The block {block.block_id} ("{beginning}") is locked: unlock it before its text or its voices '
        f"are changed, or it is deleted."
    )
