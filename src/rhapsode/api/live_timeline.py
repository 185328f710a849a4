"""The words of what is listened to, as far as it is made. It is ours."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.timelines import block_fields
from rhapsode.delivery.live_timeline import LiveTimeline, read_live_timeline
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId

router = APIRouter(tags=["snapshots"], route_class=JsonRoute, strict_content_type=False)


class LiveBlockModel(BaseModel):
    """A block of which something can be heard.

    end_secs: of what is made of it.    words: of each word start_character, end_character, start_secs and end_secs,
    one after the other; characters are code points of `text`.
    """

    block_id: str
    text: str
    start_secs: float
    end_secs: float
    words: list[int | float]


class LiveTimelineModel(BaseModel):
    """is_complete: whether the whole chapter is made from the block on."""

    is_complete: bool
    blocks: list[LiveBlockModel]


@router.get(
    "/rhapsode/v1/studio/projects/{project_id}/chapters/{chapter_id}/live-timeline",
    summary="Get the words of a chapter while it is converted",
    response_class=Response,
    responses={200: {"model": LiveTimelineModel}},
)
def get_live_timeline(
    project_id: ProjectId,
    chapter_id: ChapterId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    from_block_id: Annotated[BlockId, Query(description="The block that the stream begins with.")],
) -> Response:
    """When each word is heard in the chapter's stream from this block on, as far as it is made by now.

    Times are those of its sound, from its beginning.
    """
    timeline = read_live_timeline(services.records, workspace_id, project_id, chapter_id, from_block_id)
    # Written here: a chapter has thousands of words, which the framework would look at one by one.
    content = json.dumps(_timeline(timeline), ensure_ascii=False, separators=(",", ":"))
    return Response(content, media_type="application/json", headers={"cache-control": "no-store"})


def _timeline(timeline: LiveTimeline) -> dict[str, object]:
    return {"is_complete": timeline.is_complete, "blocks": [block_fields(block) for block in timeline.blocks]}
