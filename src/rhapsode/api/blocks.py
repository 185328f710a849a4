"""Blocks of chapters beside their text: which are locked and which are converted. All of it is ours."""

from fastapi import APIRouter

from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.studio_models import Done
from rhapsode.api.take_models import BlockStateModel, BlockStates
from rhapsode.authoring.locks import lock_block
from rhapsode.rendering.block_views import view_blocks
from rhapsode.storage import chapters, projects
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId, WorkspaceId

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}/chapters/{chapter_id}/blocks",
    tags=["blocks"],
    route_class=JsonRoute,
    strict_content_type=False,
)


@router.get("", summary="List blocks")
def list_blocks(
    project_id: str, chapter_id: str, services: ServicesOf, workspace_id: WorkspaceOf
) -> BlockStates:
    """The blocks of a chapter that are heard, in order, each with what has become of it."""
    with services.records.read(workspace_id) as tx:
        project = projects.get_project(tx, ProjectId(project_id))
        chapters.check_chapter(tx, ProjectId(project_id), ChapterId(chapter_id))
        blocks = view_blocks(tx, project, ChapterId(chapter_id))
    return BlockStates(
        blocks=[
            BlockStateModel(
                block_id=block.block_id,
                locked=block.locked,
                converted=block.converted,
                flaws=list(block.flaws),
            )
            for block in blocks
        ]
    )


@router.put("/{block_id}/lock", summary="Lock a block")
def lock(
    project_id: str, chapter_id: str, block_id: str, services: ServicesOf, workspace_id: WorkspaceOf
) -> Done:
    """Leave a block as it is, its audio too, whatever changes around it.

    Until it is unlocked, its text and its voices can't be changed, and it can't be deleted.
    """
    return _set_locked(services, workspace_id, project_id, chapter_id, block_id, locked=True)


@router.delete("/{block_id}/lock", summary="Unlock a block")
def unlock(
    project_id: str, chapter_id: str, block_id: str, services: ServicesOf, workspace_id: WorkspaceOf
) -> Done:
    """Let a block be changed again; the next conversion makes what is new by now."""
    return _set_locked(services, workspace_id, project_id, chapter_id, block_id, locked=False)


def _set_locked(
    services: Services,
    workspace_id: WorkspaceId,
    project_id: str,
    chapter_id: str,
    block_id: str,
    *,
    locked: bool,
) -> Done:
    ids = ProjectId(project_id), ChapterId(chapter_id), BlockId(block_id)
    lock_block(services.records, workspace_id, *ids, locked=locked)
    return Done()
