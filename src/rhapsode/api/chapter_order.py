"""The order of a project's chapters. Ours: the contract has no way to change it."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, FailFast

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.sent_lists import at_most
from rhapsode.api.studio_models import Done
from rhapsode.authoring.chapter_order import order_chapters
from rhapsode.studio.ids import ChapterId, ProjectId
from rhapsode.studio.limits import MAX_CHAPTERS

# A body without a Content-Type is read too.
router = APIRouter(tags=["chapters"], route_class=JsonRoute, strict_content_type=False)


class ChapterOrder(BaseModel):
    """All chapters that are narrated, in their new order."""

    chapter_ids: Annotated[list[str], FailFast(), at_most(MAX_CHAPTERS, of_what="chapters")]


_REFUSED: dict[int | str, dict[str, Any]] = {
    412: {
        "description": "These aren't the chapters that the project has by now: read them again.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
}


@router.put(
    "/rhapsode/v1/studio/projects/{project_id}/chapters/order", summary="Order chapters", responses=_REFUSED
)
def order(project_id: str, body: ChapterOrder, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Put the chapters of a project in another order; nothing is spoken for it."""
    wanted = [ChapterId(chapter_id) for chapter_id in body.chapter_ids]
    order_chapters(services.records, workspace_id, ProjectId(project_id), wanted)
    return Done()
