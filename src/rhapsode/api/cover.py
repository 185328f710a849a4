"""A project's cover: given, shown and taken away. Ours."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from rhapsode.api.byte_answers import file_of, file_route
from rhapsode.api.byte_routes import download_response
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.room import NEEDS_ROOM
from rhapsode.api.shared_addresses import get_links
from rhapsode.api.studio_models import Done
from rhapsode.api.whole_form import WholeForm
from rhapsode.authoring.project_cover import remove_cover, set_cover
from rhapsode.delivery.covers import open_cover
from rhapsode.studio.errors import CoverRefused
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.limits import MAX_COVER_BYTES, MAX_FORM_FIELDS

router = APIRouter(tags=["covers"], route_class=JsonRoute, strict_content_type=False)

_COVER = "/rhapsode/v1/studio/projects/{project_id}/cover"
_FIELD = "cover"
_PICTURE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_PICTURES = {"image/jpeg": _PICTURE, "image/png": _PICTURE}
_FORM: dict[str, Any] = {
    "schema": {"type": "object", "required": [_FIELD], "properties": {_FIELD: _PICTURE["schema"]}}
}


class CoverModel(BaseModel):
    """cover_image_url: where everybody who knows it finds the cover, until it is revoked."""

    cover_image_url: str


@router.put(
    _COVER,
    summary="Set a cover",
    dependencies=[NEEDS_ROOM],
    openapi_extra={"requestBody": {"required": True, "content": {**_PICTURES, "multipart/form-data": _FORM}}},
)
async def put_cover(
    project_id: str, request: Request, services: ServicesOf, workspace_id: WorkspaceOf
) -> CoverModel:
    """Give a project a cover: a JPEG or PNG of up to 2 MiB, as the body or as a form's file `cover`.

    It is shown at once and is in all exports, and in the snapshots' own files from the next conversion on, which
    speaks and encodes nothing for it.
    """
    content = await _read(request)

    def keep() -> CoverModel:
        parent = ProjectId(project_id)
        set_cover(services.records, services.blobs, workspace_id, parent, content)
        return CoverModel(cover_image_url=get_links(services, workspace_id, "cover").of(project_id, "cover"))

    return await run_in_threadpool(keep)


async def _read(request: Request) -> bytes:
    """The picture, or as much of it as tells that it is too large. Raises: CoverRefused."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await request.body()
    parsed = WholeForm(request.scope, request.receive).form(max_files=1, max_fields=MAX_FORM_FIELDS)
    async with parsed as form:
        sent = form.get(_FIELD)
        if not isinstance(sent, UploadFile):
            msg = f"The form has no file {_FIELD}. Send the picture as a part with a filename."
            raise CoverRefused(msg)
        return await sent.read(MAX_COVER_BYTES + 1)


@file_route(router, _COVER, summary="Get a cover", responses=file_of(*_PICTURES))
def get_cover(project_id: str, request: Request, services: ServicesOf, workspace_id: WorkspaceOf) -> Response:
    """The cover that a project has now, its document's or one that was set."""
    cover = open_cover(services.records, services.blobs, workspace_id, ProjectId(project_id))
    return download_response(request, cover, disposition="inline")


@router.delete(_COVER, summary="Take a cover away")
def delete_cover(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Let a project and its exports have no cover, and its snapshots' own files none from the next conversion on."""
    remove_cover(services.records, workspace_id, ProjectId(project_id))
    return Done()
