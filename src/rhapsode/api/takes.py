"""Takes of blocks: list, hear, restore, delete. All of it is ours: the contract tells of no takes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from rhapsode.api.byte_answers import file_of, file_route
from rhapsode.api.byte_routes import download_response
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.studio_models import Done
from rhapsode.api.take_models import TakeList, take_model
from rhapsode.authoring import takes as block_takes
from rhapsode.authoring.takes import TakePlace
from rhapsode.delivery.take_audio import find_audio, get_audio, open_take
from rhapsode.rendering.node_sources import read_node
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId, TakeId

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}/chapters/{chapter_id}/blocks/{block_id}/takes",
    tags=["takes"],
    route_class=JsonRoute,
    strict_content_type=False,
)


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


@file_route(router, "/{take_id}/audio", summary="Get a take's audio", responses=file_of("audio/wav"))
def get_take_audio(
    request: Request, place: PlaceOf, take_id: str, services: ServicesOf, workspace_id: WorkspaceOf
) -> Response:
    """A take as a WAV file, as loud as it was spoken, also where the project's audio is mastered."""
    with services.records.read(workspace_id) as tx:
        listed = block_takes.get_take(tx, place, TakeId(take_id))
        get_audio(tx, listed.take)
    services.speaking.masters.restore(workspace_id, {part.speech_key for part in listed.take.parts})
    with services.records.read(workspace_id) as tx:
        audio = get_audio(tx, listed.take)
    file = open_take(services.blobs, listed.take.take_id, audio, made_at_ms=listed.created_at_ms)
    return download_response(request, file)


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
