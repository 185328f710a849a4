"""The content of one chapter: read at once, and edited block by block while others edit it too. All of it is ours."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import SkipValidation

from rhapsode.api.chapter_content_models import (
    ChapterContent,
    ChapterEdited,
    ChapterEdits,
    EditConflict,
    chapter_block,
)
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_answer import json_answer
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.misfit import checked
from rhapsode.authoring.chapter_edits import edit_chapter
from rhapsode.rendering.block_views import view_blocks
from rhapsode.storage import chapters, projects
from rhapsode.studio.ids import ChapterId, ProjectId

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}/chapters/{chapter_id}/content",
    tags=["blocks"],
    route_class=JsonRoute,
    strict_content_type=False,
)

# Checked by the route, which has a thread: a thousand edits may be a book's worth of text.
UncheckedEdits = Annotated[ChapterEdits, SkipValidation]


@router.get("", summary="Get a chapter's content", response_model=ChapterContent)
def get(project_id: str, chapter_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Response:
    """The blocks of a chapter that are heard, with what has become of each."""
    named = ProjectId(project_id), ChapterId(chapter_id)
    with services.records.read(workspace_id) as tx:
        project = projects.get_project(tx, named[0])
        chapter = chapters.get_outline(tx, *named)
        blocks = view_blocks(tx, project, chapter.chapter_id)
    content = ChapterContent(
        chapter_id=chapter.chapter_id,
        name=chapter.name,
        revision=chapter.revision,
        muted=chapter.muted,
        blocks=[chapter_block(block) for block in blocks],
    )
    # Written here, in the route's thread: the framework would take another one for a long chapter.
    return json_answer(content)


@router.patch("", summary="Edit a chapter's blocks")
def edit(
    project_id: str, chapter_id: str, body: UncheckedEdits, services: ServicesOf, workspace_id: WorkspaceOf
) -> ChapterEdited:
    """Change, insert, delete and move blocks, each only where it is still what you saw.

    All edits that can be done are, at once. The others are told as conflicts, with what is there now: somebody has
    changed the block meanwhile, or has locked it, or an id is taken. What is so already is no conflict, so the same
    request can be sent again when its answer got lost. A block without any text is deleted.
    """
    edits = [sent.edit for sent in checked(ChapterEdits, body).edits]
    named = ProjectId(project_id), ChapterId(chapter_id)
    edited = edit_chapter(services.records, workspace_id, *named, edits)
    touched = {*edited.block_ids, *(conflict.block_id for conflict in edited.conflicts)}
    with services.records.read(workspace_id) as tx:
        views = view_blocks(tx, projects.get_project(tx, named[0]), named[1], touched)
    blocks = {view.block_id: chapter_block(view) for view in views}
    return ChapterEdited(
        revision=edited.revision,
        blocks=[blocks[block_id] for block_id in edited.block_ids if block_id in blocks],
        conflicts=[
            EditConflict(index=each.index, block_id=each.block_id, block=blocks.get(each.block_id))
            for each in edited.conflicts
        ],
    )
