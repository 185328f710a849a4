"""Takes of blocks: list, hear, restore, delete. All of it is ours: the contract tells of no takes."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from rhapsode.api.byte_routes import bytes_response
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.studio_models import Done
from rhapsode.api.take_models import TakeList, take_model
from rhapsode.authoring import takes as block_takes
from rhapsode.authoring.takes import TakePlace
from rhapsode.delivery.take_audio import find_audio, get_audio, iterate_take_audio
from rhapsode.rendering.node_sources import read_node
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId, TakeId

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}/chapters/{chapter_id}/blocks/{block_id}/takes",
    tags=["takes"],
    route_class=JsonRoute,
    strict_content_type=False,
)

_WAV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}}
}


def _place(project_id: str, chapter_id: str, block_id: str) -> TakePlace:
    return TakePlace(ProjectId(project_id), ChapterId(chapter_id), BlockId(block_id))


PlaceOf = Annotated[TakePlace, Depends(_place)]


@router.get("", summary="List takes")
def list_takes(place: PlaceOf, services: ServicesOf, workspace_id: WorkspaceOf) -> TakeList:
    """Every rendering that the nodes of a block have had, the newest first."""
    with services.records.read(workspace_id) as tx:
        listed = block_takes.list_takes(tx, place)
        audio = find_audio(tx, [each.take for each in listed])
    return TakeList(takes=[take_model(each, audio.get(each.take.take_id)) for each in listed])


@router.get("/{take_id}/audio", summary="Get a take's audio", response_class=Response, responses=_WAV)
def get_take_audio(
    request: Request, place: PlaceOf, take_id: str, services: ServicesOf, workspace_id: WorkspaceOf
) -> Response:
    """A take as a WAV file, as loud as it was spoken, also where the project's audio is mastered."""
    with services.records.read(workspace_id) as tx:
        take = block_takes.get_take(tx, place, TakeId(take_id)).take
        audio = get_audio(tx, take)
    return bytes_response(
        request,
        size_bytes=audio.size_bytes,
        media_type="audio/wav",
        filename=f"{take.take_id}.wav",
        content=iterate_take_audio(services.blobs, audio),
    )


@router.post("/{take_id}/restore", summary="Restore a take")
def restore(place: PlaceOf, take_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Give a node the text and the voice of an earlier take; from the next conversion on it sounds as it did then.

    Nothing is spoken for it, whatever voice settings and pronunciation rules the project has by now.
    """
    block_takes.restore_take(services.records, workspace_id, place, TakeId(take_id), read_node)
    return Done()


@router.delete("/{take_id}", summary="Delete a take")
def delete(place: PlaceOf, take_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Forget a take that isn't its node's current one. Snapshots with its sound keep it."""
    block_takes.delete_take(services.records, workspace_id, place, TakeId(take_id))
    return Done()
