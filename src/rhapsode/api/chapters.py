"""Chapters of projects: list, get, create, update, delete, convert."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import SkipValidation
from starlette.concurrency import run_in_threadpool

from rhapsode.api.chapter_models import (
    ChapterAnswer,
    ChapterChanges,
    ChapterList,
    ChapterWithContent,
    NewChapter,
)
from rhapsode.api.content_models import sent_blocks
from rhapsode.api.context import KeyOf, Services, ServicesOf, WorkspaceOf
from rhapsode.api.creating import fetch_document
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.misfit import checked
from rhapsode.api.room import NEEDS_ROOM
from rhapsode.api.studio_models import Done
from rhapsode.api.studio_views import view_chapter, view_chapters
from rhapsode.authoring.chapters import check_new_chapter, create_chapter, delete_chapter, update_chapter
from rhapsode.studio.document import Document
from rhapsode.studio.ids import ChapterId, ProjectId, WorkspaceId

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/v1/studio/projects/{project_id}/chapters",
    tags=["chapters"],
    route_class=JsonRoute,
    strict_content_type=False,
)

# Checked by the route, which has a thread: the framework would check a whole book in the event loop.
UncheckedChanges = Annotated[ChapterChanges, SkipValidation]


@router.get("", summary="List chapters")
def list_chapters(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> ChapterList:
    """The chapters that are narrated, in order. Source: operation get_chapters."""
    return ChapterList(chapters=view_chapters(services, workspace_id, ProjectId(project_id)))


@router.post("", summary="Create a chapter")
async def create(
    project_id: str, body: NewChapter, services: ServicesOf, workspace_id: WorkspaceOf
) -> ChapterAnswer:
    """Put a chapter behind the others: an empty one, or of the document at `from_url`.

    Source: operation add_chapter.
    """
    parent = ProjectId(project_id)
    document: Document | None = None
    if body.from_url:
        await run_in_threadpool(check_new_chapter, services.records, workspace_id, parent, name=body.name)
        document = await fetch_document(services, body.from_url)
    return await run_in_threadpool(_created, services, workspace_id, parent, body.name, document)


def _created(
    services: Services, workspace_id: WorkspaceId, project_id: ProjectId, name: str, document: Document | None
) -> ChapterAnswer:
    chapter_id = create_chapter(services.records, workspace_id, project_id, name=name, document=document)
    return ChapterAnswer(chapter=view_chapter(services.records, workspace_id, project_id, chapter_id))


@router.get("/{chapter_id}", summary="Get a chapter")
def get(
    project_id: str, chapter_id: str, services: ServicesOf, workspace_id: WorkspaceOf
) -> ChapterWithContent:
    """A chapter with the text that is heard. Source: operation get_chapter_by_id_endpoint."""
    return view_chapter(services.records, workspace_id, ProjectId(project_id), ChapterId(chapter_id))


@router.post("/{chapter_id}", summary="Update a chapter")
def update(
    project_id: str, chapter_id: str, services: ServicesOf, workspace_id: WorkspaceOf, body: UncheckedChanges
) -> ChapterAnswer:
    """Rename a chapter, replace its content, or both. Source: operation edit_chapter.

    A block that is sent back with its `block_id` stays that block, and keeps its audio where nothing changed.
    """
    changes = checked(ChapterChanges, body)
    parent, child = ProjectId(project_id), ChapterId(chapter_id)
    update_chapter(
        services.records,
        workspace_id,
        parent,
        child,
        name=changes.name,
        content=None if changes.content is None else sent_blocks(changes.content),
    )
    return ChapterAnswer(chapter=view_chapter(services.records, workspace_id, parent, child))


@router.delete("/{chapter_id}", summary="Delete a chapter")
def delete(project_id: str, chapter_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Delete a chapter; snapshots of the project keep it. Source: operation delete_chapter_endpoint."""
    delete_chapter(services.records, workspace_id, ProjectId(project_id), ChapterId(chapter_id))
    return Done()


@router.post("/{chapter_id}/convert", summary="Convert a chapter", dependencies=[NEEDS_ROOM])
def convert(
    project_id: str, chapter_id: str, services: ServicesOf, workspace_id: WorkspaceOf, key_id: KeyOf
) -> Done:
    """Ask for a conversion of one chapter, then poll. Source: operation convert_chapter_endpoint."""
    services.rendering.request_conversion(
        workspace_id, ProjectId(project_id), ChapterId(chapter_id), paid_by=key_id, may_repeat=True
    )
    services.wake()
    return Done()
